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

// hand is an operator's word that the order is paid.
func (f *Fixture) hand(o models.Order, reason string) models.Evidence {
	p := o.Payment()
	return models.Evidence{
		Source: models.SourceOperator, MerchantID: Merchant, MerchantTransactionID: p.MerchantTransactionID, Status: models.StatusPaid, Money: p.Money,
		Reason: reason, Raw: []byte(`{"gateway":"unreachable"}`), ReceivedAt: f.Clock.T,
	}
}

// toldOf are the types of the order's facts.
func (f *Fixture) toldOf(t *testing.T, o models.Order) (types []string) {
	t.Helper()
	facts, err := f.Store.Outbox(f.ctx, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, fact := range facts {
		if fact.OrderID == o.ID {
			types = append(types, fact.Type)
		}
	}
	return types
}

// last is the newest entry of the order's history.
func (f *Fixture) last(t *testing.T, o models.Order) models.Event {
	t.Helper()
	events, err := f.Store.History(f.ctx, o.ID)
	if err != nil || len(events) == 0 {
		t.Fatalf("History = %d entries, %v", len(events), err)
	}
	return events[len(events)-1]
}

// byHand: an operator's word settles the order and never the payment.
func byHand(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	by := *f
	by.ctx = models.ByOperator(f.ctx, "mei")
	f.Clock.T = f.Clock.T.Add(31 * time.Minute)
	if _, err := f.Store.Expire(f.ctx, o.ID); err != nil {
		t.Fatal(err)
	}
	before := f.Stock(t)
	out := by.Apply(t, f.hand(o, "the wallet's receipt was shown"), models.VerdictApplied)
	got := f.Get(t, o)
	if !out.NewlyPaid || got.Status != models.OrderPaid || !got.ByHand() || !got.PaidAt.Equal(f.Clock.T) || !got.ConfirmedAt.Equal(f.Clock.T) || got.Attention != "" {
		t.Errorf("confirmed by hand: newly paid %v, %s, paid at %v, confirmed at %v, attention %q", out.NewlyPaid, got.Status, got.PaidAt, got.ConfirmedAt, got.Attention)
	}
	if p := got.Payment(); p.Status != models.StatusWaitingPayment || !p.PaidAt.IsZero() || p.NextQueryAt.IsZero() {
		t.Errorf("an operator's word changed the payment: %s, paid at %v, asked again at %v", p.Status, p.PaidAt, p.NextQueryAt)
	}
	if f.Stock(t) != before-1 {
		t.Errorf("stock went from %d to %d, want one less: the order had expired", before, f.Stock(t))
	}
	if e := f.last(t, o); e.Source != models.SourceOperator || e.Actor != "mei" || e.Detail != "the wallet's receipt was shown" || e.From != "expired" || e.To != "paid" || e.Raw == "" {
		t.Errorf("on record is %+v", e)
	}
	first := f.Clock.T
	f.Clock.T = f.Clock.T.Add(time.Minute)
	f.Apply(t, f.hand(o, "again"), models.VerdictRepeated)
	if out := f.Apply(t, f.Say(o, models.SourceQuery, models.StatusPaid), models.VerdictApplied); out.NewlyPaid {
		t.Error("what the gateway says afterwards paid the order once more")
	}
	got = f.Get(t, o)
	if got.ByHand() || got.Payment().Status != models.StatusPaid || !got.PaidAt.Equal(first) || got.Attention != "" {
		t.Errorf("after the gateway agreed: %s, paid at %v, attention %q", got.Payment().Status, got.PaidAt, got.Attention)
	}
	if told := fmt.Sprint(f.toldOf(t, o)); told != "[order.expired order.paid]" {
		t.Errorf("told %s", told)
	}
	if f.Stock(t) != before-1 {
		t.Error("the pieces were sold twice")
	}
}

// handsOff: where the gateway has spoken against it, an operator's word changes nothing but the record.
func handsOff(t *testing.T, f *Fixture) {
	for name, prepare := range map[string]func(o models.Order){
		"failed": func(o models.Order) {
			f.Apply(t, f.Say(o, models.SourceQuery, models.StatusFailed), models.VerdictApplied)
		},
		"closed": func(o models.Order) {
			f.Apply(t, f.Say(o, models.SourceQuery, models.StatusCancelled), models.VerdictApplied)
		},
		"cancelled": func(o models.Order) { f.cancel(t, o) },
		"mismatch": func(o models.Order) {
			ev := f.Say(o, models.SourceNotification, models.StatusPaid)
			ev.Money.Amount = 100
			f.Apply(t, ev, models.VerdictMismatch)
		},
	} {
		o := f.Order(t, name)
		prepare(o)
		want := f.Get(t, o)
		out := f.Apply(t, f.hand(o, "please"), models.VerdictRefused)
		got := f.Get(t, o)
		if out.Reason == "" || out.NewlyPaid || got.Status != want.Status || got.Attention != want.Attention || !got.ConfirmedAt.IsZero() || !got.PaidAt.IsZero() {
			t.Errorf("%s: %q, %s, attention %q, confirmed at %v", name, out.Reason, got.Status, got.Attention, got.ConfirmedAt)
		}
		if e := f.last(t, o); e.Source != models.SourceOperator || e.Verdict != models.VerdictRefused || !strings.Contains(e.Detail, "please") {
			t.Errorf("%s: on record is %+v", name, e)
		}
	}
	o := f.Order(t, "amount")
	ev := f.hand(o, "another amount")
	ev.Money.Amount--
	f.Apply(t, ev, models.VerdictMismatch)
	if got := f.Get(t, o); got.Status != models.OrderPending || got.Attention != "" {
		t.Errorf("another amount by hand: %s, %q", got.Status, got.Attention)
	}
	// The gateway says otherwise afterwards: the order stays paid, and somebody has to look.
	f.Apply(t, f.hand(o, "shown at the counter"), models.VerdictRefused) // after the mismatch
	o = f.Order(t, "later")
	f.Apply(t, f.hand(o, "shown at the counter"), models.VerdictApplied)
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusFailed), models.VerdictApplied)
	got := f.Get(t, o)
	if got.Status != models.OrderPaid || !got.ByHand() || got.Payment().Status != models.StatusFailed || got.Attention != models.AttentionByHand {
		t.Errorf("the gateway says failed afterwards: %s, payment %s, attention %q", got.Status, got.Payment().Status, got.Attention)
	}
	if _, err := f.Store.CancelOrder(f.ctx, o.ID); !errors.Is(err, models.ErrConflict) {
		t.Errorf("cancelling what was confirmed by hand: %v, want ErrConflict", err)
	}
}

