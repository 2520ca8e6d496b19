package checkout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lianlian-checkout/models/storetest"
)

// Random histories of money: buyers, the gateway, the network and crashes of the shop in any order, held after every
// step against a model that was written from the guide and the house rules alone (history_model_test.go).
//
// Without flags each kind runs rapid's 100 histories, and none with -short. A long run, here of 10,000:
//
//	CGO_ENABLED=0 go test ./checkout -run 'TestHistories$' -rapid.checks=5000 -timeout 0 -v
//
// A failure prints the shrunk history, one step a line, and the seed; -rapid.seed=N repeats a run. With the same seed both
// kinds still differ: they draw from different tables. TMPDIR on a memory disk makes it faster; nothing here tests the disk.
//
// Seen to fail within the default number, each with its protection taken out: the table's PS row given WP; amount, merchant or
// ll_transaction_id not compared; mismatches, double payments, overselling not flagged; GoOn making a new attempt in WP or IN, or
// taking no pieces; order.paid with a fact of its own each time, or told in a second transaction (torn crashes); returns,
// unsigned answers, an unsigned PAYMENT_CLOSED, RP → PS of a notification believed; release twice, or not at all; CreateOrder
// without its intent; expiry without asking; no question after a hint or a stale message; notifications acknowledged before the
// commit; paid_at set anew; SeedProducts giving pieces back; next saying never; PC → PS left out; another amount on a retry. Within 4,000:
// no question after an unknown outcome; an earlier attempt's question ending the order; create answers moving any state.
// The status' compare-and-swap isn't seen here: every writer has locked the order before.
func TestHistories(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	for _, k := range []kind{calm, stormy} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			g := newGround(t, "")
			runHistories(t, g, k)
		})
	}
}

func runHistories(t *testing.T, g *ground, k kind) {
	t.Helper()
	t.Logf("histories: %s, base seed %s (0: drawn anew each run)", k.name, rapidFlag("rapid.seed"))
	rapid.Check(t, func(rt *rapid.T) {
		history := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(k.step), 0, k.lines), 1, k.pages).Draw(rt, "history")
		again := rapid.IntRange(0, 2).Draw(rt, "notifications repeated at the end")
		g.drawn++
		if g.share > 1 && g.drawn%g.share != 0 && !g.failed {
			return
		}
		w := g.world(rt)
		defer w.close()
		for _, s := range slices.Concat(history...) {
			w.play(s)
		}
		w.drain(again)
	})
	t.Logf("%s", g.tally())
}

// action is what a step does.
type action string

const (
	doBuy       action = "buy"       // a new intention
	doAgain     action = "again"     // an old intention sent again: double click, back button, reload
	doRetry     action = "retry"     // from the order's page, the same or another wallet
	doOpen      action = "open"      // the payment page for a device
	doConfirm   action = "confirm"   // the order's page asks the gateway
	doCheckNow  action = "checkNow"  // the operator asks
	doReconcile action = "reconcile" // the background loop, once
	doWait      action = "wait"      // time passes
	doPay       action = "pay"       // the buyer pays an open payment
	doGateway   action = "gateway"   // any move that the gateway itself may make: fail, cancel, late success, refund, …
	doDeliver   action = "deliver"   // one of all notifications that the gateway ever signed
	doForge     action = "forge"     // a notification that isn't the gateway's, or doesn't fit the order
	doBack      action = "back"      // the buyer's browser returns, truthful or not
	doRestart   action = "restart"   // the shop stops, or dies at rest, and starts again
	doOutage    action = "outage"    // the gateway goes away, or comes back
)

// fate is what becomes of one call of the gateway.
type fate string

const (
	fatePass     fate = "pass"
	fateDown     fate = "down"     // never arrives
	fateBusy     fate = "busy"     // a proxy answers 503; never arrives
	fateLost     fate = "lost"     // arrives, the answer is lost
	fateGone     fate = "gone"     // arrives, a proxy answers 502
	fateTampered fate = "tampered" // arrives, the answer is changed on its way
	fateUnsigned fate = "unsigned" // arrives, the answer comes without its signature
	fateLie      fate = "lie"      // never arrives, somebody answers unsigned that the payment is closed, or unknown
	fateRefused  fate = "refused"  // the gateway declines a new payment
)

// crash is when in a step the shop dies.
type crash string

const (
	unharmed     crash = ""
	dieSending   crash = "sending"   // committed, nothing sent yet
	dieAccepted  crash = "accepted"  // the gateway has accepted, its answer is on the way
	dieTorn      crash = "torn"      // in the midst of the step's last writing
	dieAnswering crash = "answering" // at the first byte of our answer to a notification
	dieAtRest    crash = "at rest"   // between two steps
)

