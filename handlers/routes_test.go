package handlers_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
	"lianlian-checkout/static"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, method, path string
		want               int
	}{
		{"shop", "GET", "/", 200},
		{"product", "GET", "/products/oolong", 200},
		{"unknown product", "GET", "/products/none", 404},
		{"hidden product", "GET", "/products/secret", 404},
		{"hostile product", "GET", "/products/%00%ff", 404},
		{"cart", "GET", "/cart", 200},
		{"checkout without a cart", "GET", "/checkout", 303},
		{"order", "GET", "/orders/" + token, 200},
		{"unknown order", "GET", "/orders/none", 404},
		{"hostile order", "GET", "/orders/%2e%2e%2f%ff", 404},
		{"status", "GET", "/orders/" + token + "/status", 200},
		{"unknown status", "GET", "/orders/none/status", 404},
		{"unknown events", "GET", "/orders/none/events", 404},
		{"code as SVG", "GET", "/orders/" + token + "/qr.svg", 200},
		{"code as PNG", "GET", "/orders/" + token + "/qr.png", 200},
		{"unknown code picture", "GET", "/orders/none/qr.svg", 404},
		{"reload after a retry", "GET", "/orders/" + token + "/retry", 303},
		{"reload after paying", "GET", "/orders/" + token + "/pay", 303},
		{"short link", "GET", "/p/" + code, 303},
		{"unknown short link", "GET", "/p/none", 404},
		{"return without anything", "GET", "/lianlian/return", 400},
		{"return with a token", "GET", "/lianlian/return/" + token, 303},
		{"language", "GET", "/language?lang=zh-Hant", 303},
		{"style", "GET", static.URL("checkout.css"), 200},
		{"style with a wrong hash", "GET", "/static/000000000000/checkout.css", 404},
		{"static folder", "GET", "/static/", 404},
		{"theme", "GET", "/theme.css", 200},
		{"icon", "GET", "/favicon.ico", 303},
		{"robots", "GET", "/robots.txt", 200},
		{"script for other sites", "GET", "/embed.js", 200},
		{"script for other sites, frozen", "GET", "/embed.v1.js", 200},
		{"form for other sites", "GET", "/embed/checkout?items=cup:1", 200},
		{"form for other sites without items", "GET", "/embed/checkout", 404},
		{"order in another site", "GET", "/embed/orders/" + token, 200},
		{"reload after a retry in another site", "GET", "/embed/orders/" + token + "/retry", 303},
		{"alive", "GET", "/healthz", 200},
		{"ready", "GET", "/readyz", 200},
		{"console", "GET", "/admin", 303},
		{"sign-in form", "GET", "/admin/login", 200},
		{"orders, not signed in", "GET", "/admin/orders", 303},
		{"order, not signed in", "GET", "/admin/orders/7", 303},
		{"check, not signed in", "POST", "/admin/orders/7/check", 303},
		{"sign out, not signed in", "POST", "/admin/logout", 303},
		{"simulator that isn't there", "GET", "/simulator/", 404},
		{"simulator's API that isn't there", "POST", "/simulator/v4/merchants/1/payments", 404},
		{"no such page", "GET", "/none", 404},
		{"stray slash", "GET", "/cart/", 303},
		{"DELETE a page", "DELETE", "/cart", 405},
		{"GET where only POST works", "GET", "/cart/items", 405},
		{"GET the notification", "GET", "/lianlian/notify", 405},
		{"PUT an order", "PUT", "/orders/" + token, 405},
		{"a method of one's own", "BREW", "/", 405},
	}
	for _, base := range []string{"", "/pay", "/a/b"} {
		shop := newShop()
		h, err := handlers.New(options(t, shop, base))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			t.Run(base+" "+c.name, func(t *testing.T) {
				t.Parallel()
				w := request{method: c.method, target: base + c.path}.do(h)
				wantStatus(t, w, c.want)
				if c.want == 405 && w.Header().Get("Allow") == "" {
					t.Error("405 without Allow")
				}
				if to := w.Header().Get("Location"); base != "" && to != "" && !strings.HasPrefix(to, base+"/") && !strings.HasPrefix(to, "https://") {
					t.Errorf("Location = %q leaves the base path %s", to, base)
				}
				if c.method != "GET" || c.want == 405 || strings.HasPrefix(c.path, "/p/") { // a HEAD of a short link is no scan: see TestShortLink
					return
				}
				head := request{method: "HEAD", target: base + c.path}.do(h)
				wantStatus(t, head, c.want)
				if head.Body.Len() > 0 {
					t.Errorf("HEAD has a body of %d bytes", head.Body.Len())
				}
			})
		}
	}
}

