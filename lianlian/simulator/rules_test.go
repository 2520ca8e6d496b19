package simulator_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// set changes a field by its path, such as products.0.price; the value drop removes it.
func set(f fields, path string, v any) {
	parts := strings.Split(path, ".")
	at := f
	for _, p := range parts[:len(parts)-1] {
		switch next := at[p].(type) {
		case fields:
			at = next
		case []any:
			at = next[0].(fields)
		}
	}
	last := parts[len(parts)-1]
	if v == drop {
		delete(at, last)
		return
	}
	at[last] = v
}

var drop = new(int)

func long(n int) string { return strings.Repeat("長", n) }

func inProduct(name string) string { return "products." + name }

// TestRules: one fault each, and the field that the answer must name (guide 3, 4.1.1).
func TestRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	info := func(inner string) string { return "{" + inner + "}" }
	tests := []struct {
		path  string
		value any
		field string
	}{
		{"payment_processor", drop, "payment_processor"},
		{"payment_processor", "", "payment_processor"},
		{"payment_processor", "alipay", "payment_processor"},
		{"payment_processor", "ALIPAYHK", "payment_processor"},
		{"payment_processor", 1, "payment_processor"},
		{"payment_method", drop, "payment_method"},
		{"payment_method", "app_pay", "payment_method"},
		{"merchant_transaction_id", drop, "merchant_transaction_id"},
		{"merchant_transaction_id", "", "merchant_transaction_id"},
		{"merchant_transaction_id", strings.Repeat("a", 65), "merchant_transaction_id"},
		{"merchant_transaction_id", "a b", "merchant_transaction_id"},
		{"merchant_transaction_id", "a/b", "merchant_transaction_id"},
		{"merchant_transaction_id", "單號", "merchant_transaction_id"},
		{"merchant_transaction_id", 12345, "merchant_transaction_id"},
		{"merchant_id", drop, "merchant_id"},
		{"merchant_id", "someone-else", "merchant_id"},
		{"transaction_amount", drop, "transaction_amount"},
		{"transaction_amount", 168.00, "transaction_amount"},
		{"transaction_amount", "168", "transaction_amount"},
		{"transaction_amount", "168.0", "transaction_amount"},
		{"transaction_amount", "168.000", "transaction_amount"},
		{"transaction_amount", "0168.00", "transaction_amount"},
		{"transaction_amount", "0.00", "transaction_amount"},
		{"transaction_amount", "-1.00", "transaction_amount"},
		{"transaction_amount", "1,000.00", "transaction_amount"},
		{"transaction_amount", " 168.00", "transaction_amount"},
		{"transaction_amount", "1e2", "transaction_amount"},
		{"transaction_amount", "1234567890123.00", "transaction_amount"},
		{"transaction_currency", drop, "transaction_currency"},
		{"transaction_currency", "hkd", "transaction_currency"},
		{"transaction_currency", "XXX", "transaction_currency"},
		{"transaction_currency", nil, "transaction_currency"},
		{"transaction_time", drop, "transaction_time"},
		{"transaction_time", 1732342559, "transaction_time"},
		{"transaction_time", "20241123141600", "transaction_time"}, // the header has milliseconds
		{"transaction_time", "yesterday", "transaction_time"},
		{"transaction_time", 17323425599.5, "transaction_time"},
		{"redirect_url", drop, "redirect_url"},
		{"redirect_url", "/return", "redirect_url"},
		{"redirect_url", "javascript:alert(1)", "redirect_url"},
		{"redirect_url", "https://shop.example/return#top", "redirect_url"},
		{"redirect_url", "https://shop.example/" + strings.Repeat("a", 1024), "redirect_url"},
		{"redirect_url", "https://user:secret@shop.example/", "redirect_url"},
		{"notification_url", "ftp://shop.example/", "notification_url"},
		{"notification_url", nil, "notification_url"},
		{"country", drop, "country"},
		{"country", "XX", "country"},
		{"country", "hk", "country"},
		{"order_description", long(257), "order_description"},
		{"order_description", false, "order_description"},
		{"order_description", nil, "order_description"},
		{"customer", nil, "customer"},
		{"customer", "Mei", "customer"},
		{"customer.first_name", long(65), "customer.first_name"},
		{"customer.full_name", long(129), "customer.full_name"},
		{"customer.full_name", nil, "customer.full_name"},
		{"customer.gender", "f", "customer.gender"},
		{"customer.id_type", "passport", "customer.id_type"},
		{"customer.id_no", strings.Repeat("1", 33), "customer.id_no"},
		{"customer.email", "mei", "customer.email"},
		{"customer.email", "a@" + strings.Repeat("b", 63), "customer.email"},
		{"customer.phone", "91234567", "customer.phone"},
		{"customer.phone", "+85291234567", "customer.phone"},
		{"customer.phone", "+852-9123 4567", "customer.phone"},
		{"customer.line1", long(257), "customer.line1"},
		{"customer.city", long(65), "customer.city"},
		{"customer.state", "Texas", "customer.state"},
		{"customer.state", "SP", "customer.state"}, // Brazil's, in the US
		{"customer.country", "USA", "customer.country"},
		{"customer.country", "XX", "customer.country"},
		{"customer.postal_code", strings.Repeat("1", 33), "customer.postal_code"},
		{"customer.openid", strings.Repeat("1", 129), "customer.openid"},
		{"products", fields{}, "products"},
		{"products", []any{"tea"}, "products[0]"},
		{"products", []any{nil}, "products[0]"},
		{inProduct("product_id"), drop, "products[0].product_id"},
		{inProduct("product_id"), "", "products[0].product_id"},
		{inProduct("name"), "", "products[0].name"},
		{inProduct("name"), drop, "products[0].name"},
		{inProduct("name"), long(129), "products[0].name"},
		{inProduct("description"), `a "b"`, "products[0].description"},
		{inProduct("description"), "a\nb", "products[0].description"},
		{inProduct("description"), `a\b`, "products[0].description"},
		{inProduct("cost_price"), drop, "products[0].cost_price"},
		{inProduct("cost_price"), "200", "products[0].cost_price"},
		{inProduct("price"), drop, "products[0].price"},
		{inProduct("price"), 168.25, "products[0].price"},
		{inProduct("price"), "-168.00", "products[0].price"},
		{inProduct("quantity"), drop, "products[0].quantity"},
		{inProduct("quantity"), 0, "products[0].quantity"},
		{inProduct("quantity"), -1, "products[0].quantity"},
		{inProduct("quantity"), 1.5, "products[0].quantity"},
		{inProduct("quantity"), "1", "products[0].quantity"},
		{inProduct("quantity"), 12345678901, "products[0].quantity"},
		{inProduct("sku"), long(129), "products[0].sku"},
		{inProduct("url"), "tea.html", "products[0].url"},
		{"user_terminal_data", []any{}, "user_terminal_data"},
		{"user_terminal_data.order_ip", "localhost", "user_terminal_data.order_ip"},
		{"user_terminal_data.client_mode", "14", "user_terminal_data.client_mode"},
		{"user_terminal_data.client_mode", 13, "user_terminal_data.client_mode"},
		{"user_terminal_data.client_app_type", "3", "user_terminal_data.client_app_type"},
		{"user_terminal_data.client_app_name", long(65), "user_terminal_data.client_app_name"},
		{"merchant_terminal_data.order_ip", "203.0.113.7, 203.0.113.8", "merchant_terminal_data.order_ip"},
		{"merchant_terminal_data.terminal_id", long(65), "merchant_terminal_data.terminal_id"},
		{"additional_info", fields{"merchant_user_id": "1"}, "additional_info"},
		{"additional_info", "not json", "additional_info"},
		{"additional_info", "[]", "additional_info"},
		{"additional_info", info(`"goods_tag":"` + long(1024) + `"`), "additional_info"},
		{"additional_info", info(`"merchant_user_id":"` + long(65) + `"`), "additional_info.merchant_user_id"},
		{"additional_info", info(`"merchant_user_email":"a"`), "additional_info.merchant_user_email"},
		{"additional_info", info(`"user_register_ip":"1.2.3"`), "additional_info.user_register_ip"},
		{"additional_info", info(`"user_register_phone":"138"`), "additional_info.user_register_phone"},
		{"additional_info", info(`"user_register_time":"20201314165530"`), "additional_info.user_register_time"},
		{"additional_info", info(`"need_receipt":"yes"`), "additional_info.need_receipt"},
		{"additional_info", info(`"official_accounts":false`), "additional_info.official_accounts"},
		{"additional_info", info(`"official_accounts":"true"`), "additional_info.official_accounts"},
	}
	if len(tests) < 70 {
		t.Fatalf("only %d rules are tried", len(tests))
	}
	for _, tt := range tests {
		f := b.request("rules")
		set(f, tt.path, tt.value)
		r := b.create(f)
		if want := tt.field + " is empty or incorrect"; r.status != http.StatusBadRequest || r.code() != "INVALID_PARAMETER" || r.msg() != want {
			t.Errorf("%s = %v: got %d %s %q, want %q", tt.path, tt.value, r.status, r.code(), r.msg(), want)
		}
	}
	if n := len(b.sim.Payments()); n != 0 {
		t.Errorf("%d refused payments were kept", n)
	}
}

