package simulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

func with(t *testing.T, sc simulator.Scenario) *bench {
	t.Helper()
	b := start(t)
	b.sim.SetScenario(sc)
	return b
}

func TestCreateRefusedByScenario(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		sc     simulator.Scenario
		status int
		code   string
	}{
		{"code", simulator.Scenario{CreateReturnCode: lianlian.CodeSystemBusy}, 422, "SYSTEM_BUSY"},
		{"merchant", simulator.Scenario{CreateReturnCode: lianlian.CodeInactiveMerchant}, 401, "INACTIVE_MERCHANT"},
		{"unknown code", simulator.Scenario{CreateReturnCode: "BRAND_NEW"}, 422, "BRAND_NEW"},
		{"code with status", simulator.Scenario{CreateReturnCode: lianlian.CodeSystemBusy, CreateStatus: 503}, 503, "SYSTEM_BUSY"},
		{"status", simulator.Scenario{CreateStatus: 504}, 504, ""},
		{"impossible status", simulator.Scenario{CreateStatus: 42}, 502, ""},
	}
	for _, tt := range tests {
		b := with(t, tt.sc)
		r := b.create(b.request("a"))
		if r.status != tt.status || r.code() != tt.code {
			t.Errorf("%s: got %d %s", tt.name, r.status, r.body)
		}
		if html := strings.HasPrefix(r.header.Get("Content-Type"), "text/html"); html != (tt.code == "") {
			t.Errorf("%s: Content-Type %s", tt.name, r.header.Get("Content-Type"))
		}
		if _, kept := b.sim.Payment("a"); kept {
			t.Errorf("%s: a refused payment was kept", tt.name)
		}
		b.sim.SetScenario(simulator.Scenario{})
		if r := b.create(b.request("a")); r.code() != "SUCCESS" {
			t.Errorf("%s, then behaving well: %s", tt.name, r.body)
		}
	}
	b := with(t, simulator.Scenario{CreateReturnCode: lianlian.CodeErrorDuringOrderProcessing, CreateDeclineCode: lianlian.DeclineExpiredCard})
	if r := b.create(b.request("a")); r.fields["decline_code"] != "expired_card" {
		t.Error(string(r.body))
	}
}

func TestAcceptedWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, sc := range map[string]simulator.Scenario{
		"hang": {CreateHang: true}, "drop": {DropCreateAnswer: true}, "delay": {CreateDelay: time.Hour},
	} {
		b := with(t, sc)
		body, _ := json.Marshal(b.request("a"))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		req := b.postRequest(body, nil).WithContext(ctx)
		go func() {
			_, err := b.try(req)
			done <- err
		}()
		eventually(t, name+": accepted", func() bool { _, ok := b.sim.Payment("a"); return ok })
		if name != "drop" {
			cancel()
		}
		err := <-done
		if err == nil || name == "drop" && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		b.sim.SetScenario(simulator.Scenario{})
		if r := b.create(b.request("a")); r.code() != "SUCCESS" || b.payment("a").Requests != 2 {
			t.Errorf("%s: sent again: %s", name, r.body)
		}
	}
}

func TestCloseEndsHeldAnswers(t *testing.T) {
	t.Parallel()
	for name, sc := range map[string]simulator.Scenario{"hang": {CreateHang: true}, "delay": {CreateDelay: time.Hour}} {
		b := start(t)
		b.must("a")
		b.sim.SetScenario(sc)
		body, _ := json.Marshal(b.request("a"))
		req := b.postRequest(body, nil)
		done := make(chan error, 1)
		go func() {
			_, err := b.try(req)
			done <- err
		}()
		eventually(t, name+": accepted", func() bool { return b.payment("a").Requests == 2 })
		b.sim.Close()
		if err := <-done; err == nil {
			t.Errorf("%s: an answer after Close", name)
		}
	}
}

func TestDelaysAnswerAtLast(t *testing.T) {
	t.Parallel()
	b := with(t, simulator.Scenario{CreateDelay: time.Millisecond, QueryDelay: time.Millisecond})
	b.must("a")
	if r := b.query("a"); r.code() != "SUCCESS" {
		t.Error(string(r.body))
	}
}

func TestQueryDelayHolds(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("a")
	b.sim.SetScenario(simulator.Scenario{QueryDelay: time.Hour})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/v4/merchants/"+merchantID+"/payments/a", nil)
	req.Header = b.queryHeader("a")
	done := make(chan error, 1)
	go func() {
		_, err := b.try(req)
		done <- err
	}()
	eventually(t, "the query arrived", func() bool { return b.payment("a").Queries == 1 })
	b.sim.Close()
	if err := <-done; err == nil {
		t.Error("the query was answered")
	}
}

