package checkout

import (
	"context"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// Link finds a payment link by its code, or models.ErrNotFound.
func (c *Checkout) Link(ctx context.Context, code string) (models.Link, error) {
	return c.store.Link(ctx, code)
}

// LinkByID finds a payment link for the console, or models.ErrNotFound.
func (c *Checkout) LinkByID(ctx context.Context, id int64) (models.Link, error) {
	return c.store.LinkByID(ctx, id)
}

// Links lists payment links, newest first; limit is 1 to 200, or 50.
func (c *Checkout) Links(ctx context.Context, cursor string, limit int) (models.LinkList, error) {
	return c.store.Links(ctx, cursor, limit)
}

// MakeLink makes a payment link, or says all that is wrong with it: *models.InvalidError.
func (c *Checkout) MakeLink(ctx context.Context, l models.Link) (models.Link, error) {
	if err := l.Check(c.o.Currency, c.o.Now()); err != nil {
		return models.Link{}, err
	}
	catalogue, err := c.store.Catalogue(ctx)
	if err != nil {
		return models.Link{}, err
	}
	if err := l.CheckGoods(catalogue, c.o.Currency); err != nil {
		return models.Link{}, err
	}
	made, err := c.store.MakeLink(ctx, l)
	if err == nil {
		c.o.Log.InfoContext(ctx, "payment link made", "link_id", made.ID)
	}
	return made, err
}

// ChangeLink changes what may be changed of a link: its title, whether it is on, and its end.
func (c *Checkout) ChangeLink(ctx context.Context, id int64, p models.LinkPart) error {
	if err := p.Check(); err != nil {
		return err
	}
	return c.store.ChangeLink(ctx, id, p)
}

// PriceLink prices what a link sells. amount is the payer's own sum, where the link lets them name it.
func (c *Checkout) PriceLink(ctx context.Context, l models.Link, amount int64) (models.Cart, error) {
	catalogue, err := c.store.Catalogue(ctx)
	if err != nil {
		return models.Cart{}, err
	}
	return l.Cart(amount, catalogue, c.o.Currency), nil
}

// LinkURL is the absolute address of a link's page, which its QR code holds.
func (c *Checkout) LinkURL(l models.Link) string { return c.url("/pay/" + l.Code) }

// wanted prices what a request asks for: its items, or what its payment link sells.
func (c *Checkout) wanted(ctx context.Context, req handlers.StartRequest) (models.Cart, models.Link, error) {
	if req.Link == "" {
		cart, err := c.PriceCart(ctx, req.Items, req.Discount)
		return cart, models.Link{}, err
	}
	link, err := c.store.Link(ctx, req.Link)
	if err != nil {
		return models.Cart{}, link, err
	}
	cart, err := c.PriceLink(ctx, link, req.Amount)
	return cart, link, err
}
