package models

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Reasons for an order's Attention that the store sets by itself.
const (
	AttentionDoublePayment = "paid twice: two payments of this order received money; refund one"
	AttentionOversold      = "paid after its pieces were given back; check the stock before sending"
)

// maxAttention bounds, in bytes, how much a sender of nonsense can make us keep.
const maxAttention = 2000

// queryAgain is how soon the gateway is asked when a message raised a question.
const queryAgain = 5 * time.Second

// ApplyEvidence is the one door for money. In one durable transaction it finds the payment, weighs the
// evidence (merchant, ids, amount, currency, transition table), moves the status by compare-and-swap,
// and appends to the order's history and to the outbox. What doesn't match or isn't possible changes
// nothing but sets the order's Attention. The same evidence twice changes nothing.
// A payment that we never made is ErrNotFound; a fault of the storage ErrUnavailable.
func (s *Store) ApplyEvidence(ctx context.Context, ev Evidence) (Outcome, error) {
	if ev.ReceivedAt.IsZero() {
		ev.ReceivedAt = s.now()
	}
	if !storable(ev.MerchantTransactionID) {
		return Outcome{}, ErrNotFound
	}
	var out Outcome
	var done settled
	err := s.write(ctx, func(tx *gorm.DB) error {
		out, done = Outcome{}, settled{}
		order, payments, err := lockOrder(tx, "id = (SELECT order_id FROM payments WHERE merchant_transaction_id = ?)", ev.MerchantTransactionID)
		if err != nil {
			return err
		}
		pay := payments[slices.IndexFunc(payments, func(p *paymentRow) bool { return p.MerchantTransactionID == ev.MerchantTransactionID })]
		out.OrderID, out.Token = order.ID, order.Token
		out.Verdict, out.Reason = ev.Weigh(pay.payment(), pay.MerchantID, strings.Fields(pay.LLTransactionIDs))
		event := eventRow{
			OrderID: order.ID, PaymentID: pay.ID, Digest: ev.digest(pay.Status, out.Verdict), At: millis(ev.ReceivedAt), Kind: EventEvidence,
			Source: ev.Source, Verdict: out.Verdict, FromStatus: string(pay.Status), ToStatus: string(ev.Status), Detail: out.Reason, Raw: rawText(ev.Raw),
		}
		if err := addEvent(tx, event); err != nil {
			return err
		}
		if out.Verdict == VerdictMismatch || out.Verdict == VerdictRefused {
			return s.flag(tx, order.ID, fmt.Sprintf("%s: %s", ev.Source, out.Reason))
		}
		if err := s.updatePayment(tx, pay, ev, out.Verdict); err != nil {
			return err
		}
		if out.Verdict != VerdictApplied {
			return nil
		}
		done, err = s.settleOrder(tx, order, payments, ev.ReceivedAt)
		out.NewlyPaid = done.newlyPaid
		return err
	})
	if done.shelf {
		s.shelf.forget()
	}
	return out, err
}

// lockOrder finds an order and all its payments, oldest first, and keeps others from changing them meanwhile.
func lockOrder(tx *gorm.DB, where string, key any) (order orderRow, payments []*paymentRow, err error) {
	into := append([]any{&order.ID}, order.columns()...)
	if err := queryRow(tx, into, "SELECT id, "+orderColumns+" FROM orders WHERE "+where+forUpdate(tx), key); err != nil {
		return order, nil, err
	}
	err = query(tx, func(r *sql.Rows) error {
		var p paymentRow
		payments = append(payments, &p)
		return r.Scan(append([]any{&p.ID}, p.columns()...)...)
	}, "SELECT id, "+paymentColumns+" FROM payments WHERE order_id = ? ORDER BY attempt", order.ID)
	return order, payments, err
}

// rawText is a message as the history can keep it.
func rawText(raw []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(raw), "\uFFFD"), "\x00", "\uFFFD")
}

