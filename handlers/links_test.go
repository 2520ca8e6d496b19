package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// payer is a filled-in form of a link, with names and values changed.
func payer(change ...string) url.Values {
	f := filled(change...)
	f.Del("items")
	return f
}

func TestPayLink(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop)
	w := get(h, "/pay/"+linkCode)
	wantStatus(t, w, http.StatusOK)
	if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https:") || !strings.Contains(csp, "frame-ancestors 'none'") {
		t.Errorf("policy %q: the form may lead to the gateway, and nobody may frame it", csp)
	}
	doc := document(t, w)
	if got := doc.Find("h1").Text(); got != "Deposit" {
		t.Errorf("h1 = %q", got)
	}
	f := payer("intent", doc.Find("[name=intent]").AttrOr("value", ""), "fingerprint", doc.Find("[name=fingerprint]").AttrOr("value", ""), "amount", "0.01", "items", "cup:1", "discount", "TEA10")
	w = post(h, "/pay/"+linkCode, f)
	wantRedirect(t, w, "/orders/"+token)
	r := shop.started[0]
	if r.Link != linkCode || len(r.Items) != 0 || r.Discount != "" || r.Amount != 0 || r.Fingerprint == "" || r.Intent != f.Get("intent") {
		t.Errorf("asked for %+v", r)
	}
	if c, ok := cookie(w, "pay"); !ok || c.Value != linkCode+":"+token || !c.HttpOnly {
		t.Errorf("cookie %v", c)
	}
}

// TestPayLinkAmount: the payer's own sum is read as people type it, and what can't be paid is told beside the field.
func TestPayLinkAmount(t *testing.T) {
	t.Parallel()
	shop := newShop()
	l := payLink()
	l.Amount, l.Free, l.Least, l.Most = models.Money{}, true, hkd(1000), hkd(500000)
	l.Question = models.Text{"en": "Table"}
	shop.putLink(l)
	h := newHandler(t, shop)
	for _, tt := range []struct {
		typed string
		want  int64
	}{
		{"10", 1000}, {" 168.5 ", 16850}, {"１６８．００", 16800}, {"1,234.50", 123450}, {"5000.00", 500000},
		{"", 0}, {"9.99", 0}, {"5000.01", 0}, {"-20", 0}, {"+20", 0}, {"20.005", 0}, {"1e3", 0}, {"20,5", 0}, {"1,23", 0}, {"0x20", 0}, {"NaN", 0}, {"２０元", 0}, {"\x00", 0}, {"\xff", 0},
		{"99999999999999999999", 0}, {"999999999999.99", 0}, {strings.Repeat("1", 1000), 0}, {"<b>20", 0}, {"20\n30", 0}, {"٢٠", 0},
	} {
		shop.started = nil
		w := post(h, "/pay/"+linkCode, payer("amount", tt.typed, "extra", "4"))
		if tt.want > 0 {
			wantRedirect(t, w, "/orders/"+token)
			if r := shop.started[0]; r.Amount != tt.want || r.Customer.Extra == nil || r.Customer.Extra.Value != "4" {
				t.Errorf("%q is %d, %+v; want %d", tt.typed, r.Amount, r.Customer.Extra, tt.want)
			}
			continue
		}
		wantStatus(t, w, http.StatusUnprocessableEntity)
		doc := document(t, w)
		if len(shop.started) > 0 || doc.Find("#amount[aria-invalid=true]").Length() != 1 || doc.Find(`[data-testid="error-amount"]`).Text() == "" || doc.Find("#email").AttrOr("value", "") == "" {
			t.Errorf("%q: started %v; the field says %q", tt.typed, shop.started, doc.Find(`[data-testid="error-amount"]`).Text())
		}
	}
	w := post(h, "/pay/"+linkCode, payer("amount", "20"))
	wantStatus(t, w, http.StatusUnprocessableEntity)
	if doc := document(t, w); doc.Find("#extra[aria-invalid=true]").Length() != 1 || doc.Find("#amount").AttrOr("value", "") != "20" {
		t.Error("the link's question needn't be answered, or the sum is forgotten")
	}
}