// TestRulesAllow: what lies just inside the limits.
func TestRulesAllow(t *testing.T) {
	t.Parallel()
	b := start(t)
	tests := []struct {
		path  string
		value any
	}{
		{"order_description", long(256)}, {"order_description", ""}, {"order_description", drop},
		{"customer", drop}, {"customer", fields{}}, {"customer.email", ""}, {"customer.full_name", long(128)},
		{"customer.phone", "+1-4155550100"}, {"customer.postal_code", drop},
		{"products", drop}, {"products", []any{}}, {inProduct("name"), long(128)}, {inProduct("price"), "0.00"},
		{inProduct("quantity"), 9999999999}, {inProduct("description"), "it's tea & cake"},
		{"transaction_amount", "0.01"}, {"transaction_amount", "999999999999.99"}, {"transaction_time", "1732342559977"},
		{"notification_url", drop}, {"notification_url", "http://127.0.0.1:8080/notify"}, {"additional_info", drop},
		{"additional_info", `{}`}, {"user_terminal_data", drop}, {"some_new_field", "x"}, {"country", "GB"},
	}
	for i, tt := range tests {
		f := b.request("allow-" + string(rune('a'+i)))
		set(f, tt.path, tt.value)
		if r := b.create(f); r.code() != "SUCCESS" {
			t.Errorf("%s = %v: %s", tt.path, tt.value, r.body)
		}
	}
}