func TestMountedBelowBasePath(t *testing.T) {
	t.Parallel()
	h, err := handlers.New(options(t, newShop(), "/pay"))
	if err != nil {
		t.Fatal(err)
	}
	wantRedirect(t, get(h, "/pay"), "/pay/")
	wantStatus(t, get(h, "/"), 404)
	wantStatus(t, get(h, "/cart"), 404)
	w := post(h, "/pay/cart/items", values("sku", "cup"))
	wantRedirect(t, w, "/pay/cart")
	if c, ok := cookie(w, "cart"); !ok || c.Path != "/pay" {
		t.Errorf("cart cookie = %v, want path /pay", c)
	}
	for _, page := range []string{"/pay/", "/pay/products/cup", "/pay/cart", "/pay/checkout", "/pay/orders/" + token, "/pay/admin/login", "/pay/none"} {
		document(t, get(h, page, "Cookie", "cart=cup:1")).Find("[href], [src], [action]").Each(func(_ int, s *goquery.Selection) {
			for _, name := range []string{"href", "src", "action"} {
				if to, ok := s.Attr(name); ok && strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "/pay/") {
					t.Errorf("%s: %s=%q leaves the base path", page, name, to)
				}
			}
		})
	}
}

func TestNewRefusesBadOptions(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		change func(*handlers.Options)
		want   string
	}{
		{"no shop", func(o *handlers.Options) { o.Shop = nil }, "shop is missing"},
		{"no site", func(o *handlers.Options) { o.Site = nil }, "site is missing"},
		{"no base URL", func(o *handlers.Options) { o.BaseURL = nil }, "base URL"},
		{"base URL of another scheme", func(o *handlers.Options) { o.BaseURL = &url.URL{Scheme: "ftp", Host: "x"} }, "base URL"},
		{"base path without slash", func(o *handlers.Options) { o.BasePath = "pay" }, "base path"},
		{"base path with slash at the end", func(o *handlers.Options) { o.BasePath = "/pay/" }, "base path"},
		{"unknown field", func(o *handlers.Options) { o.Require = []string{"shoe_size"} }, "shoe_size"},
		{"unknown wallet", func(o *handlers.Options) { o.Processors = []models.Processor{"cash"} }, "cash"},
		{"password in the clear", func(o *handlers.Options) { o.AdminPasswordHash = "hunter2" }, "argon2id"},
		{"proxy that is no address", func(o *handlers.Options) { o.TrustedProxies = []string{"proxy"} }, "trusted proxies"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o := options(t, newShop(), "")
			c.change(&o)
			if _, err := handlers.New(o); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error = %v, want one that names %q", err, c.want)
			} else if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error shows the secret: %v", err)
			}
		})
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	cases := []struct{ name, query, wantTo, wantCookie string }{
		{"to a page", "lang=zh-Hant&next=/cart", "/cart", "zh-Hant"},
		{"unknown language", "lang=tlh&next=/cart", "/cart", ""},
		{"without next", "lang=en", "/", "en"},
		{"other site", "lang=en&next=https://evil.example", "/", "en"},
		{"other site, no scheme", "lang=en&next=//evil.example", "/", "en"},
		{"backslash", `lang=en&next=/\evil.example`, "/", "en"},
		{"tab", "lang=en&next=/%09/evil.example", "/", "en"},
		{"line end", "lang=en&next=/%0d%0aLocation:x", "/", "en"},
		{"script", "lang=en&next=javascript:alert(1)", "/", "en"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := get(h, "/language?"+c.query)
			wantRedirect(t, w, c.wantTo)
			got := ""
			if k, ok := cookie(w, "lang"); ok {
				got = k.Value
			}
			if got != c.wantCookie {
				t.Errorf("cookie = %q, want %q", got, c.wantCookie)
			}
		})
	}
	if got := document(t, get(h, "/", "Cookie", "lang=zh-Hant", "Accept-Language", "en")).Find("html").AttrOr("lang", ""); got != "zh-Hant" {
		t.Errorf("page language = %q, want the cookie's", got)
	}
	if got := document(t, get(h, "/", "Accept-Language", "zh-CN,zh;q=0.9")).Find("html").AttrOr("lang", ""); got != "zh-Hans" {
		t.Errorf("page language = %q, want the browser's", got)
	}
}

