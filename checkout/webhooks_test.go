package checkout_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"lianlian-checkout/checkout"
	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

const whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// received is one request as a receiver saw it.
type received struct{ ID, Timestamp, Body, Type string }

// receiver is a merchant's server: it verifies by the library and answers order.paid as told, with 200 when there is nothing left to say.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	got     []received
	answers []int
	before  func() // an answer
}

func newReceiver(t *testing.T, answers ...int) *receiver {
	t.Helper()
	r := &receiver{answers: answers}
	wh, err := standardwebhooks.NewWebhook(whsec)
	if err != nil {
		t.Fatal(err)
	}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		if err := wh.VerifyIgnoringTimestamp(body, req.Header); err != nil {
			t.Errorf("a receiver can't verify: %v", err)
		}
		var said struct{ Type string }
		if err := json.Unmarshal(body, &said); err != nil {
			t.Errorf("body %s: %v", body, err)
		}
		r.mu.Lock()
		r.got = append(r.got, received{req.Header.Get("webhook-id"), req.Header.Get("webhook-timestamp"), string(body), said.Type})
		status := 200
		if len(r.answers) > 0 && said.Type == models.TellPaid {
			status, r.answers = r.answers[0], r.answers[1:]
		}
		before := r.before
		r.mu.Unlock()
		if before != nil {
			before()
		}
		if status >= 300 && status < 400 {
			w.Header().Set("Location", "http://169.254.169.254/latest/meta-data")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "thanks")
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got)
}

func (r *receiver) types() string {
	var list []string
	for _, g := range r.all() {
		list = append(list, g.Type)
	}
	return strings.Join(list, " ")
}

// telling is a checkout whose receivers are the servers.
func telling(t *testing.T, to []*receiver, change ...func(*setup)) *harness {
	t.Helper()
	h := New(t, append([]func(*setup){func(s *setup) {
		s.Checkout.AllowPrivateWebhooks = true
		for _, r := range to {
			s.Checkout.Webhooks = append(s.Checkout.Webhooks, checkout.Endpoint{URL: r.URL + "/hook?key=hidden", Secret: whsec})
		}
	}}, change...)...)
	t.Cleanup(func() {
		for _, private := range []string{whsec, whsec[6:], "hidden"} {
			if strings.Contains(h.log.String(), private) {
				t.Errorf("the log holds a secret (%s)", private)
			}
		}
	})
	return h
}

// dispatch lets so much time pass and sends what is due.
func (h *harness) dispatch(d time.Duration) {
	h.clock.Add(d)
	h.Dispatch(h.t.Context())
}

// deliveries are all of them, newest first.
func (h *harness) deliveries() []models.Delivery {
	h.t.Helper()
	list, err := h.Deliveries(h.t.Context(), models.DeliveryFilter{})
	if err != nil {
		h.t.Fatal(err)
	}
	return list.Deliveries
}

// say has the gateway notify of a status.
func (h *harness) say(o models.Order, s lianlian.PaymentStatus) {
	h.t.Helper()
	signature, body := h.notice(o, func(n *lianlian.Notification) { n.TransactionStatus = s })
	if err := h.Notify(h.t.Context(), signature, body); err != nil {
		h.t.Fatal(err)
	}
}

// The id and the body stay what they were, the timestamp is the try's. Seen to fail with 3xx taken for an answer, with a body
// that is written at each try, and with the first try's time signed.
func TestTriedAgainUnderOneID(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, 500, 307)
	h := telling(t, []*receiver{r})
	o := h.order()
	h.say(o, lianlian.StatusSuccess)
	h.dispatch(0)
	h.say(o, lianlian.StatusChargeback) // what the order becomes meanwhile is another message
	h.dispatch(4 * time.Second)
	h.dispatch(2 * time.Second)
	h.dispatch(70 * time.Second)
	h.dispatch(100 * time.Hour)
	var tries []received
	for _, g := range r.all() {
		if g.Type == models.TellPaid {
			tries = append(tries, g)
		}
	}
	if len(tries) != 3 || len(r.all()) != 4 {
		t.Fatalf("%d tries of order.paid of %d in all, want 3 of 4: %s", len(tries), len(r.all()), r.types())
	}
	for _, g := range tries[1:] {
		if g.ID != tries[0].ID || g.Body != tries[0].Body || g.Timestamp == tries[0].Timestamp {
			t.Errorf("tries differ: %+v and %+v", tries[0], g)
		}
	}
	var body struct {
		Type, Timestamp string
		Data            map[string]any
	}
	if err := json.Unmarshal([]byte(tries[0].Body), &body); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"merchant_transaction_id": id(o), "amount": "168.00", "currency": "HKD", "status": "paid", "payment_status": "PS", "attention": nil}
	for k, v := range want {
		if got := body.Data[k]; got != v {
			t.Errorf("%s = %v, want %v", k, got, v)
		}
	}
	if body.Timestamp != "2026-11-23T08:00:00Z" || strings.Contains(tries[0].Body, "chan@") || strings.Contains(tries[0].Body, "Chan") {
		t.Errorf("body %s", tries[0].Body)
	}
	for _, d := range h.deliveries() {
		if d.State != models.DeliveryDelivered {
			t.Errorf("%s is %s", d.Type, d.State)
		}
		_, seen, err := h.Delivery(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		if d.Type == models.TellPaid && (len(seen) != 3 || seen[0].Status != 200 || seen[0].Answer != "thanks" || seen[1].Status != 307 || seen[1].Error != "redirects aren't followed" || seen[2].Error != "answered 500") {
			t.Errorf("what the console shows of the tries: %+v", seen)
		}
	}
}

