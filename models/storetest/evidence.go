package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
)

func evidence(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	if o.Status != models.OrderPending || o.Payment().WebURL == "" || o.Payment().LLTransactionID == "" {
		t.Fatalf("after the create answer: %s, %+v", o.Status, o.Payment())
	}
	f.Apply(t, f.Say(o, models.SourceReturn, models.StatusPaid), models.VerdictHint)
	if got := f.Get(t, o); got.Status != models.OrderPending {
		t.Fatalf("the buyer's return made the order %s; it proves nothing", got.Status)
	}
	paid := f.Say(o, models.SourceNotification, models.StatusPaid)
	paid.Settlement = &models.Money{Amount: 2154, Currency: "USD"}
	if out := f.Apply(t, paid, models.VerdictApplied); !out.NewlyPaid || out.Token != o.Token {
		t.Errorf("outcome = %+v", out)
	}
	when := f.Clock.T
	f.Clock.T = when.Add(10 * time.Minute)
	for range 3 {
		if out := f.Apply(t, paid, models.VerdictRepeated); out.NewlyPaid {
			t.Error("a repeated notification made the order newly paid again")
		}
	}
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusWaitingPayment), models.VerdictStale)
	f.Apply(t, f.Say(o, models.SourceCreate, models.StatusWaitingPayment), models.VerdictRepeated)
	got := f.Get(t, o)
	if got.Status != models.OrderPaid || !got.PaidAt.Equal(when) || got.Attention != "" || got.Payment().Settlement.String() != "21.54 USD" {
		t.Errorf("paid order = %s at %v, attention %q, settlement %v", got.Status, got.PaidAt, got.Attention, got.Payment().Settlement)
	}
	events, err := f.Store.History(f.ctx, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, e := range events {
		seen = append(seen, fmt.Sprintf("%s %s %s %d", e.Kind, e.Source, e.Verdict, e.Times))
	}
	want := []string{
		"created   1", "evidence create applied 1", "evidence return hint 1", "evidence notification applied 1",
		"evidence notification repeated 3", "evidence query stale 1", "evidence create repeated 1",
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("history =\n%q, want\n%q", seen, want)
	}
	if facts, err := f.Store.Outbox(f.ctx, 0, 10); err != nil || len(facts) != 1 || facts[0].Type != "order.paid" {
		t.Errorf("outbox = %+v, %v; want one order.paid", facts, err)
	}
}

// transitions walks every pair of states and compares with a table written out here, not with the code's.
func transitions(t *testing.T, f *Fixture) {
	allowed := map[models.Status]string{
		"IN": "WP PP PS PF PC", "WP": "PP PS PF PC", "PP": "PS PF PC", "PF": "PS", "PC": "PS",
		"PS": "RP CB", "RP": "RS PR PS CB", "PR": "RP CB", "RS": "CB", "CB": "",
	}
	paths := map[models.Status][]models.Status{
		"IN": nil, "WP": {"WP"}, "PP": {"PP"}, "PF": {"PF"}, "PC": {"PC"}, "PS": {"PS"},
		"RP": {"PS", "RP"}, "PR": {"PS", "RP", "PR"}, "RS": {"PS", "RP", "RS"}, "CB": {"PS", "CB"},
	}
	five := int64(500)
	products := Products()
	products[0].Variants[0].Stock = &five
	if err := f.Store.SeedProducts(f.ctx, products); err != nil {
		t.Fatal(err)
	}
	for from, path := range paths {
		for _, to := range append(models.Statuses, "XX") {
			o, _, err := f.Store.CreateOrder(f.ctx, f.New(t, string(from+to), 1))
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range path {
				f.Apply(t, f.Say(o, models.SourceQuery, s), models.VerdictApplied)
			}
			out, err := f.Store.ApplyEvidence(f.ctx, f.Say(o, models.SourceQuery, to))
			if err != nil {
				t.Fatal(err)
			}
			got := f.Get(t, o)
			may := contains(allowed[from], string(to))
			if applied := out.Verdict == models.VerdictApplied; applied != may {
				t.Errorf("%s → %s: %s, want applied %v", from, to, out.Verdict, may)
			}
			want := from
			if may {
				want = to
			}
			if got.Payment().Status != want {
				t.Errorf("%s → %s: payment is %s", from, to, got.Payment().Status)
			}
			if flagged := got.Attention != ""; flagged != (out.Verdict == models.VerdictRefused) {
				t.Errorf("%s → %s: verdict %s, attention %q", from, to, out.Verdict, got.Attention)
			}
			if from.Received() != (got.PaidAt != time.Time{}) && !to.Received() {
				t.Errorf("%s → %s: paid_at %v", from, to, got.PaidAt)
			}
		}
	}
}

