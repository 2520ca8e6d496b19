package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// StartSession makes an order for a merchant's server. With a wallet the payment is started at once; without, nothing is sent to the
// gateway until the buyer has chosen one on the order's page. See handlers.Sessions for the errors.
func (c *Checkout) StartSession(ctx context.Context, req handlers.SessionRequest) (models.Order, error) {
	if req.Intent != "" { // an earlier try may have got as far as making it
		o, err := c.store.OrderByIntent(ctx, req.Intent)
		if !errors.Is(err, models.ErrNotFound) {
			return c.sessionAgain(ctx, o, req, err)
		}
	}
	cart, err := c.sessionCart(ctx, req.Items)
	if err != nil {
		return models.Order{}, err
	}
	t := terminalOf(req.Method)
	trial := models.Order{Lines: cart.Lines, Total: cart.Total, Customer: req.Customer, Language: req.Language}
	if err := c.acceptable(trial, cmp.Or(req.Processor, models.AlipayHK), t); err != nil {
		return models.Order{}, err
	}
	now := c.o.Now().UTC()
	n := models.NewOrder{
		Intent: req.Intent, Cart: cart, Customer: req.Customer, Terminal: t, Language: req.Language, Reference: req.Reference,
		ReturnURL: req.ReturnURL, CancelURL: req.CancelURL, MerchantID: c.o.Client.MerchantID, Processor: req.Processor, Method: method(t),
		ExpiresAt: now.Add(cmp.Or(req.ExpiresIn, c.o.ExpiresAfter)), QueryAt: now.Add(firstQuery), Session: true,
	}
	if req.Processor == "" {
		n.QueryAt = n.ExpiresAt
	}
	o, created, err := c.store.CreateOrder(ctx, n)
	if err != nil || !created {
		return c.sessionAgain(ctx, o, req, err)
	}
	c.o.Log.InfoContext(ctx, "session created", "order", o.Number, "merchant_transaction_id", o.Payment().MerchantTransactionID, "processor", req.Processor)
	return c.sendSession(ctx, o, req)
}

// sessionAgain answers a session whose order is there already: a payment that was to start and wasn't heard of is started.
func (c *Checkout) sessionAgain(ctx context.Context, o models.Order, req handlers.SessionRequest, err error) (models.Order, error) {
	if p := o.Payment(); err == nil && !o.CancelledAt.IsZero() && p.ReturnCode != "" {
		return o, &models.DeclinedError{ReturnCode: p.ReturnCode, DeclineCode: p.DeclineCode, TraceID: p.TraceID}
	}
	if err != nil || o.Status != models.OrderOpen || !o.Payable(c.o.Now()) {
		return o, err
	}
	return c.sendSession(ctx, o, req)
}

// sendSession starts the payment of a session that names its wallet. A session that the gateway refuses is over: the caller makes another.
func (c *Checkout) sendSession(ctx context.Context, o models.Order, req handlers.SessionRequest) (models.Order, error) {
	if req.Processor == "" {
		return o, nil
	}
	t := terminalOf(req.Method)
	sent, err := c.send(ctx, o, method(t), t)
	var declined *models.DeclinedError
	var invalid *models.InvalidError
	if errors.As(err, &declined) || errors.As(err, &invalid) {
		if over, cancelErr := c.store.CancelOrder(context.WithoutCancel(ctx), o.ID); cancelErr == nil {
			sent = over
		}
	}
	return sent, err
}

// terminalOf is what is known of a buyer's device that a server speaks of: only the kind of page that it asks for.
func terminalOf(m models.Method) models.Terminal {
	if m == models.WapPay {
		return models.Terminal{Mode: "16"}
	}
	return models.Terminal{Mode: "13"}
}

