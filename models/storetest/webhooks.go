package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
)

const (
	all  = "https://all.example/hook"
	some = "https://some.example/hook"
)

// tells makes two endpoints known: one that wants everything, one that wants refunds alone.
func (f *Fixture) tells(t *testing.T) {
	t.Helper()
	f.set(t, models.Endpoint{URL: all, Kind: models.EndpointConfig}, models.Endpoint{URL: some, Kind: models.EndpointConfig, Events: []string{models.TellRefunded, models.TellPartiallyRefunded}})
}

func (f *Fixture) set(t *testing.T, list ...models.Endpoint) {
	t.Helper()
	if err := f.Store.SetEndpoints(f.ctx, list); err != nil {
		t.Fatalf("SetEndpoints: %v", err)
	}
}

// fan fans out and returns how many facts were looked at.
func (f *Fixture) fan(t *testing.T) int {
	t.Helper()
	n, err := f.Store.FanOut(f.ctx, 10, func(fact models.Fact, o models.Order) string {
		return fmt.Sprint(fact.Type, " ", o.Status, " ", f.Clock.T.Unix())
	})
	if err != nil {
		t.Fatalf("FanOut: %v", err)
	}
	return n
}

func (f *Fixture) endpoint(t *testing.T, url string) models.Endpoint {
	t.Helper()
	list, err := f.Store.EndpointStates(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(list, func(e models.Endpoint) bool { return e.URL == url }); i >= 0 {
		return list[i]
	}
	return models.Endpoint{}
}

// take claims what is due to an endpoint for a minute.
func (f *Fixture) take(t *testing.T, url string) []models.Delivery {
	t.Helper()
	list, err := f.Store.ClaimDeliveries(f.ctx, f.endpoint(t, url).ID, 10, f.Clock.T.Add(time.Minute))
	if err != nil {
		t.Fatalf("ClaimDeliveries: %v", err)
	}
	return list
}

// try claims the one delivery to all that is due and notes what came of it.
func (f *Fixture) try(t *testing.T, try models.Try, next time.Time) models.Delivery {
	t.Helper()
	list := f.take(t, all)
	if len(list) != 1 {
		t.Fatalf("%d deliveries are due to %s, want 1", len(list), all)
	}
	try.At = f.Clock.T
	if err := f.Store.DeliveryTried(f.ctx, list[0], try, next); err != nil {
		t.Fatalf("DeliveryTried: %v", err)
	}
	return f.delivery(t, list[0].ID)
}

func (f *Fixture) delivery(t *testing.T, id int64) models.Delivery {
	t.Helper()
	d, _, err := f.Store.Delivery(f.ctx, id)
	if err != nil {
		t.Fatalf("Delivery: %v", err)
	}
	return d
}

// refund has an order paid and refunded.
func (f *Fixture) refund(t *testing.T, o models.Order) {
	t.Helper()
	for _, s := range []models.Status{models.StatusPaid, models.StatusRefundPending, models.StatusRefunded} {
		f.Clock.T = f.Clock.T.Add(time.Second)
		f.Apply(t, f.Say(o, models.SourceQuery, s), models.VerdictApplied)
	}
}

// telling: what happens before anybody is to be told stays untold; afterwards each endpoint gets what it asked for, once, and
// everybody the same message.
func telling(t *testing.T, f *Fixture) {
	if f.Store.Telling() {
		t.Error("a new database tells")
	}
	early := f.Order(t, "early")
	f.Apply(t, f.Say(early, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	f.tells(t)
	if !f.Store.Telling() || f.fan(t) != 0 {
		t.Error("what was before the endpoints is told to them")
	}
	o := f.Order(t, "x")
	f.refund(t, o)
	if n := f.fan(t); n != 2 {
		t.Errorf("%d facts, want paid and refunded", n)
	}
	f.Clock.T = f.Clock.T.Add(time.Hour)
	if n := f.fan(t); n != 0 {
		t.Errorf("%d facts are fanned out twice", n)
	}
	got, part := f.take(t, all), f.take(t, some)
	if len(got) != 2 || got[0].Type != models.TellPaid || got[1].Type != models.TellRefunded || got[0].OrderID != o.ID || got[0].OrderNumber != o.Number {
		t.Fatalf("to the one that wants all: %+v", got)
	}
	if len(part) != 1 || part[0].Type != models.TellRefunded || part[0].MessageID != got[1].MessageID || part[0].Body != got[1].Body {
		t.Fatalf("to the one that wants refunds: %+v, want the same message as %+v", part, got[1])
	}
	if !strings.HasPrefix(got[0].Body, "order.paid refunded ") || got[0].MessageID == got[1].MessageID || len(got[0].MessageID) != 36 {
		t.Errorf("messages %q %q: %q", got[0].MessageID, got[1].MessageID, got[0].Body)
	}
	// With everybody gone nothing is kept to be told.
	f.set(t)
	late := f.Order(t, "late")
	f.Apply(t, f.Say(late, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	if f.Store.Telling() || f.fan(t) != 0 {
		t.Error("a fact waits though nobody is to be told")
	}
}

// deliveries: claimed by one, due again if nobody says what became of them, with the same message; done when taken, dead when
// given up, sent again when an operator wants that.
func deliveries(t *testing.T, f *Fixture) {
	f.tells(t)
	o := f.Order(t, "x")
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	f.fan(t)
	first := f.take(t, all)
	if len(first) != 1 || first[0].Step != 1 || len(f.take(t, all)) != 0 {
		t.Fatalf("claimed %+v, and at once again", first)
	}
	id := first[0].ID
	if next, err := f.Store.NextDelivery(f.ctx, first[0].Endpoint.ID); err != nil || !next.Equal(f.Clock.T.Add(time.Minute)) {
		t.Errorf("next at %v, %v", next, err)
	}
	f.Clock.T = f.Clock.T.Add(time.Minute)
	failed := models.Try{Took: 20 * time.Millisecond, Status: 500, Answer: "boom\x00\xff", Error: "answered 500"}
	d := f.try(t, failed, f.Clock.T.Add(time.Hour))
	if d.ID != id || d.Step != 2 || d.Tries != 1 || d.State != models.DeliveryPending || d.MessageID != first[0].MessageID || d.Body != first[0].Body || d.Last.Status != 500 {
		t.Fatalf("after a try whose process died and one that failed: %+v", d)
	}
	// A claim that ran out says nothing any more about when the next try comes.
	if err := f.Store.DeliveryTried(f.ctx, first[0], models.Try{At: f.Clock.T, Status: 200}, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if d := f.delivery(t, id); d.State != models.DeliveryPending || d.Tries != 2 {
		t.Errorf("a try that came late made it %s", d.State)
	}
	if len(f.take(t, all)) != 0 {
		t.Error("due before its time")
	}
	f.Clock.T = f.Clock.T.Add(time.Hour)
	if d = f.try(t, failed, time.Time{}); d.State != models.DeliveryDead || !d.NextAt.IsZero() || !d.DoneAt.Equal(f.Clock.T) || f.endpoint(t, all).Dead != 1 {
		t.Errorf("given up: %+v", d)
	}
	if err := f.Store.SendAgain(f.ctx, id); err != nil {
		t.Fatal(err)
	}
	d = f.try(t, models.Try{Status: 204}, time.Time{})
	if d.State != models.DeliveryDelivered || d.Step != 1 || d.MessageID != first[0].MessageID || d.Last.Error != "" || f.endpoint(t, all).Dead != 0 {
		t.Errorf("sent again: %+v", d)
	}
	_, tries, err := f.Store.Delivery(f.ctx, id)
	if err != nil || len(tries) != 4 || tries[0].Status != 204 || tries[3].Answer != "boom\uFFFD\uFFFD" || tries[3].Took != 20*time.Millisecond || !tries[0].Sent() || tries[3].Sent() {
		t.Errorf("tries %+v, %v", tries, err)
	}
	if err := f.Store.SendAgain(f.ctx, 4711); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("SendAgain of nothing: %v", err)
	}
	if _, _, err := f.Store.Delivery(f.ctx, 4711); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("Delivery of nothing: %v", err)
	}
}

// endpoints come, go, come back, and end with 410.
func endpoints(t *testing.T, f *Fixture) {
	f.tells(t)
	pay := func(intent string) {
		t.Helper()
		f.Apply(t, f.Say(f.Order(t, intent), models.SourceNotification, models.StatusPaid), models.VerdictApplied)
		f.fan(t)
	}
	pay("a")
	f.set(t, models.Endpoint{URL: some, Kind: models.EndpointConfig})
	if e := f.endpoint(t, all); e.On() || e.Reason != models.ReasonRemoved || e.Dead != 1 || e.Pending != 0 {
		t.Errorf("removed: %+v", e)
	}
	dead, err := f.Store.Deliveries(f.ctx, models.DeliveryFilter{State: models.DeliveryDead})
	if err != nil || len(dead.Deliveries) != 1 {
		t.Fatalf("dead: %+v, %v", dead, err)
	}
	if err := f.Store.SendAgain(f.ctx, dead.Deliveries[0].ID); !errors.Is(err, models.ErrConflict) {
		t.Errorf("SendAgain to one that is off: %v", err)
	}
	pay("b")
	if n := len(f.take(t, some)); n != 1 {
		t.Errorf("%d deliveries for the one that wants all now", n)
	}
	if err := f.Store.TurnOn(f.ctx, f.endpoint(t, all).ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("one that the configuration doesn't name was turned on: %v", err)
	}
	f.tells(t)
	if e := f.endpoint(t, all); !e.On() || len(f.endpoint(t, some).Events) != 2 {
		t.Errorf("back: %+v", e)
	}
	pay("c")
	if err := f.Store.EndpointGone(f.ctx, f.endpoint(t, all).ID); err != nil {
		t.Fatal(err)
	}
	f.tells(t) // a new start doesn't turn it on
	if e := f.endpoint(t, all); e.On() || e.Reason != models.ReasonGone || e.Dead != 2 || e.Pending != 0 {
		t.Errorf("gone: %+v", e)
	}
	pay("d")
	if len(f.take(t, all)) != 0 {
		t.Error("one that is gone gets something")
	}
	if err := f.Store.TurnOn(f.ctx, f.endpoint(t, all).ID); err != nil {
		t.Fatal(err)
	}
	pay("e")
	if n := len(f.take(t, all)); n != 1 {
		t.Errorf("%d deliveries after it was turned on, want 1", n)
	}
}

// tellers compete: each fact is fanned out once, each delivery had by one of them.
func tellers(t *testing.T, f *Fixture) {
	f.tells(t)
	few := int64(50)
	products := Products()
	products[0].Variants[0].Stock = &few
	if err := f.Store.SeedProducts(f.ctx, products); err != nil {
		t.Fatal(err)
	}
	const count = 20
	for i := range count {
		o, _, err := f.Store.CreateOrder(f.ctx, f.New(t, fmt.Sprint("o", i), 1))
		if err != nil {
			t.Fatal(err)
		}
		f.Apply(t, f.Say(o, models.SourceQuery, models.StatusPaid), models.VerdictApplied)
	}
	to := f.endpoint(t, all).ID
	var mu sync.Mutex
	var wg sync.WaitGroup
	had := map[string]int{}
	for range 4 {
		wg.Go(func() {
			for range 30 {
				if _, err := f.Store.FanOut(f.ctx, 7, func(models.Fact, models.Order) string { return "{}" }); err != nil {
					t.Error(err)
				}
				list, err := f.Store.ClaimDeliveries(f.ctx, to, 3, f.Clock.T.Add(time.Minute))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, d := range list {
					had[d.MessageID]++
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(had) != count {
		t.Errorf("%d messages were had, want %d", len(had), count)
	}
	for id, n := range had {
		if n != 1 {
			t.Errorf("message %s was had %d times", id, n)
		}
	}
}

// pages of deliveries, by state and endpoint.
func pages(t *testing.T, f *Fixture) {
	f.tells(t)
	for i := range 5 {
		f.refund(t, f.Order(t, fmt.Sprint("o", i)))
	}
	f.fan(t)
	f.try1(t)
	var ids []int64
	for cursor := ""; ; {
		list, err := f.Store.Deliveries(f.ctx, models.DeliveryFilter{Limit: 4, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list.Deliveries {
			ids = append(ids, d.ID)
		}
		if cursor = list.Next; cursor == "" {
			break
		}
	}
	if len(ids) != 15 || !slices.IsSortedFunc(ids, func(a, b int64) int { return int(b - a) }) || len(slices.Compact(ids)) != 15 {
		t.Errorf("pages hold %v", ids)
	}
	for _, c := range []struct {
		filter models.DeliveryFilter
		want   int
	}{
		{models.DeliveryFilter{State: models.DeliveryDelivered}, 1}, {models.DeliveryFilter{State: models.DeliveryPending}, 14}, {models.DeliveryFilter{State: models.DeliveryDead}, 0},
		{models.DeliveryFilter{Endpoint: f.endpoint(t, some).ID}, 5}, {models.DeliveryFilter{Endpoint: f.endpoint(t, all).ID, State: models.DeliveryPending}, 9},
		{models.DeliveryFilter{Cursor: "x'y\x00"}, 15},
	} {
		list, err := f.Store.Deliveries(f.ctx, c.filter)
		if err != nil || len(list.Deliveries) != c.want {
			t.Errorf("%+v: %d, %v; want %d", c.filter, len(list.Deliveries), err, c.want)
		}
	}
}

// try1 delivers one of what is due.
func (f *Fixture) try1(t *testing.T) {
	t.Helper()
	list, err := f.Store.ClaimDeliveries(f.ctx, f.endpoint(t, all).ID, 1, f.Clock.T.Add(time.Minute))
	if err != nil || len(list) != 1 {
		t.Fatalf("claimed %d, %v", len(list), err)
	}
	if err := f.Store.DeliveryTried(f.ctx, list[0], models.Try{At: f.Clock.T, Status: 200}, time.Time{}); err != nil {
		t.Fatal(err)
	}
}
