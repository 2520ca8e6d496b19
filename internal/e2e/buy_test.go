package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// buy walks from the shop window to the placed order and returns what the form was answered with.
func (b *browser) buy(processor string) *page {
	b.t.Helper()
	shop := b.get("/")
	if shop.Status != http.StatusOK || !strings.Contains(shop.Body, "HK$") {
		b.t.Fatalf("shop: %d", shop.Status)
	}
	product := b.get("/products/teapot-tee")
	action, form := product.form(`form[action$="/cart/items"]`, "quantity", "2")
	cart := b.follow(b.post(action, form))
	if cart.Status != http.StatusOK {
		b.t.Fatalf("after adding: %d", cart.Status)
	}
	if total := b.get("/cart").find("cart-total"); !strings.Contains(total, "HK$200.00") {
		b.t.Fatalf("cart total is %q, want HK$200.00", total)
	}
	checkout := b.get("/checkout")
	action, form = checkout.form(`[data-testid="checkout-form"]`,
		"full_name", "陳大文", "email", "chan@example.com", "country", "HK", "payment_processor", processor)
	return b.post(action, form)
}

// payAt presses a button of the simulator's page and returns its answer.
func (b *browser) payAt(paymentURL, action string) *page {
	b.t.Helper()
	wallet := b.get(paymentURL)
	if wallet.Status != http.StatusOK || !strings.Contains(wallet.Body, "200.00") {
		b.t.Fatalf("gateway's page %s: %d\n%.1500s", paymentURL, wallet.Status, wallet.Body)
	}
	target, form := wallet.form(`form[data-testid="` + action + `"]`)
	return b.post(target, form)
}

// comeBack follows the gateway's redirect to the shop, which leads to the order.
func (b *browser) comeBack(paid *page) *page {
	b.t.Helper()
	if !strings.Contains(paid.Location, "/lianlian/return") {
		b.t.Fatalf("after paying: %d to %q, want the shop's return address", paid.Status, paid.Location)
	}
	return b.follow(b.follow2(paid))
}

// follow2 follows one redirect and expects another.
func (b *browser) follow2(p *page) *page {
	b.t.Helper()
	next := b.follow(p)
	if next.Status != http.StatusSeeOther {
		b.t.Fatalf("%s: %d, want a redirect\n%.1500s", p.Location, next.Status, next.Body)
	}
	return next
}

func (b *browser) paid(orderURL string) *page {
	b.t.Helper()
	eventually(b.t, "the order is paid", func() bool { return strings.Contains(b.get(orderURL+"/status").Body, `"status":"paid"`) })
	order := b.get(orderURL)
	if got := order.find("order-status"); got == "" || !strings.Contains(order.Body, "HK$200.00") {
		b.t.Fatalf("paid order's page says %q", got)
	}
	order.find("receipt")
	return order
}

// inDatabase checks the rows from outside the program.
func inDatabase(t *testing.T, p *shop, sources string) {
	t.Helper()
	got := p.query(t, `SELECT o.status || ' ' || p.status || ' ' || o.amount || ' ' || o.currency || ' ' || (o.paid_at > 0) || ' ' || o.attention || (SELECT count(*) FROM payments)
		FROM orders o JOIN payments p ON p.order_id = o.id`)
	if want := "paid PS 20000 HKD 1 1"; got != want {
		t.Errorf("row in the database = %q, want %q", got, want)
	}
	told := p.query(t, `SELECT group_concat(source, ' ') FROM (SELECT DISTINCT source FROM events WHERE kind = 'evidence' AND verdict = 'applied' ORDER BY source)`)
	if told != sources {
		t.Errorf("who moved the payment: %q, want %q", told, sources)
	}
	if n := p.query(t, `SELECT count(*) FROM outbox WHERE type = 'order.paid'`); n != "1" {
		t.Errorf("%s outbox rows say order.paid, want 1", n)
	}
}

func TestDesktopBuys(t *testing.T) {
	t.Parallel()
	p := start(t)
	computer, phone := newBrowser(t, p, desktop), newBrowser(t, p, iphone)
	placed := computer.buy("alipayhk")
	if !strings.Contains(placed.Location, "/orders/") {
		t.Fatalf("on a desktop the form leads to %q, want the order's page", placed.Location)
	}
	order := computer.follow(placed)
	order.find("qr")
	order.find("pay-here")
	link, _ := order.doc().Find(`[data-testid="short-link"]`).Attr("value")
	for _, picture := range []string{"/qr.svg", "/qr.png"} {
		if got := computer.get(placed.Location + picture); got.Status != http.StatusOK {
			t.Errorf("%s: %d", picture, got.Status)
		}
	}
	scanned := phone.get(link)
	if !strings.Contains(computer.get(placed.Location+"/status").Body, `"scanned":true`) {
		t.Error("the desktop isn't told that the code was scanned")
	}
	onPhone := phone.follow(scanned)
	onPhone.find("pay-here")
	back := phone.comeBack(phone.payAt(phone.post(scanned.Location+"/pay", nil).Location, "pay"))
	if back.Status != http.StatusOK {
		t.Errorf("order's page on the phone: %d", back.Status)
	}
	computer.paid(placed.Location)
	eventually(t, "the notification is acknowledged", func() bool {
		return p.query(t, `SELECT count(*) FROM events WHERE source = 'notification'`) == "1"
	})
	if n := p.query(t, `SELECT count(*) FROM payments WHERE method = 'wap_pay' AND web_url <> '' AND wap_url <> ''`); n != "1" {
		t.Error("the phone didn't get a page of its own kind for the same payment")
	}
}

