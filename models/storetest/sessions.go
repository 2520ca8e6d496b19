package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
)

// sessions: an order without a wallet, chosen later; its end, and the merchant's.
func sessions(t *testing.T, f *Fixture) {
	f.Seed(t)
	n := f.New(t, "session", 2)
	n.Session, n.Processor, n.Reference, n.ReturnURL, n.Language = true, "", "their-1", "https://merchant.example/done", ""
	n.ExpiresAt = f.Clock.T.Add(2 * time.Hour)
	n.QueryAt = n.ExpiresAt
	o, created, err := f.Store.CreateOrder(f.ctx, n)
	if err != nil || !created || o.Status != models.OrderOpen || o.Chosen() || !o.Session || !o.Payable(f.Clock.T) {
		t.Fatalf("CreateOrder = %+v, created %v, %v", o, created, err)
	}
	if got := f.Get(t, o); got.Chosen() || !got.Session || got.Reference != "their-1" || f.Stock(t) != 3 {
		t.Errorf("read back: %+v, stock %d", got, f.Stock(t))
	}
	for reference, want := range map[string]int{"their-1": 1, "their": 0, "": 1, "nul\x00": 0} {
		if list, err := f.Store.Orders(f.ctx, models.OrderFilter{Reference: reference}); err != nil || len(list.Orders) != want {
			t.Errorf("reference %q: %d orders, %v; want %d", reference, len(list.Orders), err, want)
		}
	}
	for reference, want := range map[string]int{"their-1": 1, "their": 0} {
		if list, err := f.Store.Orders(f.ctx, models.OrderFilter{Query: o.Number, Reference: reference}); err != nil || len(list.Orders) != want {
			t.Errorf("its number and reference %q: %d orders, %v; want %d", reference, len(list.Orders), err, want)
		}
	}

	went, err := f.Store.GoOn(f.ctx, models.GoOn{OrderID: o.ID, Processor: models.WeChatHK, Method: models.WebPay, Language: "zh-Hant", ExpiresAt: n.ExpiresAt, QueryAt: f.Clock.T})
	if p := went.Payment(); err != nil || p.Processor != models.WeChatHK || p.MerchantTransactionID != o.Payment().MerchantTransactionID || len(went.Payments) != 1 || went.Language != "zh-Hant" {
		t.Fatalf("GoOn = %+v, %v; want the same payment with its wallet", went, err)
	}
	f.Apply(t, f.Say(went, models.SourceCreate, models.StatusWaitingPayment), models.VerdictApplied)

	f.Clock.T = n.ExpiresAt
	if _, err := f.Store.GoOn(f.ctx, models.GoOn{OrderID: o.ID, Processor: models.AlipayHK, Method: models.WebPay, ExpiresAt: f.Clock.T.Add(time.Hour)}); !errors.Is(err, models.ErrConflict) {
		t.Errorf("GoOn past a session's end: %v, want ErrConflict", err)
	}
	if expired, err := f.Store.Expire(f.ctx, o.ID); err != nil || !expired || f.Stock(t) != 5 {
		t.Errorf("Expire = %v, %v, stock %d; want it ended and its pieces back", expired, err, f.Stock(t))
	}
	f.cancelling(t)
}

