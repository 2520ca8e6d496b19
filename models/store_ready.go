package models

import (
	"context"
	"sync"
	"time"

	"gorm.io/gorm"
)

// readyFor is how long an answer of Ready stands, so that whoever asks often doesn't make the database write as often.
const readyFor = time.Second

// readyWithin is how long PostgreSQL may take to answer.
const readyWithin = 5 * time.Second

// readiness keeps the last answer of Ready.
type readiness struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

func (r *readiness) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = time.Time{}
}

// Ready tells whether the database can be written to, by writing: the answer may be a second old. On a full disk or while
// another process holds the database it is ErrUnavailable.
func (s *Store) Ready(ctx context.Context) error {
	s.ready.mu.Lock()
	defer s.ready.mu.Unlock()
	if !s.ready.at.IsZero() && time.Since(s.ready.at) < readyFor {
		return s.ready.err
	}
	// Who asks first may go away; the answer is for the others too.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWithin)
	defer cancel()
	s.ready.err = s.write(ctx, func(tx *gorm.DB) error {
		_, err := exec(tx, "UPDATE readiness SET at = ? WHERE id = 1", millis(s.now()))
		return err
	})
	s.ready.at = time.Now()
	return s.ready.err
}
