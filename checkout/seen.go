package checkout

import (
	"context"
	"sync"
	"time"

	"lianlian-checkout/models"
)

// seenFor is how long a page may not notice what another process has done to an order. What this process does is noticed at once.
// Only pages are drawn from memory: whatever moves money reads the database.
const seenFor = time.Second

// maxSeen bounds the memory to a few megabytes.
const maxSeen = 1024

// seen keeps the orders that pages asked for last.
type seen struct {
	mu      sync.Mutex
	byToken map[string]*sight
}

// sight is one order as it was read, or as it is being read as long as at is zero.
type sight struct {
	order models.Order
	at    time.Time
}

// Order finds an order by its token for a page, or models.ErrNotFound. It may be a second old if another process has changed it.
func (c *Checkout) Order(ctx context.Context, token string) (models.Order, error) {
	mine, order := c.seen.look(token)
	if mine == nil {
		return order, nil
	}
	order, err := c.store.Order(ctx, token)
	c.seen.keep(token, mine, order, err)
	return order, err
}

// look finds the order, or makes a place for the one that the caller will read.
func (s *seen) look(token string) (*sight, models.Order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if have := s.byToken[token]; have != nil && !have.at.IsZero() && time.Since(have.at) < seenFor {
		return nil, have.order
	}
	if s.byToken == nil || len(s.byToken) >= maxSeen {
		s.byToken = map[string]*sight{}
	}
	mine := &sight{}
	s.byToken[token] = mine
	return mine, models.Order{}
}

// keep takes what was read, unless the order was changed meanwhile: then nobody knows which of the two was read.
func (s *seen) keep(token string, mine *sight, order models.Order, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.byToken[token] != mine:
	case err != nil:
		delete(s.byToken, token)
	default:
		mine.order, mine.at = order, time.Now()
	}
}

func (s *seen) forget(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byToken, token)
}
