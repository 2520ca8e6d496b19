package checkout

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/url"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// Limits of what is done while somebody waits for an answer.
const (
	notifyTimeout  = 10 * time.Second
	confirmTimeout = 5 * time.Second
	confirmSpan    = 2 * time.Second // between two questions to the gateway about one payment, asked by a buyer's page
)

// apply passes evidence through the one door and tells who follows the order.
func (c *Checkout) apply(ctx context.Context, ev models.Evidence) (models.Outcome, error) {
	out, err := c.store.ApplyEvidence(ctx, ev)
	if err != nil {
		c.telemetry.Evidence(ev.Source, turnedAway(err))
		return out, err
	}
	c.telemetry.Evidence(ev.Source, string(out.Verdict))
	if out.NewlyPaid {
		c.telemetry.Paid(ev.Money)
	}
	log := func(level slog.Level, message string, more ...slog.Attr) {
		c.o.Log.LogAttrs(ctx, level, message, append([]slog.Attr{slog.String("merchant_transaction_id", ev.MerchantTransactionID),
			slog.String("source", string(ev.Source)), slog.String("status", string(ev.Status)), slog.String("trace_id", ev.TraceID)}, more...)...)
	}
	switch out.Verdict {
	case models.VerdictMismatch, models.VerdictRefused:
		log(slog.LevelError, "evidence doesn't fit the order", slog.String("verdict", string(out.Verdict)), slog.String("reason", out.Reason))
	case models.VerdictApplied:
		log(slog.LevelInfo, "payment settled", slog.Bool("newly_paid", out.NewlyPaid))
		if out.NewlyPaid {
			c.post.tell()
		}
	case models.VerdictRepeated, models.VerdictStale, models.VerdictHint:
	}
	c.changed(out.Token)
	return out, nil
}

// Notify takes a gateway notification (guide 4.1.2). A nil error means that what it says is durably recorded,
// whatever it was: applied, known already, late, or impossible and flagged. Errors are models.ErrSignature,
// ErrMalformed, ErrNotFound, ErrConflict when it doesn't match the stored payment, and ErrUnavailable.
func (c *Checkout) Notify(ctx context.Context, signature string, body []byte) error {
	if lianlian.IsRefundNotification(body) {
		return c.notifyRefund(ctx, signature, body)
	}
	n, err := lianlian.ParseNotification(c.o.Client.Verifier, signature, body, c.o.Client.Timezone)
	if err != nil {
		err = unread(err)
		c.telemetry.Evidence(models.SourceNotification, turnedAway(err))
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyTimeout)
	defer cancel()
	ev := c.stated(models.SourceNotification, *n)
	ev.Raw, ev.Signature = body, signature
	out, err := c.apply(ctx, ev)
	if err != nil {
		return err
	}
	if out.Verdict == models.VerdictMismatch {
		return models.ErrConflict
	}
	return nil
}

// Return takes the parameters that the buyer's browser brought back (guide 4.1.4) and finds the order's token.
// They are a hint for the page and a reason to ask the gateway; they never move money.
func (c *Checkout) Return(ctx context.Context, values url.Values) (string, error) {
	r, err := lianlian.ParseReturn(c.o.Client.Verifier, values, c.o.Client.Timezone)
	if err != nil {
		return "", unread(err)
	}
	ev := c.stated(models.SourceReturn, r.PaymentState)
	unsigned := maps.Clone(values)
	unsigned.Del("signature")
	ev.Raw, ev.Signature = []byte(unsigned.Encode()), values.Get("signature")
	out, err := c.apply(ctx, ev)
	return out.Token, err
}

// Confirm asks the gateway about an order that isn't settled, within a short limit and not more often than
// every two seconds, and returns the order as it then stands.
func (c *Checkout) Confirm(ctx context.Context, token string) (models.Order, error) {
	o, err := c.store.Order(ctx, token)
	if err != nil || o.Payment().Status.Received() {
		return o, err
	}
	p := o.Payment()
	if c.recent.first(p.MerchantTransactionID, c.o.Now(), confirmSpan) {
		ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
		defer cancel()
		c.ask(ctx, p) //nolint:errcheck // the order as it stands is shown; reconciliation goes on asking
	}
	return c.store.Order(ctx, token)
}

// CheckNow asks the gateway about all payments of an order at an operator's wish.
func (c *Checkout) CheckNow(ctx context.Context, id int64) (models.Order, error) {
	o, err := c.store.OrderByID(ctx, id)
	if err != nil {
		return models.Order{}, err
	}
	var failed error
	for _, p := range o.Payments {
		if err := c.ask(ctx, p); err != nil {
			failed = err
		}
	}
	for _, r := range o.Refunds {
		if r.Status.Open() {
			if err := c.pursue(ctx, r, false); err != nil {
				failed = err
			}
		}
	}
	if o, err = c.store.OrderByID(ctx, id); err != nil {
		return o, err
	}
	return o, failed
}

// ask queries the gateway about a payment (guide 4.1.3) and passes the answer through the one door. Its error is nil
// when the gateway said how the payment stands, or that it has none of that id.
func (c *Checkout) ask(ctx context.Context, p models.Payment) error {
	_, err := c.query(ctx, p)
	if errors.Is(err, errNoPayment) {
		return nil
	}
	return err
}

// errNoPayment says that the gateway has no payment of that id.
var errNoPayment = errors.New("the gateway has no such payment")

// query is ask that tells what the gateway said: a state, or errNoPayment.
func (c *Checkout) query(ctx context.Context, p models.Payment) (lianlian.PaymentStatus, error) {
	answer := c.asking.DoChan(p.MerchantTransactionID, func() (any, error) {
		// Whoever else waits for the same answer must not lose it when the first has gone.
		ctx, heard := c.traced(context.WithoutCancel(ctx), models.ExchangeQuery, p, "")
		state, err := c.o.Client.QueryPayment(ctx, p.MerchantTransactionID)
		var e *lianlian.Error
		switch {
		case errors.As(err, &e) && e.ReturnCode == lianlian.CodeObjectNotFound && !errors.Is(err, lianlian.ErrOutcomeUnknown):
			return lianlian.PaymentStatus(""), errNoPayment
		case err != nil:
			c.o.Log.WarnContext(ctx, "query not answered", "merchant_transaction_id", p.MerchantTransactionID, "error", err.Error())
			return lianlian.PaymentStatus(""), models.ErrPending
		}
		ev := c.stated(models.SourceQuery, *state)
		ev.Signature = heard.signature
		_, err = c.apply(ctx, ev)
		return state.TransactionStatus, err
	})
	select {
	case r := <-answer:
		state, _ := r.Val.(lianlian.PaymentStatus)
		return state, r.Err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
