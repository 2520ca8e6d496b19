package models

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// NewOrder is what a new order is made of. Number, token, code and ids are drawn by the store.
type NewOrder struct {
	Intent     string // the same intent is the same order; empty: always a new one
	Cart       Cart
	Customer   Customer
	Terminal   Terminal
	Language   string
	Reference  string
	ReturnURL  string
	CancelURL  string
	Note       string
	LinkID     int64 // of the payment link that it is placed at; 0 without one
	MerchantID string
	Processor  Processor
	Method     Method
	ExpiresAt  time.Time
	// QueryAt is when the gateway is first asked, should nobody tell us anything before.
	QueryAt time.Time
	Session bool // made by the session API; without a Processor the buyer chooses
}

// CreateOrder stores the order and its first payment in state IN, and takes the pieces off the shelf, all
// or nothing, before anything is sent to the gateway. When the intent has an order already, that one is
// returned and created is false. Stock that ran out is ErrSoldOut, a discount code whose last use is taken ErrDiscountUsedUp,
// a payment link that can't be paid any more ErrLink.
func (s *Store) CreateOrder(ctx context.Context, n NewOrder) (o Order, created bool, err error) {
	now := millis(s.now())
	row := orderRow{
		Number: newOrderNumber(), Token: NewToken(32), Code: NewToken(16), Status: OrderOpen, Lines: toJSON(n.Cart.Lines),
		Amount: n.Cart.Total.Amount, Currency: n.Cart.Total.Currency, Customer: toJSON(n.Customer), Email: strings.ToLower(n.Customer.Email),
		Terminal: toJSON(n.Terminal), Language: n.Language, Reference: n.Reference, ReturnURL: n.ReturnURL, CancelURL: n.CancelURL, Note: n.Note,
		Held: 1, CreatedAt: now, UpdatedAt: now, ExpiresAt: millis(n.ExpiresAt),
		Discount: n.Cart.DiscountCode(), Session: flag(n.Session), LinkID: n.LinkID, Processor: n.Processor,
	}
	if n.Intent != "" {
		row.Intent = &n.Intent
	}
	pay := paymentRow{
		Attempt: 1, MerchantID: n.MerchantID, MerchantTransactionID: NewMerchantTransactionID(), Processor: n.Processor, Method: n.Method,
		Status: StatusInitialized, Amount: row.Amount, Currency: row.Currency, CreatedAt: now, UpdatedAt: now, NextQueryAt: millis(n.QueryAt),
	}
	counted := false
	err = s.write(ctx, func(tx *gorm.DB) (err error) {
		created, counted = false, false
		if row.ID, err = insert(tx, "orders", orderColumns, row.columns(), "ON CONFLICT (intent) DO NOTHING"); errors.Is(err, gorm.ErrRecordNotFound) {
			return nil
		} else if err != nil {
			return err
		}
		if counted, err = holdOrder(tx, n.Cart.Lines, row.Discount, false); err != nil {
			return err
		}
		if err = holdLink(tx, row.LinkID, row.ID, s.now()); err != nil {
			return err
		}
		pay.OrderID = row.ID
		if pay.ID, err = insert(tx, "payments", paymentColumns, pay.columns(), ""); err != nil {
			return err
		}
		created = true
		return addEvent(tx, eventRow{OrderID: row.ID, PaymentID: pay.ID, At: now, Kind: EventCreated, ToStatus: string(StatusInitialized)})
	})
	if counted {
		s.shelf.forget()
	}
	if err != nil {
		return Order{}, false, err
	}
	if !created {
		o, err = s.OrderByIntent(ctx, n.Intent)
		return o, false, err
	}
	o = row.frame()
	o.Lines, o.Customer, o.Terminal, o.Payments = n.Cart.Lines, n.Customer, n.Terminal, []Payment{pay.payment()}
	return o, true, nil
}

