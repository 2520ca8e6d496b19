package simulator_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

func TestCreateAnswers(t *testing.T) {
	t.Parallel()
	b := start(t)
	r := b.create(b.request("order-1"))
	if r.status != http.StatusOK || r.code() != "SUCCESS" || r.msg() != "Success" {
		t.Fatalf("got %d %s", r.status, r.body)
	}
	if err := gatewayVerifies(r.body, r.header.Get("signature")); err != nil {
		t.Errorf("answer's signature: %v", err)
	}
	if trace, _ := r.fields["trace_id"].(string); !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(trace) {
		t.Errorf("trace_id %q", trace)
	}
	var order struct{ Order json.RawMessage }
	if err := json.Unmarshal(r.body, &order); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`"([a-z_]+)":`).FindAllStringSubmatch(string(order.Order), -1)
	var names []string
	for _, m := range got {
		names = append(names, m[1])
	}
	want := []string{"ll_transaction_id", "merchant_transaction_id", "payment_url", "transaction_currency", "transaction_amount"}
	if !slices.Equal(names, want) {
		t.Errorf("order has %v, want %v", names, want)
	}
	if o := r.order(); o["merchant_transaction_id"] != "order-1" || o["transaction_amount"] != "168.00" || o["transaction_currency"] != "HKD" {
		t.Errorf("order %v", o)
	}
	if ll := r.order()["ll_transaction_id"].(string); !regexp.MustCompile(`^[0-9]{32}$`).MatchString(ll) {
		t.Errorf("ll_transaction_id %q", ll)
	}
	if to := r.order()["payment_url"].(string); !regexp.MustCompile(`^` + regexp.QuoteMeta(b.url) + `/pay/[0-9a-f]{32}$`).MatchString(to) {
		t.Errorf("payment_url %q", to)
	}
	p := b.payment("order-1")
	if p.Status != lianlian.StatusWaiting || p.Amount != 168_00 || p.Processor != lianlian.AlipayHK || p.Country != "HK" || p.Requests != 1 {
		t.Errorf("payment %+v", p)
	}
}

// Note A of guide 4.1.1.
func TestCreateAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before func(*simulator.Simulator) error
		change func(fields)
		status int
		code   string
		msg    string
	}{
		{"same", nil, nil, 200, "SUCCESS", "Success"},
		{"other wallet", nil, func(f fields) { f["payment_processor"], f["payment_method"] = "wechatcn", "wap_pay" }, 200, "SUCCESS", "Success"},
		{"other amount", nil, func(f fields) { f["transaction_amount"] = "168.01" }, 422, "NON_REISSUABLE_PAYMENT", "Can not reissue order payment due to inconsistent order information"},
		{"other currency", nil, func(f fields) { f["transaction_currency"] = "USD" }, 422, "NON_REISSUABLE_PAYMENT", "Can not reissue order payment due to inconsistent order information"},
		{"paid", func(s *simulator.Simulator) error { return s.Pay("a") }, nil, 409, "PAYMENT_COMPLETED", "Order a is paid"},
		{"paid, other amount", func(s *simulator.Simulator) error { return s.Pay("a") }, func(f fields) { f["transaction_amount"] = "1.00" }, 409, "PAYMENT_COMPLETED", "Order a is paid"},
		{"refunded", func(s *simulator.Simulator) error { return s.SetStatus("a", lianlian.StatusRefunded) }, nil, 409, "PAYMENT_COMPLETED", "Order a is paid"},
		{"failed", func(s *simulator.Simulator) error { return s.Fail("a", "") }, nil, 409, "PAYMENT_CLOSED", "Order a is closed"},
		{"cancelled", func(s *simulator.Simulator) error { return s.Cancel("a") }, nil, 409, "PAYMENT_CLOSED", "Order a is closed"},
		{"processing", func(s *simulator.Simulator) error { return s.SetStatus("a", lianlian.StatusProcessing) }, nil, 409, "PAYMENT_PROCESSING", "Order a is processing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			first := b.must("a")
			if tt.before != nil {
				if err := tt.before(b.sim); err != nil {
					t.Fatal(err)
				}
			}
			f := b.request("a")
			if tt.change != nil {
				tt.change(f)
			}
			r := b.create(f)
			if r.status != tt.status || r.code() != tt.code || r.msg() != tt.msg {
				t.Fatalf("got %d %s %q, want %d %s %q", r.status, r.code(), r.msg(), tt.status, tt.code, tt.msg)
			}
			p := b.payment("a")
			if tt.code != "SUCCESS" {
				if p.PaymentURL != first.PaymentURL || p.Requests != 1 || p.Amount != 168_00 {
					t.Errorf("a refused request changed the payment: %+v", p)
				}
				return
			}
			if p.LLTransactionID != first.LLTransactionID || p.PaymentURL == first.PaymentURL || p.Requests != 2 {
				t.Errorf("sent again: %+v, first %+v", p, first)
			}
			if string(p.Processor) != f["payment_processor"] || string(p.Method) != f["payment_method"] {
				t.Errorf("wallet is %s %s", p.Processor, p.Method)
			}
			for _, link := range []string{first.PaymentURL, p.PaymentURL} {
				if resp, _ := b.get(link); resp.StatusCode != http.StatusOK {
					t.Errorf("link %s answers %d", link, resp.StatusCode)
				}
			}
		})
	}
}

