package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// filled is a good form, with changes.
func filled(changes ...string) url.Values {
	f := values("full_name", "Chan Siu Ming", "email", "ming@example.com", "payment_processor", "wechathk", "items", "oolong-100:1",
		"intent", strings.Repeat("i", 22), "fingerprint", "f1")
	for i := 0; i+1 < len(changes); i += 2 {
		f.Set(changes[i], changes[i+1])
	}
	return f
}

func TestCheckoutForm(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	read := func() (intent, fingerprint, items string) {
		doc := document(t, get(h, "/checkout", "Cookie", "cart=oolong-100:2~tip:1:2000"))
		field := func(name string) string {
			return doc.Find(`form [name="`+name+`"]`).AttrOr("value", "(none)")
		}
		if doc.Find("[data-testid=wallet-alipayhk]").Length() != 1 {
			t.Error("a wallet is missing")
		}
		return field("intent"), field("fingerprint"), field("items")
	}
	intent, fingerprint, items := read()
	again, same, _ := read()
	if intent == again || len(intent) < 22 {
		t.Errorf("intents %q and %q: want fresh ones of 22 characters", intent, again)
	}
	if fingerprint == "" || fingerprint != same {
		t.Errorf("fingerprints %q and %q: want the cart's", fingerprint, same)
	}
	if items != "oolong-100:2~tip:1:2000" {
		t.Errorf("items = %q", items)
	}
	for _, cart := range []string{"", "pot:1", "cup:99", "none:1"} {
		wantRedirect(t, get(h, "/checkout", "Cookie", "cart="+cart), "/cart")
	}
}

func TestPlaceOrder(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop)
	f := filled("full_name", " Chan\u0000 Siu \tMing 🍵 ", "phone_area", "852", "phone", "9123 4567", "country", "us", "state", "california", "line1", "Cafe\u0301 \u202e1", "note", "no bag, please", "id_type", "cpf", "id_no", "123.456.789-09", "gender", "Female", "postal_code", "94105-1234")
	w := post(h, "/checkout", f, "Cookie", "cart=oolong-100:1~cup:1; lang=zh-Hant", "User-Agent", agentDesktop)
	wantRedirect(t, w, "/orders/"+token)
	if k, ok := cookie(w, "cart"); !ok || k.Value != "cup:1" {
		t.Errorf("cart = %v, want what wasn't bought", k)
	}
	want := handlers.StartRequest{
		Items: []models.CartItem{{SKU: "oolong-100", Quantity: 1}}, Fingerprint: "f1", Intent: strings.Repeat("i", 22), Processor: models.WeChatHK,
		Customer: models.Customer{
			FullName: "Chan Siu Ming 🍵", Email: "ming@example.com", Phone: "+852-91234567", Line1: "Café 1", State: "CA", Country: "US",
			IDType: "CPF", IDNo: "123.456.789-09", Gender: "female", PostalCode: "94105-1234",
		},
		Terminal: models.Terminal{IP: "192.0.2.1", Mode: "13"}, Language: "zh-Hant", Note: "no bag, please",
	}
	if diff := cmp.Diff([]handlers.StartRequest{want}, shop.started); diff != "" {
		t.Error(diff)
	}
}

