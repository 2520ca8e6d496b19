package checkout

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"

	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// Refund stores a refund, committed before any of it is sent, and asks the gateway for it. See handlers.RefundShop.
func (c *Checkout) Refund(ctx context.Context, req handlers.RefundRequest) (models.Refund, error) {
	if !c.o.Refunds {
		return models.Refund{}, models.ErrRefundsOff
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refundTimeout)
	defer cancel()
	if req.Intent != "" { // an earlier try may have got as far as storing it
		r, err := c.store.RefundByIntent(ctx, req.Intent)
		if err == nil && r.OrderID != req.OrderID {
			err = models.ErrConflict
		}
		if !errors.Is(err, models.ErrNotFound) {
			return declinedRefund(r, err)
		}
	}
	o, err := c.store.OrderByID(ctx, req.OrderID)
	if err != nil {
		return models.Refund{}, err
	}
	pay := o.Payment()
	if req.PaymentID != 0 {
		at := slices.IndexFunc(o.Payments, func(p models.Payment) bool { return p.ID == req.PaymentID })
		if at < 0 {
			return models.Refund{}, models.ErrNotFound
		}
		pay = o.Payments[at]
	}
	if !pay.Status.Received() {
		return models.Refund{}, models.ErrNotRefundable
	}
	// What counts is that the gateway holds the money, whatever we think: it may have been refunded in LianLian's portal, or an operator may
	// have called an order paid that the gateway never saw.
	switch status, err := c.stands(ctx, pay); {
	case err != nil:
		return models.Refund{}, err
	case !status.Refundable():
		return models.Refund{}, models.ErrNotRefundable
	}
	r, created, err := c.store.CreateRefund(ctx, models.NewRefund{
		OrderID: o.ID, PaymentID: pay.ID, Amount: req.Amount, Reason: req.Reason, Restock: req.Restock, By: req.By, Intent: req.Intent, Again: req.Again,
		QueryAt: c.o.Now().UTC().Add(cmp.Or(c.o.Client.Timeout, lianlian.DefaultTimeout) + firstQuery),
	})
	if err != nil || !created {
		return declinedRefund(r, err)
	}
	c.o.Log.InfoContext(ctx, "refund created", "order", o.Number, "merchant_transaction_id", r.MerchantTransactionID, "original_transaction_id", r.OriginalTransactionID)
	c.changed(o.Token)
	if err := c.sendRefund(ctx, r); err != nil {
		c.o.Log.WarnContext(ctx, "refund to be followed", "merchant_transaction_id", r.MerchantTransactionID, "error", err.Error())
	}
	return declinedRefund(c.store.Refund(ctx, r.MerchantTransactionID))
}

// declinedRefund says of a refund that has failed that it has.
func declinedRefund(r models.Refund, err error) (models.Refund, error) {
	if err == nil && r.Status == models.RefundFailed {
		err = &models.DeclinedError{ReturnCode: r.ReturnCode, DeclineCode: r.DeclineCode, TraceID: r.TraceID}
	}
	return r, err
}

// stands asks the gateway how a payment stands and passes the answer through the one door. Its status is what the gateway says, which
// the door may have found impossible. An error is models.ErrPending, or models.ErrNotRefundable when the gateway has no such payment.
func (c *Checkout) stands(ctx context.Context, p models.Payment) (models.Status, error) {
	traced, heard := c.traced(ctx, models.ExchangeQuery, p, "")
	state, err := c.o.Client.QueryPayment(traced, p.MerchantTransactionID)
	switch {
	case notFound(err):
		return "", models.ErrNotRefundable
	case err != nil:
		c.o.Log.WarnContext(ctx, "query not answered", "merchant_transaction_id", p.MerchantTransactionID, "error", err.Error())
		return "", models.ErrPending
	}
	ev := c.stated(models.SourceQuery, *state)
	ev.Signature = heard.signature
	out, err := c.apply(ctx, ev)
	if err == nil && out.Verdict == models.VerdictMismatch {
		err = models.ErrNotRefundable
	}
	return models.Status(state.TransactionStatus), err
}

// paymentOf is the refund's payment, as far as asking about it needs.
func paymentOf(r models.Refund) models.Payment {
	return models.Payment{ID: r.PaymentID, OrderID: r.OrderID, MerchantTransactionID: r.OriginalTransactionID}
}

// notFound tells whether the gateway clearly doesn't know what was asked for. Such an answer may be unsigned.
func notFound(err error) bool {
	var e *lianlian.Error
	return errors.As(err, &e) && e.ReturnCode == lianlian.CodeObjectNotFound && !errors.Is(err, lianlian.ErrOutcomeUnknown)
}

