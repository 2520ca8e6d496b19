package simulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

func TestQuery(t *testing.T) {
	t.Parallel()
	paidAt := time.Date(2024, 11, 23, 6, 15, 59, 0, time.UTC)
	b := start(t, func(o *simulator.Options) { o.Now = func() time.Time { return paidAt } })
	p := b.must("a")
	r := b.query("a")
	if r.status != http.StatusOK || r.code() != "SUCCESS" {
		t.Fatalf("got %d %s", r.status, r.body)
	}
	if err := gatewayVerifies(r.body, r.header.Get("signature")); err != nil {
		t.Errorf("signature: %v", err)
	}
	o := r.order()
	if o["transaction_status"] != "WP" || o["payment_time"] != nil || o["settlement_amount"] != nil || len(o) != 6 {
		t.Errorf("unpaid: %v", o)
	}
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	o = b.query("a").order()
	want := fields{
		"merchant_id": merchantID, "ll_transaction_id": p.LLTransactionID, "merchant_transaction_id": "a", "transaction_currency": "HKD",
		"transaction_amount": "168.00", "transaction_status": "PS", "payment_time": "20241123141559",
		"settlement_currency": "USD", "settlement_amount": "21.57",
	}
	if len(o) != len(want) {
		t.Errorf("paid: %v", o)
	}
	for k, v := range want {
		if o[k] != v {
			t.Errorf("%s is %v, want %v", k, o[k], v)
		}
	}
	o = b.query("a", func(r *http.Request) { r.Header.Set("timezone", "UTC") }).order()
	if o["payment_time"] != "20241123061559" {
		t.Errorf("in the zone of the request: %v", o["payment_time"])
	}
	if n := b.payment("a").Queries; n != 3 {
		t.Errorf("%d queries counted", n)
	}
}

func TestQueryTellsWhyItFailed(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("a")
	if err := b.sim.Fail("a", lianlian.DeclineInsufficientFunds); err != nil {
		t.Fatal(err)
	}
	r := b.query("a")
	if r.fields["decline_code"] != "insufficient_funds" || r.order()["transaction_status"] != "PF" {
		t.Error(string(r.body))
	}
	if err := b.sim.SetStatus("a", lianlian.StatusSuccess); err != nil { // a late success
		t.Fatal(err)
	}
	r = b.query("a")
	if r.fields["decline_code"] != nil || r.order()["transaction_status"] != "PS" {
		t.Error(string(r.body))
	}
}

func TestQueryRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("a")
	tests := []struct {
		name, id string
		edit     func(*http.Request)
		status   int
		code     string
		msg      string
	}{
		{"unknown", "b", nil, 404, "OBJECT_NOT_FOUND", "payment not found"},
		{"no id", "a b", nil, 400, "INVALID_PARAMETER", "merchant_transaction_id is empty or incorrect"},
		{"no signature", "a", func(r *http.Request) { r.Header.Del("signature") }, 400, "INVALID_PARAMETER", "signature is empty or incorrect"},
		{"no timestamp", "a", func(r *http.Request) { r.Header.Del("timestamp") }, 400, "INVALID_PARAMETER", "timestamp is empty or incorrect"},
		{"signature of another", "a", func(r *http.Request) { r.URL.Path = strings.TrimSuffix(r.URL.Path, "a") + "b" }, 401, "INVALID_SIGNATURE", "Invalid signature"},
		{"other merchant", "a", func(r *http.Request) { r.URL.Path = strings.Replace(r.URL.Path, merchantID, "1", 1) }, 401, "INVALID_MERCHANT", "Invalid merchant id"},
	}
	for _, tt := range tests {
		edit := tt.edit
		if edit == nil {
			edit = func(*http.Request) {}
		}
		r := b.query(tt.id, edit)
		if r.status != tt.status || r.code() != tt.code || r.msg() != tt.msg || r.header.Get("signature") != "" {
			t.Errorf("%s: got %d %s", tt.name, r.status, r.body)
		}
	}
}
