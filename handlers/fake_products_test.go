package handlers_test

import (
	"context"
	"fmt"

	"lianlian-checkout/models"
)

// fakeProducts is a desk's shelf in memory. Its fields are what it answers and what it was asked.
type fakeProducts struct {
	foreign   bool // the products are a Go program's
	deletable bool
	saveErr   error
	stockErr  error
	importErr error
	keeps     []string

	saved     []models.Product
	acted     []string // what else was done, a line each
	stock     []models.StockChange
	uploads   [][]byte
	imported  []string
	brand     models.Branding
	brandErr  error
	pictureOf error
}

const pictureID = "0123456789abcdef0123456789abcdef"

func (s *fakeShop) OwnShelf() bool { return !s.foreign }

func (s *fakeShop) AllProducts(context.Context) ([]models.Product, error) { return s.products, nil }

func (s *fakeShop) ProductByID(_ context.Context, id int64) (models.Product, error) {
	for _, p := range s.products {
		if p.ID == id {
			return p, nil
		}
	}
	return models.Product{}, models.ErrNotFound
}

func (s *fakeShop) SaveProduct(_ context.Context, p models.Product) (int64, []string, error) {
	if s.saveErr != nil {
		return 0, nil, s.saveErr
	}
	if err := p.Check("HKD"); err != nil {
		return 0, nil, err
	}
	s.saved = append(s.saved, p)
	return max(p.ID, 1), s.keeps, nil
}

func (f *fakeProducts) HideProduct(_ context.Context, id int64, hidden bool) error {
	f.acted = append(f.acted, fmt.Sprintf("hide %d %v", id, hidden))
	return nil
}

func (f *fakeProducts) MoveProduct(_ context.Context, id int64, by int) error {
	f.acted = append(f.acted, fmt.Sprintf("move %d %d", id, by))
	return nil
}

func (f *fakeProducts) ChangeStock(_ context.Context, id int64, sku string, change models.StockChange) error {
	f.acted, f.stock = append(f.acted, fmt.Sprintf("stock %d %s", id, sku)), append(f.stock, change)
	return f.stockErr
}

func (f *fakeProducts) Deletable(context.Context, models.Product) (bool, error) {
	return f.deletable, nil
}

func (f *fakeProducts) DeleteProduct(_ context.Context, id int64) error {
	if !f.deletable {
		return models.ErrConflict
	}
	f.acted = append(f.acted, fmt.Sprintf("delete %d", id))
	return nil
}

func (s *fakeShop) PlanImport(_ context.Context, file []byte) (models.Import, error) {
	return models.PlanImport(file, s.products, "HKD")
}

func (s *fakeShop) ImportProducts(ctx context.Context, file []byte, fingerprint string) (models.Import, error) {
	plan, err := s.PlanImport(ctx, file)
	if err == nil {
		err = s.importErr
	}
	if err == nil && plan.Fingerprint != fingerprint {
		err = models.ErrChanged
	}
	if err == nil {
		s.imported = append(s.imported, string(file))
	}
	return plan, err
}

func (f *fakeProducts) SavePicture(_ context.Context, upload []byte, _ bool) (string, error) {
	f.uploads = append(f.uploads, upload)
	if f.pictureOf != nil {
		return "", f.pictureOf
	}
	return models.PictureName(pictureID), nil
}

func (f *fakeProducts) Picture(_ context.Context, id string, width int) (models.Picture, error) {
	if id != pictureID {
		return models.Picture{}, models.ErrNotFound
	}
	return models.Picture{ID: id, Width: width, Type: "image/jpeg", Data: []byte("\xff\xd8\xffpicture")}, nil
}

func (f *fakeProducts) Branding(context.Context) (models.Branding, error) { return f.brand, f.brandErr }

func (f *fakeProducts) SetBranding(_ context.Context, b models.Branding) error {
	if err := b.Check(); err != nil {
		return err
	}
	if b.Version != f.brand.Version {
		return models.ErrChanged
	}
	b.Version++
	f.brand = b
	return nil
}
