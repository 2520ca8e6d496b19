package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"lianlian-checkout/models"
)

// maxProducts is the most products that the file may hold; a larger shop keeps them in its database.
const maxProducts = 1000

// Product is one product of shop.products. It has either SKU and Price or Variants.
type Product struct {
	Slug        string      `yaml:"slug"`
	SKU         string      `yaml:"sku"`
	Name        models.Text `yaml:"name"`
	Description models.Text `yaml:"description"`
	Category    models.Text `yaml:"category"`
	Image       string      `yaml:"image"`
	CostPrice   Amount      `yaml:"cost_price"` // before discount; omitted it is the price
	Price       Amount      `yaml:"price"`      // after discount; of a free amount, the least
	Stock       *int64      `yaml:"stock"`      // nil isn't counted
	FreeAmount  bool        `yaml:"free_amount"`
	Hidden      bool        `yaml:"hidden"`
	Variants    []Variant   `yaml:"variants"`
}

// Variant is one form of a product.
type Variant struct {
	SKU       string      `yaml:"sku"`
	Name      models.Text `yaml:"name"`
	CostPrice Amount      `yaml:"cost_price"`
	Price     Amount      `yaml:"price"`
	Stock     *int64      `yaml:"stock"`
}

// Amount is hundredths of the shop's currency, written with two decimals: 168.00.
type Amount int64

func (a *Amount) setText(text string) (problem, remedy string) {
	n, err := models.ParseAmount(text)
	if err != nil {
		return shown(text) + " is not an amount", "use digits and two decimals, like 168.00"
	}
	*a = Amount(n)
	return "", ""
}

// Products are the products of the file in its order, for the catalogue.
func (c *Config) Products() []models.Product {
	out := make([]models.Product, 0, len(c.Shop.Shelf))
	for i, p := range c.Shop.Shelf {
		q := models.Product{
			Slug: p.Slug, Category: p.Category, Name: p.Name, Description: p.Description, Image: p.Image,
			FreeAmount: p.FreeAmount, Hidden: p.Hidden, Position: i,
		}
		for j, v := range p.variants() {
			q.Variants = append(q.Variants, models.Variant{
				SKU: v.SKU, Name: v.Name, Stock: v.Stock, Position: j,
				CostPrice: models.Money{Amount: int64(v.list()), Currency: c.Shop.Currency},
				Price:     models.Money{Amount: int64(v.Price), Currency: c.Shop.Currency},
			})
		}
		out = append(out, q)
	}
	return out
}

// variants are what can be bought of the product: its variants, or itself.
func (p Product) variants() []Variant {
	if len(p.Variants) > 0 {
		return p.Variants
	}
	return []Variant{{SKU: p.SKU, CostPrice: p.CostPrice, Price: p.Price, Stock: p.Stock}}
}

func (v Variant) list() Amount {
	if v.CostPrice == 0 {
		return v.Price
	}
	return v.CostPrice
}

func (f *faults) checkProducts(s Shop) {
	if len(s.Shelf) > maxProducts {
		f.add("shop.products", fmt.Sprintf("has %d products", len(s.Shelf)), fmt.Sprintf("use at most %d", maxProducts))
		return
	}
	slugs, skus := map[string]string{}, map[string]string{}
	for i, p := range s.Shelf {
		key := fmt.Sprintf("shop.products[%d]", i)
		f.code(key+".slug", p.Slug, "abcdefghijklmnopqrstuvwxyz0123456789-", "use 1 to 64 lower case letters, digits and hyphens, like jasmine-pearls")
		f.unique(key+".slug", p.Slug, slugs)
		f.text(key+".name", p.Name, true, 128)
		f.text(key+".category", p.Category, false, 64)
		f.text(key+".description", p.Description, false, 128)
		for _, tag := range languages {
			if strings.Contains(p.Description[tag], `"`) {
				f.add(key+".description."+tag, "holds a double quote, which the gateway refuses", "use “ and ” or 「 and 」")
			}
		}
		f.image(key+".image", p.Image)
		if len(p.Variants) == 0 {
			f.checkVariant(key, Variant{SKU: p.SKU, CostPrice: p.CostPrice, Price: p.Price, Stock: p.Stock}, s.Currency, skus)
		} else if p.SKU != "" || p.Price != 0 || p.CostPrice != 0 || p.Stock != nil {
			f.add(key+".variants", "stands beside a sku, price or stock of the product itself", "set these on each variant only")
		}
		if p.FreeAmount && len(p.Variants) > 0 {
			f.add(key+".free_amount", "stands beside variants", "let a free amount have a sku and a price, the least")
		} else if p.FreeAmount && p.CostPrice != 0 && p.CostPrice != p.Price {
			f.add(key+".cost_price", "is another than the least price of a free amount", "leave it out")
		}
		for j, v := range p.Variants {
			at := fmt.Sprintf("%s.variants[%d]", key, j)
			f.text(at+".name", v.Name, len(p.Variants) > 1, 128)
			f.checkVariant(at, v, s.Currency, skus)
		}
	}
}

func (f *faults) checkVariant(key string, v Variant, currency string, skus map[string]string) {
	f.code(key+".sku", v.SKU, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", "use 1 to 64 letters, digits, dots, hyphens and underscores")
	f.unique(key+".sku", v.SKU, skus)
	f.price(key+".price", v.Price, currency)
	if v.CostPrice != 0 {
		f.price(key+".cost_price", v.CostPrice, currency)
		if v.CostPrice < v.Price {
			f.add(key+".cost_price", "is less than the price", "set the price before discount, or leave it out")
		}
	}
	if v.Stock != nil && *v.Stock < 0 {
		f.add(key+".stock", "is less than nothing", "use 0 for sold out, or leave it out to count none")
	}
}

func (f *faults) price(key string, a Amount, currency string) {
	m := models.Money{Amount: int64(a), Currency: currency}
	switch {
	case a <= 0:
		f.add(key, "is missing or nothing", "use more than zero, like 168.00")
	case models.WholeUnits(currency) && a%100 != 0:
		f.add(key, m.Decimal()+" has decimals, which "+currency+" doesn't have", "use whole units, like 168.00")
	case m.Check() != nil:
		f.add(key, "is more than the gateway can carry", "use at most 999999999999.99")
	}
}

func (f *faults) code(key, s, alphabet, remedy string) {
	switch {
	case s == "":
		f.add(key, "is missing", remedy)
	case len(s) > 64 || strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune(alphabet, r) }):
		f.add(key, shown(s)+" has a form that isn't allowed", remedy)
	}
}

func (f *faults) unique(key, s string, taken map[string]string) {
	if first, again := taken[s]; again && s != "" {
		f.add(key, shown(s)+" is taken by "+strings.TrimSuffix(strings.TrimSuffix(first, ".sku"), ".slug"), "use another")
		return
	}
	taken[s] = key
}

// text checks each language of a text: its length in characters, and no control characters.
func (f *faults) text(key string, t models.Text, required bool, most int) {
	if required && t.In("en") == "" {
		f.add(key, "is missing", "set it in at least one of "+strings.Join(languages, ", "))
	}
	for _, tag := range languages {
		s, at := t[tag], key+"."+tag
		switch n := utf8.RuneCountInString(s); {
		case n > most:
			f.add(at, fmt.Sprintf("has %d characters", n), fmt.Sprintf("use at most %d", most))
		case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
			f.add(at, "holds a line break or another control character", "write it on one line")
		}
	}
}
