package simulator

import (
	"strings"

	"lianlian-checkout/lianlian"
)

const (
	provokeReturnCode  lianlian.Amount = 9999_00 // 9999.01, 9999.02, … in the order of lianlian.ReturnCodes
	provokeDeclineCode lianlian.Amount = 9998_00 // 9998.01, 9998.02, … in the order of lianlian.DeclineCodes
)

// Provocation is an amount that makes the gateway refuse the payment in a certain way, as test card numbers do elsewhere.
// So does its name.
type Provocation struct {
	Amount      lianlian.Amount
	ReturnCode  lianlian.ReturnCode
	DeclineCode lianlian.DeclineCode // empty unless the amount is about one
}

// Name is the code that the provocation is about: a customer or a product of this name provokes it too, in any currency.
func (p Provocation) Name() string {
	if p.DeclineCode != "" {
		return string(p.DeclineCode)
	}
	return string(p.ReturnCode)
}

// Provocations lists what provokes an answer when a valid request for a payment carries it: the amounts, in any currency
// that has hundredths, 9999.01 and up one for each return code but SUCCESS (guide 5.3.4), 9998.01 and up one for each
// decline code, beside ERROR_DURING_ORDER_PROCESSING (guide 5.3.5); and the code itself, in capitals or small letters, as
// the customer's full_name, first_name or last_name or as a product's name. A refused payment isn't kept.
func Provocations() []Provocation {
	var list []Provocation
	next := provokeReturnCode
	for _, info := range lianlian.ReturnCodes() {
		if info.Code == lianlian.CodeSuccess {
			continue
		}
		next++
		list = append(list, Provocation{Amount: next, ReturnCode: info.Code})
	}
	for i, info := range lianlian.DeclineCodes() {
		list = append(list, Provocation{
			Amount: provokeDeclineCode + lianlian.Amount(i+1), ReturnCode: lianlian.CodeErrorDuringOrderProcessing, DeclineCode: info.Code,
		})
	}
	return list
}

// provoked finds what a request provokes, and by what.
func (in *submission) provoked(amount lianlian.Amount) (p Provocation, by string, ok bool) {
	names := in.names()
	for _, p := range Provocations() {
		if p.Amount == amount {
			return p, "the amount", true
		}
		for _, name := range names {
			if strings.EqualFold(name, p.Name()) {
				return p, "a name", true
			}
		}
	}
	return Provocation{}, "", false
}

// names are those of the customer and the products.
func (in *submission) names() []string {
	var list []string
	add := func(v any) {
		if name, ok := v.(string); ok && name != "" {
			list = append(list, strings.TrimSpace(name))
		}
	}
	if customer, ok := in.fields["customer"].(object); ok {
		add(customer["full_name"])
		add(customer["first_name"])
		add(customer["last_name"])
	}
	products, _ := in.fields["products"].([]any)
	for _, p := range products {
		if product, ok := p.(object); ok {
			add(product["name"])
		}
	}
	return list
}