func TestPayLinkWhole(t *testing.T) {
	t.Parallel()
	shop := newShop()
	l := payLink()
	l.Amount, l.Free = models.Money{}, true
	shop.putLink(l)
	h := newHandler(t, shop, func(o *handlers.Options) { o.Currency = "JPY" })
	wantStatus(t, post(h, "/pay/"+linkCode, payer("amount", "100.50")), http.StatusUnprocessableEntity)
	wantStatus(t, post(h, "/pay/"+linkCode, payer("amount", "100")), http.StatusSeeOther)
}

// TestPayLinkClosed: each reason has its page; what doesn't exist looks like anything else that doesn't.
func TestPayLinkClosed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why    string
		change func(*models.Link)
		status int
	}{
		{"inactive", func(l *models.Link) { l.Inactive = true }, http.StatusGone},
		{"expired", func(l *models.Link) { l.ExpiresAt = noon }, http.StatusGone},
		{"used_up", func(l *models.Link) { l.MaxPayments, l.Paid = 1, 1 }, http.StatusGone},
		{"taken", func(l *models.Link) { l.MaxPayments, l.Waiting = 1, 1 }, http.StatusConflict},
		{"sold_out", func(l *models.Link) {
			l.Amount, l.Items = models.Money{}, []models.CartItem{{SKU: "thing", Quantity: 1}}
		}, http.StatusConflict},
	} {
		shop := newShop()
		shop.sold = true
		l := payLink()
		tt.change(&l)
		shop.putLink(l)
		h := newHandler(t, shop)
		w := get(h, "/pay/"+linkCode)
		wantStatus(t, w, tt.status)
		if got := document(t, w).Find(`[data-testid="link-closed"]`).AttrOr("data-why", ""); got != tt.why {
			t.Errorf("the page says %q, want %q", got, tt.why)
		}
		shop.startErr = models.ErrLink
		if tt.why == "sold_out" {
			shop.startErr = models.ErrSoldOut
		}
		w = post(h, "/pay/"+linkCode, payer())
		wantStatus(t, w, tt.status)
		if got := document(t, w).Find(`[data-testid="link-closed"]`).AttrOr("data-why", ""); got != tt.why {
			t.Errorf("after sending the page says %q, want %q", got, tt.why)
		}
		// Whose order holds the link is led to that; a stranger's cookie leads nowhere.
		w = get(h, "/pay/"+linkCode, "Cookie", "pay="+linkCode+":"+token)
		if tt.why == "taken" || tt.why == "used_up" {
			wantRedirect(t, w, "/orders/"+token)
		} else {
			wantStatus(t, w, tt.status)
		}
		for _, kept := range []string{linkCode + ":nobody", "other:" + token, linkCode, ":", linkCode + ":../admin"} {
			wantStatus(t, get(h, "/pay/"+linkCode, "Cookie", "pay="+kept), tt.status)
		}
	}
	h := newHandler(t, newShop())
	want := get(h, "/pay/unknown").Body.String()
	for _, code := range []string{"Lk0000000002", "%00", "%ff", "..%2fadmin", strings.Repeat("x", 500)} {
		w := get(h, "/pay/"+code)
		wantStatus(t, w, http.StatusNotFound)
		if len(w.Body.String()) != len(want) && !strings.Contains(w.Body.String(), "not_found") && document(t, w).Find(`[data-testid="problem-page"]`).Length() != 1 {
			t.Errorf("%s looks different from an unknown link", code)
		}
		wantStatus(t, post(h, "/pay/"+code, payer()), http.StatusNotFound)
	}
	shop := newShop()
	shop.linkErr = models.ErrUnavailable
	wantStatus(t, get(newHandler(t, shop), "/pay/"+linkCode), http.StatusServiceUnavailable)
}

