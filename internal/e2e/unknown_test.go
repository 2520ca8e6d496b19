package e2e

import (
	"net/http"
	"testing"
)

// TestUnknownIsNoRefusal lets the gateway's answer be one that can't be believed: the buyer is told that it is being looked
// into, never that the payment was refused, and the order is paid all the same once the answer is known.
func TestUnknownIsNoRefusal(t *testing.T) {
	t.Parallel()
	for _, knob := range []string{"unsigned_answer", "forge_answer", "garbage_answer", "drop_create_answer"} {
		t.Run(knob, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			p.scenario(t, knob, "on")
			b := newBrowser(t, p, desktop)
			order := b.follow(b.buy("alipayhk"))
			if order.Status != http.StatusOK || order.doc().Find(`[data-testid="declined"]`).Length() != 0 {
				t.Errorf("the order's page (%d) says that the payment was refused", order.Status)
			}
			order.find("live")
			p.scenario(t)
			action, form := order.form(`[data-testid="retry-form"]`)
			b.follow(b.post(action, form)).find("qr")
			if n := p.query(t, `SELECT count(*) || ' ' || count(DISTINCT merchant_transaction_id) FROM payments`); n != "1 1" {
				t.Errorf("payments and ids = %s, want 1 1", n)
			}
		})
	}
}
