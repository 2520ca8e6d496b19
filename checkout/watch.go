package checkout

import (
	"sync"
	"time"
)

// watchers wakes those who follow an order live.
type watchers struct {
	mu      sync.Mutex
	byToken map[string]map[chan struct{}]bool
}

// Watch sends on the channel whenever the order changes, until stop is called. Changes that come faster
// than they are read are told once.
func (c *Checkout) Watch(token string) (changed <-chan struct{}, stop func()) {
	w := &c.watch
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byToken == nil {
		w.byToken = map[string]map[chan struct{}]bool{}
	}
	if w.byToken[token] == nil {
		w.byToken[token] = map[chan struct{}]bool{}
	}
	w.byToken[token][ch] = true
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.byToken[token], ch)
		if len(w.byToken[token]) == 0 {
			delete(w.byToken, token)
		}
	}
}

// changed forgets what pages remember of an order, and then wakes those who follow it.
func (c *Checkout) changed(token string) {
	c.seen.forget(token)
	c.watch.tell(token)
}

func (w *watchers) tell(token string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.byToken[token] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// recently remembers, for a short while, what was done for a key, so that a page reloaded in a hurry
// doesn't put a question to the gateway each time.
type recently struct {
	mu sync.Mutex
	at map[string]time.Time
}

const maxRecent = 10_000

// first tells whether nothing was done for the key within the span before now, and notes it.
func (r *recently) first(key string, now time.Time, span time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d := now.Sub(r.at[key]); d >= 0 && d < span {
		return false
	}
	if r.at == nil || len(r.at) >= maxRecent {
		r.at = map[string]time.Time{}
	}
	r.at[key] = now
	return true
}
