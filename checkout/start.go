package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// firstQuery is how soon the gateway is asked about a payment that nobody has told us anything of.
const firstQuery = 5 * time.Second

// StartPayment makes the order and its payment, both durable before anything is sent, and asks the gateway
// for a payment page. The same intent with the same cart is the same order: a double click, the back button
// or a retry after a lost answer never makes a second payment (guide 4.1.1, Note A). See handlers.Shop for the errors.
func (c *Checkout) StartPayment(ctx context.Context, req handlers.StartRequest) (models.Order, error) {
	cart, link, err := c.wanted(ctx, req)
	if err != nil {
		return models.Order{}, err
	}
	intent := intention(req, cart)
	if wrong := c.placeable(cart, link, req); wrong != nil {
		// The same intention may have made its order before: the first click took the last piece.
		o, err := c.store.OrderByIntent(ctx, intent)
		if intent == "" || errors.Is(err, models.ErrNotFound) {
			return models.Order{}, wrong
		}
		return c.again(ctx, o, req, err)
	}
	now := c.o.Now().UTC()
	n := models.NewOrder{
		Intent: intent, Cart: cart, Customer: req.Customer, Terminal: req.Terminal, Language: req.Language, Note: req.Note,
		LinkID: link.ID, Reference: link.Reference,
		MerchantID: c.o.Client.MerchantID, Processor: req.Processor, Method: method(req.Terminal),
		ExpiresAt: now.Add(c.o.ExpiresAfter), QueryAt: now.Add(firstQuery),
	}
	o, created, err := c.store.CreateOrder(ctx, n)
	if err != nil {
		return models.Order{}, err
	}
	if created {
		c.o.Log.InfoContext(ctx, "order created", "order", o.Number, "merchant_transaction_id", o.Payment().MerchantTransactionID, "processor", req.Processor)
		return c.send(ctx, o, n.Method, req.Terminal)
	}
	return c.again(ctx, o, req, nil)
}

// placeable tells why the request can't become an order.
func (c *Checkout) placeable(cart models.Cart, link models.Link, req handlers.StartRequest) error {
	if link.State(c.o.Now()) != models.LinkOpen { // one that isn't there is open
		return models.ErrLink
	}
	if err := sellable(cart, req.Fingerprint); err != nil {
		return err
	}
	if !req.Processor.Known() {
		return &models.InvalidError{Fields: []models.FieldError{{Field: "payment_processor", Rule: "required"}}}
	}
	trial := models.Order{Lines: cart.Lines, Total: cart.Total, Customer: req.Customer, Language: req.Language}
	return c.acceptable(trial, req.Processor, req.Terminal)
}

// intention is the form's one-time mark with the cart as the buyer saw it; empty when the request has no mark.
func intention(req handlers.StartRequest, cart models.Cart) string {
	if req.Intent == "" {
		return ""
	}
	if req.Fingerprint != "" {
		return req.Intent + "." + req.Fingerprint + req.Link
	}
	return req.Intent + "." + cart.Fingerprint() + req.Link
}

// again answers the same intention sent twice: with the order that it made, sent on if it isn't paid yet.
func (c *Checkout) again(ctx context.Context, o models.Order, req handlers.StartRequest, err error) (models.Order, error) {
	if err != nil || !o.Retryable() {
		return o, err
	}
	processor := req.Processor
	if !processor.Known() {
		processor = o.Payment().Processor
	}
	changed := o
	changed.Customer = req.Customer
	if err := c.acceptable(changed, processor, req.Terminal); err != nil {
		return o, err
	}
	return c.goOn(ctx, o, processor, req.Terminal, &req.Customer, "")
}

// sellable tells why the cart can't become an order. fingerprint is of the cart as the buyer saw it.
func sellable(cart models.Cart, fingerprint string) error {
	for _, p := range cart.Problems {
		if p == models.ProblemSoldOut || p == models.ProblemTooMany {
			return models.ErrSoldOut
		}
	}
	switch {
	case !cart.Buyable():
		return &models.InvalidError{Fields: []models.FieldError{{Field: "items", Rule: "cart"}}}
	case cart.Discount.Problem != "":
		return models.ErrDiscount
	case fingerprint != "" && fingerprint != cart.Fingerprint():
		return fmt.Errorf("%w: prices changed", models.ErrConflict)
	}
	return nil
}

// acceptable checks an order against every limit of the gateway before it exists or is changed.
func (c *Checkout) acceptable(o models.Order, processor models.Processor, t models.Terminal) error {
	if o.Number == "" {
		o.Number, o.Token, o.CreatedAt = "XXXX-XXXX", models.NewToken(32), c.o.Now()
	}
	p := models.Payment{MerchantTransactionID: models.NewMerchantTransactionID(), Processor: processor, Method: method(t), Money: o.Total}
	if err := c.request(o, p, t).Validate(); err != nil {
		return invalid(err)
	}
	return nil
}