// A page that answers a form must not link to an address that takes forms only.
func TestLanguageLinkOnAnsweredForm(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	w := post(h, "/cart/items", values("sku", "cup", "quantity", "x"))
	wantStatus(t, w, 422)
	if link := document(t, w).Find(`a[hreflang="zh-Hant"]`).AttrOr("href", ""); !strings.HasSuffix(link, "next="+url.QueryEscape("/cart")) {
		t.Errorf("language link = %q, want one back to /cart", link)
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	for _, target := range []string{"/", static.URL("checkout.css")} {
		plain := get(h, target)
		packed := get(h, target, "Accept-Encoding", "br, gzip;q=0.8")
		if packed.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" {
			t.Fatalf("%s: encodings = %q and %q", target, packed.Header().Get("Content-Encoding"), plain.Header().Get("Content-Encoding"))
		}
		if !strings.Contains(packed.Header().Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s: Vary = %q", target, packed.Header().Get("Vary"))
		}
		r, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if string(unpacked) != plain.Body.String() {
			t.Errorf("%s: unpacked body differs", target)
		}
	}
	if w := get(h, "/healthz", "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Error("a few bytes were compressed")
	}
	for header, want := range map[string]bool{"": false, "gzip": true, "GZIP": true, "deflate": false, "gzip;q=0": false, "gzip; q=0.5": true, "x-gzip-like": false, "gzip;q=x": false} {
		if got := handlers.AcceptsGzip(header); got != want {
			t.Errorf("AcceptsGzip(%q) = %t, want %t", header, got, want)
		}
	}
}

func TestStaticAndTheme(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	if w := get(h, static.URL("checkout.css")); !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("Cache-Control = %q", w.Header().Get("Cache-Control"))
	}
	w := get(h, "/theme.css")
	if !strings.Contains(w.Body.String(), "--accent:#0b6b50") {
		t.Errorf("theme = %q", w.Body)
	}
	wantStatus(t, get(h, "/theme.css", "If-None-Match", w.Header().Get("ETag")), http.StatusNotModified)
	hashed := regexp.MustCompile(`/theme\.css\?v=\w+`).FindString(get(h, "/cart").Body.String())
	for address, want := range map[string]bool{hashed: true, "/theme.css": false, "/theme.css?v=": false, "/theme.css?v=other": false} {
		if kept := get(h, address).Header().Get("Cache-Control"); strings.Contains(kept, "immutable") != want {
			t.Errorf("%s: Cache-Control = %q, kept for ever: want %v", address, kept, want)
		}
	}
	if w := get(h, "/robots.txt"); !strings.Contains(w.Body.String(), "Disallow: /orders/") {
		t.Errorf("robots = %q", w.Body)
	}
}

func TestSimulatorIsMounted(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop(), func(o *handlers.Options) {
		o.Simulator = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(r.Method + " " + r.URL.Path))
		})
	})
	w := request{method: "POST", target: "/simulator/v4/merchants/1/payments", header: map[string]string{"Sec-Fetch-Site": "cross-site"}}.do(h)
	wantStatus(t, w, 200)
	if got, want := w.Body.String(), "POST /simulator/v4/merchants/1/payments"; got != want {
		t.Errorf("simulator saw %q, want %q", got, want)
	}
	if got := w.Header().Get("Content-Security-Policy"); got != "" {
		t.Errorf("simulator's pages got our policy: %q", got)
	}
	wantRedirect(t, get(h, "/simulator"), "/simulator/")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop)
	wantStatus(t, get(h, "/readyz"), 200)
	shop.readyErr = models.ErrUnavailable
	w := get(h, "/readyz")
	wantStatus(t, w, 503)
	if strings.Contains(w.Body.String(), models.ErrUnavailable.Error()) {
		t.Errorf("the reason is shown to everybody: %s", w.Body)
	}
	wantStatus(t, get(h, "/healthz"), 200)
}
