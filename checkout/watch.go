package checkout

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// lookAround is how often a process looks for what others have done to the orders that are followed here.
const lookAround = time.Second

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

// follow tells those who follow an order here of what another process has done to it, until ctx ends.
func (c *Checkout) follow(ctx context.Context) {
	tick := time.NewTicker(lookAround)
	defer tick.Stop()
	known := map[string]string{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		versions, err := c.store.Versions(ctx, c.watch.tokens())
		if err != nil {
			if ctx.Err() == nil {
				c.o.Log.ErrorContext(ctx, "look for changes of other processes", "error", err.Error())
			}
			continue
		}
		for token, version := range versions {
			if known[token] != version { // told once too often for an order that is new here, which does no harm
				c.changed(token)
			}
		}
		known = versions
	}
}

// tokens are of the orders that are followed.
func (w *watchers) tokens() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.byToken))
}

// changed forgets what pages remember of an order, and then wakes those who follow it, and whoever tells the outside.
func (c *Checkout) changed(token string) {
	c.seen.forget(token)
	c.watch.tell(token)
	if c.store.Telling() {
		c.outbox.tell()
	}
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
