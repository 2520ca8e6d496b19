package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
)

// Reasons for an order's Attention that refunds set.
const (
	AttentionRefundedMore  = "more was refunded than was paid; look at the refunds in LianLian's portal"
	AttentionRefundedTwice = "refunded and charged back: the buyer may have the money twice"
)

// RefundOutcome is what the door made of a piece of evidence.
type RefundOutcome struct {
	Verdict Verdict
	Reason  string
	Token   string // of the order's page
	Refund  Refund // as it stands afterwards
}

// lockRefund finds a refund with its order, payments and all refunds of the order, locked.
func lockRefund(tx *gorm.DB, merchantTransactionID string) (r *refundRow, all []*refundRow, order *orderRow, payments []*paymentRow, err error) {
	order, payments, err = lockOrder(tx, "id = (SELECT order_id FROM refunds WHERE merchant_transaction_id = ?)", merchantTransactionID)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	all, _, err = readRefunds(tx, "r.order_id = ? ORDER BY r.id", order.ID)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	r = all[slices.IndexFunc(all, func(r *refundRow) bool { return r.MerchantTransactionID == merchantTransactionID })]
	return r, all, order, payments, nil
}

// ApplyRefund is the door for what is told of refunds. In one durable transaction it weighs the evidence (merchant, ids, amount,
// currency, transition table), moves the refund by compare-and-swap and the payment along the table of guide 5.1, and appends to the
// order's history and to the outbox. What doesn't match or isn't known changes nothing but sets the order's Attention. A refund that we
// never made is ErrNotFound; a fault of the storage ErrUnavailable.
func (s *Store) ApplyRefund(ctx context.Context, ev RefundEvidence) (RefundOutcome, error) {
	if ev.ReceivedAt.IsZero() {
		ev.ReceivedAt = s.now()
	}
	if !storable(ev.MerchantTransactionID) {
		return RefundOutcome{}, ErrNotFound
	}
	var out RefundOutcome
	shelf := false
	err := s.write(ctx, func(tx *gorm.DB) error {
		out, shelf = RefundOutcome{}, false
		r, all, order, payments, err := lockRefund(tx, ev.MerchantTransactionID)
		if err != nil {
			return err
		}
		pay := payments[slices.IndexFunc(payments, func(p *paymentRow) bool { return p.ID == r.PaymentID })]
		before := *r
		out.Token = order.Token
		out.Verdict, out.Reason = ev.Weigh(r.refund(pay.MerchantTransactionID), pay.MerchantID)
		err = addEvent(tx, eventRow{
			OrderID: order.ID, PaymentID: pay.ID, Digest: ev.digest(r.Status, out.Verdict), At: millis(ev.ReceivedAt), Kind: EventRefund, Source: ev.Source, Verdict: out.Verdict,
			FromStatus: refundState(r.Status), ToStatus: refundState(ev.Status), Detail: out.Reason, Raw: rawText(ev.Raw),
		})
		if err != nil {
			return err
		}
		switch out.Verdict {
		case VerdictMismatch, VerdictRefused:
			err = s.flag(tx, order, fmt.Sprintf("refund of %s, %s: %s", Money{r.Amount, r.Currency}, ev.Source, out.Reason))
		case VerdictApplied, VerdictRepeated, VerdictStale, VerdictHint:
			r.learn(ev, out.Verdict)
			if *r != before {
				err = saveRefund(tx, r, before.Status)
			}
			if err == nil && out.Verdict == VerdictApplied {
				shelf, err = s.follow(tx, order, payments, pay, all, r, ev.ReceivedAt)
			}
		}
		out.Refund = r.refund(pay.MerchantTransactionID)
		return err
	})
	if shelf {
		s.shelf.forget()
	}
	return out, err
}

// learn keeps what the evidence adds to the refund, and its status if the table allows it.
func (r *refundRow) learn(ev RefundEvidence, verdict Verdict) {
	if ev.LLTransactionID != "" {
		r.LLTransactionID = ev.LLTransactionID
	}
	if ev.TraceID != "" {
		r.TraceID = ev.TraceID
	}
	if verdict != VerdictApplied {
		return
	}
	r.Status, r.UpdatedAt = ev.Status, millis(ev.ReceivedAt)
	switch ev.Status {
	case RefundPending:
		r.DoneAt, r.Refused, r.ReturnCode, r.DeclineCode = 0, 0, "", ""
		r.NextQueryAt = millis(ev.ReceivedAt.Add(queryAgain))
	case RefundSucceeded:
		r.DoneAt, r.NextQueryAt, r.Refused, r.ReturnCode, r.DeclineCode = millis(ev.ReceivedAt), 0, 0, "", ""
	case RefundFailed:
		r.DoneAt, r.NextQueryAt = millis(ev.ReceivedAt), 0
	case RefundCreated:
	}
}

// saveRefund writes what evidence may have changed, by compare-and-swap on the status.
func saveRefund(tx *gorm.DB, r *refundRow, from RefundStatus) error {
	return swap(tx, `UPDATE refunds SET ll_transaction_id = ?, status = ?, return_code = ?, decline_code = ?, trace_id = ?, refused = ?, updated_at = ?, done_at = ?,
		next_query_at = ? WHERE id = ? AND status = ?`,
		r.LLTransactionID, r.Status, r.ReturnCode, r.DeclineCode, r.TraceID, r.Refused, r.UpdatedAt, r.DoneAt, r.NextQueryAt, r.ID, from)
}

