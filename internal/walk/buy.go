package walk

import (
	"bufio"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Buy walks from the shop's first page to a paid order: on a computer, with the phone that scans its code and pays at the
// simulator. It returns the computer, which is on the order's page, and that page's address.
func Buy(t testing.TB, base, product string) (computer *Walker, order string) {
	t.Helper()
	computer = New(t, base, Desktop)
	shop := computer.Follow(computer.Get(base))
	if shop.Status != http.StatusOK {
		t.Fatalf("the shop at %s: %d", base, shop.Status)
	}
	page := computer.Get("/products/" + product)
	action, form := computer.Form(page, `form[action$="/cart/items"]`)
	computer.Follow(computer.Post(action, form))
	computer.Get("/cart")
	action, form = computer.Form(computer.Get("/checkout"), `[data-testid="checkout-form"]`,
		"full_name", "Chan Tai Man", "email", "chan@example.com", "country", "HK", "payment_processor", "alipayhk")
	placed := computer.Post(action, form)
	order = placed.Location
	if !strings.Contains(order, "/orders/") {
		t.Fatalf("the form was answered %d %q, want the order's page\n%.2000s", placed.Status, order, placed.Body)
	}
	waiting := computer.Get(order)
	for _, picture := range []string{"/qr.svg", "/qr.png"} {
		if p := computer.Get(order + picture); p.Status != http.StatusOK {
			t.Errorf("%s: %d", picture, p.Status)
		}
	}
	computer.stream(order + "/events")
	Pay(t, computer, waiting)
	return computer, order
}

// Pay scans the code on the order's page with a phone, pays at the simulator, and waits until the page says so.
func Pay(t testing.TB, computer *Walker, waiting *Page) {
	t.Helper()
	phone := New(t, computer.Base.String(), Phone)
	scanned := phone.Follow(phone.Get(computer.Text(waiting, `[data-testid="short-link"]`)))
	action, form := phone.Form(scanned, `form:has([data-testid="pay-here"])`)
	wallet := phone.Follow(phone.Post(action, form))
	action, form = phone.Form(wallet, `form[data-testid="pay"]`)
	phone.Follow(phone.Post(action, form))
	phone.Crawl()

	order := waiting.URL.String()
	deadline := time.Now().Add(30 * time.Second)
	for !strings.Contains(computer.Get(order+"/status").Body, `"status":"paid"`) {
		if time.Now().After(deadline) {
			t.Fatalf("%s was never paid", order)
		}
		time.Sleep(20 * time.Millisecond)
	}
	computer.Text(computer.Get(order), `[data-testid="receipt"]`)
}

// SignIn opens the console.
func (w *Walker) SignIn(username, password string) *Page {
	w.t.Helper()
	return w.Follow(w.Post(w.Base.Path+"/admin/login", url.Values{"username": {username}, "password": {password}}))
}

// stream reads the first event of a live page, which must come before the order is settled.
func (w *Walker) stream(address string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := w.http.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data: ") {
			return
		}
	}
	w.t.Errorf("%s: %d, and no event: %v", address, resp.StatusCode, lines.Err())
}
