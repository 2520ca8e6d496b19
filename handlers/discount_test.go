package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// discounting is a shop with codes: TEA10 for a tenth, OVER has ended, BIG needs HK$1,000, CUP is for cups, GONE is used up.
func discounting(t *testing.T, change ...func(*handlers.Options)) (*fakeShop, *handlers.Handler) {
	t.Helper()
	s := newShop()
	s.used = 3
	s.discounts = []models.Discount{
		{Code: "TEA10", Percent: 10}, {Code: "OVER", Percent: 10, Expires: noon.Add(-time.Second)}, {Code: "BIG", Percent: 10, MinTotal: hkd(100000)},
		{Code: "CUP", Percent: 10, Products: []string{"cup"}}, {Code: "GONE", Percent: 10, MaxUses: 3},
	}
	return s, newHandler(t, s, append(change, func(o *handlers.Options) { o.Site.Discounts = true })...)
}

func TestDiscountCode(t *testing.T) {
	t.Parallel()
	_, h := discounting(t)
	for _, tt := range []struct {
		typed, kept string
		problem     models.DiscountProblem
	}{
		{"TEA10", "TEA10", ""}, {" tea10 ", "TEA10", ""}, {"ｔｅａ１０", "TEA10", ""},
		{"OVER", "", models.DiscountExpired}, {"big", "", models.DiscountMinTotal}, {"cup", "", models.DiscountProducts}, {"gone", "", models.DiscountUsedUp},
		{"NONE", "", models.DiscountUnknown}, {"<script>", "", models.DiscountUnknown}, {"\xff\x00", "", models.DiscountUnknown}, {strings.Repeat("x", 1000), "", models.DiscountUnknown},
	} {
		w := post(h, "/cart/discount", values("code", tt.typed), "Cookie", "cart=oolong-100:1")
		k, set := cookie(w, "discount")
		if tt.problem == "" {
			wantRedirect(t, w, "/cart")
			if !set || k.Value != tt.kept || !k.HttpOnly || !k.Secure || k.SameSite != http.SameSiteLaxMode {
				t.Errorf("%q: cookie = %v", tt.typed, k)
			}
			continue
		}
		wantStatus(t, w, http.StatusUnprocessableEntity)
		if set {
			t.Errorf("%q is kept as %q", tt.typed, k.Value)
		}
		if got := document(t, w).Find("#discount-error").AttrOr("data-problem", ""); got != string(tt.problem) {
			t.Errorf("%.20q: problem %q, want %q", tt.typed, got, tt.problem)
		}
	}
	w := post(h, "/cart/discount", values("action", "remove"), "Cookie", "cart=oolong-100:1; discount=TEA10")
	wantRedirect(t, w, "/cart")
	if k, ok := cookie(w, "discount"); !ok || k.MaxAge >= 0 {
		t.Error("a removed code stays in the browser")
	}
	total := func(w interface{ Text() string }) string { return strings.TrimSpace(w.Text()) }
	doc := document(t, get(h, "/cart", "Cookie", "cart=oolong-100:2; discount=TEA10"))
	if got := total(doc.Find(`[data-testid="cart-total"]`)); got != "HK$302.40" {
		t.Errorf("the cart's total is %s, want HK$302.40", got)
	}
	doc = document(t, get(h, "/cart", "Cookie", "cart=oolong-100:1; discount=BIG"))
	if total(doc.Find(`[data-testid="cart-total"]`)) != "HK$168.00" || doc.Find("#discount-error[data-problem=min_total]").Length() != 1 {
		t.Error("a code that no longer applies takes something off, or doesn't say why not")
	}
	doc = document(t, get(newHandler(t, newShop()), "/cart", "Cookie", "cart=oolong-100:1; discount=TEA10"))
	if doc.Find("#discount, #discount-error").Length() != 0 {
		t.Error("a shop without codes speaks of one")
	}
}

// TestDiscountGuessing: wherever a guess is made, it counts, and then not even right codes are told.
func TestDiscountGuessing(t *testing.T) {
	t.Parallel()
	ways := map[string]func(h *handlers.Handler, code string) (body string){
		"form": func(h *handlers.Handler, code string) string {
			return post(h, "/cart/discount", values("code", code), "Cookie", "cart=oolong-100:1").Body.String()
		},
		"cookie": func(h *handlers.Handler, code string) string {
			return get(h, "/cart", "Cookie", "cart=oolong-100:1; discount="+code).Body.String()
		},
		"checkout": func(h *handlers.Handler, code string) string {
			return post(h, "/checkout", values("items", "oolong-100:1", "discount", code, "email", "a@b.example", "full_name", "A", "payment_processor", "alipayhk", "fingerprint", "x")).Body.String()
		},
		"cart's items": func(h *handlers.Handler, code string) string {
			return post(h, "/cart/items", values("sku", "oolong-100"), "Cookie", "discount="+code, "Accept", "application/json").Body.String()
		},
	}
	for name, try := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, h := discounting(t, func(o *handlers.Options) { o.Limits.Discount = 3 })
			for range 20 {
				try(h, "TEA10") // right codes don't count
			}
			for range 3 {
				try(h, "WRONG")
			}
			started := len(s.started)
			body := try(h, "TEA10")
			if strings.Contains(body, "151.20") {
				t.Error("after too many guesses a right code still shows")
			}
			if len(s.started) != started {
				t.Error("after too many guesses an order is made with a code")
			}
			w := post(h, "/cart/discount", values("code", "TEA10"), "Cookie", "cart=oolong-100:1")
			wantStatus(t, w, http.StatusTooManyRequests)
			if document(t, w).Find("#discount-error[data-problem=too_many]").Length() != 1 || w.Header().Get("Retry-After") == "" {
				t.Error("nobody is told that too many codes were tried")
			}
		})
	}
}

