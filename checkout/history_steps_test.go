package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

var waits = []time.Duration{
	time.Second, 3 * time.Second, 6 * time.Second, 6 * time.Second, time.Minute, time.Minute, 11 * time.Minute, 31 * time.Minute, 31 * time.Minute, 2 * time.Hour, 5 * time.Hour, 25 * time.Hour,
}

// longest keeps a history's payments young enough to be asked about every day until its end.
const longest = 6 * 24 * time.Hour

// play does one step of the history and checks the world.
func (w *world) play(s step) {
	w.steps++
	w.t.Logf("%s  %v", w.clock.Now().Format("02 15:04:05"), s)
	p := w.a
	if s.second {
		p = w.other()
	}
	meanwhile := len(s.request)+len(s.answer) > 0 || s.crash == dieSending || s.crash == dieAccepted
	if s.do == doReconcile && meanwhile && w.due() != 1 {
		// Several questions at once come in any order: what happens meanwhile would differ from run to run.
		s.request, s.answer, s.crash = nil, nil, unharmed
	}
	w.turn = turn{fates: s.wire, calls: map[string]int{}, request: s.request, answer: s.answer, plain: len(s.request)+len(s.answer) == 0}
	w.turnOf = p.line
	if s.crash == dieSending || s.crash == dieAccepted {
		w.turn.crash, w.turn.crashAt = s.crash, 1+s.n%2
	}
	w.mark()
	w.dying = s.crash
	w.act(p, s, false)
	w.turn, w.dying = turn{}, unharmed
	if s.crash == dieTorn && !w.crashed {
		w.die(dieTorn, 1+s.n)
	}
	if w.crashed {
		w.rise()
	}
	w.look()
	w.check()
	w.remember()
	w.mark()
	w.report()
}

// due is how many payments the gateway is to be asked about now.
func (w *world) due() int {
	n := 0
	for _, p := range w.payments {
		if p.next > 0 && p.next <= w.clock.Now().UnixMilli() {
			n++
		}
	}
	return n
}

// act does what a step says at a process. nested is for what happens while another process waits for the gateway.
func (w *world) act(p *process, s step, nested bool) {
	ctx := context.Background()
	w.seen[string(s.do)]++
	switch s.do {
	case doBuy:
		w.intents = append(w.intents, &intent{mark: fmt.Sprintf("i%d", len(w.intents)), items: s.i})
		w.start(p, w.intents[len(w.intents)-1], s)
	case doAgain:
		if len(w.intents) > 0 {
			w.start(p, w.intents[len(w.intents)-1-s.i%len(w.intents)], s)
		}
	case doRetry:
		if o := w.pickOrder(s.i); o != nil {
			got, err := p.RetryPayment(ctx, o.token, append(models.Processors, "")[s.n%5], device(s.n))
			w.sentOn(p, o, got, err)
		}
	case doOpen:
		if o := w.pickOrder(s.i); o != nil {
			got, _, err := p.PaymentURL(ctx, o.token, device(s.n))
			w.sentOn(p, o, got, err)
		}
	case doConfirm:
		if o := w.pickOrder(s.i); o != nil {
			if got, err := p.Confirm(ctx, o.token); err != nil || got.ID != o.id {
				w.fault("Confirm: order %d, %v", got.ID, err)
			}
		}
	case doCheckNow:
		if o := w.pickOrder(s.i); o != nil {
			if got, err := p.CheckNow(ctx, o.id); got.ID != o.id || (err != nil && !errors.Is(err, models.ErrPending)) {
				w.fault("CheckNow: order %d, %v", got.ID, err)
			}
		}
	case doReconcile:
		w.reconcile(p, nested)
	case doWait:
		d := waits[s.n%len(waits)]
		if w.clock.Now().Add(d).Sub(begin) < longest {
			w.clock.Add(d)
		}
	case doPay:
		w.payOne(s)
	case doGateway:
		w.move(s)
	case doDeliver:
		if len(w.bag) > 0 {
			w.deliver(p, w.pickLetter(s))
		}
	case doForge:
		w.forge(p, s)
	case doBack:
		w.back(p, s)
	case doRestart:
		if !nested { // a process that waits for the gateway dies by its step's own crash
			w.restart(s.n%3 > 0)
		}
	case doOutage:
		w.away = !w.away
		w.note("the gateway is away: %v", w.away)
	}
	if nested && !w.crashed {
		w.look()
		w.remember()
		w.mark()
	}
}

func device(n int) models.Terminal {
	if n/5%2 == 1 {
		return phone
	}
	return desktop
}

func (w *world) pickOrder(i int) *orderState {
	if len(w.orders) == 0 {
		return nil
	}
	return w.orders[len(w.orders)-1-i%len(w.orders)] // the newest at i = 0
}

