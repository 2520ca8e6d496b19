package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

func TestChangeCart(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, cart string
		form       url.Values
		wantCart   string // "" when it must not be touched, "-" when it must be removed
		wantTo     string
	}{
		{"add", "", values("sku", "cup", "quantity", "2", "action", "add"), "cup:2", "/cart"},
		{"add without action and quantity", "", values("sku", "cup"), "cup:1", "/cart"},
		{"add to a line", "oolong-100:2", values("sku", "oolong-100", "quantity", "3"), "oolong-100:5", "/cart"},
		{"add another", "oolong-100:2", values("sku", "cup", "quantity", "1"), "oolong-100:2~cup:1", "/cart"},
		{"set", "oolong-100:2~cup:1", values("sku", "oolong-100", "quantity", "7", "action", "set"), "oolong-100:7~cup:1", "/cart"},
		{"set to none", "oolong-100:2~cup:1", values("sku", "oolong-100", "quantity", "0", "action", "set"), "cup:1", "/cart"},
		{"remove", "oolong-100:2~cup:1", values("sku", "cup", "action", "remove", "next", "/cart"), "oolong-100:2", "/cart?removed=1"},
		{"remove the last", "cup:1", values("sku", "cup", "action", "remove"), "-", "/cart"},
		{"remove what isn't sold any more", "gone:1~cup:1", values("sku", "gone", "action", "remove"), "cup:1", "/cart"},
		{"full-width digits", "", values("sku", "cup", "quantity", " ２ "), "cup:2", "/cart"},
		{"back to the product", "", values("sku", "cup", "next", "/products/cup"), "cup:1", "/products/cup?added=1"},
		{"back to the shelf", "", values("sku", "cup", "next", "/"), "cup:1", "/"},
		{"not to another site", "", values("sku", "cup", "next", "//evil.example"), "cup:1", "/cart"},
		{"not to another site by backslash", "", values("sku", "cup", "next", "/\\evil.example"), "cup:1", "/cart"},
		{"not to another site by address", "", values("sku", "cup", "next", "https://evil.example/products/"), "cup:1", "/cart"},
		{"own price", "", values("sku", "tip", "amount", "25.50"), "tip:1:2550", "/cart"},
		{"own price kept", "tip:1:2550", values("sku", "tip", "quantity", "2", "action", "set"), "tip:2:2550", "/cart"},
		{"own price where there is none", "", values("sku", "cup", "amount", "0.01"), "cup:1", "/cart"},
		{"broken cookie", "<script>", values("sku", "cup"), "cup:1", "/cart"},
	}
	h := newHandler(t, newShop())
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := post(h, "/cart/items", c.form, "Cookie", "cart="+c.cart)
			wantRedirect(t, w, c.wantTo)
			k, ok := cookie(w, "cart")
			switch {
			case !ok:
				t.Fatal("no cart cookie")
			case c.wantCart == "-":
				if k.MaxAge >= 0 {
					t.Errorf("cart = %q, want it removed", k.Value)
				}
			case k.Value != c.wantCart:
				t.Errorf("cart = %q, want %q", k.Value, c.wantCart)
			}
			if !k.HttpOnly || !k.Secure || k.SameSite != http.SameSiteLaxMode || k.Path != "/" {
				t.Errorf("cookie's attributes: %s", k)
			}
		})
	}
}

