package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

const testKey = "sk_test_key-of-the-tests"

func openAPI(o *handlers.Options) {
	o.APIKeys = []string{"another-key", testKey}
	o.ReturnOrigins = []string{"https://merchant.example", "http://127.0.0.1:9999"}
}

// call sends a JSON body with the key; header are names and values.
func call(h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	m := map[string]string{"Authorization": "Bearer " + testKey}
	if body != "" {
		m["Content-Type"] = "application/json"
	}
	for k, v := range pairs(header) {
		m[k] = v
	}
	return request{method: method, target: target, body: body, header: m}.do(h)
}

// problemOf reads a problem and checks what all of them have.
func problemOf(t *testing.T, w *httptest.ResponseRecorder) (kind string, faults map[string]string) {
	t.Helper()
	var p struct {
		Type, Title, Detail, Reference string
		Status                         int
		Errors                         []struct{ Pointer, Parameter, Header, Detail string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%d %s isn't a problem: %v", w.Code, w.Body, err)
	}
	kind, ok := strings.CutPrefix(p.Type, "urn:lianlian-checkout:problem:")
	if !ok || p.Title == "" || p.Detail == "" || p.Reference == "" || p.Status != w.Code {
		t.Errorf("problem lacks something: %s", w.Body)
	}
	faults = map[string]string{}
	for _, e := range p.Errors {
		faults[e.Pointer+e.Parameter+e.Header] = e.Detail
	}
	return kind, faults
}

// TestBadSessions: each bad body is refused with the place, and with what would be right. Seen to fail with RejectUnknownMembers left out, and
// with priceForm not asked.
func TestBadSessions(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop, openAPI)
	item := func(rest string) string { return `{"items":[{"sku":"cup"}],` + rest + `}` }
	long := strings.Repeat("x", 129)
	for _, tt := range []struct {
		body, place, remedy string
		status              int
	}{
		{`{}`, "/items", "1 to 50", 422},
		{`{"items":[]}`, "/items", "1 to 50", 422},
		{`{"items":[` + strings.TrimSuffix(strings.Repeat(`{"sku":"cup"},`, 51), ",") + `]}`, "/items", "1 to 50", 422},
		{`{"items":[{}]}`, "/items/0", "a sku, or a name and a price", 422},
		{`{"items":[{"sku":"cup"},{"sku":"no such"}]}`, "/items/1/sku", "shelf", 422},
		{`{"items":[{"sku":"cup","name":"Cup"}]}`, "/items/0/name", "left out", 422},
		{`{"items":[{"name":"Cup"}]}`, "/items/0/price", "missing", 422},
		{`{"items":[{"price":"1.00"}]}`, "/items/0/name", "missing", 422},
		{`{"items":[{"name":" ","price":"1.00"}]}`, "/items/0/name", "1 to 128", 422},
		{`{"items":[{"name":"` + long + `","price":"1.00"}]}`, "/items/0/name", "1 to 128", 422},
		{`{"items":[{"name":"Cup","price":1.00}]}`, "/items/0/price", "a string", 422},
		{`{"items":[{"name":"Cup","price":"1"}]}`, "/items/0/price", `"100.00"`, 422},
		{`{"items":[{"name":"Cup","price":"1.0"}]}`, "/items/0/price", `"100.00"`, 422},
		{`{"items":[{"name":"Cup","price":"-1.00"}]}`, "/items/0/price", `"100.00"`, 422},
		{`{"items":[{"name":"Cup","price":"1e3"}]}`, "/items/0/price", `"100.00"`, 422},
		{`{"items":[{"name":"Cup","price":"１.00"}]}`, "/items/0/price", `"100.00"`, 422},
		{`{"items":[{"name":"Cup","price":"0.00"}]}`, "/items/0/price", "more than", 422},
		{`{"items":[{"name":"Cup","price":"1000000000000.00"}]}`, "/items/0/price", `"100.00"`, 422},
		{`{"items":[{"sku":"cup","quantity":0}]}`, "/items/0/quantity", "1 to 9999", 422},
		{`{"items":[{"sku":"cup","quantity":10000}]}`, "/items/0/quantity", "1 to 9999", 422},
		{`{"items":[{"sku":"cup","quantity":"1"}]}`, "/items/0/quantity", "whole number", 422},
		{`{"items":[{"sku":"cup","quantity":1.5}]}`, "/items/0/quantity", "whole number", 422},
		{`{"items":[{"sku":"cup","quantity":1e40}]}`, "/items/0/quantity", "whole number", 422},
		{`{"items":[{"sku":"cup","qty":1}]}`, "/items/0/qty", "not a field", 422},
		{`{"items":{"sku":"cup"}}`, "/items", "an array", 422},
		{`{"Items":[{"sku":"cup"}]}`, "/Items", "not a field", 422},
		{item(`"amount":"1.00"`), "/amount", "not a field", 422},
		{item(`"customer":{"email":"nobody"}`), "/customer/email", "e-mail", 422},
		{item(`"customer":{"email":1}`), "/customer/email", "a string", 422},
		{item(`"customer":{"phone":"91234567"}`), "/customer/phone", "+852-91234567", 422},
		{item(`"customer":{"nick/name":"x"}`), "/customer/nick~1name", "guide 3.2", 422},
		{item(`"customer":{"note":"x"}`), "/customer/note", "guide 3.2", 422},
		{item(`"customer":{"country":"XX"}`), "/customer/country", "two letters", 422},
		{item(`"customer":{"full_name":"` + long + `"}`), "/customer/full_name", "at most 128", 422},
		{item(`"customer":{"openid":"a b"}`), "/customer/openid", "ASCII", 422},
		{item(`"customer":{"gender":"x"}`), "/customer/gender", "male, female", 422},
		{item(`"customer":[]`), "/customer", "an object", 422},
		{item(`"payment_processor":"paypal"`), "/payment_processor", "alipayhk, alipaycn, wechathk, wechatcn", 422},
		{item(`"payment_processor":""`), "/payment_processor", "leave it out", 422},
		{item(`"payment_method":"card","payment_processor":"alipayhk"`), "/payment_method", "web_pay or wap_pay", 422},
		{item(`"payment_method":"web_pay"`), "/payment_method", "needs payment_processor", 422},
		{item(`"reference":"` + long + `"`), "/reference", "at most 128", 422},
		{item(`"reference":"a\u0000b"`), "/reference", "control", 422},
		{item(`"locale":"fr"`), "/locale", "en, zh-Hans, zh-Hant", 422},
		{item(`"expires_in":59`), "/expires_in", "60 to 86400", 422},
		{item(`"expires_in":86401`), "/expires_in", "60 to 86400", 422},
		{item(`"expires_in":"60"`), "/expires_in", "whole number", 422},
		{item(`"return_url":"https://other.example/"`), "/return_url", "api.return_origins", 422},
		{`{"items":[{"sku":"cup"}],"items":[{"sku":"pot"}]}`, "/items", "twice", 400},
		{`{"items":[{"sku":"cup","sku":"pot"}]}`, "/items/0/sku", "twice", 400},
		{item(`"customer":{"email":"a@b.hk","email":"c@d.hk"}`), "/customer/email", "twice", 400},
		{`{"items":[{"sku":"cup"}]} {}`, "", "one JSON object", 400},
		{`{"items":[{"sku":"cup"}]`, "", "one JSON object", 400},
		{"{\"items\":[{\"name\":\"\xff\",\"price\":\"1.00\"}]}", "/items/0/name", "one JSON object", 400},
		{`[]`, "", "an object", 422},
		{`"items"`, "", "an object", 422},
	} {
		w := call(h, http.MethodPost, "/api/v1/sessions", tt.body)
		kind, faults := problemOf(t, w)
		if w.Code != tt.status || kind != "invalid-request" {
			t.Errorf("%.100s: %d %s, want %d", tt.body, w.Code, kind, tt.status)
		}
		if detail, named := faults[tt.place]; !named || !strings.Contains(detail, tt.remedy) {
			t.Errorf("%.100s: %v; want %q at %q", tt.body, faults, tt.remedy, tt.place)
		}
	}
	if len(shop.api.requests) != 0 {
		t.Errorf("%d of them reached the shop", len(shop.api.requests))
	}
}