var carts = [][]models.CartItem{
	{{SKU: "cup", Quantity: 1}}, {{SKU: "pot", Quantity: 1}}, {{SKU: "cup", Quantity: 2}, {SKU: "tea-100", Quantity: 1}}, {{SKU: "tea-50", Quantity: 3}},
}

// start sends a checkout form.
func (w *world) start(p *process, in *intent, s step) {
	req := request(in.mark)
	req.Items = carts[in.items%len(carts)]
	req.Processor, req.Terminal = models.Processors[s.n%4], device(s.n)
	if s.do == doBuy {
		req.Processor = models.AlipayHK
	}
	enough := true
	for _, it := range req.Items {
		if n, counted := w.stock[it.SKU]; counted && n < it.Quantity {
			enough = false
		}
	}
	o, err := p.StartPayment(context.Background(), req)
	if w.lost(p) {
		return
	}
	w.note("%s: order %d %s, %v", s.do, o.ID, o.Status, err)
	if errors.Is(err, models.ErrSoldOut) {
		// With a second process the shelf may be shown as it was a second ago (models, shelfAge).
		if enough && w.alone() && w.b == nil && in.token == "" {
			w.fault("%s is said to be sold out, there are %v", req.Items[0].SKU, w.stock)
		}
		return
	}
	if o.Token == "" {
		w.fault("%s: no order, %v", s.do, err)
		return
	}
	if in.token != "" && in.token != o.Token {
		w.fault("one intention, two orders")
	}
	in.token = o.Token
	w.answered(o, err)
}

// sentOn checks what a buyer is told who wants to go on with an order.
func (w *world) sentOn(p *process, o *orderState, got models.Order, err error) {
	if w.lost(p) {
		return
	}
	w.note("order %d: %s, %v", got.ID, got.Status, err)
	if got.ID != o.id || got.Token != o.token {
		w.fault("order %d asked for, %d answered", o.id, got.ID)
		return
	}
	if !errors.Is(err, models.ErrSoldOut) {
		w.answered(got, err)
	}
}

// lost tells whether the process has died meanwhile, so that nobody heard its answer.
func (w *world) lost(p *process) bool {
	return p.line.dead.Load() || (w.dying == dieTorn && p.line == w.turnOf)
}

// alone tells whether nothing else happens during the step: two buyers of one order who choose two wallets at once may both
// end without a page, and choose again.
func (w *world) alone() bool { return len(w.turn.request)+len(w.turn.answer) == 0 }

// answered checks what somebody was told who wanted to pay, and notes that the order now is known outside.
func (w *world) answered(o models.Order, err error) {
	w.tokens[o.Token] = true
	w.look()
	var declined *models.DeclinedError
	pay := w.payments[o.Payment().MerchantTransactionID]
	switch {
	case pay == nil:
		w.fault("the order's payment isn't in the database")
	case err == nil && w.alone() && o.Status == models.OrderPending && o.Payment().WebURL == "" && o.Payment().WapURL == "" && o.Payment().Page == "":
		w.fault("order %d is pending and has nowhere to pay", o.ID)
	case err == nil && w.alone() && o.Status == models.OrderOpen:
		w.fault("order %d is open though all went well", o.ID)
	case err == nil, errors.As(err, &declined):
	case !errors.Is(err, models.ErrPending):
		w.fault("order %d: %v", o.ID, err)
	}
	if err != nil && pay != nil && isOpen(pay.status) && (pay.next == 0 || pay.next > w.clock.Now().Add(5*time.Second).UnixMilli()) {
		w.fault("the outcome isn't known (%v) and the gateway is asked only in %v", err, time.UnixMilli(pay.next).Sub(w.clock.Now()))
	}
}

// reconcile runs the background loop once. What it ends must not have been paid at the gateway.
func (w *world) reconcile(p *process, nested bool) {
	status := map[int64]string{}
	for _, o := range w.orders {
		status[o.id] = o.status
	}
	p.Reconcile(context.Background())
	if nested || w.lost(p) || !w.turn.plain {
		return
	}
	w.look()
	for _, o := range w.orders {
		if g := w.truths[o.newest().mtx]; o.status == "expired" && status[o.id] != "expired" && g != nil && (g.now() == "PS" || g.now() == "PP") {
			w.fault("order %d was %s and is expired; at the gateway its payment is %s", o.id, status[o.id], g.now())
		}
	}
}

// payOne is the buyer's button at the gateway, on any payment that is open there.
func (w *world) payOne(s step) {
	w.observe()
	var open []string
	for _, id := range w.order {
		if g := w.truths[id]; g != nil && isOpen(g.now()) {
			open = append(open, id)
		}
	}
	if len(open) > 0 {
		w.moveTo(open[len(open)-1-s.i%len(open)], "PS")
	}
}

