package models

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of a payment link's texts, in characters, and of its items.
const (
	MaxLinkTitle     = 60 // it stands on a card of A6
	MaxLinkQuestion  = 60
	MaxLinkReference = 64
	MaxLinkItems     = 10
	MaxLinkPayments  = 1_000_000
	maxLinkAnswer    = 100
)

// linkCodeLength makes codes of 71 random bits: nobody finds a link by trying, and its address stays short enough for a QR code
// that is read from a counter.
const linkCodeLength = 12

// LinkTerms are what a payment link sells, fixed when it is made: whoever printed its code must be able to rely on it.
// Exactly one of Items, Amount and Free says what is paid.
type LinkTerms struct {
	Items  []CartItem // goods of the shelf, at the shelf's price of the moment
	Amount Money      // one sum
	// Free lets the payer name the sum, from Least to Most (zero: whatever the gateway carries); Suggested stands in the field.
	Free      bool
	Least     Money
	Most      Money
	Suggested Money

	Reference   string // the merchant's own id; each order of the link has it
	Question    Text   // asked of the payer, who must answer; none without
	MaxPayments int64  // how many orders may hold it at once: those that wait or are paid; zero: any number
}

// LinkPart is what may be changed of a payment link afterwards.
type LinkPart struct {
	Title     Text
	Inactive  bool
	ExpiresAt time.Time // from then on it is over; zero: never
}

// Link is a payment link: an address, printed or sent, where anybody pays for what it sells.
type Link struct {
	ID   int64
	Code string
	LinkTerms
	LinkPart
	CreatedAt time.Time
	// Paid and Waiting count its orders that money came for, and those that wait for it. Both are counted when the link is read.
	Paid    int64
	Waiting int64
}

// LinkState says whether a link can be paid.
type LinkState string

// The states of a link.
const (
	LinkOpen     LinkState = "open"
	LinkInactive LinkState = "inactive" // the merchant switched it off
	LinkExpired  LinkState = "expired"
	LinkUsedUp   LinkState = "used_up" // paid as often as may be
	LinkTaken    LinkState = "taken"   // somebody is paying the last time that it may be paid; it may come free again
)

// LinkStates lists every state.
var LinkStates = []LinkState{LinkOpen, LinkInactive, LinkExpired, LinkUsedUp, LinkTaken}

// State tells whether the link can be paid at the moment.
func (l Link) State(now time.Time) LinkState {
	switch {
	case l.Inactive:
		return LinkInactive
	case !l.ExpiresAt.IsZero() && !now.Before(l.ExpiresAt):
		return LinkExpired
	case l.MaxPayments > 0 && l.Paid >= l.MaxPayments:
		return LinkUsedUp
	case l.MaxPayments > 0 && l.Paid+l.Waiting >= l.MaxPayments:
		return LinkTaken
	}
	return LinkOpen
}

// LinkList is one page of links. Next is the cursor of the page after it, empty at the end.
type LinkList struct {
	Links []Link
	Next  string
}

// ErrLink says that a payment link can't be paid any more: switched off, over, or paid as often as may be.
var ErrLink = fmt.Errorf("%w: the payment link can't be paid", ErrConflict)

// Check tells everything that is wrong with a link of a shop that sells in the currency, as an *InvalidError.
func (l Link) Check(currency string, now time.Time) error {
	in := &InvalidError{}
	bad := func(field, rule string, limit int) {
		in.Fields = append(in.Fields, FieldError{Field: field, Rule: rule, Limit: limit})
	}
	l.LinkPart.check(now, bad)
	texts("question", l.Question, MaxLinkQuestion, bad)
	if utf8.RuneCountInString(l.Reference) > MaxLinkReference {
		bad("reference", "too_long", MaxLinkReference)
	} else if !clean(l.Reference) {
		bad("reference", "characters", 0)
	}
	if l.MaxPayments < 0 || l.MaxPayments > MaxLinkPayments {
		bad("max_payments", "format", 0)
	}
	l.checkSum(currency, bad)
	if len(in.Fields) > 0 {
		return in
	}
	return nil
}

// Check tells what is wrong with a change of a link. A time that is over already is no fault: it ends the link.
func (p LinkPart) Check() error {
	in := &InvalidError{}
	p.check(time.Time{}, func(field, rule string, limit int) {
		in.Fields = append(in.Fields, FieldError{Field: field, Rule: rule, Limit: limit})
	})
	if len(in.Fields) > 0 {
		return in
	}
	return nil
}

func (p LinkPart) check(now time.Time, bad func(field, rule string, limit int)) {
	if p.Title.In("en") == "" {
		bad("title", "required", 0)
	}
	texts("title", p.Title, MaxLinkTitle, bad)
	if !p.ExpiresAt.IsZero() && !p.ExpiresAt.After(now) {
		bad("expires_at", "past", 0)
	}
}