func TestPlaceOrderLeadsOn(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, agent, processor, payURL string
		production                     bool
		want                           string
	}{
		{"desktop", agentDesktop, "alipayhk", "https://pay.example/x", false, "/orders/" + token},
		{"phone", agentIPhone, "alipayhk", "https://pay.example/x?a=b", false, "https://pay.example/x?a=b"},
		{"inside the wallet", agentWeChat, "wechathk", "https://pay.example/x", false, "https://pay.example/x"},
		{"inside the other wallet", agentWeChat, "alipayhk", "https://pay.example/x", false, "/orders/" + token},
		{"no page yet", agentIPhone, "alipayhk", "", false, "/orders/" + token},
		{"loopback", agentIPhone, "alipayhk", "http://127.0.0.1:8080/simulator/x", false, "http://127.0.0.1:8080/simulator/x"},
		{"loopback in production", agentIPhone, "alipayhk", "http://127.0.0.1:8080/simulator/x", true, "/orders/" + token},
		{"http elsewhere", agentIPhone, "alipayhk", "http://pay.example/x", false, "/orders/" + token},
		{"a name like loopback", agentIPhone, "alipayhk", "http://localhost.evil.example/x", false, "/orders/" + token},
		{"script", agentIPhone, "alipayhk", "javascript:alert(1)", false, "/orders/" + token},
		{"app link", agentIPhone, "alipayhk", "weixin://wxpay/x", false, "/orders/" + token},
		{"no host", agentIPhone, "alipayhk", "https:///x", false, "/orders/" + token},
		{"with a password", agentIPhone, "alipayhk", "https://pay.example@evil.example/x", false, "/orders/" + token},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			shop.payURL = c.payURL
			h := newHandler(t, shop, func(o *handlers.Options) { o.Production = c.production })
			wantRedirect(t, post(h, "/checkout", filled("payment_processor", c.processor), "User-Agent", c.agent), c.want)
		})
	}
}

func TestCheckoutRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat
	cases := []struct{ name, field, value, wantField, wantRule string }{
		{"no name", "full_name", " \t ", "full_name", "required"},
		{"name too long", "full_name", long("陳", 129), "full_name", "too_long"},
		{"first name too long", "first_name", long("a", 65), "first_name", "too_long"},
		{"last name too long", "last_name", long("a", 65), "last_name", "too_long"},
		{"no e-mail", "email", "", "email", "required"},
		{"e-mail without at", "email", "ming.example.com", "email", "format"},
		{"e-mail with emoji", "email", "🍵", "email", "format"},
		{"e-mail too long", "email", long("a", 60) + "@b.hk", "email", "too_long"},
		{"phone in words", "phone", "call me", "phone", "format"},
		{"phone emoji", "phone", "☎️", "phone", "format"},
		{"phone too long", "phone", long("9", 40), "phone", "format"},
		{"phone too short", "phone", "1", "phone", "format"},
		{"company too long", "company", long("公", 129), "company", "too_long"},
		{"line 1 too long", "line1", long("a", 257), "line1", "too_long"},
		{"line 2 too long", "line2", long("a", 257), "line2", "too_long"},
		{"city too long", "city", long("a", 65), "city", "too_long"},
		{"state too long", "state", long("a", 65), "state", "too_long"},
		{"unknown country", "country", "XX", "country", "unknown"},
		{"country in words", "country", "Hong Kong", "country", "too_long"},
		{"country emoji", "country", "🇭🇰", "country", "unknown"},
		{"postal code emoji", "postal_code", "🍵", "postal_code", "characters"},
		{"postal code too long", "postal_code", long("1", 33), "postal_code", "too_long"},
		{"unknown gender", "gender", "x", "gender", "unknown"},
		{"unknown document", "id_type", "passport", "id_type", "unknown"},
		{"document's number without its kind", "id_no", "123", "id_type", "required"},
		{"document's kind without its number", "id_type", "CPF", "id_no", "required"},
		{"number with emoji", "id_no", "1🍵", "id_no", "characters"},
		{"note too long", "note", long("🍵", 201), "note", "too_long"},
		{"no wallet", "payment_processor", "", "payment_processor", "required"},
		{"unknown wallet", "payment_processor", "cash", "payment_processor", "unknown"},
		{"name in broken UTF-8", "full_name", "a\xff\xfeb", "full_name", "characters"},
		{"e-mail in broken UTF-8", "email", "\xc3\x28@example.com", "email", "characters"},
		{"phone in broken UTF-8", "phone", "\xff1234567", "phone", "characters"},
		{"note in broken UTF-8", "note", "\xed\xa0\x80", "note", "characters"},
		{"wallet in broken UTF-8", "payment_processor", "\xff", "payment_processor", "unknown"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			h := newHandler(t, shop)
			w := post(h, "/checkout", filled("line2", "Flat 3", c.field, c.value), "Cookie", "cart=cup:1")
			wantStatus(t, w, http.StatusUnprocessableEntity)
			if _, ok := cookie(w, "cart"); ok {
				t.Error("the cart was touched")
			}
			doc := document(t, w)
			if doc.Find("[data-testid=error-"+c.wantField+"]").Length() != 1 {
				t.Errorf("no error at %s: %s", c.wantField, doc.Find("[data-testid^=error-]").Text())
			}
			if c.field != "line2" {
				if got := doc.Find("[name=line2]").AttrOr("value", ""); got != "Flat 3" {
					t.Errorf("line2 = %q: what was typed is lost", got)
				}
			}
			if got := doc.Find("[name=intent]").AttrOr("value", ""); got != strings.Repeat("i", 22) {
				t.Errorf("intent = %q, want the form's own", got)
			}
			if len(shop.started) > 0 {
				t.Error("an order was started")
			}
		})
	}
}

