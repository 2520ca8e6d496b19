package checkout

import (
	"context"
	"errors"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// CancelOrder ends an order at the merchant's wish, after asking the gateway how its payments stand and, with Options.Refunds, closing there
// those that wait. An order that was paid or is being paid is models.ErrConflict, with the order; a gateway that can't be asked
// models.ErrPending: the order goes on, and cancelling it again is safe. A buyer who pays a payment that wasn't closed has paid: the order
// becomes paid, with its attention set.
func (c *Checkout) CancelOrder(ctx context.Context, id int64) (models.Order, error) {
	o, err := c.store.OrderByID(ctx, id)
	if err != nil || !o.CancelledAt.IsZero() {
		return o, err
	}
	limit := confirmTimeout
	if c.o.Refunds {
		limit *= 3 // asks, closes, asks again
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	for _, p := range o.Payments {
		if p.Processor == "" || p.Status.Received() {
			continue
		}
		if err := c.closePayment(ctx, p); err != nil {
			if ctx.Err() != nil {
				err = models.ErrPending
			}
			return o, err
		}
	}
	cancelled, err := c.store.CancelOrder(ctx, id)
	if errors.Is(err, models.ErrConflict) {
		if o, readErr := c.store.OrderByID(ctx, id); readErr == nil {
			return o, err
		}
	}
	if err != nil {
		return o, err
	}
	c.o.Log.InfoContext(ctx, "order cancelled", "order", cancelled.Number, "merchant_transaction_id", cancelled.Payment().MerchantTransactionID)
	c.changed(cancelled.Token)
	return cancelled, nil
}

// closePayment asks the gateway about a payment and, if it waits there and may be closed, closes it and asks again: only that answer is evidence
// (docs/decisions/0019). What came of closing is no reason to stop. The error is ask's.
func (c *Checkout) closePayment(ctx context.Context, p models.Payment) error {
	status, err := c.query(ctx, p)
	if err == nil && c.o.Refunds && (status == lianlian.StatusInitialized || status == lianlian.StatusWaiting) {
		closing, cancel := context.WithTimeout(ctx, confirmTimeout)
		traced, _ := c.traced(closing, models.ExchangeCancel, p, "")
		if err := c.o.Client.CancelPayment(traced, p.MerchantTransactionID); err != nil {
			c.o.Log.WarnContext(ctx, "payment not closed", "merchant_transaction_id", p.MerchantTransactionID, "error", err.Error())
		}
		cancel()
		_, err = c.query(ctx, p)
	}
	if errors.Is(err, errNoPayment) {
		return nil
	}
	return err
}
