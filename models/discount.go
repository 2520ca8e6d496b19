package models

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Discount is a code that takes a part or an amount off a cart.
type Discount struct {
	Code string // as NewDiscountCode writes it
	// Percent is what it takes off, 1 to 100; zero when Amount is set instead.
	Percent int64
	Amount  Money
	// MinTotal is what the goods that it applies to must cost at least, before it; zero asks for nothing.
	MinTotal Money
	Expires  time.Time // from then on it is over; zero: never
	MaxUses  int64     // how many orders may have it; zero: any number
	Products []string  // slugs of what it applies to; none: everything
}

// DiscountProblem says why a code takes nothing off.
type DiscountProblem string

// The problems of a code.
const (
	DiscountUnknown  DiscountProblem = "unknown"   // there is no such code
	DiscountExpired  DiscountProblem = "expired"   // its time is over
	DiscountUsedUp   DiscountProblem = "used_up"   // as many orders have it as may
	DiscountMinTotal DiscountProblem = "min_total" // the goods cost less than it asks for
	DiscountProducts DiscountProblem = "products"  // nothing in the cart can be had for less
	DiscountTooMany  DiscountProblem = "too_many"  // this address has tried too many codes; it wasn't looked up
)

// DiscountProblems lists every problem.
var DiscountProblems = []DiscountProblem{DiscountUnknown, DiscountExpired, DiscountUsedUp, DiscountMinTotal, DiscountProducts, DiscountTooMany}

// CartDiscount is the code that a cart was priced with. Its zero value is none.
type CartDiscount struct {
	Code    string
	Off     Money           // what it takes off; zero when there is a problem
	Problem DiscountProblem // empty when it applies
	Least   Money           // with DiscountMinTotal: what the goods must cost
}

