package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"lianlian-checkout/models/storetest"
)

// TestBadInput sends what a stranger might, to the real program: each answer says what to correct or that there is
// nothing there, none is a 5xx, and none leaves a row behind.
func TestBadInput(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	p := start(t)
	b := newBrowser(t, p, desktop)
	item := func(quantity string) url.Values {
		return url.Values{"action": {"add"}, "sku": {"demo-tee"}, "quantity": {quantity}, "next": {"/cart"}}
	}
	for _, tt := range []struct {
		name, method, path string
		form               url.Values
		want               int
	}{
		{"quantity 0", "POST", "/cart/items", item("0"), 422},
		{"quantity -1", "POST", "/cart/items", item("-1"), 422},
		{"quantity 1.5", "POST", "/cart/items", item("1.5"), 422},
		{"quantity 10^12", "POST", "/cart/items", item("1000000000000"), 422},
		{"quantity words", "POST", "/cart/items", item("many"), 422},
		{"unknown product in the cart", "POST", "/cart/items", url.Values{"action": {"add"}, "sku": {"nope"}, "quantity": {"1"}}, 422},
		{"unknown product", "GET", "/products/nope", nil, 404},
		{"product with NUL", "GET", "/products/%00", nil, 404},
		{"broken UTF-8 in a path", "GET", "/products/%ff%fe", nil, 404},
		{"unknown order", "GET", "/orders/nope", nil, 404},
		{"unknown order's status", "GET", "/orders/nope/status", nil, 404},
		{"unknown short link", "GET", "/p/nope", nil, 404},
		{"unknown page", "GET", "/nope", nil, 404},
		{"up and out", "GET", "/static/../../go.mod", nil, 404},
		{"a form of 10 MB", "POST", "/checkout", url.Values{"note": {strings.Repeat("x", 10<<20)}}, 413},
		{"an empty form", "POST", "/checkout", url.Values{}, 422},
		{"a bare notification", "POST", "/lianlian/notify", url.Values{"a": {"b"}}, 401},
		{"a bare return", "GET", "/lianlian/return", nil, 400},
		{"a return for nobody", "GET", "/lianlian/return?signature=AAAA&merchant_id=1", nil, 400},
		{"console without signing in", "GET", "/admin/orders", nil, 303},
		{"delete", "DELETE", "/checkout", nil, 405},
	} {
		if got := b.do(tt.method, tt.path, tt.form); got.Status != tt.want {
			t.Errorf("%s: %d, want %d\n%.500s", tt.name, got.Status, tt.want, got.Body)
		}
	}
	empty := newBrowser(t, p, desktop)
	if got := empty.get("/checkout"); got.Status >= 500 || (got.Status == 200 && strings.Contains(got.Body, `data-testid="pay-button"`)) {
		t.Errorf("checkout with an empty cart: %d", got.Status)
	}
	if n := p.query(t, "SELECT count(*) FROM orders"); n != "0" {
		t.Errorf("%s orders were made", n)
	}
}

// TestHostileForm puts broken text and emoji into every field of a real form.
func TestHostileForm(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	p := start(t)
	b := newBrowser(t, p, desktop)
	action, form := b.get("/products/teapot-tee").form(`form[action$="/cart/items"]`)
	b.post(action, form)
	action, form = b.get("/checkout").form(`[data-testid="checkout-form"]`, "full_name", "Chan Tai Man", "email", "chan@example.com", "payment_processor", "alipayhk")
	for field := range form {
		for name, value := range map[string]string{
			"emoji": "🫖🧧👩‍👩‍👧", "broken": "\xff\xfe\x80", "NUL": "a\x00b", "script": `"><script>alert(1)</script>`, "long": strings.Repeat("長", 5000), "control": "a\r\nSet-Cookie: x=1\u2028",
		} {
			hostile := url.Values{}
			for k, v := range form {
				hostile[k] = v
			}
			hostile.Set(field, value)
			got := b.post(action, hostile)
			if got.Status >= 500 || got.Status < 300 {
				t.Errorf("%s in %s: %d\n%.300s", name, field, got.Status, got.Body)
			}
			if strings.Contains(got.Body, "<script>alert") {
				t.Errorf("%s in %s comes back as markup", name, field)
			}
			if got.Status == http.StatusUnprocessableEntity && got.doc().Find(`[data-testid="error-summary"], .notice`).Length() == 0 {
				t.Errorf("%s in %s: the page doesn't say what is wrong\n%.800s", name, field, got.Body)
			}
		}
	}
}

// TestGatewayRefuses lets the gateway answer with each of its codes: the buyer gets a page with a next step, the
// order stays, and a retry pays it under the same id.
func TestGatewayRefuses(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	p := start(t)
	codes := strings.Fields(`INVALID_PARAMETER INVALID_SIGNATURE INVALID_MERCHANT INVALID_SECONDARY_MERCHANT IP_NOT_AUTHORIZED INACTIVE_MERCHANT
		CUSTOMER_HAS_RESTRICTIONS ANNUAL_LIMIT_EXCEEDED BOLETO_LIMIT_EXCEEDED FX_TRANSACTION_LIMIT_EXCEEDED HTTP_NOT_FOUND OBJECT_NOT_FOUND
		EXISTING_OBJECT PAYMENT_COMPLETED PAYMENT_CLOSED SHIPMENT_CONFIRMED SUBSCRIPTION_DUPLICATE_PAYMENT SUBSCRIPTION_STATUS_INVALID
		SUBSCRIPTION_AMOUNT_EXCEEDED SUBSCRIPTION_NOT_IN_CYCLE REFUND_AMOUNT_EXCEEDED NON_REFUNDABLE_ORDER REFUND_ALREADY_REQUESTED
		INSUFFICIENT_BALANCE NON_REISSUABLE_PAYMENT ERROR_DURING_ORDER_PROCESSING SYSTEM_BUSY INTERNAL_SERVER_ERROR PAYMENT_PROCESSING`)
	for i, code := range codes {
		b := newBrowser(t, p, desktop)
		p.scenario(t, "create_return_code", code)
		placed := b.buy("alipaycn")
		if placed.Status != http.StatusSeeOther {
			t.Errorf("%s: the form was answered with %d\n%.300s", code, placed.Status, placed.Body)
			continue
		}
		order := b.follow(placed)
		if order.Status != http.StatusOK || strings.Contains(order.doc().Find("body").Text(), code) {
			t.Errorf("%s: the order's page: %d; the code belongs in the console, not before a buyer", code, order.Status)
		}
		p.scenario(t)
		action, form := order.form(`[data-testid="retry-form"]`)
		if again := b.follow(b.post(action, form)); again.doc().Find(`[data-testid="qr"]`).Length() == 0 {
			t.Errorf("%s: after the retry there is no code to scan\n%.500s", code, again.Body)
		}
		if n := p.query(t, "SELECT count(*) || ' ' || count(DISTINCT merchant_transaction_id) FROM payments"); n != fmt.Sprintf("%d %d", i+1, i+1) {
			t.Errorf("%s: payments and ids %s, want one for each order", code, n)
		}
	}
}