func TestEmojiIsTakenWhereTextIs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"full_name", "first_name", "last_name", "company", "line1", "line2", "city", "state", "note"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			h := newHandler(t, shop)
			wantStatus(t, post(h, "/checkout", filled(name, "👩‍🍳 茶")), 303)
			if !strings.Contains(fmt.Sprintf("%+v %s", [1]any{struct{ models.Customer }{shop.started[0].Customer}}, shop.started[0].Note), "👩‍🍳 茶") {
				t.Errorf("the emoji is lost: %+v", shop.started[0])
			}
		})
	}
}

func TestCheckoutAnswersOfTheShop(t *testing.T) {
	t.Parallel()
	declined := &models.DeclinedError{ReturnCode: "INVALID_PARAMETER", Field: "postal_code"}
	cases := []struct {
		name       string
		err        error
		want       int
		wantNotice string
		wantError  string
	}{
		{"invalid", &models.InvalidError{Fields: []models.FieldError{{Field: "company", Rule: "characters"}}}, 422, "", "company"},
		{"price changed", models.ErrConflict, 409, "price_changed", ""},
		{"sold out", fmt.Errorf("take stock: %w", models.ErrSoldOut), 409, "sold_out", ""},
		{"declined without an order", declined, 422, "", "postal_code"},
		{"storage away", models.ErrUnavailable, 503, "unavailable", ""},
		{"fault", fmt.Errorf("boom"), 500, "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			shop.startErr = c.err
			h := newHandler(t, shop)
			w := post(h, "/checkout", filled(), "Cookie", "cart=oolong-100:1")
			wantStatus(t, w, c.want)
			if _, ok := cookie(w, "cart"); ok {
				t.Error("the cart was touched")
			}
			doc := document(t, w)
			if c.wantNotice != "" && doc.Find("[data-notice="+c.wantNotice+"]").Length() == 0 {
				t.Errorf("no notice %s; there is %v", c.wantNotice, doc.Find("[data-notice]").Map(func(_ int, s *goquery.Selection) string { return s.AttrOr("data-notice", "") }))
			}
			if c.wantError != "" && doc.Find("[data-testid=error-"+c.wantError+"]").Length() == 0 {
				t.Errorf("no error at %s", c.wantError)
			}
			if c.want == 422 || c.wantNotice == "price_changed" {
				if got := doc.Find("[name=email]").AttrOr("value", ""); got != "ming@example.com" {
					t.Errorf("email = %q: what was typed is lost", got)
				}
			}
		})
	}
}

