package views

import (
	"net/url"

	"lianlian-checkout/models"
)

// Path is the address of this search, below the base path.
func (v ShopView) Path() string { return shopPath(v.Query, v.Category) }

func shopPath(query, category string) string {
	values := url.Values{}
	if query != "" {
		values.Set("q", query)
	}
	if category != "" {
		values.Set("category", category)
	}
	if len(values) == 0 {
		return "/"
	}
	return "/?" + values.Encode()
}

// searching tells whether the page shows a part of the shelf.
func (v ShopView) searching() bool { return v.Query != "" || v.Category != "" }

// title is the window's title: what was searched for, and how much there is of it.
func (v ShopView) title(p Page) string {
	if v.Query == "" {
		return p.Text("shop.title")
	}
	return p.Text("shop.found", "Count", len(v.Products), "Query", v.Query)
}

// name is the chosen category in the page's language.
func (v ShopView) name(p Page) string {
	for _, c := range v.Categories {
		if c.In("en") == v.Category {
			return c.In(p.Lang)
		}
	}
	return v.Category
}

// count says how many there are.
func (v ShopView) count(p Page) string {
	switch {
	case v.Query == "":
		return p.Text("shop.count", "Count", len(v.Products), "Category", v.name(p))
	case v.Category != "":
		return p.Text("shop.found_in", "Count", len(v.Products), "Query", v.Query, "Category", v.name(p))
	}
	return p.Text("shop.found", "Count", len(v.Products), "Query", v.Query)
}

// off is an amount taken off, with its minus sign.
func (p Page) off(hundredths int64, currency string) string {
	return p.Money(models.Money{Amount: -hundredths, Currency: currency})
}
