package views

import (
	"strings"
	"time"

	"lianlian-checkout/models"
)

// fact is one line of the console's lists; code says that it is for machines to read.
type fact struct {
	label, value string
	code         bool
}

// orderFacts are what the console says of an order; what is empty is left out.
func orderFacts(p Page, o models.Order) []fact {
	c := o.Customer
	extra := fact{}
	if c.Extra != nil {
		extra = fact{c.Extra.Label.In(p.Lang), c.Extra.Value, false}
	}
	return filled([]fact{
		{p.Text("receipt.buyer"), c.Name(), false},
		{p.Text("field.email"), c.Email, false},
		{p.Text("field.phone"), c.Phone, false},
		{p.Text("admin.address"), addressLine(c), false},
		{p.Text("field.company"), c.Company, false},
		{p.Text("field.id_no"), strings.TrimSpace(c.IDType + " " + c.IDNo), false},
		extra,
		{p.Text("field.note"), o.Note, false},
		{p.Text("admin.reference"), o.Reference, true},
		{p.Text("admin.placed"), p.moment(o.CreatedAt), false},
		{p.Text("admin.expires"), p.moment(o.ExpiresAt), false},
		{p.Text("receipt.paid_at"), p.moment(o.PaidAt), false},
	})
}

// paymentFacts are what the console says of one attempt.
func paymentFacts(p Page, pay models.Payment) []fact {
	settlement := ""
	if pay.Settlement != nil {
		settlement = p.Money(*pay.Settlement)
	}
	return filled([]fact{
		{"merchant_transaction_id", pay.MerchantTransactionID, true},
		{"ll_transaction_id", pay.LLTransactionID, true},
		{"payment_method", string(pay.Method), true},
		{"return_code", pay.ReturnCode, true},
		{"decline_code", pay.DeclineCode, true},
		{"trace_id", pay.TraceID, true},
		{p.Text("admin.settlement"), settlement, false},
		{p.Text("admin.scanned"), p.moment(pay.ScannedAt), false},
		{p.Text("receipt.paid_at"), p.moment(pay.PaidAt), false},
		{p.Text("admin.next_query"), p.moment(pay.NextQueryAt), false},
	})
}

func filled(facts []fact) []fact {
	var kept []fact
	for _, f := range facts {
		if f.value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

func (p Page) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.shortTime(t)
}

func addressLine(c models.Customer) string {
	var parts []string
	for _, part := range []string{c.Line1, c.Line2, c.City, c.State, c.PostalCode, c.Country} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
