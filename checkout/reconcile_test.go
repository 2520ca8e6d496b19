package checkout_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// lost makes every notification disappear.
var lost = simulator.Scenario{LoseNotification: true}

func TestScheduleOfQuestions(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	var ages []time.Duration // at which the gateway was asked
	for due := h.due(o); !due.IsZero(); due = h.due(o) {
		h.clock.Set(due.Add(-time.Millisecond))
		h.Reconcile(t.Context())
		if asked := h.gateway.queries(); asked != int64(len(ages)) {
			t.Fatalf("asked %v early", time.Millisecond)
		}
		h.clock.Set(due)
		h.Reconcile(t.Context())
		h.Reconcile(t.Context())
		ages = append(ages, due.Sub(begin))
		if asked := h.gateway.queries(); asked != int64(len(ages)) {
			t.Fatalf("at the age of %v: asked %d times in all, want %d", due.Sub(begin), asked, len(ages))
		}
		if len(ages) > 200 {
			t.Fatal("the questions never end")
		}
	}
	// Five seconds at first, then a quarter of the age: 20 s + 5 s, 25 s + 6.25 s.
	want := []time.Duration{5 * time.Second, 10 * time.Second, 15 * time.Second, 20 * time.Second, 25 * time.Second, 31250 * time.Millisecond}
	if !slices.Equal(ages[:len(want)], want) {
		t.Errorf("first asked at %v, want %v", ages[:len(want)], want)
	}
	if !slices.Contains(ages, 30*time.Minute) {
		t.Errorf("not asked exactly when the order's time ends: %v", ages)
	}
	const adaptive, horizon = 3*time.Hour + 30*time.Minute, 168 * time.Hour
	for i, age := range ages[1:] {
		gap, before := age-ages[i], ages[i]
		switch {
		case before >= adaptive && gap != 24*time.Hour:
			t.Errorf("%v after the question at %v, want a day", gap, before)
		case before < adaptive && age != 30*time.Minute && (gap < 5*time.Second || gap > 10*time.Minute):
			t.Errorf("%v after the question at %v, want 5 s to 10 min", gap, before)
		case before > 40*time.Minute && before < adaptive && gap != 10*time.Minute:
			t.Errorf("%v after the question at %v, want 10 min", gap, before)
		}
	}
	if last := ages[len(ages)-1]; last < horizon || last >= horizon+24*time.Hour {
		t.Errorf("last asked at the age of %v, want the first time past %v", last, horizon)
	}
	h.reconcile(1000 * time.Hour)
	if asked := h.gateway.queries(); asked != int64(len(ages)) {
		t.Error("asked after the horizon")
	}
}

func TestSettledPaymentsAreAskedAboutNoMore(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	h.pay(o)
	h.becomes(o, models.OrderPaid)
	h.reconcile(time.Hour)
	if h.gateway.queries() != 0 {
		t.Errorf("a paid order was asked about %d times", h.gateway.queries())
	}
}

func TestEachDuePaymentIsClaimedOnce(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(lost)
	shops := []*checkout.Checkout{h.Checkout, h.another(), h.another()}
	var orders []models.Order
	for range 5 {
		orders = append(orders, h.order())
		h.pay(orders[len(orders)-1])
	}
	h.clock.Add(5 * time.Second)
	var wg sync.WaitGroup
	for _, c := range shops {
		wg.Go(func() { c.Reconcile(t.Context()) })
	}
	wg.Wait()
	if asked := h.gateway.queries(); asked != 5 {
		t.Errorf("three processes asked %d times about 5 payments", asked)
	}
	for _, o := range orders {
		h.paidOnce(o)
	}
}