// sendRefund asks the gateway for a stored refund; the same id again is the same refund. What can't be believed is asked back.
func (c *Checkout) sendRefund(ctx context.Context, r models.Refund) error {
	traced, _ := c.traced(ctx, models.ExchangeRefund, paymentOf(r), "")
	state, err := c.o.Client.Refund(traced, lianlian.RefundRequest{
		MerchantTransactionID: r.MerchantTransactionID, OriginalTransactionID: r.OriginalTransactionID, RefundTime: r.CreatedAt,
		Amount: lianlian.Amount(r.Money.Amount), Currency: r.Money.Currency, Reason: r.Reason,
	})
	if err == nil {
		return c.applyRefund(ctx, refundStated(models.SourceCreate, *state))
	}
	no := models.RefundRefusal{MerchantTransactionID: r.MerchantTransactionID, Kind: models.EventUnknown, Detail: cut(err.Error(), 600)}
	var e *lianlian.Error
	if errors.As(err, &e) {
		no.ReturnCode, no.DeclineCode, no.TraceID, no.Detail = string(e.ReturnCode), string(e.DeclineCode), e.TraceID, cut(e.Error(), 600)
	}
	refused := !errors.Is(err, lianlian.ErrOutcomeUnknown) && e != nil && !takenAlready(e.ReturnCode)
	if refused {
		no.Kind = models.EventRefused
	}
	if storeErr := c.store.RecordRefundRefusal(ctx, no); storeErr != nil {
		return storeErr
	}
	c.o.Log.WarnContext(ctx, "refund not taken", "merchant_transaction_id", r.MerchantTransactionID, "return_code", no.ReturnCode, "trace_id", no.TraceID, "refused", refused)
	switch {
	case !refused:
		return models.ErrPending
	case e.Signed:
		return c.endRefund(ctx, r, models.SourceCreate, "refused by LianLian: "+no.ReturnCode)
	}
	r.Refused = true
	return c.pursue(ctx, r, false)
}

// takenAlready tells whether a refusal says that the gateway has the refund from before.
func takenAlready(code lianlian.ReturnCode) bool {
	return code == lianlian.CodeRefundAlreadyRequested || code == lianlian.CodeExistingObject
}

// refundStated is the evidence of a message about a refund.
func refundStated(source models.Source, s lianlian.RefundState) models.RefundEvidence {
	ev := models.RefundEvidence{
		Source: source, MerchantID: s.MerchantID, MerchantTransactionID: s.MerchantTransactionID, OriginalTransactionID: s.OriginalTransactionID,
		LLTransactionID: s.LLTransactionID, Said: string(s.Status), Money: models.Money{Amount: int64(s.Amount), Currency: s.Currency}, TraceID: s.TraceID, Raw: s.Raw,
	}
	switch s.Status {
	case lianlian.RefundPending:
		ev.Status = models.RefundPending
	case lianlian.RefundSuccess:
		ev.Status = models.RefundSucceeded
	}
	return ev
}

// applyRefund passes evidence through the refunds' door and tells who follows the order.
func (c *Checkout) applyRefund(ctx context.Context, ev models.RefundEvidence) error {
	_, err := c.refundSaid(ctx, ev)
	return err
}

func (c *Checkout) refundSaid(ctx context.Context, ev models.RefundEvidence) (models.RefundOutcome, error) {
	ev.ReceivedAt = c.o.Now().UTC()
	out, err := c.store.ApplyRefund(ctx, ev)
	if err != nil {
		return out, err
	}
	level := slog.LevelInfo
	if out.Verdict == models.VerdictMismatch || out.Verdict == models.VerdictRefused {
		level = slog.LevelError
	}
	if out.Verdict != models.VerdictRepeated && out.Verdict != models.VerdictStale {
		c.o.Log.Log(ctx, level, "refund evidence", "merchant_transaction_id", ev.MerchantTransactionID, "source", string(ev.Source), "status", string(ev.Status),
			"said", ev.Said, "verdict", string(out.Verdict), "reason", out.Reason, "trace_id", ev.TraceID)
	}
	c.changed(out.Token)
	return out, nil
}

// endRefund records that no money went back, and why.
func (c *Checkout) endRefund(ctx context.Context, r models.Refund, source models.Source, why string) error {
	return c.applyRefund(ctx, models.RefundEvidence{
		Source: source, MerchantTransactionID: r.MerchantTransactionID, Status: models.RefundFailed, Money: r.Money, Detail: why,
	})
}

// notifyRefund takes a refund's notification; errors as Notify's.
func (c *Checkout) notifyRefund(ctx context.Context, signature string, body []byte) error {
	s, err := lianlian.ParseRefundNotification(c.o.Client.Verifier, signature, body)
	if err != nil {
		return unread(err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyTimeout)
	defer cancel()
	out, err := c.refundSaid(ctx, refundStated(models.SourceNotification, *s))
	if err == nil && out.Verdict == models.VerdictMismatch {
		err = models.ErrConflict
	}
	return err
}
