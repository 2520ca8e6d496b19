package checkout

import (
	"context"
	"time"

	"lianlian-checkout/models"
)

// Takings are what was paid from one day to another, both included, by day, currency and wallet.
func (c *Checkout) Takings(ctx context.Context, from, to models.Day) ([]models.Taking, error) {
	return c.store.Takings(ctx, from, to)
}

// PaidBetween is what was paid from one moment until another, by currency. Ask for a day at most.
func (c *Checkout) PaidBetween(ctx context.Context, from, to time.Time) ([]models.Taking, error) {
	return c.store.PaidBetween(ctx, from, to)
}

// Placed is how the orders stand that were placed from one moment until another. Ask for a day at most.
func (c *Checkout) Placed(ctx context.Context, from, to time.Time) (map[models.OrderStatus]int64, error) {
	return c.store.Placed(ctx, from, to)
}

// DeskNow counts what waits.
func (c *Checkout) DeskNow(ctx context.Context) (models.DeskNow, error) { return c.store.DeskNow(ctx) }

// Currencies are those that orders were placed in.
func (c *Checkout) Currencies(ctx context.Context) ([]string, error) { return c.store.Currencies(ctx) }

// Settlements are the payments from one day to another, both included, by day and settlement.
func (c *Checkout) Settlements(ctx context.Context, from, to models.Day) ([]models.Settling, error) {
	return c.store.Settlements(ctx, from, to)
}

// SettledPayments lists the payments from one day to another, newest first.
func (c *Checkout) SettledPayments(ctx context.Context, from, to models.Day, cursor string, limit int) (models.SettlementList, error) {
	return c.store.SettledPayments(ctx, from, to, cursor, limit)
}

// tally adds what was paid to the day's totals, which the desk's charts and reports read.
func (c *Checkout) tally(ctx context.Context) {
	if _, err := c.store.Tally(ctx); err != nil && ctx.Err() == nil {
		c.o.Log.ErrorContext(ctx, "add to the day's totals", "error", err.Error())
	}
}
