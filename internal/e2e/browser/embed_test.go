package browser

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestEmbedModal buys in the modal on another site's page, by keyboard alone, without ever leaving that page, in a browser that
// gives no cookies to third parties.
func TestEmbedModal(t *testing.T) {
	t.Parallel()
	p, site := embedding(t)
	site.pages["/"] = `<h1>Blog</h1><p><a href="#x" id="before">before</a> <button id="buy" data-checkout-items="demo-tee:1">Buy</button> <a href="#y" id="after">after</a></p><p id="long"></p><p id="end">end</p>` +
		embedScript() + `<script src="/long.js"></script>`
	site.pages["/long.js"] = `document.querySelector("#long").style.height = "3000px";`
	b := visitor(t, p, site, desktop, "/")
	phone := open(t, p, iphone)
	b.until("embed.js is there", "window.Checkout?.version === 1")

	opened := `document.querySelector('dialog[role=dialog][aria-modal=true][aria-label=Checkout]:modal')`
	shut := `!document.querySelector("dialog:modal") && document.activeElement.id === "buy" && document.documentElement.style.overflow === ""`
	b.tabTo("#buy")
	b.keys(kb.Enter)
	b.until("the modal is open", opened)
	in := b.inside("dialog iframe")
	b.until("the frame has the focus", `document.activeElement.tagName === "IFRAME"`)
	in.until("and in it the content", `document.activeElement.id === "main"`)
	b.until("the page behind keeps still", `getComputedStyle(document.documentElement).overflow === "hidden"`)
	in.judgeInside("form", b)
	in.picture("embed-modal-form")

	in.tabTo("#email")
	in.keys("chan@example.com")
	b.keys(kb.Escape)
	b.until("Escape inside the frame closes, and the focus is back", shut)
	b.hears("closed")
	b.keys(kb.Enter)
	b.until("the modal is open again", opened)
	in.until("what was typed is still there", `document.querySelector("#email").value === "chan@example.com" && document.hasFocus()`)
	for range 60 { // round and round: never to the page behind
		b.keys(kb.Tab)
		if on := value[string](b, `document.activeElement.closest("dialog, body").tagName + document.activeElement.id`); on != "DIALOG" && on != "BODY" {
			t.Fatalf("the focus is on the page behind: %s", on)
		}
	}
	value[bool](b, `document.querySelector("dialog button").focus(), true`)
	b.keys(kb.Escape)
	b.until("Escape outside the frame closes too", shut)
	b.keys(kb.Enter)
	b.until("the modal is open again", opened)

	in.tabTo("#full_name")
	in.write("陳大文")
	in.tabTo("input[name=payment_processor]")
	in.keys(kb.ArrowDown + kb.ArrowDown)
	in.until("the arrows have chosen WeChat Pay HK", "document.querySelector('#wallet-wechathk').checked")
	in.tabTo(id("pay-button"))
	in.keys(kb.Enter)
	in.status("pending")
	in.has(id("qr"))
	in.judgeInside("code", b)
	in.picture("embed-modal-code")
	b.until("the code is as high as it needs", `(() => { const f = document.querySelector("dialog iframe"), d = document.querySelector("dialog > div"); return d.clientHeight === f.clientHeight && f.clientHeight > 500 && f.clientHeight <= innerHeight - 32; })()`)

	link := in.attribute(id("short-link"), "value")
	in.until("the code is drawn", `document.querySelector('`+id("qr")+`').complete`)
	if got := b.camera(); got != link {
		t.Errorf("the code on the other site's page says %q, want %q", got, link)
	}
	phone.goesOn(link)
	phone.at("^/simulator/pay/")
	in.until("the frame knows of the scan", `document.querySelector('`+id("order-status")+`').dataset.scanned === 'true'`)
	phone.press("pay")
	phone.status("paid")
	in.status("paid")
	in.has(id("receipt"))
	b.hears("paid")
	in.judgeInside("paid", b)
	in.picture("embed-modal-paid")
	number := in.text(id("receipt") + " " + id("order-number"))
	if got, want := b.heard("paid"), fmt.Sprintf(`[{"on":"buy","type":"paid","order":{"id":"1","number":%q}}]`, number); got != want {
		t.Errorf("the page hears %s, want %s and nothing more", got, want)
	}
	in.click(id("done"))
	b.until("the modal is closed, and the focus is back", shut)
	b.until("nothing of it is left", `!document.querySelector("dialog")`)
	b.until("the page hears that it was paid", `heard.filter((e) => e.type === "closed").at(-1).paid === true`)
	if got := value[string](b, `[...new Set(heard.map((e) => e.type))].sort().join()`); got != "closed,paid,ready,resize" {
		t.Errorf("the page heard %s", got)
	}
	if at := b.where(); at != site.URL+"/" {
		t.Errorf("the page has become %s", at)
	}
	if n := b.cookies(); n != 0 {
		t.Errorf("%d cookies are left", n)
	}
	b.keys(kb.Enter)
	b.until("the next purchase begins anew", opened)
	b.inside("dialog iframe").until("with an empty form", `document.querySelector("#email").value === ""`)
}

