package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

const freeCode = "Lk0000000009"

// FuzzNoServerError throws requests of every kind at the shop: nothing that a stranger sends makes a 5xx.
func FuzzNoServerError(f *testing.F) {
	shop := newShop()
	shop.returnToken = token
	free := payLink()
	free.Code, free.Amount, free.Free = freeCode, models.Money{}, true
	shop.putLink(free)
	h := newHandler(f, shop, func(o *handlers.Options) { o.AdminUsername, o.AdminPasswordHash = "root", testHash })
	session := signIn(f, h)
	for _, s := range []struct{ method, target, kind, body, cookie, agent string }{
		{"GET", "/", "", "", "cart=cup:1", agentIPhone},
		{"POST", "/cart/items", "application/x-www-form-urlencoded", "sku=cup&quantity=-1&next=//x", "cart=%ff", ""},
		{"POST", "/checkout", "application/x-www-form-urlencoded", filled().Encode(), "lang=zh-HK", agentDesktop},
		{"POST", "/checkout", "application/x-www-form-urlencoded", filled("full_name", "\xff", "phone", "+", "country", "🍵").Encode(), "", agentWeChat},
		{"POST", "/checkout", "multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"items\"\r\n\r\ncup:1\r\n--B--\r\n", "", ""},
		{"GET", "/orders/" + token + "?returned=1&device=phone&lang=x", "", "", "device=phone", agentAlipay},
		{"POST", "/orders/" + token + "/retry", "application/x-www-form-urlencoded", "payment_processor=alipayhk", "", ""},
		{"POST", "/lianlian/notify", "application/json", "{", "", ""},
		{"GET", "/lianlian/return/" + token + "?a=%zz", "", "", "", ""},
		{"POST", "/admin/login", "application/x-www-form-urlencoded", "username=root&password=x", "admin_session=x", ""},
		{"GET", "/admin/orders?q=%00", "", "", "admin_session=", ""},
		{"GET", "/pay/" + linkCode + "?device=phone", "", "", "pay=" + linkCode + ":x", agentWeChat},
		{"POST", "/pay/" + linkCode, "application/x-www-form-urlencoded", payer("amount", "１０,０００.5").Encode(), "", agentAlipay},
		{"POST", "/pay/" + freeCode, "application/x-www-form-urlencoded", payer("amount", "1,000.50").Encode(), "", agentIPhone},
		{"POST", "/admin/links", "application/x-www-form-urlencoded", "title_en=x&kind=free&least=1", session, ""},
		{"POST", "/admin/links", "application/x-www-form-urlencoded", "title_en=x&kind=items&sku_1=cup&quantity_1=1&expires=2027-01-01&max_payments=1", session, ""},
		{"POST", "/admin/links/3", "application/x-www-form-urlencoded", "title_zh-Hant=茶&active=1&expires=", session, ""},
		{"GET", "/admin/links/3/sheet?size=a4", "", "", session, ""},
		{"GET", "/admin/links/3/qr.png", "", "", session, ""},
		{"GET", "/static/../x", "", "", "", ""},
		{"GET", "/p/%2e%2e", "", "", "", "curl/8"},
		{"BREW", "//evil.example/", "", "", "", ""},
	} {
		f.Add(s.method, s.target, s.kind, s.body, s.cookie, s.agent)
	}
	f.Fuzz(func(t *testing.T, method, target, kind, body, cookie, agent string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") || strings.Contains(u.Path, "/events") {
			return
		}
		r, err := http.NewRequestWithContext(t.Context(), method, "http://shop.example/", strings.NewReader(body))
		if err != nil {
			return
		}
		r.URL, r.RequestURI, r.RemoteAddr = u, target, "192.0.2.1:1"
		for k, v := range map[string]string{"Content-Type": kind, "Cookie": cookie, "User-Agent": agent} {
			if v != "" {
				r.Header.Set(k, v)
			}
		}
		w := httptest.NewRecorder()
		start := time.Now()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Fatalf("%s %s = %d after %s: %s", method, target, w.Code, time.Since(start), w.Body)
		}
		if to := w.Header().Get("Location"); strings.HasPrefix(to, "//") || strings.HasPrefix(to, "/\\") {
			t.Fatalf("%s %s leads away to %q", method, target, to)
		}
	})
}
