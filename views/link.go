package views

import (
	"strconv"
	"time"

	"lianlian-checkout/models"
)

// PayLink is a payment link as its form shows it.
type PayLink struct {
	Link   models.Link
	Amount string // as typed, where the payer names the sum
}

// LinkSoldOut is why a link can't be paid whose goods aren't on the shelf at the moment; the other reasons are models.LinkState.
const LinkSoldOut = "sold_out"

// problem words what is wrong with the payer's own sum.
func (l PayLink) problem(p Page, rule, currency string) string {
	least := l.Link.Least
	if least.IsZero() {
		least = models.Money{Amount: 1, Currency: currency}
		if models.WholeUnits(currency) {
			least.Amount = 100
		}
	}
	key := "links.amount.format"
	switch rule {
	case "required", "least", "most", "whole":
		key = "links.amount." + rule
	}
	return p.Text(key, "Least", p.Money(least), "Most", p.Money(l.Link.Most), "Currency", currency)
}

// hint says between which sums the payer may choose; empty where any will do.
func (l PayLink) hint(p Page) string {
	least, most := p.Money(l.Link.Least), p.Money(l.Link.Most)
	switch {
	case !l.Link.Least.IsZero() && !l.Link.Most.IsZero():
		return p.Text("links.between", "Least", least, "Most", most)
	case !l.Link.Least.IsZero():
		return p.Text("links.at_least", "Least", least)
	case !l.Link.Most.IsZero():
		return p.Text("links.at_most", "Most", most)
	}
	return ""
}

// amount is the field of the payer's own sum.
func (c CheckoutForm) amount(p Page) field {
	return field{
		name: "amount", label: p.Text("product.amount", "Currency", c.Cart.Total.Currency), hint: c.PayLink.hint(p), kind: "text", inputmode: "decimal",
		autocomplete: "transaction-amount", required: true, value: c.PayLink.Amount, problem: c.problem(p, "amount"),
	}
}

// payWords are the words of the button, with the sum where it is known.
func (c CheckoutForm) payWords(p Page) string {
	if c.PayLink != nil && c.PayLink.Link.Free {
		return p.Text("links.pay")
	}
	return p.Text("checkout.pay", "Amount", p.Money(c.Cart.Total))
}

// LinksView is the console's list of payment links.
type LinksView struct {
	List   models.LinkList
	Cursor string
}

// LinkForm is the console's form for a new link, or for one that is there.
type LinkForm struct {
	Values map[string][]string // as typed, by the control's name
	Errors []models.FieldError
	Goods  []models.Product // to choose from
}

// LinkView is one link in the console.
type LinkView struct {
	Link   models.Link
	URL    string // absolute
	Form   LinkForm
	Notice string // a Notice by name
}

// SheetView is a link's page for the printer.
type SheetView struct {
	Link    models.Link
	Goods   models.Cart // what the link sells, priced
	URL     string      // absolute; the code holds it
	Wallets []models.Processor
	Size    string // "a4" or "a6"
}