func TestPhoneBuys(t *testing.T) {
	t.Parallel()
	p := start(t)
	phone := newBrowser(t, p, iphone)
	placed := phone.buy("wechatcn")
	if !strings.Contains(placed.Location, "/simulator/pay/") {
		t.Fatalf("on a phone the form leads to %q, want the gateway's page", placed.Location)
	}
	back := phone.comeBack(phone.payAt(placed.Location, "pay"))
	back.find("order-status")
	if n := p.query(t, `SELECT count(*) FROM events WHERE source = 'return' AND verdict = 'hint'`); n != "1" {
		t.Errorf("%s returns were read, want 1: the parameters of the buyer's return were not verified", n)
	}
	token := p.query(t, `SELECT token FROM orders`)
	phone.paid("/orders/" + token)
}

// TestNotificationLost is half of I5: the question that the buyer's return raises settles the order.
func TestNotificationLost(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.scenario(t, "lose_notification", "on")
	phone := newBrowser(t, p, iphone)
	back := phone.comeBack(phone.payAt(phone.buy("alipaycn").Location, "pay"))
	back.find("receipt")
	inDatabase(t, p, "create query")
}

// TestReturnLost is the other half: the buyer never comes back, the notification settles the order.
func TestReturnLost(t *testing.T) {
	t.Parallel()
	p := start(t, "CHECKOUT_RECONCILE_INTERVAL=10m")
	p.scenario(t, "lose_return", "on")
	phone := newBrowser(t, p, iphone)
	placed := phone.buy("wechathk")
	if stays := phone.payAt(placed.Location, "pay"); strings.Contains(stays.Location, "/lianlian/return") {
		t.Fatalf("the simulator sent the buyer back to %s", stays.Location)
	}
	phone.paid("/orders/" + p.query(t, `SELECT token FROM orders`))
	inDatabase(t, p, "create notification")
}

// TestBothLost is I5 in full: nobody tells the shop anything, and it asks by itself.
func TestBothLost(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.scenario(t, "lose_return", "on", "lose_notification", "on")
	phone := newBrowser(t, p, iphone)
	phone.payAt(phone.buy("alipayhk").Location, "pay")
	phone.paid("/orders/" + p.query(t, `SELECT token FROM orders`))
	inDatabase(t, p, "create query")
}

func TestReturnByPost(t *testing.T) {
	t.Parallel()
	p := start(t)
	p.scenario(t, "return_by_post", "on")
	phone := newBrowser(t, p, iphone)
	sent := phone.payAt(phone.buy("alipayhk").Location, "pay")
	form := sent
	if sent.Location != "" {
		form = phone.follow(sent)
	}
	action, values := form.form(`form[action*="/lianlian/return"]`)
	if bare := phone.post("/lianlian/return", values); !strings.Contains(bare.Location, "/orders/"+p.query(t, `SELECT token FROM orders`)) {
		t.Errorf("the same parameters without the token in the path lead to %d %q, want the order", bare.Status, bare.Location)
	}
	phone.follow(phone.post(action, values)).find("receipt")
	if n := p.query(t, `SELECT sum(times) FROM events WHERE source = 'return' AND verdict = 'hint'`); n != "2" {
		t.Errorf("%s returns were read, want 2", n)
	}
}

func TestFailsAndPaysWithAnotherWallet(t *testing.T) {
	t.Parallel()
	p := start(t)
	computer := newBrowser(t, p, desktop)
	placed := computer.buy("alipayhk")
	first := computer.post(placed.Location+"/pay", url.Values{})
	computer.payAt(first.Location, "fail")
	eventually(t, "the order has failed", func() bool {
		return strings.Contains(computer.get(placed.Location+"/status").Body, `"status":"failed"`)
	})
	failed := computer.get(placed.Location)
	action, form := failed.form(`[data-testid="retry-form"]`, "payment_processor", "wechathk")
	again := computer.post(action, form)
	if !strings.HasPrefix(again.Location, placed.Location) {
		t.Fatalf("retry leads to %q, want the same order", again.Location)
	}
	second := computer.post(placed.Location+"/pay", url.Values{})
	if second.Location == first.Location {
		t.Fatal("the gateway closed the first payment; the second has the same page")
	}
	computer.comeBack(computer.payAt(second.Location, "pay"))
	computer.paid(placed.Location)
	if n := p.query(t, `SELECT count(*) || ' ' || count(DISTINCT merchant_transaction_id) || ' ' || (SELECT count(*) FROM orders) FROM payments`); n != "2 2 1" {
		t.Errorf("payments, ids and orders = %s, want 2 2 1", n)
	}
}

// TestDoubleClick is I10: one intention is one merchant_transaction_id.
func TestDoubleClick(t *testing.T) {
	t.Parallel()
	p := start(t)
	computer := newBrowser(t, p, desktop)
	action, form := computer.get("/products/teapot-tee").form(`form[action$="/cart/items"]`)
	computer.post(action, form)
	action, form = computer.get("/checkout").form(`[data-testid="checkout-form"]`, "full_name", "Chan Tai Man", "email", "chan@example.com", "payment_processor", "alipayhk")
	answers := make(chan string, 8)
	for range 8 {
		go func() { answers <- computer.post(action, form).Location }()
	}
	first := <-answers
	for range 7 {
		if next := <-answers; next != first || next == "" {
			t.Errorf("one click leads to %q, another to %q", first, next)
		}
	}
	if n := p.query(t, `SELECT count(*) || ' ' || (SELECT count(*) FROM payments) FROM orders`); n != "1 1" {
		t.Errorf("orders and payments = %s, want 1 1", n)
	}
}
