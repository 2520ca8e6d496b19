package checkout

import (
	"context"
	"fmt"

	"lianlian-checkout/models"
)

// Catalogue is where products come from when the host program keeps them itself. Its methods are asked for each request, with the
// request's context, and nothing of their answers is kept but what an order holds: so prices may differ by whoever is signed in. An error
// becomes the page that says "not possible at the moment", a panic the page for faults; both are logged.
//
// SKUs are 1 to 64 of letters, digits, ".", "_" and "-", slugs the same; prices are in the shop's currency. What breaks these rules
// can't be bought. A Variant's Stock is looked at when a cart is shown and when an order is made; nil isn't counted. No piece is
// held for an order that waits: take it off your own stock when you hear that the order is paid.
type Catalogue interface {
	// Shelf is what the shop's own pages show, in order; nothing, for a shop whose products have pages elsewhere.
	Shelf(ctx context.Context) ([]Product, error)
	// Products are the products that have one of the SKUs, in any order and with the price that is charged now; SKUs that aren't
	// sold any more are left out. There are at most 50 SKUs.
	Products(ctx context.Context, skus []string) ([]Product, error)
}

// Shelf is what the shop offers, in order. It is shared and must not be changed.
func (c *Checkout) Shelf(ctx context.Context) (*models.Shelf, error) {
	if c.o.Catalogue == nil {
		return c.store.Shelf(ctx)
	}
	products, err := c.o.Catalogue.Shelf(ctx)
	if err != nil {
		return nil, noCatalogue(err)
	}
	return models.NewShelf(products), nil
}

// Product finds one by its slug, or models.ErrNotFound.
func (c *Checkout) Product(ctx context.Context, slug string) (models.Product, error) {
	shelf, err := c.Shelf(ctx)
	if err != nil {
		return models.Product{}, err
	}
	return shelf.Product(slug)
}

// sold are the products that have one of the items' SKUs, by SKU.
func (c *Checkout) sold(ctx context.Context, items []models.CartItem) (map[string]models.Product, error) {
	if c.o.Catalogue == nil {
		return c.store.Catalogue(ctx)
	}
	var skus []string
	for _, it := range models.Merge(items) {
		if len(skus) < models.MaxCartLines {
			skus = append(skus, it.SKU)
		}
	}
	if len(skus) == 0 {
		return nil, nil
	}
	products, err := c.o.Catalogue.Products(ctx, skus)
	if err != nil {
		return nil, noCatalogue(err)
	}
	return models.NewShelf(products).BySKU(), nil
}

func noCatalogue(err error) error {
	return fmt.Errorf("%w: ask the catalogue: %w", models.ErrUnavailable, err)
}

// PriceCart prices the items from the catalogue, and takes off what the discount code is good for at this moment. How often a code was
// used is asked of the database: whether an order gets its last use is decided when the order is made.
func (c *Checkout) PriceCart(ctx context.Context, items []models.CartItem, code string) (models.Cart, error) {
	catalogue, err := c.sold(ctx, items)
	if err != nil {
		return models.Cart{}, err
	}
	cart := models.NewCart(items, catalogue, c.o.Currency)
	if code == "" {
		return cart, nil
	}
	normal, _ := models.NewDiscountCode(code)
	d, known := c.discounts[normal]
	if !known {
		cart.Discount = models.CartDiscount{Code: code, Problem: models.DiscountUnknown}
		return cart, nil
	}
	used, err := c.store.DiscountUses(ctx, d.Code)
	if err != nil {
		return models.Cart{}, err
	}
	return cart.WithDiscount(d, used, c.o.Now()), nil
}

// Countries lists guide 5.3.1.
func (c *Checkout) Countries() []models.Country { return c.countries }

// States lists guide 5.3.3 for a country; most have none.
func (c *Checkout) States(country string) []models.State { return c.states[country] }

// OrderByID finds an order for the console, or models.ErrNotFound.
func (c *Checkout) OrderByID(ctx context.Context, id int64) (models.Order, error) {
	return c.store.OrderByID(ctx, id)
}

// Orders lists orders for the console, newest first.
func (c *Checkout) Orders(ctx context.Context, f models.OrderFilter) (models.OrderList, error) {
	return c.store.Orders(ctx, f)
}

// History is everything that was said about an order, oldest first.
func (c *Checkout) History(ctx context.Context, orderID int64) ([]models.Event, error) {
	return c.store.History(ctx, orderID)
}