// One receiver is dead and another hangs for the whole test: the third one gets everything, at once.
func TestTheDeadDelayNobody(t *testing.T) {
	t.Parallel()
	dead, hanging, alive := newReceiver(t), newReceiver(t), newReceiver(t)
	dead.Close()
	hold := make(chan struct{})
	hanging.before = func() { <-hold }
	t.Cleanup(func() { close(hold) }) // before the servers close
	h := telling(t, []*receiver{dead, hanging, alive}, func(s *setup) { s.Checkout.ReconcileInterval = time.Hour })
	h.run()
	h.until("the hanging one is asked", func() bool {
		if len(hanging.all()) == 0 {
			h.say(h.order(func(r *handlers.StartRequest) { r.Items[0].SKU = "tea-50" }), lianlian.StatusSuccess)
		}
		return len(hanging.all()) > 0
	})
	var want []string
	for range 10 {
		o := h.order(func(r *handlers.StartRequest) { r.Items[0].SKU = "tea-50" })
		h.say(o, lianlian.StatusSuccess)
		want = append(want, id(o))
	}
	h.until("the living one has everything", func() bool {
		text := fmt.Sprint(alive.all())
		return !slices.ContainsFunc(want, func(w string) bool { return !strings.Contains(text, w) })
	})
	text := fmt.Sprint(alive.all())
	for _, w := range want {
		if strings.Count(text, w) != 1 {
			t.Errorf("payment %s was told %d times", w, strings.Count(text, w))
		}
	}
	if len(dead.all()) > 0 {
		t.Error("the dead one got something")
	}
}

// Eleven tries in three days, and no more. Seen to fail with a schedule that doesn't end.
func TestGivenUpAfterThreeDays(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, slices.Repeat([]int{503}, 100)...)
	h := telling(t, []*receiver{r})
	h.say(h.order(), lianlian.StatusSuccess)
	began := h.clock.Now()
	var at []time.Duration
	for len(at) < 100 && h.clock.Now().Sub(began) < 200*time.Hour {
		before := len(r.all())
		h.dispatch(0)
		for range len(r.all()) - before {
			at = append(at, h.clock.Now().Sub(began))
		}
		if d := h.deliveries()[0]; d.State == models.DeliveryDead {
			break
		} else {
			h.clock.Set(d.NextAt)
		}
	}
	if len(at) != 11 || at[10] < 71*time.Hour || at[10] > 80*time.Hour || at[1] < 5*time.Second || at[1] > 6*time.Second {
		t.Errorf("tries at %v", at)
	}
	if !strings.Contains(h.log.String(), "webhook given up") {
		t.Error("the log doesn't say that it was given up")
	}
	states, err := h.Endpoints(t.Context())
	if err != nil || states[0].Dead != 1 || !states[0].On() {
		t.Errorf("endpoint %d dead, %v", states[0].Dead, err)
	}
	h.dispatch(1000 * time.Hour)
	if len(r.all()) != 11 {
		t.Error("tried after it was given up")
	}
	r.answers = nil
	if err := h.SendAgain(t.Context(), h.deliveries()[0].ID); err != nil {
		t.Fatal(err)
	}
	h.dispatch(0)
	if got := r.all(); len(got) != 12 || got[11].ID != got[0].ID || got[11].Body != got[0].Body || h.deliveries()[0].State != models.DeliveryDelivered {
		t.Errorf("sent again: %d tries, %s", len(got), h.deliveries()[0].State)
	}
}

