package models

import "slices"

// Text is one text in the shop's languages, keyed by language tag: "en", "zh-Hans", "zh-Hant".
type Text map[string]string

// In returns the text in the language, else in English, else in any language there is.
func (t Text) In(language string) string {
	for _, tag := range []string{language, "en", "zh-Hant", "zh-Hans"} {
		if s := t[tag]; s != "" {
			return s
		}
	}
	return ""
}

// Product is one thing on the shop's shelf. What is bought is always one of its variants;
// a product without a choice has exactly one.
type Product struct {
	ID          int64
	Slug        string // in its page's address: lower case letters, digits, hyphens
	Category    Text
	Name        Text
	Description Text
	Image       string // a path below /static/, or an https URL of the shop's own
	// FreeAmount lets the buyer name the price (a tip, a donation); the variant's Price is then the least.
	FreeAmount bool
	Hidden     bool
	Position   int
	Variants   []Variant
	// Version counts the desk's changes. Edited says that there were some: the product is the desk's, and the configuration leaves it alone.
	Version int64
	Edited  bool
	Seeded  bool // it came from the configuration
}

// Variant is a sellable form of a product, known by its SKU.
type Variant struct {
	SKU  string
	Name Text // empty when the product has one variant only
	// CostPrice is the price before discount, Price the price after it (guide 3.1).
	CostPrice Money
	Price     Money
	// Stock is what is left to sell; nil means that it isn't counted.
	Stock    *int64
	Position int
	Hidden   bool // not on offer
}

// OnSale tells whether the list price should be shown struck beside the price.
func (v Variant) OnSale() bool { return v.CostPrice.Amount > v.Price.Amount }

// SoldOut tells whether none is left.
func (v Variant) SoldOut() bool { return v.Stock != nil && *v.Stock <= 0 }

// SoldOut tells whether no variant of the product is left.
func (p Product) SoldOut() bool {
	for _, v := range p.Variants {
		if !v.Hidden && !v.SoldOut() {
			return false
		}
	}
	return true
}

// Variant returns the variant with the SKU.
func (p Product) Variant(sku string) (Variant, bool) {
	for _, v := range p.Variants {
		if v.SKU == sku {
			return v, true
		}
	}
	return Variant{}, false
}

// offered are the product's variants that are on offer.
func (p Product) offered() []Variant {
	if !slices.ContainsFunc(p.Variants, func(v Variant) bool { return v.Hidden }) {
		return p.Variants
	}
	return slices.DeleteFunc(slices.Clone(p.Variants), func(v Variant) bool { return v.Hidden })
}
