package lianlian_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"lianlian-checkout/lianlian"
)

func TestParseAmount(t *testing.T) {
	t.Parallel()
	good := map[string]lianlian.Amount{
		"0.00": 0, "0.01": 1, "100.00": 10000, "007.50": 750, "999999999999.99": lianlian.MaxAmount,
	}
	for in, want := range good {
		if got, err := lianlian.ParseAmount(in); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", in, got, err, want)
		}
	}
	bad := []string{"", "1", "1.0", "1.000", "100", "100,00", ".00", "-1.00", "+1.00", " 1.00", "1.00 ", "1e2.00", "1.0a", "a.00",
		"1000000000000.00", "0000000000001.00", "１.00", "1..0", "1.00&a=b", "1.00\n", "\x001.00"}
	for _, in := range bad {
		if got, err := lianlian.ParseAmount(in); !errors.Is(err, lianlian.ErrMalformed) {
			t.Errorf("%q: got %d, %v, want ErrMalformed", in, got, err)
		}
	}
}

func TestAmountString(t *testing.T) {
	t.Parallel()
	tests := map[lianlian.Amount]string{
		0: "0.00", 5: "0.05", 10000: "100.00", -1: "-0.01", -12345: "-123.45", lianlian.MaxAmount: "999999999999.99",
		math.MinInt64: "-92233720368547758.08", math.MaxInt64: "92233720368547758.07",
	}
	for a, want := range tests {
		if got := a.String(); got != want {
			t.Errorf("%d: got %q, want %q", int64(a), got, want)
		}
	}
	if !lianlian.Amount(100).Whole() || lianlian.Amount(150).Whole() {
		t.Error("1.00 is whole, 1.50 is not")
	}
}

func TestAmountJSON(t *testing.T) {
	t.Parallel()
	if text, err := json.Marshal(lianlian.Amount(10000)); err != nil || string(text) != `"100.00"` {
		t.Errorf("got %s, %v", text, err)
	}
	for _, a := range []lianlian.Amount{-1, lianlian.MaxAmount + 1} {
		if text, err := json.Marshal(a); err == nil {
			t.Errorf("%d: got %s, want an error", int64(a), text)
		}
	}
	var a lianlian.Amount
	if err := json.Unmarshal([]byte(`"100.00"`), &a); err != nil || a != 10000 {
		t.Errorf("got %d, %v", a, err)
	}
	for _, text := range []string{`100.00`, `100`, `null`, `true`, `"100"`, `{}`} {
		if err := json.Unmarshal([]byte(text), &a); err == nil {
			t.Errorf("%s: accepted as %s", text, a)
		}
	}
}
