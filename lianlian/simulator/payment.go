package simulator

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"lianlian-checkout/lianlian"
)

// ErrNotFound says that the simulator doesn't hold the payment.
var ErrNotFound = errors.New("payment not found")

// ErrNotOpen says that a payment can't be paid, failed or cancelled any more.
var ErrNotOpen = errors.New("payment is not open")

// maxLinks is how many payment URLs of one payment stay good: each time it is sent again it gets a fresh one.
const maxLinks = 8

// Payment is what the simulator holds of one payment: a copy.
type Payment struct {
	LLTransactionID       string
	MerchantTransactionID string
	Processor             lianlian.PaymentProcessor // of the latest request
	Method                lianlian.PaymentMethod    // of the latest request
	Amount                lianlian.Amount
	Currency              string
	Country               string // of acquiring
	Description           string // order_description
	NotificationURL       string // may be empty: no notification then
	RedirectURL           string
	PaymentURL            string // the page, also when Scenario.NonHTTPPaymentURL answered with another one
	Status                lianlian.PaymentStatus
	DeclineCode           lianlian.DeclineCode // why it failed, if known
	CreatedAt             time.Time
	PaidAt                time.Time // zero until paid
	PaidFrom              string    // the account that the buyer of the pages chose: balance, card, empty; "" from code
	SettlementCurrency    string    // empty until paid
	SettlementAmount      lianlian.Amount
	Requests              int // how often the merchant sent it
	Queries               int // how often the merchant asked for it
	NotificationsSent     int // attempts and duplicates that left, but for lost ones
	NotificationsAcked    int // notifications that the merchant has acknowledged
	HasScenario           bool
	Refunds               []Refund   // oldest first
	Log                   []LogEntry // the latest messages, oldest first
}

// payment is a Payment with what only the simulator needs; Log is kept apart. Guarded by Simulator.mu.
type payment struct {
	Payment
	tokens  []string
	refunds []*refund
	log     []LogEntry
}

// link is where one payment URL leads: the page stays what it was when the URL was given out, also when the payment is
// sent again with another method.
type link struct {
	payment *payment
	method  lianlian.PaymentMethod
}

// isOpen says whether the buyer can still act.
func isOpen(st lianlian.PaymentStatus) bool {
	return st == lianlian.StatusInitialized || st == lianlian.StatusWaiting || st == lianlian.StatusProcessing
}

// Payments returns what the simulator holds, the newest first, without logs.
func (s *Simulator) Payments() []Payment {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Payment, 0, len(s.payments.values))
	for p := range s.payments.newest() {
		list = append(list, s.snapshot(p))
	}
	return list
}

// Payment returns one payment with its log.
func (s *Simulator) Payment(merchantTransactionID string) (Payment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.payments.get(merchantTransactionID)
	if !ok {
		return Payment{}, false
	}
	c := s.snapshot(p)
	c.Log = slices.Clone(p.log)
	return c, true
}

// Pay does what the buyer's button does. It works on an open payment only: [Simulator.SetStatus] makes a late success.
func (s *Simulator) Pay(merchantTransactionID string) error {
	return s.act(merchantTransactionID, func(p *payment, sc Scenario) {
		if sc.StayProcessing && p.Status != lianlian.StatusProcessing {
			p.Status = lianlian.StatusProcessing
			return
		}
		s.pay(p, sc)
	})
}

// pay lets the payment succeed as the scenario wants. The caller holds mu.
func (s *Simulator) pay(p *payment, sc Scenario) {
	switch {
	case sc.LateSuccess > 0:
		s.move(p, lianlian.StatusCancelled)
		s.schedule(&notice{id: p.MerchantTransactionID, task: &task{Success: true}}, sc.LateSuccess)
	case sc.NotifyProcessing && p.NotificationURL != "" && !s.closed:
		p.Status = lianlian.StatusProcessing
		first := s.newNotice(p)
		s.settlePayment(p, lianlian.StatusSuccess)
		second := s.newNotice(p)
		if sc.SwapNotifications {
			first, second = second, first
		}
		first.after = second
		s.schedule(first, sc.DelayNotification)
	default:
		s.move(p, lianlian.StatusSuccess)
	}
}

// Fail refuses the open payment, as a wallet does. The code may be empty; a query shows it (guide 2.1.2).
func (s *Simulator) Fail(merchantTransactionID string, code lianlian.DeclineCode) error {
	return s.act(merchantTransactionID, func(p *payment, _ Scenario) {
		p.DeclineCode = code
		s.move(p, lianlian.StatusFailed)
	})
}