// 410 is the receiver's wish to get nothing more.
func TestGoneTurnsOff(t *testing.T) {
	t.Parallel()
	r, other := newReceiver(t, 410), newReceiver(t)
	h := telling(t, []*receiver{r, other})
	h.say(h.order(), lianlian.StatusSuccess)
	h.dispatch(0)
	h.say(h.order(), lianlian.StatusSuccess)
	h.dispatch(time.Hour)
	if len(r.all()) != 1 || len(other.all()) != 2 {
		t.Errorf("the one that is gone got %d, the other %d", len(r.all()), len(other.all()))
	}
	again := h.another() // a new start changes nothing
	states, err := again.Endpoints(t.Context())
	if err != nil || states[0].On() || states[0].Reason != models.ReasonGone || states[0].Dead != 1 || !states[1].On() {
		t.Fatalf("endpoints: %+v, %v", states, err)
	}
	if err := h.TurnOnEndpoint(t.Context(), states[0].ID); err != nil {
		t.Fatal(err)
	}
	h.say(h.order(), lianlian.StatusSuccess)
	h.dispatch(0)
	if len(r.all()) != 2 {
		t.Error("an endpoint that was turned on gets nothing")
	}
}

// The process dies after the receiver's 200 and before our note of it: the same message comes again. Seen to fail with
// the claim noted as the delivery.
func TestDiesBeforeTheNote(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	h := telling(t, []*receiver{r})
	h.say(h.order(), lianlian.StatusSuccess)
	if _, err := h.db.Exec("ALTER TABLE tries RENAME TO away"); err != nil {
		t.Fatal(err)
	}
	h.dispatch(0)
	if len(r.all()) != 1 || h.deliveries()[0].State != models.DeliveryPending {
		t.Fatalf("%d tries, %s", len(r.all()), h.deliveries()[0].State)
	}
	if _, err := h.db.Exec("ALTER TABLE away RENAME TO tries"); err != nil {
		t.Fatal(err)
	}
	second := h.another()
	second.Dispatch(t.Context())
	if len(r.all()) != 1 {
		t.Error("sent twice while the claim holds")
	}
	h.clock.Add(time.Minute)
	second.Dispatch(t.Context())
	got := r.all()
	if len(got) != 2 || got[0].ID != got[1].ID || got[0].Body != got[1].Body || h.deliveries()[0].State != models.DeliveryDelivered {
		t.Errorf("got %+v, state %s", got, h.deliveries()[0].State)
	}
	h.dispatch(time.Hour)
	if len(r.all()) != 2 {
		t.Error("sent a third time")
	}
}

// Each event once, to those that asked for it, by two processes at work.
func TestEventsReachWhoAsked(t *testing.T) {
	t.Parallel()
	everything, part := newReceiver(t), newReceiver(t)
	h := telling(t, []*receiver{everything, part}, func(s *setup) {
		s.Checkout.Webhooks[1].Events = []string{models.TellExpired, models.TellAttention}
		s.Checkout.ReconcileInterval = 5 * time.Millisecond
	})
	h.run()
	second := h.another()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); second.Run(ctx) }()
	t.Cleanup(func() { stop(); <-done })
	paid, failed, expired := h.order(), h.order(), h.order()
	h.say(paid, lianlian.StatusSuccess)
	h.say(paid, lianlian.StatusChargeback)
	h.say(failed, lianlian.StatusFailed)
	delivered := func() bool {
		list := h.deliveries()
		return len(list) >= 3 && !slices.ContainsFunc(list, func(d models.Delivery) bool { return d.State != models.DeliveryDelivered })
	}
	h.until("three are delivered, before the clock jumps over their claims", delivered)
	h.clock.Set(expired.ExpiresAt)
	h.becomes(expired, models.OrderExpired)
	h.say(expired, lianlian.StatusSuccess)
	h.say(failed, lianlian.StatusSuccess) // of an order whose pieces are still held
	h.until("everything is told", func() bool { return strings.Count(everything.types(), models.TellPaid) >= 3 && len(part.all()) >= 1 })
	h.until("nothing is due", delivered)
	for typ, want := range map[string]int{models.TellPaid: 3, models.TellChargedBack: 1, models.TellFailed: 1, models.TellExpired: 1} {
		if n := strings.Count(" "+strings.ReplaceAll(everything.types(), " ", "  ")+" ", " "+typ+" "); n != want {
			t.Errorf("%s was told %d times, want %d", typ, n, want)
		}
	}
	if strings.Contains(part.types(), "paid") || !strings.Contains(part.types(), models.TellExpired) {
		t.Errorf("who asked for two kinds got %s", part.types())
	}
	ids := map[string]bool{}
	for _, g := range everything.all() {
		ids[g.ID] = true
	}
	if len(ids) != len(everything.all()) {
		t.Errorf("%d ids for %d messages: %s", len(ids), len(everything.all()), everything.types())
	}
}

