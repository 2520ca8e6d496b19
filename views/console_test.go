package views_test

import (
	"strings"
	"testing"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// TestEventWords: an event's fixed words are in the page's language; the gateway's codes stand as they are.
func TestEventWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		lang           string
		event          models.Event
		change, detail string
	}{
		{"en", models.Event{Kind: models.EventRetried, To: "open", Detail: "alipaycn, new attempt"}, "Open", "Alipay (Mainland China), new payment"},
		{"zh-Hant", models.Event{Kind: models.EventRetried, To: "open", Detail: "alipaycn, new attempt"}, "待發起", "支付寶（中國內地），新的付款"},
		{"zh-Hans", models.Event{Kind: models.EventRetried, To: "pending", Detail: "wechatcn"}, "待支付", "微信支付（中国内地）"},
		{"zh-Hant", models.Event{Kind: models.EventRetried, Detail: "somepay, for no reason"}, "", "somepay, for no reason"},
		{"zh-Hant", models.Event{Kind: models.EventEvidence, From: "WP", To: "PS", Detail: "alipaycn, new attempt"}, "WP → PS", "alipaycn, new attempt"},
		{"en", models.Event{Kind: models.EventRefused, From: "WP"}, "WP → –", ""},
	} {
		doc := parse(t, render(t, views.AdminOrder(page(tt.lang), views.AdminOrderView{Order: order(models.OrderPaid, models.StatusPaid), Events: []models.Event{tt.event}})))
		if got := doc.Find(".change").Text(); got != tt.change {
			t.Errorf("%s %+v: change %q, want %q", tt.lang, tt.event, got, tt.change)
		}
		if got := doc.Find(".event-detail").Text(); got != tt.detail {
			t.Errorf("%s %+v: detail %q, want %q", tt.lang, tt.event, got, tt.detail)
		}
	}
}

// TestOptionalLabels: no space stands before a full-width bracket.
func TestOptionalLabels(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"en": "Phone (optional)", "zh-Hant": "電話（選填）", "zh-Hans": "电话（选填）"} {
		doc := parse(t, render(t, views.Checkout(page(lang), form())))
		if got := strings.TrimSpace(doc.Find("label[for=phone]").Text()); got != want {
			t.Errorf("%s: label %q, want %q", lang, got, want)
		}
	}
}
