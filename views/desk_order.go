package views

import (
	"strconv"
	"strings"

	"lianlian-checkout/models"
)

// nextWords is the sentence that says what to do about the order.
func (p Page) nextWords(o models.Order) string {
	return p.Text(o.Next(p.Now).Key, "Until", p.moment(o.ExpiresAt))
}

// stateName is a payment's state in a word or two; a code that isn't the guide's has none.
func (p Page) stateName(code string) string {
	if key := "code.status." + code + ".name"; p.has(key) {
		return p.Text(key)
	}
	return ""
}

// changeInWords is how an event moved the payment: "waiting for the buyer → paid". Empty where that is said already.
func (p Page) changeInWords(e models.Event) string {
	from, to := p.stateName(e.From), p.stateName(e.To)
	switch {
	case to == "" || e.Kind != models.EventEvidence:
		return ""
	case from == "" || from == to:
		return to
	}
	return from + " → " + to
}

func (p Page) exchangeName(x models.Exchange) string {
	if key := "wire.kind." + string(x.Kind); p.has(key) {
		return p.Text(key)
	}
	return string(x.Kind)
}

func (p Page) exchangeStatus(x models.Exchange) string {
	if x.Status == 0 {
		return p.Text("webhooks.no_answer")
	}
	return "HTTP " + strconv.Itoa(x.Status)
}

// exchangeTone is the class of an order's status that looks the same.
func exchangeTone(x models.Exchange) string {
	switch {
	case x.Status == 0 || x.Status >= 500:
		return "status-failed"
	case x.Error != "":
		return "status-pending"
	}
	return "status-paid"
}

// wireText are headers and body as one text.
func wireText(headers, body string) string {
	if body == "" {
		return headers
	}
	return headers + "\n\n" + laidOut(body)
}

// badge is how much needs attention, beside the section that lists it.
func (p Page) badge(url string) string {
	switch {
	case url != p.URL("/admin/payments/attention") || p.Attention == 0:
		return ""
	case p.Attention > 99:
		return "99+"
	}
	return strconv.Itoa(p.Attention)
}

// OrderNotices are what an order's page and what needs attention may have to say, beside refunds.
var OrderNotices = []Notice{
	NoticeOrderEnded, NoticeEndPaid, NoticeEndUnknown, NoticeNoted, NoticeReceiptSent, NoticeReceiptWait, NoticeByHand, NoticeGatewayPaid, NoticeNotByHand, NoticeTextMissing,
	NoticeSettled, NoticeNotSettled, NoticeMailAgain, NoticeGivenUp, NoticeChecked, NoticeCheckFailed,
}

// Timeline is an order's history as plain text, in the page's language, one entry after the other.
func Timeline(p Page, o models.Order, events []models.Event) string {
	var b strings.Builder
	line := func(parts ...string) {
		var kept []string
		for _, part := range parts {
			if part = strings.Join(strings.Fields(part), " "); part != "" {
				kept = append(kept, part)
			}
		}
		b.WriteString(strings.Join(kept, "  ") + "\n")
	}
	line(p.Text("admin.order", "Number", o.Number), p.Money(o.Total), p.Text("status."+string(o.Status)))
	if o.ByHand() {
		line(p.Text("desk.by_hand"), p.moment(o.ConfirmedAt))
	}
	for _, e := range events {
		line("")
		verdict, times, by := "", "", ""
		if e.Verdict != "" {
			verdict = p.Text("verdict." + string(e.Verdict))
		}
		if e.Times > 1 {
			times = p.Text("admin.times", "Count", e.Times, "Last", p.DateTime(e.LastAt))
		}
		if e.Actor != "" {
			by = p.Text("desk.by", "Name", e.Actor)
		}
		line(p.DateTime(e.At), p.eventName(e), verdict, by)
		if e.From != "" || e.To != "" {
			line("   ", p.change(e), p.changeInWords(e))
		}
		line("   ", p.eventDetail(e))
		line("   ", times)
	}
	return b.String()
}