// TestPayLinkWallet: inside a wallet the way to pay with it is chosen, and the way out leads to the same link.
func TestPayLinkWallet(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	for agent, want := range map[string]string{agentWeChat: "wechathk", agentAlipay: "alipaycn", agentIPhone: "alipayhk", agentDesktop: "alipayhk"} {
		doc := document(t, get(h, "/pay/"+linkCode, "User-Agent", agent))
		if got := doc.Find("[name=payment_processor][checked]").AttrOr("value", ""); got != want {
			t.Errorf("%s is chosen, want %s in %.60s", got, want, agent)
		}
		link := doc.Find(`[data-testid="guide-link"]`).AttrOr("value", "")
		if inside := agent == agentWeChat || agent == agentAlipay; inside != (link == "https://shop.example/pay/"+linkCode) {
			t.Errorf("the way out leads to %q in %.60s", link, agent)
		}
		if got := doc.Find(`[data-testid="checkout-form"]`).AttrOr("action", ""); got != "/pay/"+linkCode {
			t.Errorf("the form is sent to %q", got)
		}
	}
}

func TestPayLinkRefused(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop)
	shop.startErr = models.ErrConflict
	w := post(h, "/pay/"+linkCode, payer("fingerprint", "other"))
	wantStatus(t, w, http.StatusConflict)
	if doc := document(t, w); doc.Find("[data-notice=price_changed]").Length() != 1 || doc.Find("#email").AttrOr("value", "") == "" {
		t.Error("a price that changed isn't told, or what was typed is lost")
	}
	shop.startErr = &models.DeclinedError{ReturnCode: "INVALID_PARAMETER"}
	wantStatus(t, post(h, "/pay/"+linkCode, payer()), http.StatusUnprocessableEntity)
	shop.startErr = models.ErrUnavailable
	wantStatus(t, post(h, "/pay/"+linkCode, payer()), http.StatusServiceUnavailable)
	wantStatus(t, post(h, "/pay/"+linkCode, payer("email", "nobody")), http.StatusUnprocessableEntity)
	wantStatus(t, post(h, "/pay/"+linkCode, payer(), "Sec-Fetch-Site", "cross-site"), http.StatusForbidden)
}

