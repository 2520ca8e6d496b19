package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Reasons for an order's Attention that the store sets by itself.
const (
	AttentionDoublePayment = "paid twice: two payments of this order received money; refund one"
	AttentionAfterCancel   = "paid after it was cancelled; send it or refund it"
	AttentionByHand        = "confirmed by hand, but the gateway says that the payment ended without money"
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
		if out.Verdict, out.Reason, err = s.weigh(tx, ev, order, pay); err != nil {
			return err
		}
		event := eventRow{
			OrderID: order.ID, PaymentID: pay.ID, Digest: ev.digest(pay.Status, out.Verdict), At: millis(ev.ReceivedAt), Kind: EventEvidence,
			Source: ev.Source, Verdict: out.Verdict, FromStatus: string(pay.Status), ToStatus: string(ev.Status), Detail: out.Reason, Raw: rawText(ev.Raw),
			Signature: rawText([]byte(ev.Signature)),
		}
		if ev.Source == SourceOperator {
			return s.applyByHand(tx, ev, event, order, payments, &out, &done)
		}
		if err := addEvent(tx, event); err != nil {
			return err
		}
		switch out.Verdict {
		case VerdictMismatch, VerdictRefused:
			err = s.flag(tx, order, fmt.Sprintf("%s: %s", ev.Source, out.Reason))
		case VerdictApplied, VerdictRepeated, VerdictStale, VerdictHint:
			if err = learn(tx, pay, ev, out.Verdict); err == nil && out.Verdict == VerdictApplied {
				done, err = s.settleOrder(tx, order, payments, ev.ReceivedAt)
			}
		}
		out.is(order, payments, done)
		return err
	})
	if done.shelf {
		s.shelf.forget()
	}
	return out, err
}

// is notes how the order stands after the evidence.
func (o *Outcome) is(order *orderRow, payments []*paymentRow, done settled) {
	o.Token, o.NewlyPaid, o.order, o.payments = order.Token, done.newlyPaid, order, payments
}

// weigh says what the evidence means for the order and the payment that it speaks of, as they are stored.
func (s *Store) weigh(tx *gorm.DB, ev Evidence, order *orderRow, pay *paymentRow) (Verdict, string, error) {
	if ev.Source == SourceOperator {
		return weighByHand(tx, ev, order, pay)
	}
	verdict, reason := ev.Weigh(pay.payment(), pay.MerchantID, strings.Fields(pay.LLTransactionIDs))
	return s.besideRefunds(tx, pay, ev, verdict, reason)
}

// lockOrder finds an order and all its payments, oldest first, and keeps others from changing them meanwhile. SQLite has one
// writer anyway. PostgreSQL locks the order's row and only then looks for its payments: a join would show those of before the wait.
func lockOrder(tx *gorm.DB, where string, key any) (*orderRow, []*paymentRow, error) {
	t, ok := tx.Statement.ConnPool.(*pipelineTx)
	if !ok {
		return readOrder(tx, where, key)
	}
	order, payments := &orderRow{}, []*paymentRow(nil)
	t.ask(func(r scanner) error { return r.Scan(append([]any{&order.ID}, order.columns()...)...) },
		placed(tx, "SELECT id, "+orderColumns+" FROM orders WHERE "+where+" FOR UPDATE"), key)
	t.ask(func(r scanner) error {
		p := &paymentRow{}
		payments = append(payments, p)
		return r.Scan(append([]any{&p.ID}, p.columns()...)...)
	}, placed(tx, "SELECT id, "+paymentColumns+" FROM payments WHERE order_id = (SELECT id FROM orders WHERE "+where+") ORDER BY attempt"), key)
	err := t.flush()
	if err == nil && len(payments) == 0 {
		err = gorm.ErrRecordNotFound
	}
	return order, payments, err
}

// rawText is a message as the history can keep it.
func rawText(raw []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(raw), "\uFFFD"), "\x00", "\uFFFD")
}