// updatePayment writes what the evidence adds to the payment, and its status if the table allows it; pay follows.
func (s *Store) updatePayment(tx *gorm.DB, pay *paymentRow, ev Evidence, verdict Verdict) error {
	set := map[string]any{}
	if ids := strings.Fields(pay.LLTransactionIDs); (len(ids) == 0 && ev.Source != SourceReturn) || (ev.Source == SourceCreate && ids[len(ids)-1] != ev.LLTransactionID) {
		set["ll_transaction_id"] = ev.LLTransactionID
		set["ll_transaction_ids"] = strings.TrimSpace(pay.LLTransactionIDs + " " + ev.LLTransactionID)
	}
	if ev.TraceID != "" {
		set["trace_id"] = ev.TraceID
	}
	if ev.Source == SourceCreate && !pay.Status.Received() && ev.Processor == pay.Processor {
		set[urlColumn(ev.Method)], set["qr_content"], set["method"] = ev.PaymentURL, ev.QRContent, ev.Method
		set["return_code"], set["decline_code"] = "", ""
	}
	if ev.Settlement != nil && ev.Source != SourceReturn {
		set["settlement_amount"], set["settlement_currency"] = ev.Settlement.Amount, ev.Settlement.Currency
	}
	if (verdict == VerdictHint || verdict == VerdictStale) && (!pay.Status.Received() || pay.Status == StatusRefundPending) {
		set["next_query_at"] = millis(ev.ReceivedAt.Add(queryAgain))
	}
	if verdict == VerdictApplied {
		set["status"] = ev.Status
		if ev.Status.Received() {
			set["next_query_at"] = 0
			if ev.Status == StatusRefundPending { // which ends only by an answer to our own question
				set["next_query_at"] = millis(ev.ReceivedAt.Add(queryAgain))
			}
			if pay.PaidAt == 0 {
				set["paid_at"] = millis(paidAt(ev))
			}
		}
	}
	if len(set) == 0 {
		return nil
	}
	set["updated_at"] = millis(ev.ReceivedAt)
	n, err := update(tx, "payments", pay.ID, set, " AND status = ?", pay.Status)
	if err != nil {
		return err
	}
	if n != 1 {
		return fmt.Errorf("%w: payment changed meanwhile", ErrUnavailable)
	}
	if verdict == VerdictApplied {
		pay.Status = ev.Status
		if at, ok := set["paid_at"].(int64); ok {
			pay.PaidAt = at
		}
	}
	return nil
}

func urlColumn(m Method) string {
	if m == WapPay {
		return "wap_url"
	}
	return "web_url"
}

// paidAt is the gateway's payment time, unless it lies implausibly far from ours.
func paidAt(ev Evidence) time.Time {
	if d := ev.ReceivedAt.Sub(ev.PaidAt); ev.PaidAt.IsZero() || d > 31*24*time.Hour || d < -24*time.Hour {
		return ev.ReceivedAt
	}
	return ev.PaidAt
}

// settled is what came of settling an order.
type settled struct {
	newlyPaid bool
	shelf     bool // pieces were taken or given back
}

// settleOrder derives the order's status from its payments, with what follows from it: paid_at once, the
// pieces on or off the shelf, one outbox row for each fact.
func (s *Store) settleOrder(tx *gorm.DB, order orderRow, payments []*paymentRow, now time.Time) (done settled, err error) {
	var o Order
	received := 0
	for _, p := range payments {
		o.Payments = append(o.Payments, p.payment())
		if p.Status.Received() {
			received++
		}
	}
	counts := o.Payment()
	expired := order.ExpiredAt != 0 || (counts.Status == StatusCancelled && !now.Before(fromMillis(order.ExpiresAt)))
	status := orderStatus(counts.Status, expired)
	set := map[string]any{"status": status, "updated_at": millis(now)}
	if expired && order.ExpiredAt == 0 && status == OrderExpired {
		set["expired_at"] = millis(now)
	}
	if received > 0 && order.PaidAt == 0 {
		done.newlyPaid = true
		set["paid_at"] = millis(counts.PaidAt)
	}
	switch {
	case status.Settled() && received == 0 && order.Held == 1:
		set["held"] = 0
		done.shelf = true
		if err := release(tx, order.lines()); err != nil {
			return done, err
		}
	case received > 0 && order.Held == 0:
		set["held"] = 1
		done.shelf = true
		if _, err := hold(tx, order.lines(), true); err != nil {
			return done, err
		}
		if over, err := oversold(tx, order.lines()); err != nil {
			return done, err
		} else if over {
			if err := s.flag(tx, order.ID, AttentionOversold); err != nil {
				return done, err
			}
		}
	}
	if _, err := update(tx, "orders", order.ID, set, ""); err != nil {
		return done, err
	}
	if received > 1 {
		if err := s.flag(tx, order.ID, AttentionDoublePayment); err != nil {
			return done, err
		}
	}
	if status == order.Status {
		return done, nil
	}
	return done, tell(tx, order.ID, status, counts, now)
}