func TestAnswersMisbehave(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		sc    simulator.Scenario
		check func(reply) bool
	}{
		{"well-behaved", simulator.Scenario{}, func(r reply) bool { return gatewayVerifies(r.body, r.header.Get("signature")) == nil }},
		{"unsigned", simulator.Scenario{UnsignedAnswer: true}, func(r reply) bool { return r.header.Get("signature") == "" && r.code() == "SUCCESS" }},
		{"forged", simulator.Scenario{ForgeAnswer: true}, func(r reply) bool {
			return r.code() == "SUCCESS" && errors.Is(gatewayVerifies(r.body, r.header.Get("signature")), lianlian.ErrSignature)
		}},
		{"garbage", simulator.Scenario{GarbageAnswer: true}, func(r reply) bool { return r.status == 200 && !json.Valid(r.body) && len(r.body) > 0 }},
		{"huge", simulator.Scenario{HugeAnswer: true}, func(r reply) bool {
			return len(r.body) > 8<<20 && gatewayVerifies(r.body, r.header.Get("signature")) == nil
		}},
	}
	for _, tt := range tests {
		b := with(t, tt.sc)
		if r := b.create(b.request("a")); !tt.check(r) {
			t.Errorf("%s: create: %d %.200s", tt.name, r.status, r.body)
		}
		if r := b.query("a"); !tt.check(r) {
			t.Errorf("%s: query: %d %.200s", tt.name, r.status, r.body)
		}
	}
	b := with(t, simulator.Scenario{SignErrors: true})
	if r := b.query("nobody"); r.status != 404 || gatewayVerifies(r.body, r.header.Get("signature")) != nil {
		t.Errorf("signed refusal: %d %s", r.status, r.body)
	}
}

func TestAnswerKnobs(t *testing.T) {
	t.Parallel()
	b := with(t, simulator.Scenario{NonHTTPPaymentURL: true, QRCode: true, QueryTopLevel: true})
	o := b.create(b.request("a")).order()
	if to, _ := o["payment_url"].(string); !strings.HasPrefix(to, "weixin://wxpay/bizpayurl?pr=") {
		t.Errorf("payment_url %q", to)
	}
	p := b.payment("a")
	if qr, _ := o["qrcode"].(string); qr != p.PaymentURL+"?via=qrcode" {
		t.Errorf("qrcode %q", qr)
	} else if resp, _ := b.get(qr); resp.StatusCode != http.StatusOK {
		t.Errorf("qrcode leads to %d", resp.StatusCode)
	}
	r := b.query("a")
	if r.order() != nil || r.fields["transaction_status"] != "WP" || r.code() != "SUCCESS" || gatewayVerifies(r.body, r.header.Get("signature")) != nil {
		t.Errorf("flat: %s", r.body)
	}
	b.sim.SetScenario(simulator.Scenario{QueryReturnCode: lianlian.CodeInternalServerError})
	if r := b.query("a"); r.status != 422 || r.code() != "INTERNAL_SERVER_ERROR" {
		t.Errorf("query refused: %d %s", r.status, r.body)
	}
}

func TestNotifyBeforeAnswer(t *testing.T) {
	t.Parallel()
	b := with(t, simulator.Scenario{NotifyBeforeAnswer: true})
	p := b.must("a")
	select {
	case n := <-b.inbox.got:
		if n.fields["transaction_status"] != "PS" {
			t.Errorf("notified %s", n.body)
		}
	default:
		t.Fatal("the answer came before the notification")
	}
	if p.Status != lianlian.StatusSuccess || p.NotificationsAcked != 1 {
		t.Errorf("payment %+v", p)
	}
	if p.Log[0].Kind != simulator.LogNotification || p.Log[1].Kind != simulator.LogCreate {
		t.Errorf("log begins with %s, %s", p.Log[0].Kind, p.Log[1].Kind)
	}
}

func TestNotificationsMisbehave(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		sc          simulator.Scenario
		field, want string
	}{
		{"amount", simulator.Scenario{WrongAmount: true}, "transaction_amount", "1.68"},
		{"currency", simulator.Scenario{WrongCurrency: true}, "transaction_currency", "JPY"},
		{"merchant", simulator.Scenario{WrongMerchant: true}, "merchant_id", "ANOTHER" + merchantID},
	}
	for _, tt := range tests {
		b := with(t, tt.sc)
		b.must("a")
		if err := b.sim.Pay("a"); err != nil {
			t.Fatal(err)
		}
		n := b.inbox.next(t)
		if n.fields[tt.field] != tt.want || gatewayVerifies(n.body, n.header.Get("signature")) != nil {
			t.Errorf("%s: %s", tt.name, n.body)
		}
		if p := b.payment("a"); p.Amount != 168_00 || p.Currency != "HKD" {
			t.Errorf("%s: the payment itself changed: %+v", tt.name, p)
		}
	}

	b := with(t, simulator.Scenario{WrongAmount: true})
	b.must("cent", func(f fields) { f["transaction_amount"] = "0.01" })
	if err := b.sim.Pay("cent"); err != nil {
		t.Fatal(err)
	}
	if got := b.inbox.next(t).fields["transaction_amount"]; got != "0.02" {
		t.Errorf("wrong amount of a cent is %v", got)
	}

	b = with(t, simulator.Scenario{ForgeNotification: true})
	b.must("a")
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	if n := b.inbox.next(t); !errors.Is(gatewayVerifies(n.body, n.header.Get("signature")), lianlian.ErrSignature) {
		t.Error("the forged notification is properly signed")
	}

	b = with(t, simulator.Scenario{DuplicateNotifications: 3})
	b.must("a")
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	first := b.inbox.next(t)
	for range 3 {
		if n := b.inbox.next(t); string(n.body) != string(first.body) {
			t.Errorf("a duplicate differs: %s", n.body)
		}
	}
	eventually(t, "acknowledged once", func() bool { p := b.payment("a"); return p.NotificationsSent == 4 && p.NotificationsAcked == 1 })
}