// TestRulesTogether: rules that look at two fields.
func TestRulesTogether(t *testing.T) {
	t.Parallel()
	b := start(t)
	tests := []struct {
		name  string
		edit  func(fields)
		field string // "" is a success
	}{
		{"yen with hundredths", func(f fields) {
			f["transaction_currency"], f["transaction_amount"] = "JPY", "100.50"
			delete(f, "products")
		}, "transaction_amount"},
		{"whole yen", func(f fields) { f["transaction_currency"], f["transaction_amount"] = "JPY", "100.00" }, ""},
		{"won product with hundredths", func(f fields) { set(f, "transaction_currency", "KRW"); set(f, inProduct("price"), "1.50") }, "products[0].price"},
		{"state of Brazil", func(f fields) { set(f, "customer.country", "BR"); set(f, "customer.state", "SP") }, ""},
		{"state of Canada", func(f fields) { set(f, "customer.country", "CA"); set(f, "customer.state", "Quebec") }, "customer.state"},
		{"state of Australia is free", func(f fields) { set(f, "customer.country", "AU"); set(f, "customer.state", "New South Wales") }, ""},
		{"state without country is free", func(f fields) { set(f, "customer.country", drop); set(f, "customer.state", "Anywhere") }, ""},
		{"products of 2048 characters", func(f fields) { f["products"] = productsOf(2048) }, ""},
		{"products of 2049 characters", func(f fields) { f["products"] = productsOf(2049) }, "products"},
		{"second product", func(f fields) { f["products"] = append(f["products"].([]any), fields{"product_id": "b"}) }, "products[1].name"},
	}
	for i, tt := range tests {
		f := b.request("together-" + string(rune('a'+i)))
		tt.edit(f)
		r := b.create(f)
		if tt.field == "" && r.code() != "SUCCESS" || tt.field != "" && r.msg() != tt.field+" is empty or incorrect" {
			t.Errorf("%s: %s", tt.name, r.body)
		}
	}
}