// TestConsoleLinks makes and changes links in the console.
func TestConsoleLinks(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop, func(o *handlers.Options) { o.AdminUsername, o.AdminPasswordHash = "root", testHash })
	for _, path := range []string{"", "/new", "/3", "/3/sheet", "/3/qr.svg", "/3/qr.png"} {
		wantRedirect(t, get(h, "/admin/links"+path), "/admin/login")
	}
	wantStatus(t, post(h, "/admin/links", values("title_en", "x", "amount", "1")), http.StatusSeeOther)
	if len(shop.made) > 0 {
		t.Fatal("a link was made by nobody")
	}
	in := []string{"Cookie", signIn(t, h)}
	w := post(h, "/admin/links", values("title_en", " Deposit ", "title_zh-Hant", "訂金", "kind", "fixed", "amount", "1,000", "least", "junk", "max_payments", "１", "reference", "R7",
		"expires", "2026-12-31", "question_en", "Your name"), in...)
	wantRedirect(t, w, "/admin/links/3?notice=link_made")
	l := shop.made[0]
	if l.Title["en"] != "Deposit" || l.Title["zh-Hant"] != "訂金" || l.Amount != hkd(100000) || l.MaxPayments != 1 || l.Reference != "R7" || l.Question["en"] != "Your name" ||
		!l.ExpiresAt.Equal(time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)) {
		t.Errorf("made %+v", l)
	}
	wantStatus(t, post(h, "/admin/links", values("title_en", "Tip", "kind", "free", "least", "10", "amount", "junk"), in...), http.StatusSeeOther)
	wantStatus(t, post(h, "/admin/links", values("title_en", "Cups", "kind", "items", "sku_1", "cup", "quantity_1", "2", "sku_2", "", "quantity_2", "x"), in...), http.StatusSeeOther)
	if l := shop.made[1]; !l.Free || l.Least != hkd(1000) || !l.Amount.IsZero() {
		t.Errorf("made %+v", l)
	}
	if l := shop.made[2]; len(l.Items) != 1 || l.Items[0] != (models.CartItem{SKU: "cup", Quantity: 2}) {
		t.Errorf("made %+v", l)
	}
	for field, bad := range map[string][]string{
		"title": {"title_en", ""}, "amount": {"amount", "ten"}, "max_payments": {"max_payments", "-1"}, "expires": {"expires", "31.12.2026"}, "reference": {"reference", strings.Repeat("x", 65)},
		"question": {"question_en", strings.Repeat("x", 61)},
	} {
		f := values("title_en", "x", "kind", "fixed", "amount", "1")
		f.Set(bad[0], bad[1])
		w := post(h, "/admin/links", f, in...)
		wantStatus(t, w, http.StatusUnprocessableEntity)
		if doc := document(t, w); doc.Find(`[data-testid="error-`+field+`"]`).Length() != 1 {
			t.Errorf("%s: %q", field, doc.Find(".error, .error-summary").Text())
		}
	}
	for _, f := range []url.Values{
		values("title_en", "x", "kind", "items"), values("title_en", "x", "kind", "items", "sku_1", "../x", "quantity_1", "1"), values("title_en", "x", "kind", "nonsense", "amount", "\xff"),
		values("title_en", "\xff\x00", "expires", "9999-12-31"), values("title_en", "x", "amount", "1", "expires", "2020-01-01"),
	} {
		wantStatus(t, post(h, "/admin/links", f, in...), http.StatusUnprocessableEntity)
	}
	if len(shop.made) != 3 {
		t.Errorf("%d links made, want 3", len(shop.made))
	}

	wantRedirect(t, post(h, "/admin/links/3", values("title_en", "New", "amount", "1", "max_payments", "7"), in...), "/admin/links/3?notice=link_changed")
	wantStatus(t, post(h, "/admin/links/3", values("title_en", ""), in...), http.StatusUnprocessableEntity)
	wantStatus(t, post(h, "/admin/links/4", values("title_en", "x"), in...), http.StatusNotFound)
	if p := shop.changed[0]; p.Title["en"] != "New" || !p.Inactive || !p.ExpiresAt.IsZero() {
		t.Errorf("changed to %+v", p)
	}
	// A time that only the API can set stays to the minute while its day isn't touched.
	exact := payLink()
	exact.ExpiresAt = time.Date(2026, 12, 24, 10, 30, 0, 0, time.UTC)
	shop.putLink(exact)
	day := document(t, get(h, "/admin/links/3", in...)).Find("#expires").AttrOr("value", "")
	wantStatus(t, post(h, "/admin/links/3", values("title_en", "x", "active", "1", "expires", day), in...), http.StatusSeeOther)
	if p := shop.changed[1]; day != "2026-12-24" || !p.ExpiresAt.Equal(exact.ExpiresAt) || p.Inactive {
		t.Errorf("day %s, changed to %+v", day, p)
	}

	for path, want := range map[string]int{
		"": 200, "?cursor=5": 200, "?cursor=x": 400, "/new": 200, "/3": 200, "/4": 404, "/x": 404, "/-1": 404, "/3/sheet": 200, "/3/sheet?size=a4": 200, "/3/sheet?size=a0": 400, "/4/sheet": 404,
		"/3/qr.svg": 200, "/3/qr.png": 200, "/4/qr.svg": 404,
	} {
		if w := get(h, "/admin/links"+path, in...); w.Code != want {
			t.Errorf("%s = %d, want %d", path, w.Code, want)
		}
	}
	wantStatus(t, get(h, "/admin/orders?link=3", in...), http.StatusOK)
	if shop.filter.LinkID != 3 {
		t.Errorf("filter %+v", shop.filter)
	}
	wantStatus(t, get(h, "/admin/orders?link=x", in...), http.StatusBadRequest)
}
