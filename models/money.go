package models

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Money is an amount of one currency. The zero value is no money of no currency.
type Money struct {
	// Amount is hundredths of the currency's main unit for every currency: the gateway
	// prints two decimals for JPY and KRW too (guide 3.1, 4.1.1).
	Amount int64
	// Currency is the three-letter code of guide 5.3.2.
	Currency string
}

// MaxAmount is the largest amount that the gateway's 15 characters hold: 999999999999.99
// (guide 4.1.1), in hundredths.
const MaxAmount int64 = 999_999_999_999_99

// ErrOverflow says that a sum or product left the range that the gateway can carry.
var ErrOverflow = errors.New("amount is larger than 999999999999.99")

// WholeUnits tells whether the currency has no minor unit, so that its amounts must be
// multiples of 100 hundredths.
func WholeUnits(currency string) bool {
	switch currency {
	case "JPY", "KRW":
		return true
	}
	return false
}

// ParseAmount reads "168", "168.0" or "168.00" into hundredths. More than two decimals,
// a sign, an exponent, blanks or more than 12 digits before the point are errors.
func ParseAmount(s string) (int64, error) {
	whole, frac, point := strings.Cut(s, ".")
	if whole == "" || len(whole) > 12 || !digits(whole) || (point && (len(frac) < 1 || len(frac) > 2 || !digits(frac))) {
		return 0, fmt.Errorf("amount %.20q is not a number with at most 12 digits and two decimals, like 168.00", s)
	}
	for len(frac) < 2 {
		frac += "0"
	}
	units, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, err
	}
	hundredths, err := strconv.ParseInt(frac, 10, 64)
	if err != nil {
		return 0, err
	}
	return units*100 + hundredths, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Decimal is the amount with two decimals and no currency: "168.00".
func (m Money) Decimal() string {
	sign, n := "", uint64(m.Amount)
	if m.Amount < 0 {
		sign, n = "-", uint64(-m.Amount)
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// String is the amount with its currency for logs and histories: "168.00 HKD".
func (m Money) String() string { return m.Decimal() + " " + m.Currency }

// IsZero tells whether there is nothing to pay.
func (m Money) IsZero() bool { return m.Amount == 0 }

// Add returns m + other. It fails when the currencies differ or the sum overflows.
func (m Money) Add(other Money) (Money, error) {
	if m.Currency != other.Currency {
		return Money{}, fmt.Errorf("add %s to %s: currencies differ", other.Currency, m.Currency)
	}
	if m.Amount < 0 || other.Amount < 0 || m.Amount > MaxAmount-other.Amount {
		return Money{}, ErrOverflow
	}
	return Money{m.Amount + other.Amount, m.Currency}, nil
}

// Times returns m × n for n from 0 to MaxQuantity.
func (m Money) Times(n int64) (Money, error) {
	if n < 0 || m.Amount < 0 || (n > 0 && m.Amount > math.MaxInt64/n) || m.Amount*n > MaxAmount {
		return Money{}, ErrOverflow
	}
	return Money{m.Amount * n, m.Currency}, nil
}

// Check tells why the amount can't be asked of a buyer: not positive, too large, or with
// hundredths in a currency that has none.
func (m Money) Check() error {
	switch {
	case m.Amount <= 0:
		return errors.New("amount must be more than zero")
	case m.Amount > MaxAmount:
		return ErrOverflow
	case WholeUnits(m.Currency) && m.Amount%100 != 0:
		return fmt.Errorf("amount %s has decimals, which %s doesn't have", m.Decimal(), m.Currency)
	}
	return nil
}
