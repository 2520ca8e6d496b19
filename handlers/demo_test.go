package handlers_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lianlian-checkout/handlers"
)

func demo(o *handlers.Options) {
	o.Demo = &handlers.Demo{
		Present:   func(ip string) bool { return ip == "127.0.0.1" },
		Restart:   func(context.Context, handlers.Dress) error { return errors.New("product 1: no price") },
		Misbehave: func(...string) error { return nil },
		Forge:     func(string) error { return nil },
	}

}

// TestDemoIsThePresenters: without presenter mode there is no stage, and with it only the presenter's own machine gets it.
func TestDemoIsThePresenters(t *testing.T) {
	ask := func(h http.Handler, method, path, from string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader("name=x"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.RemoteAddr, r.Host = from+":1234", "shop.example"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	paths := map[string]string{"/demo": "GET", "/demo/phone": "GET", "/demo/desk": "GET", "/demo/audience.svg": "GET", "/demo/act": "POST", "/demo/restart": "POST"}
	without := newHandler(t, newShop())
	with := newHandler(t, newShop(), demo)
	for path, method := range paths {
		if w := ask(without, method, path, "127.0.0.1"); w.Code != http.StatusNotFound {
			t.Errorf("without presenter mode %s is %d", path, w.Code)
		}
		w := ask(with, method, path, "203.0.113.9")
		if w.Code != http.StatusForbidden || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("a stranger gets %d for %s, cookies %q", w.Code, path, w.Header().Get("Set-Cookie"))
		}
	}
	if w := ask(without, "GET", "/", "127.0.0.1"); w.Header().Get("X-Frame-Options") != "DENY" {
		t.Errorf("a shop may be framed: %q", w.Header().Get("X-Frame-Options"))
	}
	stage := ask(with, "GET", "/demo", "127.0.0.1")
	if policy := stage.Header().Get("Content-Security-Policy"); stage.Code != http.StatusOK || !strings.Contains(policy, "frame-src 'self'") || !strings.HasSuffix(policy, "frame-ancestors 'self'") {
		t.Errorf("the stage: %d, %s", stage.Code, policy)
	}
	if w := ask(with, "GET", "/", "203.0.113.9"); w.Code != http.StatusOK || strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-src") {
		t.Errorf("the audience's shop: %d, %s", w.Code, w.Header().Get("Content-Security-Policy"))
	}
	if w := ask(with, "POST", "/demo/restart", "127.0.0.1"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "product 1: no price") {
		t.Errorf("a dress that can't be used: %d", w.Code)
	}
}
