package browser

import (
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

// album takes pictures of one tab.
type album struct {
	*tab
	folder, language string
	taken            int
}

// TestScreenshots takes pictures of every page and state for people to look at; it judges nothing.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	folder := os.Getenv(screenshots)
	if folder == "" {
		t.Skip("no pictures: " + screenshots + " names no folder")
	}
	chromium(t)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		t.Fatal(err)
	}
	for language, accept := range map[string]string{"en": "en-HK,en", "zh-Hant": "zh-HK,zh"} {
		for name, d := range map[string]device{"1280": desktop, "390": iphone} {
			t.Run(language+" "+name, func(t *testing.T) {
				t.Parallel()
				p := program.Start(t)
				a := &album{tab: open(t, p, d.speaking(accept)), folder: folder, language: language}
				a.allow(`status of (401|404|422)`)
				a.shelf()
				a.form()
				a.order(open(t, p, iphone.speaking(accept)))
				a.refused()
				a.behind()
				if a.taken < 50 {
					t.Errorf("only %d pictures", a.taken)
				}
			})
		}
	}
}

// take takes the page as it is now, light and dark, from its beginning to its end.
func (a *album) take(name string) {
	a.t.Helper()
	a.until("the page is there", "[...document.images].every((i) => i.loading === 'lazy' || i.complete)")
	value[bool](a.tab, "[...document.images].forEach((i) => i.loading = 'eager'), true")
	a.until("the pictures are there", "[...document.images].every((i) => i.complete)")
	value[bool](a.tab, "scrollTo({top: 0, behavior: 'instant'}), true")
	a.resize(a.device.width, max(a.device.height, value[int64](a.tab, "document.documentElement.scrollHeight"))) // what sticks to an edge hides nothing then
	for _, scheme := range []string{"light", "dark"} {
		a.scheme(scheme)
		a.until("the page is "+scheme, "matchMedia('(prefers-color-scheme: "+scheme+")').matches")
		picture := do(a.tab, "take "+name, chromedp.FullScreenshot(100))
		file := fmt.Sprintf("%s-%d-%s-%s.png", name, a.device.width, scheme, a.language)
		if err := os.WriteFile(filepath.Join(a.folder, file), picture, 0o600); err != nil {
			a.t.Fatal(err)
		}
		a.taken++
	}
	a.scheme("light")
	a.resize(a.device.width, a.device.height)
}

func (a *album) shelf() {
	a.t.Helper()
	for _, page := range [][2]string{
		{"shop", "/"}, {"product", "/products/jasmine-pearls"}, {"product-variants", "/products/roasted-tieguanyin"}, {"product-sold-out", "/products/aged-puer-cake"},
		{"product-free-amount", "/products/tea-for-the-team"}, {"cart-empty", "/cart"}, {"not-found", "/no/such/page"},
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
	a.choose("#state", "CA")
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

// behind takes the operator's pages and the simulator's.
func (a *album) behind() {
	a.t.Helper()
	a.to("/admin/login")
	a.take("admin-login")
	a.signIn()
	a.take("admin-orders")
	number := a.program.Query(a.t, `SELECT id FROM orders WHERE status = 'paid'`)
	a.to("/admin/orders/" + number)
	a.take("admin-order")
	a.to("/simulator/")
	a.take("simulator-overview")
	payment := a.program.Query(a.t, `SELECT merchant_transaction_id FROM payments WHERE status = 'PS'`)
	a.to("/simulator/payments/" + strings.TrimSpace(payment))
	a.take("simulator-payment")
}