func contains(list, code string) bool {
	for i := 0; i+2 <= len(list); i += 3 {
		if list[i:i+2] == code {
			return true
		}
	}
	return false
}

func mismatches(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	for name, change := range map[string]func(*models.Evidence){
		"amount":      func(e *models.Evidence) { e.Money.Amount-- },
		"more":        func(e *models.Evidence) { e.Money.Amount++ },
		"currency":    func(e *models.Evidence) { e.Money.Currency = "USD" },
		"merchant":    func(e *models.Evidence) { e.MerchantID = "2080898732499254" },
		"no merchant": func(e *models.Evidence) { e.MerchantID = "" },
		"ll id":       func(e *models.Evidence) { e.LLTransactionID = "2026112300000009" },
		"no ll id":    func(e *models.Evidence) { e.LLTransactionID = "" },
	} {
		ev := f.Say(o, models.SourceNotification, models.StatusPaid)
		change(&ev)
		if out := f.Apply(t, ev, models.VerdictMismatch); out.Reason == "" {
			t.Errorf("%s: no reason", name)
		}
		got := f.Get(t, o)
		if got.Status != models.OrderPending || got.Attention == "" || !got.PaidAt.IsZero() {
			t.Errorf("%s: order is %s, attention %q", name, got.Status, got.Attention)
		}
	}
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	if got := f.Get(t, o); got.Status != models.OrderPaid {
		t.Errorf("the genuine notification after it: %s; a mismatch must not poison the order", got.Status)
	}
}

func refundEnds(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	for _, s := range []models.Status{models.StatusPaid, models.StatusRefundPending} {
		f.Apply(t, f.Say(o, models.SourceNotification, s), models.VerdictApplied)
	}
	if f.Get(t, o).Payment().NextQueryAt.IsZero() {
		t.Error("the gateway isn't asked how the refund ends")
	}
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), models.VerdictStale)
	got := f.Get(t, o)
	if got.Payment().Status != models.StatusRefundPending {
		t.Fatalf("the first notification again ended the refund: %s", got.Payment().Status)
	}
	if got.Payment().NextQueryAt.IsZero() {
		t.Error("the gateway isn't asked back")
	}
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusPaid), models.VerdictApplied)
	if got := f.Get(t, o); got.Status != models.OrderPaid {
		t.Errorf("after the answer: %s, want paid", got.Status)
	}
	if facts, _ := f.Store.Outbox(f.ctx, 0, 10); len(facts) != 1 {
		t.Errorf("%d outbox rows, want the one order.paid", len(facts))
	}
}

func concurrency(t *testing.T, f *Fixture) {
	f.Seed(t)
	n := f.New(t, "same", 1)
	var mu sync.Mutex
	var wg sync.WaitGroup
	ids, made := map[int64]bool{}, 0
	for range 16 {
		wg.Go(func() {
			o, created, err := f.Store.CreateOrder(f.ctx, n)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			ids[o.ID] = true
			if created {
				made++
			}
		})
	}
	wg.Wait()
	if len(ids) != 1 || made != 1 || f.Stock(t) != 4 {
		t.Fatalf("16 times the same intent: %d orders, %d created, stock %d", len(ids), made, f.Stock(t))
	}
	list, err := f.Store.Orders(f.ctx, models.OrderFilter{})
	if err != nil {
		t.Fatal(err)
	}
	o, newly := list.Orders[0], 0
	for range 16 {
		wg.Go(func() {
			out, err := f.Store.ApplyEvidence(f.ctx, f.Say(o, models.SourceNotification, models.StatusPaid))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if out.NewlyPaid {
				newly++
			}
		})
	}
	wg.Wait()
	if newly != 1 {
		t.Errorf("16 times the same notification: newly paid %d times", newly)
	}
}