// TestAllFaultsAtOnce: whoever sends a bad body hears of everything in it.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop(), openAPI)
	w := call(h, http.MethodPost, "/api/v1/sessions", `{"items":[{"name":"x","price":"1"},{"sku":"cup","quantity":0}],"customer":{"email":"x"},"locale":"xx","expires_in":1}`, "Idempotency-Key", "é")
	_, faults := problemOf(t, w)
	for _, place := range []string{"/items/0/price", "/items/1/quantity", "/customer/email", "/locale", "/expires_in", "Idempotency-Key"} {
		if faults[place] == "" {
			t.Errorf("%s isn't named in %v", place, faults)
		}
	}
}

// TestReturnOrigins: a buyer is sent back to a listed origin alone, exactly.
func TestReturnOrigins(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://merchant.example/done?a=1":                     "https://merchant.example/done?a=1",
		"https://MERCHANT.example:443/":                         "https://MERCHANT.example:443/",
		"https://merchant.example":                              "https://merchant.example",
		"http://127.0.0.1:9999/x":                               "http://127.0.0.1:9999/x",
		"http://127.0.0.1:9998/x":                               "",
		"http://merchant.example/":                              "",
		"https://merchant.example:8443/":                        "",
		"https://merchant.example.evil.com/":                    "",
		"https://evil.com/merchant.example":                     "",
		"https://user@merchant.example/":                        "",
		"https://merchant.example@evil.com/":                    "",
		"https://evil.com\\@merchant.example":                   "",
		"//merchant.example/":                                   "",
		"javascript:alert(1)":                                   "",
		"https://merchant.example/#x":                           "",
		"https://merchant.example/\nx":                          "",
		"https://merchant.example/é":                            "",
		"":                                                      "",
		"https:merchant.example":                                "",
		"https://merchant.example/" + strings.Repeat("x", 2048): "",
	} {
		shop := newShop()
		h := newHandler(t, shop, openAPI)
		text, err := json.Marshal(address)
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range []string{"return_url", "cancel_url"} {
			w := call(h, http.MethodPost, "/api/v1/sessions", fmt.Sprintf(`{"items":[{"sku":"cup"}],"%s":%s}`, field, text))
			if want == "" {
				if _, faults := problemOf(t, w); w.Code != 422 || faults["/"+field] == "" {
					t.Errorf("%s %q: %d %s, want it refused", field, address, w.Code, w.Body)
				}
				continue
			}
			got := shop.api.requests[len(shop.api.requests)-1]
			if w.Code != 201 || (got.ReturnURL != want && got.CancelURL != want) {
				t.Errorf("%s %q: %d, %+v", field, address, w.Code, got)
			}
		}
	}
	production := newHandler(t, newShop(), openAPI, func(o *handlers.Options) { o.Production = true })
	if w := call(production, http.MethodPost, "/api/v1/sessions", `{"items":[{"sku":"cup"}],"return_url":"http://127.0.0.1:9999/x"}`); w.Code != 422 {
		t.Errorf("http on loopback in production: %d", w.Code)
	}
}

