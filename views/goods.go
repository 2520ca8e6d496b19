package views

import (
	"slices"
	"strconv"

	"lianlian-checkout/models"
)

// languageLinks are the header's links; each language is named in itself. What is seen is the beginning of what is read out,
// so that who speaks to the browser can say it (WCAG 2.5.3).
var languageLinks = []struct{ lang, short, rest string }{
	{"en", "EN", " English"}, {"zh-Hans", "简", "体中文"}, {"zh-Hant", "繁", "體中文"},
}

// fewLeft is the stock from which a page says how much is left.
const fewLeft = 5

// cheapest is the variant whose price stands on the card: the cheapest that can be had, else the cheapest.
func cheapest(p models.Product) (models.Variant, bool) {
	var best models.Variant
	found := false
	for _, v := range p.Variants {
		better := v.Price.Amount < best.Price.Amount
		if best.SoldOut() != v.SoldOut() {
			better = best.SoldOut()
		}
		if !found || better {
			best, found = v, true
		}
	}
	return best, found
}

// pricesDiffer tells whether the product's variants cost different amounts.
func pricesDiffer(p models.Product) bool {
	for _, v := range p.Variants {
		if v.Price != p.Variants[0].Price {
			return true
		}
	}
	return false
}

// chosenVariant is the index of the variant to tick: the one asked for, else the first that can be had.
func chosenVariant(p models.Product, sku string) int {
	free := -1
	for i, v := range p.Variants {
		if v.SKU == sku && !v.SoldOut() {
			return i
		}
		if free < 0 && !v.SoldOut() {
			free = i
		}
	}
	return free
}

func low(v models.Variant) bool { return v.Stock != nil && *v.Stock > 0 && *v.Stock <= fewLeft }

// stock says in words what is left.
func (p Page) stock(v models.Variant) string {
	switch {
	case v.SoldOut():
		return p.Text("stock.sold_out")
	case low(v):
		return p.Text("stock.few", "Count", *v.Stock)
	}
	return p.Text("stock.in")
}

// orphans are the SKUs of a cart's problems that have no line.
func orphans(c models.Cart) []string {
	var skus []string
	for sku := range c.Problems {
		if !slices.ContainsFunc(c.Lines, func(l models.LineItem) bool { return l.SKU == sku }) {
			skus = append(skus, sku)
		}
	}
	slices.Sort(skus)
	return skus
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// describedBy joins an always present hint's id with an error's.
func describedBy(hint, err string, invalid bool) string {
	switch {
	case !invalid:
		return hint
	case hint == "":
		return err
	}
	return hint + " " + err
}

func problemID(sku string, problem models.CartProblem) string {
	if problem == "" {
		return ""
	}
	return "problem-" + sku
}
