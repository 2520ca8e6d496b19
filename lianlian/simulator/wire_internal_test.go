package simulator

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestEveryFieldIsExplained: each field of the messages that the simulator reads and writes has a meaning in every language. Seen to fail without
// field.quantity.
func TestEveryFieldIsExplained(t *testing.T) {
	t.Parallel()
	type place struct{ parent, name string }
	var all []place
	var walk func(parent string, rules []rule)
	walk = func(parent string, rules []rule) {
		for _, r := range rules {
			all = append(all, place{parent, r.field})
			walk(r.field, r.inside)
		}
	}
	for _, rules := range [][]rule{paymentRules, refundRules, cancelRules} {
		walk("", rules)
	}
	walk("additional_info", additionalInfoRules)
	for _, v := range []any{notification{}, general{}, createdOrder{}, queriedOrder{}, refundOrder{}, refundData{}} {
		for f := range fieldNames(reflect.TypeOf(v)) {
			all = append(all, place{"", f})
		}
	}
	for _, name := range strings.Fields("signature timestamp timezone code msg qrcode payment_url refund_status decline_code return_code return_msg trace_id order") {
		all = append(all, place{"", name})
	}
	if len(all) < 80 {
		t.Fatalf("only %d fields", len(all))
	}
	for _, p := range all {
		f := explained(LogCreate, p.parent, wireField{Name: p.name})
		if f.Meaning == "" {
			t.Errorf("%s.%s has no meaning", p.parent, p.name)
		}
		for _, l := range locales {
			if texts[l][f.Meaning] == "" {
				t.Errorf("%s: %s.%s has no meaning", l, p.parent, p.name)
			}
		}
	}
	want := []wireField{
		{Name: "customer", Meaning: "field.customer", Section: "4.1.1"},
		{Name: "country", Value: "HK", Depth: 1, Meaning: "field.customer.country", Section: "3.2"},
		{Name: "products", Meaning: "field.products", Section: "4.1.1"},
		{Name: "price", Value: "1.00", Depth: 1, Meaning: "field.price", Section: "3.1"},
		{Name: "additional_info", Value: `{"need_receipt":"Y"}`, Meaning: "field.additional_info", Section: "4.1.1"},
		{Name: "need_receipt", Value: "Y", Depth: 1, Meaning: "field.need_receipt", Section: "4.1.1"},
		{Name: "invented", Value: "true"},
	}
	got := fieldsOf(WireMessage{Kind: LogCreate, Body: `{"customer":{"country":"HK"},"products":[{"price":"1.00"}],"additional_info":"{\"need_receipt\":\"Y\"}","invented":true}`})
	if !slices.Equal(got, want) {
		t.Errorf("fields of a request: %+v", got)
	}
	for _, body := range []string{"", "[]", "{", `{"a":`, `{"a":{"b":[1,{"c":2`, "nonsense"} {
		_ = fieldsOf(WireMessage{Kind: LogQuery, Body: body}) // whatever came
	}
}

// TestEveryDirectionHasWords: the journal and the wire view say in every language which way a message went. Seen to fail without
// journal.by_stranger.
func TestEveryDirectionHasWords(t *testing.T) {
	t.Parallel()
	for _, d := range []Direction{ToGateway, ToMerchant, ByBuyer, ByStranger, ToStranger} {
		for _, l := range locales {
			for _, page := range []string{"journal.", "wire.way."} {
				if texts[l][page+string(d)] == "" {
					t.Errorf("%s has no %s%s", l, page, d)
				}
			}
		}
	}
}

// fieldNames are the JSON names of a struct's fields.
func fieldNames(of reflect.Type) map[string]bool {
	names := map[string]bool{}
	for i := range of.NumField() {
		if name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ","); name != "" && name != "-" {
			names[name] = true
		}
	}
	return names
}
