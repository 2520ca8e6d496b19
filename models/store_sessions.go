package models

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
)

// CancelOrder ends an order at the merchant's wish and gives its pieces back. Its payments stay what the gateway says they are: a late
// success is still accepted, and flagged. An order that was cancelled so already is returned as it is; one that was paid or is being
// paid is ErrConflict. Ask the gateway before.
func (s *Store) CancelOrder(ctx context.Context, orderID int64) (Order, error) {
	defer s.shelf.forget()
	err := s.write(ctx, func(tx *gorm.DB) error {
		now := s.now()
		order, payments, err := lockOrder(tx, "id = ?", orderID)
		switch {
		case err != nil:
			return err
		case order.CancelledAt != 0:
			return errNothing
		case !order.with(payments).Retryable():
			return ErrConflict
		}
		before := order.Status
		order.CancelledAt = millis(now)
		if _, err := s.settleOrder(tx, order, payments, now); err != nil {
			return err
		}
		return addEvent(tx, eventRow{OrderID: order.ID, At: millis(now), Kind: EventEnded, FromStatus: string(before), ToStatus: string(order.Status)})
	})
	if err != nil && !errors.Is(err, errNothing) {
		return Order{}, err
	}
	return s.OrderByID(ctx, orderID)
}

// KeepAnswers is how long the answer to a request with an Idempotency-Key is kept.
const KeepAnswers = 24 * time.Hour

// lease is how long a request may take before another one with the same key goes on in its place: more than any call of the gateway.
const lease = 90 * time.Second

// The errors of Begin.
var (
	ErrKeyReused  = errors.New("the Idempotency-Key was used with another body")
	ErrInProgress = errors.New("a request with the Idempotency-Key is under way")
)

// Once is a request that is carried out once, whatever is repeated.
type Once struct {
	Intent string // of the order that it makes
	// Status and Answer are what was answered before; Status is zero when nothing was yet.
	Status int
	Answer string
}

// Begin takes a request on. id names who asks and with what Idempotency-Key; request is a digest of the body. What was answered within
// KeepAnswers is returned with its Status; otherwise the caller must call Finish or Abandon. Another body is ErrKeyReused; a request that another
// caller is at work on is ErrInProgress. One whose caller has died goes on with the same intent, so that it finds the order it may have made.
func (s *Store) Begin(ctx context.Context, id, request string) (Once, error) {
	var once Once
	now := s.now()
	err := s.write(ctx, func(tx *gorm.DB) error {
		once = Once{Intent: "api." + NewToken(32)}
		if _, err := exec(tx, "DELETE FROM idempotency WHERE id = ? AND created_at <= ?", id, millis(now.Add(-KeepAnswers))); err != nil {
			return err
		}
		n, err := exec(tx, `INSERT INTO idempotency (id, request, intent, created_at, locked_until) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (id) DO NOTHING`, id, request, once.Intent, millis(now), millis(now.Add(lease)))
		if err != nil || n == 1 {
			return err
		}
		var first string
		var locked int64
		err = queryRow(tx, []any{&first, &once.Intent, &locked, &once.Status, &once.Answer},
			"SELECT request, intent, locked_until, status, answer FROM idempotency WHERE id = ?", id)
		switch {
		case err != nil:
			return err
		case first != request:
			return errKey{ErrKeyReused}
		case once.Status != 0:
			return nil
		case locked > millis(now):
			return errKey{ErrInProgress}
		}
		n, err = exec(tx, "UPDATE idempotency SET locked_until = ? WHERE id = ? AND status = 0 AND locked_until = ?", millis(now.Add(lease)), id, locked)
		if err == nil && n == 0 {
			return errKey{ErrInProgress}
		}
		return err
	})
	return once, err
}

// errKey is one of Begin's errors on its way through the store.
type errKey struct{ error }

func (e errKey) Unwrap() []error { return []error{e.error, ErrConflict} }

// ForgetAnswers drops what is older than KeepAnswers.
func (s *Store) ForgetAnswers(ctx context.Context) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := exec(tx, "DELETE FROM idempotency WHERE created_at <= ?", millis(s.now().Add(-KeepAnswers)))
		return err
	})
}

// Finish keeps the answer to a request that Begin took on.
func (s *Store) Finish(ctx context.Context, id string, status int, answer string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := exec(tx, "UPDATE idempotency SET status = ?, answer = ? WHERE id = ? AND status = 0", status, answer, id)
		return err
	})
}

// Abandon lets the same key be used again: nothing came of the request.
func (s *Store) Abandon(ctx context.Context, id string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := exec(tx, "DELETE FROM idempotency WHERE id = ? AND status = 0", id)
		return err
	})
}
