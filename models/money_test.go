package models_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"lianlian-checkout/models"
)

func TestParseAmount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in   string
		want int64
		ok   bool
	}{
		{"168", 16800, true}, {"168.0", 16800, true}, {"168.05", 16805, true}, {"0.01", 1, true}, {"999999999999.99", models.MaxAmount, true},
		{"", 0, false}, {".5", 0, false}, {"5.", 0, false}, {"1.234", 0, false}, {"-1", 0, false}, {"+1", 0, false}, {"1e3", 0, false},
		{" 1", 0, false}, {"1 ", 0, false}, {"1,000.00", 0, false}, {"1000000000000", 0, false}, {"１", 0, false}, {"NaN", 0, false}, {"1.0.0", 0, false},
	} {
		got, err := models.ParseAmount(tt.in)
		if (err == nil) != tt.ok || got != tt.want {
			t.Errorf("ParseAmount(%q) = %d, %v; want %d, ok %v", tt.in, got, err, tt.want, tt.ok)
		}
	}
}

func TestAmountRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := models.Money{Amount: rapid.Int64Range(0, models.MaxAmount).Draw(t, "amount"), Currency: "HKD"}
		if got, err := models.ParseAmount(m.Decimal()); err != nil || got != m.Amount {
			t.Fatalf("ParseAmount(%q) = %d, %v; want %d", m.Decimal(), got, err, m.Amount)
		}
	})
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"168.00", "0", "1.", "999999999999.99", "-1", "1e9"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := models.ParseAmount(s)
		if err == nil && (n < 0 || n > models.MaxAmount || strings.ContainsAny(s, "+-eE ,")) {
			t.Errorf("ParseAmount(%q) = %d", s, n)
		}
	})
}

func TestMoneyNeverOverflows(t *testing.T) {
	t.Parallel()
	most := models.Money{Amount: models.MaxAmount, Currency: "HKD"}
	if _, err := most.Add(models.Money{Amount: 1, Currency: "HKD"}); !errors.Is(err, models.ErrOverflow) {
		t.Errorf("most + 0.01: %v, want ErrOverflow", err)
	}
	for _, n := range []int64{2, 1 << 40, 1 << 62, -1} {
		if _, err := most.Times(n); !errors.Is(err, models.ErrOverflow) {
			t.Errorf("most × %d: %v, want ErrOverflow", n, err)
		}
	}
	if _, err := most.Add(models.Money{Amount: 1, Currency: "USD"}); err == nil {
		t.Error("two currencies were added")
	}
}

func TestMoneyCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in models.Money
		ok bool
	}{
		{models.Money{Amount: 1, Currency: "HKD"}, true}, {models.Money{Amount: 10000, Currency: "JPY"}, true},
		{models.Money{Amount: 10050, Currency: "JPY"}, false}, {models.Money{Amount: 99, Currency: "KRW"}, false},
		{models.Money{Currency: "HKD"}, false}, {models.Money{Amount: -5, Currency: "HKD"}, false}, {models.Money{Amount: models.MaxAmount + 1, Currency: "HKD"}, false},
	} {
		if err := tt.in.Check(); (err == nil) != tt.ok {
			t.Errorf("%v.Check() = %v, want ok %v", tt.in, err, tt.ok)
		}
	}
}