// move is anything that the gateway may make of a payment, or telling once more how it stands.
func (w *world) move(s step) {
	w.observe()
	var known []string
	for _, id := range w.order {
		if w.truths[id] != nil {
			known = append(known, id)
		}
	}
	if len(known) == 0 {
		return
	}
	id := known[len(known)-1-s.i%len(known)]
	g := w.truths[id]
	var to []string
	switch g.now() {
	case "WP":
		to = []string{"PS", "PC", "PF", "PP", "WP"}
	case "PP":
		to = []string{"PS", "PF", "PC", "PP"}
	case "PC", "PF":
		to = []string{"PS", "PS", g.now()}
	case "PS":
		to = []string{"RP", "RP", "CB", "PS"}
	case "RP":
		failed := "PS"
		if g.partly {
			failed = "PR"
		}
		to = []string{"RS", "PR", failed, "CB", "RP"}
	case "PR":
		to = []string{"RP", "RP", "CB", "PR"}
	case "RS":
		to = []string{"CB", "RS"}
	default:
		to = []string{g.now()}
	}
	w.moveTo(id, to[s.n%len(to)])
}

// moveTo moves a payment at the gateway and keeps the notification.
func (w *world) moveTo(id, to string) {
	w.note("the gateway: %s %s → %s", w.name(id), w.truths[id].now(), to)
	w.must(w.sim.SetStatus(id, lianlian.PaymentStatus(to)))
	select {
	case l := <-w.mail:
		l.id, l.status = id, to
		w.bag = append(w.bag, l)
	case <-time.After(time.Minute):
		w.t.Fatal("the gateway didn't notify")
	}
	w.observe()
}

// pickLetter prefers what wasn't acknowledged yet.
func (w *world) pickLetter(s step) *letter {
	var fresh []*letter
	for _, l := range w.bag {
		if l.acked == 0 {
			fresh = append(fresh, l)
		}
	}
	if len(fresh) > 0 && s.n%4 > 0 {
		if s.n%4 > 1 {
			return fresh[0]
		}
		return fresh[s.i%len(fresh)]
	}
	return w.bag[s.i%len(w.bag)]
}

// answerHook is a ResponseWriter that tells when the first byte leaves.
type answerHook struct {
	*httptest.ResponseRecorder
	leaves func()
}

func (a *answerHook) Write(b []byte) (int, error) {
	a.leaves()
	return a.ResponseRecorder.Write(b)
}

func (a *answerHook) WriteHeader(status int) {
	a.leaves()
	a.ResponseRecorder.WriteHeader(status)
}

