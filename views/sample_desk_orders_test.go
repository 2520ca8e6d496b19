package views_test

import (
	"time"

	"github.com/a-h/templ"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

func deskWire() []models.Exchange {
	return []models.Exchange{
		{ID: 2, At: now, Took: 31 * time.Millisecond, Kind: models.ExchangeQuery, Method: "GET", URL: "https://gateway.example/v4/merchants/1/payments/P1", Sent: "timestamp: 1764000000000", Error: "the outcome isn't known"},
		{ID: 1, At: now, Took: 120 * time.Millisecond, Kind: models.ExchangeCreate, Method: "POST", URL: "https://gateway.example/v4/merchants/1/payments", Sent: "sign-type: RSA\nsignature: AAAAAAAAAAAA… (344 characters)",
			Body: `{"transaction_amount":"646.00"}`, Status: 200, Received: "content-type: application/json", Answer: `{"return_code":"SUCCESS","trace_id":"9f01"}`, TraceID: "9f01"},
	}
}

// deskSamples are the desk's pages of one order, of what needs attention, and of the codes.
func deskSamples() []sample {
	list := []sample{
		{"desk_attention_empty", func(p views.Page) templ.Component {
			p.Admin, p.Role = "mei", models.RoleReader
			return views.AdminAttention(p, views.AttentionView{})
		}},
		{"desk_attention", func(p views.Page) templ.Component {
			p.Admin, p.Role, p.Path, p.Attention = "mei", models.RoleOwner, "/admin/payments/attention", 120
			flagged, slow := order(models.OrderPaid, models.StatusPaid), order(models.OrderRefundPending, models.StatusRefundPending)
			flagged.Attention = models.AttentionDoublePayment + "\nquery: a payment in PS can't become XX\nthe gateway refuses our requests: IP_NOT_AUTHORIZED"
			dead := delivery(models.DeliveryDead)
			return views.AdminAttention(p, views.AttentionView{Notice: string(views.NoticeSettled), List: models.AttentionList{
				Orders: []models.Order{flagged}, Refunds: []models.Order{slow}, Lost: []models.Delivery{dead},
				Endpoints: []models.Endpoint{{ID: 1, URL: "https://erp.example/hooks/checkout?key=s3cret", Dead: 1}, {ID: 2, URL: "https://old.example/hook", DisabledAt: now, Reason: models.ReasonGone}},
				Mails:     []models.LostMail{{Mail: models.Mail{ID: 3, OrderID: 7, Kind: models.MailReceipt, Tries: 9}, OrderNumber: "7K3M-Q2XD", FailedAt: now}},
			}})
		}},
		{"desk_codes", func(p views.Page) templ.Component {
			p.Admin, p.Role = "mei", models.RoleReader
			return views.AdminCodes(p, views.CodesView{Codes: []models.GatewayCode{
				{Kind: models.CodeStatus, Code: "WP"}, {Kind: models.CodeReturn, Code: "IP_NOT_AUTHORIZED", HTTPStatus: 401, Message: "Merchant IP is not authorized"},
				{Kind: models.CodeDecline, Code: "insufficient_funds", Message: "The card has insufficient funds to complete the purchase."},
			}})
		}},
		{"desk_order_by_hand", func(p views.Page) templ.Component {
			p.Admin, p.Role = "mei", models.RoleReader
			o := order(models.OrderPaid, models.StatusWaitingPayment)
			o.ConfirmedAt = now
			return views.AdminOrder(p, views.AdminOrderView{Order: o, Wire: deskWire(), Events: []models.Event{
				{At: now, Kind: models.EventEvidence, Source: models.SourceOperator, Verdict: models.VerdictApplied, From: "pending", To: "paid", Detail: "shown at the counter", Actor: "mei", Raw: `{"gateway":"unreachable"}`},
				{At: now, Kind: models.EventNoted, Detail: "rang the buyer", Actor: "mei"}, {At: now, Kind: models.EventSeen, Detail: "compared", Raw: "query: amount differs", Actor: "mei"},
			}})
		}},
	}
	for _, s := range models.OrderStatuses {
		list = append(list, sample{"desk_order_" + string(s), func(p views.Page) templ.Component {
			p.Admin, p.Role = "mei", models.RoleStaff
			return views.AdminOrder(p, views.AdminOrderView{Order: order(s, paymentStatus[s])})
		}})
	}
	return list
}
