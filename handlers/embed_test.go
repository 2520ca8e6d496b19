package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
	"lianlian-checkout/static"
)

const blog = "https://blog.example"

// embedding is a handler whose checkout two sites may frame.
func embedding(t *testing.T, shop *fakeShop, change ...func(*handlers.Options)) *handlers.Handler {
	t.Helper()
	return newHandler(t, shop, append(change, func(o *handlers.Options) { o.EmbedOrigins = []string{blog, "https://other.example"} })...)
}

func framedAt(path string, more ...string) string {
	q := values(append(more, "origin", blog)...)
	return "/embed" + path + "?" + q.Encode()
}

// A stranger's origin, or none, is told nothing: the page stands alone.
func TestEmbedTalksToListedOriginsOnly(t *testing.T) {
	t.Parallel()
	h := embedding(t, newShop())
	for origin, want := range map[string]string{
		blog: blog, "https://other.example": "https://other.example", "": "", "https://evil.example": "", "*": "", "null": "", blog + "/": "",
		"https://blog.example.evil.example": "", "HTTPS://BLOG.EXAMPLE": "", blog + ":443": "", "'none'": "", "\"><script>": "",
	} {
		for _, path := range []string{"/embed/checkout", "/embed/orders/" + token, "/embed/orders/none", "/embed/none"} {
			w := get(h, path+"?"+values("items", "cup:1", "origin", origin).Encode())
			if got := document(t, w).Find("html").AttrOr("data-host", ""); got != want {
				t.Errorf("%s, origin %q: the page talks to %q, want %q", path, origin, got, want)
			}
		}
	}
	for _, path := range []string{"/", "/checkout", "/orders/" + token, "/none"} {
		if got, ok := document(t, get(h, path+"?origin="+url.QueryEscape(blog), "Cookie", "cart=cup:1")).Find("html").Attr("data-host"); ok {
			t.Errorf("%s talks to %q", path, got)
		}
	}
}

// Only the pages below /embed/ may be framed, and only by the sites that are listed.
func TestFraming(t *testing.T) {
	t.Parallel()
	open, closed := embedding(t, newShop()), newHandler(t, newShop())
	ancestors := func(w interface{ Header() http.Header }) string {
		_, after, _ := strings.Cut(w.Header().Get("Content-Security-Policy"), "frame-ancestors ")
		return after
	}
	for _, path := range []string{"/embed/checkout", "/embed/checkout?items=cup:1", "/embed/orders/" + token, "/embed/orders/none", "/embed/none"} {
		w := get(open, path)
		if got := ancestors(w); got != blog+" https://other.example" || w.Header().Get("X-Frame-Options") != "" {
			t.Errorf("%s may be framed by %q (X-Frame-Options %q), want the listed sites", path, got, w.Header().Get("X-Frame-Options"))
		}
		w = get(closed, path)
		if got := ancestors(w); got != "'none'" || w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s may be framed by %q though no site is listed", path, got)
		}
	}
	for _, path := range []string{"/", "/cart", "/checkout", "/orders/" + token, "/admin/login", "/find", "/none", "/embed", "/embed.js", "/embedded", "/orders/" + token + "/qr.svg"} {
		w := get(open, path, "Cookie", "cart=cup:1")
		if got := ancestors(w); got != "'none'" || w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s may be framed by %q (X-Frame-Options %q), want nobody", path, got, w.Header().Get("X-Frame-Options"))
		}
	}
}

func TestEmbedCheckout(t *testing.T) {
	t.Parallel()
	h := embedding(t, newShop())
	cases := []struct {
		name, items string
		want        int
		form        string // the hidden field "items"
	}{
		{"one", "cup:1", 200, "cup:1"},
		{"without a number", "cup", 200, "cup:1"},
		{"two", "cup:2,oolong-100:1", 200, "cup:2~oolong-100:1"},
		{"an amount of the buyer's", "tip:1:5000", 200, "tip:1:5000"},
		{"sold out", "pot:1", 409, ""},
		{"more than there are", "cup:4", 409, ""},
		{"hidden", "secret:1", 409, ""},
		{"unknown", "none:1", 409, ""},
		{"one of two is unknown", "cup:1,none:1", 409, ""},
		{"nothing", "", 404, ""},
		{"twice the same", "cup:1,cup:1", 404, ""},
		{"none of it", "cup:0", 404, ""},
		{"hostile", "<script>:1", 404, ""},
		{"endless", strings.Repeat("cup:1,", 2000), 404, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := get(h, framedAt("/checkout", "items", c.items, "locale", "zh-HK"), "Cookie", "cart=oolong-100:1; lang=en; device=phone", "User-Agent", agentDesktop)
			wantStatus(t, w, c.want)
			cookieFree(t, w)
			doc := document(t, w)
			if got := doc.Find("html").AttrOr("lang", ""); got != "zh-Hant" {
				t.Errorf("the page is in %q, want the address's language", got)
			}
			if got := doc.Find("input[name=items]").AttrOr("value", ""); got != c.form {
				t.Errorf("the form holds %q, want %q", got, c.form)
			}
			if c.form != "" && doc.Find("[data-testid=summary][open]").Length() != 1 {
				t.Error("a cookie made it the page for phones")
			}
			if refused := doc.Find("[data-testid=not-for-sale]").Length() == 1; refused != (c.form == "") {
				t.Errorf("the page says that it can't be bought: %t", refused)
			}
			doc.Find("a, form").Each(func(_ int, s *goquery.Selection) {
				to := s.AttrOr("href", s.AttrOr("action", ""))
				if !strings.HasPrefix(to, "/embed/") && !strings.HasPrefix(to, "#") && s.AttrOr("target", "") == "" {
					t.Errorf("%q leads out of the frame within it", to)
				}
			})
		})
	}
}

