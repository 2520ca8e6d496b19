package checkout_test

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// The model: what must hold of the shop after every step of a history. It is written from the guide (5.1) and the house rules
// and uses none of the shop's own rules.

// roads is where the gateway may take a payment from each state (guide 5.1).
var roads = map[string]string{
	"IN": "WP PP PS PF PC", "WP": "PP PS PF PC", "PP": "PS PF PC", "PF": "PS", "PC": "PS",
	"PS": "RP CB", "RP": "RS PR PS CB", "PR": "RP CB", "RS": "CB", "CB": "",
}

func road(from, to string) bool { return slices.Contains(strings.Fields(roads[from]), to) }

// leads tells whether there is a way of any length.
func leads(from, to string) bool {
	reached := strings.Fields(roads[from])
	for i := 0; i < len(reached); i++ {
		for _, next := range strings.Fields(roads[reached[i]]) {
			if !slices.Contains(reached, next) {
				reached = append(reached, next)
			}
		}
	}
	return slices.Contains(reached, to)
}

// level is how far along a state is (guide 5.1): a message of a higher one is never merely late.
func level(status string) int {
	return slices.Index([]string{"IN", "WP", "PP", "PC", "PF", "PS", "RP", "PR", "RS", "CB"}, status)
}

func money(status string) bool {
	return slices.Contains([]string{"PS", "RP", "PR", "RS", "CB"}, status)
}
func ended(status string) bool  { return status == "PC" || status == "PF" }
func isOpen(status string) bool { return !money(status) && !ended(status) }

// orderState and its like are the database as a stranger reads it.
type orderState struct {
	id                                       int64
	token, number, intent, status, attention string
	lines                                    []lineState
	amount                                   int64
	currency                                 string
	held, expires, expired, paid             int64
	payments                                 []*paymentState
	told                                     []string // the outbox
}

type lineState struct {
	SKU          string
	Quantity     int64
	Price, Total struct {
		Amount   int64
		Currency string
	}
}

type paymentState struct {
	id, order       int64
	mtx, ll, status string
	amount          int64
	currency        string
	paid, next      int64
	attempt         int
	events          []eventState
}

type eventState struct {
	kind, source, verdict, from, to, raw string
	times                                int
}

// counts is the payment that the order's word is about: the one that received money, else the newest.
func (o *orderState) counts() *paymentState {
	for _, p := range o.payments {
		if money(p.status) {
			return p
		}
	}
	return o.payments[len(o.payments)-1]
}

func (o *orderState) newest() *paymentState { return o.payments[len(o.payments)-1] }

// truth is what the gateway has held of a payment.
type truth struct {
	states   []string // in order, each once in a row
	received bool     // at any time
	closed   bool     // at any time
	late     bool     // received after it was closed
	partly   bool     // a refund of a part went through
}

func (g *truth) now() string { return g.states[len(g.states)-1] }

// intent is one intention of a buyer.
type intent struct {
	mark  string
	items int
	token string // of the order, once somebody was told
}

// model is what the test remembers beside the gateway's own books.
type model struct {
	orders   []*orderState
	payments map[string]*paymentState
	order    []string // merchant_transaction_ids as they were first seen
	stock    map[string]int64
	truths   map[string]*truth
	intents  []*intent
	tokens   map[string]bool   // orders that somebody was told of
	paidAt   map[int64]int64   // orders that were seen paid
	last     map[string]string // state of each payment when the last step ended, or an answer left
	mustPaid map[string]bool   // orders' tokens that an acknowledged notification paid
	ended    map[string]bool   // payments that an acknowledged notification closed
	turnOf   *line
}

func newModel() model {
	return model{
		payments: map[string]*paymentState{}, stock: map[string]int64{}, truths: map[string]*truth{}, tokens: map[string]bool{},
		paidAt: map[int64]int64{}, last: map[string]string{}, mustPaid: map[string]bool{}, ended: map[string]bool{},
	}
}

// index numbers the payments as they were first seen. The caller holds mu, or nothing else runs.
func (w *world) index(id string) int {
	if i := slices.Index(w.order, id); i >= 0 {
		return i
	}
	w.order = append(w.order, id)
	return len(w.order) - 1
}