// NewDiscountCode reads a code as people type it: blanks around it, small letters and the full-width characters of a Chinese
// keyboard are put right. It says false for what can't be a code: 3 to 32 of A–Z, 0–9 and hyphens.
func NewDiscountCode(typed string) (string, bool) {
	if len(typed) > 200 {
		return "", false
	}
	code := strings.ToUpper(strings.TrimSpace(norm.NFKC.String(typed)))
	if len(code) < 3 || len(code) > 32 {
		return "", false
	}
	return code, !strings.ContainsFunc(code, func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' })
}

// Check tells what is wrong with a discount of a shop that sells in the currency.
func (d Discount) Check(currency string) error {
	code, ok := NewDiscountCode(d.Code)
	switch {
	case !ok || code != d.Code:
		return fmt.Errorf("discount %.40q: a code is 3 to 32 of A–Z, 0–9 and hyphens", d.Code)
	case (d.Percent == 0) == d.Amount.IsZero():
		return fmt.Errorf("discount %s: it needs either a percentage or an amount", d.Code)
	case d.Percent < 0 || d.Percent > 100:
		return fmt.Errorf("discount %s: %d percent is not between 1 and 100", d.Code, d.Percent)
	case d.MaxUses < 0:
		return fmt.Errorf("discount %s: it can't be used less than never", d.Code)
	}
	for _, m := range []Money{d.Amount, d.MinTotal} {
		if m.IsZero() {
			continue
		}
		if m.Currency != currency {
			return fmt.Errorf("discount %s: %s is not the shop's currency", d.Code, m.Currency)
		}
		if err := m.Check(); err != nil {
			return fmt.Errorf("discount %s: %w", d.Code, err)
		}
	}
	return nil
}

// appliesTo tells whether the line may cost less: it can be bought, the code names its product (or none), and its price isn't
// the buyer's own to name.
func (d Discount) appliesTo(l LineItem, problem CartProblem) bool {
	unit := smallest(l.Price.Currency)
	return problem == "" && !l.FreeAmount && l.Price.Amount >= unit && l.Price.Amount%unit == 0 &&
		(len(d.Products) == 0 || slices.Contains(d.Products, l.ProductSlug))
}

// smallest is the least that can be asked in the currency, in hundredths.
func smallest(currency string) int64 {
	if WholeUnits(currency) {
		return 100
	}
	return 1
}

// WithDiscount is the cart with the code's discount taken off its lines, or with the problem that the code has. used is how many
// orders have the code already.
//
// The rule, in the currency's smallest unit (0.01; 1 for JPY and KRW), so that every sum is exact:
//  1. A percentage is taken of the sum of the lines that the code applies to, half a unit rounded up.
//  2. Every piece goes on costing one unit at least: the gateway takes no price of zero, and an order of nothing can't be paid. What
//     would go below is not taken off.
//  3. The discount is spread over these lines by what each can give (its total less one unit a piece): the line that ends at x of s of it
//     has together with those before it discount × x / s, rounded down. So the shares sum up exactly.
//  4. A line whose new total doesn't divide by its quantity becomes two: some pieces at one price, the rest at one unit more. So price ×
//     quantity is each line's total, and the sum of the lines the cart's (guide 3.1, 4.1.1).
func (c Cart) WithDiscount(d Discount, used int64, now time.Time) Cart {
	c.Discount = CartDiscount{Code: d.Code, Off: Money{0, c.Total.Currency}}
	goods, room := Money{0, c.Total.Currency}, int64(0)
	unit := smallest(c.Total.Currency)
	for _, l := range c.Lines {
		if d.appliesTo(l, c.Problems[l.SKU]) {
			goods.Amount += l.Total.Amount // below the cart's total, which was checked
			room += l.Total.Amount - l.Quantity*unit
		}
	}
	off := min(d.of(goods, unit), room)
	switch {
	case !d.Expires.IsZero() && !now.Before(d.Expires):
		c.Discount.Problem = DiscountExpired
	case d.MaxUses > 0 && used >= d.MaxUses:
		c.Discount.Problem = DiscountUsedUp
	case goods.Amount > 0 && goods.Amount < d.MinTotal.Amount:
		c.Discount.Problem, c.Discount.Least = DiscountMinTotal, d.MinTotal
	case off <= 0:
		c.Discount.Problem = DiscountProducts
	default:
		c.Lines = d.spread(c, off/unit, room/unit, unit)
		c.Discount.Off.Amount = off
		c.Total.Amount -= off
	}
	return c
}

// of is the discount on goods, in hundredths.
func (d Discount) of(goods Money, unit int64) int64 {
	if d.Percent == 0 {
		return d.Amount.Amount - d.Amount.Amount%unit
	}
	// MaxAmount × 100 is well below the range of int64.
	return (goods.Amount/unit*d.Percent + 50) / 100 * unit
}

// spread takes off units off the lines that the discount applies to, which can give room units.
func (d Discount) spread(c Cart, off, room, unit int64) []LineItem {
	lines := make([]LineItem, 0, len(c.Lines)+1)
	var seen, given int64
	for _, l := range c.Lines {
		if !d.appliesTo(l, c.Problems[l.SKU]) {
			lines = append(lines, l)
			continue
		}
		seen += l.Total.Amount/unit - l.Quantity
		upTo := share(off, seen, room)
		lines = append(lines, l.less((upTo-given)*unit, unit)...)
		given = upTo
	}
	return lines
}

// share is a × part / whole, rounded down, for a and part up to whole; the product may be larger than 64 bits.
func share(a, part, whole int64) int64 {
	high, low := bits.Mul64(uint64(a), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(whole))
	return int64(quotient)
}

// less is the line with off taken from its total: one line, or two whose prices differ by one unit.
func (l LineItem) less(off, unit int64) []LineItem {
	l.Before = l.Price
	total := (l.Total.Amount - off) / unit
	each, more := total/l.Quantity, total%l.Quantity
	var lines []LineItem
	for _, part := range []struct{ price, quantity int64 }{{each, l.Quantity - more}, {each + 1, more}} {
		if part.quantity > 0 {
			l.Price.Amount, l.Quantity = part.price*unit, part.quantity
			l.Total.Amount = l.Price.Amount * part.quantity
			lines = append(lines, l)
		}
	}
	return lines
}

// DiscountCode is the code that applies to the cart, or empty.
func (c Cart) DiscountCode() string {
	if c.Discount.Problem != "" {
		return ""
	}
	return c.Discount.Code
}

// Shown are the lines as people read them: one for each thing bought, at the shop's price, with the discount code's part
// left to a line of its own. Discounted is that part.
func Shown(lines []LineItem) []LineItem {
	out := make([]LineItem, 0, len(lines))
	for _, l := range lines {
		if l.Before.IsZero() {
			out = append(out, l)
			continue
		}
		l.Price, l.Before = l.Before, Money{}
		l.Total.Amount = l.Price.Amount * l.Quantity
		if last := len(out) - 1; last >= 0 && out[last].SKU == l.SKU {
			out[last].Quantity += l.Quantity
			out[last].Total.Amount += l.Total.Amount
			continue
		}
		out = append(out, l)
	}
	return out
}

// Discounted is what a discount code took off the lines, in hundredths.
func Discounted(lines []LineItem) int64 {
	var off int64
	for _, l := range lines {
		if !l.Before.IsZero() {
			off += (l.Before.Amount - l.Price.Amount) * l.Quantity
		}
	}
	return off
}

// ErrDiscountUsedUp says that other orders took the code's last uses meanwhile.
var ErrDiscountUsedUp = fmt.Errorf("%w: discount code used up", ErrConflict)

// ErrDiscount says that the code doesn't apply any more.
var ErrDiscount = fmt.Errorf("%w: discount code doesn't apply", ErrConflict)

// CheckDiscounts tells what is wrong with a shop's discounts.
func CheckDiscounts(discounts []Discount, currency string) error {
	var errs []error
	seen := map[string]bool{}
	for _, d := range discounts {
		if seen[d.Code] {
			errs = append(errs, fmt.Errorf("discount %s is there twice", d.Code))
		}
		seen[d.Code] = true
		errs = append(errs, d.Check(currency))
	}
	return errors.Join(errs...)
}