func TestManyDuePaymentsInOneRound(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(lost)
	var last models.Order
	for range 70 { // more than one batch of claims
		req := request("")
		req.Items = []models.CartItem{{SKU: "tea-50", Quantity: 1}}
		var err error
		if last, err = h.StartPayment(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		h.pay(last)
	}
	h.reconcile(5 * time.Second)
	if n := h.text("SELECT count(*) FROM orders WHERE status = 'paid'"); n != "70" {
		t.Errorf("%s of 70 paid after one round", n)
	}
}

func TestExpiryAsksFirst(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(lost)
	paid, unpaid := h.order(), h.order()
	h.reconcile(30*time.Minute - time.Millisecond)
	h.wants(unpaid, models.OrderPending)
	if got := h.due(paid); !got.Equal(paid.ExpiresAt) {
		t.Errorf("asked next at %v, want at the end, %v", got, paid.ExpiresAt)
	}
	h.pay(paid) // at the last second
	h.reconcile(time.Millisecond)
	h.paidOnce(paid)
	got := h.wants(unpaid, models.OrderExpired)
	if h.facts(unpaid) != "order.expired" || !got.ExpiredAt.Equal(unpaid.ExpiresAt) || got.Payment().Status != models.StatusWaitingPayment {
		t.Errorf("outbox %q, expired at %v, payment %s; want its state left to the gateway", h.facts(unpaid), got.ExpiredAt, got.Payment().Status)
	}
	if h.stock("cup") != "4" {
		t.Errorf("%s cups left, want the unpaid one given back", h.stock("cup"))
	}
}

func TestExpiryWaitsForAllAttempts(t *testing.T) {
	t.Parallel()
	for name, sc := range map[string]simulator.Scenario{
		"answered later": {LoseNotification: true, QueryDelay: 300 * time.Millisecond},
		"can't be asked": {LoseNotification: true, QueryReturnCode: lianlian.CodeSystemBusy},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := New(t)
			h.sim.SetScenario(lost)
			o := h.secondAttempt()
			h.clock.Set(o.ExpiresAt)
			h.sim.SetPaymentScenario(id(o), sc)
			h.pay(o)
			h.Reconcile(t.Context())
			h.Reconcile(t.Context())
			if facts := h.facts(o); facts == "order.expired" || facts == "order.expired order.paid" {
				t.Errorf("outbox = %q: the order ended before the gateway had told of its newest attempt", facts)
			}
		})
	}
}

// secondAttempt is an order whose first payment the gateway closed.
func (h *harness) secondAttempt() models.Order {
	h.t.Helper()
	o := h.order()
	if err := h.sim.Cancel(id(o)); err != nil {
		h.t.Fatal(err)
	}
	o, err := h.RetryPayment(h.t.Context(), o.Token, models.WeChatHK, desktop)
	if err != nil || len(o.Payments) != 2 || o.Status != models.OrderPending {
		h.t.Fatalf("second attempt = %s with %d payments, %v", o.Status, len(o.Payments), err)
	}
	return o
}

func TestUnreachableGatewayDelaysExpiry(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(lost)
	o := h.order()
	h.gateway.shut.Store(true)
	for h.clock.Now().Before(o.ExpiresAt.Add(3*time.Hour - time.Minute)) {
		h.reconcile(time.Minute)
		h.wants(o, models.OrderPending)
	}
	changed, stop := h.Watch(o.Token)
	defer stop()
	for h.clock.Now().Before(o.ExpiresAt.Add(3*time.Hour + 10*time.Minute)) {
		h.reconcile(time.Minute)
	}
	h.wants(o, models.OrderExpired)
	if !woken(changed) {
		t.Error("a page that is open wasn't told")
	}
	if h.facts(o) != "order.expired" || h.stock("cup") != "5" {
		t.Errorf("outbox %q, %s cups", h.facts(o), h.stock("cup"))
	}
}

func TestPaidWhileUnreachableIsFound(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(lost)
	o := h.order()
	h.pay(o)
	h.gateway.shut.Store(true)
	h.reconcile(2 * time.Hour)
	h.wants(o, models.OrderPending)
	h.gateway.shut.Store(false)
	h.reconcile(10 * time.Minute)
	h.paidOnce(o)
}

func TestLateSuccessAfterExpiry(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"notification", "query"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			h := New(t)
			o := h.order()
			h.reconcile(30 * time.Minute)
			h.wants(o, models.OrderExpired)
			if by == "query" {
				h.sim.SetScenario(lost)
				h.pay(o)
				h.reconcile(10 * time.Minute)
			} else {
				h.pay(o)
			}
			got := h.becomes(o, models.OrderPaid)
			if h.facts(o) != "order.expired order.paid" || h.stock("cup") != "4" || got.Attention != "" {
				t.Errorf("outbox %q, %s cups, attention %q; want it accepted and the cup taken again", h.facts(o), h.stock("cup"), got.Attention)
			}
		})
	}
}

