package models

import (
	"context"

	"gorm.io/gorm"
)

// Outbox lists up to limit facts after the one with the id, oldest first.
func (s *Store) Outbox(ctx context.Context, after int64, limit int) ([]Fact, error) {
	return s.facts(ctx, "id > ?", after, limit)
}

// OutboxEnd is the id of the last fact, 0 when there is none.
func (s *Store) OutboxEnd(ctx context.Context) (id int64, err error) {
	err = queryRow(s.read.WithContext(ctx), []any{&id}, "SELECT COALESCE(MAX(id), 0) FROM outbox")
	return id, storageError(err)
}

func (s *Store) facts(ctx context.Context, where string, args ...any) (facts []Fact, err error) {
	err = query(s.read.WithContext(ctx), func(r scanner) error {
		var f Fact
		var at int64
		if err := r.Scan(&f.ID, &f.OrderID, &f.Name, &f.Type, &at); err != nil {
			return err
		}
		f.At = fromMillis(at)
		facts = append(facts, f)
		return nil
	}, "SELECT id, order_id, fact, type, created_at FROM outbox WHERE "+where+" ORDER BY id LIMIT ?", args...)
	return facts, storageError(err)
}

// FanOut takes up to limit facts that nobody was told of yet and makes a delivery due for each endpoint that wants it. body
// writes what they are told, which is frozen with the fact. Mark and deliveries change together, by compare-and-swap, so that
// several processes can do it at once. It returns how many facts it looked at.
func (s *Store) FanOut(ctx context.Context, limit int, body func(Fact, Order) string) (int, error) {
	facts, err := s.facts(ctx, "fresh = 1", limit)
	if err != nil || len(facts) == 0 {
		return 0, err
	}
	endpoints, err := s.Endpoints(ctx) // after the facts: who was there when one happened is among them
	if err != nil {
		return 0, err
	}
	type message struct {
		id, body string
		to       []int64
	}
	messages := make([]message, len(facts))
	for i, f := range facts {
		m := &messages[i]
		for _, e := range endpoints {
			if e.On() && e.Wants(f.Type) {
				m.to = append(m.to, e.ID)
			}
		}
		if len(m.to) == 0 {
			continue
		}
		o, err := s.OrderByID(ctx, f.OrderID)
		if err != nil {
			return 0, err
		}
		m.id, m.body = f.MessageID(o), body(f, o)
	}
	return len(facts), s.write(ctx, func(tx *gorm.DB) error {
		now := millis(s.now())
		for i, f := range facts {
			m := messages[i]
			n, err := exec(tx, "UPDATE outbox SET fresh = 0, message = ?, body = ? WHERE id = ? AND fresh = 1", m.id, m.body, f.ID)
			if err != nil {
				return err
			}
			if n == 0 {
				continue // another process was quicker
			}
			for _, to := range m.to {
				err := later(tx, `INSERT INTO deliveries (outbox_id, endpoint_id, state, created_at, next_at)
					SELECT ?, id, 'pending', ?, ? FROM endpoints WHERE id = ? AND disabled_at = 0 ON CONFLICT (outbox_id, endpoint_id) DO NOTHING`, f.ID, now, now, to)
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}
