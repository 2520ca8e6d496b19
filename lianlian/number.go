package lianlian

import (
	"strconv"
	"strings"
)

// signedNumber gives a JSON number as it is signed. Without an exponent that is the text itself. With one,
// LianLian's SDK signs the decimal that Java's BigDecimal prints: no exponent if it can be avoided without
// adding zeros and the first digit isn't beyond the sixth decimal, else one digit before the point and E+n
// or E-n (1e-6 is signed as 0.000001). It returns false for an exponent beyond any use.
func signedNumber(raw string) (string, bool) {
	e := strings.IndexAny(raw, "eE")
	if e < 0 {
		return raw, true
	}
	if len(raw) > 100 {
		return "", false
	}
	exponent, err := strconv.ParseInt(raw[e+1:], 10, 32)
	if err != nil {
		return "", false
	}
	mantissa, negative := strings.CutPrefix(raw[:e], "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	scale := int64(len(fraction)) - exponent
	unscaled := strings.TrimLeft(whole+fraction, "0")
	if unscaled == "" {
		unscaled, negative = "0", false
	}
	adjusted := int64(len(unscaled)-1) - scale

	var b strings.Builder
	if negative {
		b.WriteByte('-')
	}
	switch {
	case scale == 0:
		b.WriteString(unscaled)
	case scale > 0 && adjusted >= -6:
		if missing := int(scale) - len(unscaled) + 1; missing > 0 {
			unscaled = strings.Repeat("0", missing) + unscaled
		}
		point := len(unscaled) - int(scale)
		b.WriteString(unscaled[:point] + "." + unscaled[point:])
	default:
		b.WriteString(unscaled[:1])
		if len(unscaled) > 1 {
			b.WriteString("." + unscaled[1:])
		}
		if adjusted > 0 {
			b.WriteString("E+" + strconv.FormatInt(adjusted, 10))
		} else if adjusted < 0 {
			b.WriteString("E" + strconv.FormatInt(adjusted, 10))
		}
	}
	return b.String(), true
}
