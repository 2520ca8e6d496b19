package browser

import (
	"strings"
	"testing"

	"lianlian-checkout/internal/e2e/program"
)

// TestDeskOrder is an operator's day with one order: look it up, ask the gateway, write a note, try to confirm what the gateway knows better,
// cancel it, and find the evidence.
func TestDeskOrder(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t, "CHECKOUT_RECONCILE_INTERVAL=10m")
	buyer, operator := open(t, p, iphone), open(t, p, desktop)
	buyer.buy("alipayhk")
	operator.allow(`status of 401`)
	operator.signIn()
	operator.to("/admin/orders?q=" + p.Query(t, "SELECT number FROM orders"))
	operator.click(id("admin-orders-row") + " a")
	operator.at("^/admin/orders/[0-9]+$")
	operator.has(id("next-step") + `[data-next="next.pending"]`)
	operator.click(id("check-now"))
	operator.has(id("notice") + `[data-notice="checked"]`)
	operator.has(id("exchange") + `[data-kind="query"]`)
	operator.look()
	operator.click(id("note-fold"))
	operator.fill("#desk-note", "the buyer rang: will pay tomorrow")
	operator.click(id("note-save"))
	operator.has(id("notice") + `[data-notice="noted"]`)
	operator.has(id("event-row") + `[data-kind="noted"]`)
	operator.click(id("confirm-fold"))
	operator.fill("#desk-reason", "shown at the counter")
	operator.click(id("reason-save"))
	operator.has(id("notice") + `[data-notice="not_by_hand"]`)
	operator.click(id("cancel"))
	operator.has(id("notice") + `[data-notice="order_ended"]`)
	operator.status("cancelled")
	if to := operator.attribute(id("evidence"), "href"); !strings.HasSuffix(to, "/evidence.zip") {
		t.Errorf("the evidence is at %q", to)
	}
	operator.to("/admin/payments/attention")
	operator.has(id("attention-none"))
	operator.look()
}