// tell appends the outbox row of an order's new status. An order is told to be paid once, whatever happens.
func tell(tx *gorm.DB, orderID int64, status OrderStatus, p Payment, now time.Time) error {
	var typ string
	fact := fmt.Sprintf("%d:%s:%d:%d", orderID, status, p.ID, millis(now))
	switch status {
	case OrderPaid:
		typ, fact = "order.paid", fmt.Sprintf("%d:paid", orderID)
	case OrderFailed:
		typ = "order.failed"
	case OrderExpired:
		typ = "order.expired"
	case OrderPartiallyRefunded:
		typ = "order.partially_refunded"
	case OrderRefunded:
		typ = "order.refunded"
	case OrderChargedBack:
		typ = "order.charged_back"
	case OrderOpen, OrderPending, OrderProcessing, OrderCancelled, OrderRefundPending:
		return nil
	}
	return addFact(tx, fact, orderID, typ, now)
}

// addFact appends to the outbox what isn't there yet.
func addFact(tx *gorm.DB, fact string, orderID int64, typ string, now time.Time) error {
	_, err := exec(tx, "INSERT INTO outbox (fact, order_id, type, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (fact) DO NOTHING", fact, orderID, typ, millis(now))
	return err
}

// flag adds a reason to the order's Attention, unless it is there already, and tells the outside.
func (s *Store) flag(tx *gorm.DB, orderID int64, reason string) error {
	var have string
	if err := queryRow(tx, []any{&have}, "SELECT attention FROM orders WHERE id = ?", orderID); err != nil {
		return err
	}
	if strings.Contains(have, reason) || len(have) > maxAttention {
		return nil
	}
	now := s.now()
	if _, err := update(tx, "orders", orderID, map[string]any{"attention": strings.TrimPrefix(have+"\n"+reason, "\n"), "updated_at": millis(now)}, ""); err != nil {
		return err
	}
	return addFact(tx, fmt.Sprintf("%d:attention:%d", orderID, len(have)), orderID, "order.attention", now)
}

// Refusal is what the gateway answered instead of a payment page.
type Refusal struct {
	MerchantTransactionID string
	Kind                  EventKind // EventRefused, or EventUnknown when the outcome isn't known
	ReturnCode            string
	DeclineCode           string
	TraceID               string
	Detail                string
	Attention             string // set when an operator should look
	QueryAt               time.Time
}

// RecordRefusal notes an error answer. Error answers may be unsigned, so it never moves a status.
func (s *Store) RecordRefusal(ctx context.Context, r Refusal) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		now := millis(s.now())
		var pay paymentRow
		if err := tx.Where("merchant_transaction_id = ?", r.MerchantTransactionID).Take(&pay).Error; err != nil {
			return err
		}
		set := map[string]any{"return_code": r.ReturnCode, "decline_code": r.DeclineCode, "updated_at": now}
		if r.TraceID != "" {
			set["trace_id"] = r.TraceID
		}
		if !r.QueryAt.IsZero() && !pay.Status.Received() {
			set["next_query_at"] = millis(r.QueryAt)
		}
		if err := tx.Model(&paymentRow{}).Where("id = ?", pay.ID).Updates(set).Error; err != nil {
			return err
		}
		if err := addEvent(tx, eventRow{OrderID: pay.OrderID, PaymentID: pay.ID, At: now, Kind: r.Kind, FromStatus: string(pay.Status), Detail: r.Detail}); err != nil {
			return err
		}
		if r.Attention == "" {
			return nil
		}
		return s.flag(tx, pay.OrderID, r.Attention)
	})
}
