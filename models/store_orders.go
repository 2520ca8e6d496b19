package models

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
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
	MerchantID string
	Processor  Processor
	Method     Method
	ExpiresAt  time.Time
	// QueryAt is when the gateway is first asked, should nobody tell us anything before.
	QueryAt time.Time
}

// CreateOrder stores the order and its first payment in state IN, and takes the pieces off the shelf, all
// or nothing, before anything is sent to the gateway. When the intent has an order already, that one is
// returned and created is false. Stock that ran out is ErrSoldOut.
func (s *Store) CreateOrder(ctx context.Context, n NewOrder) (o Order, created bool, err error) {
	now := millis(s.now())
	row := orderRow{
		Number: newOrderNumber(), Token: NewToken(32), Code: NewToken(16), Status: OrderOpen, Lines: toJSON(n.Cart.Lines),
		Amount: n.Cart.Total.Amount, Currency: n.Cart.Total.Currency, Customer: toJSON(n.Customer), Email: strings.ToLower(n.Customer.Email),
		Terminal: toJSON(n.Terminal), Language: n.Language, Reference: n.Reference, ReturnURL: n.ReturnURL, CancelURL: n.CancelURL, Note: n.Note,
		Held: 1, CreatedAt: now, UpdatedAt: now, ExpiresAt: millis(n.ExpiresAt),
	}
	if n.Intent != "" {
		row.Intent = &n.Intent
	}
	pay := paymentRow{
		Attempt: 1, MerchantID: n.MerchantID, MerchantTransactionID: NewMerchantTransactionID(), Processor: n.Processor, Method: n.Method,
		Status: StatusInitialized, Amount: row.Amount, Currency: row.Currency, CreatedAt: now, UpdatedAt: now, NextQueryAt: millis(n.QueryAt),
	}
	id := int64(0)
	err = s.write(ctx, func(tx *gorm.DB) error {
		id, created = 0, false
		order := row
		res := tx.Clauses(clause.OnConflict{DoNothing: true, Columns: []clause.Column{{Name: "intent"}}}).Create(&order)
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return tx.Model(&orderRow{}).Where("intent = ?", n.Intent).Select("id").Scan(&id).Error
		}
		if err := hold(tx, n.Cart.Lines, false); err != nil {
			return err
		}
		payment := pay
		payment.OrderID = order.ID
		if err := tx.Create(&payment).Error; err != nil {
			return err
		}
		id, created = order.ID, true
		return addEvent(tx, eventRow{OrderID: id, PaymentID: payment.ID, At: now, Kind: EventCreated, ToStatus: string(StatusInitialized)})
	})
	if err != nil {
		return Order{}, false, err
	}
	o, err = s.OrderByID(ctx, id)
	return o, created, err
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
	o, err := loadOrder(s.read.WithContext(ctx), where, key)
	return o, storageError(err)
}

func loadOrder(db *gorm.DB, where string, key any) (Order, error) {
	var row orderRow
	if err := db.Where(where, key).Take(&row).Error; err != nil {
		return Order{}, err
	}
	var payments []paymentRow
	if err := db.Where("order_id = ?", row.ID).Order("attempt").Find(&payments).Error; err != nil {
		return Order{}, err
	}
	o := row.order()
	for _, p := range payments {
		o.Payments = append(o.Payments, p.payment())
	}
	return o, nil
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

// addEvent appends to the history. An entry with a digest that is there already is counted instead.
func addEvent(tx *gorm.DB, e eventRow) error {
	e.LastAt, e.Times = e.At, 1
	if e.Digest == nil {
		return tx.Create(&e).Error
	}
	return tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "digest"}},
		DoUpdates: clause.Assignments(map[string]any{"times": gorm.Expr("events.times + 1"), "last_at": e.At}),
	}).Create(&e).Error
}