func (f *Fixture) cancel(t *testing.T, o models.Order) {
	t.Helper()
	if _, err := f.Store.CancelOrder(f.ctx, o.ID); err != nil {
		t.Fatal(err)
	}
}

// hands at once: one effect, each word on record.
func hands(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	var mu sync.Mutex
	var wg sync.WaitGroup
	verdicts := map[models.Verdict]int{}
	for i := range 8 {
		wg.Go(func() {
			out, err := f.Store.ApplyEvidence(models.ByOperator(f.ctx, fmt.Sprint("operator ", i)), f.hand(o, "seen"))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			verdicts[out.Verdict]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if verdicts[models.VerdictApplied] != 1 || verdicts[models.VerdictRepeated] != 7 {
		t.Errorf("verdicts = %v, want one applied and seven repeated", verdicts)
	}
	if told := fmt.Sprint(f.toldOf(t, o)); told != "[order.paid]" {
		t.Errorf("told %s", told)
	}
	if _, found := f.claim(t); !found {
		t.Error("no receipt is due")
	}
	if m, found := f.claim(t); found {
		t.Errorf("a second receipt is due: %+v", m)
	}
	events, err := f.Store.History(f.ctx, o.ID)
	if err != nil {
		t.Fatal(err)
	}
	who := map[string]bool{}
	for _, e := range events {
		if e.Source == models.SourceOperator {
			who[e.Actor] = true
		}
	}
	if len(who) != 8 {
		t.Errorf("%d operators are on record, want 8", len(who))
	}
}

// notes are appended, and receipts sent again, not too often.
func notes(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	ctx := models.ByOperator(f.ctx, "mei")
	for range 2 {
		if err := f.Store.AddNote(ctx, o.ID, "rang the buyer\x00 <b>"); err != nil {
			t.Fatal(err)
		}
	}
	if e := f.last(t, o); e.Kind != models.EventNoted || e.Actor != "mei" || e.Times != 2 || !strings.HasPrefix(e.Detail, "rang the buyer") {
		t.Errorf("the note is %+v", e)
	}
	if err := f.Store.AddNote(ctx, 999, "x"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a note to no order: %v", err)
	}
	if err := f.Store.QueueReceipt(ctx, o.ID); !errors.Is(err, models.ErrConflict) {
		t.Errorf("a receipt of an unpaid order: %v, want ErrConflict", err)
	}
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusPaid), models.VerdictApplied)
	f.claim(t) // the first receipt
	sent := 0
	for range 12 { // an hour
		if err := f.Store.QueueReceipt(ctx, o.ID); err == nil {
			sent++
		} else if !errors.Is(err, models.ErrConflict) {
			t.Fatal(err)
		}
		f.Clock.T = f.Clock.T.Add(5 * time.Minute)
	}
	if sent != 6 {
		t.Errorf("%d receipts in an hour, want 6", sent)
	}
	if e := f.last(t, o); e.Kind != models.EventMailed || e.Actor != "mei" {
		t.Errorf("on record is %+v", e)
	}
}

// attention is counted, listed, and settled as it was shown.
func attention(t *testing.T, f *Fixture) {
	count := func(want int) {
		t.Helper()
		if got, err := f.Store.AttentionCount(f.ctx); err != nil || got != want {
			t.Errorf("AttentionCount = %d, %v; want %d", got, err, want)
		}
	}
	count(0)
	o := f.Order(t, "x")
	wrong := f.Say(o, models.SourceNotification, models.StatusPaid)
	wrong.Money.Amount = 100
	f.Apply(t, wrong, models.VerdictMismatch)
	count(1)
	shown := f.Get(t, o).Attention
	unknown := f.Say(o, models.SourceNotification, "XX")
	f.Apply(t, unknown, models.VerdictRefused)
	ctx := models.ByOperator(f.ctx, "mei")
	if err := f.Store.SettleAttention(ctx, o.ID, shown, "looked"); !errors.Is(err, models.ErrConflict) {
		t.Errorf("settling what has grown since: %v, want ErrConflict", err)
	}
	both := f.Get(t, o)
	for _, kind := range []models.AttentionKind{models.AttentionMismatch, models.AttentionUnknown} {
		found := false
		for _, reason := range both.Reasons() {
			found = found || models.KindOfAttention(reason) == kind
		}
		if !found {
			t.Errorf("%q has no line of kind %s", both.Attention, kind)
		}
	}
	if err := f.Store.SettleAttention(ctx, o.ID, both.Attention, "looked"); err != nil {
		t.Fatal(err)
	}
	if err := f.Store.SettleAttention(ctx, o.ID, both.Attention, "looked"); !errors.Is(err, models.ErrConflict) {
		t.Errorf("settling twice: %v, want ErrConflict", err)
	}
	count(0)
	if e := f.last(t, o); e.Kind != models.EventSeen || e.Detail != "looked" || e.Raw != both.Attention || e.Actor != "mei" {
		t.Errorf("on record is %+v", e)
	}
	f.Apply(t, wrong, models.VerdictMismatch) // the gateway repeats it
	count(0)
	wrong.Money.Amount = 200
	f.Apply(t, wrong, models.VerdictMismatch)
	count(1)
	if told := fmt.Sprint(f.toldOf(t, o)); told != "[order.attention order.attention order.attention]" {
		t.Errorf("told %s: news after the settling must be told too", told)
	}
	list, err := f.Store.Attention(f.ctx)
	if err != nil || len(list.Orders) != 1 || list.Orders[0].ID != o.ID {
		t.Errorf("Attention = %+v, %v", list, err)
	}

	slow := f.Order(t, "slow")
	for _, s := range []models.Status{models.StatusPaid, models.StatusRefundPending} {
		f.Apply(t, f.Say(slow, models.SourceQuery, s), models.VerdictApplied)
	}
	count(1)
	f.Clock.T = f.Clock.T.Add(models.RefundSlow + time.Minute)
	count(2)
	if list, err = f.Store.Attention(f.ctx); err != nil || len(list.Refunds) != 1 {
		t.Errorf("refunds that stay pending = %+v, %v", list.Refunds, err)
	}
}

// lost: webhooks and e-mails that were given up.
func lost(t *testing.T, f *Fixture) {
	f.tells(t)
	o := f.Order(t, "x")
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusPaid), models.VerdictApplied)
	f.fan(t)
	d := f.try(t, models.Try{Status: 500, Error: "answered 500"}, time.Time{})
	m, _ := f.claim(t)
	if err := f.Store.MailDone(f.ctx, m.ID, false); err != nil {
		t.Fatal(err)
	}
	list, err := f.Store.Attention(f.ctx)
	if err != nil || len(list.Endpoints) != 1 || list.Endpoints[0].Dead != 1 || len(list.Lost) != 1 || list.Lost[0].ID != d.ID || len(list.Mails) != 1 || list.Mails[0].OrderNumber != o.Number {
		t.Fatalf("Attention = %+v, %v", list, err)
	}
	wants := func(want int) {
		t.Helper()
		if n, err := f.Store.AttentionCount(f.ctx); err != nil || n != want {
			t.Errorf("AttentionCount = %d, %v; want %d", n, err, want)
		}
	}
	wants(2)
	if err := f.Store.MailAgain(f.ctx, m.ID); err != nil {
		t.Fatal(err)
	}
	if again, found := f.claim(t); !found || again.ID != m.ID || again.Tries != 1 {
		t.Errorf("an e-mail to be sent again: %+v, %v", again, found)
	}
	wants(1)
	if err := f.Store.MailDone(f.ctx, m.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := f.Store.MailSeen(f.ctx, m.ID); err != nil {
		t.Fatal(err)
	}
	if err := f.Store.MailSeen(f.ctx, m.ID); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("seen twice: %v", err)
	}
	if err := f.Store.DeliveriesSeen(f.ctx, d.Endpoint.ID); err != nil {
		t.Fatal(err)
	}
	wants(0)
	if err := f.Store.SendAgain(f.ctx, d.ID); err != nil {
		t.Fatal(err)
	}
	f.try(t, models.Try{Status: 500, Error: "answered 500"}, time.Time{})
	wants(1) // given up once more
	if err := f.Store.EndpointGone(f.ctx, d.Endpoint.ID); err != nil {
		t.Fatal(err)
	}
	wants(1) // the endpoint and what it didn't get are one thing to look at
	f.set(t, models.Endpoint{URL: some, Kind: models.EndpointConfig})
	nobody, _, err := f.Store.CreateOrder(f.ctx, func() models.NewOrder { n := f.New(t, "y", 1); n.Customer.Email = ""; return n }())
	if err != nil {
		t.Fatal(err)
	}
	f.Apply(t, f.Say(nobody, models.SourceQuery, models.StatusPaid), models.VerdictApplied)
	m, _ = f.claim(t)
	if err := f.Store.MailDone(f.ctx, m.ID, false); err != nil {
		t.Fatal(err)
	}
	if list, err = f.Store.Attention(f.ctx); err != nil || len(list.Mails) != 0 {
		t.Errorf("a receipt that had no address needs attention: %+v, %v", list.Mails, err)
	}
}

