package models

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"
)

// countFor is how long the number of orders that are over stands: counting a million of them takes a tenth of a second.
const countFor = 10 * time.Minute

// counted keeps the numbers of orders that are over.
type counted struct {
	mu sync.Mutex
	at time.Time
	n  map[OrderStatus]int64
}

// moving are the statuses that orders soon leave, so that few have them.
var moving = []OrderStatus{OrderOpen, OrderPending, OrderProcessing, OrderRefundPending}

// Pulse says how the data stands. What it asks of the database are ends of indexes and orders that wait; the orders that are over are
// counted once in ten minutes.
func (s *Store) Pulse(ctx context.Context) (Pulse, error) {
	p := Pulse{Overdue: map[Queue]time.Duration{}, Disk: s.diskFree()}
	if s.group != nil {
		p.Writes = len(s.group.jobs)
	}
	db := s.read.WithContext(ctx)
	var err error
	if p.Orders, err = s.countOrders(db); err != nil {
		return p, storageError(err)
	}
	if err := queryRow(db, []any{&p.Attention}, "SELECT COUNT(*) FROM orders WHERE attention <> ''"); err != nil {
		return p, storageError(err)
	}
	due := map[Queue][]string{
		QueuePayments: {"SELECT COALESCE(MIN(next_query_at), 0) FROM payments WHERE next_query_at > 0"},
		QueueMails:    {"SELECT COALESCE(MIN(next_at), 0) FROM mails WHERE next_at > 0"},
		QueueWebhooks: {
			// A queue for each endpoint: the earliest of each is the beginning of a piece of the index.
			`SELECT COALESCE(MIN(due), 0) FROM (SELECT (SELECT MIN(next_at) FROM deliveries WHERE endpoint_id = endpoints.id AND next_at > 0) AS due
				FROM endpoints WHERE disabled_at = 0) AS queues`,
			"SELECT COALESCE((SELECT created_at FROM outbox WHERE fresh = 1 ORDER BY id LIMIT 1), 0)",
		},
	}
	if !s.mails { // nobody sends them
		due[QueueMails] = nil
	}
	for _, queue := range Queues {
		p.Overdue[queue] = 0
		for _, statement := range due[queue] {
			var at int64
			if err := queryRow(db, []any{&at}, statement); err != nil {
				return p, storageError(err)
			}
			if at > 0 {
				p.Overdue[queue] = max(p.Overdue[queue], s.now().Sub(fromMillis(at)))
			}
		}
	}
	return p, nil
}

func (s *Store) countOrders(db *gorm.DB) (map[OrderStatus]int64, error) {
	c := &s.counted
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() || time.Since(c.at) > countFor {
		c.n = map[OrderStatus]int64{}
		for _, status := range OrderStatuses {
			c.n[status] = 0
		}
		if err := countInto(db, c.n, OrderStatuses); err != nil {
			return nil, err
		}
		c.at = time.Now()
		return maps.Clone(c.n), nil
	}
	n := maps.Clone(c.n)
	for _, status := range moving {
		n[status] = 0
	}
	return n, countInto(db, n, moving)
}

func countInto(db *gorm.DB, n map[OrderStatus]int64, statuses []OrderStatus) error {
	marks, args := "", []any{}
	for i, status := range statuses {
		if i > 0 {
			marks += ", "
		}
		marks, args = marks+"?", append(args, status)
	}
	return query(db, func(r scanner) error {
		var status OrderStatus
		var count int64
		if err := r.Scan(&status, &count); err != nil {
			return err
		}
		if slices.Contains(statuses, status) {
			n[status] = count
		}
		return nil
	}, "SELECT status, COUNT(*) FROM orders WHERE status IN ("+marks+") GROUP BY status", args...)
}
