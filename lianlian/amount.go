package lianlian

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Amount is hundredths of the currency's main unit. The gateway prints two decimals for every currency,
// JPY and KRW too (guide 3.1, 4.1.1).
type Amount int64

// MaxAmount is 999999999999.99, the largest amount that fits in the gateway's 15 characters.
const MaxAmount Amount = 99_999_999_999_999

// ParseAmount reads an amount as the gateway writes it: 1 to 12 digits, a point, two digits; at most 15
// characters, no sign, no spaces. Anything else gives an error that matches ErrMalformed.
func ParseAmount(s string) (Amount, error) {
	point := len(s) - 3
	if point < 1 || point > 12 || s[point] != '.' {
		return 0, malformed("an amount is 1 to 12 digits, a point and 2 digits")
	}
	var a Amount
	for i := range len(s) {
		if i == point {
			continue
		}
		if s[i] < '0' || s[i] > '9' {
			return 0, malformed("an amount is 1 to 12 digits, a point and 2 digits")
		}
		a = a*10 + Amount(s[i]-'0')
	}
	return a, nil
}

// String prints the amount with two decimals and no grouping, such as "100.00".
func (a Amount) String() string {
	sign, u := "", uint64(a)
	if a < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%02d", sign, u/100, u%100)
}

// Whole tells whether the amount has no hundredths, as JPY and KRW require.
func (a Amount) Whole() bool { return a%100 == 0 }

// MarshalJSON writes the amount as a JSON string. It returns an error for an amount below zero or above
// MaxAmount, which the gateway has no form for.
func (a Amount) MarshalJSON() ([]byte, error) {
	if a < 0 || a > MaxAmount {
		return nil, fmt.Errorf("amount %s is outside 0.00 to %s", a, MaxAmount)
	}
	return strconv.AppendQuote(nil, a.String()), nil
}

// UnmarshalJSON reads a JSON string as ParseAmount does. A JSON number is refused.
func (a *Amount) UnmarshalJSON(data []byte) error {
	if len(data) == 0 || data[0] != '"' {
		return malformed("an amount is a JSON string")
	}
	var s string
	if err := json.Unmarshal(data, &s); err != nil {
		return malformed("an amount is a JSON string")
	}
	parsed, err := ParseAmount(s)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