// look reads the database and the gateway's books.
func (w *world) look() {
	w.observe()
	w.orders, w.payments, w.stock = nil, map[string]*paymentState{}, map[string]int64{}
	byID, byPayment := map[int64]*orderState{}, map[int64]*paymentState{}
	w.rows(`SELECT id, token, number, coalesce(intent, ''), status, attention, lines, amount, currency, held, expires_at, expired_at, paid_at
		FROM orders ORDER BY id`, func(scan func(...any)) {
		o, lines := &orderState{}, ""
		scan(&o.id, &o.token, &o.number, &o.intent, &o.status, &o.attention, &lines, &o.amount, &o.currency, &o.held, &o.expires, &o.expired, &o.paid)
		w.must(json.Unmarshal([]byte(lines), &o.lines))
		w.orders = append(w.orders, o)
		byID[o.id] = o
	})
	w.rows(`SELECT id, order_id, merchant_transaction_id, ll_transaction_id, status, amount, currency, paid_at, next_query_at, attempt
		FROM payments ORDER BY order_id, attempt`, func(scan func(...any)) {
		p := &paymentState{}
		scan(&p.id, &p.order, &p.mtx, &p.ll, &p.status, &p.amount, &p.currency, &p.paid, &p.next, &p.attempt)
		byID[p.order].payments = append(byID[p.order].payments, p)
		w.payments[p.mtx], byPayment[p.id] = p, p
	})
	for _, o := range w.orders {
		for _, p := range o.payments {
			w.index(p.mtx)
		}
	}
	w.rows(`SELECT payment_id, kind, source, verdict, from_status, to_status, raw, times FROM events ORDER BY id`, func(scan func(...any)) {
		var payment int64
		e := eventState{}
		scan(&payment, &e.kind, &e.source, &e.verdict, &e.from, &e.to, &e.raw, &e.times)
		if p := byPayment[payment]; p != nil {
			p.events = append(p.events, e)
		}
	})
	w.rows(`SELECT order_id, type FROM outbox ORDER BY id`, func(scan func(...any)) {
		var order int64
		var typ string
		scan(&order, &typ)
		byID[order].told = append(byID[order].told, typ)
	})
	w.rows(`SELECT sku, stock FROM variants WHERE stock IS NOT NULL`, func(scan func(...any)) {
		var sku string
		var stock int64
		scan(&sku, &stock)
		w.stock[sku] = stock
	})
}

func (w *world) rows(query string, each func(scan func(...any))) {
	rows, err := w.db.Query(query) //nolint:noctx,sqlclosecheck // a look of a test's; closed below
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		each(func(to ...any) { w.must(rows.Scan(to...)) })
	}
	w.must(rows.Err())
}

// observe notes the states of the gateway's payments.
func (w *world) observe() {
	for _, p := range w.sim.Payments() {
		g := w.truths[p.MerchantTransactionID]
		if g == nil {
			g = &truth{}
			w.truths[p.MerchantTransactionID] = g
		}
		s := string(p.Status)
		if len(g.states) > 0 && g.now() == s {
			continue
		}
		g.states = append(g.states, s)
		g.late = g.late || (g.closed && s == "PS" && !g.received)
		g.received = g.received || money(s)
		g.closed = g.closed || ended(s)
		g.partly = g.partly || s == "PR"
		w.seen["gateway "+s]++
	}
}

func (w *world) name(id string) string { return "payment " + string(rune('A'+w.index(id)%26)) }

// orderOf finds the order of a payment.
func (w *world) orderOf(p *paymentState) *orderState {
	for _, o := range w.orders {
		if o.id == p.order {
			return o
		}
	}
	return nil
}

