package simulator

import (
	"time"

	"lianlian-checkout/lianlian"
)

// maxDuplicates bounds Scenario.DuplicateNotifications.
const maxDuplicates = 20

// Scenario says how the gateway misbehaves. Its zero value behaves well. A knob acts when its moment comes: one set after
// a payment was made still acts on its notifications.
type Scenario struct {
	// CreateReturnCode refuses new payments with this code and its HTTP status (guide 5.3.4); none is kept.
	CreateReturnCode lianlian.ReturnCode
	// CreateDeclineCode is sent beside CreateReturnCode (guide 2.1.2, 5.3.5).
	CreateDeclineCode lianlian.DeclineCode
	// CreateStatus refuses new payments with this HTTP status and a page of HTML, as a proxy in front of the gateway
	// does; beside CreateReturnCode it replaces that code's status. None is kept.
	CreateStatus int
	// CreateDelay holds the answer back for so long, after the payment was accepted.
	CreateDelay time.Duration
	// CreateHang accepts the payment and never answers: the merchant's own timeout ends the call.
	CreateHang bool
	// DropCreateAnswer accepts the payment and breaks the connection.
	DropCreateAnswer bool
	// NotifyBeforeAnswer pays at once and sends the notification before the answer to the request for payment.
	NotifyBeforeAnswer bool
	// NonHTTPPaymentURL answers with a weixin: URL, which leads to an app.
	NonHTTPPaymentURL bool
	// QRCode adds qrcode to the answer, which then is to be preferred for a QR code.
	QRCode bool

	// UnsignedAnswer leaves the signature header of successful answers out.
	UnsignedAnswer bool
	// ForgeAnswer signs successful answers with a key that isn't the gateway's.
	ForgeAnswer bool
	// SignErrors signs refusals too, which the guide doesn't say.
	SignErrors bool
	// GarbageAnswer answers 200 with something that isn't JSON.
	GarbageAnswer bool
	// HugeAnswer answers with 100 MiB of valid, signed JSON, most of it spaces.
	HugeAnswer bool

	// QueryReturnCode refuses queries with this code.
	QueryReturnCode lianlian.ReturnCode
	// QueryStatus refuses queries with this HTTP status and a page of HTML, as a proxy in front of the gateway does.
	QueryStatus int
	// QueryDelay holds the answer to a query back.
	QueryDelay time.Duration
	// QueryTopLevel puts the payment's fields beside return_code, not inside order.
	QueryTopLevel bool

	// RefundReturnCode refuses refunds with this code; none is kept.
	RefundReturnCode lianlian.ReturnCode
	// DropRefundAnswer accepts the refund and breaks the connection.
	DropRefundAnswer bool
	// RefundDelay is how long a refund stays in RP before it is settled.
	RefundDelay time.Duration
	// RefundStays leaves a refund in RP; the payment's page, or [Simulator.SettleRefund], settles it.
	RefundStays bool
	// RefundFails lets an accepted refund fail: the payment is then again what it was before.
	RefundFails bool

	// StayProcessing leaves a payment in PP when the buyer pays; paying once more, from the overview, settles it.
	StayProcessing bool

	// LateSuccess closes a payment (PC) when the buyer pays, and lets it succeed only so long after: a late success is real
	// money (guide 5.1).
	LateSuccess time.Duration

	// LoseNotification makes every attempt to notify disappear on its way.
	LoseNotification bool
	// DuplicateNotifications sends each notification so many times more, at most 20.
	DuplicateNotifications int
	// DelayNotification holds the first attempt back.
	DelayNotification time.Duration
	// NotifyProcessing tells of PP before it tells of PS.
	NotifyProcessing bool
	// SwapNotifications holds a notification back until the payment's next one has left, and lets it follow: PS after RP, RP
	// after RS, PP after PS. Where no other comes it leaves after one NotifyInterval.
	SwapNotifications bool
	// ForgeNotification signs notifications with a key that isn't the gateway's.
	ForgeNotification bool
	// WrongAmount notifies, properly signed, a hundredth of the amount (at least 0.01, and never the amount itself).
	WrongAmount bool
	// WrongCurrency notifies another currency.
	WrongCurrency bool
	// WrongMerchant notifies another merchant's id.
	WrongMerchant bool

	// LoseReturn keeps the buyer who has paid on the gateway's page.
	LoseReturn bool
	// ForgeReturn signs the buyer's return with a key that isn't the gateway's.
	ForgeReturn bool
	// ReturnByPost sends the buyer back by a POST form, not by GET.
	ReturnByPost bool
	// ReturnSignsFields signs the return without timestamp and timezone, about which guide 4.1.4 is silent.
	ReturnSignsFields bool
}

// Scenario returns the knobs that hold for every payment without its own.
func (s *Simulator) Scenario() Scenario {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.scenario
}

// SetScenario turns the knobs for every payment without its own.
func (s *Simulator) SetScenario(sc Scenario) {
	defer s.keepState()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed()
	s.scenario = sc
}

// SetPaymentScenario turns the knobs for one payment, which need not exist yet. They replace all those of SetScenario.
func (s *Simulator) SetPaymentScenario(merchantTransactionID string, sc Scenario) {
	defer s.keepState()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed()
	s.scenarios.set(merchantTransactionID, sc)
}

// ClearPaymentScenario lets the knobs of SetScenario hold for the payment again.
func (s *Simulator) ClearPaymentScenario(merchantTransactionID string) {
	defer s.keepState()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed()
	s.scenarios.remove(merchantTransactionID)
}

// scenarioOf returns the knobs that hold for a payment. The caller holds mu.
func (s *Simulator) scenarioOf(merchantTransactionID string) Scenario {
	if sc, ok := s.scenarios.get(merchantTransactionID); ok {
		return sc
	}
	return s.scenario
}