// learn keeps what the evidence adds to the payment, and its status if the table allows it.
func learn(tx *gorm.DB, pay *paymentRow, ev Evidence, verdict Verdict) error {
	before := *pay
	if ids := strings.Fields(pay.LLTransactionIDs); (len(ids) == 0 && ev.Source != SourceReturn) || (ev.Source == SourceCreate && ids[len(ids)-1] != ev.LLTransactionID) {
		pay.LLTransactionID = ev.LLTransactionID
		pay.LLTransactionIDs = strings.TrimSpace(pay.LLTransactionIDs + " " + ev.LLTransactionID)
	}
	if ev.TraceID != "" {
		pay.TraceID = ev.TraceID
	}
	if ev.Source == SourceCreate && !pay.Status.Received() && ev.Processor == pay.Processor {
		*pay.url(ev.Method), pay.QRContent, pay.Method = ev.PaymentURL, ev.QRContent, ev.Method
		pay.ReturnCode, pay.DeclineCode = "", ""
	}
	if ev.Settlement != nil && ev.Source != SourceReturn {
		pay.SettlementAmount, pay.SettlementCurrency = ev.Settlement.Amount, ev.Settlement.Currency
	}
	asks := !pay.Status.Received() || (ev.Source != SourceQuery && (pay.Status == StatusRefundPending || (pay.Status == StatusPartlyRefunded && ev.Status == StatusRefundPending)))
	if (verdict == VerdictHint || verdict == VerdictStale) && asks {
		pay.NextQueryAt = millis(ev.ReceivedAt.Add(queryAgain))
	}
	if verdict == VerdictApplied {
		pay.Status = ev.Status
		if ev.Status.Received() {
			pay.NextQueryAt = 0
			if ev.Status == StatusRefundPending { // which ends only by an answer to our own question
				pay.NextQueryAt = millis(ev.ReceivedAt.Add(queryAgain))
			}
			if pay.PaidAt == 0 {
				pay.PaidAt = millis(paidAt(ev))
			}
		}
	}
	if *pay == before {
		return nil
	}
	pay.UpdatedAt = millis(ev.ReceivedAt)
	return savePayment(tx, pay, before.Status)
}