func TestLateSuccessOfWhatWasSoldMeanwhile(t *testing.T) {
	t.Parallel()
	h := New(t)
	pot := request("")
	pot.Items = []models.CartItem{{SKU: "pot", Quantity: 1}}
	o, err := h.StartPayment(t.Context(), pot)
	if err != nil {
		t.Fatal(err)
	}
	h.reconcile(30 * time.Minute)
	if _, err := h.StartPayment(t.Context(), pot); err != nil {
		t.Fatalf("the pot that was given back: %v", err)
	}
	h.pay(o)
	if got := h.becomes(o, models.OrderPaid); got.Attention != models.AttentionOversold {
		t.Errorf("attention = %q", got.Attention)
	}
}

func TestExpiredOrderIsRetried(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	h.reconcile(30 * time.Minute)
	h.wants(o, models.OrderExpired)
	if h.stock("cup") != "5" {
		t.Errorf("%s cups, want it given back", h.stock("cup"))
	}
	h.clock.Add(time.Hour)
	got, err := h.RetryPayment(t.Context(), o.Token, "", desktop)
	if err != nil || got.Status != models.OrderPending || id(got) != id(o) || len(got.Payments) != 1 || got.Payment().WebURL == "" {
		t.Fatalf("retry = %s, %d payments, %v; want the same payment waiting", got.Status, len(got.Payments), err)
	}
	if want := h.clock.Now().Add(30 * time.Minute); !got.ExpiresAt.Equal(want) || !got.ExpiredAt.IsZero() || h.stock("cup") != "4" {
		t.Errorf("ends %v (want %v), %s cups", got.ExpiresAt, want, h.stock("cup"))
	}
	h.reconcile(29 * time.Minute)
	h.wants(o, models.OrderPending)
	h.pay(o)
	h.becomes(o, models.OrderPaid)
	if h.facts(o) != "order.expired order.paid" || h.stock("cup") != "4" {
		t.Errorf("outbox %q, %s cups", h.facts(o), h.stock("cup"))
	}
}

func TestRetryOfASoldOutOrder(t *testing.T) {
	t.Parallel()
	h := New(t)
	pot := request("")
	pot.Items = []models.CartItem{{SKU: "pot", Quantity: 1}}
	o, err := h.StartPayment(t.Context(), pot)
	if err != nil {
		t.Fatal(err)
	}
	h.reconcile(30 * time.Minute)
	if _, err := h.StartPayment(t.Context(), pot); err != nil {
		t.Fatal(err)
	}
	if got, err := h.RetryPayment(t.Context(), o.Token, "", desktop); !errors.Is(err, models.ErrSoldOut) || got.ID != o.ID {
		t.Errorf("retry = order %d, %v; want ErrSoldOut", got.ID, err)
	}
	h.wants(o, models.OrderExpired)
}

func TestClosedAtTheGateway(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		do   func(h *harness, id string) error
		want models.OrderStatus
		fact string
	}{
		{"cancelled", func(h *harness, id string) error { return h.sim.Cancel(id) }, models.OrderCancelled, ""},
		{"failed", func(h *harness, id string) error { return h.sim.Fail(id, lianlian.DeclineDoNotHonor) }, models.OrderFailed, "order.failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := New(t)
			h.sim.SetScenario(lost)
			o := h.order()
			if err := tt.do(h, id(o)); err != nil {
				t.Fatal(err)
			}
			h.reconcile(5 * time.Second)
			h.wants(o, tt.want)
			if h.facts(o) != tt.fact || h.stock("cup") != "5" {
				t.Errorf("outbox %q, %s cups; want %q and the cup given back", h.facts(o), h.stock("cup"), tt.fact)
			}
			got, err := h.RetryPayment(t.Context(), o.Token, "", desktop)
			if err != nil || got.Status != models.OrderPending || len(got.Payments) != 2 || id(got) == id(o) || h.stock("cup") != "4" {
				t.Fatalf("retry = %s with %d payments, %v, %s cups; want a new attempt", got.Status, len(got.Payments), err, h.stock("cup"))
			}
			// The first attempt's money comes all the same, and then the second's.
			if err := h.sim.SetStatus(id(o), lianlian.StatusSuccess); err != nil {
				t.Fatal(err)
			}
			h.reconcile(10 * time.Second)
			h.wants(o, models.OrderPaid)
			h.pay(got)
			h.reconcile(10 * time.Second)
			if end := h.wants(o, models.OrderPaid); end.Attention != models.AttentionDoublePayment {
				t.Errorf("paid twice: attention %q", end.Attention)
			}
			if facts := h.facts(o); !slices.Contains([]string{"order.paid order.attention", "order.failed order.paid order.attention"}, facts) {
				t.Errorf("outbox = %q, want one order.paid", facts)
			}
		})
	}
}

