package models

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
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
	err := s.write(ctx, func(tx *gorm.DB) error {
		out = Outcome{}
		var pay paymentRow
		if err := lockRow(tx).Where("merchant_transaction_id = ?", ev.MerchantTransactionID).Take(&pay).Error; err != nil {
			return err
		}
		var order orderRow
		if err := lockRow(tx).Where("id = ?", pay.OrderID).Take(&order).Error; err != nil {
			return err
		}
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
		if err := s.updatePayment(tx, &pay, ev, out.Verdict); err != nil {
			return err
		}
		if out.Verdict != VerdictApplied {
			return nil
		}
		var err error
		out.NewlyPaid, err = s.settleOrder(tx, order, ev.ReceivedAt)
		return err
	})
	return out, err
}

// rawText is a message as the history can keep it.
func rawText(raw []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(raw), "\uFFFD"), "\x00", "\uFFFD")
}

// lockRow makes PostgreSQL serialise those who change the same order; SQLite has one writer anyway.
func lockRow(tx *gorm.DB) *gorm.DB {
	if tx.Name() == "postgres" {
		return tx.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	return tx
}

// updatePayment writes what the evidence adds to the payment, and its status if the table allows it.
func (s *Store) updatePayment(tx *gorm.DB, pay *paymentRow, ev Evidence, verdict Verdict) error {
	set := map[string]any{}
	if ids := strings.Fields(pay.LLTransactionIDs); len(ids) == 0 || (ev.Source == SourceCreate && ids[len(ids)-1] != ev.LLTransactionID) {
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
			if pay.PaidAt == 0 {
				set["paid_at"] = millis(paidAt(ev))
			}
		}
	}
	if len(set) == 0 {
		return nil
	}
	set["updated_at"] = millis(ev.ReceivedAt)
	res := tx.Model(&paymentRow{}).Where("id = ? AND status = ?", pay.ID, pay.Status).Updates(set)
	if res.Error != nil {
		return res.Error
	}
	if res.RowsAffected != 1 {
		return fmt.Errorf("%w: payment changed meanwhile", ErrUnavailable)
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

// settleOrder derives the order's status from its payments, with what follows from it: paid_at once, the
// pieces on or off the shelf, one outbox row for each fact.
func (s *Store) settleOrder(tx *gorm.DB, order orderRow, now time.Time) (newlyPaid bool, err error) {
	var payments []paymentRow
	if err := tx.Where("order_id = ?", order.ID).Order("attempt").Find(&payments).Error; err != nil {
		return false, err
	}
	var received int
	o := order.order()
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
		newlyPaid = true
		set["paid_at"] = millis(counts.PaidAt)
	}
	lines := o.Lines
	switch {
	case status.Settled() && received == 0 && order.Held == 1:
		set["held"] = 0
		if err := release(tx, lines); err != nil {
			return false, err
		}
	case received > 0 && order.Held == 0:
		set["held"] = 1
		if err := hold(tx, lines, true); err != nil {
			return false, err
		}
		if over, err := oversold(tx, lines); err != nil {
			return false, err
		} else if over {
			if err := s.flag(tx, order.ID, AttentionOversold); err != nil {
				return false, err
			}
		}
	}
	if err := tx.Model(&orderRow{}).Where("id = ?", order.ID).Updates(set).Error; err != nil {
		return false, err
	}
	if received > 1 {
		if err := s.flag(tx, order.ID, AttentionDoublePayment); err != nil {
			return false, err
		}
	}
	if status == order.Status {
		return newlyPaid, nil
	}
	return newlyPaid, tell(tx, order.ID, status, counts, now)
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
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&outboxRow{Fact: fact, OrderID: orderID, Type: typ, CreatedAt: millis(now)}).Error
}

// flag adds a reason to the order's Attention, unless it is there already, and tells the outside.
func (s *Store) flag(tx *gorm.DB, orderID int64, reason string) error {
	var have string
	if err := tx.Model(&orderRow{}).Where("id = ?", orderID).Select("attention").Scan(&have).Error; err != nil {
		return err
	}
	if strings.Contains(have, reason) || len(have) > maxAttention {
		return nil
	}
	now := millis(s.now())
	err := tx.Model(&orderRow{}).Where("id = ?", orderID).
		Updates(map[string]any{"attention": strings.TrimPrefix(have+"\n"+reason, "\n"), "updated_at": now}).Error
	if err != nil {
		return err
	}
	fact := fmt.Sprintf("%d:attention:%d", orderID, len(have))
	return tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&outboxRow{Fact: fact, OrderID: orderID, Type: "order.attention", CreatedAt: now}).Error
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
