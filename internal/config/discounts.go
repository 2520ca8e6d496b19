package config

import (
	"fmt"
	"slices"
	"time"

	"lianlian-checkout/models"
)

// maxDiscounts is the most discount codes that the file may hold.
const maxDiscounts = 1000

// Discount is one code of shop.discounts. It has either Percent or Amount.
type Discount struct {
	Code     string   `yaml:"code"`
	Percent  *int64   `yaml:"percent"`
	Amount   Amount   `yaml:"amount"`
	MinTotal Amount   `yaml:"min_total"`
	Expires  Date     `yaml:"expires"` // the last day on which it can be used
	MaxUses  *int64   `yaml:"max_uses"`
	Products []string `yaml:"products"`
}

// Date is a day, written 2026-12-31; empty means none.
type Date string

func (d *Date) setText(text string) (problem, remedy string) {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return shown(text) + " is not a day", "use year, month and day, like 2026-12-31"
	}
	*d = Date(text)
	return "", ""
}

// end is the first moment after the day, in the zone; zero without a day.
func (d Date) end(zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), zone)
	if err != nil {
		return time.Time{}
	}
	return t.AddDate(0, 0, 1)
}

// Discounts are the codes of the file in its order. One of whose products none is on the shelf is left out: it would take
// nothing off.
func (c *Config) Discounts() []models.Discount {
	var out []models.Discount
	zone, err := time.LoadLocation(c.LianLian.Timezone)
	if err != nil {
		zone = time.UTC
	}
	money := func(a Amount) models.Money {
		if a == 0 {
			return models.Money{}
		}
		return models.Money{Amount: int64(a), Currency: c.Shop.Currency}
	}
	for _, d := range c.Shop.Discounts {
		if len(d.Products) > 0 && !slices.ContainsFunc(d.Products, c.Shop.sells) {
			continue
		}
		code, _ := models.NewDiscountCode(d.Code)
		m := models.Discount{Code: code, Amount: money(d.Amount), MinTotal: money(d.MinTotal), Expires: d.Expires.end(zone), Products: d.Products}
		if d.Percent != nil {
			m.Percent = *d.Percent
		}
		if d.MaxUses != nil {
			m.MaxUses = *d.MaxUses
		}
		out = append(out, m)
	}
	return out
}

// sells tells whether a product of the file has the slug.
func (s Shop) sells(slug string) bool {
	return slices.ContainsFunc(s.Shelf, func(p Product) bool { return p.Slug == slug })
}

func (f *faults) checkDiscounts(s Shop) {
	if len(s.Discounts) > maxDiscounts {
		f.add("shop.discounts", fmt.Sprintf("has %d codes", len(s.Discounts)), fmt.Sprintf("use at most %d", maxDiscounts))
		return
	}
	codes := map[string]string{}
	for i, d := range s.Discounts {
		key := fmt.Sprintf("shop.discounts[%d]", i)
		code, ok := models.NewDiscountCode(d.Code)
		const form = "use 3 to 32 letters, digits and hyphens, like TEA10"
		switch {
		case d.Code == "":
			f.add(key+".code", "is missing", form)
		case !ok:
			f.add(key+".code", shown(d.Code)+" has a form that isn't allowed", form)
		default:
			f.unique(key+".code", code, codes)
		}
		switch {
		case d.Percent != nil && d.Amount != 0:
			f.add(key+".percent", "stands beside an amount", "keep one of them")
		case d.Percent == nil && d.Amount == 0:
			f.add(key, "takes nothing off", "set percent, like 10, or amount, like 20.00")
		case d.Percent != nil && (*d.Percent < 1 || *d.Percent > 100):
			f.add(key+".percent", fmt.Sprintf("%d is out of range", *d.Percent), "use 1 to 100")
		}
		if d.Amount != 0 {
			f.price(key+".amount", d.Amount, s.Currency)
		}
		if d.MinTotal != 0 {
			f.price(key+".min_total", d.MinTotal, s.Currency)
		}
		if d.MaxUses != nil && *d.MaxUses < 1 {
			f.add(key+".max_uses", fmt.Sprintf("%d is out of range", *d.MaxUses), "use 1 or more, or leave it out for any number")
		}
		f.discountProducts(key, d, s)
	}
}

// discountProducts finds slugs that are misspelt. A code whose products have all left the shelf is idle, not wrong.
func (f *faults) discountProducts(key string, d Discount, s Shop) {
	if !slices.ContainsFunc(d.Products, s.sells) {
		return
	}
	for i, slug := range d.Products {
		if !s.sells(slug) {
			f.add(fmt.Sprintf("%s.products[%d]", key, i), shown(slug)+" is no product's slug", "use the slug of a product in shop.products")
		}
	}
}
