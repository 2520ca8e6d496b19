package views_test

import (
	"encoding/csv"
	"math"
	"os"
	"regexp"
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

// TestEveryCurrency is each of the 21 currencies of guide 5.3.2 in each language, on the page and on the wire: pages show two decimals, or
// none where there is no minor unit; the wire has two for all.
func TestEveryCurrency(t *testing.T) {
	t.Parallel()
	file, err := os.Open("../lianlian/data/currencies.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows = rows[1:]
	if len(rows) != 21 {
		t.Fatalf("%d currencies, want 21", len(rows))
	}
	seen := map[string]string{}
	for _, row := range rows {
		code := row[0]
		m := models.Money{Amount: 123456700, Currency: code}
		whole := code == "JPY" || code == "KRW"
		if got := m.Decimal(); got != "1234567.00" {
			t.Errorf("%s on the wire is %s", code, got)
		}
		if wire := lianlianDecimal.FindString(m.Decimal()); wire != m.Decimal() {
			t.Errorf("%s on the wire is %s, want two decimals and no grouping", code, m.Decimal())
		}
		if odd := (models.Money{Amount: 10050, Currency: code}); (odd.Check() == nil) == whole {
			t.Errorf("%s may be asked for: %v", odd, odd.Check())
		}
		for _, lang := range views.Languages {
			got := views.Money(m, lang)
			number := "1,234,567.00"
			if whole {
				number = "1,234,567"
			}
			before, after, found := strings.Cut(got, number)
			if !found || strings.ContainsAny(after, ".0123456789") {
				t.Errorf("%s in %s is %q, want %s in it", code, lang, got, number)
			}
			if before+after == "" || strings.Contains(got, " ") {
				t.Errorf("%s in %s is %q: it has no sign, or may break", code, lang, got)
			}
			if other, taken := seen[lang+before+after]; taken {
				t.Errorf("%s and %s look the same in %s: %q", code, other, lang, got)
			}
			seen[lang+before+after] = code
		}
	}
}

var lianlianDecimal = regexp.MustCompile(`^[0-9]{1,12}\.[0-9]{2}$`)

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
