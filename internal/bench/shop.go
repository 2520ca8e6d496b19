package main

import (
	"fmt"
	"net/url"
	"strings"

	"lianlian-checkout/models"
)

// products is how many the measured catalogue shows.
const products = 50

// price is each product's, in hundredths.
const price = 8800

// shelf is the catalogue as the program gets it from its configuration.
func shelf() []models.Product {
	out := make([]models.Product, products)
	for i := range out {
		sku := fmt.Sprintf("TEA-%02d", i)
		money := models.Money{Amount: price, Currency: "HKD"}
		out[i] = models.Product{
			Slug: fmt.Sprintf("tea-%02d", i),
			Name: models.Text{"en": fmt.Sprintf("Mountain Oolong No. %d, 100 g", i), "zh-Hant": fmt.Sprintf("高山烏龍 %d號 100克", i)},
			Description: models.Text{"en": "A light oolong, picked by hand in spring and rested for a month before it is packed.",
				"zh-Hant": "春季手採清香烏龍，靜置一個月後包裝。"},
			Category: models.Text{"en": "Tea", "zh-Hant": "茶葉"}, Image: "/static/img/products/jasmine-pearls.svg",
			Variants: []models.Variant{{SKU: sku, CostPrice: money, Price: money}},
		}
	}
	return out
}

// configuration is the program's config.yaml: in mode test, so that keys, signatures and HTTP are those of the real gateway,
// which is the fake one here. Reconciliation looks at its start and then every ten minutes, so that its questions, each
// with a signature of its own, don't count as work of the phases. All else is as shipped; the limits are as wide as they go.
func configuration(keys, gatewayURL, dsn string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `server: {address: "127.0.0.1:0"}
lianlian:
  mode: test
  base_url: %q
  merchant_id: %q
  private_key: %q
  public_key: %q
database: {dsn: %q}
reconcile: {interval: 10m}
limits: {checkout: 100000, api: 100000}
shop:
  products:
`, gatewayURL, merchantID, keys+"/merchant_private.pem", keys+"/gateway_public.pem", dsn)
	for _, p := range shelf() {
		fmt.Fprintf(&b, "    - slug: %s\n      sku: %s\n      name: {en: %q, zh-Hant: %q}\n      description: {en: %q, zh-Hant: %q}\n"+
			"      category: {en: Tea, zh-Hant: 茶葉}\n      image: %s\n      price: %d.%02d\n", p.Slug, p.Variants[0].SKU, p.Name["en"], p.Name["zh-Hant"],
			p.Description["en"], p.Description["zh-Hant"], p.Image, price/100, price%100)
	}
	return b.String()
}

// bought is the cart of every measured order: two pieces of one product.
func bought() models.Cart {
	p := shelf()[7]
	sku := p.Variants[0].SKU
	return models.NewCart([]models.CartItem{{SKU: sku, Quantity: 2}}, map[string]models.Product{sku: p}, "HKD")
}

// buyer is the customer of every measured order.
var buyer = models.Customer{FullName: "Chan Tai Man", Email: "chan.taiman@example.com", Phone: "+852-91234567", Line1: "18 Harbour Road", City: "Hong Kong", Country: "HK"}

// checkoutForm is the form that the browser sends, without its intent, which must come last.
func checkoutForm() string {
	cart := bought()
	return url.Values{
		"items": {cart.Lines[0].SKU + ":2"}, "fingerprint": {cart.Fingerprint()}, "payment_processor": {string(models.AlipayHK)},
		"full_name": {buyer.FullName}, "email": {buyer.Email}, "phone": {buyer.Phone}, "line1": {buyer.Line1}, "city": {buyer.City}, "country": {buyer.Country},
	}.Encode() + "&intent="
}
