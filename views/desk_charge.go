package views

import (
	"net/url"

	"lianlian-checkout/models"
)

// ChargeForm is the keypad at the counter.
type ChargeForm struct {
	Intent   string
	Currency string
	Amount   string // as typed
	Note     string
	Errors   []models.FieldError
	Before   models.Order // the same form was sent before, and made this
}

// ChargeView is a charge that the payer scans.
type ChargeView struct {
	Order     models.Order
	Wallets   []models.Processor // that can scan it
	Still     bool               // without a script too the page stays as it is: the operator asked for that
	Uncertain bool               // it wasn't cancelled, because the gateway couldn't be asked
}

// ChargeName is what payers see a charge called, in all languages.
func ChargeName() models.Text {
	name := models.Text{}
	for _, lang := range Languages {
		name[lang] = Page{Lang: lang}.Text("charge.line")
	}
	return name
}

// problem words what is wrong with a field.
func (f ChargeForm) problem(p Page, name string) string {
	for _, e := range f.Errors {
		switch {
		case e.Field != name:
		case name == "reference":
			return p.Text("charge.error.reference", "Limit", e.Limit)
		case models.WholeUnits(f.Currency):
			return p.Text("charge.error.whole")
		default:
			return p.Text("charge.error.amount")
		}
	}
	return ""
}

func (f ChargeForm) note(p Page) field {
	return field{name: "reference", label: p.Text("charge.note"), hint: p.Text("charge.note_hint"), kind: "text", autocomplete: "off", value: f.Note, problem: f.problem(p, "reference")}
}

// keys are the keypad's, in rows of three.
func (f ChargeForm) keys() []string {
	last := []string{".", "0", "00"}
	if models.WholeUnits(f.Currency) {
		last = []string{"000", "0", "00"}
	}
	return append([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}, last...)
}

// state is how the charge stands, as the counter needs to know it.
func (v ChargeView) state() string {
	o := v.Order
	switch o.Status {
	case models.OrderOpen, models.OrderPending:
		if !o.Payment().ScannedAt.IsZero() {
			return "scanned"
		}
		return "waiting"
	case models.OrderProcessing:
		return "confirming"
	case models.OrderPaid:
		return "paid"
	case models.OrderFailed, models.OrderExpired, models.OrderCancelled:
		return "ended"
	case models.OrderRefundPending, models.OrderPartiallyRefunded, models.OrderRefunded, models.OrderChargedBack:
		return "back"
	}
	return "waiting"
}

// live tells whether the page should follow: a payment that failed may be tried again on the phone.
func (v ChargeView) live() bool {
	return v.state() != "paid" && v.state() != "back" && v.Order.CancelledAt.IsZero() && v.Order.Status != models.OrderExpired
}

// over tells whether nothing more can come of the charge.
func (v ChargeView) over() bool { return v.state() == "ended" || v.state() == "back" }

func (v ChargeView) headline(p Page) string {
	switch v.state() {
	case "scanned":
		return p.Text("charge.state.scanned")
	case "confirming":
		return p.Text("charge.state.confirming")
	case "paid":
		return p.Text("charge.state.paid")
	case "ended", "back":
		return p.Text("status." + string(v.Order.Status))
	}
	return p.Text("charge.state.waiting")
}

func (v ChargeView) title(p Page) string { return v.headline(p) + " " + p.Money(v.Order.Total) }

func (v ChargeView) path(p Page, rest string) string {
	return p.URL("/admin/charge/" + number(v.Order.ID) + rest)
}

// again is the keypad with the same sum.
func (v ChargeView) again(p Page) string {
	return p.URL("/admin/charge?amount=" + url.QueryEscape(v.Order.Total.Decimal()))
}
