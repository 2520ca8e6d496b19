package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
)

type refundRow struct {
	ID                    int64
	OrderID               int64
	PaymentID             int64
	MerchantTransactionID string
	Intent                *string
	LLTransactionID       string
	Status                RefundStatus
	Amount                int64
	Currency              string
	Reason                string
	Restock               int64
	MadeBy                string
	ReturnCode            string
	DeclineCode           string
	TraceID               string
	Refused               int64
	CreatedAt             int64
	UpdatedAt             int64
	DoneAt                int64
	NextQueryAt           int64
	Queries               int
}

const refundColumns = `order_id, payment_id, merchant_transaction_id, intent, ll_transaction_id, status, amount, currency, reason, restock, made_by, ` +
	`return_code, decline_code, trace_id, refused, created_at, updated_at, done_at, next_query_at, queries`

func (r *refundRow) columns() []any {
	return []any{
		&r.OrderID, &r.PaymentID, &r.MerchantTransactionID, &r.Intent, &r.LLTransactionID, &r.Status, &r.Amount, &r.Currency, &r.Reason, &r.Restock, &r.MadeBy,
		&r.ReturnCode, &r.DeclineCode, &r.TraceID, &r.Refused, &r.CreatedAt, &r.UpdatedAt, &r.DoneAt, &r.NextQueryAt, &r.Queries,
	}
}

func (r *refundRow) refund(original string) Refund {
	return Refund{
		ID: r.ID, OrderID: r.OrderID, PaymentID: r.PaymentID, MerchantTransactionID: r.MerchantTransactionID, OriginalTransactionID: original,
		LLTransactionID: r.LLTransactionID, Status: r.Status, Money: Money{r.Amount, r.Currency}, Reason: r.Reason, Restock: r.Restock == 1, By: r.MadeBy,
		ReturnCode: r.ReturnCode, DeclineCode: r.DeclineCode, TraceID: r.TraceID, Refused: r.Refused == 1, CreatedAt: fromMillis(r.CreatedAt),
		UpdatedAt: fromMillis(r.UpdatedAt), DoneAt: fromMillis(r.DoneAt), NextQueryAt: fromMillis(r.NextQueryAt), Queries: r.Queries,
	}
}

// readRefunds finds refunds, the oldest first, with the id of the payment of each.
func readRefunds(db *gorm.DB, where string, args ...any) (rows []*refundRow, originals []string, err error) {
	err = query(db, func(s scanner) error {
		r, original := &refundRow{}, ""
		if err := s.Scan(append(append([]any{&r.ID}, r.columns()...), &original)...); err != nil {
			return err
		}
		rows, originals = append(rows, r), append(originals, original)
		return nil
	}, "SELECT r.id, "+prefixed("r.", refundColumns)+", p.merchant_transaction_id FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE "+where, args...)
	return rows, originals, err
}

// withRefunds adds an order's refunds; most orders have none, and are not asked about.
func withRefunds(db *gorm.DB, o *Order, count int64) error {
	if count == 0 {
		return nil
	}
	rows, originals, err := readRefunds(db, "r.order_id = ? ORDER BY r.id", o.ID)
	for i, r := range rows {
		o.Refunds = append(o.Refunds, r.refund(originals[i]))
	}
	return err
}

// CreateRefund stores a refund before anything is sent to the gateway. What is asked for, together with all refunds of the payment that
// didn't fail, is never more than was paid, whoever else is refunding at the same time. When the intent has a refund already, that one is
// returned and created is false. Errors: ErrNotFound, ErrNotRefundable, ErrRefundAlike, and *InvalidError for an amount that isn't left.
func (s *Store) CreateRefund(ctx context.Context, n NewRefund) (made Refund, created bool, err error) {
	if faults := CheckRefundReason(n.Reason, false); len(faults) > 0 || !storable(n.Intent) {
		return Refund{}, false, &InvalidError{Fields: faults}
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		created = false
		now := s.now()
		order, payments, err := lockOrder(tx, "id = ?", n.OrderID)
		if err != nil {
			return err
		}
		rows, originals, err := readRefunds(tx, "r.order_id = ? ORDER BY r.id", n.OrderID)
		if err != nil {
			return err
		}
		for i, r := range rows {
			if n.Intent != "" && r.Intent != nil && *r.Intent == n.Intent {
				made = r.refund(originals[i])
				return nil
			}
		}
		at := slices.IndexFunc(payments, func(p *paymentRow) bool { return p.ID == n.PaymentID })
		if at < 0 {
			return ErrNotFound
		}
		pay := payments[at]
		if !pay.Status.Refundable() {
			return ErrNotRefundable
		}
		row, err := newRefund(n, pay, rows, now)
		if err != nil {
			return err
		}
		if row.ID, err = insert(tx, "refunds", refundColumns, row.columns(), ""); err != nil {
			return err
		}
		if err := later(tx, "UPDATE orders SET refund_count = refund_count + 1, updated_at = ? WHERE id = ?", millis(now), order.ID); err != nil {
			return err
		}
		made, created = row.refund(pay.MerchantTransactionID), true
		return addEvent(tx, eventRow{OrderID: order.ID, PaymentID: pay.ID, At: millis(now), Kind: EventRefund, ToStatus: refundState(RefundCreated), Detail: made.Money.String()})
	})
	return made, created, err
}

