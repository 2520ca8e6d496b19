package simulator

import (
	"errors"
	"fmt"
	"time"

	"lianlian-checkout/lianlian"
)

// ErrNotRefundable says that a payment has not so much left to give back, or a refund is settled already.
var ErrNotRefundable = errors.New("not refundable")

// RefundFailed is the simulator's own state of a refund that failed: which one the real gateway gives isn't known, so a merchant must
// take it as one that it doesn't know.
const RefundFailed lianlian.RefundStatus = "RF"

// Refund is what the simulator holds of one refund (sibling v3 API, not in this guide): a copy.
type Refund struct {
	LLTransactionID       string
	MerchantTransactionID string
	OriginalTransactionID string
	Amount                lianlian.Amount
	Currency              string
	Reason                string
	Status                lianlian.RefundStatus // RP, RS or RefundFailed
	Elsewhere             bool                  // made in LianLian's own portal
	CreatedAt             time.Time
	Requests              int // how often the merchant sent it
	Queries               int // how often the merchant asked for it
}

// refund is a Refund with its payment. Guarded by Simulator.mu.
type refund struct {
	Refund
	payment *payment
}

// Refund returns one refund by its own id.
func (s *Simulator) Refund(merchantTransactionID string) (Refund, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.refunds[merchantTransactionID]
	if !ok {
		return Refund{}, false
	}
	return r.Refund, true
}

// RefundElsewhere makes a refund as LianLian's own portal does: the merchant hears of it only by the payment's state.
func (s *Simulator) RefundElsewhere(merchantTransactionID string, amount lianlian.Amount) error {
	defer s.keepState()
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.payments.get(merchantTransactionID)
	if !ok {
		return fmt.Errorf("refund payment %s: %w", merchantTransactionID, ErrNotFound)
	}
	if !refundable(p.Status) || amount <= 0 || amount > p.left() {
		return fmt.Errorf("refund payment %s: %w", merchantTransactionID, ErrNotRefundable)
	}
	s.noteMischief(merchantTransactionID)
	s.addRefund(p, Refund{MerchantTransactionID: "portal-" + randomHex(), Amount: amount, Elsewhere: true})
	return nil
}

// SettleRefund ends a refund that is in RP: the money is back, or it failed.
func (s *Simulator) SettleRefund(merchantTransactionID string, success bool) error {
	defer s.keepState()
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.refunds[merchantTransactionID]
	switch {
	case !ok:
		return fmt.Errorf("settle refund %s: %w", merchantTransactionID, ErrNotFound)
	case r.Status != lianlian.RefundPending:
		return fmt.Errorf("settle refund %s in %s: %w", merchantTransactionID, r.Status, ErrNotRefundable)
	}
	s.settleRefund(r, success)
	return nil
}

func refundable(st lianlian.PaymentStatus) bool {
	return st == lianlian.StatusSuccess || st == lianlian.StatusRefundPending || st == lianlian.StatusPartlyRefunded
}

// left is what may still be given back. The caller holds mu.
func (p *payment) left() lianlian.Amount {
	left := p.Amount
	for _, r := range p.refunds {
		left -= r.taken()
	}
	return left
}

// left is the same of a copy.
func left(p Payment) lianlian.Amount {
	left := p.Amount
	for _, r := range p.Refunds {
		left -= r.taken()
	}
	return left
}

// taken is what a refund takes of its payment.
func (r Refund) taken() lianlian.Amount {
	if r.Status == RefundFailed {
		return 0
	}
	return r.Amount
}

// addRefund takes a refund on, and sees to its end. The caller holds mu.
func (s *Simulator) addRefund(p *payment, f Refund) *refund {
	now := s.opts.Now()
	f.LLTransactionID, f.OriginalTransactionID, f.Currency = newLLTransactionID(now), p.MerchantTransactionID, p.Currency
	f.Status, f.CreatedAt = lianlian.RefundPending, now
	r := &refund{f, p}
	p.refunds = append(p.refunds, r)
	s.refunds[f.MerchantTransactionID] = r
	s.opts.Logger.Info("simulated refund created", "merchant_transaction_id", f.MerchantTransactionID, "amount", f.Amount, "currency", f.Currency)
	s.refundMoved(r)
	if sc := s.scenarioOf(p.MerchantTransactionID); !sc.RefundStays {
		s.schedule(&notice{id: p.MerchantTransactionID, task: &task{Refund: f.MerchantTransactionID, Success: !sc.RefundFails}}, sc.RefundDelay)
	}
	return r
}

// settleRefund ends a refund. The caller holds mu.
func (s *Simulator) settleRefund(r *refund, success bool) {
	r.Status = RefundFailed
	if success {
		r.Status = lianlian.RefundSuccess
	}
	s.opts.Logger.Info("simulated refund settled", "merchant_transaction_id", r.MerchantTransactionID, "status", r.Status)
	s.refundMoved(r)
}

// refundMoved brings the payment's state in line (guide 5.1) and tells the merchant: of a refund of its own by the refund's
// notification, of another one by the payment's. A refund that failed is told of by nothing but the payment's state. The caller
// holds mu.
func (s *Simulator) refundMoved(r *refund) {
	s.changed()
	p := r.payment
	pending, back := false, lianlian.Amount(0)
	for _, of := range p.refunds {
		pending = pending || of.Status == lianlian.RefundPending
		if of.Status == lianlian.RefundSuccess {
			back += of.Amount
		}
	}
	if p.Status != lianlian.StatusChargeback {
		to := lianlian.StatusSuccess
		switch {
		case pending:
			to = lianlian.StatusRefundPending
		case back == p.Amount:
			to = lianlian.StatusRefunded
		case back > 0:
			to = lianlian.StatusPartlyRefunded
		}
		if p.Status != to {
			s.settlePayment(p, to)
		}
	}
	delay := s.scenarioOf(p.MerchantTransactionID).DelayNotification
	switch {
	case r.Elsewhere:
		s.notify(p, delay)
	case r.Status != RefundFailed && p.NotificationURL != "" && !s.closed:
		s.announce(&notice{id: p.MerchantTransactionID, url: p.NotificationURL, content: s.refundNotificationOf(r.Refund)}, delay)
	}
}