// TestSessionRequest: what the shop is asked for.
func TestSessionRequest(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop, openAPI)
	w := call(h, http.MethodPost, "/api/v1/sessions", `{"items":[{"sku":"cup","quantity":2},{"name":" Gift  wrap ","price":"5.50"}],"customer":{"email":"A@b.hk","phone":"+852-91234567","country":"hk","openid":"oX1"},
		"payment_processor":"wechathk","payment_method":"wap_pay","reference":"r","locale":"zh-Hant","expires_in":90}`, "Idempotency-Key", "k")
	wantStatus(t, w, http.StatusCreated)
	got := shop.api.requests[0]
	want := handlers.SessionRequest{
		Intent: got.Intent, Items: []handlers.SessionItem{{SKU: "cup", Quantity: 2}, {Name: "Gift wrap", Amount: 550, Quantity: 1}},
		Customer:  models.Customer{Email: "A@b.hk", Phone: "+852-91234567", Country: "HK", OpenID: "oX1"},
		Processor: models.WeChatHK, Method: models.WapPay, Reference: "r", Language: "zh-Hant", ExpiresIn: 90 * time.Second,
	}
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) || !strings.HasPrefix(got.Intent, "api.") {
		t.Errorf("the shop was asked for %#v, want %#v", got, want)
	}
	if !strings.Contains(w.Body.String(), `"payment_url":"https://pay.example/wap"`) || !strings.Contains(w.Body.String(), `"url":"https://shop.example/orders/`+sessionToken+`"`) {
		t.Errorf("answer: %s", w.Body)
	}
	yen := newHandler(t, newShop(), openAPI, func(o *handlers.Options) { o.Currency = "JPY" })
	if w := call(yen, http.MethodPost, "/api/v1/sessions", `{"items":[{"name":"x","price":"100.50"}]}`); w.Code != 422 || !strings.Contains(w.Body.String(), "JPY has no decimals") {
		t.Errorf("half a yen: %d %s", w.Code, w.Body)
	}
	wantStatus(t, call(yen, http.MethodPost, "/api/v1/sessions", `{"items":[{"name":"x","price":"100.00"}]}`), http.StatusCreated)
}