func TestCartRefuses(t *testing.T) {
	t.Parallel()
	var full []models.CartItem
	for i := range models.MaxCartLines {
		full = append(full, models.CartItem{SKU: fmt.Sprintf("s%d", i), Quantity: 1})
	}
	cases := []struct {
		name, cart string
		form       url.Values
		want       models.CartProblem
	}{
		{"minus one", "cup:1", values("sku", "cup", "quantity", "-1"), models.ProblemQuantity},
		{"one and a half", "cup:1", values("sku", "cup", "quantity", "1.5"), models.ProblemQuantity},
		{"ten to the twelfth", "cup:1", values("sku", "cup", "quantity", "1000000000000"), models.ProblemQuantity},
		{"more digits than an int64", "cup:1", values("sku", "cup", "quantity", strings.Repeat("9", 60)), models.ProblemQuantity},
		{"exponent", "cup:1", values("sku", "cup", "quantity", "1e1"), models.ProblemQuantity},
		{"hexadecimal", "cup:1", values("sku", "cup", "quantity", "0x1"), models.ProblemQuantity},
		{"word", "cup:1", values("sku", "cup", "quantity", "abc"), models.ProblemQuantity},
		{"empty", "cup:1", values("sku", "cup", "quantity", ""), models.ProblemQuantity},
		{"add none", "cup:1", values("sku", "cup", "quantity", "0"), models.ProblemQuantity},
		{"broken UTF-8", "cup:1", values("sku", "cup", "quantity", "\xff"), models.ProblemQuantity},
		{"emoji", "cup:1", values("sku", "cup", "quantity", "🍵"), models.ProblemQuantity},
		{"sum above the most", "oolong-100:9999", values("sku", "oolong-100", "quantity", "1"), models.ProblemQuantity},
		{"more than in stock", "cup:1", values("sku", "cup", "quantity", "3"), models.ProblemTooMany},
		{"sold out", "cup:1", values("sku", "pot"), models.ProblemSoldOut},
		{"unknown", "cup:1", values("sku", "none"), models.ProblemUnknown},
		{"hidden", "cup:1", values("sku", "secret"), models.ProblemUnknown},
		{"hostile SKU", "cup:1", values("sku", "a~b:1"), models.ProblemUnknown},
		{"no SKU", "cup:1", values("quantity", "1"), models.ProblemUnknown},
		{"own price missing", "cup:1", values("sku", "tip"), models.ProblemAmount},
		{"own price too low", "cup:1", values("sku", "tip", "amount", "9.99"), models.ProblemAmount},
		{"own price no number", "cup:1", values("sku", "tip", "amount", "-5"), models.ProblemAmount},
		{"own price too large", "cup:1", values("sku", "tip", "amount", "9999999999999"), models.ProblemAmount},
		{"too many lines", handlers.FormatItems(full), values("sku", "cup"), models.ProblemTooLong},
	}
	h := newHandler(t, newShop())
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := post(h, "/cart/items", c.form, "Cookie", "cart="+c.cart)
			wantStatus(t, w, http.StatusUnprocessableEntity)
			if k, ok := cookie(w, "cart"); ok {
				t.Errorf("the cart was changed to %q", k.Value)
			}
			w = post(h, "/cart/items", c.form, "Cookie", "cart="+c.cart, "Accept", "application/json")
			wantStatus(t, w, http.StatusUnprocessableEntity)
			if !strings.Contains(w.Body.String(), `"rule":"`+string(c.want)+`"`) {
				t.Errorf("body = %s, want rule %s", w.Body, c.want)
			}
		})
	}
}

func TestCartRefusalStaysOnProduct(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	w := post(h, "/cart/items", values("sku", "cup", "quantity", "9", "next", "/products/cup"))
	wantStatus(t, w, 422)
	doc := document(t, w)
	if got := doc.Find(".product-form [name=quantity]").AttrOr("value", ""); got != "9" {
		t.Errorf("quantity shown = %q, want what was typed", got)
	}
	if doc.Find(`[data-testid=problem]`).Length() != 1 {
		t.Error("no problem is named")
	}
}

func TestCartJSON(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	w := post(h, "/cart/items", values("sku", "cup", "quantity", "2"), "Cookie", "cart=oolong-100:1", "Accept", "application/json")
	wantStatus(t, w, 200)
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"pieces": 3.0, "total": "348.00", "currency": "HKD"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestCartPage(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop)
	for name, cart := range map[string]string{"empty": "", "good": "cup:2", "sold out": "pot:1", "gone": "none:1", "garbage": "%%%", "negative": "cup:-1", "huge": strings.Repeat("a", 3000) + ":1"} {
		if w := get(h, "/cart", "Cookie", "cart="+cart); w.Code != 200 {
			t.Errorf("%s: status = %d", name, w.Code)
		}
	}
	if got := document(t, get(h, "/", "Cookie", "cart=cup:2~oolong-100:3")).Find("[data-testid=cart-count]").Text(); got != "5" {
		t.Errorf("header counts %q pieces, want 5", got)
	}
	shop.priceErr = models.ErrUnavailable
	wantStatus(t, get(h, "/cart"), 503)
}

func TestItems(t *testing.T) {
	t.Parallel()
	many := strings.TrimSuffix(strings.Repeat("a:1~", models.MaxCartLines+1), "~")
	for _, bad := range []string{"a", "a:", ":1", "a:0", "a:01", "a:+1", "a:-1", "a:10000", "a:1:0", "a:1:x", "a:1:2:3", "a:1~", "~a:1", "a:1~a:2", "a b:1", "é:1", "a:1:99999999999999999", many, strings.Repeat("b", 65) + ":1"} {
		if got, ok := handlers.ParseItems(bad); ok {
			t.Errorf("ParseItems(%.40q) = %v, want it refused", bad, got)
		}
	}
	want := []models.CartItem{{SKU: "a.b_c-1", Quantity: 9999}, {SKU: "tip", Quantity: 1, Amount: models.MaxAmount}}
	got, ok := handlers.ParseItems(handlers.FormatItems(want))
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("round trip: %s", diff)
	}
}

func FuzzParseItems(f *testing.F) {
	for _, s := range []string{"", "cup:1", "cup:1~tip:1:500", "a:9999", "~", "a:1:1:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		items, ok := handlers.ParseItems(s)
		if !ok {
			return
		}
		if got := handlers.FormatItems(items); got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
		for _, it := range items {
			if it.Quantity < 1 || it.Quantity > models.MaxQuantity || it.Amount < 0 || it.Amount > models.MaxAmount {
				t.Fatalf("%q: %+v", s, it)
			}
		}
	})
}
