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

// paid makes an order for one cup (168.00) that is paid.
func (f *Fixture) paid(t *testing.T, intent string) models.Order {
	t.Helper()
	o := f.Order(t, intent)
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	return f.Get(t, o)
}

// wish is a refund of the order's payment.
func (f *Fixture) wish(o models.Order, amount int64, intent string) models.NewRefund {
	return models.NewRefund{OrderID: o.ID, PaymentID: o.Payment().ID, Amount: amount, Reason: "broken", By: "root", Intent: intent, QueryAt: f.Clock.T.Add(20 * time.Second)}
}

func (f *Fixture) wished(t *testing.T, n models.NewRefund) models.Refund {
	t.Helper()
	r, created, err := f.Store.CreateRefund(f.ctx, n)
	if err != nil || !created {
		t.Fatalf("CreateRefund = created %v, %v", created, err)
	}
	return r
}

// told is evidence about the refund that agrees with it.
func (f *Fixture) told(r models.Refund, source models.Source, status models.RefundStatus) models.RefundEvidence {
	return models.RefundEvidence{
		Source: source, MerchantID: Merchant, MerchantTransactionID: r.MerchantTransactionID, OriginalTransactionID: r.OriginalTransactionID,
		LLTransactionID: "2026112300000002", Status: status, Said: "R?", Money: r.Money, ReceivedAt: f.Clock.T, Raw: []byte(`{"refund":"` + string(status) + `"}`),
	}
}

func (f *Fixture) tell(t *testing.T, ev models.RefundEvidence, want models.Verdict) models.RefundOutcome {
	t.Helper()
	out, err := f.Store.ApplyRefund(f.ctx, ev)
	if err != nil || out.Verdict != want {
		t.Fatalf("ApplyRefund(%s from %s) = %s (%s), %v; want %s", ev.Status, ev.Source, out.Verdict, out.Reason, err, want)
	}
	return out
}

// facts are the types of the outbox, oldest first.
func (f *Fixture) facts(t *testing.T) string {
	t.Helper()
	facts, err := f.Store.Outbox(f.ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	var types []string
	for _, fact := range facts {
		types = append(types, strings.TrimPrefix(fact.Type, "order."))
	}
	return strings.Join(types, " ")
}

// refunds: a part and the rest, from the wish to the end; the payment, the order and the outbox follow.
func refunds(t *testing.T, f *Fixture) {
	o := f.paid(t, "x")
	part := f.wished(t, f.wish(o, 5000, "part"))
	got := f.Get(t, o)
	if got.Status != models.OrderPaid || len(got.Refunds) != 1 || got.Refunds[0].Status != models.RefundCreated || got.Left(got.Payment()).Amount != 11800 || got.Refunded().Amount != 0 {
		t.Errorf("after the wish: %s, %+v, left %s", got.Status, got.Refunds, got.Left(got.Payment()))
	}
	if part.OriginalTransactionID != o.Payment().MerchantTransactionID || part.MerchantTransactionID == part.OriginalTransactionID || len(part.MerchantTransactionID) < 41 {
		t.Errorf("ids: %+v", part)
	}
	f.tell(t, f.told(part, models.SourceCreate, models.RefundPending), models.VerdictApplied)
	if got = f.Get(t, o); got.Status != models.OrderRefundPending || got.Payment().Status != models.StatusRefundPending {
		t.Errorf("taken: %s, %s", got.Status, got.Payment().Status)
	}
	if facts := f.facts(t); facts != "paid" {
		t.Errorf("told %q before any money went back", facts)
	}
	f.tell(t, f.told(part, models.SourceNotification, models.RefundSucceeded), models.VerdictApplied)
	f.tell(t, f.told(part, models.SourceQuery, models.RefundSucceeded), models.VerdictRepeated)
	f.tell(t, f.told(part, models.SourceNotification, models.RefundPending), models.VerdictStale)
	f.tell(t, f.told(part, models.SourceQuery, models.RefundFailed), models.VerdictStale)
	got = f.Get(t, o)
	if got.Status != models.OrderPartiallyRefunded || got.Payment().Status != models.StatusPartlyRefunded || got.Refunded().Amount != 5000 || got.Refunds[0].DoneAt.IsZero() || got.Refunds[0].LLTransactionID == "" {
		t.Errorf("a part back: %s, %s, %+v", got.Status, got.Payment().Status, got.Refunds)
	}
	if _, _, elsewhere := got.Elsewhere(got.Payment()); elsewhere {
		t.Error("our own refund is shown as made elsewhere")
	}
	rest := f.wished(t, f.wish(o, 0, "rest"))
	if rest.Money.Amount != 11800 {
		t.Errorf("the rest is %s", rest.Money)
	}
	f.tell(t, f.told(rest, models.SourceQuery, models.RefundSucceeded), models.VerdictApplied) // its RP was lost
	got = f.Get(t, o)
	if got.Status != models.OrderRefunded || got.Payment().Status != models.StatusRefunded || got.Attention != "" || got.Refunded() != o.Total || !got.PaidAt.Equal(o.PaidAt) {
		t.Errorf("all back: %s, %s, attention %q", got.Status, got.Payment().Status, got.Attention)
	}
	if facts := f.facts(t); facts != "paid partially_refunded refunded" {
		t.Errorf("told %q", facts)
	}
	if f.Stock(t) != 4 {
		t.Errorf("%d on the shelf; nobody asked to put the piece back", f.Stock(t))
	}
	// What the gateway still says of the payment is known.
	for _, s := range []models.Status{models.StatusPaid, models.StatusRefundPending, models.StatusPartlyRefunded} {
		f.Apply(t, f.Say(o, models.SourceNotification, s), models.VerdictStale)
	}
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusRefunded), models.VerdictRepeated)
	if _, _, err := f.Store.CreateRefund(f.ctx, f.wish(o, 1, "more")); !errors.Is(err, models.ErrNotRefundable) {
		t.Errorf("more than all: %v", err)
	}
}