func TestCreateKeepsTheLatestLinks(t *testing.T) {
	t.Parallel()
	b := start(t)
	var links []string
	for range 9 {
		links = append(links, b.must("a").PaymentURL)
	}
	for i, link := range links {
		want := http.StatusOK
		if i == 0 {
			want = http.StatusNotFound
		}
		if resp, _ := b.get(link); resp.StatusCode != want {
			t.Errorf("link %d answers %d, want %d", i, resp.StatusCode, want)
		}
	}
}

func TestPaymentExpires(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 11, 23, 14, 0, 0, 0, time.UTC)
	var clock atomic.Pointer[time.Time]
	clock.Store(&now)
	b := start(t, func(o *simulator.Options) { o.Now = func() time.Time { return *clock.Load() } })
	b.must("a")
	b.must("p")
	if err := b.sim.Pay("p"); err != nil {
		t.Fatal(err)
	}
	b.inbox.next(t)
	eventually(t, "p acknowledged", func() bool { return b.payment("p").NotificationsAcked == 1 })
	later := now.Add(2*time.Hour - time.Second)
	clock.Store(&later)
	if got := b.payment("a").Status; got != lianlian.StatusWaiting {
		t.Errorf("a second before: %s", got)
	}
	after := now.Add(2 * time.Hour)
	clock.Store(&after)
	if got := b.query("a").order()["transaction_status"]; got != "PC" {
		t.Errorf("after two hours: %v", got)
	}
	if got := b.payment("p").Status; got != lianlian.StatusSuccess {
		t.Errorf("a paid one: %s", got)
	}
	if r := b.create(b.request("a")); r.code() != "PAYMENT_CLOSED" {
		t.Errorf("sent again: %s", r.body)
	}
	if err := b.sim.Pay("a"); err == nil {
		t.Error("an expired payment was paid")
	}
	if n := len(b.inbox.got); n != 0 {
		t.Errorf("%d notifications of an expiry", n)
	}
}

func TestProvocations(t *testing.T) {
	t.Parallel()
	b := start(t)
	list := simulator.Provocations()
	if len(list) != 29+18 {
		t.Fatalf("%d provocations, want 29 return codes and 18 decline codes", len(list))
	}
	for _, p := range list {
		f := b.request("a")
		f["transaction_amount"] = p.Amount.String()
		r := b.create(f)
		info, _ := p.ReturnCode.Info()
		if r.code() != string(p.ReturnCode) || r.status != info.HTTPStatus || strings.Contains(r.msg(), "<") || r.msg() == "" {
			t.Errorf("%s: got %d %s, want %d %s", p.Amount, r.status, r.body, info.HTTPStatus, p.ReturnCode)
		}
		if got, _ := r.fields["decline_code"].(string); got != string(p.DeclineCode) {
			t.Errorf("%s: decline_code %q, want %q", p.Amount, got, p.DeclineCode)
		}
		if r.header.Get("signature") != "" {
			t.Errorf("%s: a refusal is signed", p.Amount)
		}
	}
	if got := b.sim.Payments(); len(got) != 0 {
		t.Errorf("refused payments were kept: %v", got)
	}
	if list[0].Amount.String() != "9999.01" || list[29].Amount.String() != "9998.01" {
		t.Errorf("first amounts are %s and %s", list[0].Amount, list[29].Amount)
	}
}

func TestUnknownOperations(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, tt := range []struct{ method, path string }{
		{http.MethodGet, "/v4/merchants/" + merchantID + "/payments"},
		{http.MethodPut, "/v4/merchants/" + merchantID + "/payments"},
		{http.MethodPost, "/v4/merchants/" + merchantID + "/payments/a/shipments"},
		{http.MethodGet, "/v4/nothing"},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), tt.method, b.url+tt.path, nil)
		r, err := b.try(req)
		if err != nil {
			t.Fatal(err)
		}
		if r.status != http.StatusNotFound || r.code() != "HTTP_NOT_FOUND" || r.msg() != "HTTP 404 Not Found" {
			t.Errorf("%s %s: %d %s", tt.method, tt.path, r.status, r.body)
		}
	}
}