// TestEmbedInline holds two frames in one page: items, and an order that is there already. Everything that an order's page offers
// works in it: languages, another wallet, more time, the end of the time, and a new try.
func TestEmbedInline(t *testing.T) {
	t.Parallel()
	p, site := embedding(t)
	shop := open(t, p, desktop)
	shop.buy("alipaycn")
	shop.at("^/orders/")
	session := strings.TrimPrefix(shop.path(), "/orders/")
	site.pages["/"] = `<h1>Blog</h1><section id="one"></section><hr><section id="two"></section>` + embedScript() + `<script src="/mount.js"></script>`
	// It speaks before embed.js has come: what it wants waits in an array.
	site.pages["/mount.js"] = `window.paid = [];
		(window.Checkout = window.Checkout || []).push((checkout) => {
			window.one = checkout.mount("#one", {items: [{sku: "demo-tee"}, {sku: "WARE-CUPS-2", quantity: 2}], locale: "zh-Hant", onPaid: (e) => paid.push(e.order.number)});
			window.two = checkout.mount(document.querySelector("#two"), {session: "` + session + `"});
		});`
	b := visitor(t, p, site, desktop, "/")
	one, two := b.inside("#one iframe"), b.inside("#two iframe")
	two.status("pending")
	b.until("each frame is as high as its page", `[...document.querySelectorAll("iframe")].every((f) => f.clientHeight > 400)`)
	for _, in := range []*tab{one, two} {
		in.until("nothing scrolls inside", "document.scrollingElement.scrollHeight <= innerHeight")
		in.judgeInside("inline", b)
	}
	one.readsChinese()
	one.picture("embed-inline")

	two.click(`nav.languages a[lang="zh-Hans"]`)
	two.until("the language is another", `document.documentElement.lang === "zh-Hans" && location.pathname.startsWith("/embed/orders/")`)
	b.ready("two", 2)
	two.click(id("switch-wallet") + " summary")
	two.click(id("switch-wallet") + " " + id("wallet-wechathk"))
	two.click(id("retry-button"))
	two.until("the wallet is another, the language the same", `document.querySelector("#order").dataset.processor === "wechathk" && document.documentElement.lang === "zh-Hans"`)
	b.ready("two", 3)
	two.click(id("more-time"))
	two.has(id("notice") + "[data-notice=extended]")
	b.ready("two", 4)
	b.change(`UPDATE orders SET status = 'expired', expires_at = 1`)
	value[bool](two, "location.reload(), true") // what this test wrote nobody has told of
	two.status("expired")
	b.hears("expired")
	b.ready("two", 5)
	two.click(id("retry-button"))
	two.status("pending")
	b.ready("two", 6) // which also brings its beginning into sight

	one.allow("status of 422")
	one.click(id("pay-button"))
	one.has(id("error-summary"))
	one.until("the faults are read first", `document.activeElement.id === "error-summary"`)
	b.ready("one", 2)
	one.readsChinese()
	one.answer("wechathk")
	one.click(id("pay-button"))
	one.status("pending")
	b.ready("one", 3)
	one.readsChinese()
	b.until("the beginning of the next page is in sight", `document.querySelector("#one").getBoundingClientRect().top >= -1`)
	open(t, p, iphone).pays(one.attribute(id("short-link"), "value"))
	one.status("paid")
	one.readsChinese()
	b.until("its own callback is called, once", `paid.length === 1`)
	if got := b.heard("paid"); strings.Count(got, `"on":"one"`) != 1 || strings.Contains(got, `"two"`) {
		t.Errorf("the page hears %s, want it of the first frame alone", got)
	}
	if !one.missing(id("done")) {
		t.Error("there is a button that closes, and nothing to close")
	}

	// On this computer: the whole window goes, to the gateway and to the order's own page.
	two.click(id("pay-here"))
	b.until("the window is at the gateway", "location.pathname.startsWith('/simulator/pay/')")
	b.press("pay")
	b.at("^/orders/" + session + "$")
	b.status("paid")
}