// Order finds an order by the token of its page, or ErrNotFound.
func (s *Store) Order(ctx context.Context, token string) (Order, error) {
	return s.orderWhere(ctx, "token = ?", token)
}

// OrderByCode finds an order by its short link's code, or ErrNotFound.
func (s *Store) OrderByCode(ctx context.Context, code string) (Order, error) {
	return s.orderWhere(ctx, "code = ?", code)
}

// OrderByID finds an order, or ErrNotFound.
func (s *Store) OrderByID(ctx context.Context, id int64) (Order, error) {
	return s.orderWhere(ctx, "id = ?", id)
}

// OrderByIntent finds the order that an intention has made already, or ErrNotFound.
func (s *Store) OrderByIntent(ctx context.Context, intent string) (Order, error) {
	return s.orderWhere(ctx, "intent = ?", intent)
}

// OrderByPayment finds the order that a merchant_transaction_id belongs to, or ErrNotFound.
func (s *Store) OrderByPayment(ctx context.Context, merchantTransactionID string) (Order, error) {
	return s.orderWhere(ctx, "id = (SELECT order_id FROM payments WHERE merchant_transaction_id = ?)", merchantTransactionID)
}

func (s *Store) orderWhere(ctx context.Context, where string, key any) (Order, error) {
	if text, ok := key.(string); ok && !storable(text) {
		return Order{}, ErrNotFound
	}
	row, payments, err := readOrder(s.reading(ctx), where, key)
	if err != nil {
		return Order{}, storageError(err)
	}
	if row.RefundCount == 0 {
		return row.with(payments), nil
	}
	var o Order
	err = s.view(ctx, func(db *gorm.DB) error {
		row, payments, err := readOrder(db, "id = ?", row.ID)
		if err != nil {
			return err
		}
		o = row.with(payments)
		return withRefunds(db, &o, row.RefundCount)
	})
	return o, err
}

var selectOrder = "SELECT o.id, " + prefixed("o.", orderColumns) + ", p.id, " + prefixed("p.", paymentColumns) +
	" FROM orders o JOIN payments p ON p.order_id = o.id WHERE o."

func prefixed(by, columns string) string { return by + strings.ReplaceAll(columns, ", ", ", "+by) }

// readOrder finds an order with all its payments, oldest first.
func readOrder(db *gorm.DB, where string, key any) (order *orderRow, payments []*paymentRow, err error) {
	order = &orderRow{}
	err = query(db, func(r scanner) error {
		p := &paymentRow{}
		payments = append(payments, p)
		return r.Scan(slices.Concat([]any{&order.ID}, order.columns(), []any{&p.ID}, p.columns())...)
	}, selectOrder+where+" ORDER BY p.attempt", key)
	if err == nil && len(payments) == 0 {
		err = gorm.ErrRecordNotFound
	}
	return order, payments, err
}

// History is everything that was said about an order, oldest first.
func (s *Store) History(ctx context.Context, orderID int64) ([]Event, error) {
	var rows []eventRow
	if err := s.read.WithContext(ctx).Where("order_id = ?", orderID).Order("id").Find(&rows).Error; err != nil {
		return nil, storageError(err)
	}
	events := make([]Event, len(rows))
	for i, r := range rows {
		events[i] = r.event()
	}
	return events, nil
}

// addEvent appends to the history. An entry with a digest that the order has already is counted instead.
func addEvent(tx *gorm.DB, e eventRow) error {
	return later(tx, `INSERT INTO events (order_id, payment_id, digest, at, last_at, times, kind, source, verdict, from_status, to_status, detail, raw, signature, actor)
		VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (order_id, digest) DO UPDATE SET times = events.times + 1, last_at = excluded.last_at`,
		e.OrderID, e.PaymentID, e.Digest, e.At, e.At, e.Kind, e.Source, e.Verdict, e.FromStatus, e.ToStatus, e.Detail, e.Raw, e.Signature, Operator(tx.Statement.Context))
}
