package models

import (
	"context"
	"errors"
	"strings"
	"time"

	"gorm.io/gorm"
)

// GoOn is a buyer's wish to pay an order that isn't paid yet.
type GoOn struct {
	OrderID   int64
	Processor Processor
	Method    Method
	Customer  *Customer // what the buyer corrected in the form; nil keeps what is there
	Language  string    // the buyer's, for an order that has none yet
	ExpiresAt time.Time // the order's new end
	QueryAt   time.Time
}

// GoOn prepares an unpaid order to be sent to the gateway once more. The same payment is used again,
// with the wallet now wished, as long as the gateway hasn't closed it (guide 4.1.1, Note A); only then a new attempt
// with a new id is made. The order's time starts anew, and its pieces are taken off the shelf again
// if they had been given back, and so is its use of a discount code (ErrSoldOut, ErrDiscountUsedUp), and its place at a payment link (ErrLink). An order that was paid or is being paid meanwhile is ErrConflict.
func (s *Store) GoOn(ctx context.Context, g GoOn) (Order, error) {
	counted := false
	err := s.write(ctx, func(tx *gorm.DB) error {
		now := millis(s.now())
		order, payments, err := lockOrder(tx, "id = ?", g.OrderID)
		if err != nil {
			return err
		}
		o := order.with(payments)
		if !o.Payable(s.now()) {
			return ErrConflict
		}
		if order.Held == 0 {
			if counted, err = holdOrder(tx, o.Lines, o.Discount, false); err != nil {
				return err
			}
			if err = holdLink(tx, o.LinkID, o.ID, s.now()); err != nil {
				return err
			}
		}
		last := o.Payment()
		status := orderStatus(last.Status, false)
		detail := string(g.Processor)
		if last.Status.Closed() {
			next := paymentRow{
				OrderID: o.ID, Attempt: last.Attempt + 1, MerchantTransactionID: NewMerchantTransactionID(), Processor: g.Processor, Method: g.Method,
				Status: StatusInitialized, Amount: order.Amount, Currency: order.Currency, CreatedAt: now, UpdatedAt: now, NextQueryAt: millis(g.QueryAt),
			}
			if err := tx.Model(&paymentRow{}).Where("id = ?", last.ID).Select("merchant_id").Scan(&next.MerchantID).Error; err != nil {
				return err
			}
			if err := tx.Create(&next).Error; err != nil {
				return err
			}
			status, last.ID, detail = OrderOpen, next.ID, detail+", new attempt"
		} else {
			set := map[string]any{"updated_at": now, "next_query_at": millis(g.QueryAt), "return_code": "", "decline_code": ""}
			if last.Processor != g.Processor {
				set["processor"], set["web_url"], set["wap_url"], set["qr_content"] = g.Processor, "", "", ""
				if g.Method == WebPay { // a phone that changes the wallet has scanned already
					set["scanned_at"] = 0
				}
			}
			if err := tx.Model(&paymentRow{}).Where("id = ? AND status = ?", last.ID, last.Status).Updates(set).Error; err != nil {
				return err
			}
		}
		set := map[string]any{"status": status, "held": 1, "expires_at": millis(g.ExpiresAt), "expired_at": 0, "updated_at": now, "processor": g.Processor}
		if order.Language == "" && g.Language != "" {
			set["language"] = g.Language
		}
		if g.Customer != nil {
			set["customer"], set["email"] = toJSON(*g.Customer), strings.ToLower(g.Customer.Email)
		}
		if err := tx.Model(&orderRow{}).Where("id = ?", o.ID).Updates(set).Error; err != nil {
			return err
		}
		return addEvent(tx, eventRow{OrderID: o.ID, PaymentID: last.ID, At: now, Kind: EventRetried, ToStatus: string(status), Detail: detail})
	})
	if counted {
		s.shelf.forget()
	}
	if err != nil {
		return Order{}, err
	}
	return s.OrderByID(ctx, g.OrderID)
}

// Scanned finds the order of a short link and notes the first time that a phone opened it.
func (s *Store) Scanned(ctx context.Context, code string) (Order, error) {
	o, err := s.OrderByCode(ctx, code)
	if err != nil {
		return Order{}, err
	}
	p := o.Payment()
	if !p.ScannedAt.IsZero() || o.Status.Settled() {
		return o, nil
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		now := millis(s.now())
		res := tx.Model(&paymentRow{}).Where("id = ? AND scanned_at = 0", p.ID).Updates(map[string]any{"scanned_at": now, "updated_at": now})
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error
		}
		return addEvent(tx, eventRow{OrderID: o.ID, PaymentID: p.ID, At: now, Kind: EventScanned})
	})
	if err != nil {
		return Order{}, err
	}
	return s.OrderByID(ctx, o.ID)
}

// Due is a payment that the gateway should be asked about now.
type Due struct {
	Payment   Payment
	ExpiresAt time.Time // the order's
}

// ClaimDue takes up to limit payments whose time to be asked about has come, by compare-and-swap on
// next_query_at, so that several processes never ask about the same one. next says when it would be
// due again, should this process die before the answer; zero means never.
func (s *Store) ClaimDue(ctx context.Context, limit int, next func(Due) time.Time) ([]Due, error) {
	var rows []paymentRow
	err := s.read.WithContext(ctx).Where("next_query_at > 0 AND next_query_at <= ?", millis(s.now())).Order("next_query_at").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, storageError(err)
	}
	due := make([]Due, len(rows))
	for i, r := range rows {
		due[i].Payment = r.payment()
	}
	return claim(ctx, s, due, limit, func(tx *gorm.DB, d *Due) (int64, error) {
		var expires int64
		if err := queryRow(tx, []any{&expires}, "SELECT expires_at FROM orders WHERE id = ?", d.Payment.OrderID); err != nil {
			return 0, err
		}
		d.ExpiresAt = fromMillis(expires)
		d.Payment.Queries++
		return exec(tx, "UPDATE payments SET next_query_at = ?, queries = ? WHERE id = ? AND next_query_at = ?", millis(next(*d)), d.Payment.Queries, d.Payment.ID, millis(d.Payment.NextQueryAt))
	})
}

// errNothing ends a transaction that found nothing to do.
var errNothing = errors.New("nothing to do")

// Expire ends an order whose time is over and that nobody paid, and gives its pieces back. Its payments stay
// what the gateway says they are: a late success is still accepted. Nothing happens if the order is
// being paid, is paid, or was given more time meanwhile. Ask the gateway before.
func (s *Store) Expire(ctx context.Context, orderID int64) (expired bool, err error) {
	defer s.shelf.forget()
	err = s.write(ctx, func(tx *gorm.DB) error {
		now := s.now()
		order, payments, err := lockOrder(tx, "id = ?", orderID)
		if err != nil {
			return err
		}
		if order.ExpiredAt != 0 || order.ExpiresAt > millis(now) || (order.Status != OrderOpen && order.Status != OrderPending) {
			return errNothing
		}
		before := order.Status
		order.ExpiredAt = millis(now)
		if _, err := s.settleOrder(tx, order, payments, now); err != nil {
			return err
		}
		return addEvent(tx, eventRow{OrderID: order.ID, At: millis(now), Kind: EventExpired, FromStatus: string(before), ToStatus: string(OrderExpired)})
	})
	if errors.Is(err, errNothing) {
		return false, nil
	}
	return err == nil, err
}
