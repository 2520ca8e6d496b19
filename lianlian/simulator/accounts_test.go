package simulator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// TestAccounts: the balance of the stage's buyer goes down by what it pays and up by refunds, is refilled by Reset, and what isn't on it fails.
func TestAccounts(t *testing.T) {
	t.Parallel()
	b := start(t)
	pay := func(id, account string) simulator.Payment {
		b.submit(b.must(id).PaymentURL+"/pay", url.Values{"account": {account}})
		return b.payment(id)
	}
	left := func(id string) string {
		_, doc := b.get(b.payment(id).PaymentURL)
		return doc.Find("[data-testid=left]").Text()
	}
	_, doc := b.get(b.must("first").PaymentURL)
	if got := doc.Find(".account").First().Find(".sum").Text(); got != "HKD 4900.00" {
		t.Errorf("it begins with %q", got)
	}
	if v, _ := doc.Find(".account input[checked]").Attr("value"); v != "balance" {
		t.Errorf("chosen is %q", v)
	}
	if p := pay("a", "balance"); p.Status != lianlian.StatusSuccess || left("a") != "HKD 4732.00" {
		t.Errorf("paid from the balance: %s, left %q", p.Status, left("a"))
	}
	if p := pay("b", "card"); p.Status != lianlian.StatusSuccess || left("b") != "" || left("a") != "HKD 4732.00" {
		t.Errorf("paid by card: %s, left %q", p.Status, left("a"))
	}
	if p := pay("c", "empty"); p.Status != lianlian.StatusFailed || p.DeclineCode != lianlian.DeclineInsufficientFunds {
		t.Errorf("paid from nothing: %s %s", p.Status, p.DeclineCode)
	}
	if err := b.sim.RefundElsewhere("a", 100_00); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the refund is on the balance", func() bool { return left("a") == "HKD 4832.00" })
	large := b.must("large", func(f fields) { f["transaction_amount"] = "4832.01"; delete(f, "products") })
	_, doc = b.get(large.PaymentURL)
	if v, _ := doc.Find(".account input[checked]").Attr("value"); v != "card" {
		t.Errorf("chosen for more than there is: %q", v)
	}
	b.submit(large.PaymentURL+"/pay", url.Values{"account": {"balance"}})
	if p := b.payment("large"); p.Status != lianlian.StatusFailed {
		t.Errorf("more than there is was paid: %s", p.Status)
	}
	if resp, _ := b.submit(b.must("d").PaymentURL+"/pay", url.Values{"account": {"somebody's"}}); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("an account that isn't there: %d", resp.StatusCode)
	}
	yen := b.must("yen", func(f fields) {
		f["transaction_currency"] = "JPY"
		f["transaction_amount"] = "100.00"
		delete(f, "products")
	})
	_, doc = b.get(yen.PaymentURL)
	if got := doc.Find(".account").First().Find(".sum").Text(); got != "JPY 95000" {
		t.Errorf("yen: %q", got)
	}
	b.sim.Reset()
	_, doc = b.get(b.must("after").PaymentURL)
	if got := doc.Find(".account").First().Find(".sum").Text(); !strings.Contains(got, "4900.00") {
		t.Errorf("after a reset %q", got)
	}
}