// check holds everything that must be true at any time against the world as it was last looked at.
func (w *world) check() {
	onShelf := map[string]int64{}
	for sku, n := range w.stock {
		onShelf[sku] = n
	}
	byIntent := map[string]int{}
	for _, o := range w.orders {
		w.checkOrder(o)
		mark, _, _ := strings.Cut(o.intent, ".")
		byIntent[mark]++
		for _, l := range o.lines {
			if _, counted := seed[l.SKU]; counted && o.held == 1 {
				onShelf[l.SKU] += l.Quantity
			}
		}
	}
	for sku, n := range seed {
		if onShelf[sku] != n {
			w.fault("%s: %d on the shelf and held, there were %d", sku, onShelf[sku], n)
		}
	}
	for mark, n := range byIntent {
		if n > 1 {
			w.fault("intention %s made %d orders", mark, n)
		}
	}
	for token := range w.tokens {
		if !slices.ContainsFunc(w.orders, func(o *orderState) bool { return o.token == token }) {
			w.fault("an order that somebody was told of is gone")
		}
	}
	for id, g := range w.truths {
		if w.payments[id] == nil {
			w.fault("the gateway holds a payment in %s that the shop knows nothing of", g.now())
		}
	}
	for _, l := range w.bag {
		w.checkLetter(l)
	}
}

func (w *world) checkOrder(o *orderState) {
	var sum int64
	for _, l := range o.lines {
		sum += l.Price.Amount * l.Quantity
		if l.Price.Amount*l.Quantity != l.Total.Amount || l.Price.Currency != o.currency {
			w.fault("order %d: %d × %d %s isn't %d", o.id, l.Quantity, l.Price.Amount, l.Price.Currency, l.Total.Amount)
		}
	}
	if sum != o.amount {
		w.fault("order %d: the lines' sum is %d, its total %d", o.id, sum, o.amount)
	}
	if len(o.payments) == 0 {
		w.fault("order %d has no payment", o.id)
		return
	}
	waiting, waitingThere, received, late, receivedHere := 0, 0, 0, 0, 0
	for i, p := range o.payments {
		w.checkPayment(o, p)
		g := w.truths[p.mtx]
		if isOpen(p.status) {
			waiting++
		}
		if money(p.status) {
			receivedHere++
		}
		if g != nil && isOpen(g.now()) {
			waitingThere++
		}
		if g != nil && g.received {
			received++
			if g.late {
				late++
			}
		}
		if i < len(o.payments)-1 && (g == nil || !g.closed) {
			w.fault("order %d: attempt %d was made though the gateway never closed attempt %d", o.id, i+2, i+1)
		}
	}
	if waiting > 1 || waitingThere > 1 {
		w.fault("order %d: %d payments wait here, %d at the gateway", o.id, waiting, waitingThere)
	}
	if received > 1 && late == 0 {
		w.fault("order %d: %d payments received money, none of them late", o.id, received)
	}
	if receivedHere > 1 && !strings.Contains(o.attention, "paid twice") {
		w.fault("order %d: %d payments received money, attention %q", o.id, receivedHere, o.attention)
	}
	w.checkWord(o, receivedHere > 0)
}

// checkWord compares what the order says with its payments, its pieces and its outbox.
func (w *world) checkWord(o *orderState, received bool) {
	p := o.counts()
	want := map[string]string{
		"IN": "open", "WP": "pending", "PP": "processing", "PF": "failed", "PC": "cancelled", "PS": "paid", "RP": "refund_pending", "PR": "partially_refunded",
		"RS": "refunded", "CB": "charged_back",
	}[p.status]
	if o.expired != 0 && (p.status == "IN" || p.status == "WP" || p.status == "PC") {
		want = "expired"
	}
	if o.status != want {
		w.fault("order %d is %s, its payment %s: want %s", o.id, o.status, p.status, want)
	}
	holds := received || (isOpen(p.status) && o.expired == 0)
	if (o.held == 1) != holds {
		w.fault("order %d is %s and holds its pieces: %v, want %v", o.id, o.status, o.held == 1, holds)
	}
	for _, l := range o.lines {
		if w.stock[l.SKU] < 0 && !slices.ContainsFunc(w.orders, func(o *orderState) bool { return strings.Contains(o.attention, "after its pieces were given back") }) {
			w.fault("%s: %d on the shelf and nobody is told", l.SKU, w.stock[l.SKU])
		}
	}
	if received != (o.paid != 0) {
		w.fault("order %d: money here %v, paid_at %d", o.id, received, o.paid)
	}
	if was := w.paidAt[o.id]; was != 0 && was != o.paid {
		w.fault("order %d was paid at %d, now at %d", o.id, was, o.paid)
	}
	if w.mustPaid[o.token] && o.paid == 0 {
		w.fault("order %d isn't paid; a notification that it is was acknowledged", o.id)
	}
	told := 0
	for _, typ := range o.told {
		if typ == "order.paid" {
			told++
		}
	}
	if (told == 1) != received || told > 1 {
		w.fault("order %d: money here %v, told %v", o.id, received, o.told)
	}
	if (o.attention != "") != slices.Contains(o.told, "order.attention") {
		w.fault("order %d: attention %q, told %v", o.id, o.attention, o.told)
	}
}