// TestSessionOutcomes: what each of the shop's errors is for the caller, and whether its answer is kept.
func TestSessionOutcomes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		err    error
		status int
		kind   string
		place  string
		kept   bool
	}{
		{"made", nil, 201, "", "", true},
		{"not known yet", models.ErrPending, 201, "", "", true},
		{"refused", &models.DeclinedError{ReturnCode: "INVALID_PARAMETER", Field: "phone", TraceID: "t"}, 422, "declined", "/customer/phone", true},
		{"sold out meanwhile", models.ErrSoldOut, 409, "sold-out", "", false},
		{"sold out", &models.InvalidError{Fields: []models.FieldError{{Field: "items/0/sku", Rule: "sold_out"}}}, 409, "sold-out", "/items/0/sku", false},
		{"gone", &models.InvalidError{Fields: []models.FieldError{{Field: "items/0/sku", Rule: "unknown"}}}, 422, "invalid-request", "/items/0/sku", false},
		{"the gateway's limits", &models.InvalidError{Fields: []models.FieldError{{Field: "email", Rule: "too_long", Limit: 64}}}, 422, "invalid-request", "/customer/email", false},
		{"no database", models.ErrUnavailable, 503, "unavailable", "", false},
	} {
		shop := newShop()
		shop.api.startErr = tt.err
		h := newHandler(t, shop, openAPI)
		w := call(h, http.MethodPost, "/api/v1/sessions", `{"items":[{"sku":"cup"}]}`, "Idempotency-Key", "k")
		if wantStatus(t, w, tt.status); tt.kind != "" {
			kind, faults := problemOf(t, w)
			if kind != tt.kind || (tt.place != "" && faults[tt.place] == "") {
				t.Errorf("%s: %s", tt.name, w.Body)
			}
		}
		if kept := len(shop.api.finished) == 1; kept != tt.kept || len(shop.api.finished)+len(shop.api.abandoned) != 1 {
			t.Errorf("%s: kept %v, let go %v; want kept %v", tt.name, shop.api.finished, shop.api.abandoned, tt.kept)
		}
		again := call(h, http.MethodPost, "/api/v1/sessions", `{"items":[{"sku":"cup"}]}`, "Idempotency-Key", "k")
		if replayed := again.Header().Get("Idempotent-Replayed") == "true"; replayed != tt.kept || (tt.kept && again.Body.String() != w.Body.String()) {
			t.Errorf("%s again: %d %s", tt.name, again.Code, again.Body)
		}
	}
}

