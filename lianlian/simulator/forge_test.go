package simulator_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// TestForge sends what only its signature gives away, and leaves the payment alone.
func TestForge(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("order-1")
	b.inbox.answers(http.StatusUnauthorized, `{"code":"401"}`)
	if err := b.sim.Forge("order-1"); err != nil {
		t.Fatal(err)
	}
	n := b.inbox.next(t)
	if n.fields["transaction_status"] != "PS" || n.fields["merchant_transaction_id"] != "order-1" || n.fields["transaction_amount"] != b.request("x")["transaction_amount"] {
		t.Errorf("it says %s", n.body)
	}
	if err := gatewayVerifies(n.body, n.header.Get("signature")); err == nil {
		t.Error("the gateway's key signed it")
	}
	p := b.payment("order-1")
	if p.Status != lianlian.StatusWaiting || p.NotificationsSent != 0 {
		t.Errorf("the payment became %+v", p)
	}
	list := b.sim.Journal(0)
	if last := list[len(list)-1]; last.Status != http.StatusUnauthorized || !strings.Contains(last.Note, "forged") || last.Direction != simulator.ToStranger || list[len(list)-2].Direction != simulator.ByStranger {
		t.Errorf("the journal ends with %+v", last)
	}

	b.inbox.answers(http.StatusOK, `{"code":"200","msg":"success"}`)
	if err := b.sim.Forge("order-1"); err == nil {
		t.Error("a merchant who believes it isn't told")
	}
	if err := b.sim.Forge("no-such"); !errors.Is(err, simulator.ErrNotFound) {
		t.Errorf("of no payment: %v", err)
	}
	b.must("order-2", func(f fields) { delete(f, "notification_url") })
	if err := b.sim.Forge("order-2"); err == nil || errors.Is(err, simulator.ErrNotFound) {
		t.Errorf("without an address: %v", err)
	}
}
