package handlers_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop(), func(o *handlers.Options) { o.EmbedOrigins = []string{"https://blog.example"} })
	prod := newHandler(t, newShop(), func(o *handlers.Options) { o.Production = true })
	directive := func(w interface{ Header() http.Header }, name string) string {
		for part := range strings.SplitSeq(w.Header().Get("Content-Security-Policy"), ";") {
			if k, v, _ := strings.Cut(strings.TrimSpace(part), " "); k == name {
				return v
			}
		}
		return "(none)"
	}
	for _, path := range []string{"/", "/cart", "/orders/" + token, "/admin/login", "/none", "/static/none"} {
		w := get(h, path)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s = %q, want %q", path, name, got, want)
			}
		}
		for name, want := range map[string]string{"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'"} {
			if got := directive(w, name); got != want {
				t.Errorf("%s: %s = %q, want %q", path, name, got, want)
			}
		}
		if strings.Contains(w.Header().Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%s: policy has something unsafe", path)
		}
		if w.Header().Get("Permissions-Policy") == "" {
			t.Errorf("%s: no Permissions-Policy", path)
		}
		if w.Header().Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS outside production", path)
		}
	}
	if got := get(prod, "/").Header().Get("Strict-Transport-Security"); got == "" {
		t.Error("no HSTS in production over https")
	}
	// Only forms that are answered with a redirect to the gateway may lead away.
	for path, want := range map[string]string{"/": "'self'", "/cart": "'self'", "/orders/" + token: "'self' https: http://127.0.0.1:* http://localhost:*"} {
		if got := directive(get(h, path), "form-action"); got != want {
			t.Errorf("%s: form-action = %q, want %q", path, got, want)
		}
	}
	if got, want := directive(get(prod, "/checkout", "Cookie", "cart=cup:1"), "form-action"), "'self' https:"; got != want {
		t.Errorf("production: form-action = %q, want %q", got, want)
	}
	if got := directive(get(h, "/embed/checkout"), "frame-ancestors"); got != "https://blog.example" {
		t.Errorf("embedded page: frame-ancestors = %q", got)
	}
	for path, want := range map[string]string{"/orders/" + token: "private, no-cache", "/orders/" + token + "/status": "no-store", "/orders/none": "no-store", "/admin/login": "no-store", "/": "private, no-cache"} {
		if got := get(h, path).Header().Get("Cache-Control"); got != want {
			t.Errorf("%s: Cache-Control = %q, want %q", path, got, want)
		}
	}
}