// A price that changed while the buyer typed is shown, and the form then carries the new cart's mark.
func TestPriceChangedMeanwhile(t *testing.T) {
	t.Parallel()
	shop := newShop()
	shop.startErr = models.ErrConflict
	h := newHandler(t, shop)
	fingerprint := func(w *httptest.ResponseRecorder) string {
		return document(t, w).Find("[name=fingerprint]").AttrOr("value", "(none)")
	}
	before := fingerprint(get(h, "/checkout", "Cookie", "cart=oolong-100:1"))
	answered := fingerprint(post(h, "/checkout", filled()))
	after := fingerprint(get(h, "/checkout", "Cookie", "cart=oolong-100:1"))
	if answered != after || answered == before {
		t.Errorf("fingerprints: %s before, %s answered, %s after", before, answered, after)
	}
}

// startShop answers StartPayment with an order and an error together.
type startShop struct {
	*fakeShop
	err error
}

func (s startShop) StartPayment(ctx context.Context, req handlers.StartRequest) (models.Order, error) {
	o, _ := s.fakeShop.StartPayment(ctx, req)
	return o, s.err
}

func TestOrderThatStandsWithoutAPage(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"pending": models.ErrPending, "declined": &models.DeclinedError{ReturnCode: "SYSTEM_BUSY"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHandler(t, newShop(), func(o *handlers.Options) { o.Shop = startShop{newShop(), err} })
			w := post(h, "/checkout", filled(), "Cookie", "cart=oolong-100:1", "User-Agent", agentIPhone)
			wantRedirect(t, w, "/orders/"+token)
			if k, ok := cookie(w, "cart"); !ok || k.MaxAge >= 0 {
				t.Errorf("cart = %v, want it emptied", k)
			}
		})
	}
}

func TestCheckoutOfBadItems(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	for items, want := range map[string]int{"": 422, "cup": 422, "cup:0": 422, "cup:-1": 422, "cup:1.5": 422, "cup:1000000000000": 422, "none:1": 409, "cup:1~none:1": 409, "pot:1": 409, "cup:4": 409, "secret:1": 409, "\xff": 422} {
		if w := post(h, "/checkout", filled("items", items), "Cookie", "cart=oolong-100:1"); w.Code != want {
			t.Errorf("items %q: status = %d, want %d", items, w.Code, want)
		}
	}
}

// The first of two clicks takes the last pieces; the second leads to the same order, not to "sold out".
func TestFormSentTwice(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	for range 2 {
		wantRedirect(t, post(h, "/checkout", filled("items", "cup:3"), "Cookie", "cart=cup:3"), "/orders/"+token)
	}
	wantStatus(t, post(h, "/checkout", filled("items", "cup:1", "intent", strings.Repeat("j", 22))), 409)
}

func TestIntentIsOurs(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "short", strings.Repeat("x", 65), strings.Repeat("<", 30), strings.Repeat("i", 21) + "\n"} {
		shop := newShop()
		wantStatus(t, post(newHandler(t, shop), "/checkout", filled("intent", bad, "fingerprint", "<>")), 303)
		if got := shop.started[0]; got.Intent == bad || len(got.Intent) != 22 || got.Fingerprint != "" {
			t.Errorf("intent %q became %q, fingerprint %q", bad, got.Intent, got.Fingerprint)
		}
	}
	seen := map[string]bool{}
	for range 1000 {
		s := handlers.NewIntent()
		if seen[s] || strings.ContainsFunc(s, func(r rune) bool {
			return !strings.ContainsRune("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", r)
		}) {
			t.Fatalf("intent %q", s)
		}
		seen[s] = true
	}
}

func TestRequireDecidesWhatIsNeeded(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop, func(o *handlers.Options) { o.Require = []string{"full_name", "phone", "line1"} })
	w := post(h, "/checkout", filled("full_name", "", "first_name", "Siu Ming", "email", ""))
	wantStatus(t, w, 422)
	doc := document(t, w)
	var got []string
	for _, name := range []string{"full_name", "email", "phone", "line1"} {
		if doc.Find("[data-testid=error-"+name+"]").Length() > 0 {
			got = append(got, name)
		}
	}
	if want := []string{"phone", "line1"}; !slices.Equal(got, want) {
		t.Errorf("errors at %v, want %v", got, want)
	}
}