// A hook is called at least once, outside of the transaction that paid the order; one that errs or panics is called again, and
// one that hangs holds up neither webhooks nor money.
func TestOnPaid(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	var mu sync.Mutex
	var calls []models.Order
	var h *harness
	h = telling(t, []*receiver{r}, func(s *setup) {
		s.Checkout.OnPaid = func(ctx context.Context, o models.Order) error {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, o)
			if _, hurry := ctx.Deadline(); !hurry {
				t.Error("a hook without a limit")
			}
			if got, err := h.OrderByID(ctx, o.ID); err != nil || got.Status != models.OrderPaid {
				t.Errorf("called before the commit: %s, %v", got.Status, err)
			}
			switch len(calls) {
			case 1:
				return errors.New("the stock of chan@example.com can't be written")
			case 2:
				panic("the printer is on fire")
			}
			return nil
		}
	})
	o, unpaid := h.order(), h.order()
	h.say(o, lianlian.StatusSuccess)
	h.say(unpaid, lianlian.StatusFailed)
	for _, wait := range []time.Duration{0, 7 * time.Second, 2 * time.Minute, 100 * time.Hour} {
		h.dispatch(wait)
	}
	if len(calls) != 3 || calls[2].ID != o.ID || calls[2].Customer.Email != "chan@example.com" || len(calls[2].Lines) != 1 {
		t.Fatalf("%d calls", len(calls))
	}
	if len(r.all()) != 2 {
		t.Errorf("the receiver got %s", r.types())
	}
	list := h.deliveries()
	i := slices.IndexFunc(list, func(d models.Delivery) bool { return d.Endpoint.Kind == models.EndpointHook })
	_, tries, err := h.Delivery(t.Context(), list[i].ID)
	if err != nil || len(tries) != 3 || tries[1].Error != "panic: the printer is on fire" || !strings.Contains(tries[2].Error, "can't be written") || !tries[0].Sent() {
		t.Errorf("tries %+v, %v", tries, err)
	}
}

func TestASlowHookDelaysNobody(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	hold, called := make(chan struct{}), make(chan string, 10)
	h := telling(t, []*receiver{r}, func(s *setup) {
		s.Checkout.OnEvent = func(_ context.Context, e checkout.Event) error {
			called <- e.Type + " " + e.ID
			<-hold
			return nil
		}
	})
	for range 2 { // both are due when the dispatcher begins
		h.say(h.order(), lianlian.StatusSuccess)
	}
	_, ended := h.run()
	h.until("the hook is called and hangs", func() bool { return len(called) >= 1 })
	for range 2 {
		h.say(h.order(), lianlian.StatusSuccess)
	}
	h.until("the receiver has all", func() bool { return len(r.all()) == 4 })
	if len(called) != 1 {
		t.Error("a hook is called while it runs")
	}
	close(hold)
	h.until("the hook is called for all", func() bool { return len(called) == 4 })
	told, ids := map[string]bool{}, map[string]bool{}
	for _, m := range r.all() {
		told[<-called], ids["order.paid "+m.ID] = true, true
	}
	if !maps.Equal(told, ids) {
		t.Errorf("told %v, the receiver %v", told, ids)
	}
	if isClosed(ended) {
		t.Error("Run ended")
	}
}

// Money never waits: without the outbox's tables' help an order is still paid.
func TestWebhooksNeverStopMoney(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	h := telling(t, []*receiver{r})
	if _, err := h.db.Exec("ALTER TABLE deliveries RENAME TO away"); err != nil {
		t.Fatal(err)
	}
	o := h.order()
	h.say(o, lianlian.StatusSuccess)
	h.dispatch(0)
	h.paidOnce(o)
	if _, err := h.db.Exec("ALTER TABLE away RENAME TO deliveries"); err != nil {
		t.Fatal(err)
	}
	h.dispatch(0)
	if r.types() != models.TellPaid {
		t.Errorf("told %q afterwards", r.types())
	}
}

func TestEndpointsAreChecked(t *testing.T) {
	t.Parallel()
	good := checkout.Endpoint{URL: "https://shop.example/hook", Secret: whsec}
	for name, list := range map[string][]checkout.Endpoint{
		"http": {{URL: "http://shop.example", Secret: whsec}}, "no secret": {{URL: good.URL}}, "short secret": {{URL: good.URL, Secret: "whsec_c2VjcmV0"}},
		"twice": {good, good}, "no URL": {{Secret: whsec}}, "user": {{URL: "https://u:p@shop.example", Secret: whsec}},
	} {
		h := New(t)
		o := h.o
		o.Webhooks = list
		c, err := checkout.New(t.Context(), o)
		if err == nil {
			c.Close()
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), "whsec_c2") || !strings.Contains(err.Error(), "Options.Webhooks[") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s := fmt.Sprintf("%v %+v %s", good, good, []checkout.Endpoint{good}); strings.Contains(s, whsec) {
		t.Errorf("printed as %s", s)
	}
}
