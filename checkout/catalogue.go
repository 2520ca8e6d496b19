package checkout

import (
	"context"

	"lianlian-checkout/models"
)

// Shelf is what the shop offers, in order. It is shared and must not be changed.
func (c *Checkout) Shelf(ctx context.Context) (*models.Shelf, error) { return c.store.Shelf(ctx) }

// Product finds one by its slug, or models.ErrNotFound.
func (c *Checkout) Product(ctx context.Context, slug string) (models.Product, error) {
	return c.store.Product(ctx, slug)
}

// PriceCart prices the items from the catalogue, and takes off what the discount code is good for at this moment. How often a code was
// used is asked of the database: whether an order gets its last use is decided when the order is made.
func (c *Checkout) PriceCart(ctx context.Context, items []models.CartItem, code string) (models.Cart, error) {
	catalogue, err := c.store.Catalogue(ctx)
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
