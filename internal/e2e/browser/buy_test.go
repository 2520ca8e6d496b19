package browser

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"lianlian-checkout/internal/e2e/program"
)

// TestDesktopBuys is the whole way with a keyboard on the desktop and a phone that scans. The shop's clock is two hours
// ahead of the browser's, which must not show.
func TestDesktopBuys(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t, "CHECKOUT_CLOCK_SKEW=2h")
	computer, phone := open(t, p, desktop), open(t, p, iphone)

	computer.to("/")
	computer.look()
	value[bool](computer, "window.same = true")
	computer.click(teapotTee + " " + id("add-to-cart"))
	computer.until("the cart's count is 1", "document.querySelector('"+id("cart-count")+"').innerText.trim() === '1' && window.same")
	computer.until("a screen reader hears of it", "document.querySelector('#announcer').textContent !== ''")
	computer.click(id("cart-link"))
	computer.at("^/cart$")
	computer.click(id("to-checkout"))
	computer.at("^/checkout$")

	computer.tabTo("#email")
	computer.keys("chan@example.com")
	computer.tabTo("#full_name")
	computer.write("陳大文")
	computer.tabTo("input[name=payment_processor]")
	computer.keys(kb.ArrowDown + kb.ArrowDown)
	computer.until("the arrows have chosen WeChat Pay HK", "document.querySelector('#wallet-wechathk').checked")
	computer.tabTo(id("pay-button"))
	computer.keys(kb.Enter)
	computer.at("^/orders/")
	computer.status("pending")
	if got := p.Query(t, `SELECT processor FROM payments`); got != "wechathk" {
		t.Errorf("the payment is %s, want the wallet chosen with the arrows", got)
	}

	link := computer.attribute(id("short-link"), "value")
	if got := computer.scan(); got != link || link == "" {
		t.Errorf("the code says %q, the link beside it %q", got, link)
	}
	first := computer.secondsLeft()
	if first > 30*60 || first < 27*60 {
		t.Errorf("%d seconds left of an order that has just begun to wait 30 minutes", first)
	}
	computer.until("the countdown runs", `(() => { const [m, s] = document.querySelector('`+id("countdown")+`').innerText.match(/\d+/g).map(Number); return m * 60 + s < `+strconv.Itoa(first)+`; })()`)

	value[bool](computer, "window.same = true")
	before := computer.text(id("live"))
	phone.goesOn(link)
	phone.at("^/simulator/pay/")
	phone.has(id("wallet"))
	computer.until("the desktop knows of the scan", `document.querySelector('`+id("order-status")+`').dataset.scanned === 'true' && window.same`)
	if after := computer.text(id("live")); after == before {
		t.Errorf("before and after the scan the live line says %q", after)
	}
	computer.look()
	phone.press("pay")
	phone.at("^/orders/")
	phone.status("paid")
	phone.has(id("receipt"))

	computer.status("paid")
	computer.has(id("receipt"))
	computer.look()
	if !value[bool](computer, "window.same === true") {
		t.Error("the desktop's page was loaded anew; the result must come in place")
	}
	if events, asked := computer.count("/events"), computer.count("/status"); events == 0 || asked != 0 {
		t.Errorf("%d streams and %d questions: the page must live from the stream alone", events, asked)
	}
}

// secondsLeft reads the countdown.
func (b *tab) secondsLeft() int {
	b.t.Helper()
	words := b.text(id("countdown"))
	found := regexp.MustCompile(`\b(\d+):(\d\d)\b`).FindStringSubmatch(words)
	if found == nil || len(digits.FindAllString(words, -1)) != 2 {
		b.t.Fatalf("the countdown says %q, want minutes and seconds", words)
	}
	m, _ := strconv.Atoi(found[1])
	s, _ := strconv.Atoi(found[2])
	return m*60 + s
}

