package browser

import (
	"strings"
	"testing"

	"lianlian-checkout/internal/e2e/program"
)

// TestRefund gives a part of a paid order back from the desk, and the buyer's page shows it.
func TestRefund(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	buyer, operator := open(t, p, iphone), open(t, p, desktop)
	buyer.buy("alipayhk")
	buyer.press("pay")
	buyer.at("^/orders/")
	buyer.status("paid")
	page := value[string](buyer, "location.pathname")

	operator.signIn()
	operator.to("/admin/orders")
	operator.click(id("admin-orders-row") + " a")
	operator.at("^/admin/orders/[0-9]+$")
	operator.fill("#amount", "40.00")
	operator.fill("#reason", "One of two was broken")
	operator.click(id("refund-next-step"))
	operator.has(id("refund-confirm"))
	operator.look()
	operator.click(id("refund-do"))
	operator.at("^/admin/orders/[0-9]+$")
	operator.click(id("check-now")) // LianLian's answer to that is there when the page is
	operator.has(id("notice") + `[data-notice="checked"]`)
	operator.has(id("refund") + `[data-status="succeeded"]`)
	operator.status("partially_refunded")
	operator.look()

	buyer.to(page)
	buyer.status("partially_refunded")
	if got := buyer.text(id("refunded")); !strings.Contains(got, "40.00") {
		t.Errorf("the buyer's page says %q", got)
	}
	buyer.look()
}