// url is where the payment page for a kind of device is kept.
func (r *paymentRow) url(m Method) *string {
	if m == WapPay {
		return &r.WapURL
	}
	return &r.WebURL
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
func (s *Store) settleOrder(tx *gorm.DB, order *orderRow, payments []*paymentRow, now time.Time) (done settled, err error) {
	received := 0
	for _, p := range payments {
		if p.Status.Received() {
			received++
		}
	}
	counts := Order{Payments: attempts(payments)}.Payment()
	byHand := order.ConfirmedAt != 0 && received == 0
	paid := received > 0 || byHand
	before := order.Status
	expired := order.ExpiredAt != 0 || (counts.Status == StatusCancelled && !now.Before(fromMillis(order.ExpiresAt)))
	order.Status, order.UpdatedAt = orderStatus(counts.Status, expired), millis(now)
	if byHand {
		order.Status = OrderPaid
	}
	if order.CancelledAt != 0 && !paid && order.Status != OrderProcessing {
		order.Status = OrderCancelled
	}
	if order.Status == OrderExpired && order.ExpiredAt == 0 {
		order.ExpiredAt = millis(now)
	}
	if paid && order.PaidAt == 0 {
		done.newlyPaid = true
		order.PaidAt, order.Processor = millis(counts.PaidAt), counts.Processor
		if byHand {
			order.PaidAt = order.ConfirmedAt
		}
	}
	switch {
	case order.Status.Settled() && !paid && order.Held == 1:
		order.Held, done.shelf = 0, true
		if err := releaseOrder(tx, order.lines(), order.Discount); err != nil {
			return done, err
		}
	case paid && order.Held == 0:
		order.Held, done.shelf = 1, true
		if _, err := holdOrder(tx, order.lines(), order.Discount, true); err != nil {
			return done, err
		}
		if over, err := oversold(tx, order.lines()); err != nil {
			return done, err
		} else if over {
			if err := s.flag(tx, order, AttentionOversold); err != nil {
				return done, err
			}
		}
		if over, err := overpaid(tx, order.LinkID, order.ID); err != nil {
			return done, err
		} else if over {
			if err := s.flag(tx, order, AttentionLink); err != nil {
				return done, err
			}
		}
	}
	if err := saveOrder(tx, order); err != nil {
		return done, err
	}
	if order.CancelledAt != 0 && done.newlyPaid {
		if err := s.flag(tx, order, AttentionAfterCancel); err != nil {
			return done, err
		}
	}
	if byHand && counts.Status.Closed() {
		if err := s.flag(tx, order, AttentionByHand); err != nil {
			return done, err
		}
	}
	if received > 1 {
		if err := s.flag(tx, order, AttentionDoublePayment); err != nil {
			return done, err
		}
	}
	if order.Status == before {
		return done, nil
	}
	if err := s.tell(tx, order, order.Status, counts, now); err != nil || order.Status != OrderPaid {
		return done, err
	}
	return done, s.queueReceipt(tx, order.ID, now)
}

// tell appends the outbox row of an order's new status. An order is told to be paid once, whatever happens.
func (s *Store) tell(tx *gorm.DB, order *orderRow, status OrderStatus, p Payment, now time.Time) error {
	var typ string
	orderID := order.ID
	fact := fmt.Sprintf("%d:%s:%d:%d", orderID, status, p.ID, millis(now))
	if order.because != "" {
		fact = fmt.Sprintf("%d:%s:%s", orderID, status, order.because)
	}
	switch status {
	case OrderPaid:
		typ, fact = TellPaid, paidFact(orderID)
	case OrderFailed:
		typ = TellFailed
	case OrderExpired:
		typ = TellExpired
	case OrderPartiallyRefunded:
		typ = TellPartiallyRefunded
	case OrderRefunded:
		typ = TellRefunded
	case OrderChargedBack:
		typ = TellChargedBack
	case OrderOpen, OrderPending, OrderProcessing, OrderCancelled, OrderRefundPending:
		return nil
	}
	return s.addFact(tx, fact, orderID, typ, now)
}

func paidFact(orderID int64) string { return fmt.Sprintf("%d:paid", orderID) }

// addFact appends to the outbox what isn't there yet, to be fanned out when anybody is to be told.
func (s *Store) addFact(tx *gorm.DB, fact string, orderID int64, typ string, now time.Time) error {
	return later(tx, "INSERT INTO outbox (fact, order_id, type, created_at, fresh) VALUES (?, ?, ?, ?, ?) ON CONFLICT (fact) DO NOTHING",
		fact, orderID, typ, millis(now), flag(s.telling.Load()))
}

// flag adds a reason to the order's Attention, unless it is there already or an operator has dealt with it, and tells the outside.
func (s *Store) flag(tx *gorm.DB, order *orderRow, reason string) error {
	have := order.Attention
	if strings.Contains(have, reason) || len(have) > maxAttention {
		return nil
	}
	seen, err := dealtWith(tx, order.ID)
	if err != nil || slices.ContainsFunc(seen, func(s string) bool { return strings.Contains(s, reason) }) {
		return err
	}
	now := s.now()
	order.Attention, order.UpdatedAt = strings.TrimPrefix(have+"\n"+reason, "\n"), millis(now)
	if err := later(tx, "UPDATE orders SET attention = ?, updated_at = ? WHERE id = ?", order.Attention, order.UpdatedAt, order.ID); err != nil {
		return err
	}
	fact := fmt.Sprintf("%d:attention:%d", order.ID, len(have))
	if len(seen) > 0 {
		fact += fmt.Sprintf(":%d", len(seen))
	}
	return s.addFact(tx, fact, order.ID, TellAttention, now)
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
		order, _, err := lockOrder(tx, "id = ?", pay.OrderID)
		if err != nil {
			return err
		}
		return s.flag(tx, order, r.Attention)
	})
}