// TestAPIKeys: only a known key opens the API; without one it says how to make one. Seen to fail with known() answering true.
func TestAPIKeys(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop, openAPI)
	for _, auth := range []string{"", "Bearer", "Bearer ", "Bearer x", "Basic " + testKey, testKey, "Bearer " + testKey + "x", "Bearer " + testKey[1:], "Bearer another-key " + testKey} {
		w := call(h, http.MethodGet, "/api/v1/orders", "", "Authorization", auth)
		if kind, _ := problemOf(t, w); w.Code != 401 || kind != "unauthorized" || !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer realm=") {
			t.Errorf("%q: %d %s", auth, w.Code, w.Body)
		}
	}
	for _, auth := range []string{"Bearer another-key", "bearer " + testKey, "Bearer  " + testKey} {
		wantStatus(t, call(h, http.MethodGet, "/api/v1/orders", "", "Authorization", auth), http.StatusOK)
	}
	closed := newHandler(t, shop)
	if w := call(closed, http.MethodGet, "/api/v1/orders", ""); w.Code != 401 || !strings.Contains(w.Body.String(), "CHECKOUT_API_KEYS") {
		t.Errorf("without keys: %d %s", w.Code, w.Body)
	}
	limited := newHandler(t, shop, openAPI, func(o *handlers.Options) { o.Limits.Login = 2 })
	var codes []int
	for range 3 {
		codes = append(codes, call(limited, http.MethodGet, "/api/v1/orders", "", "Authorization", "Bearer guess").Code)
	}
	if !slices.Equal(codes, []int{401, 401, 429}) {
		t.Errorf("guesses: %v", codes)
	}
	wantStatus(t, call(limited, http.MethodGet, "/api/v1/orders", ""), http.StatusOK)
}

// TestHostedPage: a session's page asks for what is missing and for the wallet, and for nothing else.
func TestHostedPage(t *testing.T) {
	t.Parallel()
	shop := newShop()
	o := sessionOrder()
	o.Customer.Email = "a@b.hk"
	shop.put(o)
	h := newHandler(t, shop, openAPI, func(o *handlers.Options) { o.Require = []string{"full_name", "email", "phone"} })
	page := "/orders/" + sessionToken
	doc := document(t, get(h, page, "User-Agent", agentDesktop))
	form := doc.Find(`[data-testid="choose-form"]`)
	if form.AttrOr("action", "") != page+"/start" || form.Find("#full_name, #phone").Length() != 2 || form.Find("#email, #line1, #note").Length() != 0 || form.Find(`[name=payment_processor]`).Length() != 4 {
		t.Errorf("the form asks for the wrong things")
	}
	if doc.Find("[data-live]").Length() != 0 || doc.Find("meta[http-equiv=refresh]").Length() != 0 || doc.Find(`[data-testid="qr"]`).Length() != 0 {
		t.Error("the form is taken away from under the buyer")
	}
	for _, path := range []string{"/retry", "/pay"} {
		wantRedirect(t, post(h, page+path, values("payment_processor", "alipayhk")), page)
	}
	w := post(h, page+"/start", values("payment_processor", "paypal", "email", "other@b.hk"), "User-Agent", agentDesktop)
	wantStatus(t, w, http.StatusUnprocessableEntity)
	if doc := document(t, w); doc.Find(`[data-testid="error-full_name"], [data-testid="error-phone"], [data-testid="error-payment_processor"]`).Length() != 3 {
		t.Error("not everything that is wrong is named")
	}
	wantRedirect(t, post(h, page+"/start", values("payment_processor", "wechathk", "email", "other@b.hk", "full_name", "Chan", "phone_area", "852", "phone", "91234567"), "User-Agent", agentDesktop), page)
	if len(shop.api.choices) != 1 || shop.api.choices[0].Customer != (models.Customer{FullName: "Chan", Email: "a@b.hk", Phone: "+852-91234567"}) || shop.api.choices[0].Processor != models.WeChatHK {
		t.Errorf("chosen: %+v", shop.api.choices)
	}
	if document(t, get(h, page, "User-Agent", agentDesktop)).Find(`[data-testid="qr"]`).Length() != 1 {
		t.Error("no code after the choice")
	}
	wantRedirect(t, post(h, page+"/start", values("payment_processor", "alipayhk")), page) // it was started meanwhile
}

