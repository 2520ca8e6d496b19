package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lianlian-checkout/checkout"
	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

// Random histories of refunds: operators, the gateway, the network and the death of the program in any order, held after every step
// against what must be true of money whatever happens. Each history is of one order in a shop that they share.
//
// Seen to fail with a lost request not sent again, and with a part told twice, by the payment's word and by the refund's. With an unsigned
// refusal believed beside PR TestRefundNeedsThePerson fails; with the sum, the intent or the amount not looked at, or an answer about the
// payment ending a refund, storetest does.

func TestRefundHistories(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	refundHistories(t, "")
}

func TestRefundHistoriesPostgres(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	refundHistories(t, storetest.Postgres(t)(t))
}

func refundHistories(t *testing.T, dsn string) {
	t.Helper()
	file := storetest.Migrated(t)
	h := New(t, refunding, func(s *setup) {
		s.Checkout.Database = file
		if dsn != "" {
			s.Checkout.Database = dsn
		}
		s.Gateway.NotifyAttempts = 1
		for i := range s.Checkout.Products {
			for j := range s.Checkout.Products[i].Variants {
				s.Checkout.Products[i].Variants[j].Stock = nil // one shop has many histories
			}
		}
	})
	books, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: h.o.Database, Now: h.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { books.Close() })
	w := &refundWorld{harness: h, books: books, second: h.another()}
	h.front.watch(w.note)
	h.gateway.watch(w.fate)
	const share = 3 // each so many of rapid's histories is played, to spare the time of all tests
	drawn, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(drawRefundStep), 0, 14).Draw(rt, "history")
		if drawn++; drawn%share != 0 && !failed {
			return
		}
		defer func() { failed = failed || rt.Failed() }()
		w.begin(rt)
		for _, s := range steps {
			w.play(s)
			w.check(s.String())
		}
		w.drain()
	})
}

type refundStep struct {
	do      string
	amount  int64
	i       int
	lose    string // "", "request" or "answer" of a refund's request
	scatter bool   // notifications are lost, and sent twice
}

func (s refundStep) String() string {
	return fmt.Sprintf("%s(%d,%d) lose=%q scatter=%v", s.do, s.amount, s.i, s.lose, s.scatter)
}
func (s refundStep) GoString() string { return s.String() }

func drawRefundStep(t *rapid.T) refundStep {
	return refundStep{
		do:     rapid.SampledFrom([]string{"refund", "refund", "two", "same", "die", "die sent", "settle", "settle", "fail", "elsewhere", "reconcile", "reconcile", "wait", "again", "forge", "refuse"}).Draw(t, "do"),
		amount: rapid.SampledFrom([]int64{0, 1, 5000, 8400, 11800, 16800}).Draw(t, "amount"), i: rapid.IntRange(0, 9).Draw(t, "i"),
		lose: rapid.SampledFrom([]string{"", "", "request", "answer"}).Draw(t, "lose"), scatter: rapid.Bool().Draw(t, "scatter"),
	}
}

// refundWorld is one order with what is remembered beside the gateway's books.
type refundWorld struct {
	*harness
	rt     *rapid.T
	books  *models.Store
	second *checkout.Checkout
	bought models.Order

	mu      sync.Mutex
	drop    bool // the next refund's request
	letters []letterSeen
}

type letterSeen struct {
	signature string
	body      []byte
}

func (w *refundWorld) begin(rt *rapid.T) {
	w.rt = rt
	w.sim.SetScenario(simulator.Scenario{})
	w.mu.Lock()
	w.letters, w.drop = nil, false
	w.mu.Unlock()
	w.gateway.shut.Store(false)
	w.bought = w.paidOrder()
}

// note keeps every notification that came.
func (w *refundWorld) note(r *http.Request, body []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.letters = append(w.letters, letterSeen{r.Header.Get("signature"), body})
}

// fate loses the request for a refund when the step says so.
func (w *refundWorld) fate(r *http.Request, _ []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gateway.shut.Store(w.drop && strings.HasSuffix(r.URL.Path, "/refunds"))
}

func (w *refundWorld) wish(amount int64, intent string) handlers.RefundRequest {
	return handlers.RefundRequest{OrderID: w.bought.ID, Amount: amount, Reason: "broken", Intent: intent, Again: true}
}

// fine are the answers to a wish that a history may bring about.
func (w *refundWorld) fine(err error) {
	var declined *models.DeclinedError
	var invalid *models.InvalidError
	if err != nil && !errors.Is(err, models.ErrConflict) && !errors.Is(err, models.ErrPending) && !errors.As(err, &declined) && !errors.As(err, &invalid) {
		w.rt.Fatalf("a refund: %v", err)
	}
}

