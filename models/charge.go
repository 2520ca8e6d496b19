package models

import "strings"

// MaxChargeNote is the limit, in characters, of what an operator writes to a charge at the counter. It becomes the order's reference.
const MaxChargeNote = 64

// chargeIntent begins the intents of charges at the counter. Forms draw theirs without a ":".
const chargeIntent = "charge:"

// ChargeIntent is the intent of a charge: what the form drew, and what was charged with it.
func ChargeIntent(mark string, sum Money, note string) string {
	return chargeIntent + mark + ":" + sum.Decimal() + sum.Currency + ":" + note
}

// Counter tells whether the order is a charge at the counter: its payer stands there and is asked for nothing but the wallet.
func (o Order) Counter() bool { return strings.HasPrefix(o.Intent, chargeIntent) }

// ChargeCart is a cart of one sum that isn't on the shelf, under the name.
func ChargeCart(sum Money, name Text) Cart {
	c := Cart{Total: Money{0, sum.Currency}, Problems: map[string]CartProblem{}}
	c = c.WithInline([]InlineItem{{Name: name.In("en"), Price: sum, Quantity: 1}})
	for i := range c.Lines {
		c.Lines[i].Name = name
	}
	return c
}

// CheckCharge tells what is wrong with a charge, as an *InvalidError.
func CheckCharge(sum Money, note string) error {
	in := &InvalidError{}
	if sum.Check() != nil || sum.Amount < 1 {
		in.Fields = append(in.Fields, FieldError{Field: "amount", Rule: "amount"})
	}
	if !clean(note) {
		in.Fields = append(in.Fields, FieldError{Field: "reference", Rule: "characters"})
	} else if len([]rune(note)) > MaxChargeNote {
		in.Fields = append(in.Fields, FieldError{Field: "reference", Rule: "too_long", Limit: MaxChargeNote})
	}
	if len(in.Fields) > 0 {
		return in
	}
	return nil
}
