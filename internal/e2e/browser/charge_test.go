package browser

import (
	"regexp"
	"testing"

	"lianlian-checkout/internal/e2e/program"
)

// TestCounter: an operator types 88 on the keypad, a customer scans the screen with a phone and pays, and the screen says paid by itself.
func TestCounter(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	operator, phone := open(t, p, desktop), open(t, p, iphone)
	operator.signIn()
	operator.to("/admin/charge")
	for range 2 {
		operator.click(`[data-key="8"]`)
	}
	operator.click(id("charge"))
	operator.has(id("charge-status") + "[data-state=waiting]")
	operator.look()
	link := operator.scan()
	if !regexp.MustCompile(`/p/[0-9A-Za-z]+$`).MatchString(link) {
		t.Fatalf("the code says %q", link)
	}
	phone.to(link)
	phone.has(id("choose-form"))
	operator.has(id("charge-status") + "[data-state=scanned]")
	phone.click(id("wallet-alipayhk"))
	phone.click(id("pay-button"))
	phone.at("^/simulator/pay/")
	phone.press("pay")
	phone.status("paid")
	operator.has(id("charge-status") + "[data-state=paid]")
	if got := operator.text(id("amount")); got != "HK$88.00" {
		t.Errorf("the screen says that %s was paid, want HK$88.00", got)
	}
	operator.look()
	operator.click(id("charge-next"))
	operator.at("^/admin/charge$")
}