func cookieFree(t *testing.T, w interface{ Header() http.Header }) {
	t.Helper()
	if got := w.Header().Values("Set-Cookie"); len(got) > 0 {
		t.Errorf("a page for frames sets cookies: %q", got)
	}
}

// A buyer inside a frame stays there on every device; one whose window went to the page goes on as in the shop.
func TestEmbedPlaceOrder(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, target, agent, want string }{
		{"frame, computer", framedAt("/checkout", "items", "cup:1", "locale", "zh-Hant", "mode", "modal"), agentDesktop, "/embed/orders/{token}?locale=zh-Hant&mode=modal&origin=https%3A%2F%2Fblog.example"},
		{"frame, phone", framedAt("/checkout", "items", "cup:1"), agentIPhone, "/embed/orders/{token}?origin=https%3A%2F%2Fblog.example"},
		{"frame, corrected", framedAt("/checkout", "items", "cup:1", "device", "desktop"), agentIPhone, "/embed/orders/{token}?device=desktop&origin=https%3A%2F%2Fblog.example"},
		{"frame of a stranger", "/embed/checkout?items=cup%3A1&origin=https%3A%2F%2Fevil.example", agentDesktop, "/orders/{token}"},
		{"alone, computer", "/embed/checkout?items=cup%3A1&locale=zh-Hant", agentDesktop, "/orders/{token}?lang=zh-Hant"},
		{"alone, phone", "/embed/checkout?items=cup%3A1", agentIPhone, "https://pay.example/cashier?id=1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			h := embedding(t, shop)
			form := document(t, get(h, c.target, "User-Agent", c.agent)).Find("[data-testid=checkout-form]")
			sent := values("email", "chan@mail.example", "full_name", "Chan", "payment_processor", "wechathk")
			for _, name := range []string{"intent", "fingerprint", "items"} {
				sent.Set(name, form.Find("input[name="+name+"]").AttrOr("value", ""))
			}
			action := form.AttrOr("action", "")
			w := post(h, action, url.Values{"items": {"cup:1"}}, "User-Agent", c.agent, "Sec-Fetch-Site", "same-origin")
			wantStatus(t, w, 422)
			if got := document(t, w).Find("[data-testid=checkout-form]").AttrOr("action", ""); got != action {
				t.Errorf("shown again, the form leads to %q, want %q", got, action)
			}
			w = post(h, action, sent, "User-Agent", c.agent, "Sec-Fetch-Site", "same-origin", "Cookie", "cart=cup:1~oolong-100:2")
			cookieFree(t, w)
			if len(shop.started) != 1 || shop.started[0].Items[0].SKU != "cup" {
				t.Fatalf("started %+v", shop.started)
			}
			wantRedirect(t, w, strings.ReplaceAll(c.want, "{token}", token))
		})
	}
	h := embedding(t, newShop())
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", blog}} {
		wantStatus(t, post(h, framedAt("/checkout", "items", "cup:1"), values("items", "cup:1"), header...), 403)
		wantStatus(t, post(h, framedAt("/orders/"+token+"/retry"), values(), header...), 403)
	}
}

// What ran out between the form and the order is said in the frame, where there is no cart.
func TestEmbedSoldOutMeanwhile(t *testing.T) {
	t.Parallel()
	h := embedding(t, newShop())
	w := post(h, framedAt("/checkout", "items", "pot:1"), values("items", "pot:1", "email", "chan@mail.example", "full_name", "Chan", "payment_processor", "wechathk"))
	if w.Code != 409 || document(t, w).Find("[data-testid=not-for-sale]").Length() != 1 {
		t.Errorf("status %d, want 409 and the reason", w.Code)
	}
	w = post(h, framedAt("/checkout"), values())
	if w.Code != 422 || document(t, w).Find("[data-testid=not-for-sale]").Length() != 1 {
		t.Errorf("without items: status %d, want 422 and the reason", w.Code)
	}
}

