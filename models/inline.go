package models

import (
	"strconv"
	"strings"
)

// InlineItem is something that isn't on the shelf, priced by the merchant's own server.
type InlineItem struct {
	Name     string
	Price    Money // one piece
	Quantity int64
}

// inlineSKU begins the SKUs that we make up. No SKU of the shelf has a "~", so no stock is ever taken for them.
const inlineSKU = "item~"

// Inline tells whether the line isn't from the shelf.
func (l LineItem) Inline() bool { return strings.HasPrefix(l.SKU, inlineSKU) }

// WithInline is the cart with the items behind its lines. What is wrong with one of them is in Problems, by the SKU that InlineSKU gives.
func (c Cart) WithInline(items []InlineItem) Cart {
	for i, it := range items {
		sku := InlineSKU(i)
		problem := CartProblem("")
		total, err := it.Price.Times(it.Quantity)
		sum := c.Total
		if err == nil {
			sum, err = c.Total.Add(total)
		}
		switch {
		case len(c.Lines) == MaxCartLines:
			problem = ProblemTooLong
		case it.Price.Currency != c.Total.Currency:
			problem = ProblemCurrency
		case it.Quantity < 1 || it.Quantity > MaxQuantity:
			problem = ProblemQuantity
		case it.Price.Check() != nil:
			problem = ProblemAmount
		case err != nil:
			problem = ProblemOverflow
		}
		if problem != "" {
			c.Problems[sku] = problem
			continue
		}
		c.Total = sum
		c.Lines = append(c.Lines, LineItem{
			SKU: sku, Name: Text{"en": it.Name}, CostPrice: it.Price, Price: it.Price, Quantity: it.Quantity, Total: total,
		})
	}
	return c
}

// InlineSKU is the SKU of the i-th inline item, counted from 0.
func InlineSKU(i int) string { return inlineSKU + strconv.Itoa(i+1) }