// sessionCart prices what is on the shelf, and takes the merchant's prices for the rest. Faults are named by the item's place: "items/0/sku".
func (c *Checkout) sessionCart(ctx context.Context, items []handlers.SessionItem) (models.Cart, error) {
	var shelf []models.CartItem
	var inline []models.InlineItem
	at := map[string]int{} // SKU → index in items
	for i, it := range items {
		if it.SKU != "" {
			shelf = append(shelf, models.CartItem{SKU: it.SKU, Quantity: it.Quantity, Amount: it.Amount})
			at[it.SKU] = i
			continue
		}
		at[models.InlineSKU(len(inline))] = i
		inline = append(inline, models.InlineItem{Name: it.Name, Price: models.Money{Amount: it.Amount, Currency: c.o.Currency}, Quantity: it.Quantity})
	}
	cart, err := c.PriceCart(ctx, shelf, "")
	if err != nil {
		return cart, err
	}
	cart = cart.WithInline(inline)
	var invalid models.InvalidError
	for i, it := range items {
		for sku, p := range cart.Problems {
			if at[sku] == i {
				invalid.Fields = append(invalid.Fields, itemFault(i, it, p))
			}
		}
	}
	for _, l := range cart.Lines {
		if i := at[l.SKU]; items[i].SKU != "" && items[i].Amount != 0 && !l.FreeAmount {
			invalid.Fields = append(invalid.Fields, models.FieldError{Field: fmt.Sprintf("items/%d/price", i), Rule: "shelf_price"})
		}
	}
	if len(invalid.Fields) > 0 {
		return cart, &invalid
	}
	if err := cart.Total.Check(); err != nil {
		return cart, &models.InvalidError{Fields: []models.FieldError{{Field: "items", Rule: string(models.ProblemOverflow)}}}
	}
	return cart, nil
}

func itemFault(i int, it handlers.SessionItem, p models.CartProblem) models.FieldError {
	part := "sku"
	switch p {
	case models.ProblemQuantity, models.ProblemTooMany:
		part = "quantity"
	case models.ProblemAmount:
		part = "price"
	case models.ProblemOverflow:
		part = "quantity"
		if it.SKU == "" {
			part = "price"
		}
	case models.ProblemUnknown, models.ProblemSoldOut, models.ProblemTooLong, models.ProblemCurrency:
	}
	return models.FieldError{Field: fmt.Sprintf("items/%d/%s", i, part), Rule: string(p)}
}

// ChooseWallet goes on with an order on its hosted page: the wallet, and what the buyer filled in. Errors as StartPayment's; an order that
// can't be paid any more is returned as it is.
func (c *Checkout) ChooseWallet(ctx context.Context, token string, w handlers.WalletChoice) (models.Order, error) {
	o, err := c.store.Order(ctx, token)
	if err != nil || !o.Payable(c.o.Now()) {
		return o, err
	}
	if !w.Processor.Known() {
		return o, &models.InvalidError{Fields: []models.FieldError{{Field: "payment_processor", Rule: "required"}}}
	}
	changed := o
	changed.Customer = w.Customer
	if err := c.acceptable(changed, w.Processor, w.Terminal); err != nil {
		return o, err
	}
	return c.goOn(ctx, o, w.Processor, w.Terminal, &w.Customer, w.Language)
}

// Begin takes a request on that is carried out once; see models.Store.
func (c *Checkout) Begin(ctx context.Context, id, request string) (models.Once, error) {
	return c.store.Begin(ctx, id, request)
}

// Finish keeps the answer to what Begin took on.
func (c *Checkout) Finish(ctx context.Context, id string, status int, answer string) error {
	return c.store.Finish(ctx, id, status, answer)
}

// Abandon lets what Begin took on be taken on again.
func (c *Checkout) Abandon(ctx context.Context, id string) error { return c.store.Abandon(ctx, id) }

// forgetAnswers drops old answers of the API now and then, until ctx ends.
func (c *Checkout) forgetAnswers(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		c.forgetExchanges(ctx)
		if err := c.store.ForgetAnswers(ctx); err != nil && ctx.Err() == nil {
			c.o.Log.ErrorContext(ctx, "forget old answers of the API", "error", err.Error())
		}
	}
}