// oneView: who reads an order while its refunds move sees payment and refunds as they were at one moment.
func oneView(t *testing.T, f *Fixture) {
	o := f.paid(t, "x")
	var wg sync.WaitGroup
	done := make(chan struct{})
	torn := func(how string, o models.Order) {
		pending := slices.ContainsFunc(o.Refunds, func(r models.Refund) bool { return r.Status == models.RefundPending })
		if got := o.Payment().Status == models.StatusRefundPending; got != pending || got != (o.Status == models.OrderRefundPending) {
			t.Errorf("%s: order %s, payment %s, a refund pending %v", how, o.Status, o.Payment().Status, pending)
		}
	}
	for range 2 {
		wg.Go(func() {
			for !t.Failed() {
				select {
				case <-done:
					return
				default:
				}
				one, err := f.Store.OrderByID(f.ctx, o.ID)
				if err != nil {
					t.Error(err)
					return
				}
				torn("by its id", one)
				list, err := f.Store.Orders(f.ctx, models.OrderFilter{Limit: 5})
				if err != nil || len(list.Orders) != 1 {
					t.Errorf("%d orders, %v", len(list.Orders), err)
					return
				}
				torn("in a list", list.Orders[0])
			}
		})
	}
	for i := range 60 {
		if t.Failed() {
			break
		}
		n := f.wish(o, 1, fmt.Sprint("part", i))
		n.Again = true
		r := f.wished(t, n)
		f.tell(t, f.told(r, models.SourceCreate, models.RefundPending), models.VerdictApplied)
		f.tell(t, f.told(r, models.SourceNotification, models.RefundSucceeded), models.VerdictApplied)
	}
	close(done)
	wg.Wait()
}