func TestStayProcessing(t *testing.T) {
	t.Parallel()
	b := with(t, simulator.Scenario{StayProcessing: true})
	p := b.must("a")
	resp, _ := b.submit(p.PaymentURL+"/pay", nil)
	if to := resp.Header.Get("Location"); strings.Contains(to, "shop.example") {
		t.Errorf("sent back to %s", to)
	}
	if got := b.payment("a"); got.Status != lianlian.StatusProcessing || !got.PaidAt.IsZero() {
		t.Errorf("payment %+v", got)
	}
	if _, doc := b.get(p.PaymentURL); doc.Find("[data-outcome=processing]").Length() != 1 {
		t.Error("the page doesn't say that the payment is processing")
	}
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	if got := b.inbox.next(t).fields["transaction_status"]; got != "PS" {
		t.Errorf("notified %v", got)
	}
}

func TestReturnKnobs(t *testing.T) {
	t.Parallel()
	b := with(t, simulator.Scenario{LoseReturn: true})
	p := b.must("a")
	resp, _ := b.submit(p.PaymentURL+"/pay", nil)
	if to := resp.Header.Get("Location"); strings.Contains(to, "shop.example") {
		t.Errorf("lost return went to %s", to)
	}
	_, doc := b.get(p.PaymentURL)
	if doc.Find("[data-outcome=paid]").Length() != 1 || doc.Find("[data-testid=return]").Length() != 0 || !strings.Contains(doc.Text(), "You may close this page") {
		t.Errorf("page: %s", doc.Text())
	}

	values := func(sc simulator.Scenario) url.Values {
		b := with(t, sc)
		resp, _ := b.submit(b.must("a").PaymentURL+"/pay", nil)
		u, _ := url.Parse(resp.Header.Get("Location"))
		v := u.Query()
		v.Del("order") // the merchant's own, which the gateway doesn't sign
		v.Del("lang")
		return v
	}
	if v := values(simulator.Scenario{ReturnSignsFields: true}); v.Get("timestamp") == "" || v.Get("timezone") == "" || signedReturn(v, "signature", "timestamp", "timezone") != nil {
		t.Errorf("signed over fewer parameters: %v", v)
	}
	if v := values(simulator.Scenario{ForgeReturn: true}); !errors.Is(signedReturn(v, "signature"), lianlian.ErrSignature) {
		t.Errorf("forged: %v", v)
	}

	b = with(t, simulator.Scenario{ReturnByPost: true})
	resp, doc = b.submit(b.must("a").PaymentURL+"/pay", nil)
	form := doc.Find("form#return")
	if resp.StatusCode != http.StatusOK || form.AttrOr("method", "") != "post" || form.AttrOr("action", "") != "https://shop.example/return?order=7&lang=zh-Hant" {
		t.Fatalf("return form: %d %v", resp.StatusCode, form)
	}
	posted := url.Values{}
	for _, in := range form.Find("input").EachIter() {
		posted.Set(in.AttrOr("name", ""), in.AttrOr("value", ""))
	}
	if err := signedReturn(posted, "signature"); err != nil || len(posted) != 12 || form.Find("button").Length() != 1 {
		t.Errorf("posted %v: %v", posted, err)
	}
	if doc.Find(`script[src*="/assets/return.js"]`).Length() != 1 {
		t.Error("the form isn't sent by itself")
	}
}

func TestPaymentScenario(t *testing.T) {
	t.Parallel()
	b := with(t, simulator.Scenario{UnsignedAnswer: true})
	b.sim.SetPaymentScenario("own", simulator.Scenario{QRCode: true}) // before it exists
	if o := b.create(b.request("own")).order(); o["qrcode"] == nil {
		t.Error("the payment's own scenario doesn't hold")
	}
	if r := b.query("own"); r.header.Get("signature") == "" {
		t.Error("the common scenario holds beside its own")
	}
	if o := b.create(b.request("other")).order(); o["qrcode"] != nil {
		t.Error("the scenario of one payment holds for another")
	}
	if !b.payment("own").HasScenario || b.payment("other").HasScenario {
		t.Error("HasScenario")
	}
	if b.sim.Scenario() != (simulator.Scenario{UnsignedAnswer: true}) {
		t.Errorf("common scenario %+v", b.sim.Scenario())
	}
	b.sim.Reset()
	if b.sim.Scenario() != (simulator.Scenario{}) || len(b.sim.Payments()) != 0 {
		t.Error("Reset left something behind")
	}
	if o := b.create(b.request("own")).order(); o["qrcode"] != nil {
		t.Error("Reset left the payment's scenario behind")
	}
}