func (w *refundWorld) play(s refundStep) {
	ctx := context.WithoutCancel(w.t.Context())
	sc := simulator.Scenario{RefundStays: true, DropRefundAnswer: s.lose == "answer", LoseNotification: s.scatter && s.i%2 == 0}
	if s.scatter {
		sc.DuplicateNotifications = 1
	}
	if s.do == "refuse" {
		sc.RefundReturnCode = lianlian.CodeInsufficientBalance
	}
	w.sim.SetScenario(sc)
	w.mu.Lock()
	w.drop = s.lose == "request"
	w.mu.Unlock()
	defer func() {
		w.mu.Lock()
		w.drop = false
		w.mu.Unlock()
	}()
	switch s.do {
	case "refund", "refuse":
		_, err := w.Refund(ctx, w.wish(s.amount, models.NewToken(22)))
		w.fine(err)
	case "two", "same": // two operators at once, in two processes; or the same form twice
		intents := [2]string{models.NewToken(22), models.NewToken(22)}
		if s.do == "same" {
			intents[1] = intents[0]
		}
		var wg sync.WaitGroup
		var errs [2]error
		for i, c := range []*checkout.Checkout{w.Checkout, w.second} {
			wg.Go(func() { _, errs[i] = c.Refund(ctx, w.wish(s.amount, intents[i])) })
		}
		wg.Wait()
		w.fine(errs[0])
		w.fine(errs[1])
	case "die", "die sent": // the program dies after the commit, or after the request was sent
		o := w.get(w.bought)
		r, created, err := w.books.CreateRefund(ctx, models.NewRefund{OrderID: o.ID, PaymentID: o.Payment().ID, Amount: s.amount, Again: true, QueryAt: w.clock.Now().Add(15 * time.Second)})
		w.fine(err)
		if created && s.do == "die sent" {
			_, _ = w.o.Client.Refund(ctx, lianlian.RefundRequest{MerchantTransactionID: r.MerchantTransactionID, OriginalTransactionID: r.OriginalTransactionID,
				RefundTime: r.CreatedAt, Amount: lianlian.Amount(r.Money.Amount), Currency: "HKD"})
		}
	case "settle", "fail":
		if list := w.pendingThere(); len(list) > 0 {
			_ = w.sim.SettleRefund(list[s.i%len(list)], s.do == "settle")
		}
	case "elsewhere":
		_ = w.sim.RefundElsewhere(id(w.bought), lianlian.Amount(s.amount))
	case "reconcile":
		w.clock.Add(30 * time.Second)
		w.Reconcile(ctx)
	case "wait":
		w.clock.Add(time.Duration(s.i) * 20 * time.Minute)
	case "again":
		w.mu.Lock()
		letters := append([]letterSeen(nil), w.letters...)
		w.mu.Unlock()
		if len(letters) > 0 {
			l := letters[s.i%len(letters)]
			_ = w.Notify(ctx, l.signature, l.body)
		}
	case "forge":
		if list := w.get(w.bought).Refunds; len(list) > 0 {
			r := list[s.i%len(list)]
			signature, body, err := lianlian.SignRefundNotification(lianlian.NewSigner(merchantKey()), lianlian.RefundState{MerchantTransactionID: r.MerchantTransactionID,
				Amount: lianlian.Amount(r.Money.Amount), Currency: "HKD", Status: lianlian.RefundSuccess})
			if err != nil {
				w.rt.Fatal(err)
			}
			if err := w.Notify(ctx, signature, body); !errors.Is(err, models.ErrSignature) {
				w.rt.Fatalf("a forged notification: %v", err)
			}
		}
	}
}

// pendingThere are the refunds of the order that the gateway is at work on.
func (w *refundWorld) pendingThere() (ids []string) {
	for _, r := range w.held(w.bought).Refunds {
		if r.Status == lianlian.RefundPending {
			ids = append(ids, r.MerchantTransactionID)
		}
	}
	return ids
}

