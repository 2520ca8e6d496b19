package checkout_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

func TestSwitchOfWalletKeepsTheID(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	if _, err := h.Scanned(t.Context(), o.Code); err != nil {
		t.Fatal(err)
	}
	for _, w := range []models.Processor{models.WeChatHK, models.AlipayCN, models.WeChatCN, models.AlipayHK} {
		before := h.get(o).Payment()
		got, err := h.RetryPayment(t.Context(), o.Token, w, desktop)
		if err != nil || got.Status != models.OrderPending || len(got.Payments) != 1 || id(got) != id(o) {
			t.Fatalf("%s: %s, %d payments, %v; want the same payment", w, got.Status, len(got.Payments), err)
		}
		p := got.Payment()
		if p.Processor != w || string(h.held(o).Processor) != string(w) || p.WebURL == before.WebURL || p.WebURL != h.held(o).PaymentURL || !p.ScannedAt.IsZero() {
			t.Errorf("%s: payment %+v, the gateway's page %s; want its own fresh page", w, p, h.held(o).PaymentURL)
		}
	}
	sent := h.gateway.creates()
	if got, err := h.RetryPayment(t.Context(), o.Token, "no wallet", desktop); err != nil || got.Payment().Processor != models.AlipayHK || h.gateway.creates() != sent {
		t.Errorf("the wallet it has: %s, %v, sent %d times; want the page that is there", got.Payment().Processor, err, h.gateway.creates()-sent)
	}
	if _, err := h.RetryPayment(t.Context(), "nothing", models.AlipayHK, desktop); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("unknown token: %v, want ErrNotFound", err)
	}
	h.pay(o)
	h.becomes(o, models.OrderPaid)
	h.paidOnce(o)
	if got, err := h.RetryPayment(t.Context(), o.Token, models.WeChatHK, desktop); err != nil || got.Status != models.OrderPaid || h.gateway.creates() != sent {
		t.Errorf("retry of a paid order = %s, %v; want it as it is", got.Status, err)
	}
}

func TestPhoneAfterDesktopGetsItsOwnPage(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	web := o.Payment().WebURL
	got, to, err := h.PaymentURL(t.Context(), o.Token, phone)
	if err != nil || to == "" || to == web || to != h.held(o).PaymentURL || id(got) != id(o) || h.held(o).Method != lianlian.WapPay {
		t.Fatalf("PaymentURL = %q, %v; want a wap page of the same payment", to, err)
	}
	if in := h.sent(o)["user_terminal_data"].(map[string]any); in["order_ip"] != phone.IP || in["client_mode"] != "16" {
		t.Errorf("the gateway received %v of the phone", in)
	}
	for terminal, want := range map[models.Terminal]string{phone: to, desktop: web} {
		if _, again, err := h.PaymentURL(t.Context(), o.Token, terminal); err != nil || again != want || h.gateway.creates() != 2 {
			t.Errorf("once more: %q, %v after %d requests; want %q without asking", again, err, h.gateway.creates(), want)
		}
	}
	h.pay(o)
	h.becomes(o, models.OrderPaid)
	if got, to, err := h.PaymentURL(t.Context(), o.Token, phone); err != nil || to != "" || got.Status != models.OrderPaid {
		t.Errorf("paid: %q, %s, %v; want no page", to, got.Status, err)
	}
	if _, _, err := h.PaymentURL(t.Context(), "nothing", phone); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("unknown token: %v, want ErrNotFound", err)
	}
}

func TestPaymentURLOfAnOrderThatEnded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		end      func(h *harness, o models.Order)
		payments int
	}{
		{"open after a lost answer", func(h *harness, o models.Order) {}, 1},
		{"expired", func(h *harness, o models.Order) { h.reconcile(30 * time.Minute) }, 1},
		{"cancelled", func(h *harness, o models.Order) {
			_ = h.sim.Cancel(id(o))
			h.reconcile(5 * time.Second)
		}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := New(t)
			h.sim.SetScenario(simulator.Scenario{DropCreateAnswer: true, LoseNotification: true})
			o, _ := h.StartPayment(t.Context(), request("ended"))
			h.sim.SetScenario(lost)
			tt.end(h, o)
			got, to, err := h.PaymentURL(t.Context(), o.Token, phone)
			if err != nil || to == "" || to != h.held(got).PaymentURL || got.Status != models.OrderPending || len(got.Payments) != tt.payments {
				t.Errorf("PaymentURL = %q, %s with %d payments, %v; want a page", to, got.Status, len(got.Payments), err)
			}
		})
	}
}

// The gateway closed the payment, and nobody told us: the phone that asks for its page is what finds out.
func TestPaymentURLOfAPaymentClosedMeanwhile(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(lost)
	o := h.order()
	if err := h.sim.Cancel(id(o)); err != nil {
		t.Fatal(err)
	}
	got, to, err := h.PaymentURL(t.Context(), o.Token, phone)
	if err != nil || to == "" || len(got.Payments) != 2 {
		t.Errorf("PaymentURL = %q, %s with %d payments, %v; want the page of a new attempt", to, got.Status, len(got.Payments), err)
	}
}

func TestPaymentURLWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	h.gateway.shut.Store(true)
	if got, to, err := h.PaymentURL(t.Context(), o.Token, phone); !errors.Is(err, models.ErrPending) || to != "" || got.ID != o.ID {
		t.Errorf("PaymentURL = %q, order %d, %v; want ErrPending", to, got.ID, err)
	}
}