// step is one line of a history. Numbers choose among what there is when the step's turn comes.
type step struct {
	do      action
	i, n    int
	second  bool // by the second process
	wire    []fate
	request []step // what happens elsewhere while the request is on its way
	answer  []step // and while the answer is
	crash   crash
}

// GoString is how a failing history prints.
func (s step) GoString() string { return s.String() }

func (s step) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s(%d,%d)", s.do, s.i, s.n)
	if s.second {
		b.WriteString(" second")
	}
	if len(s.wire) > 0 {
		fmt.Fprintf(&b, " wire=%v", s.wire)
	}
	if len(s.request) > 0 {
		fmt.Fprintf(&b, " before-request=%v", s.request)
	}
	if len(s.answer) > 0 {
		fmt.Fprintf(&b, " before-answer=%v", s.answer)
	}
	if s.crash != unharmed {
		fmt.Fprintf(&b, " crash=%s", s.crash)
	}
	return b.String()
}

// kind is a way to draw histories.
type kind struct {
	name    string
	pages   int      // a history is at most so many pages
	lines   int      // of so many steps
	actions []action // as often as they are to be drawn
	wire    []fate
	crashes []crash
}

// Rapid draws small numbers more often than large ones; the lists are mixed so that nothing comes too often.
var (
	calm = kind{
		name: "calm", pages: 12, lines: 10,
		actions: []action{
			doBuy, doPay, doDeliver, doGateway, doWait, doReconcile, doGateway, doDeliver, doBuy, doRetry, doGateway, doDeliver, doAgain, doWait, doBack,
			doGateway, doDeliver, doPay, doReconcile, doForge, doConfirm, doDeliver, doGateway, doBuy, doWait, doRestart, doOpen, doDeliver, doGateway, doCheckNow, doWait,
		},
		wire:    []fate{fatePass, fatePass, fateLost, fatePass, fatePass, fateDown, fatePass},
		crashes: []crash{unharmed, unharmed, unharmed, unharmed, dieTorn, unharmed, dieAccepted, unharmed, dieAnswering, unharmed},
	}
	stormy = kind{
		name: "stormy", pages: 8, lines: 8,
		actions: []action{
			doBuy, doGateway, doRetry, doWait, doDeliver, doGateway, doReconcile, doAgain, doPay, doWait, doRetry, doGateway, doDeliver, doBuy, doOpen, doBack,
			doReconcile, doGateway, doConfirm, doPay, doDeliver, doForge, doRetry, doWait, doGateway, doRestart, doCheckNow, doOutage, doAgain, doDeliver, doWait,
		},
		wire: []fate{
			fatePass, fateLost, fateGone, fatePass, fateDown, fateLie, fateTampered, fateBusy, fatePass, fateUnsigned, fateRefused, fateLost, fatePass,
		},
		crashes: []crash{unharmed, unharmed, dieAccepted, unharmed, dieTorn, unharmed, dieSending, unharmed, dieAnswering, unharmed, unharmed, unharmed},
	}
)

// step draws a step. Only what calls the gateway has a wire, and things that happen meanwhile.
func (k kind) step(t *rapid.T) step {
	s := k.plain(t)
	s.second = rapid.IntRange(0, 4).Draw(t, "second") == 4
	switch s.do {
	case doBuy, doAgain, doRetry, doOpen, doConfirm, doCheckNow, doReconcile:
		s.wire = rapid.SliceOfN(rapid.SampledFrom(k.wire), 0, 3).Draw(t, "wire")
		switch rapid.IntRange(0, 5).Draw(t, "meanwhile") {
		case 4:
			s.request = rapid.SliceOfN(rapid.Custom(k.plain), 1, 3).Draw(t, "before request")
		case 5:
			s.answer = rapid.SliceOfN(rapid.Custom(k.plain), 1, 3).Draw(t, "before answer")
		}
		s.crash = rapid.SampledFrom(k.crashes).Draw(t, "crash")
	case doDeliver, doForge, doBack:
		s.crash = rapid.SampledFrom(k.crashes).Draw(t, "crash")
	case doWait, doPay, doGateway, doRestart, doOutage:
	}
	return s
}

func (k kind) plain(t *rapid.T) step {
	return step{
		do: rapid.SampledFrom(k.actions).Draw(t, "do"),
		i:  rapid.IntRange(0, 11).Draw(t, "i"), n: rapid.IntRange(0, 99).Draw(t, "n"),
	}
}
