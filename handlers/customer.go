package handlers

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
	"golang.org/x/text/unicode/norm"

	"lianlian-checkout/models"
)

// The rules of a models.FieldError.
const (
	ruleRequired   = "required"
	ruleTooLong    = "too_long"
	ruleFormat     = "format"
	ruleUnknown    = "unknown"
	ruleCharacters = "characters"
	ruleCountry    = "country" // a state without its country
)

// field is a customer field: its name and limit in characters (guide 3.2), and where it is kept.
type field struct {
	name  string
	limit int
	at    func(*models.Customer) *string
}

// fields lists what the form may say of the buyer, in the form's order.
var fields = []field{
	{"full_name", 128, func(c *models.Customer) *string { return &c.FullName }},
	{"first_name", 64, func(c *models.Customer) *string { return &c.FirstName }},
	{"last_name", 64, func(c *models.Customer) *string { return &c.LastName }},
	{"email", 64, func(c *models.Customer) *string { return &c.Email }},
	{"phone", 32, func(c *models.Customer) *string { return &c.Phone }},
	{"company", 128, func(c *models.Customer) *string { return &c.Company }},
	{"line1", 256, func(c *models.Customer) *string { return &c.Line1 }},
	{"line2", 256, func(c *models.Customer) *string { return &c.Line2 }},
	{"city", 64, func(c *models.Customer) *string { return &c.City }},
	{"state", 64, func(c *models.Customer) *string { return &c.State }},
	{"country", 2, func(c *models.Customer) *string { return &c.Country }},
	{"postal_code", 32, func(c *models.Customer) *string { return &c.PostalCode }},
	{"gender", 16, func(c *models.Customer) *string { return &c.Gender }},
	{"id_type", 16, func(c *models.Customer) *string { return &c.IDType }},
	{"id_no", 32, func(c *models.Customer) *string { return &c.IDNo }},
}

// longestNote is the limit of the buyer's note, in characters.
const longestNote = 200

var validate = validator.New(validator.WithRequiredStructEnabled())

// customerForm reads the buyer's fields and says all that is wrong with them. What was typed is kept, so that the form can
// be shown again. Letters of any script and emoji are taken wherever the gateway takes text; e-mail, phone, postal code and
// identity number have alphabets of their own.
type customerForm struct {
	values   url.Values
	customer models.Customer
	note     string
	errors   []models.FieldError
}

func (f *customerForm) wrong(name, rule string, limit int) {
	if !slices.ContainsFunc(f.errors, func(e models.FieldError) bool { return e.Field == name }) {
		f.errors = append(f.errors, models.FieldError{Field: name, Rule: rule, Limit: limit})
	}
}

// read takes one field as text: trimmed, in Unicode's composed form, on one line.
func (f *customerForm) read(name string, limit int) string {
	raw := f.values.Get(name)
	if !utf8.ValidString(raw) {
		f.wrong(name, ruleCharacters, 0)
	}
	text := tidy(raw)
	if utf8.RuneCountInString(text) > limit {
		f.wrong(name, ruleTooLong, limit)
	}
	return text
}

// tidy makes typed text one clean line. Characters that nobody sees and that turn text around are dropped; the joiners
// within emoji and Indic scripts are kept.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff, r == 0x200e, r == 0x200f, r == 0x200b:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(norm.NFC.String(s)), " ")
}

// parse reads and checks all fields. require names those that must be there; extra is the merchant's own, nil for none.
func (f *customerForm) parse(shop Shop, require []string, extra *models.ExtraField) {
	for _, d := range fields {
		if d.name != "phone" {
			*d.at(&f.customer) = f.read(d.name, d.limit)
		}
	}
	f.note = f.read("note", longestNote)
	f.extra(extra)
	f.phone()
	for _, d := range fields {
		missing := *d.at(&f.customer) == "" && (d.name != "full_name" || f.customer.Name() == "")
		if missing && slices.Contains(require, d.name) && !(d.name == "state" && stateless(shop, f.customer.Country)) {
			f.wrong(d.name, ruleRequired, 0)
		}
	}
	c := &f.customer
	if c.Email != "" && validate.Var(c.Email, "email") != nil {
		f.wrong("email", ruleFormat, 0)
	}
	f.oneOf("gender", &c.Gender, "male", "female", "undefined")
	f.oneOf("id_type", &c.IDType, "CPF", "CNPJ")
	f.only("id_no", c.IDNo, "./-")
	f.only("postal_code", c.PostalCode, " -")
	switch {
	case c.IDNo != "" && c.IDType == "":
		f.wrong("id_type", ruleRequired, 0)
	case c.IDNo == "" && c.IDType != "":
		f.wrong("id_no", ruleRequired, 0)
	}
	f.place(shop)
}

// extra reads the answer to the merchant's own question.
func (f *customerForm) extra(q *models.ExtraField) {
	if q == nil {
		return
	}
	answer := f.read("extra", q.MaxLength)
	if answer == "" {
		if q.Required {
			f.wrong("extra", ruleRequired, 0)
		}
		return
	}
	f.customer.Extra = &models.Extra{Label: q.Label, Value: answer}
}

// oneOf accepts one of the values, in any case of letters.
func (f *customerForm) oneOf(name string, value *string, known ...string) {
	if *value == "" {
		return
	}
	for _, k := range known {
		if strings.EqualFold(*value, k) {
			*value = k
			return
		}
	}
	f.wrong(name, ruleUnknown, 0)
}

// only accepts ASCII letters, digits and the extra characters.
func (f *customerForm) only(name, value, extra string) {
	if strings.ContainsFunc(value, func(r rune) bool { return !alphanumeric(r) && !strings.ContainsRune(extra, r) }) {
		f.wrong(name, ruleCharacters, 0)
	}
}

// place checks country and state against the guide's lists (5.3.1, 5.3.3). A state may be named in words. The form names it
// with its country, "US-CA": chosen beside another country, it is told and not taken for another one's.
func (f *customerForm) place(shop Shop) {
	c := &f.customer
	listed, under := listedState(shop, c.State)
	if c.Country == "" {
		if under != "" {
			f.wrong("state", ruleCountry, 0)
		}
		return
	}
	code := strings.ToUpper(c.Country)
	if !slices.ContainsFunc(shop.Countries(), func(k models.Country) bool { return k.Code == code }) {
		f.wrong("country", ruleUnknown, 0)
		return
	}
	c.Country = code
	states := shop.States(code)
	switch {
	case c.State == "":
	case under == code:
		c.State = listed
	case under != "" && len(states) == 0:
		f.wrong("state", ruleCountry, 0)
	case under != "":
		f.wrong("state", ruleUnknown, 0)
	case len(states) > 0:
		i := slices.IndexFunc(states, func(s models.State) bool {
			return strings.EqualFold(s.Code, c.State) || strings.EqualFold(s.Name, c.State)
		})
		if i < 0 {
			f.wrong("state", ruleUnknown, 0)
			return
		}
		c.State = states[i].Code
	}
}

// listedState takes a state as the form names it apart: "US-CA" is CA under US. Anything else is under nothing.
func listedState(shop Shop, value string) (code, country string) {
	country, code, ok := strings.Cut(value, "-")
	if ok && slices.ContainsFunc(shop.States(country), func(s models.State) bool { return s.Code == code }) {
		return code, country
	}
	return "", ""
}

// stateless tells whether the country has no list of states, so that nobody can be asked for one.
func stateless(shop Shop, country string) bool {
	return country != "" && len(shop.States(strings.ToUpper(country))) == 0
}