func TestJoinPhone(t *testing.T) {
	t.Parallel()
	cases := []struct{ area, typed, want string }{
		{"852", "91234567", "+852-91234567"},
		{"+852", "9123 4567", "+852-91234567"},
		{"852", "(9123) 45-67", "+852-91234567"},
		{"86", "138 0013 8000", "+86-13800138000"},
		{"852", "９１２３４５６７", "+852-91234567"},
		{"852", "+44 20 7946 0958", "+44-2079460958"},
		{"852", "+1-212-555-0100", "+1-2125550100"},
		{"852", "+85291234567", "+852-91234567"},
		{"86", "+85291234567", "+852-91234567"},
		{"", "+447911123456", "+44-7911123456"},
		{"", "+12125550100", "+1-2125550100"},
		{"1242", "+12425550100", "+1242-5550100"},
		{"", "0085291234567", "+852-91234567"},
		{"", "91234567", ""},
		{"852", "123", ""},
		{"852", "12345678901234", ""},
		{"852", "9123x567", ""},
		{"852", "+", ""},
		{"852", "++", ""},
		{"0", "91234567", ""},
		{"12345", "91234567", ""},
		{"abc", "91234567", ""},
	}
	for _, c := range cases {
		got, ok := handlers.JoinPhone(c.area, c.typed)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("JoinPhone(%q, %q) = %q, %t; want %q", c.area, c.typed, got, ok, c.want)
		}
	}
}

func FuzzJoinPhone(f *testing.F) {
	for _, s := range []string{"91234567", "+852 9123 4567", "+1", "00", "+0", "+-"} {
		f.Add("852", s)
	}
	f.Fuzz(func(t *testing.T, area, typed string) {
		got, ok := handlers.JoinPhone(area, typed)
		if !ok {
			return
		}
		a, n, _ := strings.Cut(strings.TrimPrefix(got, "+"), "-")
		if len(got) > 32 || a == "" || n == "" || strings.Trim(a+n, "0123456789") != "" {
			t.Fatalf("JoinPhone(%q, %q) = %q", area, typed, got)
		}
	})
}

// A field that the gateway complains of is shown at its place, in the form with which the order was made; an order that
// stands for another reason has its own page.
func TestTheGatewaysFieldIsShownInTheForm(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop(), func(o *handlers.Options) {
		o.Shop = startShop{newShop(), &models.DeclinedError{ReturnCode: "INVALID_PARAMETER", Field: "postal_code"}}
	})
	w := post(h, "/checkout", filled("postal_code", "999077", "line1", "1 Nathan Road"), "Cookie", "cart=oolong-100:1")
	wantStatus(t, w, 422)
	if _, ok := cookie(w, "cart"); ok {
		t.Error("the cart was touched")
	}
	doc := document(t, w)
	for _, want := range []string{"[data-testid=error-postal_code]", "#postal_code[value='999077']", "#line1[value='1 Nathan Road']", "[name=intent][value=" + strings.Repeat("i", 22) + "]"} {
		if doc.Find(want).Length() != 1 {
			t.Errorf("nothing matches %s", want)
		}
	}
	for _, field := range []string{"", "openid", "transaction_amount"} {
		h := newHandler(t, newShop(), func(o *handlers.Options) {
			o.Shop = startShop{newShop(), &models.DeclinedError{ReturnCode: "INVALID_PARAMETER", Field: field}}
		})
		wantRedirect(t, post(h, "/checkout", filled()), "/orders/"+token)
	}
}

