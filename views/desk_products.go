package views

import (
	"net/url"
	"strconv"
	"strings"

	"lianlian-checkout/models"
)

// ProductsView is the desk's list of products.
type ProductsView struct {
	Products    []models.Product // of this page
	Query, Show string           // what was searched for; shown, hidden, sold_out or nothing
	Page, Pages int              // from 1
	First       int              // place of the first product of the page among those found, from 0
	Found, All  int
	ReadOnly    bool   // the products are a Go program's
	Notice      string // a Notice by name
}

// ImportView is the page that takes a file of products and says what it would do.
type ImportView struct {
	Plan    *models.Import // nil before there is a file
	Content string         // the file, base64
	Error   *models.FieldError
	Columns []string
	Notice  string // a Notice by name
}

func (v ProductsView) chips(p Page) []chip {
	var list []chip
	for _, show := range []string{"", "shown", "hidden", "sold_out"} {
		list = append(list, chip{p.Text("products.show." + firstOf(show, "all")), v.url(p, show, 1), v.Show == show})
	}
	return list
}

func (v ProductsView) url(p Page, show string, page int) string {
	q := url.Values{}
	if v.Query != "" {
		q.Set("q", v.Query)
	}
	if show != "" {
		q.Set("show", show)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return p.URL("/admin/products")
	}
	return p.URL("/admin/products?" + q.Encode())
}

// sortable tells whether the list is the whole shelf, so that up and down mean something.
func (v ProductsView) sortable(p Page) bool {
	return !v.ReadOnly && v.Query == "" && v.Show == "" && v.All > 1 && p.Role.Can(models.RoleStaff)
}

func deskProductURL(p Page, product models.Product, rest string) string {
	return p.URL("/admin/products/" + number(product.ID) + rest)
}

// pieces is what is left of a product, in figures: "12", "12 · 3", "∞".
func (p Page) pieces(product models.Product) string {
	sum, counted := int64(0), false
	for _, v := range product.Variants {
		if v.Hidden {
			continue
		}
		if v.Stock == nil {
			return "∞"
		}
		sum, counted = sum+*v.Stock, true
	}
	if !counted {
		return "–"
	}
	return number(sum)
}

// deskPrice is the price as the list shows it.
func (p Page) deskPrice(product models.Product) string {
	v, ok := cheapest(product)
	switch {
	case !ok:
		return "–"
	case product.FreeAmount:
		return p.Text("links.at_least", "Least", p.Money(v.Price))
	case pricesDiffer(product):
		return p.Text("price.from", "Price", p.Money(v.Price))
	}
	return p.Money(v.Price)
}

// productState is the key of a product's state.
func productState(product models.Product) string {
	switch {
	case product.Hidden:
		return "hidden"
	case product.SoldOut():
		return "sold_out"
	}
	return "shown"
}

func productTone(state string) string {
	return map[string]string{"shown": "status-paid", "sold_out": "status-pending"}[state]
}

// deskStock is a variant's stock in words.
func (p Page) deskStock(v models.Variant) string {
	if v.Stock == nil {
		return p.Text("products.uncounted")
	}
	return number(*v.Stock)
}

// column is what stands before a problem of a file.
func (p Page) importProblem(e models.ImportProblem) string {
	words := p.productProblem(models.FieldError{Field: strings.TrimSuffix(strings.TrimPrefix(e.Column, "variant_"), "_en"), Rule: e.Rule, Limit: e.Limit})
	if e.Column == "" {
		return words
	}
	return e.Column + p.Text("mail.colon") + words
}

// fileProblem words why a file can't be read at all.
func (v ImportView) fileProblem(p Page) string {
	if v.Error == nil {
		return ""
	}
	if v.Error.Field == "column" {
		return p.Text("import.error.column", "Number", v.Error.Limit, "Name", cutText(v.Error.Rule, 40))
	}
	key := "import.error." + v.Error.Rule
	if !p.has(key) {
		key = "import.error.csv"
	}
	return p.Text(key, "Line", v.Error.Limit, "Limit", v.Error.Limit)
}

func cutText(s string, n int) string {
	r := []rune(s)
	if len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

// cell is a cell as the page of an import shows it.
func (p Page) cell(s string) string {
	if s == "" {
		return p.Text("import.nothing")
	}
	return s
}
