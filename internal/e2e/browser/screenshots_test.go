package browser

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lianlian-checkout/internal/e2e/program"
)

// screenshots names the folder for pictures of every page, as page-width-scheme-language.png.
const screenshots = "CHECKOUT_TEST_SCREENSHOTS"

// album goes through every page and state in one tab, judges each, and takes pictures when it has a folder.
type album struct {
	*tab
	folder, language string
	taken, asked     int // pages and states, and how often axe was asked
}

// TestEveryPage goes through every page and state: on the desktop, on a phone, and without JavaScript. With a folder for pictures it does
// so in all languages on both, which finds what another language's words are too long for and takes twice as long. See judge for what
// each page must be.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	chromium(t)
	folder := os.Getenv(screenshots)
	if folder != "" {
		if err := os.MkdirAll(folder, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	for _, walk := range []struct {
		language, accept string
		device           device
		always           bool
	}{
		{"en", "en-HK,en", desktop, true}, {"zh-Hant", "zh-HK,zh", iphone, true}, {"en", "en-HK,en", iphone.scriptless(), true},
		{"en", "en-HK,en", iphone, false}, {"zh-Hant", "zh-HK,zh", desktop, false}, {"zh-Hans", "zh-CN,zh", desktop, false}, {"zh-Hans", "zh-CN,zh", iphone, false},
		{"en", "en-HK,en", desktop.scriptless(), false},
	} {
		if folder == "" && !walk.always {
			continue
		}
		script := "script"
		if walk.device.withoutScript {
			script = "no script"
		}
		t.Run(fmt.Sprintf("%s %d %s", walk.language, walk.device.width, script), func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, "CHECKOUT_API_KEYS="+apiSecret, `CHECKOUT_CHECKOUT_EXTRA_FIELD_LABEL={"en":"Name on the gift card","zh-Hant":"禮物卡上的名字","zh-Hans":"礼品卡上的名字"}`,
				`CHECKOUT_CHECKOUT_EXTRA_FIELD_HINT={"en":"Leave empty for no card","zh-Hant":"不需要禮物卡可留空","zh-Hans":"不需要礼品卡可留空"}`)
			a := &album{tab: open(t, p, walk.device.speaking(walk.accept)), language: walk.language}
			if !walk.device.withoutScript {
				a.folder = folder
			}
			a.allow(`status of (401|404|410|422)`)
			a.shelf()
			a.form()
			a.order(open(t, p, iphone.speaking(walk.accept)))
			a.refused()
			a.session()
			a.behind()
			if walk.device.phone && !walk.device.withoutScript {
				for app, d := range map[string]device{"wechat": weChat, "other-app": facebook} {
					in := &album{tab: open(t, p, d.speaking(walk.accept)), folder: a.folder, language: walk.language}
					in.inside(app)
				}
				a.overruled()
			}
			if a.taken < 35 {
				t.Errorf("only %d pages and states", a.taken)
			}
			t.Logf("%d pages and states; axe was asked %d times", a.taken, a.asked)
		})
	}
}

