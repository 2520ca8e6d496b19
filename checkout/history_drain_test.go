package checkout_test

import (
	"context"
	"slices"
	"strings"
	"time"
)

// drain lets the history come to rest: the gateway answers again, time goes by, and the background loop runs until nothing is
// due. repeat says what becomes of the notifications that nobody acknowledged: 0, they are lost for good; 1, the gateway
// repeats them in order; 2, in the reverse order. Then what the shop says is what the gateway says.
func (w *world) drain(repeat int) {
	w.away = false
	for i := range w.bag {
		l := w.bag[i]
		if repeat == 2 {
			l = w.bag[len(w.bag)-1-i]
		}
		if repeat > 0 && l.acked == 0 {
			w.deliver(w.a, l)
		}
	}
	w.rest(10*time.Minute + 10*time.Second)
	for _, o := range w.orders {
		// I5: within minutes, as long as the buyer's last sign is young. The order ends half an hour after it.
		p := o.newest()
		if g := w.truths[p.mtx]; w.clock.Now().Before(time.UnixMilli(o.expires).Add(3*time.Hour)) && g != nil && g.now() == "PS" && !money(p.status) {
			w.fault("%s was paid more than ten minutes ago and is %s here", w.name(p.mtx), p.status)
		}
	}
	w.rest(31 * time.Minute)
	w.rest(4 * time.Hour)
	w.rest(25 * time.Hour)
	w.rest(8 * 24 * time.Hour)
	for _, o := range w.orders {
		for _, p := range o.payments {
			w.settled(o, p, repeat > 0)
			if (p.next != 0) != (p.status == "RP") { // a pending refund is asked about for as long as it takes
				w.fault("%s is %s and will be asked about at %v", w.name(p.mtx), p.status, time.UnixMilli(p.next).UTC())
			}
		}
	}
	w.report()
	for _, o := range w.orders {
		if _, err := w.a.CheckNow(context.Background(), o.id); err != nil {
			w.fault("CheckNow: %v", err)
		}
	}
	w.look()
	w.check()
	for _, o := range w.orders {
		w.count(o)
		for _, p := range o.payments {
			w.same(o, p, "asked by the operator")
		}
	}
	w.report()
}

// count adds an order to the tally, to see that histories go where they should.
func (w *world) count(o *orderState) {
	w.sumOrders++
	if o.paid != 0 {
		w.sumPaid++
	}
	if len(o.payments) > 1 {
		w.seen["order of several attempts"]++
	}
	for _, p := range o.payments {
		if g := w.truths[p.mtx]; g != nil && g.late {
			w.seen["late success"]++
		}
	}
	if strings.Contains(o.attention, "paid twice") {
		w.seen["paid twice"]++
	}
	if o.paid != 0 && slices.Contains(o.told, "order.expired") {
		w.seen["expired, then paid"]++
	}
	if o.status == "failed" || o.status == "cancelled" {
		w.seen["order "+o.status]++
	}
}

// rest lets time pass and asks about all that is due.
func (w *world) rest(d time.Duration) {
	w.clock.Add(d)
	w.a.Reconcile(context.Background())
	w.look()
	w.check()
	w.remember()
	w.report()
}

// settled compares a payment with the gateway's after all questions were asked. Money that came is known here. What
// happened to it afterwards is told by notifications alone. If they were lost, or if they came so early that the roads didn't
// lead there yet, and so were refused and shown to the operator, only the operator's question finds it.
func (w *world) settled(o *orderState, p *paymentState, told bool) {
	g := w.truths[p.mtx]
	if g != nil && money(p.status) && leads(p.status, g.now()) {
		if !told {
			return
		}
		if o.attention != "" && slices.ContainsFunc(p.events, func(e eventState) bool { return e.verdict == "refused" && e.source == "notification" }) {
			w.seen["early news flagged"]++
			return
		}
	}
	w.same(o, p, "at rest")
}

// same wants the gateway's state here, unless the roads don't lead there in one step, since a message between was lost: then
// the operator must have been told.
func (w *world) same(o *orderState, p *paymentState, when string) {
	g := w.truths[p.mtx]
	switch {
	case g == nil:
		if p.status != "IN" {
			w.fault("%s: %s is %s here and unknown at the gateway", when, w.name(p.mtx), p.status)
		}
	case p.status == g.now():
	case !road(p.status, g.now()) && o.attention != "":
		w.seen["flagged "+p.status+"/"+g.now()]++
	default:
		w.fault("%s: %s is %s here and %s at the gateway, attention %q", when, w.name(p.mtx), p.status, g.now(), o.attention)
	}
	there := w.truths[o.newest().mtx] // of an order in processing, there is one
	if o.status == "open" || o.status == "pending" || (o.status == "processing" && there.now() != "PP" && road("PP", there.now())) {
		w.fault("%s: order %d is %s", when, o.id, o.status)
	}
}
