package checkout_test

import (
	"strings"
	"testing"

	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// TestInsideWeChat: what the gateway receives, which takes nothing that isn't signed, and who is sent where.
func TestInsideWeChat(t *testing.T) {
	t.Parallel()
	browser, known := phone, phone
	browser.App, known.OpenID = "", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
	strange := browser
	strange.OpenID = known.OpenID
	for _, tt := range []struct {
		name     string
		terminal models.Terminal
		wallet   models.Processor
		info     any
		openid   any
	}{
		{"WeChat, Hong Kong's wallet", phone, models.WeChatHK, `{"official_accounts":true}`, nil},
		{"WeChat, the mainland's wallet", phone, models.WeChatCN, `{"official_accounts":true}`, nil},
		{"WeChat, the buyer known", known, models.WeChatHK, `{"official_accounts":true}`, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
		{"WeChat, Alipay's wallet", known, models.AlipayHK, nil, nil},
		{"a phone's browser", browser, models.WeChatHK, nil, nil},
		{"a phone's browser, an id from somewhere", strange, models.WeChatHK, nil, nil},
		{"a computer", desktop, models.WeChatHK, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := New(t)
			o := h.order(func(r *handlers.StartRequest) { r.Terminal, r.Processor = tt.terminal, tt.wallet })
			got := h.sent(o)
			if got["additional_info"] != tt.info {
				t.Errorf("additional_info = %v, want %v", got["additional_info"], tt.info)
			}
			if customer := got["customer"].(map[string]any); customer["openid"] != tt.openid {
				t.Errorf("openid = %v, want %v", customer["openid"], tt.openid)
			}
			if method := got["payment_method"]; tt.info != nil && method != "wap_pay" {
				t.Errorf("payment_method = %v", method)
			}
			if got, want := o.Payment().URLFor(tt.terminal), h.held(o).PaymentURL; got != want || want == "" {
				t.Errorf("sent to %q, want %q", got, want)
			}
			kept := h.text(`SELECT o.customer || o.terminal || group_concat(e.detail) FROM orders o JOIN events e ON e.order_id = o.id`)
			if strings.Contains(kept+h.log.String(), known.OpenID) {
				t.Error("the buyer's id at WeChat is kept")
			}
		})
	}
}

// TestPageInsideWeChatIsNobodyElses: the page that the gateway makes for a person inside WeChat is never another browser's.
func TestPageInsideWeChatIsNobodyElses(t *testing.T) {
	t.Parallel()
	h := New(t)
	browser, other := phone, phone
	browser.App, other.OpenID = "", "o-other"
	o := h.order(func(r *handlers.StartRequest) { r.Processor = models.WeChatHK })
	pages := map[string]bool{o.Payment().WebURL: true}
	for _, terminal := range []models.Terminal{phone, other, browser, phone, browser} {
		got, to, err := h.PaymentURL(t.Context(), o.Token, terminal)
		if err != nil || to == "" || to != h.held(o).PaymentURL || id(got) != id(o) {
			t.Fatalf("PaymentURL = %q, %v; want a page of the same payment", to, err)
		}
		if pages[to] {
			t.Errorf("%+v is sent to a page that was another's", terminal)
		}
		pages[to] = true
		if p := h.get(o).Payment(); p.Page != "" || (terminal.App != "" && p.WapURL != "") {
			t.Errorf("the page is kept: %q, %q", p.Page, p.WapURL)
		}
	}
	if _, again, err := h.PaymentURL(t.Context(), o.Token, browser); err != nil || !pages[again] {
		t.Errorf("the browser's own page is asked for anew: %v", err)
	}
	if got := h.get(o).Payment().WebURL; got != o.Payment().WebURL {
		t.Errorf("the computer's page became %q", got)
	}
	if h.held(o).Method != lianlian.WapPay {
		t.Errorf("method %s", h.held(o).Method)
	}
}

// TestOtherWalletScanned: WeChat scanned the code of an AlipayHK order, and its owner taps on WeChat Pay HK.
func TestOtherWalletScanned(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	if _, err := h.Scanned(t.Context(), o.Code); err != nil {
		t.Fatal(err)
	}
	got, err := h.RetryPayment(t.Context(), o.Token, models.WeChatHK, phone)
	p := got.Payment()
	if err != nil || id(got) != id(o) || len(got.Payments) != 1 || p.Processor != models.WeChatHK || p.Page == "" || p.Page != h.held(o).PaymentURL {
		t.Fatalf("payment %+v, %v; want the same one with the other wallet", p, err)
	}
	if p.ScannedAt.IsZero() {
		t.Error("the computer forgets that the phone has scanned")
	}
	h.pay(o)
	h.becomes(o, models.OrderPaid)
	h.paidOnce(o)
}
