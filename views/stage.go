package views

import (
	"net/url"

	"lianlian-checkout/models"
)

// stage is which of its faces the order's page shows.
type stage string

const (
	stageChoose    stage = "choose"    // no wallet is chosen yet
	stagePreparing stage = "preparing" // nothing is known of a payment page yet
	stageRefused   stage = "refused"   // the gateway refused; the order still stands
	stageScan      stage = "scan"      // the code waits on a desktop
	stageContinue  stage = "continue"  // the wallet is on this device
	stageElsewhere stage = "elsewhere" // the order's wallet can't be used in this browser
	stageConfirm   stage = "confirm"   // the result isn't known yet
	stagePaid      stage = "paid"
	stageEnded     stage = "ended"    // failed, expired or cancelled: may be paid again
	stageRefunded  stage = "refunded" // money went back, or is about to
)

func (v OrderView) stage() stage {
	if v.Choose {
		return stageChoose
	}
	switch v.Order.Status {
	case models.OrderOpen:
		if v.refused() != nil {
			return stageRefused
		}
		return stagePreparing
	case models.OrderPending:
		switch {
		case v.refused() != nil && v.Declined != nil:
			return stageRefused
		case v.Confirming:
			return stageConfirm
		case v.QR:
			return stageScan
		case v.Offer.How == HowUnavailable:
			return stageElsewhere
		}
		return stageContinue
	case models.OrderProcessing:
		return stageConfirm
	case models.OrderPaid:
		return stagePaid
	case models.OrderFailed, models.OrderExpired, models.OrderCancelled:
		return stageEnded
	case models.OrderRefundPending, models.OrderPartiallyRefunded, models.OrderRefunded, models.OrderChargedBack:
		return stageRefunded
	}
	return stagePreparing
}

// live tells whether the page should follow the order: something may still happen by itself. An order that ended
// without money is followed too, because a late success is real money. A form that is being filled in stays as it is.
func (v OrderView) live() bool { return !v.Order.Status.Settled() && !v.Choose }

// refused is the newest refusal: the one just met, else the one on record.
func (v OrderView) refused() *models.DeclinedError {
	if v.Declined != nil {
		return v.Declined
	}
	pay := v.Order.Payment()
	if pay.ReturnCode == "" && pay.DeclineCode == "" || pay.ReturnCode == "SUCCESS" && pay.DeclineCode == "" {
		return nil
	}
	return &models.DeclinedError{ReturnCode: pay.ReturnCode, DeclineCode: pay.DeclineCode, TraceID: pay.TraceID}
}

func (v OrderView) path(rest string) string { return "/orders/" + v.Order.Token + rest }

// again is the page anew: one that stays as it is, or one that reloads itself.
func (v OrderView) again(still bool) string {
	query := url.Values{}
	if v.Confirming {
		query.Set("returned", "1")
	}
	if still {
		query.Set("still", "1")
	}
	if len(query) == 0 {
		return v.path("")
	}
	return v.path("?" + query.Encode())
}

func (v OrderView) processor() models.Processor { return v.Order.Payment().Processor }

func (v OrderView) scanned() bool { return !v.Order.Payment().ScannedAt.IsZero() }

// others are the wallets that the buyer may change to.
func (v OrderView) others() []Offer {
	var list []Offer
	for _, o := range v.Offers {
		if o.Processor != v.processor() {
			list = append(list, o)
		}
	}
	return list
}

// anyWorks tells whether some offer works on this device.
func anyWorks(offers []Offer) bool {
	for _, o := range offers {
		if o.How != HowUnavailable {
			return true
		}
	}
	return false
}

// headline is the result in one sentence.
func (v OrderView) headline(p Page) string {
	return p.Text("order.headline."+string(v.Order.Status), "Amount", p.Money(v.Order.Total))
}

func (v OrderView) title(p Page) string {
	switch v.stage() {
	case stageChoose:
		if len(v.Form.errors()) > 0 {
			return p.Text("checkout.title_error")
		}
		return p.Text("order.title_pay", "Amount", p.Money(v.Order.Total))
	case stageScan, stageContinue, stageElsewhere:
		return p.Text("order.title_pay", "Amount", p.Money(v.Order.Total))
	case stagePreparing, stageConfirm:
		return p.Text("order.title_confirm")
	case stageRefused:
		return p.Text("order.title_refused")
	case stagePaid, stageEnded, stageRefunded:
		return v.headline(p)
	}
	return v.Order.Number
}

// mark is the look of a result.
func mark(s models.OrderStatus) string {
	switch s {
	case models.OrderPaid:
		return "positive"
	case models.OrderFailed, models.OrderChargedBack:
		return "negative"
	case models.OrderExpired, models.OrderCancelled, models.OrderRefundPending, models.OrderPartiallyRefunded, models.OrderRefunded,
		models.OrderOpen, models.OrderPending, models.OrderProcessing:
		return "neutral"
	}
	return "neutral"
}

// headAmount is the sum that the headline is about: of a refund, as far as its sum is known, what goes back.
func (v OrderView) headAmount() models.Money {
	back := models.Money{Currency: v.Order.Total.Currency}
	switch v.Order.Status {
	case models.OrderRefundPending:
		for _, r := range v.Order.Refunds {
			if r.Status == models.RefundPending {
				back.Amount += r.Money.Amount
			}
		}
	case models.OrderPartiallyRefunded:
		back = v.Order.Refunded()
	case models.OrderOpen, models.OrderPending, models.OrderProcessing, models.OrderPaid, models.OrderFailed, models.OrderExpired, models.OrderCancelled, models.OrderRefunded,
		models.OrderChargedBack:
	}
	if back.Amount > 0 {
		return back
	}
	return v.Order.Total
}