func method(t models.Terminal) models.Method {
	if t.Phone() {
		return models.WapPay
	}
	return models.WebPay
}

// RetryPayment lets the buyer go on with an unpaid order: another wallet, more time, or once more.
func (c *Checkout) RetryPayment(ctx context.Context, token string, processor models.Processor, t models.Terminal) (models.Order, error) {
	o, err := c.store.Order(ctx, token)
	if err != nil {
		return models.Order{}, err
	}
	if !processor.Known() {
		processor = o.Payment().Processor
	}
	if !o.Payable(c.o.Now()) {
		return o, nil
	}
	if !processor.Known() {
		return o, &models.InvalidError{Fields: []models.FieldError{{Field: "payment_processor", Rule: "required"}}}
	}
	return c.goOn(ctx, o, processor, t, nil, "")
}

// goOn sends an unpaid order to the gateway once more. When the gateway turns out to have closed the payment, a
// new attempt is made, once.
func (c *Checkout) goOn(ctx context.Context, o models.Order, processor models.Processor, t models.Terminal, customer *models.Customer, language string) (models.Order, error) {
	m := method(t)
	for range 2 {
		now := c.o.Now().UTC()
		end := now.Add(c.o.ExpiresAfter)
		if o.Session && o.ExpiresAt.After(end) { // the merchant gives it longer
			end = o.ExpiresAt
		}
		next, err := c.store.GoOn(ctx, models.GoOn{
			OrderID: o.ID, Processor: processor, Method: m, Customer: customer, Language: language, ExpiresAt: end, QueryAt: now.Add(firstQuery),
		})
		if errors.Is(err, models.ErrConflict) && !errors.Is(err, models.ErrSoldOut) && !errors.Is(err, models.ErrDiscountUsedUp) && !errors.Is(err, models.ErrLink) {
			return c.store.OrderByID(ctx, o.ID)
		}
		if err != nil {
			return o, err
		}
		c.changed(o.Token)
		if p := next.Payment(); p.Status == models.StatusWaitingPayment && p.URLFor(t) != "" {
			return next, nil
		}
		if o, err = c.send(ctx, next, m, t); err != nil || !o.Payment().Status.Closed() {
			return o, err
		}
	}
	return o, nil
}

// PaymentURL is where this device pays the order, asked of the gateway if it isn't known yet: a phone that
// opened the QR code of a computer needs a page of its own kind.
func (c *Checkout) PaymentURL(ctx context.Context, token string, t models.Terminal) (models.Order, string, error) {
	o, err := c.store.Order(ctx, token)
	if err != nil {
		return models.Order{}, "", err
	}
	m := method(t)
	if !o.Payable(c.o.Now()) || !o.Chosen() {
		return o, "", nil
	}
	if p := o.Payment(); p.Status == models.StatusWaitingPayment && o.Status == models.OrderPending && p.URLFor(t) != "" {
		return o, p.URLFor(t), nil
	}
	waiting := o.Status == models.OrderPending || o.Status == models.OrderOpen
	if waiting {
		o, err = c.send(ctx, o, m, t)
	}
	if err == nil && o.Retryable() && (!waiting || o.Payment().Status.Closed()) {
		// It had ended, or the gateway has just said so.
		o, err = c.goOn(ctx, o, o.Payment().Processor, t, nil, "")
	}
	if err != nil || !o.Retryable() {
		return o, "", err
	}
	return o, o.Payment().URLFor(t), nil
}

// OrderByCode finds the order of a short link's code, or models.ErrNotFound.
func (c *Checkout) OrderByCode(ctx context.Context, code string) (models.Order, error) {
	return c.store.OrderByCode(ctx, code)
}

// Scanned finds the order of a short link's code and notes that a phone opened it.
func (c *Checkout) Scanned(ctx context.Context, code string) (models.Order, error) {
	o, err := c.store.Scanned(ctx, code)
	if err == nil {
		c.changed(o.Token)
	}
	return o, err
}

// ShortLink is the absolute URL that the order's QR code holds.
func (c *Checkout) ShortLink(o models.Order) string { return c.url("/p/" + o.Code) }