// take judges the page as it is now, and takes pictures of it, in each scheme from its beginning to its end.
func (a *album) take(name string) {
	a.t.Helper()
	a.taken++
	a.until("the page is there", "[...document.images].every((i) => i.loading === 'lazy' || i.complete)")
	a.judge(name)
	if a.folder == "" {
		return
	}
	value[bool](a.tab, "[...document.images].forEach((i) => i.loading = 'eager'), true")
	a.until("the pictures are there", "[...document.images].every((i) => i.complete)")
	value[bool](a.tab, "scrollTo({top: 0, behavior: 'instant'}), true")
	a.resize(a.device.width, max(a.device.height, value[int64](a.tab, "document.documentElement.scrollHeight"))) // what sticks to an edge hides nothing then
	for _, scheme := range []string{"light", "dark", "forced"} {
		a.scheme(scheme)
		picture := do(a.tab, "take "+name, chromedp.FullScreenshot(100))
		file := fmt.Sprintf("%s-%d-%s-%s.png", name, a.device.width, scheme, a.language)
		if err := os.WriteFile(filepath.Join(a.folder, file), picture, 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	a.scheme("light")
	a.restore()
}

func (a *album) shelf() {
	a.t.Helper()
	for _, page := range [][2]string{
		{"shop", "/"}, {"product", "/products/jasmine-pearls"}, {"product-variants", "/products/roasted-tieguanyin"}, {"product-sold-out", "/products/aged-puer-cake"},
		{"product-free-amount", "/products/tea-for-the-team"}, {"cart-empty", "/cart"}, {"not-found", "/no/such/page"},
		{"shop-search", "/?q=tea"}, {"shop-nothing", "/?q=coffee&category=Tea"},
	} {
		a.to(page[1])
		a.take(page[0])
	}
	a.to("/products/roasted-tieguanyin")
	a.click(id("add-to-cart"))
	a.has(id("added"))
	a.take("product-added")
	a.to("/")
	a.click(teapotTee + " " + id("add-to-cart"))
	a.until("the cart's count is 2", "document.querySelector('"+id("cart-count")+"').innerText.trim() === '2'")
	a.take("shop-added")
	a.to("/cart")
	a.take("cart")
	a.click(id("discount-fold") + " summary")
	a.fill(id("discount-code"), "TEA99")
	a.click(id("discount-apply"))
	a.has(id("error-discount"))
	a.take("cart-discount-wrong")
	a.fill(id("discount-code"), "tea10")
	a.click(id("discount-apply"))
	a.has(id("discount-kept"))
	a.take("cart-discount")
}

func (a *album) form() {
	a.t.Helper()
	a.click(id("to-checkout"))
	a.until("at the checkout", "location.pathname === '/checkout'")
	a.take("checkout-empty")
	a.click(id("pay-button"))
	a.has(id("error-summary"))
	a.take("checkout-errors")
	a.fill("#email", "chan@example.com")
	a.fill("#full_name", "陳大文")
	a.fill("#phone", "91234567")
	a.click(id("address") + " summary")
	a.choose("#country", "US")
	a.fill("#line1", "1 Market Street")
	a.fill("#city", "San Francisco")
	a.choose("#state", "US-CA")
	a.fill("#extra", "Grandmother 婆婆")
	if a.device.phone {
		a.click(id("summary") + " summary")
	}
	a.take("checkout-filled")
}

// order takes the order's states one after the other; the helper is a phone that scans.
func (a *album) order(helper *tab) {
	a.t.Helper()
	a.click(id("wallet-wechathk"))
	a.click(id("pay-button"))
	a.until("the form was answered", "location.pathname !== '/checkout'")
	if a.device.phone {
		a.take("wallet")
		a.to(a.page())
		a.take("order-continue")
	} else {
		a.has(id("qr"))
		a.take("order-qr")
		if a.device.withoutScript {
			a.click(id("reloads") + " a")
			a.has(id("still"))
			a.take("order-still")
			a.click(id("still") + " a + a")
			a.has(id("reloads"))
		}
		a.click(id("switch-wallet") + " summary")
		a.take("order-switch")
		helper.to(a.attribute(id("short-link"), "value"))
		a.until("scanned", `document.querySelector('`+id("order-status")+`').dataset.scanned === 'true'`)
		a.take("order-scanned")
	}
	a.to(a.page() + "?returned=1")
	a.take("order-confirming")
	a.to(a.page())
	a.click(id("pay-here"))
	a.until("at the gateway", "location.pathname.startsWith('/simulator/')")
	if !a.device.phone {
		a.take("cashier")
	}
	a.click(id("else") + " summary")
	a.choose("#decline_code", "insufficient_funds")
	a.press("fail")
	a.has(id("outcome"))
	a.take("simulator-failed")
	a.to(a.page())
	a.status("failed")
	a.take("order-failed")
	a.again()
	a.press("cancel")
	a.has(id("outcome"))
	a.to(a.page())
	a.status("cancelled")
	a.take("order-cancelled")
	a.set("expired")
	a.to(a.page())
	a.take("order-expired")
	a.set("cancelled")
	a.to(a.page())
	a.again()
	a.press("pay")
	a.until("back", "location.pathname.startsWith('/orders/')")
	a.status("paid")
	a.take("order-paid")
	for _, status := range []string{"refund_pending", "partially_refunded", "refunded", "charged_back"} {
		a.set(status)
		a.to(a.page())
		a.take("order-" + status)
	}
	a.set("paid")
	a.to("/find")
	a.take("find")
	a.fill("#number", "2222-2222")
	a.fill("#email", "chan@example.com")
	a.click(id("find-button"))
	a.has(id("error-summary"))
	a.take("find-none")
}

// again goes on with the order to the gateway's page.
func (a *album) again() {
	a.t.Helper()
	a.click(id("retry-form") + " " + id("wallet-alipaycn"))
	a.click(id("retry-button"))
	if !a.device.phone {
		a.has(id("qr"))
		a.click(id("pay-here"))
	}
	a.until("at the gateway", "location.pathname.startsWith('/simulator/')")
}

// page is the order's page.
func (a *album) page() string {
	a.t.Helper()
	return "/orders/" + a.program.Query(a.t, `SELECT token FROM orders ORDER BY id DESC LIMIT 1`)
}

// set gives the order a status that only time would bring.
func (a *album) set(status string) {
	a.t.Helper()
	a.change(`UPDATE orders SET status = ?`, status)
}

// inside takes what is otherwise in an app's own browser.
func (a *album) inside(app string) {
	a.t.Helper()
	a.fillCart()
	a.click(id("to-checkout"))
	a.at("^/checkout$")
	a.click(id("guide") + " summary")
	a.take("checkout-in-" + app)
	a.fill("#email", "chan@example.com")
	a.fill("#full_name", "陳大文")
	a.click(id("wallet-wechathk"))
	a.click(id("pay-button"))
	a.until("at the gateway", "location.pathname.startsWith('/simulator/')")
	a.to(a.page())
	a.take("order-in-" + app)
	a.change(`UPDATE payments SET processor = 'alipayhk' WHERE id = (SELECT max(id) FROM payments)`)
	a.to(a.page())
	a.take("order-of-alipayhk-in-" + app)
}

// overruled is a phone that shows a code for another one.
func (a *album) overruled() {
	a.t.Helper()
	a.to(a.page() + "?device=desktop")
	a.has(id("qr"))
	a.take("order-qr-on-phone")
}

// links takes the console's payment links, their sheets, and what payers see of them.
func (a *album) links() {
	a.t.Helper()
	a.to("/admin/links")
	a.take("admin-links-empty")
	a.to("/admin/links/new")
	a.take("admin-new-link")
	a.click(id("kind-items"))
	a.click(id("link-make"))
	a.has(id("error-summary"))
	a.take("admin-new-link-errors")
	free := a.makeLink("free", "title_en", "Pay at the counter", "title_zh-Hant", "櫃檯付款", "title_zh-Hans", "柜台付款", "least", "10", "most", "5000")
	link := a.makeLink("fixed", "title_en", "Deposit for the tasting", "title_zh-Hant", "品茶會訂金", "title_zh-Hans", "品茶会订金", "amount", "1280.00", "max_payments", "1")
	a.take("admin-link")
	path := a.path()
	for _, size := range []string{"a6", "a4"} {
		a.to(path + "/sheet?size=" + size)
		a.take("sheet-" + size)
	}
	a.to("/admin/links")
	a.take("admin-links")
	a.to(link)
	a.take("link")
	a.to(free)
	a.take("link-free")
	a.fill("#amount", "9,99")
	a.click(id("pay-button"))
	a.has(id("error-amount"))
	a.take("link-free-errors")
	a.change(`UPDATE links SET inactive = 1`)
	a.to(link)
	a.take("link-closed")
	a.change(`UPDATE links SET inactive = 0, max_payments = 1`)
}

// refused is an order that the gateway doesn't take.
func (a *album) refused() {
	a.t.Helper()
	scenario(a.t, a.program, "create_decline_code", "insufficient_funds", "create_return_code", "ERROR_DURING_ORDER_PROCESSING")
	a.fillCart()
	a.fillForm("alipayhk")
	a.click(id("pay-button"))
	a.has(id("declined"))
	a.take("order-refused")
	scenario(a.t, a.program)
}

// session takes the hosted page of a session, fresh and with what is wrong named.
func (a *album) session() {
	a.t.Helper()
	_, page := session(a.t, a.program, `{"items":[{"sku":"demo-tee"},{"name":"Gift wrap","price":"20.00","quantity":2}]}`)
	a.to(page)
	a.take("session")
	a.click(id("pay-button"))
	a.has(id("error-summary"))
	a.take("session-errors")
}

// counter takes the keypad, and a charge as its payer comes on.
func (a *album) counter() {
	a.t.Helper()
	a.to("/admin/charge")
	a.take("desk-charge")
	a.click(id("charge"))
	a.has(id("error-amount"))
	a.take("desk-charge-errors")
	a.fill("#amount", "88.00")
	a.click(id("charge"))
	a.has(id("qr"))
	a.take("desk-charged")
	path := a.path()
	a.change("UPDATE payments SET scanned_at = 1 WHERE id = (SELECT MAX(id) FROM payments)")
	a.to(path)
	a.take("desk-charged-scanned")
	a.change("UPDATE payments SET status = 'PS', processor = 'wechatcn', paid_at = 1795651200000 WHERE id = (SELECT MAX(id) FROM payments)")
	a.change("UPDATE orders SET status = 'paid', paid_at = 1795651200000 WHERE id = (SELECT MAX(id) FROM orders)")
	a.to(path)
	a.take("desk-charged-paid")
}

// behind takes the operator's pages and the simulator's.
func (a *album) behind() {
	a.t.Helper()
	a.to("/admin/login")
	a.take("admin-login")
	a.signIn()
	a.take("desk-today")
	a.to("/admin/reports")
	a.take("desk-reports")
	a.to("/admin/reports/settlement")
	a.take("desk-settlement")
	a.to("/admin/orders")
	a.take("admin-orders")
	number := a.program.Query(a.t, `SELECT id FROM orders WHERE status = 'paid'`)
	a.to("/admin/orders/" + number)
	a.take("admin-order")
	a.refunds(number)
	a.to("/admin/codes?q=payment_")
	a.take("desk-codes")
	a.webhooks(number)
	a.links()
	for _, page := range [][2]string{{"desk-products", "/admin/products"}, {"desk-product-new", "/admin/products/new"}, {"desk-product", "/admin/products/2"}, {"desk-import", "/admin/products/import"},
		{"desk-branding", "/admin/settings/branding"}} {
		a.to(page[1])
		a.take(page[0])
	}
	a.to("/admin/settings/check?run=1")
	a.has(id("check-sums"))
	a.take("admin-check")
	a.to("/admin/settings/sign")
	a.fill("#body", `{"merchant_id":"2080898732499253","transaction_amount":"100.00"}`)
	a.fill("#expected", "merchant_id=2080898732499253&transaction_amount=100.0")
	a.click(id("sign-run"))
	a.has(id("sign-found"))
	a.take("admin-sign")
	a.settings()
	a.to("/simulator/")
	a.take("simulator-overview")
	payment := a.program.Query(a.t, `SELECT merchant_transaction_id FROM payments WHERE status = 'PS'`)
	a.to("/simulator/payments/" + strings.TrimSpace(payment))
	a.take("simulator-payment")
	a.counter()
}

// refunds takes the page that shows what a refund will do, and an order with refunds.
func (a *album) refunds(order string) {
	a.t.Helper()
	a.fill("#reason", "One of two was broken")
	a.click(id("refund-next-step"))
	a.has(id("refund-confirm"))
	a.take("desk-refund")
	for i, status := range []string{"succeeded", "failed", "created"} {
		a.change(fmt.Sprintf(`INSERT INTO refunds (order_id, payment_id, merchant_transaction_id, status, amount, currency, reason, made_by, return_code, refused, created_at, updated_at)
			SELECT order_id, id, merchant_transaction_id || %d, '%s', 2000, 'HKD', 'One of two was broken', 'admin', CASE %d WHEN 0 THEN '' ELSE 'INSUFFICIENT_BALANCE' END, %d, updated_at, updated_at
			FROM payments WHERE order_id = %s`, i, status, i, i/2, order))
	}
	a.change(`UPDATE orders SET refund_count = 3 WHERE id = ` + order)
	a.to("/admin/orders/" + order)
	a.has(id("refund"))
	a.take("desk-refunds")
	a.change(`DELETE FROM refunds`)
	a.change(`UPDATE orders SET refund_count = 0 WHERE id = ` + order)
}

// settings takes the pages of people, keys and the audit log, each with something on it.
func (a *album) settings() {
	a.t.Helper()
	a.to("/admin/settings/people")
	a.take("desk-people-none")
	a.change(`INSERT INTO users (id, name, role, password_hash, totp_secret, created_at, signed_in_at) VALUES (1, 'mei@shop.example', 'staff', 'x', 'JBSWY3DPEHPK3PXP', 1764000000000, 1764100000000)`)
	a.change(fmt.Sprintf(`INSERT INTO users (id, name, role, invite, invite_until, created_at) VALUES (2, '美玲', 'owner', '%x', 9999999999999, 1764000000000)`, sha256.Sum256([]byte("welcome"))))
	a.change(`INSERT INTO api_keys (id, name, hash, created_at, used_at) VALUES (1, 'booking site', 'fedcba9876543210', 1764000000000, 1764100000000)`)
	for _, page := range [][2]string{
		{"desk-people", "people"}, {"desk-person", "people/1"}, {"desk-keys", "keys"}, {"desk-audit", "audit"}, {"desk-account", "account"},
	} {
		a.to("/admin/settings/" + page[1])
		a.take(page[0])
	}
	a.to("/admin/welcome/welcome")
	a.take("desk-welcome")
}

// webhooks takes the page of endpoints and deliveries: with none, then with one of each state.
func (a *album) webhooks(order string) {
	a.t.Helper()
	a.to("/admin/webhooks")
	a.has(id("no-endpoints"))
	a.take("admin-webhooks-empty")
	for _, statement := range []string{
		`INSERT INTO endpoints (id, url, kind, events, created_at) VALUES (1, 'https://erp.example.com/hooks/checkout', 'console', '', 1)`,
		`INSERT INTO endpoints (id, url, kind, events, created_at, disabled_at, reason) VALUES (2, 'https://old.example.com/hook?key=1', 'console', 'order.paid order.refunded', 1, 2, 'gone')`,
		`UPDATE outbox SET message = 'msg_5f1b0c2d9e8a7b6c5d4e3f2a1b0c9d8e', body = '{"type":"order.paid","data":{"amount":"100.00","currency":"HKD","items":[{"name":"茶壺圖案T恤"}]}}'`,
		`INSERT INTO deliveries (id, outbox_id, endpoint_id, state, created_at, tries, tried_at, status, error) SELECT 1, max(id), 1, 'delivered', created_at, 3, created_at, 200, '' FROM outbox WHERE type = 'order.paid'`,
		`INSERT INTO deliveries (id, outbox_id, endpoint_id, state, created_at, done_at, tries, tried_at, status, error) SELECT 2, max(id), 2, 'dead', created_at, created_at, 1, created_at, 410, 'answered 410' FROM outbox WHERE type = 'order.paid'`,
		`INSERT INTO tries (delivery_id, at, took, status, answer, error) SELECT 1, created_at, 42, 503, '<h1>busy</h1>', 'answered 503' FROM deliveries WHERE id = 1`,
		`INSERT INTO tries (delivery_id, at, took, status, answer, error) SELECT 1, created_at, 10000, 0, '', 'no whole answer within 10s' FROM deliveries WHERE id = 1`,
		`INSERT INTO tries (delivery_id, at, took, status, answer, error) SELECT 1, created_at, 12, 200, 'ok', '' FROM deliveries WHERE id = 1`,
	} {
		a.change(statement)
	}
	a.to("/admin/webhooks")
	a.has(id("webhooks-dead"))
	a.take("admin-webhooks")
	a.to("/admin/payments/attention")
	a.has(id("attention-item"))
	a.take("desk-attention")
	a.to("/admin/webhooks/1")
	a.take("admin-webhook")
	a.to("/admin/webhooks/2")
	a.take("admin-webhook-dead")
	a.to("/admin/orders/" + order)
}
