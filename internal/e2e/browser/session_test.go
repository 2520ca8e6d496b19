package browser

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"lianlian-checkout/internal/e2e/program"
)

const apiSecret = "sk_test_of-the-browser-tests"

// session makes a session by the API, as another site's server does, and returns its id and its page.
func session(t *testing.T, p *program.Program, body string) (id, page string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/api/v1/sessions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiSecret)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var s struct{ ID, URL string }
	if err := json.NewDecoder(res.Body).Decode(&s); err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("a session: %d, %v", res.StatusCode, err)
	}
	return s.ID, strings.TrimPrefix(s.URL, p.URL)
}

// merchant is another site, which buyers come from and go back to.
func merchant(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/favicon.ico" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>Shop</title><h1>Back</h1></html>`))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestSessionsPage is the way of another site's buyers: the hosted page, what is missing, the wallet, the payment, and back. On a computer with a
// phone beside it, on a phone without scripts, and inside WeChat.
func TestSessionsPage(t *testing.T) {
	t.Parallel()
	chromium(t)
	site := merchant(t)
	p := program.Start(t, "CHECKOUT_API_KEYS="+apiSecret, "CHECKOUT_API_RETURN_ORIGINS="+site, "CHECKOUT_CHECKOUT_REQUIRE=full_name,email,phone")
	body := `{"items":[{"sku":"demo-tee"},{"name":"Gift wrap","price":"20.00"}],"customer":{"email":"chan@example.com"},"return_url":"` + site + `/done?x=1","cancel_url":"` + site + `/cart"}`

	order, page := session(t, p, body)
	computer, phone := open(t, p, desktop), open(t, p, iphone)
	computer.allow(`status of 422|` + regexp.QuoteMeta(site))
	computer.to(page)
	computer.look()
	computer.click(id("cancel-url"))
	computer.until("back in the merchant's cart", "location.href === "+quoted(site+"/cart?order_id="+order))
	computer.to(page)
	computer.click(id("wallet-wechathk"))
	computer.click(id("pay-button"))
	computer.has(id("error-full_name"))
	computer.look()
	computer.fill("#full_name", "陳大文")
	computer.fill("#phone", "9123 4567")
	computer.click(id("pay-button"))
	computer.status("pending")
	phone.goesOn(computer.scan())
	phone.at("^/simulator/pay/")
	phone.press("pay")
	phone.status("paid")
	computer.status("paid")
	computer.look()
	computer.click(id("return-url"))
	computer.until("back at the merchant's", "location.href === "+quoted(site+"/done?order_id="+order+"&x=1"))
	if got := p.Query(t, `SELECT customer FROM orders`); got != `{"full_name":"陳大文","email":"chan@example.com","phone":"+852-91234567"}` {
		t.Errorf("the customer is %s", got)
	}

	order, page = session(t, p, body)
	plain := open(t, p, iphone.scriptless())
	plain.allow(regexp.QuoteMeta(site))
	plain.to(page)
	plain.look()
	plain.fill("#full_name", "陳大文")
	plain.fill("#phone", "9123 4567")
	plain.click(id("pay-button"))
	plain.at("^/simulator/pay/")
	plain.press("pay")
	plain.at("^/orders/")
	plain.status("paid")
	plain.click(id("return-url"))
	plain.until("back at the merchant's", "location.href === "+quoted(site+"/done?order_id="+order+"&x=1"))

	_, page = session(t, p, `{"items":[{"sku":"demo-tee"}],"customer":{"full_name":"Chan","email":"a@b.hk","phone":"+852-91234567"},"locale":"zh-Hant"}`)
	inside := open(t, p, weChat)
	inside.to(page)
	inside.look()
	inside.has(id("wallet-alipayhk") + " input[disabled]")
	inside.has("html[lang=zh-Hant]")
	inside.click(id("pay-button"))
	inside.at("^/simulator/pay/")
}