// refundRules: what can't be refunded isn't.
func refundRules(t *testing.T, f *Fixture) {
	open := f.Order(t, "open")
	o := f.paid(t, "x")
	first := f.wished(t, f.wish(o, 5000, "first"))
	again, created, err := f.Store.CreateRefund(f.ctx, f.wish(o, 5000, "first"))
	if err != nil || created || again.ID != first.ID {
		t.Errorf("the same intent again: %+v, created %v, %v", again, created, err)
	}
	if _, _, err := f.Store.CreateRefund(f.ctx, f.wish(o, 5000, "second")); !errors.Is(err, models.ErrRefundAlike) {
		t.Errorf("the same sum a moment later: %v", err)
	}
	meant := f.wish(o, 5000, "second")
	meant.Again = true
	f.wished(t, meant)
	f.Clock.T = f.Clock.T.Add(models.RefundsAlike)
	f.wished(t, f.wish(o, 5000, "third"))
	for name, tt := range map[string]struct {
		order models.Order
		n     models.NewRefund
		want  error
	}{
		"not paid":        {n: f.wish(open, 100, "a"), want: models.ErrNotRefundable},
		"no order":        {n: models.NewRefund{OrderID: 999, PaymentID: 1, Amount: 1}, want: models.ErrNotFound},
		"another's":       {n: models.NewRefund{OrderID: o.ID, PaymentID: open.Payment().ID, Amount: 1}, want: models.ErrNotFound},
		"more than left":  {n: f.wish(o, 1801, "b")},
		"less than one":   {n: f.wish(o, -1, "c")},
		"a long reason":   {n: models.NewRefund{OrderID: o.ID, PaymentID: o.Payment().ID, Amount: 1, Reason: strings.Repeat("x", 129)}},
		"a broken reason": {n: models.NewRefund{OrderID: o.ID, PaymentID: o.Payment().ID, Amount: 1, Reason: "a\x00b"}},
	} {
		_, _, err := f.Store.CreateRefund(f.ctx, tt.n)
		var invalid *models.InvalidError
		if tt.want != nil && !errors.Is(err, tt.want) || tt.want == nil && !errors.As(err, &invalid) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if _, err := f.Store.ApplyRefund(f.ctx, f.told(models.Refund{MerchantTransactionID: "nobody"}, models.SourceQuery, models.RefundSucceeded)); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a refund that we never made: %v", err)
	}
}

// refundMismatch: what doesn't agree with the stored refund changes nothing, and an operator sees it.
func refundMismatch(t *testing.T, f *Fixture) {
	o := f.paid(t, "x")
	r := f.wished(t, f.wish(o, 5000, "r"))
	f.tell(t, f.told(r, models.SourceCreate, models.RefundPending), models.VerdictApplied)
	for name, change := range map[string]func(*models.RefundEvidence){
		"less":     func(e *models.RefundEvidence) { e.Money.Amount-- },
		"more":     func(e *models.RefundEvidence) { e.Money.Amount++ },
		"currency": func(e *models.RefundEvidence) { e.Money.Currency = "USD" },
		"merchant": func(e *models.RefundEvidence) { e.MerchantID = "2080898732499254" },
		"payment":  func(e *models.RefundEvidence) { e.OriginalTransactionID = r.MerchantTransactionID },
		"ll id":    func(e *models.RefundEvidence) { e.LLTransactionID = "2026112300000009" },
	} {
		ev := f.told(r, models.SourceNotification, models.RefundSucceeded)
		change(&ev)
		if out := f.tell(t, ev, models.VerdictMismatch); out.Reason == "" {
			t.Errorf("%s: no reason", name)
		}
	}
	unknown := f.told(r, models.SourceNotification, "")
	unknown.Said = "XX"
	f.tell(t, unknown, models.VerdictRefused)
	got := f.Get(t, o)
	if got.Refunds[0].Status != models.RefundPending || got.Status != models.OrderRefundPending || !strings.Contains(got.Attention, "amount is") || !strings.Contains(got.Attention, "XX") {
		t.Errorf("refund %s, order %s, attention %q", got.Refunds[0].Status, got.Status, got.Attention)
	}
	f.tell(t, f.told(r, models.SourceNotification, models.RefundSucceeded), models.VerdictApplied)
	if got := f.Get(t, o); got.Status != models.OrderPartiallyRefunded {
		t.Errorf("the genuine notification after it: %s", got.Status)
	}
}

