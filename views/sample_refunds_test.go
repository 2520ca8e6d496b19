package views_test

import (
	"net/url"
	"time"

	"github.com/a-h/templ"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// refundsOf are refunds of an order in every state.
func refundsOf() (list []models.Refund) {
	for i, s := range models.RefundStatuses {
		r := models.Refund{
			ID: int64(i + 1), OrderID: 7, Status: s, Money: hkd(5000), Reason: "One of two was broken", By: "mei", MerchantTransactionID: "4c0Yt2mQe7Zr1Xw9Vb5Ns8Kd3Jh6Gf0Pa2Lu4Ri7Te",
			CreatedAt: now.Add(-time.Hour), NextQueryAt: now.Add(time.Minute),
		}
		if s == models.RefundFailed {
			r.ReturnCode = "INSUFFICIENT_BALANCE"
		}
		list = append(list, r)
	}
	refused := list[0]
	refused.Refused, refused.ReturnCode = true, "INSUFFICIENT_BALANCE"
	return append(list, refused)
}

func refundSamples() []sample {
	paid := func() models.Order { return order(models.OrderPaid, models.StatusPaid) }
	at := func(o models.Order, f views.RefundForm) func(p views.Page) templ.Component {
		return func(p views.Page) templ.Component {
			p.Admin, p.Role, p.Path = "mei", models.RoleStaff, "/admin/orders/7"
			return views.AdminOrder(p, views.AdminOrderView{Order: o, Refund: f})
		}
	}
	many := order(models.OrderRefundPending, models.StatusRefundPending)
	many.Refunds = refundsOf()
	for i := range many.Refunds {
		many.Refunds[i].PaymentID = many.Payment().ID
	}
	elsewhere := order(models.OrderPartiallyRefunded, models.StatusPartlyRefunded)
	twice := paid()
	second := twice.Payments[0]
	second.ID, second.Attempt = 99, 2
	twice.Payments = append(twice.Payments, second)
	wrong := views.RefundForm{On: true, Values: url.Values{"amount": {"9,99"}, "reason": {""}, "restock": {"1"}}, Errors: []models.FieldError{{Field: "amount", Rule: "amount"}, {Field: "reason", Rule: "required"}}}
	return []sample{
		{"desk_refunds", at(many, views.RefundForm{On: true})},
		{"desk_refunds_wrong", at(paid(), wrong)},
		{"desk_refunds_off", at(elsewhere, views.RefundForm{})},
		{"desk_refunds_twice", at(twice, views.RefundForm{On: true})},
		{"desk_refund", func(p views.Page) templ.Component {
			p.Admin, p.Role, p.Path = "mei", models.RoleStaff, "/admin/orders/7"
			o := paid()
			return views.DeskRefund(p, views.RefundView{Order: o, Payment: o.Payment(), Money: hkd(5000), Reason: "One of two was broken", Restock: true, Intent: "intent", Alike: true, Notice: views.NoticeRefundAlike})
		}},
	}
}

// refundKeys are the texts of refunds that are found by data.
func refundKeys() (keys []string) {
	for _, n := range append(views.RefundNotices, views.NoticeRefundAlike) {
		keys = append(keys, "notice."+string(n))
	}
	for _, s := range models.RefundStatuses {
		keys = append(keys, "status.refund."+string(s))
	}
	for _, s := range models.Sources {
		if s != models.SourceReturn && s != models.SourceOperator {
			keys = append(keys, "event.refund."+string(s))
		}
	}
	return append(keys, "refunds.next.created", "refunds.next.pending", "refunds.elsewhere.pending", "refunds.elsewhere.succeeded", "refunds.field.amount", "refunds.field.reason",
		"refunds.hint.amount", "refunds.hint.reason", "refunds.error.amount.amount", "refunds.error.amount.too_much", "refunds.error.reason.required", "refunds.error.reason.too_long",
		"refunds.error.reason.characters")
}
