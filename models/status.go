package models

// Status is a payment's state in the gateway's code (guide 5.1).
type Status string

// The gateway's states.
const (
	StatusInitialized    Status = "IN" // payment initialised; nothing was sent or accepted yet
	StatusWaitingPayment Status = "WP" // waiting for the buyer
	StatusProcessing     Status = "PP" // result pending
	StatusCancelled      Status = "PC" // expired or cancelled
	StatusFailed         Status = "PF" // failed
	StatusPaid           Status = "PS" // paid
	StatusRefundPending  Status = "RP" // refund pending
	StatusPartlyRefunded Status = "PR" // partly refunded
	StatusRefunded       Status = "RS" // wholly refunded
	StatusChargeback     Status = "CB" // charged back
)

// Statuses lists every state, in the order of guide 5.1.
var Statuses = []Status{
	StatusInitialized, StatusWaitingPayment, StatusProcessing, StatusCancelled, StatusPaid, StatusFailed,
	StatusRefundPending, StatusRefunded, StatusPartlyRefunded, StatusChargeback,
}

// transitions is the only transition table: from → the states that evidence may move a payment to.
// PF and PC may still become PS, because a late success is real money. A state that has moved
// past PS never comes back before it. docs/state_machine.md is checked against this table.
var transitions = map[Status][]Status{
	StatusInitialized:    {StatusWaitingPayment, StatusProcessing, StatusPaid, StatusFailed, StatusCancelled},
	StatusWaitingPayment: {StatusProcessing, StatusPaid, StatusFailed, StatusCancelled},
	StatusProcessing:     {StatusPaid, StatusFailed, StatusCancelled},
	StatusFailed:         {StatusPaid},
	StatusCancelled:      {StatusPaid},
	StatusPaid:           {StatusRefundPending, StatusChargeback},
	StatusRefundPending:  {StatusRefunded, StatusPartlyRefunded, StatusPaid, StatusChargeback},
	StatusPartlyRefunded: {StatusRefundPending, StatusChargeback},
	StatusRefunded:       {StatusChargeback},
	StatusChargeback:     {},
}

// Transitions returns the states that a payment in s may move to.
func (s Status) Transitions() []Status { return transitions[s] }

// Known tells whether the guide has the state.
func (s Status) Known() bool { _, ok := transitions[s]; return ok }

// Verdict is what the transition table says of a message.
type Verdict string

// The verdicts.
const (
	VerdictApplied  Verdict = "applied"  // the state moved
	VerdictRepeated Verdict = "repeated" // says what is already known
	VerdictStale    Verdict = "stale"    // says what was true earlier; nothing to do
	VerdictRefused  Verdict = "refused"  // not possible by the table; kept, flagged, nothing changes
	VerdictHint     Verdict = "hint"     // carried by the buyer's browser; a reason to ask the gateway
	VerdictMismatch Verdict = "mismatch" // merchant, ids, amount or currency differ; kept, flagged
)

// Verdicts lists every verdict.
var Verdicts = []Verdict{VerdictApplied, VerdictRepeated, VerdictStale, VerdictHint, VerdictRefused, VerdictMismatch}

// Judge says what a message that claims `to` means for a payment in `from`.
func Judge(from, to Status) Verdict {
	if from == to {
		return VerdictRepeated
	}
	if !to.Known() {
		return VerdictRefused
	}
	for _, s := range transitions[from] {
		if s == to {
			return VerdictApplied
		}
	}
	if reaches(to, from) {
		return VerdictStale
	}
	return VerdictRefused
}

// reaches tells whether the table leads from one state to the other by any path: then a message
// with the earlier one is merely late. A refund that failed leads back to PS; that doesn't make PR or RS
// earlier than PS.
func reaches(from, to Status) bool {
	seen := map[Status]bool{from: true}
	for queue := []Status{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range transitions[queue[0]] {
			if queue[0] == StatusRefundPending && next == StatusPaid {
				continue
			}
			if next == to {
				return true
			}
			if !seen[next] {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return false
}

// Received tells whether the buyer's money reached the merchant at some time.
func (s Status) Received() bool {
	switch s {
	case StatusPaid, StatusRefundPending, StatusPartlyRefunded, StatusRefunded, StatusChargeback:
		return true
	case StatusInitialized, StatusWaitingPayment, StatusProcessing, StatusCancelled, StatusFailed:
		return false
	}
	return false
}

// Closed tells whether the gateway ended the payment without money, so that a new attempt may be made.
func (s Status) Closed() bool { return s == StatusCancelled || s == StatusFailed }

// OrderStatus is the shop's word for how an order stands; part of the public contract.
type OrderStatus string

// The order's statuses.
const (
	OrderOpen              OrderStatus = "open"       // not yet sent to the gateway
	OrderPending           OrderStatus = "pending"    // waiting at the gateway
	OrderProcessing        OrderStatus = "processing" // the buyer has confirmed; result pending
	OrderPaid              OrderStatus = "paid"
	OrderFailed            OrderStatus = "failed"
	OrderExpired           OrderStatus = "expired"
	OrderCancelled         OrderStatus = "cancelled"
	OrderRefundPending     OrderStatus = "refund_pending"
	OrderPartiallyRefunded OrderStatus = "partially_refunded"
	OrderRefunded          OrderStatus = "refunded"
	OrderChargedBack       OrderStatus = "charged_back"
)

// OrderStatuses lists every order status.
var OrderStatuses = []OrderStatus{
	OrderOpen, OrderPending, OrderProcessing, OrderPaid, OrderFailed, OrderExpired, OrderCancelled,
	OrderRefundPending, OrderPartiallyRefunded, OrderRefunded, OrderChargedBack,
}

// orderStatus is the shop's word for a payment in s. expired says that the order's time is over: it tells
// the two meanings of PC apart, and ends an order that still waits at the gateway without changing
// the payment, whose state is only ever the gateway's.
func orderStatus(s Status, expired bool) OrderStatus {
	switch s {
	case StatusInitialized, StatusWaitingPayment:
		if expired {
			return OrderExpired
		}
		if s == StatusInitialized {
			return OrderOpen
		}
		return OrderPending
	case StatusProcessing:
		return OrderProcessing
	case StatusCancelled:
		if expired {
			return OrderExpired
		}
		return OrderCancelled
	case StatusFailed:
		return OrderFailed
	case StatusPaid:
		return OrderPaid
	case StatusRefundPending:
		return OrderRefundPending
	case StatusPartlyRefunded:
		return OrderPartiallyRefunded
	case StatusRefunded:
		return OrderRefunded
	case StatusChargeback:
		return OrderChargedBack
	}
	return OrderOpen
}

// Settled tells whether the buyer has nothing left to wait for.
func (s OrderStatus) Settled() bool {
	switch s {
	case OrderOpen, OrderPending, OrderProcessing:
		return false
	case OrderPaid, OrderFailed, OrderExpired, OrderCancelled, OrderRefundPending, OrderPartiallyRefunded, OrderRefunded, OrderChargedBack:
		return true
	}
	return false
}