// follow moves the payment after a refund of it has moved: while one is pending at the gateway it is RP; then PR or RS by what went back, by way
// of RP as guide 5.1 has it. When nothing did, and after a part, the gateway is asked how the payment stands: it alone knows of refunds made
// elsewhere.
func (s *Store) follow(tx *gorm.DB, order *orderRow, payments []*paymentRow, pay *paymentRow, all []*refundRow, r *refundRow, now time.Time) (shelf bool, err error) {
	before, back, pending, asked, last := *pay, int64(0), false, int64(0), r
	for _, of := range all {
		if of.PaymentID != pay.ID {
			continue
		}
		pending = pending || of.Status == RefundPending
		if of.Status == RefundSucceeded {
			back += of.Amount
			if last.Status != RefundSucceeded || last.DoneAt < of.DoneAt {
				last = of
			}
		}
		if of.Status != RefundFailed {
			asked += of.Amount
		}
	}
	if pay.Status.Refundable() {
		soon := millis(now.Add(queryAgain))
		switch {
		case back >= pay.Amount:
			pay.Status, pay.NextQueryAt = StatusRefunded, 0
		case pending:
			pay.Status, pay.NextQueryAt = StatusRefundPending, soon
		case back > 0:
			pay.Status, pay.NextQueryAt = StatusPartlyRefunded, soon
		default:
			pay.NextQueryAt = soon
		}
	}
	if *pay != before {
		pay.UpdatedAt = millis(now)
		if err := savePayment(tx, pay, before.Status); err != nil {
			return false, err
		}
	}
	if pay.Status == StatusRefunded && r.Status == RefundSucceeded && r.Restock == 1 && order.Held == 1 {
		// The discount code's use isn't given back: it was used.
		order.Held, shelf = heldRestocked, true
		if err := release(tx, order.lines()); err != nil {
			return false, err
		}
	}
	order.because = fmt.Sprintf("r%d", last.ID) // a part that was told already isn't told again when another refund ends
	if r.Status == RefundSucceeded {
		order.because = fmt.Sprintf("r%d", r.ID)
	}
	done, err := s.settleOrder(tx, order, payments, now)
	shelf = shelf || done.shelf
	if err == nil && r.Status == RefundSucceeded && pay.Status != StatusRefunded && pay.Status != StatusChargeback {
		err = s.tell(tx, order, OrderPartiallyRefunded, Payment{ID: pay.ID}, now) // each part is told, also when the order's word stays
	}
	if err == nil && asked > pay.Amount {
		err = s.flag(tx, order, AttentionRefundedMore)
	}
	if err == nil && r.Status == RefundSucceeded && pay.Status == StatusChargeback {
		err = s.flag(tx, order, AttentionRefundedTwice)
	}
	return shelf, err
}

// besideRefunds corrects what evidence about a payment means where refunds of ours are open: they are asked themselves, and end by
// their own answers. It reads nothing unless the evidence is about refunds.
func (s *Store) besideRefunds(tx *gorm.DB, pay *paymentRow, ev Evidence, verdict Verdict, reason string) (Verdict, string, error) {
	ends := pay.Status == StatusRefundPending && (ev.Status == StatusPaid || ev.Status == StatusPartlyRefunded)
	skips := pay.Status.Refundable() && (ev.Status == StatusPartlyRefunded || ev.Status == StatusRefunded)
	if !ends && !skips && ev.Status != StatusRefundPending {
		return verdict, reason, nil
	}
	open := 0
	err := queryRow(tx, []any{&open}, "SELECT count(*) FROM refunds WHERE order_id = ? AND payment_id = ? AND status IN ('created', 'pending')", pay.OrderID, pay.ID)
	if err != nil || open == 0 {
		return verdict, reason, err
	}
	if (ends && verdict == VerdictApplied) || (skips && verdict == VerdictRefused) {
		verdict, reason = VerdictStale, "a refund is under way: it is asked itself"
	}
	soon := millis(ev.ReceivedAt.Add(queryAgain))
	return verdict, reason, later(tx, "UPDATE refunds SET next_query_at = ? WHERE order_id = ? AND payment_id = ? AND status IN ('created', 'pending') AND next_query_at > ?",
		soon, pay.OrderID, pay.ID, soon)
}

// RefundRefusal is what the gateway answered to a request in place of a refund.
type RefundRefusal struct {
	MerchantTransactionID string
	Kind                  EventKind // EventRefused, or EventUnknown when the outcome isn't known
	ReturnCode            string
	DeclineCode           string
	TraceID               string
	Detail                string
}

// RecordRefundRefusal notes an error answer. It moves no status: error answers may be unsigned. A refund that has moved meanwhile
// keeps what is known of it.
func (s *Store) RecordRefundRefusal(ctx context.Context, no RefundRefusal) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		now := millis(s.now())
		r, _, order, _, err := lockRefund(tx, no.MerchantTransactionID)
		if err != nil {
			return err
		}
		if r.Status == RefundCreated {
			if no.Kind == EventRefused {
				r.Refused, r.ReturnCode, r.DeclineCode = 1, no.ReturnCode, no.DeclineCode
			}
			if no.TraceID != "" {
				r.TraceID = no.TraceID
			}
			r.UpdatedAt = now
			if err := saveRefund(tx, r, r.Status); err != nil {
				return err
			}
		}
		return addEvent(tx, eventRow{OrderID: order.ID, PaymentID: r.PaymentID, At: now, Kind: EventRefund, ToStatus: refundState(r.Status), Detail: no.Detail})
	})
}