// TestEmbedNarrow is the checkout in a place 320 pixels wide, and what it says of things that can't be bought.
func TestEmbedNarrow(t *testing.T) {
	t.Parallel()
	p, site := embedding(t)
	site.pages["/"] = `<div id="place"></div>` + embedScript() + `<script src="/mount.js"></script>`
	site.pages["/mount.js"] = `(window.Checkout = window.Checkout || []).push((c) => (window.mounted = c.mount("#place", {items: location.hash.slice(1)})));`
	b := open(t, p, desktop, site.URL)
	b.allow("status of 40[49]")
	b.resize(336, 800)
	for _, items := range []string{"demo-tee:1,TEA-JASMINE-100:3", "TEA-PUER-357:1,demo-tee:1,gone:1", "gone:1", "?"} {
		b.to(site.URL + "/?" + url.QueryEscape(items) + "#" + items) // another address is another page
		in := b.inside("#place iframe")
		in.allow("status of 40[49]")
		if items != "demo-tee:1,TEA-JASMINE-100:3" {
			in.has(id("not-for-sale"))
		}
		in.judgeInside(items, b)
	}
}

// TestEmbedPhone: on a phone the window goes to the checkout, from a tap and never by itself; without JavaScript a link does
// the same everywhere.
func TestEmbedPhone(t *testing.T) {
	t.Parallel()
	p, site := embedding(t)
	site.pages["/"] = `<h1>Blog</h1><a id="buy" data-checkout-items="demo-tee:1" data-checkout-locale="zh-Hant" href="{shop}/embed/checkout?items=demo-tee:1&amp;locale=zh-Hant">Buy</a><section id="place"></section>` + embedScript()
	for name, d := range map[string]device{"phone": iphone, "wechat": weChat} {
		b := visitor(t, p, site, d, "/")
		b.until("embed.js is there", "window.Checkout?.version === 1")
		value[bool](b, `Checkout.mount("#place", {items: "demo-tee:1"}), true`)
		b.has("#place a[target=_top]")
		b.picture("embed-" + name)
		b.click("#buy")
		b.at("^/embed/checkout$")
		b.readsChinese()
		b.picture("embed-" + name + "-alone")
		b.answer("wechathk")
		b.click(id("pay-button"))
		b.at("^/simulator/pay/")
		b.press("pay")
		b.at("^/orders/")
		b.status("paid")
	}
	b := visitor(t, p, site, iphone, "/")
	b.until("embed.js is there", "window.Checkout?.version === 1")
	do(b, "open without a tap", chromedp.Evaluate[bool](`Checkout.open({items: "demo-tee:1"}), true`))
	b.inside("dialog iframe").has(id("checkout-form"))
	if at := b.where(); at != site.URL+"/" {
		t.Errorf("the window went to %s though nobody has tapped", at)
	}

	plain := visitor(t, p, site, desktop.scriptless(), "/")
	plain.click("#buy")
	plain.at("^/embed/checkout$")
	plain.answer("alipayhk")
	plain.click(id("pay-button"))
	plain.at("^/orders/")
	plain.status("pending")
	plain.has(id("qr"))
}