// checkPayment compares a payment with the gateway's books and with its own history.
func (w *world) checkPayment(o *orderState, p *paymentState) {
	if p.amount != o.amount || p.currency != o.currency {
		w.fault("%s: %d %s, the order's total is %d %s", w.name(p.mtx), p.amount, p.currency, o.amount, o.currency)
	}
	g := w.truths[p.mtx]
	if p.status != "IN" && (g == nil || !slices.Contains(g.states, p.status)) {
		w.fault("%s is %s here and never was at the gateway", w.name(p.mtx), p.status)
	}
	if held, ok := w.sim.Payment(p.mtx); ok {
		if int64(held.Amount) != p.amount || held.Currency != p.currency || (p.ll != "" && p.ll != held.LLTransactionID) {
			w.fault("%s: %d %s here, %d %s at the gateway, the same id: %v", w.name(p.mtx), p.amount, p.currency, held.Amount, held.Currency, p.ll == held.LLTransactionID)
		}
	}
	if (p.paid != 0) != money(p.status) {
		w.fault("%s is %s, paid at %d", w.name(p.mtx), p.status, p.paid)
	}
	if was := w.last[p.mtx]; was != "" && was != p.status && !leads(was, p.status) {
		w.fault("%s was %s and is %s", w.name(p.mtx), was, p.status)
	}
	if w.ended[p.mtx] && isOpen(p.status) {
		w.fault("%s is %s; a notification that it ended was acknowledged", w.name(p.mtx), p.status)
	}
	if age := w.clock.Now().Sub(time.UnixMilli(o.expires)); p.next == 0 && !money(p.status) && age < 6*24*time.Hour {
		w.fault("%s is %s and the gateway will never be asked about it", w.name(p.mtx), p.status)
	}
	// Each applied entry is a step on the roads, and all of them, counted, are one way from IN to here.
	balance := map[string]int{"IN": 1}
	for _, e := range p.events {
		if e.verdict != "applied" {
			continue
		}
		if !road(e.from, e.to) || e.source == "return" {
			w.fault("%s: %s moved it from %s to %s", w.name(p.mtx), e.source, e.from, e.to)
		}
		balance[e.from] -= e.times
		balance[e.to] += e.times
	}
	for s, n := range balance {
		if (s == p.status) != (n == 1) || n < 0 || n > 1 {
			w.fault("%s is %s; its history leads elsewhere", w.name(p.mtx), p.status)
			break
		}
	}
}

// checkLetter wants every acknowledged notification in the history.
func (w *world) checkLetter(l *letter) {
	p := w.payments[l.id]
	if l.acked == 0 || p == nil {
		return
	}
	times := 0
	for _, e := range p.events {
		if e.source == "notification" && e.raw == string(l.body) && e.to == l.status {
			times += e.times
		}
	}
	if times < l.acked {
		w.fault("%s: the notification of %s was acknowledged %d times, the history has it %d times", w.name(l.id), l.status, l.acked, times)
	}
}

// remember is called when something was answered or a step ended: no crash may take the present state back.
func (w *world) remember() {
	for _, o := range w.orders {
		if o.paid != 0 {
			w.paidAt[o.id] = o.paid
		}
		for _, p := range o.payments {
			w.last[p.mtx] = p.status
		}
	}
}