func TestProcessingOrderDoesNotExpire(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{StayProcessing: true, LoseNotification: true})
	o := h.order()
	h.pay(o)
	h.reconcile(30 * time.Minute)
	h.wants(o, models.OrderProcessing)
	if got, err := h.RetryPayment(t.Context(), o.Token, models.WeChatHK, desktop); err != nil || got.Status != models.OrderProcessing || h.gateway.creates() != 1 {
		t.Errorf("retry while it is processed = %s, %v, %d requests; want nothing sent", got.Status, err, h.gateway.creates())
	}
	h.pay(o)
	h.reconcile(10 * time.Minute)
	h.paidOnce(o)
}

func TestCheckNowAsksAboutEveryAttempt(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(lost)
	o := h.secondAttempt()
	if err := h.sim.SetStatus(o.Payments[0].MerchantTransactionID, lianlian.StatusSuccess); err != nil {
		t.Fatal(err)
	}
	asked := h.gateway.queries()
	got, err := h.CheckNow(t.Context(), o.ID)
	if err != nil || got.Status != models.OrderPaid || h.gateway.queries() != asked+2 {
		t.Errorf("CheckNow = %s, %v after %d questions; want the late success of the first attempt found by 2", got.Status, err, h.gateway.queries()-asked)
	}
	if _, err := h.CheckNow(t.Context(), o.ID+1); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("unknown order: %v, want ErrNotFound", err)
	}
	h.gateway.shut.Store(true)
	if got, err := h.CheckNow(t.Context(), o.ID); !errors.Is(err, models.ErrPending) || got.ID != o.ID {
		t.Errorf("gateway away: order %d, %v; want the order and ErrPending", got.ID, err)
	}
}

// Whoever asks while a question is under way waits for its answer, or goes away without ending it for the others.
func TestQuestionsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(lost)
	o := h.order()
	h.pay(o)
	release := h.holdQueries()
	answered := make(chan error, 1)
	go func() {
		_, err := h.CheckNow(context.WithoutCancel(t.Context()), o.ID)
		answered <- err
	}()
	h.until("asked", func() bool { return h.gateway.queries() == 1 })
	for range 4 {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if got, err := h.CheckNow(ctx, o.ID); err == nil {
			t.Errorf("CheckNow = %s though the gateway has not answered", got.Status)
		}
		cancel()
	}
	if asked := h.gateway.queries(); asked != 1 {
		t.Errorf("asked %d times at once", asked)
	}
	release()
	if err := <-answered; err != nil {
		t.Errorf("CheckNow = %v", err)
	}
	h.paidOnce(o)
}

func TestQueryAnswersAreChecked(t *testing.T) {
	t.Parallel()
	for name, sc := range map[string]simulator.Scenario{
		"unsigned": {UnsignedAnswer: true}, "forged": {ForgeAnswer: true}, "garbage": {GarbageAnswer: true}, "huge": {HugeAnswer: true},
		"refused": {QueryReturnCode: lianlian.CodeInvalidSignature},
	} {
		h := New(t)
		h.sim.SetScenario(lost)
		o := h.order()
		h.pay(o)
		sc.LoseNotification = true
		h.sim.SetScenario(sc)
		h.reconcile(5 * time.Second)
		if got := h.wants(o, models.OrderPending); got.Attention != "" {
			t.Errorf("%s: attention %q", name, got.Attention)
		}
		h.sim.SetScenario(simulator.Scenario{LoseNotification: true, QueryTopLevel: true})
		h.reconcile(5 * time.Second)
		h.paidOnce(o)
	}
}
