package models

import (
	"context"
	"time"
)

// Fact is something that the outside must be told about an order.
type Fact struct {
	ID      int64
	OrderID int64
	Type    string // order.paid, order.failed, order.expired, order.refunded, …
	At      time.Time
}

// Outbox lists up to limit facts after the one with the id, oldest first.
func (s *Store) Outbox(ctx context.Context, after int64, limit int) ([]Fact, error) {
	var rows []outboxRow
	if err := s.read.WithContext(ctx).Where("id > ?", after).Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, storageError(err)
	}
	facts := make([]Fact, len(rows))
	for i, r := range rows {
		facts[i] = Fact{ID: r.ID, OrderID: r.OrderID, Type: r.Type, At: fromMillis(r.CreatedAt)}
	}
	return facts, nil
}
