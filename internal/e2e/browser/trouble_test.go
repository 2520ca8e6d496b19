package browser

import (
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"lianlian-checkout/internal/e2e/program"
)

// TestOfflineInTheMiddle loses the network while the phone pays, and gets it back: the page recovers by itself.
func TestOfflineInTheMiddle(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer, phone := open(t, p, desktop), open(t, p, iphone)
	computer.allow(`ERR_INTERNET_DISCONNECTED`)
	computer.buy("alipayhk")
	computer.status("pending")
	link := computer.attribute(id("short-link"), "value")
	value[bool](computer, "window.same = true")
	computer.offline(true)
	computer.until("the browser is offline", "!navigator.onLine")
	phone.goesOn(link)
	phone.press("pay")
	phone.status("paid")
	if got := computer.attribute(id("order-status"), "data-status"); got != "pending" {
		t.Fatalf("the page says %q without a network: the test is blind", got)
	}
	computer.offline(false)
	computer.status("paid")
	computer.has(id("receipt"))
	if !value[bool](computer, "window.same === true") {
		t.Error("the page was loaded anew; the result must come in place")
	}
}

// offline cuts this tab's network, or joins it again.
func (b *tab) offline(cut bool) {
	b.t.Helper()
	rules := []*network.Conditions{}
	if cut {
		rules = append(rules, &network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	}
	command(b, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: rules})
	command(b, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: cut, DownloadThroughput: -1, UploadThroughput: -1})
}

// TestNewsAfterTheEnd leaves a paid order's page open: what is refunded later appears by itself, and a chargeback at once when the page comes into view.
func TestNewsAfterTheEnd(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	b := open(t, p, iphone)
	command(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `const every = window.setInterval; window.setInterval = (work, pause) => every(() => window.held || work(), pause >= 30000 ? pause / 20 : pause * 1000)`,
	})
	b.buy("alipayhk")
	b.at("^/simulator/pay/")
	b.press("pay")
	b.status("paid")
	value[bool](b, "window.same = true")
	payment := p.URL + "/simulator/payments/" + p.Query(t, "SELECT merchant_transaction_id FROM payments")
	post(t, payment+"/refund", url.Values{"amount": {"40.00"}})
	b.status("partially_refunded")
	value[bool](b, "window.held = true") // from here on no timer helps
	post(t, payment+"/status", url.Values{"status": {"CB"}})
	b.until("the order is charged back", lookedAt+orderIs("charged_back"))
	if !value[bool](b, "window.same === true") {
		t.Error("the page was loaded anew; news must come in place")
	}
}

// TestReloadInTheMiddle reloads on the way and comes back by the address: one order, one payment, and its end is shown.
func TestReloadInTheMiddle(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer, phone := open(t, p, desktop), open(t, p, iphone)
	computer.fillCart()
	do(computer, "reload", chromedp.Reload())
	computer.until("the cart's count is 1", "document.querySelector('"+id("cart-count")+"').innerText.trim() === '1'")
	computer.fillForm("wechathk")
	do(computer, "reload", chromedp.Reload())
	computer.until("the form is there again", "location.pathname === '/checkout' && document.querySelector('#email')")
	computer.to("/cart")
	computer.fillForm("wechathk")
	computer.click(id("pay-button"))
	computer.status("pending")
	order, code := computer.path(), computer.scan()
	do(computer, "reload", chromedp.Reload())
	computer.status("pending")
	if again := computer.scan(); again != code {
		t.Errorf("after the reload the code says %q, before %q", again, code)
	}
	phone.goesOn(code)
	phone.at("^/simulator/pay/")
	do(phone, "reload", chromedp.Reload())
	phone.has(id("wallet"))
	computer.until("the desktop knows of the scan", `document.querySelector('`+id("order-status")+`').dataset.scanned === 'true'`)
	do(computer, "reload", chromedp.Reload())
	phone.press("pay")
	phone.status("paid")
	do(phone, "reload", chromedp.Reload())
	phone.status("paid")
	computer.status("paid")
	computer.to(order)
	computer.has(id("receipt"))
	if n := p.Query(t, `SELECT count(*) || ' ' || (SELECT count(*) FROM payments) FROM orders`); n != "1 1" {
		t.Errorf("orders and payments = %s, want 1 1", n)
	}
}

// back presses the back button and waits for the page before.
func (b *tab) back() {
	b.t.Helper()
	was := value[string](b, "location.href")
	_, _ = try[bool](b, "history.back(), true") // no answer when the page has gone by then
	b.until("back from "+was, "location.href !== "+quoted(was))
}

// TestBackAfterPaying presses the back button on the receipt: the form that is found there makes
// no second order.
func TestBackAfterPaying(t *testing.T) {
	t.Parallel()
	windowed.use(t)
	p := program.Start(t)
	phone := windowed.open(t, p, iphone)
	phone.buy("alipayhk")
	phone.at("^/simulator/pay/")
	phone.press("pay")
	phone.status("paid")
	phone.back()
	for range 6 { // as far as the form
		if phone.path() == "/checkout" {
			break
		}
		phone.back()
	}
	if phone.path() != "/checkout" {
		t.Fatalf("the back button ends at %s, want the form", phone.path())
	}
	if !phone.missing(id("pay-button")) {
		phone.click(id("pay-button"))
		phone.until("the form was answered", "location.pathname !== '/checkout' || document.querySelector('"+id("cart-empty")+", "+id("notice")+"')")
	}
	if n := p.Query(t, `SELECT count(*) || ' ' || (SELECT count(*) FROM payments) FROM orders`); n != "1 1" {
		t.Errorf("orders and payments = %s after going back and paying again, want 1 1", n)
	}
}

// TestThirdPartyCookiesBlocked is a browser that gives no cookie to another site's frame: our pages have none there, and
// the buyer's own way needs no such cookie.
func TestThirdPartyCookiesBlocked(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	phone := open(t, p, iphone)
	command(phone, network.SetCookieControls, network.SetCookieControlsParams{EnableThirdPartyCookieRestriction: true})
	phone.buy("wechatcn")
	phone.at("^/simulator/pay/")
	phone.press("pay")
	phone.status("paid")
	phone.has(id("receipt"))
}