// TestEmbedHostile: a site that isn't listed gets no frame, no site gets a page that isn't meant for it, and messages of anybody
// else change nothing, on either side.
func TestEmbedHostile(t *testing.T) {
	t.Parallel()
	p, site := embedding(t)
	evil := newForeign(t)
	evil.shop, evil.pages = p.URL, map[string]string{"/note.js": note}
	evil.pages["/"] = `<div id="place"></div>` + embedScript() + `<script src="/mount.js"></script>`
	evil.pages["/mount.js"] = `(window.Checkout = window.Checkout || []).push((c) => c.mount("#place", {items: "demo-tee:1"}));`
	refused := `(frame-ancestors|X-Frame-Options|ERR_BLOCKED_BY_RESPONSE|ContentSecurityPolicyIssue|Refused to frame|violates the following)`

	victim := visitor(t, p, evil, desktop, "/")
	victim.allow(refused)
	victim.until("the way to the checkout is offered instead", `document.querySelector("#place a[target=_top]")?.getBoundingClientRect().height > 0`)
	if got := value[int](victim, "heard.length"); got != 0 {
		t.Errorf("a site that isn't listed heard %d events", got)
	}

	// A site that is listed frames what isn't for frames.
	shop := open(t, p, desktop)
	shop.buy("alipaycn")
	shop.at("^/orders/")
	site.pages["/frames"] = `<script src="/frames.js"></script>`
	site.pages["/frames.js"] = fmt.Sprintf(`window.loaded = 0;
		for (const path of ["/", "/cart", "/checkout", "/admin/login", "/find", %q]) {
			const f = document.createElement("iframe");
			f.addEventListener("load", () => loaded++);
			f.src = %q + path;
			document.documentElement.append(f);
		}`, shop.path(), p.URL)
	framer := visitor(t, p, site, desktop, "/frames")
	framer.allow(refused)
	framer.until("all frames have ended", "loaded >= 6")
	targets, err := chromedp.Targets(framer.ctx)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, info := range targets {
		if info.Type != "iframe" || !strings.HasPrefix(info.URL, p.URL) || strings.HasPrefix(info.URL, p.URL+"/embed/") {
			continue
		}
		ctx, cancel := chromedp.NewContext(framer.ctx, chromedp.WithTargetID(info.TargetID), chromedp.WithDetachOnCancel())
		if at, err := chromedp.Run(ctx, chromedp.Evaluate[string]("location.protocol")); err != nil || at != "chrome-error:" {
			t.Errorf("%s is framed: %s %v", info.URL, at, err)
		}
		cancel()
		tried++
	}

	if tried < 6 {
		t.Errorf("only %d frames were looked at", tried)
	}

	// Forged messages: of the page to itself, of another frame to the page, of another frame to the checkout's.
	site.pages["/"] = `<div id="place"></div><button id="go" data-checkout-items="demo-tee:1">x</button>` + embedScript() + `<script src="/mount.js"></script>`
	site.pages["/mount.js"] = `(window.Checkout = window.Checkout || []).push((c) => c.mount("#place", {items: "demo-tee:1"}));
		window.forged = (type) => ({source: "lianlian-checkout", version: 1, type, height: 9999, order: {id: "1", number: "AAAA-AAAA"}});`
	b := visitor(t, p, site, desktop, "/")
	in := b.inside("#place iframe")
	height := value[int](b, `document.querySelector("#place iframe").clientHeight`)
	in.until("the checkout hears what comes", `(window.got = [], addEventListener("message", (e) => got.push(e.data.type)), true)`)
	value[bool](b, `(() => {
		for (const type of ["paid", "resize", "close", "expired"]) {
			postMessage(forged(type), "*");
			const frame = document.querySelector("#place iframe");
			dispatchEvent(new MessageEvent("message", {data: forged(type), origin: location.origin, source: frame.contentWindow}));
			dispatchEvent(new MessageEvent("message", {data: forged(type), origin: "`+p.URL+`.evil.example", source: frame.contentWindow}));
			dispatchEvent(new MessageEvent("message", {data: forged(type), origin: "`+p.URL+`", source: window}));
			dispatchEvent(new MessageEvent("message", {data: forged(type), origin: "`+p.URL+`"}));
			for (const data of [null, "x", {...forged(type), source: "other"}, {...forged(type), version: 2}, {...forged("__proto__")}, {...forged("constructor")}]) {
				dispatchEvent(new MessageEvent("message", {data, origin: "`+p.URL+`", source: frame.contentWindow}));
			}
		}
		return true;
	})()`)
	in.until("nor does the checkout take any of them", `(() => {
		for (const origin of ["https://evil.example", location.origin, "null", ""]) {
			dispatchEvent(new MessageEvent("message", {data: {source: "lianlian-checkout", version: 1, type: "focus"}, origin, source: parent}));
		}
		dispatchEvent(new MessageEvent("message", {data: {source: "lianlian-checkout", version: 1, type: "focus"}, origin: "`+site.URL+`", source: window}));
		return document.activeElement === document.body;
	})()`)
	b.until("all is as it was", fmt.Sprintf(`document.querySelector("#place iframe").clientHeight === %d && !heard.some((e) => e.type !== "ready" && e.type !== "resize") && !heard.some((e) => e.height === 9999)`, height))
	if got := p.Query(t, `SELECT count(*) FROM orders WHERE status = 'paid'`); got != "0" {
		t.Errorf("%s orders are paid", got)
	}
	// The real page takes what is real, so that the silence above means something.
	value[bool](b, `document.querySelector("#place iframe").contentWindow.postMessage({source: "lianlian-checkout", version: 1, type: "focus"}, "`+p.URL+`"), true`)
	in.until("a real message arrives", `document.activeElement.id === "main"`)
}

