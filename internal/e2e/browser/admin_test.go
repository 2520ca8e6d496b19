package browser

import (
	"regexp"
	"testing"

	"lianlian-checkout/internal/e2e/program"
)

// signIn signs in to the console with the password that the program printed when it started.
func (b *tab) signIn() {
	b.t.Helper()
	printed := regexp.MustCompile(`user (\S+), password for this run (\S+)`).FindStringSubmatch(b.program.Printed())
	if printed == nil {
		b.t.Fatalf("the program printed no password:\n%s", b.program.Printed())
	}
	b.to("/admin")
	b.until("at the sign-in page", "location.pathname === '/admin/login'")
	b.fill("#username", printed[1])
	b.fill("#password", printed[2])
	b.click(id("login-form") + " button")
	b.until("signed in", "location.pathname === '/admin'")
}

// TestConsole finds a paid order of which nobody told the shop, and asks the gateway for it.
func TestConsole(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t, "CHECKOUT_RECONCILE_INTERVAL=10m")
	scenario(t, p, "lose_return", "on", "lose_notification", "on")
	phone, operator := open(t, p, iphone), open(t, p, desktop)
	phone.buy("alipayhk")
	phone.press("pay")
	phone.has(id("outcome"))

	operator.allow(`status of 401`)
	operator.to("/admin/orders")
	operator.at("^/admin/login$")
	operator.signIn()
	operator.look()
	operator.click(id("today-waiting"))
	operator.until("the waiting orders", "location.search === '?status=waiting'")
	operator.look()
	operator.click(id("admin-orders-row") + " a")
	operator.at("^/admin/orders/[0-9]+$")
	if got := operator.attribute(id("order-status"), "data-status"); got != "pending" {
		t.Fatalf("the order is %s before anybody asked, want pending", got)
	}
	operator.click(id("check-now"))
	operator.has(id("notice") + `[data-notice="checked"]`)
	operator.status("paid")
	operator.has(id("event-row") + `[data-source="query"]`)
	operator.look()
	operator.click(id("sign-out"))
	operator.until("signed out", "location.pathname === '/admin/login'")
	operator.to("/admin/orders")
	operator.until("the console is closed again", "location.pathname === '/admin/login'")
}