func TestContentOfTheWalletsCode(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		sc      simulator.Scenario
		content func(page string) string
		url     bool
	}{
		"page":          {simulator.Scenario{}, func(string) string { return "" }, true},
		"page and code": {simulator.Scenario{QRCode: true}, func(page string) string { return page + "?via=qrcode" }, true},
		"wallet's own address": {simulator.Scenario{NonHTTPPaymentURL: true},
			func(page string) string {
				return "weixin://wxpay/bizpayurl?pr=" + page[strings.LastIndex(page, "/")+1:]
			}, false},
		"wallet's own address and code": {simulator.Scenario{NonHTTPPaymentURL: true, QRCode: true}, func(page string) string { return page + "?via=qrcode" }, false},
	} {
		h := New(t)
		h.sim.SetScenario(tt.sc)
		o := h.order()
		p, page := o.Payment(), h.held(o).PaymentURL
		if want := tt.content(page); p.QRContent != want {
			t.Errorf("%s: QR content %q, want %q", name, p.QRContent, want)
		}
		if (p.WebURL == page) != tt.url || (p.WebURL == "") == tt.url {
			t.Errorf("%s: page %q", name, p.WebURL)
		}
	}
}

func TestWhereBuyersAreSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url        string
		production bool
		believed   bool
		flagged    bool
	}{
		{"https://cashier.example/pay/1", true, true, false},
		{"https://cashier.example/pay/1", false, true, false},
		{"http://127.0.0.1:9/pay/1", false, true, false},
		{"http://localhost:9/pay/1", false, true, false},
		{"http://[::1]:9/pay/1", false, true, false},
		{"http://127.0.0.1:9/pay/1", true, false, true},
		{"http://cashier.example/pay/1", false, false, true},
		{"http://127.0.0.1.cashier.example/pay/1", false, false, true},
		{"http://localhost@cashier.example/pay/1", false, false, true},
		{"javascript:alert(1)", false, false, false},
		{"//cashier.example/pay/1", false, false, false},
		{"https:///pay/1", false, false, false},
	}
	for _, tt := range tests {
		h := New(t, func(s *setup) {
			s.Fake = fake(func(in map[string]any) (int, map[string]any) { return accepted(in, tt.url) })
			if tt.production {
				s.Checkout.Production = true
				s.Checkout.BaseURL = &url.URL{Scheme: "https", Host: "shop.example"}
			}
		})
		o, err := h.StartPayment(t.Context(), request("sent"))
		p := o.Payment()
		if tt.believed {
			if err != nil || o.Status != models.OrderPending || p.WebURL != tt.url {
				t.Errorf("%s (production %v): %s, page %q, %v; want it believed", tt.url, tt.production, o.Status, p.WebURL, err)
			}
			continue
		}
		if !errors.Is(err, models.ErrPending) || o.Status != models.OrderOpen || p.WebURL != "" || p.QRContent != "" || (o.Attention != "") != tt.flagged {
			t.Errorf("%s (production %v): %s, page %q, code %q, attention %q, %v; want ErrPending and nowhere to go",
				tt.url, tt.production, o.Status, p.WebURL, p.QRContent, o.Attention, err)
		}
	}
}

func TestAnswerAboutSomethingElse(t *testing.T) {
	t.Parallel()
	for field, value := range map[string]string{
		"merchant_transaction_id": "another", "transaction_amount": "1.68", "transaction_currency": "USD", "ll_transaction_id": "",
	} {
		h := New(t, func(s *setup) {
			s.Fake = fake(func(in map[string]any) (int, map[string]any) {
				status, answer := accepted(in, "https://cashier.example/pay/1")
				answer["order"].(map[string]any)[field] = value
				return status, answer
			})
		})
		o, err := h.StartPayment(t.Context(), request("else"))
		if !errors.Is(err, models.ErrPending) || o.Status != models.OrderOpen || o.Payment().WebURL != "" {
			t.Errorf("%s = %q: %s, page %q, %v; want nothing believed", field, value, o.Status, o.Payment().WebURL, err)
		}
	}
}

func TestShortLink(t *testing.T) {
	t.Parallel()
	h := New(t, func(s *setup) { s.Checkout.BaseURL.Path = "/shop/" })
	o := h.order()
	if got := h.ShortLink(o); got != h.url+"/shop/p/"+o.Code {
		t.Errorf("ShortLink = %s", got)
	}
	if in := h.sent(o); in["notification_url"] != h.url+"/shop/lianlian/notify" || in["redirect_url"] != h.url+"/shop/lianlian/return/"+o.Token {
		t.Errorf("below a base path: %v and %v", in["notification_url"], in["redirect_url"])
	}
	first, err := h.Scanned(t.Context(), o.Code)
	if err != nil || !first.Payment().ScannedAt.Equal(begin) {
		t.Fatalf("Scanned = %v, %v", first.Payment().ScannedAt, err)
	}
	h.clock.Add(time.Minute)
	if again, err := h.Scanned(t.Context(), o.Code); err != nil || !again.Payment().ScannedAt.Equal(begin) {
		t.Errorf("scanned again: %v, %v; want the first time kept", again.Payment().ScannedAt, err)
	}
	if _, err := h.Scanned(t.Context(), o.Token); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("unknown code: %v, want ErrNotFound", err)
	}
}
