package models_test

import (
	"testing"

	"pgregory.net/rapid"

	"lianlian-checkout/models"
)

func TestSafeCell(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"": "", "168.00": "168.00", "-3.50": "-3.50", "-3.50+1": "'-3.50+1", "=1+1": "'=1+1", "+852": "'+852", "@x": "'@x", "-a": "'-a", "\t=1": "'\t=1", "  =1": "'  =1", "＝1": "'＝1",
		"　@x": "'　@x", "\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx", "'=1": "''=1", " '＋": "' '＋", "a\r\nb": "a\r\nb", "x;=1": "x;'=1", `x;"=cmd|' /C calc'!A0`: `x;"'=cmd|' /C calc'!A0`,
		"x|'－": "x|''－", "a-b": "a-b", "it's": "it's", "'": "'", "茶": "茶", "1e5": "1e5",
	} {
		if got := models.SafeCell(in); got != want {
			t.Errorf("%q → %q, want %q", in, got, want)
		}
	}
}

// TestCellComesBack: whatever is in a cell, it reads the same after a spreadsheet.
func TestCellComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.RuneFrom([]rune("=+-@＝＋－＠'\";| \t\r\n　a茶1.")), 0, 12, -1).Draw(t, "cell")
		if got := models.ReadCell(models.SafeCell(s)); got != s {
			t.Fatalf("%q comes back as %q, by way of %q", s, got, models.SafeCell(s))
		}
	})
}
