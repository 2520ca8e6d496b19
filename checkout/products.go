package checkout

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lianlian-checkout/internal/pictures"
	"lianlian-checkout/models"
)

// OwnShelf tells whether the products are in the shop's own database, where the desk can change them: a Catalogue's can't.
func (c *Checkout) OwnShelf() bool { return c.o.Catalogue == nil }

// errForeign says that the products are the host program's.
var errForeign = fmt.Errorf("%w: the products are the host program's", models.ErrConflict)

// AllProducts are the products for the desk, hidden ones too.
func (c *Checkout) AllProducts(ctx context.Context) ([]models.Product, error) {
	if c.OwnShelf() {
		return c.store.AllProducts(ctx)
	}
	products, err := c.o.Catalogue.Shelf(ctx)
	if err != nil {
		return nil, noCatalogue(err)
	}
	return products, nil
}

// ProductByID finds one for the desk, or models.ErrNotFound.
func (c *Checkout) ProductByID(ctx context.Context, id int64) (models.Product, error) {
	if !c.OwnShelf() {
		return models.Product{}, models.ErrNotFound
	}
	return c.store.ProductByID(ctx, id)
}

// SaveProduct stores a new product, or a changed one. Variants that are gone from it are deleted, or hidden where they were sold: kept names
// these. All that is wrong with it is *models.InvalidError; when somebody else has changed it, models.ErrChanged.
func (c *Checkout) SaveProduct(ctx context.Context, p models.Product) (id int64, kept []string, err error) {
	if !c.OwnShelf() {
		return 0, nil, errForeign
	}
	if err := p.Check(c.o.Currency); err != nil {
		return 0, nil, err
	}
	if picture, uploaded := models.PictureID(p.Image); uploaded {
		if _, err := c.store.Picture(ctx, picture, 1); err != nil {
			if errors.Is(err, models.ErrNotFound) {
				err = &models.InvalidError{Fields: []models.FieldError{{Field: "picture", Rule: "gone"}}}
			}
			return 0, nil, err
		}
	}
	if p.ID != 0 {
		before, err := c.store.ProductByID(ctx, p.ID)
		if err != nil {
			return 0, nil, err
		}
		for _, v := range before.Variants {
			if _, stays := p.Variant(v.SKU); stays {
				continue
			}
			sold, err := c.store.Sold(ctx, v.SKU)
			if err != nil {
				return 0, nil, err
			}
			if sold {
				v.Hidden = true
				p.Variants, kept = append(slices.Clone(p.Variants), v), append(kept, v.SKU)
			}
		}
	}
	id, err = c.store.SaveProduct(ctx, p)
	return id, kept, err
}

// HideProduct takes a product off the shelf, or puts it back.
func (c *Checkout) HideProduct(ctx context.Context, id int64, hidden bool) error {
	if !c.OwnShelf() {
		return errForeign
	}
	return c.store.HideProduct(ctx, id, hidden)
}

// MoveProduct moves a product by so many places, up when by is negative.
func (c *Checkout) MoveProduct(ctx context.Context, id int64, by int) error {
	if !c.OwnShelf() {
		return errForeign
	}
	return c.store.MoveProduct(ctx, id, by)
}

// ChangeStock changes a variant's stock.
func (c *Checkout) ChangeStock(ctx context.Context, id int64, sku string, change models.StockChange) error {
	if !c.OwnShelf() {
		return errForeign
	}
	return c.store.ChangeStock(ctx, id, sku, change)
}

// Deletable tells whether a product can be deleted: the configuration doesn't have it, and no order holds it.
func (c *Checkout) Deletable(ctx context.Context, p models.Product) (bool, error) {
	if p.Seeded || p.ID == 0 || !c.OwnShelf() {
		return false, nil
	}
	skus := make([]string, len(p.Variants))
	for i, v := range p.Variants {
		skus[i] = v.SKU
	}
	sold, err := c.store.Sold(ctx, skus...)
	return !sold, err
}

// DeleteProduct deletes a product that is Deletable; else it is models.ErrConflict.
func (c *Checkout) DeleteProduct(ctx context.Context, id int64) error {
	p, err := c.ProductByID(ctx, id)
	if err != nil {
		return err
	}
	if can, err := c.Deletable(ctx, p); err != nil || !can {
		return errors.Join(err, models.ErrConflict)
	}
	return c.store.DeleteProduct(ctx, id)
}

// PlanImport says what a file of products would do. See models.PlanImport.
func (c *Checkout) PlanImport(ctx context.Context, file []byte) (models.Import, error) {
	if !c.OwnShelf() {
		return models.Import{}, errForeign
	}
	products, err := c.store.AllProducts(ctx)
	if err != nil {
		return models.Import{}, err
	}
	return models.PlanImport(file, products, c.o.Currency)
}

// ImportProducts does what PlanImport said, all of it or nothing. models.ErrChanged says that it would be something else by now.
func (c *Checkout) ImportProducts(ctx context.Context, file []byte, fingerprint string) (models.Import, error) {
	plan, err := c.PlanImport(ctx, file)
	if err != nil {
		return plan, err
	}
	if plan.Fingerprint != fingerprint {
		return plan, models.ErrChanged
	}
	return plan, c.store.ImportProducts(ctx, plan)
}

// SavePicture makes a product's picture, or the shop's logo, of an upload, and returns the name for Product.Image or Branding.Logo.
// What can't be taken is *models.InvalidError of the field "picture".
func (c *Checkout) SavePicture(ctx context.Context, upload []byte, logo bool) (string, error) {
	kind := pictures.Photo
	if logo {
		kind = pictures.Logo
	}
	made, err := pictures.Encode(upload, kind)
	for fault, rule := range map[error]string{
		pictures.ErrLarge: "too_large", pictures.ErrType: "type", pictures.ErrSVG: "svg", pictures.ErrPixels: "pixels", pictures.ErrShape: "shape", pictures.ErrBroken: "broken",
	} {
		if errors.Is(err, fault) {
			return "", &models.InvalidError{Fields: []models.FieldError{{Field: "picture", Rule: rule}}}
		}
	}
	if err != nil {
		return "", err
	}
	sizes := make([]models.Picture, len(made))
	for i, m := range made {
		sizes[i] = models.Picture{Width: m.Width, Height: m.Height, Type: m.Type, Data: m.Data}
	}
	id, err := c.store.SavePicture(ctx, sizes)
	if err != nil {
		return "", err
	}
	return models.PictureName(id), nil
}

// Picture is one size of an uploaded picture, or models.ErrNotFound.
func (c *Checkout) Picture(ctx context.Context, id string, width int) (models.Picture, error) {
	return c.store.Picture(ctx, id, width)
}

// Branding is what the desk says of the shop's look.
func (c *Checkout) Branding(ctx context.Context) (models.Branding, error) {
	return c.store.Branding(ctx)
}

// SetBranding changes the shop's look, here at once and in other processes within seconds. All that is wrong with it is
// *models.InvalidError; when somebody else has changed it, models.ErrChanged.
func (c *Checkout) SetBranding(ctx context.Context, b models.Branding) error {
	if err := b.Check(); err != nil {
		return err
	}
	return c.store.SetBranding(ctx, b)
}

// shopName is the shop's name in a language, as the desk says, or the configuration.
func (c *Checkout) shopName(language string) string {
	if b, err := c.store.Branding(context.Background()); err == nil && len(b.ShopName) > 0 {
		return b.ShopName.In(language)
	}
	return c.o.ShopName.In(language)
}