func TestEmbedOrder(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := embedding(t, shop)
	page := get(h, framedAt("/orders/"+token, "locale", "zh-Hans"), "Cookie", "lang=en")
	wantStatus(t, page, 200)
	cookieFree(t, page)
	tag := page.Header().Get("ETag")
	doc := document(t, page)
	if got := doc.Find("html").AttrOr("lang", ""); got != "zh-Hans" {
		t.Errorf("the page is in %q", got)
	}
	wantStatus(t, get(h, framedAt("/orders/"+token, "locale", "zh-Hans"), "If-None-Match", tag), 304)
	for _, other := range []string{"/orders/" + token, framedAt("/orders/" + token), framedAt("/orders/"+token, "locale", "zh-Hans", "mode", "modal")} {
		if w := get(h, other, "If-None-Match", tag); w.Code != 200 {
			t.Errorf("%s is taken for the page in another frame: %d", other, w.Code)
		}
	}
	action := doc.Find("[data-testid=retry-form]").AttrOr("action", "")
	wantRedirect(t, post(h, action, values("payment_processor", "alipayhk")), "/embed/orders/"+token+"?locale=zh-Hans&notice=switched&origin=https%3A%2F%2Fblog.example")
	wantRedirect(t, get(h, action), "/embed/orders/"+token+"?locale=zh-Hans&origin=https%3A%2F%2Fblog.example")
	wantRedirect(t, post(h, action, values("payment_processor", "alipayhk"), "User-Agent", agentIPhone), "/embed/orders/"+token+"?locale=zh-Hans&notice=extended&origin=https%3A%2F%2Fblog.example")
	if got := doc.Find("form[target=_top]").AttrOr("action", ""); got != "/orders/"+token+"/pay" {
		t.Errorf("paying on this computer leads to %q in the whole window", got)
	}
	shop.settle(models.OrderPaid, models.StatusPaid)
	if got := document(t, get(h, framedAt("/orders/"+token))).Find("#order[data-status=paid][data-number='7K3M-Q2XD']").Length(); got != 1 {
		t.Error("the page doesn't say which order is paid")
	}
	wantStatus(t, get(h, framedAt("/orders/none")), 404)
}

// A session's buyer chooses the wallet inside the frame, in the language that the merchant's server gave, and stays there.
func TestEmbedSession(t *testing.T) {
	t.Parallel()
	shop := newShop()
	o := sessionOrder()
	o.Language = "zh-Hant"
	shop.put(o)
	h := embedding(t, shop)
	doc := document(t, get(h, framedAt("/orders/"+sessionToken, "mode", "modal"), "Accept-Language", "en"))
	if got := doc.Find("html").AttrOr("lang", ""); got != "zh-Hant" {
		t.Errorf("the page is in %q, want the session's language", got)
	}
	if got := doc.Find("[data-testid=cancel-url]").AttrOr("target", ""); got != "_top" {
		t.Errorf("the way back opens in %q, want the whole window", got)
	}
	action := doc.Find("[data-testid=choose-form]").AttrOr("action", "")
	stay := "/embed/orders/" + sessionToken + "?mode=modal&origin=https%3A%2F%2Fblog.example"
	if got := document(t, post(h, action, values())).Find("[data-testid=choose-form]").AttrOr("action", ""); got != action || action == "" {
		t.Errorf("shown again, the form leads to %q, want %q", got, action)
	}
	filled := values("payment_processor", "wechathk", "full_name", "Chan", "email", "chan@mail.example")
	wantRedirect(t, post(h, action, filled, "User-Agent", agentIPhone), stay)
	wantRedirect(t, post(h, action, filled), stay) // once more
	wantRedirect(t, get(h, action), stay)
	o.Status, o.Payments[0].Status, o.PaidAt = models.OrderPaid, models.StatusPaid, noon
	shop.put(o)
	if got := document(t, get(h, stay)).Find("[data-testid=done]").Length(); got != 1 {
		t.Error("a paid session in a modal has no way to close it")
	}
	inline := document(t, get(h, framedAt("/orders/"+sessionToken))).Find("[data-testid=return-url]")
	if got := inline.AttrOr("target", ""); got != "_top" {
		t.Errorf("back to the merchant leads to %q, want the whole window", got)
	}
}

// The files for other sites can be read, checked and kept by them.
func TestEmbedFiles(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	for path, want := range map[string][2]string{
		"/embed.js":    {"text/javascript; charset=utf-8", "public, max-age=300, stale-while-revalidate=86400"},
		"/embed.v1.js": {"text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		"/embed.d.ts":  {"text/plain; charset=utf-8", "public, max-age=300, stale-while-revalidate=86400"},
	} {
		w := get(h, path, "Origin", blog)
		wantStatus(t, w, 200)
		for name, value := range map[string]string{"Content-Type": want[0], "Cache-Control": want[1], "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"} {
			if got := w.Header().Get(name); got != value {
				t.Errorf("%s: %s = %q, want %q", path, name, got, value)
			}
		}
		if w.Body.String() != string(static.Content(strings.TrimPrefix(path, "/"))) {
			t.Errorf("%s is another file", path)
		}
		wantStatus(t, get(h, path, "If-None-Match", w.Header().Get("ETag")), 304)
	}
	wantStatus(t, get(h, "/embed.v2.js"), 404)
	for _, path := range []string{"/", "/orders/" + token, "/embed/checkout?items=cup:1", "/orders/" + token + "/status"} {
		if got := get(h, path, "Origin", blog).Header().Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s can be read by %q", path, got)
		}
	}
}
