package views

import (
	"net/url"
	"strconv"
	"strings"

	"lianlian-checkout/models"
)

// ProductEdit is the desk's form for a product.
type ProductEdit struct {
	Product   models.Product // as it is stored; without an ID, a new one
	Values    url.Values     // as typed, by the control's name
	Rows      int            // of variants
	Errors    []models.FieldError
	Deletable bool
	Currency  string
	Origin    string // the shop's host, before a product's path
	Notice    string // a Notice by name
}

// RowName is the name of a control of the form's variant row.
func RowName(row int, name string) string { return "v" + strconv.Itoa(row) + "_" + name }

// ProductValues are a stored product as its form shows it.
func ProductValues(product models.Product) url.Values {
	values := url.Values{"slug": {product.Slug}, "image": {product.Image}, "version": {number(product.Version)}}
	texts := func(name string, t models.Text) {
		for lang, s := range t {
			values.Set(name+"_"+lang, s)
		}
	}
	tick := func(name string, is bool) {
		if is {
			values.Set(name, "1")
		}
	}
	texts("name", product.Name)
	texts("category", product.Category)
	texts("description", product.Description)
	tick("shown", !product.Hidden)
	tick("free_amount", product.FreeAmount)
	for i, v := range product.Variants {
		values.Set(RowName(i, "sku"), v.SKU)
		values.Set(RowName(i, "there"), "1")
		values.Set(RowName(i, "price"), input(v.Price))
		if v.OnSale() {
			values.Set(RowName(i, "list_price"), input(v.CostPrice))
		}
		texts(RowName(i, "name"), v.Name)
		tick(RowName(i, "hidden"), v.Hidden)
	}
	return values
}

func (f ProductEdit) value(name string) string { return f.Values.Get(name) }

func (f ProductEdit) title(p Page) string {
	title := p.Text("products.new")
	if f.Product.ID != 0 {
		title = f.Product.Name.In(p.Lang)
	}
	return title
}

// action is where the form is sent.
func (f ProductEdit) action(p Page) string {
	if f.Product.ID == 0 {
		return p.URL("/admin/products")
	}
	return deskProductURL(p, f.Product, "")
}

func (f ProductEdit) rows() []int {
	rows := make([]int, max(f.Rows, 1))
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// problem words what is wrong with a control.
func (f ProductEdit) problem(p Page, name string) string {
	for _, e := range f.Errors {
		if e.Field == name {
			return p.productProblem(e)
		}
	}
	return ""
}

// productProblem words one error of the desk's product form, by the field's own words where there are some, else by its rule's.
func (p Page) productProblem(e models.FieldError) string {
	field := e.Field
	if _, rest, ok := strings.Cut(field, "_"); ok && strings.HasPrefix(field, "v") && field != "variants" {
		field = rest // of a variant's row
	}
	for _, key := range []string{"products.error." + field + "." + e.Rule, "products.error." + e.Rule} {
		if p.has(key) {
			return p.Text(key, "Limit", e.Limit)
		}
	}
	return p.Text("products.error.format")
}

// anchor is the id of the first control of a field.
func (f ProductEdit) anchor(p Page, e models.FieldError) string {
	switch {
	case e.Field == "name" || e.Field == "category" || e.Field == "description" || strings.HasSuffix(e.Field, "_name"):
		return e.Field + "_" + p.Lang
	case e.Field == "variants" || e.Field == "products":
		return RowName(0, "sku")
	}
	return e.Field
}

// where is what stands before an error in the summary: which variant it is about.
func (f ProductEdit) where(p Page, e models.FieldError) string {
	row, _, ok := strings.Cut(e.Field, "_")
	n, err := strconv.Atoi(strings.TrimPrefix(row, "v"))
	if !ok || err != nil || f.Rows < 2 {
		return ""
	}
	return p.Text("products.variant_n", "Number", n+1) + p.Text("mail.colon")
}

// text is one control of the form; label and hint stand under the name without its row.
func (f ProductEdit) text(p Page, name, key, inputmode string, required bool) field {
	hint := ""
	if p.has("products.hint." + key) {
		hint = p.Text("products.hint."+key, "Currency", f.Currency, "Origin", f.Origin)
	}
	return field{name: name, label: p.Text("products.field."+key, "Currency", f.Currency), hint: hint, kind: "text", inputmode: inputmode, autocomplete: "off",
		value: f.value(name), problem: f.problem(p, name), required: required}
}

// variantTitle is a row's heading.
func (f ProductEdit) variantTitle(p Page, row int) string {
	if f.there(row) {
		return f.value(RowName(row, "sku"))
	}
	if f.Rows == 1 {
		return p.Text("products.only_variant")
	}
	return p.Text("products.new_variant")
}

// there tells whether a row's variant is stored.
func (f ProductEdit) there(row int) bool {
	_, stored := f.Product.Variant(f.value(RowName(row, "sku")))
	return stored && f.value(RowName(row, "there")) != ""
}

// named tells whether a row's name is to be seen at once.
func (f ProductEdit) named(p Page, row int) bool {
	return f.Rows > 1 || f.problem(p, RowName(row, "name")) != ""
}

func stockInput(v models.Variant) string {
	if v.Stock == nil {
		return ""
	}
	return number(*v.Stock)
}
