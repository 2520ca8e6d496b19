package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/lianlian/simulator"
)

// signedReturn checks the signature over all parameters but those left out.
func signedReturn(values url.Values, leftOut ...string) error {
	content := map[string]string{}
	for name := range values {
		if !slices.Contains(leftOut, name) {
			content[name] = values.Get(name)
		}
	}
	body, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return gatewayVerifies(body, values.Get("signature"))
}

func TestReturn(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 11, 23, 6, 15, 59, 977e6, time.UTC)
	b := start(t, func(o *simulator.Options) { o.Now = func() time.Time { return now } })
	p := b.must("a")
	resp, _ := b.submit(p.PaymentURL+"/pay", nil)
	if resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("paying answers %d", resp.StatusCode)
	}
	to := resp.Header.Get("Location")
	const shop = "https://shop.example/return?order=7&lang=zh-Hant&"
	if !strings.HasPrefix(to, shop) {
		t.Fatalf("the buyer goes to %s", to)
	}
	values, err := url.ParseQuery(strings.TrimPrefix(to, shop))
	if err != nil {
		t.Fatal(err)
	}
	if err := signedReturn(values, "signature"); err != nil {
		t.Errorf("signature: %v", err)
	}
	if err := signedReturn(values, "signature", "timestamp", "timezone"); err == nil {
		t.Error("timestamp and timezone are not signed")
	}
	values.Del("signature")
	want := url.Values{
		"timestamp": {"20241123141559"}, "timezone": {"Asia/Hong_Kong"}, "merchant_id": {merchantID}, "ll_transaction_id": {p.LLTransactionID},
		"merchant_transaction_id": {"a"}, "transaction_currency": {"HKD"}, "transaction_amount": {"168.00"}, "transaction_status": {"PS"},
		"payment_time": {"1732342559977"}, "settlement_currency": {"USD"}, "settlement_amount": {"21.57"},
	}
	if values.Encode() != want.Encode() {
		t.Errorf("got  %s\nwant %s", values.Encode(), want.Encode())
	}
	if got := b.inbox.next(t).fields["transaction_status"]; got != "PS" {
		t.Errorf("notified %v", got)
	}

	again, _ := b.submit(p.PaymentURL+"/pay", nil) // the button pressed twice
	if again.StatusCode != http.StatusSeeOther || !strings.HasPrefix(again.Header.Get("Location"), shop) {
		t.Errorf("pressed twice: %d %s", again.StatusCode, again.Header.Get("Location"))
	}
	logged := 0
	for _, e := range b.payment("a").Log {
		if e.Kind == simulator.LogReturn && strings.Contains(e.Request.SigningString, "timezone=Asia/Hong_Kong") {
			logged++
		}
	}
	if logged != 2 {
		t.Errorf("%d returns in the log", logged)
	}
}

func TestReturnWithoutQuery(t *testing.T) {
	t.Parallel()
	b := start(t)
	p := b.must("a", func(f fields) { f["redirect_url"] = "https://shop.example/return" })
	resp, _ := b.submit(p.PaymentURL+"/pay", nil)
	u, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || u.Path != "/return" || u.Query().Get("merchant_transaction_id") != "a" {
		t.Errorf("the buyer goes to %s", resp.Header.Get("Location"))
	}
}

func TestOnlySuccessReturns(t *testing.T) {
	t.Parallel()
	b := start(t)
	for action, status := range map[string]string{"fail": "PF", "cancel": "PC"} {
		p := b.must(action)
		resp, _ := b.submit(p.PaymentURL+"/"+action, url.Values{"decline_code": {"insufficient_funds"}})
		if want := p.PaymentURL + "?lang=en"; resp.StatusCode != http.StatusSeeOther || !strings.HasSuffix(want, resp.Header.Get("Location")) {
			t.Errorf("%s: %d %s", action, resp.StatusCode, resp.Header.Get("Location"))
		}
		if got := b.inbox.next(t).fields["transaction_status"]; got != status {
			t.Errorf("%s: notified %v", action, got)
		}
		for _, to := range []string{"/pay", "/return"} { // neither too late nor by hand
			method := b.submit
			if to == "/return" {
				method = func(to string, _ url.Values, e ...func(*http.Request)) (*http.Response, *goquery.Document) {
					return b.get(to, e...)
				}
			}
			if resp, _ := method(p.PaymentURL+to, nil); strings.Contains(resp.Header.Get("Location"), "shop.example") {
				t.Errorf("%s, then %s: sent back to the shop", action, to)
			}
		}
	}
	if got := b.payment("fail").DeclineCode; got != "insufficient_funds" {
		t.Errorf("decline code %q", got)
	}
}