// post gives a process a notification. acked is whether its sender saw it acknowledged.
func (w *world) post(p *process, signature string, body []byte) (status int, acked bool) {
	r := httptest.NewRequest(http.MethodPost, "/lianlian/notify", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Signature", signature)
	rec := &answerHook{httptest.NewRecorder(), func() {
		if w.dying == dieAnswering && p.line == w.turnOf && !w.crashed {
			w.die(dieAnswering, 0)
		}
	}}
	p.Handler().ServeHTTP(rec, r)
	acked = rec.Code == http.StatusOK && rec.Body.String() == `{"code":"200","msg":"success"}`
	return rec.Code, acked && !(w.dying == dieTorn && p.line == w.turnOf)
}

// deliver brings a genuine notification and says in advance what must come of it.
func (w *world) deliver(p *process, l *letter) {
	w.look()
	from := "?"
	if pay := w.payments[l.id]; pay != nil {
		from = pay.status
	}
	status, acked := w.post(p, l.signature, l.body)
	w.note("notified: %s %s → %s: %d", w.name(l.id), from, l.status, status)
	if status != http.StatusOK {
		w.fault("a genuine notification of %s, %s, is answered %d", w.name(l.id), l.status, status)
		return
	}
	if !acked {
		return
	}
	l.acked++
	want := from
	// Where a refund ends or another begins, the same word may be an older one: it is asked back.
	askedBack := (from == "RP" && (l.status == "PS" || l.status == "PR")) || (from == "PR" && l.status == "RP")
	if road(from, l.status) && !askedBack {
		want = l.status
	}
	if w.crashed {
		w.rise()
	}
	w.look()
	pay := w.payments[l.id]
	o := w.orderOf(pay)
	if pay.status != want {
		w.fault("%s was %s, was notified of %s and is %s; want %s", w.name(l.id), from, l.status, pay.status, want)
	}
	if !road(from, l.status) && level(l.status) > level(from) && o.attention == "" {
		w.fault("%s was %s, was notified of %s, and nobody is told", w.name(l.id), from, l.status)
	}
	if l.status == "PS" {
		w.mustPaid[o.token] = true
	}
	if ended(l.status) {
		w.ended[l.id] = true
	}
	if askedBack && (pay.next == 0 || pay.next > w.clock.Now().Add(5*time.Second).UnixMilli()) {
		w.fault("%s: what %s says of a refund isn't asked back", w.name(l.id), l.status)
	}
}

// forge brings a notification that must not change anything: of the wrong key, or signed by the gateway but about something
// that the order isn't.
func (w *world) forge(p *process, s step) {
	if len(w.payments) == 0 {
		return
	}
	w.look()
	o := w.pickOrder(s.i)
	pay := o.newest()
	n := lianlian.Notification{
		MerchantID: merchantID, LLTransactionID: pay.ll, MerchantTransactionID: pay.mtx, TransactionCurrency: pay.currency,
		TransactionAmount: lianlian.Amount(pay.amount), TransactionStatus: lianlian.StatusSuccess, PaymentTime: w.clock.Now(),
	}
	if n.LLTransactionID == "" {
		n.LLTransactionID = "20261123160000000000000000000009"
	}
	if money(pay.status) {
		n.TransactionStatus = lianlian.StatusRefundPending
	}
	key, want := histKeys()[0], http.StatusConflict
	kinds := []func(){
		func() { key, want = histKeys()[1], http.StatusUnauthorized },
		func() { n.TransactionAmount /= 100 },
		func() { n.TransactionAmount++ },
		func() { n.TransactionCurrency = "JPY" },
		func() { n.MerchantID = "ANOTHER" + merchantID },
		func() { n.MerchantTransactionID, want = "X"+n.MerchantTransactionID[1:], http.StatusNotFound },
		func() { n.LLTransactionID = "20261123160000000000000000000007" },
	}
	if pay.ll == "" { // until the gateway has given an id, any that it signs is the payment's
		kinds = kinds[:6]
	}
	kinds[s.n%len(kinds)]()
	if n.MerchantTransactionID == pay.mtx && want == http.StatusNotFound {
		return
	}
	signature, body, err := lianlian.SignNotification(lianlian.NewSigner(key), n)
	w.must(err)
	status, _ := w.post(p, signature, body)
	w.note("forged %d of %s: %d", s.n%len(kinds), w.name(pay.mtx), status)
	if status != want {
		w.fault("a forged notification is answered %d, want %d", status, want)
	}
	if w.lost(p) {
		return
	}
	before := pay.status
	w.look()
	if now := w.payments[pay.mtx]; now.status != before {
		w.fault("%s was %s and is %s by a forged notification", w.name(pay.mtx), before, now.status)
	}
	if want == http.StatusConflict && w.orderOf(pay).attention == "" {
		w.fault("%s: a notification that doesn't fit, and nobody is told", w.name(pay.mtx))
	}
}

// back is the buyer's browser, with what the gateway may have signed, or with what it never would.
func (w *world) back(p *process, s step) {
	if len(w.payments) == 0 {
		return
	}
	w.look()
	o := w.pickOrder(s.i)
	pay := o.newest()
	n := lianlian.Notification{
		MerchantID: merchantID, LLTransactionID: pay.ll, MerchantTransactionID: pay.mtx, TransactionCurrency: pay.currency,
		TransactionAmount: lianlian.Amount(pay.amount), TransactionStatus: lianlian.StatusSuccess, PaymentTime: w.clock.Now(),
	}
	key, hint := histKeys()[0], true
	if held, ok := w.sim.Payment(pay.mtx); ok {
		n.LLTransactionID = held.LLTransactionID
	} else { // nothing of it can bear the gateway's signature
		n.LLTransactionID, s.n = "20261123160000000000000000000009", 0
	}
	switch s.n % 4 {
	case 0:
		key, hint = histKeys()[1], false
	case 1:
		n.TransactionAmount, hint = 1, false
	}
	values, err := lianlian.SignReturn(lianlian.NewSigner(key), n, w.clock.Now(), nil)
	w.must(err)
	rec := httptest.NewRecorder()
	p.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/lianlian/return/"+url.PathEscape(o.token)+"?"+values.Encode(), nil))
	w.note("return %d of %s: %d", s.n%4, w.name(pay.mtx), rec.Code)
	if rec.Code != http.StatusSeeOther {
		w.fault("the buyer comes back and gets %d", rec.Code)
	}
	if w.lost(p) {
		return
	}
	before := pay.status
	w.look()
	now := w.payments[pay.mtx]
	if now.status != before {
		w.fault("%s was %s and is %s by a return", w.name(pay.mtx), before, now.status)
	}
	if hint && !money(now.status) && (now.next == 0 || now.next > w.clock.Now().Add(5*time.Second).UnixMilli()) {
		w.fault("%s: the buyer came back and the gateway isn't asked", w.name(pay.mtx))
	}
}

// restart stops the shop, politely or by its death at rest.
func (w *world) restart(dies bool) {
	if dies {
		w.die(dieAtRest, 0)
		return // play goes on with the copy
	}
	w.end()
	w.begin()
}
