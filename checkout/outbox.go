package checkout

import (
	"context"
	"sync"
	"time"

	"lianlian-checkout/models"
)

// fanBatch is how many facts are fanned out in one transaction.
const fanBatch = 100

// outbox is what the dispatcher needs while it runs.
type outbox struct {
	news chan struct{} // something may have happened to an order

	mu     sync.Mutex
	queues map[int64]*queue // of the endpoints that are on, by id
}

// queue is one endpoint's: a dead one delays nobody but itself.
type queue struct {
	due    chan struct{}
	cancel context.CancelFunc
}

func newOutbox() *outbox {
	return &outbox{news: make(chan struct{}, 1), queues: map[int64]*queue{}}
}

// tell wakes the dispatcher; a process that isn't awake in time finds the facts at its next look.
func (b *outbox) tell() { wake(b.news) }

func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// dispatch fans facts out and keeps a queue for each endpoint, until ctx ends. Several processes share the work.
func (c *Checkout) dispatch(ctx context.Context) {
	var queues sync.WaitGroup
	defer queues.Wait()
	tick := time.NewTicker(c.o.ReconcileInterval)
	defer tick.Stop()
	for {
		c.fanOut(ctx)
		c.attend(ctx, &queues)
		select {
		case <-ctx.Done():
			return
		case <-c.outbox.news:
		case <-tick.C:
		}
	}
}

// fanOut makes deliveries of the facts that nobody was told of yet.
func (c *Checkout) fanOut(ctx context.Context) {
	for ctx.Err() == nil {
		n, err := c.store.FanOut(ctx, fanBatch, func(f models.Fact, o models.Order) string { return string(WebhookBody(f.Type, f.At, o)) })
		if err != nil && ctx.Err() == nil {
			c.o.Log.ErrorContext(ctx, "fan the outbox out", "error", err.Error())
		}
		if err != nil || n < fanBatch {
			return
		}
	}
}

// attend starts the queues of endpoints that are new, ends those of endpoints that are off, and wakes the others.
func (c *Checkout) attend(ctx context.Context, running *sync.WaitGroup) {
	endpoints, err := c.store.Endpoints(ctx)
	if err != nil {
		if ctx.Err() == nil {
			c.o.Log.ErrorContext(ctx, "read the webhooks' endpoints", "error", err.Error())
		}
		return
	}
	b := c.outbox
	b.mu.Lock()
	defer b.mu.Unlock()
	on := map[int64]bool{}
	for _, e := range endpoints {
		if !e.On() || !c.serves(e) {
			continue
		}
		on[e.ID] = true
		if q := b.queues[e.ID]; q != nil {
			wake(q.due)
			continue
		}
		mine, cancel := context.WithCancel(ctx)
		q := &queue{due: make(chan struct{}, 1), cancel: cancel}
		b.queues[e.ID] = q
		running.Go(func() { c.serve(mine, e, q.due) })
	}
	for id, q := range b.queues {
		if !on[id] || ctx.Err() != nil {
			q.cancel()
			delete(b.queues, id)
		}
	}
}

// serve sends what is due to one endpoint until ctx ends.
func (c *Checkout) serve(ctx context.Context, e models.Endpoint, due <-chan struct{}) {
	for ctx.Err() == nil {
		for c.deliverDue(ctx, e) {
			continue
		}
		timer := time.NewTimer(c.untilNext(ctx, e))
		select {
		case <-ctx.Done():
		case <-due:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// untilNext is how long the endpoint's queue may rest.
func (c *Checkout) untilNext(ctx context.Context, e models.Endpoint) time.Duration {
	rest := c.o.ReconcileInterval
	at, err := c.store.NextDelivery(ctx, e.ID)
	if err == nil && !at.IsZero() {
		rest = min(rest, max(at.Sub(c.o.Now()), 10*time.Millisecond))
	}
	return rest
}

// Dispatch fans out and sends everything that is due now, once, to all endpoints at the same time.
func (c *Checkout) Dispatch(ctx context.Context) {
	c.fanOut(ctx)
	endpoints, err := c.store.Endpoints(ctx)
	if err != nil {
		c.o.Log.ErrorContext(ctx, "read the webhooks' endpoints", "error", err.Error())
	}
	var wg sync.WaitGroup
	for _, e := range endpoints {
		if e.On() && c.serves(e) {
			wg.Go(func() {
				for c.deliverDue(ctx, e) {
					continue
				}
			})
		}
	}
	wg.Wait()
}
