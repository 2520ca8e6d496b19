package models_test

import (
	"testing"
	"time"

	"lianlian-checkout/models"
)

// reasons holds a line of attention of each kind, as it is written where it comes up.
var reasons = map[models.AttentionKind]string{
	models.AttentionMismatch:  "notification: amount is HKD 1.00, the order's is HKD 168.00",
	models.AttentionUnknown:   "query: a payment in WP can't become XX",
	models.AttentionDouble:    models.AttentionDoublePayment,
	models.AttentionCancelled: models.AttentionAfterCancel,
	models.AttentionStock:     models.AttentionOversold,
	models.AttentionFullLink:  models.AttentionLink,
	models.AttentionHand:      models.AttentionByHand,
	models.AttentionSetup:     "the gateway refuses our requests: IP_NOT_AUTHORIZED",
	models.AttentionAnswer:    "the gateway's answer can't be used: payment_url isn't https: the buyer is not sent there",
	models.AttentionOther:     "something new",
}

func TestKindOfAttention(t *testing.T) {
	t.Parallel()
	for _, want := range models.AttentionKinds {
		reason, ok := reasons[want]
		if got := models.KindOfAttention(reason); !ok || got != want {
			t.Errorf("%q is %s, want %s", reason, got, want)
		}
	}
	for _, reason := range []string{"request not sent: products is missing", "return: merchant id differs", ""} {
		if got := models.KindOfAttention(reason); (got == models.AttentionOther) != (reason == "") {
			t.Errorf("%q is %s", reason, got)
		}
	}
}

// What to do next, for every status and every attention.
func TestNext(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	order := func(s models.OrderStatus, p models.Status) models.Order {
		return models.Order{Status: s, ExpiresAt: now.Add(time.Minute), Payments: []models.Payment{{Status: p, Processor: models.AlipayHK}}}
	}
	unchosen := order(models.OrderOpen, models.StatusInitialized)
	unchosen.Payments[0].Processor = ""
	overdue := order(models.OrderPending, models.StatusWaitingPayment)
	overdue.ExpiresAt = now
	ended := order(models.OrderCancelled, models.StatusWaitingPayment)
	ended.CancelledAt = now
	byHand := order(models.OrderPaid, models.StatusWaitingPayment)
	byHand.ConfirmedAt, byHand.PaidAt = now, now
	agreed := byHand
	agreed.Payments = []models.Payment{{Status: models.StatusPaid, Processor: models.AlipayHK}}
	plain := []struct {
		name        string
		order       models.Order
		want        models.Next
		confirmable bool
	}{
		{"no wallet yet", unchosen, models.Next{Key: "next.unchosen"}, true},
		{"open", order(models.OrderOpen, models.StatusInitialized), models.Next{Key: "next.open", Do: models.ActionCheck}, true},
		{"pending", order(models.OrderPending, models.StatusWaitingPayment), models.Next{Key: "next.pending", Do: models.ActionCheck}, true},
		{"overdue", overdue, models.Next{Key: "next.overdue", Do: models.ActionCheck}, true},
		{"processing", order(models.OrderProcessing, models.StatusProcessing), models.Next{Key: "next.processing", Do: models.ActionCheck}, true},
		{"paid", order(models.OrderPaid, models.StatusPaid), models.Next{Key: "next.paid"}, false},
		{"by hand", byHand, models.Next{Key: "next.by_hand", Do: models.ActionCheck}, false},
		{"by hand, and the gateway agreed", agreed, models.Next{Key: "next.paid"}, false},
		{"failed", order(models.OrderFailed, models.StatusFailed), models.Next{Key: "next.failed"}, false},
		{"expired", order(models.OrderExpired, models.StatusWaitingPayment), models.Next{Key: "next.expired", Do: models.ActionCheck}, true},
		{"expired at the gateway", order(models.OrderExpired, models.StatusCancelled), models.Next{Key: "next.expired", Do: models.ActionCheck}, false},
		{"cancelled at the gateway", order(models.OrderCancelled, models.StatusCancelled), models.Next{Key: "next.closed"}, false},
		{"cancelled here", ended, models.Next{Key: "next.ended"}, false},
		{"refund pending", order(models.OrderRefundPending, models.StatusRefundPending), models.Next{Key: "next.refund_pending", Do: models.ActionCheck}, false},
		{"partly refunded", order(models.OrderPartiallyRefunded, models.StatusPartlyRefunded), models.Next{Key: "next.partially_refunded"}, false},
		{"refunded", order(models.OrderRefunded, models.StatusRefunded), models.Next{Key: "next.refunded"}, false},
		{"charged back", order(models.OrderChargedBack, models.StatusChargeback), models.Next{Key: "next.charged_back", Do: models.ActionEvidence}, false},
	}
	seen := map[models.OrderStatus]bool{}
	for _, c := range plain {
		seen[c.order.Status] = true
		if got := c.order.Next(now); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if got := c.order.Confirmable(); got != c.confirmable {
			t.Errorf("%s: confirmable %v", c.name, got)
		}
		for _, kind := range models.AttentionKinds {
			o := c.order
			o.Attention = reasons[kind]
			want := models.Next{Key: "attention." + string(kind) + ".do", Do: models.ActionSeen}
			switch kind {
			case models.AttentionMismatch, models.AttentionUnknown, models.AttentionHand, models.AttentionAnswer, models.AttentionSetup, models.AttentionOther:
				if !o.Payment().Status.Received() {
					want.Do = models.ActionCheck
				}
			case models.AttentionDouble, models.AttentionCancelled, models.AttentionStock, models.AttentionFullLink:
			}
			if got := o.Next(now); got != want {
				t.Errorf("%s with %s: %+v, want %+v", c.name, kind, got, want)
			}
		}
	}
	for _, s := range models.OrderStatuses {
		if !seen[s] {
			t.Errorf("%s has no case", s)
		}
	}
	o := order(models.OrderPaid, models.StatusPaid)
	o.Attention = reasons[models.AttentionOther] + "\n" + reasons[models.AttentionStock] + "\n" + reasons[models.AttentionDouble]
	if got := o.Next(now); got.Key != "attention.double.do" {
		t.Errorf("of several the first is %s", got.Key)
	}
}
