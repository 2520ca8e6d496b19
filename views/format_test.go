package views_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

func TestMoney(t *testing.T) {
	t.Parallel()
	tests := []struct {
		currency string
		amount   int64
		want     string // a plain space stands for one that doesn't break
	}{
		{"AED", 16800, "AED 168.00"}, {"AUD", 16800, "A$168.00"}, {"BRL", 16800, "R$168.00"}, {"CAD", 16800, "CA$168.00"},
		{"CHF", 16800, "CHF 168.00"}, {"CNY", 16800, "¥168.00 CNY"}, {"EUR", 16800, "€168.00"}, {"GBP", 16800, "£168.00"},
		{"HKD", 16800, "HK$168.00"}, {"IDR", 16800000, "Rp 168,000.00"}, {"JPY", 120000, "JP¥1,200"}, {"KRW", 5000000, "₩50,000"},
		{"MXN", 16800, "MX$168.00"}, {"MYR", 16800, "RM 168.00"}, {"NGN", 16800, "₦168.00"}, {"NPR", 16800, "NPR 168.00"},
		{"NZD", 16800, "NZ$168.00"}, {"SGD", 16800, "S$168.00"}, {"THB", 16800, "฿168.00"}, {"INR", 16800, "₹168.00"}, {"USD", 16800, "US$168.00"},
		{"HKD", 0, "HK$0.00"}, {"HKD", 5, "HK$0.05"}, {"HKD", 99999, "HK$999.99"}, {"HKD", 100000, "HK$1,000.00"},
		{"HKD", models.MaxAmount, "HK$999,999,999,999.99"}, {"HKD", -16800, "−HK$168.00"}, {"HKD", math.MinInt64, "−HK$92,233,720,368,547,758.08"},
		{"JPY", 120050, "JP¥1,200.50"}, {"XYZ", 100, "XYZ 1.00"},
	}
	for _, tt := range tests {
		for _, lang := range append([]string{"fr"}, views.Languages...) {
			got := views.Money(models.Money{Amount: tt.amount, Currency: tt.currency}, lang)
			if want := strings.ReplaceAll(tt.want, " ", "\u00a0"); got != want {
				t.Errorf("%s %d in %s: got %q, want %q", tt.currency, tt.amount, lang, got, want)
			}
		}
	}
}

func TestDateTime(t *testing.T) {
	t.Parallel()
	evening := time.Date(2026, 11, 23, 16, 5, 0, 0, time.UTC) // past midnight in Hong Kong
	tests := []struct{ lang, want string }{
		{"en", "24 November 2026, 00:05 HKT"},
		{"zh-Hant", "2026年11月24日 00:05 香港時間"},
		{"zh-Hans", "2026年11月24日 00:05 香港时间"},
	}
	for _, tt := range tests {
		if got := page(tt.lang).DateTime(evening); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.lang, got, tt.want)
		}
	}
	if got := page("en").DateTime(time.Time{}); got != "" {
		t.Errorf("the zero time: got %q, want nothing", got)
	}
}

func BenchmarkMoney(b *testing.B) {
	m := models.Money{Amount: 123456789, Currency: "HKD"}
	b.ReportAllocs()
	for b.Loop() {
		_ = views.Money(m, "zh-Hant")
	}
}
