package browser

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/internal/e2e/program"
	"lianlian-checkout/lianlian/simulator"
)

// played is what the test does with one mischief, and how it has to end.
type playedMischief struct {
	answers bool   // it is about the gateway's answers: it ends before the payment goes on
	refund  string // "desk" or "elsewhere": the mischief begins once the order is paid, and all of it goes back
	status  string // the order's, "paid" if empty
	flagged bool   // somebody has to look
	acked   bool   // the shop acknowledged a notification
	refunds string // how the refund ends
	told    string // words that the shop's timeline has
}

// mischiefs has a line for each button; a new one without a line fails the test.
var playedMischiefs = map[string]playedMischief{
	"lost":              {told: "Gateway's answer to a query"},
	"fifteen-times":     {acked: true},
	"late":              {acked: true},
	"reordered":         {acked: true},
	"refund-first":      {refund: "elsewhere", status: "refunded", flagged: true}, // RS came before RP
	"forged":            {},
	"other-amount":      {flagged: true},
	"other-currency":    {flagged: true},
	"other-merchant":    {flagged: true},
	"before-answer":     {acked: true},
	"after-expiry":      {acked: true},
	"return-lost":       {acked: true},
	"return-forged":     {acked: true},
	"slow":              {acked: true},
	"hanging":           {answers: true, acked: true},
	"server-error":      {answers: true, acked: true},
	"answer-lost":       {answers: true, acked: true},
	"unsigned":          {answers: true, acked: true},
	"forged-answer":     {answers: true, acked: true},
	"garbage":           {answers: true, acked: true},
	"huge":              {answers: true, acked: true},
	"busy":              {answers: true, acked: true},
	"refund-unanswered": {refund: "desk", status: "refunded", refunds: "succeeded"},
	"refund-fails":      {refund: "desk", status: "paid", refunds: "failed"},
}

// TestMischief presses each button of the simulator's overview, buys, and finds the order in the right state: at the buyer's, in the
// database, and beside the button.
func TestMischief(t *testing.T) {
	t.Parallel()
	chromium(t)
	const shares = 4 // programs side by side: a mischief is in force for all payments of one
	for share := range shares {
		t.Run(fmt.Sprint(share+1), func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, "CHECKOUT_LIANLIAN_TIMEOUT=6s", "CHECKOUT_SIMULATOR_SPEED=120") // a payment lives for a minute then
			operator, buyer := open(t, p, desktop), open(t, p, desktop)
			operator.allow(`.`)
			buyer.allow(`status of (402|409|422|502|503)`)
			operator.signIn()
			for i, m := range simulator.Mischiefs() {
				if i%shares != share {
					continue
				}
				play, ok := playedMischiefs[m.Name]
				if !ok {
					t.Errorf("the mischief %s is new: give it a line in playedMischiefs", m.Name)
					continue
				}
				buyer.plays(operator, m.Name, play)
			}
		})
	}
}

// plays buys under a mischief, and checks what is left of it.
func (b *tab) plays(operator *tab, name string, play playedMischief) {
	b.t.Helper()
	press := func() {
		operator.to("/simulator/?lang=en")
		operator.click(`[data-mischief="` + name + `"] button`)
		operator.until(name+" is on", `document.querySelector('[data-mischief="`+name+`"] button').getAttribute("aria-pressed") === "true"`)
	}
	behave := func() { post(b.t, b.program.URL+"/simulator/scenario", url.Values{}) }
	behave()
	if play.refund == "" {
		press()
	}
	b.buy("alipayhk")
	b.at("^/orders/")
	if play.answers {
		behave()
	}
	b.goesThrough()
	payment := b.program.Query(b.t, "SELECT merchant_transaction_id FROM payments ORDER BY id DESC LIMIT 1")
	if status := value[string](b, `document.querySelector('`+id("order-status")+`').dataset.status`); status != "paid" {
		post(b.t, b.program.URL+"/simulator/payments/"+payment+"/pay", url.Values{})
	}
	switch play.refund {
	case "elsewhere":
		b.status("paid")
		press()
		post(b.t, b.program.URL+"/simulator/payments/"+payment+"/refund", url.Values{"amount": {"100.00"}})
	case "desk":
		b.status("paid")
		press()
		operator.to("/admin/orders")
		operator.click(id("admin-orders-row") + " a")
		operator.fill("#reason", "It broke")
		operator.click(id("refund-next-step"))
		operator.click(id("refund-do"))
		operator.has(id("refund"))
	}
	want := play.status
	if want == "" {
		want = "paid"
	}
	state := "SELECT status || ' ' || COALESCE((SELECT max(status) FROM refunds WHERE order_id = orders.id), '') FROM orders WHERE id = (SELECT order_id FROM payments WHERE merchant_transaction_id = '" + payment + "')"
	for deadline := time.Now().Add(patience); b.program.Query(b.t, state) != want+" "+play.refunds; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("%s: order and refund are %s, want %s %s", name, b.program.Query(b.t, state), want, play.refunds)
		}
	}
	b.until(name+": the order is "+want, lookedAt+orderIs(want))
	order := "(SELECT order_id FROM payments WHERE merchant_transaction_id = '" + payment + "')"
	if got := b.program.Query(b.t, "SELECT status || ' ' || (SELECT count(*) FROM payments WHERE order_id = orders.id AND paid_at > 0) || ' ' || (SELECT count(*) FROM outbox WHERE order_id = orders.id AND type = 'order.paid') FROM orders WHERE id = "+order); got != want+" 1 1" {
		b.t.Errorf("%s: the order, its paid payments and how often it was told as paid: %s", name, got)
	}
	if got := b.program.Query(b.t, "SELECT attention <> '' FROM orders WHERE id = "+order); (got == "1") != play.flagged {
		b.t.Errorf("%s: flagged for an operator: %s", name, got)
	}
	row := `[data-mischief="` + name + `"]`
	operator.to("/simulator/?lang=en")
	operator.has(row + " " + id("reaction-order"))
	text := operator.text(row + " " + id("reaction"))
	if words := map[string]string{"paid": "Paid", "refunded": "Refunded"}[want]; operator.text(row+" "+id("reaction-shop")) != words {
		b.t.Errorf("%s: beside the button the shop says %q", name, text)
	}
	if play.told != "" && !strings.Contains(value[string](operator, `document.querySelector('`+row+" "+id("reaction")+`').textContent`), play.told) {
		b.t.Errorf("%s: the shop's timeline lacks %q: %s", name, play.told, text)
	}
	if gateway := operator.text(row + " " + id("reaction-gateway")); gateway != map[string]string{"paid": "PS", "refunded": "RS"}[want] {
		b.t.Errorf("%s: beside the button the gateway says %q", name, gateway)
	}
	if none := strings.Contains(value[string](operator, `document.querySelector('`+row+" "+id("reaction")+`').textContent`), " 0 notifications acknowledged"); none && play.acked {
		b.t.Errorf("%s: no notification was acknowledged: %s", name, text)
	}
}

// goesThrough presses what the order's page offers until the gateway has the payment.
func (b *tab) goesThrough() {
	b.t.Helper()
	b.until("the payment goes on", `(() => {
		const shown = (s) => { const e = document.querySelector(s); return e && e.getClientRects().length > 0 ? e : null; };
		const status = document.querySelector('`+id("order-status")+`')?.dataset.status;
		if (shown('`+id("qr")+`') || status === "paid") return true;
		const retry = shown('`+id("retry-button")+`') || shown('`+id("pay-button")+`');
		if (retry && !retry.dataset.pressed) { retry.dataset.pressed = "1"; retry.click(); }
		return false;
	})()`)
}
