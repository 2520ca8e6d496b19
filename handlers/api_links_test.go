package handlers_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lianlian-checkout/handlers"
)

const linkKey = "key-of-the-merchants-server-0001"

func linkAPI(t *testing.T) (*fakeShop, func(method, target, body string, header ...string) (*httptest.ResponseRecorder, map[string]any)) {
	t.Helper()
	shop := newShop()
	h := newHandler(t, shop, func(o *handlers.Options) { o.APIKeys = []string{linkKey} })
	return shop, func(method, target, body string, header ...string) (*httptest.ResponseRecorder, map[string]any) {
		t.Helper()
		w := request{method: method, target: target, body: body, header: pairs(append([]string{"Authorization", "Bearer " + linkKey, "Content-Type", "application/json"}, header...))}.do(h)
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%s %s = %d: %v: %.200s", method, target, w.Code, err, w.Body)
		}
		return w, answer
	}
}

// TestLinkAPI makes, reads, lists and ends payment links from a merchant's server.
func TestLinkAPI(t *testing.T) {
	t.Parallel()
	shop, ask := linkAPI(t)
	w, a := ask("POST", "/api/v1/links", `{"title":{"en":"Deposit","zh-Hant":"訂金"},"amount":"100.00","reference":"R7","question":"Your name","max_payments":1,"expires_at":"2026-12-31T16:00:00Z"}`)
	wantStatus(t, w, http.StatusCreated)
	if a["id"] != "3" || a["amount"] != "100.00" || a["currency"] != "HKD" || a["status"] != "open" || a["max_payments"] != 1.0 || a["free"] != nil || a["expires_at"] != "2026-12-31T16:00:00Z" || a["paid"] != 0.0 {
		t.Errorf("made %v", a)
	}
	if l := shop.made[0]; l.Title["zh-Hant"] != "訂金" || l.Amount != hkd(10000) || l.Question["en"] != "Your name" || l.Reference != "R7" {
		t.Errorf("made %+v", l)
	}
	w, a = ask("POST", "/api/v1/links", `{"title":"Tip","free":{"least":"10.00"}}`)
	wantStatus(t, w, http.StatusCreated)
	if free, _ := a["free"].(map[string]any); free["least"] != "10.00" || free["most"] != nil || a["amount"] != nil || a["max_payments"] != nil {
		t.Errorf("made %v", a)
	}
	w, _ = ask("POST", "/api/v1/links", `{"title":"Cups","items":[{"sku":"cup","quantity":2}]}`)
	wantStatus(t, w, http.StatusCreated)

	for body, pointer := range map[string]string{
		`{"amount":"1.00"}`: "/title", `{"title":"x"}`: "/amount", `{"title":"x","amount":"1.00","free":{}}`: "/amount", `{"title":"x","amount":"1"}`: "/amount", `{"title":"x","amount":1}`: "/amount",
		`{"title":"x","amount":"0.00"}`: "/amount", `{"title":7,"amount":"1.00"}`: "/title", `{"title":{"fr":"x","en":"y"},"amount":"1.00"}`: "/title", `{"title":{"en":1},"amount":"1.00"}`: "/title/en",
		`{"title":"x","free":{"least":"2.00","most":"1.00"}}`: "/most", `{"title":"x","items":[{"name":"y","price":"1.00"}]}`: "/items/0", `{"title":"x","items":[{"sku":"cup","quantity":0}]}`: "/items/0/quantity",
		`{"title":"x","amount":"1.00","max_payments":0}`: "/max_payments", `{"title":"x","amount":"1.00","expires_at":"tomorrow"}`: "/expires_at", `{"title":"x","amount":"1.00","expires_at":"2020-01-01T00:00:00Z"}`: "/expires_at",
		`{"title":"x","amount":"1.00","price":"1.00"}`: "/price", `{"title":"` + strings.Repeat("x", 61) + `","amount":"1.00"}`: "/title",
	} {
		w, a := ask("POST", "/api/v1/links", body)
		wantStatus(t, w, http.StatusUnprocessableEntity)
		errors, _ := a["errors"].([]any)
		if len(errors) == 0 || errors[0].(map[string]any)["pointer"] != pointer {
			t.Errorf("%s: %v, want %s", body, a["errors"], pointer)
		}
	}
	if len(shop.made) != 3 {
		t.Errorf("%d links made, want 3", len(shop.made))
	}

	w, a = ask("GET", "/api/v1/links/3", "")
	wantStatus(t, w, http.StatusOK)
	if a["url"] != "https://shop.example/pay/"+linkCode || a["reference"] != "R1" {
		t.Errorf("read %v", a)
	}
	shop.nextPage = "3"
	if w, a = ask("GET", "/api/v1/links?limit=1", ""); w.Code != http.StatusOK || a["next_cursor"] != "3" || len(a["data"].([]any)) != 1 {
		t.Errorf("list %v", a)
	}
	w, a = ask("POST", "/api/v1/links/3/deactivate", "")
	wantStatus(t, w, http.StatusOK)
	if a["status"] != "inactive" || !shop.changed[0].Inactive || shop.changed[0].Title["en"] != "Deposit" {
		t.Errorf("ended %v, %+v", a, shop.changed)
	}
	for target, want := range map[string]int{"/api/v1/links/4": 404, "/api/v1/links/x": 404, "/api/v1/links/03": 404, "/api/v1/links?limit=x": 422, "/api/v1/links?cursor=-1": 422, "/api/v1/links?status=open": 422} {
		w, _ := ask("GET", target, "")
		wantStatus(t, w, want)
	}
	w, _ = ask("GET", "/api/v1/links", "", "Authorization", "Bearer wrong")
	wantStatus(t, w, http.StatusUnauthorized)
}

// TestLinkAPIOnce: one Idempotency-Key makes one link.
func TestLinkAPIOnce(t *testing.T) {
	t.Parallel()
	shop, ask := linkAPI(t)
	body := `{"title":"Deposit","amount":"100.00"}`
	first, _ := ask("POST", "/api/v1/links", body, "Idempotency-Key", "k1")
	again, _ := ask("POST", "/api/v1/links", ` {"amount":"100.00", "title":"Deposit"}`, "Idempotency-Key", "k1")
	if first.Code != http.StatusCreated || again.Code != http.StatusCreated || first.Body.String() != again.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" || len(shop.made) != 1 {
		t.Errorf("%d %s, then %d %s; %d links", first.Code, first.Body, again.Code, again.Body, len(shop.made))
	}
	w, _ := ask("POST", "/api/v1/links", `{"title":"Deposit","amount":"200.00"}`, "Idempotency-Key", "k1")
	wantStatus(t, w, http.StatusConflict)
	w, _ = ask("POST", "/api/v1/links", `{"title":"","amount":"200.00"}`, "Idempotency-Key", "k2")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	w, _ = ask("POST", "/api/v1/links", body, "Idempotency-Key", "k2")
	wantStatus(t, w, http.StatusCreated)
}