func TestCheckoutWithDiscount(t *testing.T) {
	t.Parallel()
	s, h := discounting(t)
	doc := document(t, get(h, "/checkout", "Cookie", "cart=oolong-100:1; discount=TEA10"))
	filled := values("email", "a@b.example", "full_name", "A", "payment_processor", "alipayhk")
	for _, name := range []string{"items", "fingerprint", "intent", "discount"} {
		filled.Set(name, doc.Find("input[name="+name+"]").AttrOr("value", ""))
	}
	if filled.Get("discount") != "TEA10" || !strings.Contains(doc.Find(`[data-testid="pay-button"]`).Text(), "HK$151.20") {
		t.Fatalf("the form has the code %q, the button says %q", filled.Get("discount"), doc.Find(`[data-testid="pay-button"]`).Text())
	}

	s.startErr = models.ErrDiscountUsedUp // between form and pay
	s.used, s.discounts[0].MaxUses = 3, 3
	w := post(h, "/checkout", filled, "Cookie", "cart=oolong-100:1; discount=TEA10")
	wantStatus(t, w, http.StatusConflict)
	doc = document(t, w)
	if doc.Find("[data-notice=price_changed]").Length() != 1 || doc.Find(`[data-testid="error-discount"][data-problem=used_up]`).Length() != 1 ||
		doc.Find("input[name=discount]").Length() != 0 || doc.Find("input[name=fingerprint]").AttrOr("value", "") == filled.Get("fingerprint") {
		t.Error("the form doesn't tell that the code has ended")
	}

	s.startErr, s.discounts[0].MaxUses = nil, 0
	w = post(h, "/checkout", filled, "Cookie", "cart=oolong-100:1; discount=TEA10")
	wantRedirect(t, w, "/orders/"+token)
	if k, ok := cookie(w, "discount"); !ok || k.MaxAge >= 0 {
		t.Error("the code stays after the order was made")
	}
	if got := s.started[len(s.started)-1].Discount; got != "TEA10" {
		t.Errorf("the order was started with the code %q", got)
	}
}

func TestRetryWhenNothingIsLeft(t *testing.T) {
	t.Parallel()
	s, h := discounting(t)
	s.settle(models.OrderExpired, models.StatusWaitingPayment)
	for err, notice := range map[error]string{models.ErrDiscountUsedUp: "discount_used_up", models.ErrSoldOut: "order_sold_out"} {
		s.retryErr = err
		w := post(h, "/orders/"+token+"/retry", values("payment_processor", "alipayhk"))
		wantStatus(t, w, http.StatusConflict)
		if document(t, w).Find("[data-notice="+notice+"]").Length() != 1 {
			t.Errorf("%v: the order's page doesn't say why it can't go on", err)
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	s := newShop()
	s.products[0].Category, s.products[1].Category = models.Text{"en": "Tea & co"}, models.Text{"en": "Ware"}
	h := newHandler(t, s)
	cards := func(target string) int {
		t.Helper()
		w := get(h, target)
		wantStatus(t, w, http.StatusOK)
		return document(t, w).Find(`[data-testid="product-card"]`).Length()
	}
	for target, want := range map[string]int{
		"/?q=oolong": 1, "/?q=OOLONG&category=Tea+%26+co": 1, "/?q=oolong&category=Ware": 0, "/?category=Ware": 1, "/?q=%00%ff": 5, "/?q=%25": 0, "/?q=nothing": 0, "/?q=oolong&q=cup": 1,
	} {
		if got := cards(target); got != want {
			t.Errorf("%s shows %d products, want %d", target, got, want)
		}
	}
	doc := document(t, get(h, "/?q=+oolong++&category=Tea+%26+co"))
	next := doc.Find(`input[name="next"]`).AttrOr("value", "")
	if next != "/?category=Tea+%26+co&q=oolong" {
		t.Errorf("the way back after adding = %q", next)
	}
	wantRedirect(t, post(h, "/cart/items", values("sku", "oolong-100", "next", next)), next)
	if href := doc.Find(`.languages a[lang="zh-Hant"]`).AttrOr("href", ""); !strings.Contains(href, "q%3Doolong") {
		t.Errorf("another language forgets the search: %s", href)
	}
	if got := doc.Find(`[data-testid="found"]`).Text(); !strings.Contains(got, "1 product for “oolong” in Tea & co") {
		t.Errorf("found: %q", got)
	}
	first := get(h, "/?q=oolong").Header().Get("ETag")
	if first == get(h, "/?q=cup").Header().Get("ETag") || first == get(h, "/").Header().Get("ETag") {
		t.Error("two searches have the same tag")
	}
	wantStatus(t, get(h, "/?q="+strings.Repeat("%F0%9F%8D%B5", 2000)), http.StatusOK)
}
