package views

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lianlian-checkout/models"

	"github.com/a-h/templ"
)

// field is one control of the customer form, ready to show.
type field struct {
	name, label, hint, value string
	kind                     string // of the input element
	autocomplete, inputmode  string
	required                 bool
	problem                  string // in words; empty when all is well
	limit                    int    // the most characters, where the problem is that there are more
}

func (f field) describedBy() string {
	hint := ""
	if f.hint != "" {
		hint = f.name + "-hint"
	}
	return describedBy(hint, f.name+"-error", f.problem != "")
}

// customerField is what a browser should know of a field of guide 3.2.
type customerField struct {
	kind, autocomplete, inputmode string
	value                         func(models.Customer) string
}

var customerFields = map[string]customerField{
	"email":       {"email", "email", "email", func(c models.Customer) string { return c.Email }},
	"full_name":   {"text", "name", "", func(c models.Customer) string { return c.FullName }},
	"first_name":  {"text", "given-name", "", func(c models.Customer) string { return c.FirstName }},
	"last_name":   {"text", "family-name", "", func(c models.Customer) string { return c.LastName }},
	"company":     {"text", "organization", "", func(c models.Customer) string { return c.Company }},
	"line1":       {"text", "address-line1", "", func(c models.Customer) string { return c.Line1 }},
	"line2":       {"text", "address-line2", "", func(c models.Customer) string { return c.Line2 }},
	"city":        {"text", "address-level2", "", func(c models.Customer) string { return c.City }},
	"state":       {"select", "address-level1", "", func(c models.Customer) string { return c.State }},
	"country":     {"select", "country", "", func(c models.Customer) string { return c.Country }},
	"postal_code": {"text", "postal-code", "", func(c models.Customer) string { return c.PostalCode }},
	"gender":      {"select", "sex", "", func(c models.Customer) string { return c.Gender }},
	"id_type":     {"select", "off", "", func(c models.Customer) string { return c.IDType }},
	"id_no":       {"text", "off", "numeric", func(c models.Customer) string { return c.IDNo }},
	"phone":       {"tel", "tel-national", "tel", func(c models.Customer) string { _, n := splitPhone(c.Phone); return n }},
}

// addressFields fold away together.
var addressFields = []string{"country", "line1", "line2", "city", "state", "postal_code", "company"}

// rareFields show only where they are required, filled or wrong.
var rareFields = []string{"first_name", "last_name", "gender", "id_type", "id_no"}

// field makes the control of a customer field.
func (c CheckoutForm) field(p Page, name string) field {
	known := customerFields[name]
	f := field{
		name: name, label: p.Text("field." + name), kind: known.kind, autocomplete: known.autocomplete, inputmode: known.inputmode,
		value: known.value(c.Customer), required: c.requires(name), problem: c.problem(p, name),
	}
	for _, e := range c.errors() {
		if e.Field == name && e.Rule == "too_long" {
			f.limit = e.Limit
		}
	}
	switch name {
	case "email":
		f.hint = p.Text("hint.email")
		if p.Site.Mails {
			f.hint = p.Text("hint.email_mail")
		}
	case "postal_code", "state":
		f.hint = p.Text("hint." + name)
	}
	return f
}

func (c CheckoutForm) requires(name string) bool { return slices.Contains(c.Require, name) }

// problem is what is wrong with the field, in words.
func (c CheckoutForm) problem(p Page, name string) string {
	for _, e := range c.errors() {
		if e.Field == name {
			return c.inWords(p, e)
		}
	}
	return ""
}

// inWords words one error; the shop's own question goes by its own label.
func (c CheckoutForm) inWords(p Page, e models.FieldError) string {
	if e.Field == "amount" && c.PayLink != nil {
		return c.PayLink.problem(p, e.Rule, c.Cart.Total.Currency)
	}
	if key := "error.extra." + e.Rule; e.Field == "extra" && c.Extra != nil && p.has(key) {
		return p.Text(key, "Field", c.Extra.Label.In(p.Lang), "Limit", e.Limit)
	}
	return p.fieldProblem(e)
}

// extra is the control of the shop's own question.
func (c CheckoutForm) extra(p Page) field {
	f := field{name: "extra", label: c.Extra.Label.In(p.Lang), hint: c.Extra.Hint.In(p.Lang), kind: "text", autocomplete: "off", required: c.Extra.Required, problem: c.problem(p, "extra")}
	if c.Customer.Extra != nil {
		f.value = c.Customer.Extra.Value
	}
	for _, e := range c.errors() {
		if e.Field == "extra" && e.Rule == "too_long" {
			f.limit = e.Limit
		}
	}
	return f
}

// errors are the form's own, and the field that the gateway complained of.
// They come in the order of the fields on the page.
func (c CheckoutForm) errors() []models.FieldError {
	list := slices.Clone(c.Errors)
	if c.Declined != nil && c.Declined.Field != "" && !slices.ContainsFunc(list, func(e models.FieldError) bool { return e.Field == c.Declined.Field }) {
		list = append(list, models.FieldError{Field: c.Declined.Field, Rule: "format"})
	}
	slices.SortStableFunc(list, func(a, b models.FieldError) int {
		return cmp.Compare(slices.Index(pageOrder, a.Field), slices.Index(pageOrder, b.Field))
	})
	return list
}

