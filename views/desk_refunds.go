package views

import (
	"cmp"
	"net/url"

	"lianlian-checkout/models"
)

// RefundForm is the refund's form on an order's page.
type RefundForm struct {
	On     bool // refunds can be made here
	Values url.Values
	Errors []models.FieldError
}

// RefundView is the page that shows what a refund will do before it is done.
type RefundView struct {
	Order   models.Order
	Payment models.Payment
	Money   models.Money
	Reason  string
	Restock bool
	Intent  string
	Alike   bool // the same sum was refunded a moment ago: it has to be meant
	Notice  Notice
}

// RefundNotices are what an order's page may have to say about refunds.
var RefundNotices = []Notice{
	NoticeRefundDone, NoticeRefundPending, NoticeRefundUnknown, NoticeRefundDeclined, NoticeNotRefundable, NoticeRefundsOff, NoticeRefundClosed, NoticeRefundOpen,
}

// payment is the one that the form is about: the one chosen, else the order's.
func (f RefundForm) payment(o models.Order) models.Payment {
	for _, p := range o.Payments {
		if number(p.ID) == f.Values.Get("payment") {
			return p
		}
	}
	return o.Payment()
}

func (f RefundForm) field(p Page, name, inputmode, value string) field {
	problem := ""
	for _, e := range f.Errors {
		if e.Field == name && problem == "" {
			problem = p.Text("refunds.error."+e.Field+"."+e.Rule, "Limit", e.Limit)
		}
	}
	if f.Values != nil {
		value = f.Values.Get(name)
	}
	return field{name: name, label: p.Text("refunds.field." + name), hint: p.Text("refunds.hint." + name), kind: "text", inputmode: inputmode, autocomplete: "off", value: value,
		problem: problem, required: true}
}

// received are the payments that money came by: more than one if the buyer paid twice.
func received(o models.Order) []option {
	var list []option
	for _, p := range o.Payments {
		if p.Status.Received() {
			list = append(list, option{number(p.ID), number(int64(p.Attempt)) + " · " + p.MerchantTransactionID})
		}
	}
	return list
}

// hasMoney tells whether anything was ever paid: before, there is nothing to say about refunds.
func hasMoney(o models.Order) bool { return len(received(o)) > 0 || len(o.Refunds) > 0 }

// mayClose tells whether an operator may end the refund by hand.
func mayClose(p Page, r models.Refund) bool {
	return r.Status.Open() && (r.Refused || p.Now.Sub(r.CreatedAt) > models.RefundsAlike)
}

// refundNext is what happens next with a refund, in words.
func (p Page) refundNext(r models.Refund) string {
	switch {
	case r.Status.Open() && r.Refused:
		return p.Text("refunds.next.refused", "Code", r.ReturnCode)
	case r.Status.Open():
		return p.Text("refunds.next."+string(r.Status), "Time", cmp.Or(p.moment(r.NextQueryAt), "–"))
	case r.Status == models.RefundFailed && r.ReturnCode != "":
		return p.Text("refunds.next.failed", "Code", r.ReturnCode)
	}
	return ""
}

func refundURL(p Page, o models.Order) string { return adminOrderURL(p, o) + "/refunds" }