// refundFails: a refund that failed frees its sum; the payment is what the gateway then says; a late success is still money that went.
func refundFails(t *testing.T, f *Fixture) {
	o := f.paid(t, "x")
	r := f.wished(t, f.wish(o, 16800, "r"))
	f.tell(t, f.told(r, models.SourceCreate, models.RefundPending), models.VerdictApplied)
	// The gateway may be behind with the payment's state: the refund's own answer counts.
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusPaid), models.VerdictStale)
	if got := f.Get(t, o); got.Status != models.OrderRefundPending {
		t.Fatalf("order %s, though the refund is pending", got.Status)
	}
	f.Clock.T = f.Clock.T.Add(time.Hour)
	f.tell(t, f.told(r, models.SourceQuery, models.RefundFailed), models.VerdictApplied)
	got := f.Get(t, o)
	if got.Refunds[0].Status != models.RefundFailed || !got.Payment().NextQueryAt.Equal(f.Clock.T.Add(5*time.Second)) {
		t.Errorf("failed: %+v, next question %v", got.Refunds[0], got.Payment().NextQueryAt)
	}
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusPaid), models.VerdictApplied)
	if got = f.Get(t, o); got.Status != models.OrderPaid || got.Left(got.Payment()) != o.Total {
		t.Errorf("afterwards: %s, left %s", got.Status, got.Left(got.Payment()))
	}
	second := f.wished(t, f.wish(o, 16800, "s"))
	f.tell(t, f.told(second, models.SourceCreate, models.RefundSucceeded), models.VerdictApplied)
	f.tell(t, f.told(r, models.SourceNotification, models.RefundSucceeded), models.VerdictApplied)
	if got = f.Get(t, o); !strings.Contains(got.Attention, models.AttentionRefundedMore) || got.Status != models.OrderRefunded {
		t.Errorf("refunded twice: %s, attention %q", got.Status, got.Attention)
	}
	if facts := f.facts(t); facts != "paid refunded attention" {
		t.Errorf("told %q", facts)
	}
}

// refundsElsewhere: what is refunded in the gateway's portal is known by the payment's state, and doesn't disturb our own.
func refundsElsewhere(t *testing.T, f *Fixture) {
	o := f.paid(t, "x")
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusRefundPending), models.VerdictApplied)
	got := f.Get(t, o)
	if status, known, elsewhere := got.Elsewhere(got.Payment()); !elsewhere || status != models.RefundPending || known.Amount != 0 {
		t.Errorf("Elsewhere = %s, %s, %v", status, known, elsewhere)
	}
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusPartlyRefunded), models.VerdictApplied)
	// The RP again isn't the next refund: it makes us ask.
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusRefundPending), models.VerdictStale)
	if got = f.Get(t, o); got.Status != models.OrderPartiallyRefunded || got.Payment().NextQueryAt.IsZero() {
		t.Errorf("the RP again: %s, next question %v", got.Status, got.Payment().NextQueryAt)
	}
	ours := f.wished(t, f.wish(o, 5000, "ours"))
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusRefunded), models.VerdictStale) // ours, not yet heard of: it is asked
	if got = f.Get(t, o); got.Attention != "" || !got.Refunds[0].NextQueryAt.Equal(f.Clock.T.Add(5*time.Second)) {
		t.Errorf("attention %q, next question %v", got.Attention, got.Refunds[0].NextQueryAt)
	}
	f.tell(t, f.told(ours, models.SourceQuery, models.RefundSucceeded), models.VerdictApplied)
	got = f.Get(t, o)
	if status, known, elsewhere := got.Elsewhere(got.Payment()); got.Status != models.OrderPartiallyRefunded || elsewhere {
		t.Errorf("%s; Elsewhere = %s, %s, %v", got.Status, status, known, elsewhere)
	}
	if facts := f.facts(t); facts != "paid partially_refunded partially_refunded" {
		t.Errorf("told %q", facts)
	}
}

