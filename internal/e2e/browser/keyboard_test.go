package browser

import (
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"

	"lianlian-checkout/internal/e2e/program"
)

// TestKeyboardAlone goes from the shop's first page to the receipt without a mouse: skip link, cart, form, wallets by arrows,
// gateway, result. Each stop of the Tab key must be seen.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	b := open(t, p, desktop)
	b.to("/")
	b.keys(kb.Tab)
	b.until("the first stop leads past the header, and is seen", `document.activeElement.matches(".skip") && document.activeElement.getBoundingClientRect().top >= 0`)
	b.keys(kb.Enter)
	b.until("the content has the focus", `document.activeElement.id === "main"`)

	b.tabTo(teapotTee + " " + id("add-to-cart"))
	b.keys(kb.Enter)
	b.until("a screen reader hears that it is in the cart", `document.querySelector("#announcer").textContent.includes("1")`)
	b.backTo(id("cart-link"))
	b.keys(kb.Enter)
	b.until("at the cart", "location.pathname === '/cart'")
	b.tabTo(id("quantity"))
	b.keys(kb.ArrowUp)
	b.until("the sum is new, and the focus where it was", `document.querySelector('`+id("cart-total")+`').textContent.includes("200.00") && document.activeElement.matches('`+id("quantity")+`')`)
	b.until("a screen reader hears the new sum", `document.querySelector("#announcer").textContent.includes("200.00")`)
	b.tabTo(id("to-checkout"))
	b.keys(kb.Enter)
	b.until("at the checkout", "location.pathname === '/checkout'")

	b.tabTo("#email")
	b.keys("chan@example.com")
	b.tabTo("#full_name")
	b.write("陳大文")
	b.tabTo(id("address") + " > summary")
	b.keys(kb.Enter)
	b.until("the address is open", "document.querySelector('"+id("address")+"').open")
	b.tabTo("#line1")
	b.radios()
	b.tabTo(id("pay-button"))
	b.keys(kb.Enter)
	b.until("at the order", "location.pathname.startsWith('/orders/')")
	b.status("pending")

	b.tabTo(id("more-time"))
	b.tabTo(id("pay-here"))
	b.tabTo(id("short-link"))
	b.tabTo(id("copy-link"))
	b.tabTo(id("switch-wallet") + " > summary")
	b.keys(kb.Enter)
	b.until("other wallets are offered", "document.querySelector('"+id("switch-wallet")+"').open")
	b.tabTo(id("switch-wallet") + " input")
	b.tabTo(id("retry-button"))
	b.backTo(id("pay-here"))
	b.keys(kb.Enter)
	b.until("at the gateway", "location.pathname.startsWith('/simulator/')")
	b.tabTo("form" + id("pay") + " button")
	b.keys(kb.Enter)
	b.status("paid")
	b.tabTo(id("print"))
}

// radios goes to the wallets by one stop of the Tab key and chooses with the arrows, around the end too.
func (b *tab) radios() {
	b.t.Helper()
	b.tabTo("input[name=payment_processor]")
	chosen := func(what, want string) {
		b.t.Helper()
		b.until(what, `document.activeElement.matches("input[name=payment_processor]:checked") && document.querySelectorAll("input[name=payment_processor]:checked").length === 1 && document.activeElement.value === `+quoted(want))
	}
	chosen("the first wallet is chosen", "alipayhk")
	b.keys(kb.ArrowDown)
	chosen("down is the next", "alipaycn")
	b.keys(kb.ArrowUp + kb.ArrowUp)
	chosen("up from the first is the last", "wechatcn")
	b.keys(kb.ArrowRight)
	chosen("right from the last is the first", "alipayhk")
	b.keys(kb.ArrowLeft + kb.ArrowLeft)
	chosen("left goes back", "wechathk")
}

// shift is the key's bit among the protocol's modifiers.
const shift = 8

// backTo goes back with Shift and Tab until the element has the focus.
func (b *tab) backTo(selector string) {
	b.t.Helper()
	for range 40 {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			command(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Tab", Code: "Tab", WindowsVirtualKeyCode: 9, Modifiers: shift})
		}
		if value[bool](b, "document.activeElement.matches("+quoted(selector)+")") {
			return
		}
	}
	b.t.Fatalf("Shift and Tab don't lead back to %s", selector)
}

// TestStatusIsAnnounced reads what the page's status lines say as a screen reader would: at the scan, at the result, and at
// the end of the time.
func TestStatusIsAnnounced(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer, phone := open(t, p, desktop), open(t, p, iphone)
	computer.buy("wechathk")
	computer.has(id("live") + `[role="status"]`)
	value[bool](computer, `(() => {
		const place = document.querySelector("#announcer[role=status][aria-live=polite]");
		window.heard = [];
		new MutationObserver(() => window.heard.push(place.textContent)).observe(place, {childList: true, characterData: true, subtree: true});
		return true;
	})()`)
	phone.to(computer.attribute(id("short-link"), "value"))
	computer.until("the scan is announced", `window.heard.some((words) => words.includes("Scanned: confirm on your phone"))`)
	phone.click(id("pay-here"))
	phone.press("pay")
	computer.status("paid")
	computer.until("the result is announced", `window.heard.at(-1) === document.querySelector("[data-result]").textContent.trim() && window.heard.at(-1) !== ""`)
}
