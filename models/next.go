package models

import "time"

// Action is what an operator can do about an order.
type Action string

// The actions.
const (
	ActionNone     Action = ""
	ActionCheck    Action = "check"    // ask the gateway
	ActionSeen     Action = "seen"     // say that what needed attention was dealt with
	ActionEvidence Action = "evidence" // take the evidence along
)

// Next is what an operator should do about an order: Key names the sentence, Do the button to offer first.
type Next struct {
	Key string
	Do  Action
}

// urgent are the kinds of attention, the one to deal with first at the front.
var urgent = []AttentionKind{
	AttentionDouble, AttentionMismatch, AttentionUnknown, AttentionHand, AttentionCancelled, AttentionStock, AttentionFullLink, AttentionAnswer,
	AttentionSetup, AttentionOther,
}

// Next says what an operator should do about the order at the time.
func (o Order) Next(now time.Time) Next {
	kinds := map[AttentionKind]bool{}
	for _, reason := range o.Reasons() {
		kinds[KindOfAttention(reason)] = true
	}
	for _, k := range urgent {
		if !kinds[k] {
			continue
		}
		do := ActionSeen
		if !o.clear(k) {
			do = ActionCheck
		}
		return Next{"attention." + string(k) + ".do", do}
	}
	return o.nextByStatus(now)
}

// clear tells whether the gateway has nothing to add to that kind of attention.
func (o Order) clear(k AttentionKind) bool {
	switch k {
	case AttentionMismatch, AttentionUnknown, AttentionHand, AttentionAnswer, AttentionSetup, AttentionOther:
		return o.Payment().Status.Received()
	case AttentionDouble, AttentionCancelled, AttentionStock, AttentionFullLink:
		return true
	}
	return true
}

func (o Order) nextByStatus(now time.Time) Next {
	switch o.Status {
	case OrderOpen:
		if !o.Chosen() {
			return Next{"next.unchosen", ActionNone}
		}
		return Next{"next.open", ActionCheck}
	case OrderPending:
		if now.Before(o.ExpiresAt) {
			return Next{"next.pending", ActionCheck}
		}
		return Next{"next.overdue", ActionCheck}
	case OrderProcessing:
		return Next{"next.processing", ActionCheck}
	case OrderPaid:
		if o.ByHand() {
			return Next{"next.by_hand", ActionCheck}
		}
		return Next{"next.paid", ActionNone}
	case OrderFailed:
		return Next{"next.failed", ActionNone}
	case OrderExpired:
		return Next{"next.expired", ActionCheck}
	case OrderCancelled:
		if !o.CancelledAt.IsZero() {
			return Next{"next.ended", ActionNone}
		}
		return Next{"next.closed", ActionNone}
	case OrderRefundPending:
		return Next{"next.refund_pending", ActionCheck}
	case OrderPartiallyRefunded:
		return Next{"next.partially_refunded", ActionNone}
	case OrderRefunded:
		return Next{"next.refunded", ActionNone}
	case OrderChargedBack:
		return Next{"next.charged_back", ActionEvidence}
	}
	return Next{"next.open", ActionCheck}
}

// Confirmable tells whether an operator may try to confirm the order by hand; the gateway is asked before.
func (o Order) Confirmable() bool {
	switch o.Status {
	case OrderOpen, OrderPending, OrderProcessing, OrderExpired:
		return o.CancelledAt.IsZero() && o.PaidAt.IsZero() && !o.Payment().Status.Closed()
	case OrderPaid, OrderFailed, OrderCancelled, OrderRefundPending, OrderPartiallyRefunded, OrderRefunded, OrderChargedBack:
		return false
	}
	return false
}
