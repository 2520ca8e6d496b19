package models

import (
	"strconv"
	"strings"
)

// Limits of the desk's shelf. A larger shop keeps its products in a catalogue of its own.
const (
	MaxProducts = 2000
	MaxVariants = 30
	MaxStock    = 1_000_000_000

	maxProductName = 128
	maxCategory    = 64
	maxDescription = 128 // guide 3.1: what the gateway takes of a product
	slugCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-"
	skuCharacters  = slugCharacters + "ABCDEFGHIJKLMNOPQRSTUVWXYZ._"
	maxSlug        = 64
)

// VariantField names a variant's field in a FieldError: "variants.0.price".
func VariantField(i int, name string) string { return "variants." + strconv.Itoa(i) + "." + name }

// Check tells everything that is wrong with a product of a shop that sells in the currency, as an *InvalidError. The rules are the
// configuration's.
func (p Product) Check(currency string) error {
	in := &InvalidError{}
	bad := func(field, rule string, limit int) {
		in.Fields = append(in.Fields, FieldError{Field: field, Rule: rule, Limit: limit})
	}
	code("slug", p.Slug, slugCharacters, bad)
	if p.Name.In("en") == "" {
		bad("name", "required", 0)
	}
	texts("name", p.Name, maxProductName, bad)
	texts("category", p.Category, maxCategory, bad)
	texts("description", p.Description, maxDescription, bad)
	for _, s := range p.Description {
		if strings.Contains(s, `"`) { // which the gateway refuses
			bad("description", "quote", 0)
			break
		}
	}
	p.checkVariants(currency, bad)
	if len(in.Fields) > 0 {
		return in
	}
	return nil
}

func (p Product) checkVariants(currency string, bad func(field, rule string, limit int)) {
	shown := len(p.offered())
	switch {
	case len(p.Variants) == 0:
		bad("variants", "required", 0)
	case len(p.Variants) > MaxVariants:
		bad("variants", "too_long", MaxVariants)
	case p.FreeAmount && len(p.Variants) > 1:
		bad("free_amount", "variants", 0)
	}
	seen := map[string]bool{}
	for i, v := range p.Variants {
		field := func(name string) string { return VariantField(i, name) }
		code(field("sku"), v.SKU, skuCharacters, bad)
		if seen[v.SKU] && v.SKU != "" {
			bad(field("sku"), "twice", 0)
		}
		seen[v.SKU] = true
		texts(field("name"), v.Name, maxProductName, bad)
		if v.Name.In("en") == "" && shown > 1 && !v.Hidden {
			bad(field("name"), "required", 0)
		}
		price(field("price"), v.Price, currency, bad)
		if v.CostPrice != v.Price {
			price(field("list_price"), v.CostPrice, currency, bad)
			switch {
			case v.CostPrice.Amount > 0 && v.CostPrice.Amount < v.Price.Amount:
				bad(field("list_price"), "below_price", 0)
			case p.FreeAmount:
				bad(field("list_price"), "free", 0)
			}
		}
		if v.Stock != nil && (*v.Stock > MaxStock || *v.Stock < -MaxStock) {
			bad(field("stock"), "format", 0)
		}
	}
}

// code checks a slug or a SKU.
func code(field, s, characters string, bad func(field, rule string, limit int)) {
	switch {
	case s == "":
		bad(field, "required", 0)
	case len(s) > maxSlug:
		bad(field, "too_long", maxSlug)
	case strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(characters, r) }):
		bad(field, "form", 0)
	}
}

func price(field string, m Money, currency string, bad func(field, rule string, limit int)) {
	switch {
	case m.Currency != currency:
		bad(field, "currency", 0)
	case m.Amount <= 0:
		bad(field, "required", 0)
	case WholeUnits(currency) && m.Amount%100 != 0:
		bad(field, "whole", 0)
	case m.Check() != nil:
		bad(field, "too_much", 0)
	}
}
