package handlers_test

import (
	"context"
	"sync"

	"lianlian-checkout/models"
)

// fakeLinks are payment links in memory.
type fakeLinks struct {
	links    sync.Map // by code: models.Link
	linkErr  error
	makeErr  error
	made     []models.Link
	changed  []models.LinkPart
	sold     bool // what links sell is sold out
	nextPage string
}

const linkCode = "Lk0000000001"

// payLink is the link that the fake begins with.
func payLink() models.Link {
	return models.Link{
		ID: 3, Code: linkCode, CreatedAt: noon,
		LinkPart:  models.LinkPart{Title: models.Text{"en": "Deposit", "zh-Hant": "訂金"}},
		LinkTerms: models.LinkTerms{Amount: hkd(10000), Reference: "R1"},
	}
}

func (f *fakeLinks) putLink(l models.Link) { f.links.Store(l.Code, l) }

func (f *fakeLinks) Link(_ context.Context, code string) (models.Link, error) {
	l, ok := f.links.Load(code)
	if f.linkErr != nil || !ok {
		if f.linkErr == nil {
			return models.Link{}, models.ErrNotFound
		}
		return models.Link{}, f.linkErr
	}
	return l.(models.Link), nil
}

func (f *fakeLinks) LinkByID(ctx context.Context, id int64) (models.Link, error) {
	l, err := f.Link(ctx, linkCode)
	if err == nil && l.ID != id {
		err = models.ErrNotFound
	}
	return l, err
}

func (f *fakeLinks) Links(ctx context.Context, _ string, _ int) (models.LinkList, error) {
	l, err := f.Link(ctx, linkCode)
	return models.LinkList{Links: []models.Link{l}, Next: f.nextPage}, err
}

func (f *fakeLinks) MakeLink(_ context.Context, l models.Link) (models.Link, error) {
	if err := l.Check("HKD", noon); err != nil || f.makeErr != nil {
		if err == nil {
			err = f.makeErr
		}
		return models.Link{}, err
	}
	f.made = append(f.made, l)
	l.ID = 3
	return l, nil
}

func (f *fakeLinks) ChangeLink(_ context.Context, id int64, p models.LinkPart) error {
	if err := p.Check(); err != nil {
		return err
	}
	if id != 3 {
		return models.ErrNotFound
	}
	f.changed = append(f.changed, p)
	return nil
}

func (f *fakeLinks) PriceLink(_ context.Context, l models.Link, amount int64) (models.Cart, error) {
	none := int64(0)
	thing := models.Variant{SKU: "thing", Price: hkd(500), CostPrice: hkd(500)}
	if f.sold {
		thing.Stock = &none
	}
	return l.Cart(amount, map[string]models.Product{"thing": {Slug: "thing", Name: models.Text{"en": "Thing"}, Variants: []models.Variant{thing}}}, "HKD"), nil
}

func (f *fakeLinks) LinkURL(l models.Link) string { return "https://shop.example/pay/" + l.Code }
