package simulator_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// TestFieldTable tries what the document's table of fields says, which was written from the guide and not from the rules:
// a length and one more, and the field left out.
func TestFieldTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/simulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "<!-- fields -->")
	b := start(t)
	tried := 0
	send := func(path string, v any) reply {
		f := b.request("f-" + strconv.Itoa(tried))
		if inner, ok := strings.CutPrefix(path, "additional_info."); ok {
			info := fields{}
			if v != drop {
				info[inner] = v
			}
			encoded, _ := json.Marshal(info)
			f["additional_info"] = string(encoded)
		} else {
			set(f, strings.Replace(path, "products[0]", "products", 1), v)
		}
		tried++
		return b.create(f)
	}
	for line := range strings.Lines(rest) {
		cells := strings.Split(line, "|")
		if len(cells) < 7 || !strings.Contains(cells[1], "`") || strings.Contains(cells[1], ":") {
			continue
		}
		path, length := strings.Trim(strings.TrimSpace(cells[1]), "`"), strings.TrimSpace(cells[4])
		refused := path + " is empty or incorrect"
		if r := send(path, drop); strings.TrimSpace(cells[3]) == "M" != (r.msg() == refused) {
			t.Errorf("without %s: %s", path, r.body)
		}
		n, err := strconv.Atoi(length)
		if err != nil || n == 2048 { // the products: TestRulesTogether
			continue
		}
		if r := send(path, strings.Repeat("1", n+1)); r.status != http.StatusBadRequest || r.msg() != refused {
			t.Errorf("%s of %d characters: %s", path, n+1, r.body)
		}
		if strings.TrimSpace(cells[5]) == "–" {
			if r := send(path, long(n)); r.code() != "SUCCESS" {
				t.Errorf("%s of %d characters: %s", path, n, r.body)
			}
		}
	}
	if tried < 120 {
		t.Errorf("only %d requests were tried", tried)
	}
}

// TestLeanSignature: some of LianLian's own clients leave empty strings out of what they sign.
func TestLeanSignature(t *testing.T) {
	t.Parallel()
	b := start(t)
	f := b.request("lean")
	f["order_description"] = ""
	body, _ := json.Marshal(f)
	text, err := lianlian.LeanSigningString(body)
	if err != nil || strings.Contains(text, "order_description") {
		t.Fatalf("%s, %v", text, err)
	}
	if r := b.post(body, func(r *http.Request) { r.Header.Set("signature", wrongly(t, text)) }); r.code() != "SUCCESS" {
		t.Error(string(r.body))
	}
}

// postTo signs and sends a body to a path below the merchant's.
func (b *bench) postTo(path string, f fields) reply {
	b.t.Helper()
	body, _ := json.Marshal(f)
	return b.post(body, func(r *http.Request) {
		r.URL.Path = strings.Replace(r.URL.Path, "/v4/", "/v3/", 1) + path
	})
}

func TestRefundFields(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.paid("a")
	request := func() fields {
		return fields{
			"merchant_transaction_id": "r", "merchant_id": merchantID, "original_transaction_id": "a", "merchant_refund_time": 1732342559977,
			"refund_data": fields{"refund_currency_code": "HKD", "refund_amount": "1.00", "reason": "broken"},
		}
	}
	for _, tt := range []struct {
		path  string
		value any
	}{
		{"merchant_transaction_id", drop}, {"merchant_transaction_id", strings.Repeat("a", 65)}, {"merchant_transaction_id", "a b"},
		{"merchant_id", "someone-else"}, {"original_transaction_id", drop}, {"original_transaction_id", "b"}, {"original_transaction_id", "a/b"},
		{"merchant_refund_time", drop}, {"merchant_refund_time", "yesterday"}, {"refund_data", drop}, {"refund_data", "1.00"},
		{"refund_data.refund_currency_code", drop}, {"refund_data.refund_currency_code", "XXX"},
		{"refund_data.refund_amount", drop}, {"refund_data.refund_amount", "1"}, {"refund_data.refund_amount", "0.00"}, {"refund_data.refund_amount", 1.00},
		{"refund_data.refund_amount", "1234567890123.00"}, {"refund_data.reason", long(257)},
	} {
		f := request()
		set(f, tt.path, tt.value)
		if r := b.postTo("/a/refunds", f); r.code() != "INVALID_PARAMETER" || r.msg() != tt.path+" is empty or incorrect" {
			t.Errorf("%s = %v: %s", tt.path, tt.value, r.body)
		}
	}
	if r := b.postTo("/a/refunds", request()); r.code() != "SUCCESS" {
		t.Errorf("a good one: %s", r.body)
	}
}

func TestCancelFields(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("a")
	for path, value := range map[string]any{"merchant_transaction_id": "b", "merchant_id": "someone-else"} {
		f := fields{"merchant_transaction_id": "a", "merchant_id": merchantID}
		f[path] = value
		if r := b.postTo("/a/cancelpay", f); r.code() != "INVALID_PARAMETER" || r.msg() != path+" is empty or incorrect" {
			t.Errorf("%s = %v: %s", path, value, r.body)
		}
	}
	if r := b.postTo("/a/cancelpay", fields{"merchant_id": merchantID}); r.code() != "SUCCESS" || b.payment("a").Status != lianlian.StatusCancelled {
		t.Errorf("a good one: %s", r.body)
	}
}

// TestNamesProvoke: each code by the name of the customer, of its parts, or of a product, in any currency.
func TestNamesProvoke(t *testing.T) {
	t.Parallel()
	b := start(t)
	paths := []string{"customer.full_name", "customer.first_name", "customer.last_name", inProduct("name")}
	for i, p := range simulator.Provocations() {
		f := b.request("a")
		set(f, "transaction_currency", "JPY")
		name := p.Name()
		if i%2 == 1 {
			name = strings.ToLower(name)
		}
		set(f, paths[i%len(paths)], name)
		r := b.create(f)
		decline, _ := r.fields["decline_code"].(string)
		if r.code() != string(p.ReturnCode) || decline != string(p.DeclineCode) {
			t.Errorf("%s as %s: %s", name, paths[i%len(paths)], r.body)
		}
	}
	if n := len(b.sim.Payments()); n != 0 {
		t.Errorf("%d refused payments were kept", n)
	}
	f := b.request("a")
	set(f, "customer.full_name", "SUCCESS")
	if r := b.create(f); r.code() != "SUCCESS" {
		t.Errorf("SUCCESS provokes %s", r.body)
	}
}