// productsOf is a list whose compact JSON has n characters.
func productsOf(n int) []any {
	var list []any
	size := func() int {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		_ = enc.Encode(list)
		return len([]rune(strings.TrimSpace(b.String())))
	}
	add := func(name string) {
		list = append(list, fields{"product_id": "p", "name": name, "cost_price": "1.00", "price": "1.00", "quantity": 1})
	}
	for size() < n-200 {
		add(long(100))
	}
	add("")
	list[len(list)-1].(fields)["name"] = long(n - size())
	return list
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	b := start(t)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del(name)
			if value != "" {
				r.Header.Set(name, value)
			}
		}
	}
	tests := []struct {
		name   string
		edit   func(*http.Request)
		status int
		code   string
		msg    string
	}{
		{"no signature", header("signature", ""), 400, "INVALID_PARAMETER", "signature is empty or incorrect"},
		{"wrong signature", header("signature", "AAAA"), 401, "INVALID_SIGNATURE", "Invalid signature"},
		{"no timestamp", header("timestamp", ""), 400, "INVALID_PARAMETER", "timestamp is empty or incorrect"},
		{"seconds", header("timestamp", "1732342559"), 400, "INVALID_PARAMETER", "timestamp is empty or incorrect"},
		{"no such day", header("timestamp", "20241323141600"), 400, "INVALID_PARAMETER", "timestamp is empty or incorrect"},
		{"unknown zone", header("timezone", "Moon/Base"), 400, "INVALID_PARAMETER", "timezone is empty or incorrect"},
		{"local zone", header("timezone", "Local"), 400, "INVALID_PARAMETER", "timezone is empty or incorrect"},
		{"no zone", header("timezone", ""), 200, "SUCCESS", "Success"},
		{"other sign-type", header("sign-type", "RSA2"), 400, "INVALID_PARAMETER", "sign-type is empty or incorrect"},
		{"no sign-type", header("sign-type", ""), 200, "SUCCESS", "Success"},
		{"no type", header("Content-Type", ""), 400, "INVALID_PARAMETER", "Content-Type is empty or incorrect"},
		{"form type", header("Content-Type", "application/x-www-form-urlencoded"), 400, "INVALID_PARAMETER", "Content-Type is empty or incorrect"},
		{"other charset", header("Content-Type", "application/json; charset=gbk"), 400, "INVALID_PARAMETER", "Content-Type is empty or incorrect"},
		{"charset", header("Content-Type", "application/json;charset=UTF-8"), 200, "SUCCESS", "Success"},
		{"other merchant", func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, merchantID, "1", 1) }, 401, "INVALID_MERCHANT", "Invalid merchant id"},
	}
	for _, tt := range tests {
		body, _ := json.Marshal(b.request("headers"))
		if r := b.post(body, tt.edit); r.status != tt.status || r.code() != tt.code || r.msg() != tt.msg {
			t.Errorf("%s: got %d %s, want %d %s %q", tt.name, r.status, r.body, tt.status, tt.code, tt.msg)
		}
	}
}

func TestDateTimeForm(t *testing.T) {
	t.Parallel()
	b := start(t)
	f := b.request("datetime")
	f["transaction_time"] = "20241123141600"
	body, _ := json.Marshal(f)
	r := b.post(body, func(r *http.Request) { r.Header.Set("timestamp", "20241123141559") })
	if r.code() != "SUCCESS" {
		t.Error(string(r.body))
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	b := start(t)
	valid, _ := json.Marshal(b.request("bodies"))
	for name, body := range map[string]string{
		"empty": "", "not JSON": "a=b", "an array": "[]", "null": "null", "cut": string(valid[:len(valid)-1]),
		"two objects":   string(valid) + "{}",
		"duplicate key": strings.Replace(string(valid), `"country":"HK"`, `"country":"HK","country":"HK"`, 1),
		"not UTF-8":     strings.Replace(string(valid), "Two tins", "Two \xff", 1),
		"too large":     strings.Replace(string(valid), "Two tins", strings.Repeat(" ", 64<<10), 1),
	} {
		r := b.post([]byte(body), nil)
		if r.status != http.StatusBadRequest || r.msg() != "request body is empty or incorrect" {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	changed := strings.Replace(string(valid), `"168.00"`, `"1.00"`, 1)
	r := b.post([]byte(changed), func(req *http.Request) {
		req.Header.Set("signature", b.postRequest(valid, nil).Header.Get("signature"))
	})
	if r.status != http.StatusUnauthorized || r.code() != "INVALID_SIGNATURE" {
		t.Errorf("a changed body: %d %s", r.status, r.body)
	}
	if got := b.sim.Refused(); len(got) != 10 || got[9].Status != http.StatusUnauthorized {
		t.Errorf("refused requests: %d kept", len(got))
	}
}
