package checkout

import (
	"context"
	"sync"
)

// life is from New to Close: what runs in the background ends with it.
type life struct {
	mu      sync.Mutex
	ended   context.Context
	end     context.CancelFunc
	running sync.WaitGroup
}

func newLife() *life {
	l := &life{}
	l.ended, l.end = context.WithCancel(context.Background())
	return l
}

// begin counts a runner in, until done is called. Its context ends with the caller's, and with Close.
func (l *life) begin(ctx context.Context) (running context.Context, done func()) {
	running, cancel := context.WithCancel(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended.Err() != nil {
		cancel()
		return running, func() {}
	}
	l.running.Add(1)
	forget := context.AfterFunc(l.ended, cancel)
	return running, func() {
		forget()
		cancel()
		l.running.Done()
	}
}

// close ends what runs and waits for it. It tells whether it was the first to do so.
func (l *life) close() (first bool) {
	l.mu.Lock()
	first = l.ended.Err() == nil
	l.end()
	l.mu.Unlock()
	l.running.Wait()
	return first
}