// newRefund is the row of a refund of the payment beside its others, or what is wrong with it.
func newRefund(n NewRefund, pay *paymentRow, others []*refundRow, now time.Time) (refundRow, error) {
	left, alike := pay.Amount, false
	for _, r := range others {
		if r.PaymentID != pay.ID || r.Status == RefundFailed {
			continue
		}
		left -= r.Amount
		alike = alike || (r.Amount == n.Amount && now.Sub(fromMillis(r.CreatedAt)) < RefundsAlike)
	}
	amount := n.Amount
	if amount == 0 {
		amount = left
	}
	money := Money{amount, pay.Currency}
	switch {
	case left <= 0:
		return refundRow{}, ErrNotRefundable
	case amount > left:
		return refundRow{}, &InvalidError{Fields: []FieldError{{Field: "amount", Rule: "too_much"}}}
	case money.Check() != nil:
		return refundRow{}, &InvalidError{Fields: []FieldError{{Field: "amount", Rule: "amount"}}}
	case alike && !n.Again:
		return refundRow{}, ErrRefundAlike
	}
	r := refundRow{
		OrderID: n.OrderID, PaymentID: pay.ID, MerchantTransactionID: NewMerchantTransactionID(), Status: RefundCreated, Amount: amount, Currency: pay.Currency,
		Reason: n.Reason, Restock: flag(n.Restock), MadeBy: n.By, CreatedAt: millis(now), UpdatedAt: millis(now), NextQueryAt: millis(n.QueryAt),
	}
	if n.Intent != "" {
		r.Intent = &n.Intent
	}
	return r, nil
}

// ClaimRefunds takes up to limit refunds whose time to be asked about has come, as ClaimDue does for payments. next says when one would be
// due again, should this process die before the answer.
func (s *Store) ClaimRefunds(ctx context.Context, limit int, next func(Refund) time.Time) ([]Refund, error) {
	rows, originals, err := readRefunds(s.read.WithContext(ctx), "r.next_query_at > 0 AND r.next_query_at <= ? ORDER BY r.next_query_at LIMIT ?", millis(s.now()), limit)
	if err != nil {
		return nil, storageError(err)
	}
	due := make([]Refund, len(rows))
	for i, row := range rows {
		due[i] = row.refund(originals[i])
	}
	return claim(ctx, s, due, limit, func(tx *gorm.DB, r *Refund) (int64, error) {
		r.Queries++
		return exec(tx, "UPDATE refunds SET next_query_at = ?, queries = ? WHERE id = ? AND next_query_at = ?", millis(next(*r)), r.Queries, r.ID, millis(r.NextQueryAt))
	})
}

// Refund finds a refund by its own merchant_transaction_id, or ErrNotFound.
func (s *Store) Refund(ctx context.Context, merchantTransactionID string) (Refund, error) {
	return s.refundWhere(ctx, "r.merchant_transaction_id = ?", merchantTransactionID)
}

// RefundByIntent finds the refund that an intention has made already, or ErrNotFound.
func (s *Store) RefundByIntent(ctx context.Context, intent string) (Refund, error) {
	return s.refundWhere(ctx, "r.intent = ?", intent)
}

func (s *Store) refundWhere(ctx context.Context, where, key string) (Refund, error) {
	if !storable(key) {
		return Refund{}, ErrNotFound
	}
	rows, originals, err := readRefunds(s.read.WithContext(ctx), where, key)
	if err == nil && len(rows) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Refund{}, storageError(err)
	}
	return rows[0].refund(originals[0]), nil
}

// FlagRefund asks an operator to look at a refund's order, once for each reason.
func (s *Store) FlagRefund(ctx context.Context, r Refund, reason string) error {
	err := s.write(ctx, func(tx *gorm.DB) error {
		order, _, err := lockOrder(tx, "id = ?", r.OrderID)
		if err != nil {
			return err
		}
		return s.flag(tx, order, reason)
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	return err
}