// restocked: the pieces go back once, when all is refunded, and only if somebody asked for it; a chargeback afterwards doesn't take them again.
func restocked(t *testing.T, f *Fixture) {
	o := f.paid(t, "x")
	n := f.wish(o, 5000, "part")
	n.Restock = true
	f.tell(t, f.told(f.wished(t, n), models.SourceQuery, models.RefundSucceeded), models.VerdictApplied)
	if f.Stock(t) != 4 {
		t.Errorf("after a part: %d on the shelf", f.Stock(t))
	}
	n = f.wish(o, 0, "rest")
	n.Restock = true
	f.tell(t, f.told(f.wished(t, n), models.SourceQuery, models.RefundSucceeded), models.VerdictApplied)
	if f.Stock(t) != 5 {
		t.Errorf("after all: %d on the shelf", f.Stock(t))
	}
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusChargeback), models.VerdictApplied)
	if f.Stock(t) != 5 {
		t.Errorf("after a chargeback: %d on the shelf", f.Stock(t))
	}
}

// refundRush: many at once never refund more than was paid, and the same intent at once is one refund.
func refundRush(t *testing.T, f *Fixture) {
	o := f.paid(t, "x")
	var mu sync.Mutex
	var wg sync.WaitGroup
	made, ids := int64(0), map[int64]bool{}
	for i := range 24 {
		wg.Go(func() {
			n := f.wish(o, 5000, fmt.Sprintf("intent %d", i/2)) // each twice
			n.Again = true
			r, created, err := f.Store.CreateRefund(f.ctx, n)
			var invalid *models.InvalidError
			if err != nil && !errors.Is(err, models.ErrNotRefundable) && !errors.As(err, &invalid) {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if created {
				made += r.Money.Amount
				ids[r.ID] = true
			}
		})
	}
	wg.Wait()
	if got := f.Get(t, o); made != 15000 || len(ids) != 3 || len(got.Refunds) != 3 {
		t.Errorf("%d hundredths in %d refunds (%d stored) of 16800", made, len(ids), len(got.Refunds))
	}
}

// refundsDue: each due refund is asked about by one process, and again later until it ends.
func refundsDue(t *testing.T, f *Fixture) {
	o := f.paid(t, "x")
	r := f.wished(t, f.wish(o, 5000, "r"))
	next := func(models.Refund) time.Time { return f.Clock.T.Add(time.Minute) }
	if due, err := f.Store.ClaimRefunds(f.ctx, 10, next); err != nil || len(due) != 0 {
		t.Errorf("before its time: %v, %v", due, err)
	}
	f.Clock.T = f.Clock.T.Add(20 * time.Second)
	var mu sync.Mutex
	var wg sync.WaitGroup
	claimed := 0
	for range 8 {
		wg.Go(func() {
			due, err := f.Store.ClaimRefunds(f.ctx, 10, next)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			claimed += len(due)
		})
	}
	wg.Wait()
	if claimed != 1 {
		t.Errorf("claimed %d times", claimed)
	}
	if err := f.Store.RecordRefundRefusal(f.ctx, models.RefundRefusal{MerchantTransactionID: r.MerchantTransactionID, Kind: models.EventRefused, ReturnCode: "INSUFFICIENT_BALANCE"}); err != nil {
		t.Fatal(err)
	}
	got, err := f.Store.Refund(f.ctx, r.MerchantTransactionID)
	if err != nil || !got.Refused || got.ReturnCode != "INSUFFICIENT_BALANCE" || got.Status != models.RefundCreated || !got.NextQueryAt.Equal(f.Clock.T.Add(time.Minute)) {
		t.Errorf("an unsigned refusal: %+v, %v", got, err)
	}
	f.tell(t, f.told(r, models.SourceQuery, models.RefundSucceeded), models.VerdictApplied)
	if got, err = f.Store.Refund(f.ctx, r.MerchantTransactionID); err != nil || !got.NextQueryAt.IsZero() || got.Refused || got.ReturnCode != "" {
		t.Errorf("ended: %+v, %v", got, err)
	}
	for range 2 {
		if err := f.Store.FlagRefund(f.ctx, got, "look"); err != nil {
			t.Fatal(err)
		}
	}
	if o = f.Get(t, o); o.Attention != "look" {
		t.Errorf("attention %q", o.Attention)
	}
}