// pageOrder is the order of the fields on the page; what isn't one of them comes first.
var pageOrder = slices.Concat([]string{"email", "full_name"}, rareFields, []string{"phone", "phone_area"}, addressFields, []string{"extra", "note", "payment_processor"})

// fieldProblem words one error: in the field's own words where there are some, else in its rule's.
func (p Page) fieldProblem(e models.FieldError) string {
	if key := "error." + e.Field + "." + e.Rule; p.has(key) {
		return p.Text(key)
	}
	key := "error." + e.Rule
	if !p.has(key) {
		key = "error.format"
	}
	label := e.Field
	if p.has("field." + e.Field) {
		label = inSentence(p.Text("field." + e.Field))
	}
	return p.Text(key, "Field", label, "Limit", e.Limit)
}

// inSentence lowers a label's first letter, unless it begins with an abbreviation like "ID".
func inSentence(label string) string {
	first, size := utf8.DecodeRuneInString(label)
	second, _ := utf8.DecodeRuneInString(label[size:])
	if unicode.IsUpper(second) {
		return label
	}
	return string(unicode.ToLower(first)) + label[size:]
}

// anchor is the id of the control that an error's link leads to; empty when there is none on the page.
func (c CheckoutForm) anchor(e models.FieldError) string {
	if e.Field == "payment_processor" {
		for _, o := range c.Offers {
			if o.How != HowUnavailable {
				return walletID(o.Processor)
			}
		}
		return ""
	}
	if _, ok := customerFields[e.Field]; ok || e.Field == "note" || (e.Field == "amount" && c.PayLink != nil) || (e.Field == "extra" && c.Extra != nil) {
		return e.Field
	}
	return ""
}

// addressOpen tells whether the address block is unfolded: something in it is required, filled or wrong.
func (c CheckoutForm) addressOpen() bool {
	for _, name := range addressFields {
		if c.requires(name) || customerFields[name].value(c.Customer) != "" || c.wrong(name) {
			return true
		}
	}
	return false
}

func (c CheckoutForm) wrong(name string) bool {
	return slices.ContainsFunc(c.errors(), func(e models.FieldError) bool { return e.Field == name })
}

// rare lists the rare fields to show.
func (c CheckoutForm) rare() []string {
	var names []string
	for _, name := range rareFields {
		if c.requires(name) || customerFields[name].value(c.Customer) != "" || c.wrong(name) {
			names = append(names, name)
		}
	}
	// One half of a name or of an identity document is no use without the other.
	for _, pair := range [][2]string{{"first_name", "last_name"}, {"id_type", "id_no"}} {
		a, b := slices.Contains(names, pair[0]), slices.Contains(names, pair[1])
		if a != b {
			names = append(names, pair[0], pair[1])
		}
	}
	slices.SortStableFunc(names, func(a, b string) int {
		return cmp.Compare(slices.Index(rareFields, a), slices.Index(rareFields, b))
	})
	return slices.Compact(names)
}

// splitName tells whether the form asks for the two halves of a name instead of the whole.
func (c CheckoutForm) splitName() bool {
	return !c.requires("full_name") && c.Customer.FullName == "" && !c.wrong("full_name") &&
		(c.requires("first_name") || c.requires("last_name"))
}

// payable tells whether some wallet can be paid with here.
func (c CheckoutForm) payable() bool {
	return anyWorks(c.Offers)
}

// splitPhone takes "+852-91234567" apart; a number in another form is left whole.
func splitPhone(phone string) (area, rest string) {
	if a, n, ok := strings.Cut(phone, "-"); ok && len(a) > 1 && a[0] == '+' {
		return a[1:], n
	}
	return "", phone
}

// state are the attributes that tell a screen reader what is wrong with the control.
func (f field) state() templ.Attributes {
	a := templ.Attributes{}
	if by := f.describedBy(); by != "" {
		a["aria-describedby"] = by
	}
	if f.problem != "" {
		a["aria-invalid"] = "true"
	}
	if f.limit > 0 {
		a["data-limit"] = number(int64(f.limit))
	}
	return a
}

// title is the page's, which says first when something is wrong.
func (c CheckoutForm) title(p Page) string {
	if len(c.errors()) > 0 {
		return p.Text("checkout.title_error")
	}
	if c.PayLink != nil {
		return c.PayLink.Link.Title.In(p.Lang)
	}
	return p.Text("checkout.title")
}

func (c CheckoutForm) addressRequired() bool {
	return slices.ContainsFunc(addressFields, c.requires)
}

// country is the country's field: where one is required, Hong Kong is chosen until the buyer says otherwise.
func (c CheckoutForm) country(p Page) field {
	f := c.field(p, "country")
	f.required = f.required || c.addressRequired()
	if f.required && f.value == "" {
		f.value = nearby[0]
	}
	return f
}

// options are choices whose words stand under "prefix.value".
func (p Page) options(prefix string, values ...string) []option {
	var list []option
	for _, v := range values {
		list = append(list, option{v, p.Text(prefix + "." + v)})
	}
	return list
}
