package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
)

func catalogue(t *testing.T, f *Fixture) {
	f.Seed(t)
	shelf, err := f.Store.Shelf(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	got := shelf.Products
	if len(got) != 2 || got[0].Slug != "cup" || len(got[1].Variants) != 2 || got[1].Variants[1].SKU != "tea-100" {
		t.Fatalf("Shelf = %+v", got)
	}
	if got[0].Name.In("zh-Hant") != "杯" || !got[0].Variants[0].OnSale() || got[1].Variants[0].OnSale() {
		t.Errorf("product was not read back as it was stored: %+v", got[0])
	}
	if _, _, err := f.Store.CreateOrder(f.ctx, f.New(t, "a", 2)); err != nil {
		t.Fatalf("CreateOrder: %v", err)
	}
	f.Seed(t)
	if n := f.Stock(t); n != 3 {
		t.Errorf("stock after a restart = %d, want 3: a restart must not give sold pieces back", n)
	}
	more := Products()
	*more[0].Variants[0].Stock = 9
	if err := f.Store.SeedProducts(f.ctx, more[:1]); err != nil {
		t.Fatal(err)
	}
	if n := f.Stock(t); n != 7 {
		t.Errorf("stock after the configuration was raised by 4 = %d, want 7", n)
	}
	if _, err := f.Store.Product(f.ctx, "tea"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a product that left the configuration: %v, want ErrNotFound", err)
	}
}

func orders(t *testing.T, f *Fixture) {
	f.Seed(t)
	n := f.New(t, "intent", 2)
	o, created, err := f.Store.CreateOrder(f.ctx, n)
	if err != nil || !created {
		t.Fatalf("CreateOrder = created %v, %v", created, err)
	}
	p := o.Payment()
	if o.Status != models.OrderOpen || p.Status != models.StatusInitialized || o.Total.String() != "336.00 HKD" || len(o.Lines) != 1 || o.Lines[0].Quantity != 2 {
		t.Errorf("new order = %+v", o)
	}
	if l := len(p.MerchantTransactionID); l < 41 || l > 64 {
		t.Errorf("merchant_transaction_id has %d characters", l)
	}
	if len(o.Token) < 22 || len(o.Code) < 16 || len(o.Number) != 9 {
		t.Errorf("token %q, code %q, number %q", o.Token, o.Code, o.Number)
	}
	again, created, err := f.Store.CreateOrder(f.ctx, n)
	if err != nil || created || again.ID != o.ID || len(again.Payments) != 1 {
		t.Errorf("the same intent again = order %d, created %v, %v; want order %d", again.ID, created, err, o.ID)
	}
	if f.Stock(t) != 3 {
		t.Errorf("stock = %d, want 3", f.Stock(t))
	}
	for _, key := range []string{o.Number, "chan@EXAMPLE.com", p.MerchantTransactionID} {
		list, err := f.Store.Orders(f.ctx, models.OrderFilter{Query: key})
		if err != nil || len(list.Orders) != 1 || list.Orders[0].Payment().MerchantTransactionID != p.MerchantTransactionID {
			t.Errorf("Orders(%q) = %d, %v", key, len(list.Orders), err)
		}
	}
	for i := range 2 {
		if _, _, err := f.Store.CreateOrder(f.ctx, f.New(t, fmt.Sprint("more", i), 1)); err != nil {
			t.Fatal(err)
		}
	}
	first, err := f.Store.Orders(f.ctx, models.OrderFilter{Limit: 2})
	if err != nil || len(first.Orders) != 2 || first.Next == "" {
		t.Fatalf("first page = %d, next %q, %v", len(first.Orders), first.Next, err)
	}
	second, err := f.Store.Orders(f.ctx, models.OrderFilter{Limit: 2, Cursor: first.Next})
	if err != nil || len(second.Orders) != 1 || second.Next != "" || second.Orders[0].ID != o.ID {
		t.Errorf("second page = %d, next %q, %v", len(second.Orders), second.Next, err)
	}
	events, err := f.Store.History(f.ctx, o.ID)
	if err != nil || len(events) != 1 || events[0].Kind != models.EventCreated {
		t.Errorf("History = %+v, %v", events, err)
	}
}

func stock(t *testing.T, f *Fixture) {
	f.Seed(t)
	n := f.New(t, "five", 5)
	o, _, err := f.Store.CreateOrder(f.ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	n.Intent = "one too many"
	if _, _, err := f.Store.CreateOrder(f.ctx, n); !errors.Is(err, models.ErrSoldOut) {
		t.Fatalf("order past the stock: %v, want ErrSoldOut", err)
	}
	if list, _ := f.Store.Orders(f.ctx, models.OrderFilter{}); len(list.Orders) != 1 {
		t.Fatalf("%d orders, want 1: a sold-out order must leave nothing behind", len(list.Orders))
	}
	f.Apply(t, f.Say(o, models.SourceCreate, models.StatusWaitingPayment), models.VerdictApplied)
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusFailed), models.VerdictApplied)
	if f.Stock(t) != 5 {
		t.Errorf("stock after the failure = %d, want 5", f.Stock(t))
	}
	if _, _, err := f.Store.CreateOrder(f.ctx, n); err != nil {
		t.Fatalf("order of what was given back: %v", err)
	}
	out := f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	if got := f.Get(t, o); !out.NewlyPaid || got.Attention != models.AttentionOversold || f.Stock(t) != -5 {
		t.Errorf("late success: newly paid %v, attention %q, stock %d", out.NewlyPaid, got.Attention, f.Stock(t))
	}
}