// TestHostedPageOver: a session whose time is over, or that the merchant cancelled, offers nothing but the way back.
func TestHostedPageOver(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*models.Order){
		"over and not noticed yet": func(o *models.Order) { o.ExpiresAt = noon },
		"expired":                  func(o *models.Order) { o.ExpiresAt, o.Status, o.ExpiredAt = noon, models.OrderExpired, noon },
		"cancelled":                func(o *models.Order) { o.Status, o.CancelledAt = models.OrderCancelled, noon },
	} {
		shop := newShop()
		o := sessionOrder()
		change(&o)
		shop.put(o)
		h := newHandler(t, shop, openAPI)
		doc := document(t, get(h, "/orders/"+sessionToken, "User-Agent", agentDesktop))
		if doc.Find("main form").Length() != 0 || doc.Find(`[data-testid="cancel-url"]`).AttrOr("href", "") != "https://merchant.example/cart?order_id=9" {
			t.Errorf("%s: the page offers to pay, or no way back", name)
		}
		wantRedirect(t, post(h, "/orders/"+sessionToken+"/start", values("payment_processor", "alipayhk", "full_name", "x", "email", "a@b.hk")), "/orders/"+sessionToken)
		if len(shop.api.choices) != 0 {
			t.Errorf("%s: a wallet was chosen", name)
		}
	}
}

// TestHostedPageRefused: the gateway's complaint of a field brings the form back with that field.
func TestHostedPageRefused(t *testing.T) {
	t.Parallel()
	shop := newShop()
	o := sessionOrder()
	o.Customer = models.Customer{FullName: "Chan", Email: "a@b.hk", PostalCode: "1"}
	shop.put(o)
	shop.api.chooseErr = &models.DeclinedError{ReturnCode: "INVALID_PARAMETER", Field: "postal_code"}
	h := newHandler(t, shop, openAPI)
	w := post(h, "/orders/"+sessionToken+"/start", values("payment_processor", "alipayhk"), "User-Agent", agentDesktop)
	wantStatus(t, w, http.StatusUnprocessableEntity)
	if doc := document(t, w); doc.Find(`#postal_code[aria-invalid]`).Length() != 1 {
		t.Error("the field that the gateway named isn't in the form")
	}
}

// FuzzAPI throws bodies at the session API: never a 5xx, and always JSON.
func FuzzAPI(f *testing.F) {
	h := newHandler(f, newShop(), openAPI)
	for _, body := range []string{`{"items":[{"sku":"cup"}]}`, `{"items":[{"name":"x","price":"1.00","quantity":3}],"customer":{"phone":"+1-2"}}`, `{"items":[null]}`, `[[[[`, `{"items":[{"sku":"\ud800"}]}`, "\xff", `{"a~1b/":1}`,
		strings.Repeat("[", 20000), `{"items":[{"sku":"cup","quantity":-0}]}`, `{"customer":{"":""},"items":[{"sku":"cup"}]}`,
		`{"title":{"en":"x"},"amount":"1.00"}`, `{"title":"x","free":{"least":"1.00"},"expires_at":"2099-01-01T00:00:00+23:59"}`, `{"title":[1],"question":{"zh-Hant":null}}`} {
		f.Add(body, "key", "limit=1")
	}
	f.Fuzz(func(t *testing.T, body, key, query string) {
		for _, r := range []request{
			{method: http.MethodPost, target: "/api/v1/sessions", body: body, header: map[string]string{"Idempotency-Key": key, "Content-Type": "application/json", "Authorization": "Bearer " + testKey}},
			{method: http.MethodPost, target: "/api/v1/links", body: body, header: map[string]string{"Idempotency-Key": key, "Content-Type": "application/json", "Authorization": "Bearer " + testKey}},
			{target: "/api/v1/links", header: map[string]string{"Authorization": "Bearer " + testKey, "query": query}},
			{target: "/api/v1/orders", header: map[string]string{"Authorization": "Bearer " + testKey, "query": query}},
		} {
			req := httptest.NewRequest(orGet(r.method), r.target, strings.NewReader(r.body))
			req.URL.RawQuery = r.header["query"]
			for k, v := range r.header {
				req.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
				t.Fatalf("%q, key %q, query %q: %d %s", body, key, query, w.Code, w.Body)
			}
		}
	})
}