// pays opens the link that a code holds and pays.
func (b *tab) pays(link string) {
	b.t.Helper()
	b.goesOn(link)
	b.at("^/simulator/pay/")
	b.press("pay")
	b.status("paid")
}

// judgeInside says what is wrong with a page in a frame: axe's findings in light and dark, and what makes it scroll sideways.
func (b *tab) judgeInside(name string, around *tab) {
	b.t.Helper()
	for _, scheme := range []string{"dark", "light"} {
		around.scheme(scheme)
		b.scheme(scheme)
		for _, finding := range b.axe(scheme == "light") {
			b.t.Errorf("%s in a frame, %s: axe: %s", name, scheme, finding)
		}
	}
	for _, finding := range around.axe(true) {
		if !strings.HasPrefix(finding, "region ") && !strings.HasPrefix(finding, "landmark-one-main ") && !strings.HasPrefix(finding, "page-has-heading-one ") {
			b.t.Errorf("around %s: axe: %s", name, finding)
		}
	}
	if beyond := b.beyond(); beyond != "" {
		b.t.Errorf("%s in a frame reaches beyond its edge: %s", name, beyond)
	}
}

// picture takes one of the whole window in light and dark, when there is a folder for them.
func (b *tab) picture(name string) {
	b.t.Helper()
	folder := os.Getenv(screenshots)
	if folder == "" {
		return
	}
	window := b
	if b.around != nil {
		window = b.around
	}
	for _, scheme := range []string{"dark", "light"} {
		window.scheme(scheme)
		b.scheme(scheme)
		picture := do(window, "take "+name, chromedp.CaptureScreenshot())
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", name, b.device.width, scheme)), picture, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
}