// check is what must be true at any time.
func (w *refundWorld) check(step string) {
	o, held := w.get(w.bought), w.held(w.bought)
	fault := func(format string, args ...any) {
		w.rt.Fatalf("after %s: "+format+"\nhere %+v\nthere %+v", append(append([]any{step}, args...), o.Refunds, held.Refunds)...)
	}
	there := map[string]simulator.Refund{}
	for _, r := range held.Refunds {
		there[r.MerchantTransactionID] = r
	}
	var asked, back int64
	ours := map[string]bool{}
	for _, r := range o.Refunds {
		ours[r.MerchantTransactionID] = true
		if r.Status != models.RefundFailed {
			asked += r.Money.Amount
		}
		g, ok := there[r.MerchantTransactionID]
		if ok && int64(g.Amount) != r.Money.Amount {
			fault("refund %s is of %d here and %d there", r.MerchantTransactionID, r.Money.Amount, g.Amount)
		}
		switch r.Status {
		case models.RefundSucceeded:
			back += r.Money.Amount
			if g.Status != lianlian.RefundSuccess {
				fault("refund %s succeeded here and is %q there", r.MerchantTransactionID, g.Status)
			}
		case models.RefundFailed:
			if ok && g.Status != simulator.RefundFailed {
				fault("refund %s failed here and is %q there", r.MerchantTransactionID, g.Status)
			}
		case models.RefundPending:
			if !ok {
				fault("refund %s is pending here and nothing there", r.MerchantTransactionID)
			}
		case models.RefundCreated:
		}
	}
	if asked > o.Total.Amount {
		fault("%d hundredths are asked for, %d were paid", asked, o.Total.Amount)
	}
	for id, g := range there {
		if !g.Elsewhere && !ours[id] {
			fault("the gateway has refund %s, which was never stored here", id)
		}
	}
	p := o.Payment().Status
	if p == models.StatusRefunded != (o.Status == models.OrderRefunded) || back == o.Total.Amount && p != models.StatusRefunded {
		fault("order %s, payment %s, %d back", o.Status, p, back)
	}
	if strings.Contains(o.Attention, models.AttentionRefundedMore) {
		fault("attention %q", o.Attention)
	}
}

// drain lets everything end, and compares the books.
func (w *refundWorld) drain() {
	ctx := context.WithoutCancel(w.t.Context())
	w.sim.SetScenario(simulator.Scenario{LoseNotification: true})
	open := func() (list []models.Refund) {
		for _, r := range w.get(w.bought).Refunds {
			if r.Status.Open() {
				list = append(list, r)
			}
		}
		return list
	}
	for i := 0; i < 12 && (len(open()) > 0 || w.get(w.bought).Payment().Status == models.StatusRefundPending || i < 2); i++ {
		for _, id := range w.pendingThere() {
			_ = w.sim.SettleRefund(id, true)
		}
		w.clock.Add(26 * time.Hour / 12)
		w.Reconcile(ctx)
	}
	for _, r := range open() { // those that a person has to look at
		if !r.Refused {
			w.rt.Fatalf("refund %+v never ended", r)
		}
		if _, err := w.CloseRefund(ctx, w.bought.ID, r.ID); err != nil {
			w.rt.Fatalf("close %+v: %v", r, err)
		}
	}
	w.clock.Add(time.Minute)
	w.Reconcile(ctx)
	w.check("the end")
	o, held := w.get(w.bought), w.held(w.bought)
	succeeded, elsewhere := 0, false
	for _, r := range o.Refunds {
		if r.Status == models.RefundSucceeded {
			succeeded++
		}
	}
	for _, g := range held.Refunds {
		elsewhere = elsewhere || g.Elsewhere
		if r, err := w.books.Refund(ctx, g.MerchantTransactionID); !g.Elsewhere && (err != nil || (g.Status == lianlian.RefundSuccess) != (r.Status == models.RefundSucceeded)) {
			w.rt.Fatalf("refund %s is %q there and %q here, %v", g.MerchantTransactionID, g.Status, r.Status, err)
		}
	}
	facts, err := w.books.Outbox(ctx, 0, 1_000_000)
	if err != nil {
		w.rt.Fatal(err)
	}
	told := map[string]int{}
	for _, f := range facts {
		if f.OrderID == o.ID {
			told[f.Type]++
		}
	}
	if elsewhere { // whose steps may be unheard of
		return
	}
	if string(o.Payment().Status) != string(held.Status) {
		w.rt.Fatalf("payment %s here, %s there; refunds %+v", o.Payment().Status, held.Status, held.Refunds)
	}
	whole := 0
	if o.Status == models.OrderRefunded {
		whole = 1
	}
	parts := told[models.TellPartiallyRefunded] // none when the gateway's word that all is back came first
	if told[models.TellPaid] != 1 || told[models.TellRefunded] != whole || parts > succeeded-whole || whole == 0 && parts != succeeded {
		w.rt.Fatalf("%d refunds succeeded, order %s, told %v", succeeded, o.Status, told)
	}
}