func TestCrossOriginForms(t *testing.T) {
	t.Parallel()
	shop := newShop()
	shop.returnToken = token
	h := newHandler(t, shop)
	hostile := map[string]map[string]string{
		"by fetch metadata": {"Sec-Fetch-Site": "cross-site"},
		"from a sister":     {"Sec-Fetch-Site": "same-site"},
		"by origin":         {"Origin": "https://evil.example"},
		"from nowhere":      {"Origin": "null"},
	}
	for name, header := range hostile {
		for _, target := range []string{"/cart/items", "/checkout", "/orders/" + token + "/retry", "/orders/" + token + "/pay", "/admin/login", "/admin/logout", "/admin/orders/7/check"} {
			w := request{method: "POST", target: target, body: "sku=cup", header: header}.do(h)
			if w.Code != http.StatusForbidden {
				t.Errorf("%s: POST %s = %d, want 403", name, target, w.Code)
			}
		}
		header["Signature"] = "good"
		wantStatus(t, request{method: "POST", target: "/lianlian/notify", body: "{}", header: header}.do(h), 200)
		wantStatus(t, request{method: "POST", target: "/lianlian/return", body: "signature=good", header: header}.do(h), 303)
	}
	// Behind a proxy that changes Host, old browsers name the public address as their origin.
	wantStatus(t, post(h, "/cart/items", values("sku", "cup"), "Origin", "https://shop.example"), 303)
	wantStatus(t, post(h, "/cart/items", values("sku", "cup"), "Sec-Fetch-Site", "same-origin", "Origin", "null"), 303)
	wantStatus(t, post(h, "/cart/items", values("sku", "cup")), 303)
}

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop)
	huge := strings.Repeat("a=b&", 10<<20/4)
	for _, target := range []string{"/cart/items", "/checkout", "/orders/" + token + "/retry", "/lianlian/notify", "/lianlian/return"} {
		w := request{method: "POST", target: target, body: huge, header: map[string]string{"Signature": "good"}}.do(h)
		wantStatus(t, w, http.StatusRequestEntityTooLarge)
	}
	if len(shop.started)+len(shop.notified) > 0 {
		t.Error("a body that is too large got through")
	}
	almost := "x=" + strings.Repeat("a", 60<<10) + "&sku=cup"
	wantStatus(t, request{method: "POST", target: "/cart/items", body: almost}.do(h), 303)
	multipart := "--B\r\nContent-Disposition: form-data; name=\"sku\"\r\n\r\ncup\r\n--B--\r\n"
	wantStatus(t, request{method: "POST", target: "/cart/items", body: multipart, header: map[string]string{"Content-Type": "multipart/form-data; boundary=B"}}.do(h), 303)
	wantStatus(t, request{method: "POST", target: "/cart/items", body: "--B", header: map[string]string{"Content-Type": "multipart/form-data; boundary=B"}}.do(h), 400)
	wantStatus(t, request{method: "POST", target: "/cart/items", body: "%zz", header: nil}.do(h), 400)
	wantStatus(t, request{method: "POST", target: "/cart/items", body: "{}", header: map[string]string{"Content-Type": "application/json"}}.do(h), 415)
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	now := noon
	var log strings.Builder
	h := newHandler(t, newShop(), func(o *handlers.Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		o.Limits = handlers.Limits{Checkout: 2, Login: 2, API: 2, Notify: 2}
		o.Now = func() time.Time { return now }
		o.AdminUsername, o.AdminPasswordHash = "root", testHash
	})
	cases := []struct {
		name string
		send func() int
	}{
		{"status", func() int { return get(h, "/orders/"+token+"/status").Code }},
		{"checkout", func() int { return post(h, "/checkout", nil).Code }},
		{"sign-in", func() int { return post(h, "/admin/login", values("username", "x", "password", "y")).Code }},
	}
	for _, c := range cases {
		for i := range 2 {
			if got := c.send(); got == http.StatusTooManyRequests {
				t.Errorf("%s: request %d was limited", c.name, i+1)
			}
		}
		if got := c.send(); got != http.StatusTooManyRequests {
			t.Errorf("%s: request 3 = %d, want 429", c.name, got)
		}
	}
	w := get(h, "/orders/"+token+"/status")
	if got := w.Header().Get("Retry-After"); got != "30" {
		t.Errorf("Retry-After = %q, want 30", got)
	}
	// A flood of forgeries fills no log, and doesn't touch what is genuine.
	for range 20 {
		wantStatus(t, post(h, "/lianlian/notify", nil, "Signature", "bad"), 401)
	}
	wantStatus(t, post(h, "/lianlian/notify", nil, "Signature", "good"), 200)
	if n := strings.Count(log.String(), "notification refused"); n != 2 {
		t.Errorf("%d refused notifications in the log, want 2", n)
	}
	// Two per minute come back one every thirty seconds.
	now = now.Add(30 * time.Second)
	wantStatus(t, get(h, "/orders/"+token+"/status"), 200)
	wantStatus(t, get(h, "/orders/"+token+"/status"), 429)
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	o := options(t, newShop(), "")
	o.Limits.API = 1
	o.TrustedProxies = []string{"192.0.2.0/24"}
	proxied, err := handlers.New(o)
	if err != nil {
		t.Fatal(err)
	}
	o.TrustedProxies = nil
	direct, err := handlers.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(h http.Handler, from string) int {
		return get(h, "/orders/"+token+"/status", "X-Forwarded-For", from).Code
	}
	for _, c := range []struct {
		name string
		h    http.Handler
		from string
		want int
	}{
		{"first", proxied, "198.51.100.1", 200},
		{"same again", proxied, "198.51.100.1", 429},
		{"another", proxied, "198.51.100.2", 200},
		{"IPv6", proxied, "2001:db8:1:1::1", 200},
		{"same IPv6 network", proxied, "2001:db8:1:1:ffff::2", 429},
		{"another IPv6 network", proxied, "2001:db8:1:2::1", 200},
		{"no proxy trusted", direct, "198.51.100.1", 200},
		{"header is ignored", direct, "198.51.100.2", 429},
	} {
		if got := ask(c.h, c.from); got != c.want {
			t.Errorf("%s: status = %d, want %d", c.name, got, c.want)
		}
	}
	// A flood from many addresses is forgotten again, and doesn't stop anybody new.
	for i := range 2*handlers.MaxAddresses + 10 {
		ask(proxied, fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
	}
	if got := ask(proxied, "203.0.113.9"); got != 200 {
		t.Errorf("after a flood: status = %d, want 200", got)
	}
	if got := ask(proxied, "198.51.100.1"); got != 200 {
		t.Errorf("an address from before the flood: status = %d; the memory isn't bounded", got)
	}
}

func TestAccessLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	h := newHandler(t, newShop(), func(o *handlers.Options) { o.Log = slog.New(slog.NewTextHandler(&b, nil)) })
	get(h, "/orders/"+token+"?returned=1&email=may@example.com", "X-Request-ID", "forged\nline")
	get(h, "/p/"+code)
	get(h, "/none/"+token)
	post(h, "/checkout", values("email", "may@example.com"))
	out := b.String()
	for _, secret := range []string{token, code, "may@example.com", "forged"} {
		if strings.Contains(out, secret) {
			t.Errorf("log holds %q:\n%s", secret, out)
		}
	}
	for _, want := range []string{"route=/orders/:token ", "route=unmatched", "status=404", "request_id="} {
		if !strings.Contains(out, want) {
			t.Errorf("log lacks %q:\n%s", want, out)
		}
	}
}

func TestPanicBecomesAPage(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	shop := newShop()
	shop.panicHome = true
	h := newHandler(t, shop, func(o *handlers.Options) { o.Log = slog.New(slog.NewTextHandler(&b, nil)) })
	w := get(h, "/")
	wantStatus(t, w, 500)
	id := w.Header().Get("X-Request-ID")
	if id == "" || !strings.Contains(w.Body.String(), id) || !strings.Contains(b.String(), id) {
		t.Errorf("reference %q is not both on the page and in the log", id)
	}
	if strings.Contains(w.Body.String(), "shelf") {
		t.Error("the page shows the fault's inside")
	}
}

func TestErrorsAsJSON(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop)
	for _, w := range []interface {
		Header() http.Header
	}{get(h, "/api/v1/none"), get(h, "/none", "Accept", "application/json"), get(h, "/orders/none/status")} {
		if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
			t.Errorf("Content-Type = %q", got)
		}
	}
	if w := get(h, "/none", "Accept", "text/html,application/json;q=0.9"); !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Errorf("browser got %q", w.Header().Get("Content-Type"))
	}
	w := post(h, "/cart/items", values("sku", "cup", "quantity", "-1"), "Accept", "application/json")
	wantStatus(t, w, 422)
	if !strings.Contains(w.Body.String(), `"errors":[{"field":"quantity","rule":"quantity"}]`) {
		t.Errorf("body = %s", w.Body)
	}
	shop.orderErr = fmt.Errorf("read order: %w: disk I/O error at /var/db", models.ErrUnavailable)
	w = get(h, "/orders/"+token+"/status")
	wantStatus(t, w, 503)
	if strings.Contains(w.Body.String(), "/var/db") || w.Header().Get("Retry-After") == "" {
		t.Errorf("body = %s, Retry-After = %q", w.Body, w.Header().Get("Retry-After"))
	}
}

func TestPictureOriginsAreAllowed(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop(), func(o *handlers.Options) {
		o.Images = []string{"/static/img/tee.svg", "https://img.example/a.jpg", "https://img.example/b.jpg", "javascript:x", "http://plain.example/c.jpg"}
		site := *o.Site
		site.Logo = "https://cdn.example/logo.png"
		o.Site = &site
	})
	if got := get(h, "/").Header().Get("Content-Security-Policy"); !strings.Contains(got, "img-src 'self' data: https://cdn.example https://img.example;") {
		t.Errorf("policy = %q", got)
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/", "//x", "/\\x", "/a?b=c", "/\t/x", "https://x", "/%2f/x", "/:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !handlers.LocalPath(s) {
			return
		}
		base, _ := url.Parse("https://shop.example/page")
		to, err := base.Parse(s)
		if err == nil && to.Host != "shop.example" {
			t.Fatalf("%q leads to %s", s, to)
		}
	})
}
