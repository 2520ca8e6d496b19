package checkout

import (
	"context"
	"encoding/json"
	"errors"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// What the gateway said when an order was to be confirmed by hand, for the record.
const (
	saysNothing = "unreachable" // no answer, or none that can be believed
	saysUnknown = "not_found"   // it has no payment of that id
	saysPending = "processing"  // it doesn't know the result yet
)

// ConfirmByHand lets an operator say that an order is paid, with a reason, after the gateway was asked. When the gateway says that it is paid,
// that is what pays it. When it says how the payment stands otherwise, that stands: models.ErrConflict, with the order. Only a gateway that
// can't be asked, or that doesn't know, leaves the word to the operator. An order that is paid already is returned as it is. Who it is
// is in ctx: models.ByOperator.
func (c *Checkout) ConfirmByHand(ctx context.Context, id int64, reason string) (models.Order, error) {
	o, err := c.store.OrderByID(ctx, id)
	if err != nil || !o.PaidAt.IsZero() {
		return o, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), confirmTimeout)
	defer cancel()
	says := ""
	for _, p := range o.Payments { // an earlier attempt may have been paid after all
		if p.Processor == "" {
			says = saysUnknown
			continue
		}
		if says, err = c.says(ctx, p); err != nil {
			return o, err
		}
	}
	noting := context.WithoutCancel(ctx)
	if o, err = c.store.OrderByID(noting, id); err != nil || !o.PaidAt.IsZero() {
		return o, err
	}
	if says == "" {
		return o, models.ErrConflict
	}
	p := o.Payment()
	raw, err := json.Marshal(map[string]string{"gateway": says})
	if err != nil {
		return o, err
	}
	out, err := c.apply(noting, models.Evidence{
		Source: models.SourceOperator, MerchantID: c.o.Client.MerchantID, MerchantTransactionID: p.MerchantTransactionID, Status: models.StatusPaid,
		Money: p.Money, Raw: raw, Reason: reason, ReceivedAt: c.o.Now().UTC(),
	})
	if err != nil {
		return o, err
	}
	after := out.Order(o)
	if out.Verdict == models.VerdictRefused || out.Verdict == models.VerdictMismatch {
		return after, models.ErrConflict
	}
	return after, nil
}

// says asks the gateway about a payment and tells why it left the matter open; "" when it didn't.
func (c *Checkout) says(ctx context.Context, p models.Payment) (string, error) {
	state, err := c.query(ctx, p)
	switch {
	case errors.Is(err, errNoPayment):
		return saysUnknown, nil
	case errors.Is(err, models.ErrPending), errors.Is(err, context.DeadlineExceeded):
		return saysNothing, nil
	case err != nil:
		return "", err
	case state == lianlian.StatusProcessing:
		return saysPending, nil
	}
	return "", nil
}

// AddNote appends an operator's note to an order's history.
func (c *Checkout) AddNote(ctx context.Context, id int64, text string) error {
	return c.store.AddNote(ctx, id, text)
}

// ResendReceipt sends the receipt of a paid order again. One that was never paid or has no address, or whose receipt was asked for a moment
// ago, is models.ErrConflict.
func (c *Checkout) ResendReceipt(ctx context.Context, id int64) error {
	if c.o.Mailer == nil {
		return models.ErrConflict
	}
	err := c.store.QueueReceipt(ctx, id)
	if err == nil {
		c.post.tell()
	}
	return err
}

// AttentionCount is how many things an operator should look at.
func (c *Checkout) AttentionCount(ctx context.Context) (int, error) {
	return c.store.AttentionCount(ctx)
}

// Attention lists them.
func (c *Checkout) Attention(ctx context.Context) (models.AttentionList, error) {
	return c.store.Attention(ctx)
}

// SettleAttention notes that an operator has dealt with an order's attention, as it was shown; models.ErrConflict when more has come since.
func (c *Checkout) SettleAttention(ctx context.Context, id int64, seen, note string) error {
	return c.store.SettleAttention(ctx, id, seen, note)
}

// DeliveriesSeen takes an endpoint's deliveries that were given up off the list.
func (c *Checkout) DeliveriesSeen(ctx context.Context, endpointID int64) error {
	return c.store.DeliveriesSeen(ctx, endpointID)
}

// MailSeen takes an e-mail that was given up off the list.
func (c *Checkout) MailSeen(ctx context.Context, id int64) error { return c.store.MailSeen(ctx, id) }

// MailAgain sends an e-mail that was given up once more.
func (c *Checkout) MailAgain(ctx context.Context, id int64) error {
	err := c.store.MailAgain(ctx, id)
	if err == nil {
		c.post.tell()
	}
	return err
}

// GatewayCodes are the gateway's return and decline codes and its payment states, in the guide's order.
func (c *Checkout) GatewayCodes() []models.GatewayCode {
	var list []models.GatewayCode
	for _, s := range lianlian.PaymentStatuses() {
		list = append(list, models.GatewayCode{Kind: models.CodeStatus, Code: string(s)})
	}
	for _, r := range lianlian.ReturnCodes() {
		list = append(list, models.GatewayCode{Kind: models.CodeReturn, Code: string(r.Code), HTTPStatus: r.HTTPStatus, Message: r.Message})
	}
	for _, d := range lianlian.DeclineCodes() {
		list = append(list, models.GatewayCode{Kind: models.CodeDecline, Code: string(d.Code), Message: d.DescriptionEN})
	}
	return list
}