func TestStatesBelongToTheirCountry(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, country, state, want, wantError string }{
		{"as the form names it", "US", "US-CA", "CA", ""},
		{"by its code", "US", "ca", "CA", ""},
		{"by its name", "us", "California", "CA", ""},
		{"another country's", "US", "BR-SP", "", "Choose a state or province of the country you chose"},
		{"another country's with a code that both have", "US", "AU-WA", "", "Choose a state or province of the country you chose"},
		{"of a country without states", "HK", "US-CA", "", "Choose the country or region of that state"},
		{"without a country", "", "US-CA", "", "Choose the country or region of that state"},
		{"text elsewhere", "HK", "Kowloon-East", "Kowloon-East", ""},
		{"no such state", "US", "US-XX", "", "Choose a state or province of the country you chose"},
		{"none", "US", "", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			w := post(newHandler(t, shop), "/checkout", filled("country", c.country, "state", c.state))
			if c.wantError == "" {
				wantStatus(t, w, 303)
				if got := shop.started[0].Customer.State; got != c.want {
					t.Errorf("state = %q, want %q", got, c.want)
				}
				return
			}
			wantStatus(t, w, 422)
			doc := document(t, w)
			if got := doc.Find("[data-testid=error-state]").Text(); !strings.HasPrefix(got, c.wantError) {
				t.Errorf("error = %q", got)
			}
			if c.state == "US-CA" && doc.Find("#state option[value='US-CA'][selected]").Length() != 1 {
				t.Error("the state that was chosen is lost")
			}
		})
	}
	h := newHandler(t, newShop(), func(o *handlers.Options) { o.Require = []string{"full_name", "country", "state"} })
	wantStatus(t, post(h, "/checkout", filled("country", "US", "state", "")), 422)
	wantStatus(t, post(h, "/checkout", filled("country", "HK", "state", "")), 303) // there is nothing to choose from
}

func TestTheMerchantsOwnQuestion(t *testing.T) {
	t.Parallel()
	ask := func(required bool) (*fakeShop, *handlers.Handler) {
		shop := newShop()
		return shop, newHandler(t, shop, func(o *handlers.Options) {
			o.ExtraField = &models.ExtraField{Label: models.Text{"en": "Engraving", "zh-Hant": "刻字"}, Required: required, MaxLength: 4}
		})
	}
	shop, h := ask(true)
	for value, want := range map[string]string{"": "Fill in “Engraving”", " \t": "Fill in “Engraving”", "12345": "Shorten “Engraving” to 4 characters or fewer", "a\xff": "Use letters"} {
		w := post(h, "/checkout", filled("extra", value, "line2", "Flat 3"))
		wantStatus(t, w, 422)
		doc := document(t, w)
		if got := doc.Find("[data-testid=error-extra]").Text(); !strings.HasPrefix(got, want) {
			t.Errorf("%q: error %q", value, got)
		}
		if got := doc.Find("#extra").AttrOr("value", ""); value == "12345" && got != value || doc.Find("#line2").AttrOr("value", "") != "Flat 3" {
			t.Errorf("%q: what was typed is lost, %q is left", value, got)
		}
	}
	w := post(h, "/checkout", filled("extra", "1", "email", ""))
	if got := document(t, w).Find("#extra").AttrOr("value", ""); got != "1" {
		t.Errorf("after another field's error the answer is %q", got)
	}
	if len(shop.started) != 0 {
		t.Error("an order was started")
	}
	wantStatus(t, post(h, "/checkout", filled("extra", " 陳\r\n🍵 ")), 303)
	want := &models.Extra{Label: models.Text{"en": "Engraving", "zh-Hant": "刻字"}, Value: "陳 🍵"}
	if diff := cmp.Diff(want, shop.started[0].Customer.Extra); diff != "" {
		t.Error(diff)
	}
	shop, h = ask(false)
	wantStatus(t, post(h, "/checkout", filled("extra", "")), 303)
	if shop.started[0].Customer.Extra != nil {
		t.Error("an empty answer was kept")
	}
	shop = newShop()
	h = newHandler(t, shop)
	wantStatus(t, post(h, "/checkout", filled("extra", "nobody asked")), 303)
	if shop.started[0].Customer.Extra != nil {
		t.Error("an answer without a question was kept")
	}
}
