package checkout_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
)

// holdQueries keeps the gateway from answering questions until the test ends or calls release.
func (h *harness) holdQueries() (release func()) {
	held := make(chan struct{})
	release = sync.OnceFunc(func() { close(held) })
	h.t.Cleanup(release)
	h.gateway.watch(func(r *http.Request, _ []byte) {
		if r.Method == http.MethodGet {
			<-held
		}
	})
	return release
}

// run runs the checkout in the background; ended closes when Run returns.
func (h *harness) run() (cancel context.CancelFunc, ended chan struct{}) {
	ctx, cancel := context.WithCancel(h.t.Context())
	ended = make(chan struct{})
	go func() {
		h.Run(ctx)
		close(ended)
	}()
	h.t.Cleanup(func() {
		cancel()
		<-ended
	})
	return cancel, ended
}

func isClosed(ch chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func TestRunSettlesAndEndsWithItsContext(t *testing.T) {
	t.Parallel()
	h := New(t, func(s *setup) { s.Checkout.ReconcileInterval = 5 * time.Millisecond })
	h.sim.SetScenario(lost)
	paid, unpaid := h.order(), h.order()
	h.pay(paid)
	cancel, ended := h.run()
	h.clock.Add(5 * time.Second)
	h.becomes(paid, models.OrderPaid)
	h.wants(unpaid, models.OrderPending)
	h.clock.Set(unpaid.ExpiresAt)
	h.becomes(unpaid, models.OrderExpired)
	if isClosed(ended) {
		t.Error("Run ended by itself")
	}
	cancel()
	h.until("Run ends", func() bool { return isClosed(ended) })
}

func TestRunEndsWhileTheGatewayHangs(t *testing.T) {
	t.Parallel()
	h := New(t, func(s *setup) { s.Client.Timeout = time.Hour })
	o := h.order()
	release := h.holdQueries()
	h.clock.Add(5 * time.Second)
	cancel, ended := h.run()
	h.until("asked", func() bool { return h.gateway.queries() == 1 })
	cancel()
	h.until("Run ends", func() bool { return isClosed(ended) })
	h.wants(o, models.OrderPending)
	release()
}

func TestReconcileOutlivesAStorageFault(t *testing.T) {
	t.Parallel()
	h := New(t, func(s *setup) { s.Checkout.ReconcileInterval = 5 * time.Millisecond })
	h.sim.SetScenario(lost)
	o := h.order()
	h.pay(o)
	if _, err := h.db.Exec("ALTER TABLE payments RENAME TO away"); err != nil {
		t.Fatal(err)
	}
	h.clock.Add(5 * time.Second)
	h.run()
	h.until("the fault is logged", func() bool { return strings.Contains(h.log.String(), "claim due payments") })
	if _, err := h.db.Exec("ALTER TABLE away RENAME TO payments"); err != nil {
		t.Fatal(err)
	}
	h.becomes(o, models.OrderPaid)
	h.paidOnce(o)
}

// The page waits for five seconds at most, though the client would for an hour; the question goes on without it.
func TestConfirmIsBoundedWhenTheGatewayHangs(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the limit's five seconds")
	}
	t.Parallel()
	h := New(t, func(s *setup) { s.Client.Timeout = time.Hour })
	h.sim.SetScenario(lost)
	o := h.order()
	h.pay(o)
	release := h.holdQueries()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if got, err := h.Confirm(context.WithoutCancel(t.Context()), o.Token); err != nil || got.Status != models.OrderPending {
			t.Errorf("Confirm = %s, %v; want the order as it stands", got.Status, err)
		}
	}()
	h.until("Confirm returns", func() bool { return isClosed(answered) })
	release()
	h.becomes(o, models.OrderPaid)
	if h.gateway.queries() != 1 {
		t.Errorf("asked %d times", h.gateway.queries())
	}
	h.paidOnce(o)
}

func TestConfirmEndsWithItsPage(t *testing.T) {
	t.Parallel()
	h := New(t, func(s *setup) { s.Client.Timeout = time.Hour })
	o := h.order()
	h.holdQueries()
	ctx, leave := newContext(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = h.Confirm(ctx, o.Token)
	}()
	h.until("asked", func() bool { return h.gateway.queries() == 1 })
	leave()
	h.until("Confirm returns", func() bool { return isClosed(done) })
}
