package checkout

import (
	"context"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// Charge makes an order of one sum for a payer who stands at the counter. Nothing is sent to the gateway before the payer has scanned and
// chosen a wallet, and nobody's name is asked: guide 4.1.1 doesn't demand a customer. See handlers.ChargeShop for the errors.
func (c *Checkout) Charge(ctx context.Context, r handlers.ChargeRequest) (o models.Order, made bool, err error) {
	sum := models.Money{Amount: r.Amount, Currency: c.o.Currency}
	if err := models.CheckCharge(sum, r.Note); err != nil {
		return models.Order{}, false, err
	}
	cart := models.ChargeCart(sum, r.Name)
	t := terminalOf(models.WebPay)
	if err := c.acceptable(models.Order{Lines: cart.Lines, Total: cart.Total}, models.AlipayHK, t); err != nil {
		return models.Order{}, false, err
	}
	end := c.o.Now().UTC().Add(c.o.ExpiresAfter)
	o, made, err = c.store.CreateOrder(ctx, models.NewOrder{
		Intent: models.ChargeIntent(r.Intent, sum, r.Note), Cart: cart, Terminal: t, Reference: r.Note, MerchantID: c.o.Client.MerchantID,
		Method: models.WebPay, ExpiresAt: end, QueryAt: end, Session: true,
	})
	if err == nil && made {
		c.o.Log.InfoContext(ctx, "charge made at the counter", "order", o.Number, "merchant_transaction_id", o.Payment().MerchantTransactionID)
	}
	return o, made, err
}