// checkSum checks what is paid.
func (l Link) checkSum(currency string, bad func(field, rule string, limit int)) {
	kinds := 0
	for _, is := range []bool{len(l.Items) > 0, l.Amount != Money{}, l.Free} {
		if is {
			kinds++
		}
	}
	sum := func(field string, m Money, must bool) {
		switch {
		case m == Money{} && !must:
		case m.Currency != currency:
			bad(field, "currency", 0)
		case m.Check() != nil:
			bad(field, "amount", 0)
		}
	}
	switch {
	case kinds != 1:
		bad("amount", "required", 0)
	case l.Free:
		sum("least", l.Least, false)
		sum("most", l.Most, false)
		sum("suggested", l.Suggested, false)
		if l.Most != (Money{}) && l.Most.Amount < l.Least.Amount {
			bad("most", "below_least", 0)
		} else if l.Suggested != (Money{}) && l.Fits(l.Suggested) != "" {
			bad("suggested", "out_of_range", 0)
		}
	case len(l.Items) > 0:
		if len(l.Items) > MaxLinkItems {
			bad("items", "too_long", MaxLinkItems)
		}
		for _, it := range l.Items {
			if it.Quantity < 1 || it.Quantity > MaxQuantity || it.Amount != 0 {
				bad("items", "quantity", MaxQuantity)
				break
			}
		}
	default:
		sum("amount", l.Amount, true)
	}
}

// texts checks one text in all its languages.
func texts(field string, t Text, limit int, bad func(field, rule string, limit int)) {
	for lang, s := range t {
		switch {
		case !slices.Contains([]string{"en", "zh-Hans", "zh-Hant"}, lang):
			bad(field, "unknown", 0)
			return
		case !clean(s):
			bad(field, "characters", 0)
			return
		case utf8.RuneCountInString(s) > limit:
			bad(field, "too_long", limit)
			return
		}
	}
}

// clean tells whether a text is one line that the database and the gateway can hold.
func clean(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// Fits tells why a payer's own sum can't be paid: "least", "most", "whole" or "format"; empty when it can.
func (l Link) Fits(m Money) string {
	switch {
	case WholeUnits(m.Currency) && m.Amount%100 != 0:
		return "whole"
	case m.Amount < max(l.Least.Amount, 1):
		return "least"
	case l.Most.Amount > 0 && m.Amount > l.Most.Amount:
		return "most"
	case m.Check() != nil:
		return "format"
	}
	return ""
}

// Ask is the link's question as the form asks it; nil without one.
func (l Link) Ask() *ExtraField {
	if l.Question.In("en") == "" {
		return nil
	}
	return &ExtraField{Label: l.Question, Required: true, MaxLength: maxLinkAnswer}
}

// linkSKU begins the SKUs of sums that aren't on the shelf. No SKU of the shelf has a "~", so no stock is ever taken for them.
const linkSKU = inlineSKU

// Cart prices what the link sells. amount is the payer's own sum in hundredths and counts only where the link lets the payer name
// it; one that doesn't fit is the line's problem.
func (l Link) Cart(amount int64, catalogue map[string]Product, currency string) Cart {
	if len(l.Items) > 0 {
		return NewCart(l.Items, catalogue, currency)
	}
	sum := l.Amount
	if l.Free {
		sum = Money{amount, currency}
	}
	line := LineItem{
		SKU: linkSKU + l.Code, Name: l.Title, Image: "img/products/placeholder.svg", CostPrice: sum, Price: sum, Quantity: 1, Total: sum, FreeAmount: l.Free,
	}
	c := Cart{Lines: []LineItem{line}, Total: sum, Problems: map[string]CartProblem{}}
	switch {
	case sum.Currency != currency:
		c.Problems[line.SKU] = ProblemCurrency
	case l.Free && l.Fits(sum) != "":
		c.Problems[line.SKU] = ProblemAmount
	}
	if len(c.Problems) > 0 {
		c.Total = Money{0, currency}
	}
	return c
}

// CheckGoods tells whether the shelf has what the link sells at all; sold out for the moment is no fault.
func (l Link) CheckGoods(catalogue map[string]Product, currency string) error {
	for _, problem := range l.Cart(0, catalogue, currency).Problems {
		if len(l.Items) > 0 && problem != ProblemSoldOut && problem != ProblemTooMany {
			return &InvalidError{Fields: []FieldError{{Field: "items", Rule: cmp.Or(map[CartProblem]string{ProblemUnknown: "unknown", ProblemAmount: "free"}[problem], "quantity")}}}
		}
	}
	return nil
}