func goingOn(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	first := o.Payment()
	g := models.GoOn{OrderID: o.ID, Processor: models.WeChatHK, Method: models.WebPay, ExpiresAt: f.Clock.T.Add(time.Hour), QueryAt: f.Clock.T}
	o, err := f.Store.GoOn(f.ctx, g)
	if err != nil {
		t.Fatal(err)
	}
	if p := o.Payment(); len(o.Payments) != 1 || p.MerchantTransactionID != first.MerchantTransactionID || p.Processor != models.WeChatHK || p.WebURL != "" {
		t.Errorf("switch of wallet while it waits = %+v; want the same id, no page", p)
	}
	f.Apply(t, f.Say(o, models.SourceCreate, models.StatusWaitingPayment), models.VerdictRepeated)
	if p := f.Get(t, o).Payment(); p.WebURL == "" || p.Status != models.StatusWaitingPayment {
		t.Errorf("answer to the second request = %+v; want its page kept", p)
	}
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusCancelled), models.VerdictApplied)
	if o, err = f.Store.GoOn(f.ctx, g); err != nil {
		t.Fatal(err)
	}
	if len(o.Payments) != 2 || o.Payment().MerchantTransactionID == first.MerchantTransactionID || o.Status != models.OrderOpen {
		t.Errorf("after the gateway closed it: %d payments, order %s; want a new attempt", len(o.Payments), o.Status)
	}
	second := f.Say(o, models.SourceQuery, models.StatusPaid)
	second.LLTransactionID = "2026112300000002"
	f.Apply(t, second, models.VerdictApplied)
	if _, err := f.Store.GoOn(f.ctx, g); !errors.Is(err, models.ErrConflict) {
		t.Errorf("going on after it was paid: %v, want ErrConflict", err)
	}
	late := f.Say(models.Order{Payments: o.Payments[:1]}, models.SourceNotification, models.StatusPaid)
	if out := f.Apply(t, late, models.VerdictApplied); out.NewlyPaid {
		t.Error("the second money of an order made it newly paid again")
	}
	if got := f.Get(t, o); got.Status != models.OrderPaid || got.Attention != models.AttentionDoublePayment {
		t.Errorf("double payment: %s, attention %q", got.Status, got.Attention)
	}
}

func due(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	next := func(models.Due) time.Time { return f.Clock.T.Add(time.Minute) }
	if got, err := f.Store.ClaimDue(f.ctx, 10, next); err != nil || len(got) != 0 {
		t.Fatalf("ClaimDue before the time = %d, %v", len(got), err)
	}
	f.Clock.T = f.Clock.T.Add(10 * time.Second)
	var mu sync.Mutex
	var wg sync.WaitGroup
	claimed := 0
	for range 8 {
		wg.Go(func() {
			got, err := f.Store.ClaimDue(f.ctx, 10, next)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			claimed += len(got)
			mu.Unlock()
		})
	}
	wg.Wait()
	if claimed != 1 {
		t.Errorf("claimed %d times, want once", claimed)
	}
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusPaid), models.VerdictApplied)
	f.Clock.T = f.Clock.T.Add(time.Hour)
	if got, err := f.Store.ClaimDue(f.ctx, 10, next); err != nil || len(got) != 0 {
		t.Errorf("ClaimDue after it was paid = %d, %v", len(got), err)
	}
}