// send asks the gateway for a page of the kind that the device needs and passes the answer through the one door.
// It outlives a buyer who closes the page meanwhile: the gateway's limit bounds it. Two at once for the
// same payment, wallet and kind are one. A page for inside WeChat is asked for each time: it may be bound to the person, and
// opens nowhere else.
func (c *Checkout) send(ctx context.Context, o models.Order, m models.Method, t models.Terminal) (models.Order, error) {
	p := o.Payment()
	p.Method = m
	key := p.MerchantTransactionID + string(p.Processor) + string(m)
	official := t.Official(p.Processor)
	if official {
		key += " " + t.App + t.OpenID
	}
	sent, err, _ := c.sending.Do(key, func() (any, error) {
		var bound []string
		if official { // its page may be bound to the person: it is stored nowhere
			bound = []string{"payment_url", "qrcode"}
		}
		ctx, heard := c.traced(context.WithoutCancel(ctx), models.ExchangeCreate, p, o.Token, bound...)
		answer, err := c.o.Client.CreatePayment(ctx, c.request(o, p, t))
		if err != nil {
			return nil, c.refused(ctx, o, p, err)
		}
		ev, err := c.created(p, answer)
		if err != nil {
			return nil, c.refused(ctx, o, p, fmt.Errorf("%w: %w", errUnusable, err))
		}
		ev.Signature = heard.signature
		page := ev.PaymentURL
		if official { // it opens nowhere else: other phones ask anew, the computer keeps its own
			ev.PaymentURL, ev.QRContent = "", ""
			if p.WebURL == "" && p.WapURL == "" {
				ev.QRContent = p.QRContent
			}
		}
		out, err := c.apply(ctx, ev)
		return answered{out, page}, err
	})
	a, ok := sent.(answered)
	if err != nil || !ok { // refused; the gateway may have said meanwhile how the payment stands
		after, readErr := c.store.OrderByID(context.WithoutCancel(ctx), o.ID)
		if readErr != nil {
			return o, errors.Join(err, readErr)
		}
		return after, err
	}
	after := a.out.Order(o)
	if newest := &after.Payments[len(after.Payments)-1]; official && newest.MerchantTransactionID == p.MerchantTransactionID && newest.Processor == p.Processor {
		newest.Page = a.page
	}
	return after, nil
}

// answered is what came of a request for a payment page: the order, and the page that was asked for.
type answered struct {
	out  models.Outcome
	page string
}

// errUnusable says that the gateway's verified answer can't be used.
var errUnusable = errors.New("the gateway's answer can't be used")

// refused deals with everything that isn't a payment page: what the gateway says about money is asked back and
// believed only signed; an unknown outcome is asked about soon; the rest is told to the buyer.
func (c *Checkout) refused(ctx context.Context, o models.Order, p models.Payment, err error) error {
	r := models.Refusal{MerchantTransactionID: p.MerchantTransactionID, Kind: models.EventRefused, QueryAt: c.o.Now().Add(firstQuery)}
	var e *lianlian.Error
	if errors.As(err, &e) {
		r.ReturnCode, r.DeclineCode, r.TraceID = string(e.ReturnCode), string(e.DeclineCode), e.TraceID
		r.Detail = cut(e.Error(), 600)
	}
	log := c.o.Log.With("merchant_transaction_id", p.MerchantTransactionID, "return_code", r.ReturnCode, "trace_id", r.TraceID)
	switch {
	case errors.Is(err, errUnusable):
		r.Kind, r.Attention, r.Detail = models.EventUnknown, err.Error(), err.Error()
	case errors.Is(err, lianlian.ErrOutcomeUnknown):
		r.Kind = models.EventUnknown
		if r.Detail == "" {
			r.Detail = cut(err.Error(), 600)
		}
	case e == nil:
		// Our own request was wrong, which acceptable should have told before the order was made.
		r.Attention, r.Detail = "request not sent: "+cut(err.Error(), 300), cut(err.Error(), 600)
	case needsOperator(e.ReturnCode):
		r.Attention = "the gateway refuses our requests: " + r.ReturnCode
	}
	if storeErr := c.store.RecordRefusal(ctx, r); storeErr != nil {
		return storeErr
	}
	c.changed(o.Token)
	if r.Kind == models.EventUnknown {
		log.WarnContext(ctx, "payment request has no known outcome", "error", r.Detail)
		return models.ErrPending
	}
	if e == nil {
		log.ErrorContext(ctx, "payment request not sent", "error", r.Detail)
		return invalid(err)
	}
	log.WarnContext(ctx, "payment request refused", "decline_code", r.DeclineCode)
	if !saysState(e.ReturnCode) {
		return declined(e)
	}
	if err := c.ask(ctx, p); err != nil {
		return err
	}
	o, err = c.store.OrderByID(ctx, o.ID)
	if s := o.Payment().Status; err == nil && (s == models.StatusInitialized || s == models.StatusWaitingPayment) {
		return models.ErrPending // the gateway says one thing to our request and another to our question
	}
	return err
}
