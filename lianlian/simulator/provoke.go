package simulator

import "lianlian-checkout/lianlian"

const (
	provokeReturnCode  lianlian.Amount = 9999_00 // 9999.01, 9999.02, … in the order of lianlian.ReturnCodes
	provokeDeclineCode lianlian.Amount = 9998_00 // 9998.01, 9998.02, … in the order of lianlian.DeclineCodes
)

// Provocation is an amount that makes the gateway refuse the payment in a certain way, as test card numbers do elsewhere.
type Provocation struct {
	Amount      lianlian.Amount
	ReturnCode  lianlian.ReturnCode
	DeclineCode lianlian.DeclineCode // empty unless the amount is about one
}

// Provocations lists the amounts that provoke an answer when a valid request for a payment carries them, in any currency
// that has hundredths: 9999.01 and up one for each return code but SUCCESS (guide 5.3.4), 9998.01 and up one for each
// decline code, beside ERROR_DURING_ORDER_PROCESSING (guide 5.3.5). A refused payment isn't kept.
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

func provoked(amount lianlian.Amount) (Provocation, bool) {
	for _, p := range Provocations() {
		if p.Amount == amount {
			return p, true
		}
	}
	return Provocation{}, false
}
