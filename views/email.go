package views

import (
	"strings"

	"lianlian-checkout/models"
)

// ReceiptSubject is the subject of an order's receipt.
func ReceiptSubject(p Page, o models.Order) string {
	return p.subject(p.Text("mail.receipt_subject", "Number", o.Number))
}

// LinkSubject is the subject of the e-mail that leads to an order.
func LinkSubject(p Page, o models.Order) string {
	return p.subject(p.Text("mail.link_subject", "Number", o.Number))
}

func (p Page) subject(text string) string {
	if p.Site.Simulator {
		text = "[" + p.Text("layout.simulator") + "] " + text
	}
	return text + " · " + p.shop()
}

// emailFacts are what a receipt says beside its lines.
func (p Page) emailFacts(o models.Order) []fact {
	wallet := ""
	if w := o.Payment().Processor; w != "" {
		wallet = p.wallet(w) + p.Text("event.detail.region", "Region", p.Text(walletRegion(w)))
	}
	status := ""
	if o.Status != models.OrderPaid {
		status = p.Text("status." + string(o.Status))
	}
	extra, byHand := fact{}, ""
	if e := o.Customer.Extra; e != nil {
		extra = fact{e.Label.In(p.Lang), e.Value, false}
	}
	if o.ByHand() {
		byHand = p.Text("receipt.by_hand")
	}
	return filled([]fact{
		{p.Text("order.number"), o.Number, false},
		{p.Text("receipt.paid_at"), p.DateTime(o.PaidAt), false},
		{p.Text("receipt.wallet"), wallet, false},
		{p.Text("receipt.status"), status, false},
		{p.Text("desk.by_hand"), byHand, false},
		extra,
	})
}

func (p Page) emailQuantity(l models.LineItem) string {
	each := p.Text("receipt.each", "Quantity", l.Quantity, "Price", p.Money(l.Price))
	if variant := l.VariantName.In(p.Lang); variant != "" {
		return variant + " · " + each
	}
	return each
}

// ReceiptText is ReceiptEmail for readers without HTML.
func ReceiptText(p Page, o models.Order, link string) string {
	var b emailText
	b.begin(p)
	b.line(p.Text("order.headline." + string(o.Status)))
	b.line("")
	for _, f := range p.emailFacts(o) {
		b.line(f.label + p.Text("mail.colon") + f.value)
	}
	b.line("")
	for _, l := range o.Lines {
		b.line(l.Name.In(p.Lang))
		b.line("    " + p.emailQuantity(l) + "    " + p.Money(l.Total))
	}
	b.line(p.Text("cart.total") + p.Text("mail.colon") + p.Money(o.Total))
	b.end(p, link)
	return b.String()
}

// LinkText is LinkEmail for readers without HTML.
func LinkText(p Page, o models.Order, link string) string {
	var b emailText
	b.begin(p)
	b.line(p.Text("order.number") + " " + o.Number)
	b.line("")
	b.line(p.Text("mail.asked"))
	b.end(p, link)
	return b.String()
}

// emailText is an e-mail's lines; what a line is made of can't begin another.
type emailText struct{ strings.Builder }

func (b *emailText) line(s string) {
	indent := s[:len(s)-len(strings.TrimLeft(s, " "))]
	b.WriteString(indent + strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\r' || r == '\t' }), " ") + "\n")
}

func (b *emailText) begin(p Page) {
	b.line(p.shop())
	if p.Site.Simulator {
		b.line(p.Text("layout.simulator"))
	}
	b.line("")
}

func (b *emailText) end(p Page, link string) {
	b.line("")
	b.line(p.Text("mail.open") + p.Text("mail.colon"))
	b.line(link)
	b.line(p.Text("mail.private"))
	if p.Site.SupportEmail != "" {
		b.line("")
		b.line(p.Text("order.questions") + " " + p.Site.SupportEmail)
	}
	for _, l := range p.legal() {
		b.line(p.Text("legal."+l.key) + p.Text("mail.colon") + l.url)
	}
}
