package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"lianlian-checkout/internal/e2e/program"
)

// Most bytes over the wire of one page with all that it loads, headers and all.
const (
	firstVisit = 60_000 // to somebody whose browser holds nothing of ours
	nextVisit  = 20_000 // to somebody who comes from the shop's first page, or comes again
)

// TestWeight weighs each page in three ways; -v prints the table. That nothing is asked of another host and that each page
// has a strict policy is the watch's business, in every test.
func TestWeight(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t, "CHECKOUT_EMBED_ORIGINS=https://blog.example")
	b := open(t, p, desktop)
	b.allow(`status of 40[14]`)
	var table strings.Builder
	weigh := func(name, path string) {
		t.Helper()
		first := b.visit(path, true)
		b.visit("/", true)
		next, again := b.visit(path, false), b.visit(path, false)
		fmt.Fprintf(&table, "\n| %s | %.1f | %.1f | %.1f |", name, float64(first)/1000, float64(next)/1000, float64(again)/1000)
		if first > firstVisit || first < 1000 {
			t.Errorf("%s weighs %d bytes at the first visit, want at most %d", name, first, firstVisit)
		}
		if next > nextVisit || again > nextVisit || again == 0 {
			t.Errorf("%s weighs %d bytes after the shop and %d again, want at most %d", name, next, again, nextVisit)
		}
	}
	weigh("shop", "/")
	weigh("product", "/products/jasmine-pearls")
	weigh("product with variants", "/products/roasted-tieguanyin")
	weigh("empty cart", "/cart")
	weigh("not found", "/no/such/page")
	weigh("checkout in another site's page", "/embed/checkout?items=demo-tee:1&origin=https://blog.example")
	b.fillCart()
	weigh("cart", "/cart")
	weigh("checkout", "/checkout")
	b.to("/cart")
	b.fillForm("alipayhk")
	b.click(id("pay-button"))
	b.until("the form was answered", "location.pathname !== '/checkout'")
	order := "/orders/" + p.Query(t, `SELECT token FROM orders ORDER BY id DESC LIMIT 1`)
	weigh("order that waits", order)
	b.to(order)
	b.click(id("pay-here"))
	b.until("at the gateway", "location.pathname.startsWith('/simulator/')")
	weigh("simulated gateway", b.path())
	b.press("pay")
	b.status("paid")
	weigh("order that is paid", order)
	b.signIn()
	weigh("console, orders", "/admin/orders")
	weigh("console, order", "/admin/orders/"+p.Query(t, `SELECT max(id) FROM orders`))
	weigh("simulator", "/simulator/")
	t.Log("kB over the wire:\n| page | first visit | after the shop | again |\n|---|---|---|---|" + table.String())
}

// visit is what a page weighs, from its beginning to its end; anew means for a browser that holds nothing of ours.
func (b *tab) visit(path string, anew bool) int64 {
	b.t.Helper()
	do(b, "leave", chromedp.Navigate("about:blank"))
	if anew {
		command(b, network.ClearBrowserCache, cdp.Empty{})
	}
	b.forget()
	b.to(path)
	value[bool](b, "[...document.images].forEach((i) => i.loading = 'eager'), true")
	b.until("the pictures are there", "[...document.images].every((i) => i.complete)")
	return b.weigh()
}
