package models

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// SaveExchanges appends to the wire log, in one transaction, and drops the oldest rows of orders that have too many.
func (s *Store) SaveExchanges(ctx context.Context, list []Exchange) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		orders := map[int64]bool{}
		for _, x := range list {
			orders[x.OrderID] = true
			err := later(tx, `INSERT INTO exchanges (order_id, payment_id, at, took, kind, method, url, sent, body, status, received, answer, trace_id, error)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				x.OrderID, x.PaymentID, millis(x.At), x.Took.Milliseconds(), x.Kind, x.Method, rawText([]byte(x.URL)), rawText([]byte(x.Sent)),
				bounded(x.Body), x.Status, rawText([]byte(x.Received)), bounded(x.Answer), rawText([]byte(x.TraceID)), rawText([]byte(x.Error)))
			if err != nil {
				return err
			}
		}
		for id := range orders {
			err := later(tx, `DELETE FROM exchanges WHERE order_id = ? AND id <= (SELECT id FROM exchanges WHERE order_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
				id, id, MaxExchanges)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// bounded is a body as the wire log keeps it.
func bounded(body string) string {
	if len(body) > MaxExchangeText {
		body = body[:MaxExchangeText] + "…"
	}
	return rawText([]byte(body))
}

// Exchanges is the order's wire log, the newest call first.
func (s *Store) Exchanges(ctx context.Context, orderID int64) (list []Exchange, err error) {
	err = query(s.read.WithContext(ctx), func(r scanner) error {
		var x Exchange
		var at, took int64
		err := r.Scan(&x.ID, &x.OrderID, &x.PaymentID, &at, &took, &x.Kind, &x.Method, &x.URL, &x.Sent, &x.Body, &x.Status, &x.Received, &x.Answer, &x.TraceID, &x.Error)
		x.At, x.Took = fromMillis(at), time.Duration(took)*time.Millisecond
		list = append(list, x)
		return err
	}, `SELECT id, order_id, payment_id, at, took, kind, method, url, sent, body, status, received, answer, trace_id, error
		FROM exchanges WHERE order_id = ? ORDER BY id DESC`, orderID)
	return list, storageError(err)
}

// forgetBatch is how many rows of the wire log are looked at in one transaction.
const forgetBatch = 1000

// ForgetExchanges drops rows of the wire log that are older than KeepExchanges, some at a time. more tells that there may be others.
func (s *Store) ForgetExchanges(ctx context.Context) (more bool, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, `DELETE FROM exchanges WHERE at < ? AND id <= (SELECT MAX(id) FROM (SELECT id FROM exchanges ORDER BY id LIMIT ?) oldest)`,
			millis(s.now().Add(-KeepExchanges)), forgetBatch)
		more = n == forgetBatch
		return err
	})
	return more, err
}
