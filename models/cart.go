package models

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// Limits of a cart. The gateway's quantity has ten digits (guide 3.1); nobody buys that many.
const (
	MaxQuantity  = 9999
	MaxCartLines = 50
)

// CartItem is what a browser or an API client may say about a line: no name and no price,
// but for a free-amount product its amount.
type CartItem struct {
	SKU      string
	Quantity int64
	// Amount is the buyer's own price in hundredths; used only where the product has FreeAmount.
	Amount int64
}

// Cart is a priced cart: every name and price comes from the catalogue.
type Cart struct {
	Lines []LineItem
	Total Money
	// Problems are lines that can't be bought as asked (gone, sold out, too many), by SKU.
	Problems map[string]CartProblem
	// Discount is the discount code that the cart was priced with; see WithDiscount.
	Discount CartDiscount
}

// CartProblem says why a line can't be bought as asked.
type CartProblem string

// The problems of a line.
const (
	ProblemUnknown  CartProblem = "unknown"  // no such SKU, or hidden
	ProblemSoldOut  CartProblem = "sold_out" // none left
	ProblemTooMany  CartProblem = "too_many" // fewer left than asked
	ProblemAmount   CartProblem = "amount"   // free amount missing or below the least
	ProblemOverflow CartProblem = "overflow" // the sum is more than the gateway can carry
	ProblemQuantity CartProblem = "quantity" // not 1 to MaxQuantity
	ProblemTooLong  CartProblem = "too_long" // more than MaxCartLines lines
	ProblemCurrency CartProblem = "currency" // priced in another currency than the shop's
)

// LineItem is one line of a cart, and frozen, of an order.
type LineItem struct {
	SKU         string
	ProductSlug string
	Name        Text
	VariantName Text
	Category    Text
	Image       string
	CostPrice   Money // one piece, before discount
	Price       Money // one piece, after discount
	// Before is the shop's price of one piece where a discount code made Price less; else it is zero.
	Before     Money `json:",omitzero"`
	Quantity   int64
	Total      Money // Price × Quantity
	FreeAmount bool
}

// NewCart prices the items from the catalogue, keyed by SKU. Items that can't be bought are left
// out of the total and named in Problems; a quantity above the stock is kept, with its problem.
func NewCart(items []CartItem, catalogue map[string]Product, currency string) Cart {
	c := Cart{Total: Money{0, currency}, Problems: map[string]CartProblem{}}
	for _, it := range Merge(items) {
		if len(c.Lines) == MaxCartLines {
			c.Problems[it.SKU] = ProblemTooLong
			continue
		}
		p, ok := catalogue[it.SKU]
		v, found := p.Variant(it.SKU)
		if !ok || !found || p.Hidden {
			c.Problems[it.SKU] = ProblemUnknown
			continue
		}
		price := v.Price
		problem := lineProblem(it, p, v, currency)
		if p.FreeAmount && problem == "" {
			price = Money{it.Amount, v.Price.Currency}
		}
		line := LineItem{
			SKU: v.SKU, ProductSlug: p.Slug, Name: p.Name, VariantName: v.Name, Category: p.Category, Image: p.Image,
			CostPrice: v.CostPrice, Price: price, Quantity: it.Quantity, FreeAmount: p.FreeAmount,
		}
		if line.CostPrice.Amount < price.Amount {
			line.CostPrice = price
		}
		total, err := price.Times(it.Quantity)
		if err != nil && problem == "" {
			problem = ProblemOverflow
		}
		line.Total = total
		if problem == "" {
			sum, err := c.Total.Add(total)
			if err != nil {
				problem = ProblemOverflow
			} else {
				c.Total = sum
			}
		}
		if problem != "" {
			c.Problems[it.SKU] = problem
		}
		c.Lines = append(c.Lines, line)
	}
	return c
}

func lineProblem(it CartItem, p Product, v Variant, currency string) CartProblem {
	switch {
	case v.Price.Currency != currency:
		return ProblemCurrency
	case it.Quantity < 1 || it.Quantity > MaxQuantity:
		return ProblemQuantity
	case v.SoldOut():
		return ProblemSoldOut
	case v.Stock != nil && it.Quantity > *v.Stock:
		return ProblemTooMany
	case p.FreeAmount && (it.Amount < v.Price.Amount || (Money{it.Amount, currency}).Check() != nil):
		return ProblemAmount
	}
	return ""
}

// Merge adds up items of the same SKU (and amount, where one is named) and keeps their order.
func Merge(items []CartItem) []CartItem {
	var out []CartItem
	at := map[string]int{}
	for _, it := range items {
		if i, ok := at[it.SKU]; ok {
			out[i].Quantity += it.Quantity
			if it.Amount != 0 {
				out[i].Amount = it.Amount
			}
			continue
		}
		at[it.SKU] = len(out)
		out = append(out, it)
	}
	return out
}

// Buyable tells whether the cart can become an order as it stands.
func (c Cart) Buyable() bool {
	return len(c.Lines) > 0 && len(c.Problems) == 0 && c.Total.Check() == nil
}

// Pieces is the sum of the quantities.
func (c Cart) Pieces() int64 {
	var n int64
	for _, l := range c.Lines {
		n += l.Quantity
	}
	return n
}

// Items gives the cart back as items.
func (c Cart) Items() []CartItem {
	items := make([]CartItem, 0, len(c.Lines))
	for _, l := range Shown(c.Lines) {
		it := CartItem{SKU: l.SKU, Quantity: l.Quantity}
		if l.FreeAmount {
			it.Amount = l.Price.Amount
		}
		items = append(items, it)
	}
	return items
}

// Fingerprint is a short hash of what is bought and for how much. A form carries it, so that a
// price that changed after the page was shown is noticed before anybody pays.
func (c Cart) Fingerprint() string {
	var b strings.Builder
	for _, l := range c.Lines {
		fmt.Fprintf(&b, "%s\x00%d\x00%d\n", l.SKU, l.Quantity, l.Price.Amount)
	}
	b.WriteString(c.Total.Currency + c.DiscountCode())
	sum := sha256.Sum256([]byte(b.String()))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