func (f LinkForm) value(name string) string {
	if v := f.Values[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// kind is what the link sells: "fixed", "free" or "items".
func (f LinkForm) kind() string {
	if k := f.value("kind"); k == "free" || k == "items" {
		return k
	}
	return "fixed"
}

// problem words what is wrong with a control.
func (f LinkForm) problem(p Page, name string) string {
	for _, e := range f.Errors {
		if e.Field == name {
			return p.linkProblem(e)
		}
	}
	return ""
}

// linkProblem words one error of a link's form: in the field's own words where there are some, else in its rule's.
func (p Page) linkProblem(e models.FieldError) string {
	for _, key := range []string{"links.error." + e.Field + "." + e.Rule, "links.error." + e.Rule} {
		if p.has(key) {
			return p.Text(key, "Limit", e.Limit)
		}
	}
	return p.Text("links.error.format")
}

// anchor is the id of the first control of a field.
func (f LinkForm) anchor(p Page, e models.FieldError) string {
	switch e.Field {
	case "title", "question":
		return e.Field + "_" + p.Lang
	case "items":
		return "sku_1"
	case "expires_at":
		return "expires"
	case "amount":
		return map[string]string{"fixed": "amount", "free": "kind-fixed", "items": "kind-fixed"}[f.kind()]
	}
	return e.Field
}

// text is one control of the form.
func (f LinkForm) text(p Page, name, kind, inputmode string) field {
	hint := ""
	if p.has("links.hint." + name) {
		hint = p.Text("links.hint." + name)
	}
	problem := f.problem(p, name)
	if name == "expires" {
		problem = f.problem(p, "expires_at")
	}
	return field{name: name, label: p.Text("links.field." + name), hint: hint, kind: kind, inputmode: inputmode, autocomplete: "off", value: f.value(name), problem: problem, required: name == "amount"}
}

// languages are the site's, the page's own first.
func (p Page) languages() []string {
	list := []string{p.Lang}
	for _, l := range Languages {
		if l != p.Lang {
			list = append(list, l)
		}
	}
	return list
}

// languageName is a language's name in itself.
func languageName(lang string) string {
	return map[string]string{"en": "English", "zh-Hant": "繁體中文", "zh-Hans": "简体中文"}[lang]
}

// itemRows are the rows for goods in the form.
const itemRows = 3

// goods are the variants that a link can sell: a price that is the buyer's own is the link's own kind.
func (f LinkForm) goods(p Page) []option {
	var list []option
	for _, product := range f.Goods {
		for _, v := range product.Variants {
			if product.FreeAmount {
				continue
			}
			name := product.Name.In(p.Lang)
			if variant := v.Name.In(p.Lang); variant != "" {
				name += ", " + variant
			}
			list = append(list, option{v.SKU, name + " · " + p.Money(v.Price)})
		}
	}
	return list
}

// sum says in words what a link asks for.
func (p Page) sum(l models.Link, goods models.Cart) string {
	switch {
	case l.Free:
		return p.Text("links.free")
	case len(l.Items) > 0 && goods.Buyable():
		return p.Money(goods.Total)
	case len(l.Items) > 0:
		return p.Text("links.goods")
	}
	return p.Money(l.Amount)
}

// paid is how often a link was paid, of how often it may be.
func paidOf(l models.Link) string {
	if l.MaxPayments == 0 {
		return number(l.Paid)
	}
	return number(l.Paid) + " / " + number(l.MaxPayments)
}

// linkFacts are a link's fixed terms, for the console.
func linkFacts(p Page, l models.Link) []fact {
	facts := []fact{{label: p.Text("admin.amount"), value: p.sum(l, models.Cart{})}}
	for _, it := range l.Items {
		facts = append(facts, fact{label: p.Text("links.fact.item"), value: it.SKU + " × " + number(it.Quantity), code: true})
	}
	if h := (PayLink{Link: l}).hint(p); l.Free && h != "" {
		facts = append(facts, fact{label: p.Text("links.fact.range"), value: h})
	}
	if !l.Suggested.IsZero() {
		facts = append(facts, fact{label: p.Text("links.field.suggested"), value: p.Money(l.Suggested)})
	}
	most := p.Text("links.unlimited")
	if l.MaxPayments > 0 {
		most = p.Text("links.times", "Count", l.MaxPayments)
	}
	facts = append(facts, fact{label: p.Text("links.field.max_payments"), value: most})
	if q := l.Question.In(p.Lang); q != "" {
		facts = append(facts, fact{label: p.Text("links.question"), value: q})
	}
	if l.Reference != "" {
		facts = append(facts, fact{label: p.Text("admin.reference"), value: l.Reference, code: true})
	}
	return append(facts, fact{label: p.Text("links.fact.made"), value: p.shortTime(l.CreatedAt)})
}

// linkTone is the look of a link's state, by an order's status that looks so.
func linkTone(s models.LinkState) string {
	switch s {
	case models.LinkOpen:
		return "status-paid"
	case models.LinkTaken:
		return "status-pending"
	case models.LinkInactive, models.LinkExpired, models.LinkUsedUp:
		return ""
	}
	return ""
}

// LastDay is the day on which something ends, in the site's time zone, as a date field wants it; empty for the zero time.
func LastDay(s *Site, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return Page{Site: s}.day(t.Add(-time.Millisecond))
}

func adminLinkURL(p Page, l models.Link) string { return p.URL("/admin/links/" + number(l.ID)) }

// other is the page in the language that stands below on a sheet: English under Chinese, Chinese under English.
func (p Page) other() Page {
	if p.Lang == "en" {
		p.Lang = "zh-Hant"
	} else {
		p.Lang = "en"
	}
	return p
}

// second is a text's version in the sheet's second language, unless it says the same.
func (p Page) second(t models.Text) string {
	if s := t[p.other().Lang]; s != t.In(p.Lang) {
		return s
	}
	return ""
}

func itemName(prefix string, i int) string { return prefix + "_" + strconv.Itoa(i) }