func expiry(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	if done, err := f.Store.Expire(f.ctx, o.ID); err != nil || done {
		t.Fatalf("Expire before the time = %v, %v", done, err)
	}
	f.Clock.T = f.Clock.T.Add(31 * time.Minute)
	if done, err := f.Store.Expire(f.ctx, o.ID); err != nil || !done {
		t.Fatalf("Expire = %v, %v", done, err)
	}
	got := f.Get(t, o)
	if got.Status != models.OrderExpired || got.Payment().Status != models.StatusWaitingPayment || f.Stock(t) != 5 {
		t.Errorf("expired order = %s, payment %s, stock %d", got.Status, got.Payment().Status, f.Stock(t))
	}
	if done, err := f.Store.Expire(f.ctx, o.ID); err != nil || done {
		t.Errorf("Expire again = %v, %v", done, err)
	}
	g := models.GoOn{OrderID: o.ID, Processor: models.AlipayHK, Method: models.WebPay, ExpiresAt: f.Clock.T.Add(time.Hour), QueryAt: f.Clock.T}
	if got, err := f.Store.GoOn(f.ctx, g); err != nil || got.Status != models.OrderPending || len(got.Payments) != 1 || f.Stock(t) != 4 {
		t.Errorf("more time = %s, %d payments, stock %d, %v", got.Status, len(got.Payments), f.Stock(t), err)
	}
	f.Clock.T = f.Clock.T.Add(2 * time.Hour)
	if done, err := f.Store.Expire(f.ctx, o.ID); err != nil || !done {
		t.Fatalf("Expire = %v, %v", done, err)
	}
	out := f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	if got := f.Get(t, o); !out.NewlyPaid || got.Status != models.OrderPaid || got.Attention != "" || f.Stock(t) != 4 {
		t.Errorf("late success = %s, newly paid %v, attention %q, stock %d", got.Status, out.NewlyPaid, got.Attention, f.Stock(t))
	}
}

func hostileKeys(t *testing.T, f *Fixture) {
	f.Seed(t)
	for _, key := range []string{"", "'", "\x00", "\xff\xfe", "%", "nope", string(make([]byte, 1<<16))} {
		if _, err := f.Store.Order(f.ctx, key); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("Order(%.10q): %v, want ErrNotFound", key, err)
		}
		if _, err := f.Store.OrderByPayment(f.ctx, key); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("OrderByPayment(%.10q): %v, want ErrNotFound", key, err)
		}
		if _, err := f.Store.Scanned(f.ctx, key); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("Scanned(%.10q): %v, want ErrNotFound", key, err)
		}
		if _, err := f.Store.Product(f.ctx, key); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("Product(%.10q): %v, want ErrNotFound", key, err)
		}
		if _, err := f.Store.ApplyEvidence(f.ctx, models.Evidence{MerchantTransactionID: key}); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("ApplyEvidence(%.10q): %v, want ErrNotFound", key, err)
		}
		if list, err := f.Store.Orders(f.ctx, models.OrderFilter{Query: key, Cursor: key}); err != nil || len(list.Orders) != 0 {
			t.Errorf("Orders(%.10q) = %v, %v", key, list, err)
		}
	}
}

// versions: an order that changes gets another name, and only that one.
func versions(t *testing.T, f *Fixture) {
	one := f.Order(t, "one")
	f.Clock.T = f.Clock.T.Add(time.Second)
	two, _, err := f.Store.CreateOrder(f.ctx, f.New(t, "two", 1))
	if err != nil {
		t.Fatal(err)
	}
	read := func() (first, second string) {
		t.Helper()
		got, err := f.Store.Versions(f.ctx, []string{one.Token, two.Token, "unknown"})
		if err != nil || len(got) != 2 {
			t.Fatalf("Versions = %v, %v", got, err)
		}
		return got[one.Token], got[two.Token]
	}
	first, second := read()
	f.Apply(t, f.Say(one, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	after, other := read()
	if after == first || other != second {
		t.Errorf("after a payment: %q → %q, the other order %q → %q", first, after, second, other)
	}
	f.Clock.T = f.Clock.T.Add(time.Second)
	if _, err := f.Store.Scanned(f.ctx, two.Code); err != nil {
		t.Fatal(err)
	}
	if _, now := read(); now == second {
		t.Error("a scan doesn't show")
	}
	if got, err := f.Store.Versions(f.ctx, nil); err != nil || len(got) != 0 {
		t.Errorf("Versions of nothing = %v, %v", got, err)
	}
}
