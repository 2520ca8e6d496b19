package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"lianlian-checkout/internal/e2e/program"
)

// manyProducts is a shelf of n, as the variable of shop.products.
func manyProducts(n int) string {
	var list []string
	for i := range n {
		category := "Tea"
		if i%2 == 1 {
			category = "Ware"
		}
		list = append(list, fmt.Sprintf(`{"slug":"thing-%02d","sku":"THING-%02d","name":{"en":"Thing number %d","zh-Hant":"東西 %d"},"category":"%s","price":"100.00","image":"/static/img/products/tasting-cups.svg"}`, i, i, i, i, category))
	}
	return "CHECKOUT_SHOP_PRODUCTS=[" + strings.Join(list, ",") + "]"
}

// TestSearch looks for a product, adds it and is still where it was; with the script and without.
func TestSearch(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t, manyProducts(15))
	for _, b := range []*tab{open(t, p, desktop), open(t, p, iphone.scriptless())} {
		b.to("/")
		b.click(id("search-query"))
		b.write("ｎｕｍｂｅｒ 13")
		b.keys(kb.Enter)
		b.until("one is found", "new URL(location.href).searchParams.get('q') && document.querySelectorAll('"+id("product-card")+"').length === 1")
		b.look()
		b.click(id("product-card") + " " + id("add-to-cart"))
		b.until("it is in the cart", "document.querySelector('"+id("cart-count")+"').innerText.trim() === '1'")
		if !value[bool](b, "new URL(location.href).searchParams.get('q').normalize('NFKC') === 'number 13' && document.querySelectorAll('"+id("product-card")+"').length === 1") {
			t.Errorf("adding to the cart has left the search: %s", b.where())
		}
		b.fill(id("search-query"), "coffee")
		b.click(id("search-button"))
		b.has(id("nothing-found"))
		b.look()
		b.click(id("nothing-found") + " a")
		b.until("everything is back", "document.querySelectorAll('"+id("product-card")+"').length === 15")
		b.click(id("category"))
		b.until("a part of it", "document.querySelectorAll('"+id("product-card")+"').length === 8")
		b.look()
	}
}

// TestDiscount enters codes with the script and without, and pays less.
func TestDiscount(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t, `CHECKOUT_SHOP_DISCOUNTS=[{"code":"TEA15","percent":15},{"code":"BIG","amount":"50.00","min_total":"500.00"}]`)
	for _, d := range []device{desktop, desktop.scriptless()} {
		b := open(t, p, d)
		b.allow(`/cart/discount$`)
		b.fillCart()
		b.click(id("discount-fold") + " summary")
		b.fill(id("discount-code"), "big")
		b.click(id("discount-apply"))
		b.has("#discount-error[data-problem=min_total]")
		b.look()
		b.fill(id("discount-code"), " tea15 ")
		b.click(id("discount-apply"))
		b.until("the total is less", "document.querySelector('"+id("cart-total")+"').innerText === 'HK$85.00'")
		b.look()
		b.fillForm("alipayhk")
		b.look()
		b.click(id("pay-button"))
		b.at("^/orders/")
		if got := b.text(id("amount")); got != "HK$85.00" {
			t.Errorf("asked for %s, want HK$85.00", got)
		}
		b.click(id("pay-here"))
		b.at("^/simulator/pay/")
		b.press("pay")
		b.at("^/orders/")
		b.status("paid")
		b.has(id("receipt") + " " + id("discount"))
		b.look()
	}
	if got := p.Query(t, "SELECT used FROM discounts WHERE code = 'TEA15'"); got != "2" {
		t.Errorf("the code was used %s times, want 2", got)
	}
}

// TestAddingTakesLong holds the answer back: the button says that it is under way, then that it is done.
func TestAddingTakesLong(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	b := open(t, p, desktop)
	b.to("/")
	value[any](b, `(() => { const real = window.fetch; const held = new Promise((go) => { window.release = go; }); window.fetch = (...args) => held.then(() => real(...args)); })()`)
	button := teapotTee + " " + id("add-to-cart")
	b.click(button)
	b.until("the button says that it is busy", "document.querySelector('"+button+"').innerText === 'Adding…' && document.querySelector('"+button+"').getAttribute('aria-disabled') === 'true'")
	value[any](b, "window.release()")
	b.until("the button says that it is done", "document.querySelector('"+button+"').innerText === 'Added' && !document.querySelector('"+button+"').hasAttribute('aria-disabled')")
	b.until("the button is as before", "document.querySelector('"+button+"').innerText.startsWith('Add to cart')")
}
