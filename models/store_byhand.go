package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// operatorKey holds who is at work at the desk.
type operatorKey struct{}

// ByOperator is a context for what somebody at the desk does: the entries that it leaves in an order's history bear the name.
func ByOperator(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, operatorKey{}, name)
}

// Operator is who is at work at the desk; empty when nobody is.
func Operator(ctx context.Context) string {
	name, _ := ctx.Value(operatorKey{}).(string)
	return name
}

// weighByHand says what an operator's word "it is paid" means (docs/decisions/0018). It is about the order; the payment's state stays
// what the gateway says. Where the gateway has spoken, its word stands.
func weighByHand(tx *gorm.DB, ev Evidence, order *orderRow, pay *paymentRow) (Verdict, string, error) {
	if reason := ev.mismatch(pay.payment(), pay.MerchantID, nil); reason != "" {
		return VerdictMismatch, reason, nil
	}
	switch {
	case order.PaidAt != 0:
		return VerdictRepeated, "", nil
	case order.CancelledAt != 0:
		return VerdictRefused, "the order was cancelled", nil
	case pay.Status.Closed():
		return VerdictRefused, fmt.Sprintf("the gateway says that the payment ended without money (%s)", pay.Status), nil
	}
	var one int
	err := queryRow(tx, []any{&one}, "SELECT 1 FROM events WHERE order_id = ? AND verdict = ? LIMIT 1", order.ID, VerdictMismatch)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return VerdictApplied, "", nil
	case err != nil:
		return "", "", err
	}
	return VerdictRefused, "a message of the gateway about this order didn't match it", nil
}

// applyByHand keeps the operator's word and, if it counts, settles the order by it.
func (s *Store) applyByHand(tx *gorm.DB, ev Evidence, event eventRow, order *orderRow, payments []*paymentRow, out *Outcome, done *settled) (err error) {
	if event.Detail = ev.Reason; out.Reason != "" {
		event.Detail = out.Reason + ": " + ev.Reason
	}
	event.Digest = append(event.Digest, Operator(tx.Statement.Context)...)
	event.FromStatus, event.ToStatus = string(order.Status), string(order.Status)
	if out.Verdict == VerdictApplied {
		order.ConfirmedAt = millis(ev.ReceivedAt)
		if *done, err = s.settleOrder(tx, order, payments, ev.ReceivedAt); err != nil {
			return err
		}
		event.ToStatus = string(order.Status)
	}
	out.is(order, payments, *done)
	return addEvent(tx, event)
}

// dealtWith are the reasons for attention that operators have dealt with, one text for each time.
func dealtWith(tx *gorm.DB, orderID int64) (seen []string, err error) {
	err = query(tx, func(r scanner) error {
		var raw string
		err := r.Scan(&raw)
		seen = append(seen, raw)
		return err
	}, "SELECT raw FROM events WHERE order_id = ? AND kind = ?", orderID, EventSeen)
	return seen, err
}