// Cancel gives the open payment up, as the buyer does.
func (s *Simulator) Cancel(merchantTransactionID string) error {
	return s.act(merchantTransactionID, func(p *payment, _ Scenario) { s.move(p, lianlian.StatusCancelled) })
}

// SetStatus moves a payment to any status, likely or not, and notifies it: for refunds, chargebacks, late successes, and
// for what a merchant must not believe.
func (s *Simulator) SetStatus(merchantTransactionID string, status lianlian.PaymentStatus) error {
	if !status.Known() {
		return fmt.Errorf("set status of payment %s: unknown status %q", merchantTransactionID, status)
	}
	defer s.keepState()
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.payments.get(merchantTransactionID)
	if !ok {
		return fmt.Errorf("set status of payment %s: %w", merchantTransactionID, ErrNotFound)
	}
	s.move(p, status)
	return nil
}

func (s *Simulator) act(id string, do func(*payment, Scenario)) error {
	defer s.keepState()
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.payments.get(id)
	if !ok {
		return fmt.Errorf("act on payment %s: %w", id, ErrNotFound)
	}
	s.expire(p)
	if !isOpen(p.Status) {
		return fmt.Errorf("act on payment %s in %s: %w", id, p.Status, ErrNotOpen)
	}
	s.changed()
	s.noteMischief(id)
	do(p, s.scenarioOf(id))
	return nil
}

// move changes the status and starts its notification. The caller holds mu.
func (s *Simulator) move(p *payment, to lianlian.PaymentStatus) {
	s.settlePayment(p, to)
	s.notify(p, s.scenarioOf(p.MerchantTransactionID).DelayNotification)
}

// settlePayment changes the status without telling anybody. The caller holds mu.
func (s *Simulator) settlePayment(p *payment, to lianlian.PaymentStatus) {
	s.opts.Logger.Info("simulated payment moved", "merchant_transaction_id", p.MerchantTransactionID, "from", p.Status, "to", to)
	s.changed()
	p.Status = to
	if to != lianlian.StatusFailed {
		p.DeclineCode = ""
	}
	if to == lianlian.StatusSuccess && p.PaidAt.IsZero() {
		p.PaidAt = s.opts.Now()
		p.SettlementCurrency, p.SettlementAmount = settlementCurrency, settle(p.Amount, p.Currency)
	}
}

// expire closes a payment that has waited too long. It happens when somebody looks, so that idle payments need no timer;
// nobody is notified: guide 4.1.2 notifies when a payment is confirmed. The caller holds mu.
func (s *Simulator) expire(p *payment) {
	waiting := p.Status == lianlian.StatusInitialized || p.Status == lianlian.StatusWaiting
	if waiting && float64(s.opts.Now().Sub(p.CreatedAt))*s.speed >= float64(s.opts.PaymentTTL) {
		p.Status = lianlian.StatusCancelled
	}
}

// snapshot brings a payment up to date and copies it. The caller holds mu.
func (s *Simulator) snapshot(p *payment) Payment {
	s.expire(p)
	c := p.Payment
	_, c.HasScenario = s.scenarios.get(p.MerchantTransactionID)
	for _, r := range p.refunds {
		c.Refunds = append(c.Refunds, r.Refund)
	}
	return c
}

// keep stores a new payment, and forgets what goes beyond the limits. The caller holds mu.
func (s *Simulator) keep(p *payment) {
	if old, ok := s.payments.set(p.MerchantTransactionID, p); ok {
		for _, token := range old.tokens {
			delete(s.tokens, token)
		}
		for _, r := range old.refunds {
			delete(s.refunds, r.MerchantTransactionID)
		}
		for n := range s.pending {
			if n.id == old.MerchantTransactionID {
				s.drop(n)
			}
		}
	}
	if past := len(s.payments.order) - 1 - maxLogged; past >= 0 {
		s.payments.values[s.payments.order[past]].log = nil
	}
}

// link gives a payment a fresh URL. The caller holds mu.
func (s *Simulator) link(p *payment) {
	s.changed()
	token := randomHex()
	p.tokens = append(p.tokens, token)
	s.tokens[token] = link{p, p.Method}
	if len(p.tokens) > maxLinks {
		delete(s.tokens, p.tokens[0])
		p.tokens = slices.Clone(p.tokens[1:])
	}
	p.PaymentURL = s.base.String() + "/pay/" + token
}

// byToken finds the payment of a page's URL, up to date; its Method is the one that the URL was given out for.
func (s *Simulator) byToken(token string) (Payment, Scenario, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.tokens[token]
	if !ok {
		return Payment{}, Scenario{}, false
	}
	p := s.snapshot(l.payment)
	p.Method = l.method
	return p, s.scenarioOf(p.MerchantTransactionID), true
}
