package checkout

import (
	"context"
	"sync"
	"time"

	"lianlian-checkout/models"
)

// The schedule of questions about a payment that isn't settled: after 5 seconds, then at intervals of a quarter
// of its age up to 10 minutes, for 3 hours past the last sign of the buyer; then daily until the horizon.
const (
	shortest   = 5 * time.Second
	longest    = 10 * time.Minute
	adaptive   = 3 * time.Hour
	daily      = 24 * time.Hour
	claimBatch = 64
	askers     = 8
)

// Run asks the gateway about payments that nobody told us about, ends orders whose time is over, and sends e-mails and webhooks, until
// ctx ends or Close is called. Several processes on one database share the work, and hear of each other's news within a second.
func (c *Checkout) Run(ctx context.Context) {
	ctx, done := c.life.begin(ctx)
	defer done()
	var beside sync.WaitGroup
	defer beside.Wait()
	if c.store.Shared() {
		beside.Go(func() { c.follow(ctx) })
	}
	if c.o.Mailer != nil {
		beside.Go(func() { c.sendEmails(ctx) })
		beside.Go(func() { c.answerLookUps(ctx) })
	}
	beside.Go(func() { c.forgetAnswers(ctx) })
	beside.Go(func() { c.forget(ctx) })
	beside.Go(func() { c.backUp(ctx) })
	beside.Go(func() { c.dispatch(ctx) })
	tick := time.NewTicker(c.o.ReconcileInterval)
	defer tick.Stop()
	for {
		c.Reconcile(ctx)
		c.tally(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Reconcile asks about every payment and every refund that is due now, once.
func (c *Checkout) Reconcile(ctx context.Context) {
	c.reconcilePayments(ctx)
	c.reconcileRefunds(ctx)
}

func (c *Checkout) reconcilePayments(ctx context.Context) {
	for ctx.Err() == nil {
		c.beat()
		claimed, err := c.store.ClaimDue(ctx, claimBatch, c.next)
		if err != nil {
			if ctx.Err() == nil {
				c.o.Log.ErrorContext(ctx, "claim due payments", "error", err.Error())
			}
			return
		}
		var wg sync.WaitGroup
		slots := make(chan struct{}, askers)
		for _, d := range claimed {
			slots <- struct{}{}
			wg.Go(func() {
				c.settleDue(ctx, d)
				c.beat()
				<-slots
			})
		}
		wg.Wait()
		if len(claimed) < claimBatch {
			return
		}
	}
}

// settleDue asks about one payment, and afterwards ends its order if its time is over. An order whose payment the
// gateway can't be asked about is given 3 hours more.
func (c *Checkout) settleDue(ctx context.Context, d models.Due) {
	var err error
	if d.Payment.Processor != "" { // without a wallet nothing was ever sent
		err = c.ask(ctx, d.Payment)
	}
	wait := d.ExpiresAt
	if err != nil {
		wait = wait.Add(adaptive)
	}
	if c.o.Now().Before(wait) {
		return
	}
	if err := c.expire(ctx, d.Payment); err != nil {
		c.o.Log.ErrorContext(ctx, "expire order", "merchant_transaction_id", d.Payment.MerchantTransactionID, "error", err.Error())
	}
}

// expire ends the order of a payment that was just asked about. An earlier attempt's answer says nothing about the newest
// one, which is itself due at the order's end.
func (c *Checkout) expire(ctx context.Context, p models.Payment) error {
	o, err := c.store.OrderByID(ctx, p.OrderID)
	if err != nil || o.Payment().ID != p.ID {
		return err
	}
	expired, err := c.store.Expire(ctx, o.ID)
	if expired {
		c.o.Log.InfoContext(ctx, "order expired", "merchant_transaction_id", p.MerchantTransactionID)
		c.changed(o.Token)
	}
	return err
}

// next says when to ask about a payment again; zero means never.
func (c *Checkout) next(d models.Due) time.Time {
	if d.Payment.Status.Received() && d.Payment.Status != models.StatusRefundPending {
		return time.Time{}
	}
	now := c.o.Now().UTC()
	// The buyer's last sign is what the order's end was counted from.
	age := now.Sub(d.ExpiresAt.Add(-c.o.ExpiresAfter))
	switch {
	case age >= c.o.ReconcileHorizon && d.Payment.Status != models.StatusRefundPending:
		return time.Time{}
	case age >= adaptive+c.o.ExpiresAfter:
		return now.Add(daily)
	}
	every := max(age/4, shortest)
	if age < 0 { // a session that waits longer than an order of the shop
		every = shortest * time.Duration(max(d.Payment.Queries, 1))
	}
	at := now.Add(min(every, longest))
	if d.Payment.Processor == "" && now.Before(d.ExpiresAt) {
		at = d.ExpiresAt
	}
	if now.Before(d.ExpiresAt) && d.ExpiresAt.Before(at) {
		return d.ExpiresAt
	}
	return at
}