// cancelling: the merchant ends an order; money that comes all the same is taken, and flagged.
func (f *Fixture) cancelling(t *testing.T) {
	t.Helper()
	n := f.New(t, "cancelled", 1)
	n.Session = true
	o, _, err := f.Store.CreateOrder(f.ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	f.Apply(t, f.Say(o, models.SourceCreate, models.StatusWaitingPayment), models.VerdictApplied)
	for range 2 { // the second changes nothing
		got, err := f.Store.CancelOrder(f.ctx, o.ID)
		if err != nil || got.Status != models.OrderCancelled || got.CancelledAt.IsZero() || got.Payment().Status != models.StatusWaitingPayment || got.Retryable() || f.Stock(t) != 5 {
			t.Fatalf("CancelOrder = %+v, %v, stock %d", got, err, f.Stock(t))
		}
	}
	if _, err := f.Store.GoOn(f.ctx, models.GoOn{OrderID: o.ID, Processor: models.AlipayHK, Method: models.WebPay, ExpiresAt: f.Clock.T.Add(time.Hour)}); !errors.Is(err, models.ErrConflict) {
		t.Errorf("GoOn of a cancelled order: %v, want ErrConflict", err)
	}
	f.Clock.T = f.Clock.T.Add(2 * time.Hour)
	if expired, err := f.Store.Expire(f.ctx, o.ID); err != nil || expired {
		t.Errorf("Expire of a cancelled order = %v, %v", expired, err)
	}
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusProcessing), models.VerdictApplied)
	if got := f.Get(t, o); got.Status != models.OrderProcessing {
		t.Errorf("the buyer confirms meanwhile: %s, want processing", got.Status)
	}
	out := f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	if got := f.Get(t, o); !out.NewlyPaid || got.Status != models.OrderPaid || got.Attention != models.AttentionAfterCancel || f.Stock(t) != 4 {
		t.Errorf("paid after it was cancelled: %s, attention %q, stock %d; want it paid, and flagged", got.Status, got.Attention, f.Stock(t))
	}
	if _, err := f.Store.CancelOrder(f.ctx, o.ID+1000); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("CancelOrder of nothing: %v", err)
	}
	paid := f.Order(t, "paid")
	f.Apply(t, f.Say(paid, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	if _, err := f.Store.CancelOrder(f.ctx, paid.ID); !errors.Is(err, models.ErrConflict) {
		t.Errorf("CancelOrder of a paid order: %v, want ErrConflict", err)
	}
}

// once: the same request is carried out once, whatever is repeated and whoever dies.
func once(t *testing.T, f *Fixture) {
	f.Seed(t)
	first, err := f.Store.Begin(f.ctx, "key", "body")
	if err != nil || first.Intent == "" || first.Status != 0 {
		t.Fatalf("Begin = %+v, %v", first, err)
	}
	if _, err := f.Store.Begin(f.ctx, "key", "other body"); !errors.Is(err, models.ErrKeyReused) {
		t.Errorf("another body: %v, want ErrKeyReused", err)
	}
	if _, err := f.Store.Begin(f.ctx, "key", "body"); !errors.Is(err, models.ErrInProgress) {
		t.Errorf("while it is under way: %v, want ErrInProgress", err)
	}
	if other, err := f.Store.Begin(f.ctx, "other key", "body"); err != nil || other.Intent == first.Intent {
		t.Errorf("another key: %+v, %v; want an intent of its own", other, err)
	}
	f.Clock.T = f.Clock.T.Add(5 * time.Minute) // its process has died
	again, err := f.Store.Begin(f.ctx, "key", "body")
	if err != nil || again.Intent != first.Intent || again.Status != 0 {
		t.Errorf("after a crash: %+v, %v; want the same intent", again, err)
	}
	if err := f.Store.Finish(f.ctx, "key", 201, `{"id":"1"}`); err != nil {
		t.Fatal(err)
	}
	if err := f.Store.Abandon(f.ctx, "key"); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Store.Begin(f.ctx, "key", "body"); err != nil || got.Status != 201 || got.Answer != `{"id":"1"}` {
		t.Errorf("once answered: %+v, %v; want the answer", got, err)
	}
	if err := f.Store.Abandon(f.ctx, "other key"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Store.Begin(f.ctx, "other key", "corrected"); err != nil {
		t.Errorf("a key that nothing came of: %v", err)
	}
	f.Clock.T = f.Clock.T.Add(models.KeepAnswers)
	if got, err := f.Store.Begin(f.ctx, "key", "new body"); err != nil || got.Status != 0 || got.Intent == first.Intent {
		t.Errorf("a day later: %+v, %v; want the key free", got, err)
	}
	if err := f.Store.ForgetAnswers(f.ctx); err != nil {
		t.Error(err)
	}
	f.race(t)
}

// race sends one request from many sides at once: one of them carries it out.
func (f *Fixture) race(t *testing.T) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	outcomes := map[string]int{}
	for range 16 {
		wg.Go(func() {
			got, err := f.Store.Begin(f.ctx, "race", "body")
			what := fmt.Sprint(errors.Is(err, models.ErrInProgress), strings.HasPrefix(got.Intent, "api."))
			if err == nil {
				what = "begun"
			}
			mu.Lock()
			defer mu.Unlock()
			outcomes[what]++
		})
	}
	wg.Wait()
	if outcomes["begun"] != 1 || outcomes["true true"] != 15 {
		t.Errorf("16 at once: %v; want one begun, 15 in progress", outcomes)
	}
}