// TestStreamBlocked is a network that lets no event stream through: asking now and then settles the page too.
func TestStreamBlocked(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer, phone := open(t, p, desktop), open(t, p, iphone)
	computer.block("*://*:*/*/events")
	computer.allow(`/events$`)
	computer.buy("alipayhk")
	computer.status("pending")
	value[bool](computer, "window.same = true")
	phone.goesOn(computer.scan())
	phone.at("^/simulator/pay/")
	computer.until("the desktop knows of the scan", `document.querySelector('`+id("order-status")+`').dataset.scanned === 'true'`)
	phone.press("pay")
	phone.status("paid")
	computer.status("paid")
	computer.has(id("receipt"))
	if !value[bool](computer, "window.same === true") {
		t.Error("the desktop's page was loaded anew; the result must come in place")
	}
	if computer.count("/status") == 0 {
		t.Error("the page never asked for the status: the stream wasn't blocked")
	}
}

// TestWithoutScript is the whole way by forms and links.
func TestWithoutScript(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer, phone := open(t, p, desktop.scriptless()), open(t, p, iphone.scriptless())
	computer.to("/")
	computer.click(teapotTee + " a")
	computer.at("^/products/teapot-tee$")
	computer.fill(id("quantity"), "2")
	computer.click(id("add-to-cart"))
	computer.until("the cart's count is 2", "document.querySelector('"+id("cart-count")+"').innerText.trim() === '2'")
	computer.click(id("cart-link"))
	computer.at("^/cart$")
	computer.fill(id("quantity"), "1")
	computer.click(id("update"))
	computer.until("the cart's count is 1", "document.querySelector('"+id("cart-count")+"').innerText.trim() === '1'")
	computer.fillForm("wechatcn")
	computer.look()
	computer.click(id("pay-button"))
	computer.at("^/orders/")
	computer.status("pending")
	phone.goesOn(computer.scan())
	phone.at("^/simulator/pay/")
	phone.press("pay")
	phone.at("^/orders/")
	phone.status("paid")
	computer.status("paid") // the page reloads itself
	computer.has(id("receipt"))
	if computer.count("/events")+computer.count("/status") != 0 {
		t.Error("a script ran")
	}
}

// TestPayOnThisComputer goes to the gateway's page on the desktop itself: it fails there, is paid with another wallet in
// the same order.
func TestPayOnThisComputer(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer := open(t, p, desktop)
	computer.buy("alipayhk")
	order := computer.path()
	computer.click(id("pay-here"))
	computer.at("^/simulator/pay/")
	computer.has(id("cashier"))
	computer.press("fail")
	computer.at("^/simulator/")
	computer.has(id("outcome"))
	computer.to(order)
	computer.status("failed")
	computer.look()
	computer.click(id("retry-form") + " " + id("wallet-wechathk"))
	computer.click(id("retry-button"))
	computer.has(id("qr"))
	if got := computer.path(); got != order {
		t.Errorf("the retry is at %s, want the same order %s", got, order)
	}
	computer.click(id("pay-here"))
	computer.at("^/simulator/pay/")
	computer.press("pay")
	computer.at("^" + order + "$")
	computer.status("paid")
	if n := p.Query(t, `SELECT count(*) || ' ' || (SELECT count(*) FROM orders) || ' ' || group_concat(processor, ' ') FROM (SELECT processor FROM payments ORDER BY id)`); n != "2 1 alipayhk wechathk" {
		t.Errorf("payments, orders, wallets = %s, want 2 1 alipayhk wechathk", n)
	}
}

// TestCancelledAtGateway closes the payment on the gateway's page while the desktop's page looks on.
func TestCancelledAtGateway(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer, phone := open(t, p, desktop), open(t, p, iphone)
	computer.buy("alipaycn")
	value[bool](computer, "window.same = true")
	phone.goesOn(computer.attribute(id("short-link"), "value"))
	phone.at("^/simulator/pay/")
	phone.press("cancel")
	phone.has(id("outcome"))
	phone.look()
	computer.status("cancelled")
	computer.has(id("retry-form"))
	computer.look()
	if !value[bool](computer, "window.same === true") {
		t.Error("the desktop's page was loaded anew; the result must come in place")
	}
	if !computer.missing(id("receipt")) {
		t.Error("a cancelled order has a receipt")
	}
}