// exchanges are kept within limits.
func exchanges(t *testing.T, f *Fixture) {
	o, other := f.Order(t, "x"), f.Order(t, "y")
	call := models.Exchange{OrderID: o.ID, PaymentID: o.Payment().ID, At: f.Clock.T, Took: 31 * time.Millisecond, Kind: models.ExchangeQuery, Method: "GET",
		URL: "https://gateway.example/v4", Sent: "timestamp: 1", Body: strings.Repeat("x", models.MaxExchangeText+9), Status: 200, Received: "date: now",
		Answer: "bad \xff\x00", TraceID: "t1", Error: "none"}
	if err := f.Store.SaveExchanges(f.ctx, []models.Exchange{call, {OrderID: other.ID, At: f.Clock.T, Kind: models.ExchangeCreate, Method: "POST"}}); err != nil {
		t.Fatal(err)
	}
	list, err := f.Store.Exchanges(f.ctx, o.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("Exchanges = %d, %v", len(list), err)
	}
	got := list[0]
	if len(got.Body) > models.MaxExchangeText+3 || got.Answer != "bad \uFFFD\uFFFD" || got.Took != call.Took || got.Status != 200 || got.TraceID != "t1" || !got.At.Equal(call.At) {
		t.Errorf("kept %d bytes, %+v", len(got.Body), got.Answer)
	}
	call.Body = ""
	for i := range models.MaxExchanges + 20 {
		call.Status = 1000 + i
		if err := f.Store.SaveExchanges(f.ctx, []models.Exchange{call}); err != nil {
			t.Fatal(err)
		}
	}
	if list, err = f.Store.Exchanges(f.ctx, o.ID); err != nil || len(list) != models.MaxExchanges || list[0].Status != 1000+models.MaxExchanges+19 {
		t.Errorf("%d calls are kept, the newest %d; want the newest %d", len(list), list[0].Status, models.MaxExchanges)
	}
	f.Clock.T = f.Clock.T.Add(models.KeepExchanges - time.Minute)
	call.At = f.Clock.T
	if err := f.Store.SaveExchanges(f.ctx, []models.Exchange{call}); err != nil {
		t.Fatal(err)
	}
	f.Clock.T = f.Clock.T.Add(2 * time.Minute)
	if _, err := f.Store.ForgetExchanges(f.ctx); err != nil {
		t.Fatal(err)
	}
	if list, err = f.Store.Exchanges(f.ctx, o.ID); err != nil || len(list) != 1 {
		t.Errorf("%d calls are left after their time, want the new one", len(list))
	}
	if list, err = f.Store.Exchanges(f.ctx, other.ID); err != nil || len(list) != 0 {
		t.Errorf("%d old calls of another order are left", len(list))
	}
}
