package simulator

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"lianlian-checkout/lianlian"
)

const (
	notifyTimeout = 10 * time.Second
	maxAckBody    = 64 << 10
)

// notification is guide 4.1.2. payment_time is epoch milliseconds; of a payment that was never paid it is the time of the
// change of state, since the field is mandatory.
type notification struct {
	MerchantID            string                 `json:"merchant_id"`
	LLTransactionID       string                 `json:"ll_transaction_id"`
	MerchantTransactionID string                 `json:"merchant_transaction_id"`
	TransactionCurrency   string                 `json:"transaction_currency"`
	TransactionAmount     lianlian.Amount        `json:"transaction_amount"`
	TransactionStatus     lianlian.PaymentStatus `json:"transaction_status"`
	PaymentTime           int64                  `json:"payment_time"`
	SettlementCurrency    string                 `json:"settlement_currency,omitempty"`
	SettlementAmount      string                 `json:"settlement_amount,omitempty"`
}

// notice is one change of state on its way to the merchant. Between attempts it is a timer, not a goroutine.
type notice struct {
	id       string // of the payment
	url      string
	content  content     // as it was when the state changed
	act      func()      // what is to happen in place of an attempt, with mu held: nobody is told
	timer    *time.Timer // guarded by Simulator.mu, as is pending
	attempts int         // of the one attempt at a time
}

// content is what a notification says; the knobs make wrong ones of it.
type content interface {
	wrong(sc Scenario) content
}

func (n notification) wrong(sc Scenario) content {
	n.MerchantID, n.TransactionAmount, n.TransactionCurrency = wrongly(sc, n.MerchantID, n.TransactionAmount, n.TransactionCurrency)
	return n
}

// wrongly changes what the scenario wants wrong.
func wrongly(sc Scenario, merchant string, amount lianlian.Amount, currency string) (string, lianlian.Amount, string) {
	if sc.WrongAmount {
		wrong := max(amount/100, 1)
		if wrong == amount {
			wrong++
		}
		amount = wrong
	}
	if sc.WrongCurrency {
		wrong := "JPY"
		if currency == wrong {
			wrong = "HKD"
		}
		currency = wrong
	}
	if sc.WrongMerchant {
		merchant = "ANOTHER" + merchant[:min(len(merchant), 25)]
	}
	return merchant, amount, currency
}

// notify starts the notification of the payment's state. The caller holds mu.
func (s *Simulator) notify(p *payment, delay time.Duration) {
	if n := s.newNotice(p); n != nil {
		s.schedule(n, delay)
	}
}

// newNotice returns nil when there is nobody to tell. The caller holds mu.
func (s *Simulator) newNotice(p *payment) *notice {
	if p.NotificationURL == "" || s.closed {
		return nil
	}
	return &notice{id: p.MerchantTransactionID, url: p.NotificationURL, content: s.notificationOf(p.Payment)}
}

func (s *Simulator) notificationOf(p Payment) notification {
	at := p.PaidAt
	if at.IsZero() {
		at = s.opts.Now()
	}
	n := notification{
		MerchantID: s.opts.MerchantID, LLTransactionID: p.LLTransactionID, MerchantTransactionID: p.MerchantTransactionID,
		TransactionCurrency: p.Currency, TransactionAmount: p.Amount, TransactionStatus: p.Status, PaymentTime: at.UnixMilli(),
	}
	if !p.PaidAt.IsZero() {
		n.SettlementCurrency, n.SettlementAmount = p.SettlementCurrency, p.SettlementAmount.String()
	}
	return n
}

// schedule sets the timer of the next attempt. The caller holds mu.
func (s *Simulator) schedule(n *notice, delay time.Duration) {
	if s.closed {
		return
	}
	s.pending[n] = struct{}{}
	s.wg.Add(1)
	n.timer = time.AfterFunc(delay, func() {
		defer s.wg.Done()
		s.attempt(n)
	})
}

// drop forgets a notice that waits; an attempt that has begun finds itself forgotten. The caller holds mu.
func (s *Simulator) drop(n *notice) {
	if n.timer.Stop() {
		s.wg.Done()
	}
	delete(s.pending, n)
}

// payAndNotifyNow settles the payment and makes the first attempt before it returns.
func (s *Simulator) payAndNotifyNow(id string) {
	s.mu.Lock()
	p, ok := s.payments.get(id)
	if !ok || !isOpen(p.Status) {
		s.mu.Unlock()
		return
	}
	s.settlePayment(p, lianlian.StatusSuccess)
	n := s.newNotice(p)
	if n == nil {
		s.mu.Unlock()
		return
	}
	s.wg.Add(1)
	defer s.wg.Done()
	n.timer = time.NewTimer(0) // so that drop finds one
	n.timer.Stop()
	s.pending[n] = struct{}{}
	s.mu.Unlock()
	s.attempt(n)
}

// attempt sends a notice once, with its duplicates, and schedules the next attempt unless the merchant has acknowledged.
func (s *Simulator) attempt(n *notice) {
	select {
	case s.inFlight <- struct{}{}:
		defer func() { <-s.inFlight }()
	case <-s.ctx.Done():
		return
	}
	s.mu.Lock()
	_, wanted := s.pending[n]
	sc := s.scenarioOf(n.id)
	s.mu.Unlock()
	if !wanted || s.ctx.Err() != nil {
		return
	}
	if n.act != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if _, wanted := s.pending[n]; wanted {
			delete(s.pending, n)
			n.act()
		}
		return
	}
	n.attempts++
	acked := false
	for range 1 + min(max(sc.DuplicateNotifications, 0), maxDuplicates) {
		acked = s.deliver(n, sc) || acked
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, wanted := s.pending[n]; !wanted {
		return
	}
	delete(s.pending, n)
	if acked {
		if p, ok := s.payments.get(n.id); ok {
			p.NotificationsAcked++
		}
	} else if n.attempts < s.opts.NotifyAttempts {
		s.schedule(n, s.opts.NotifyInterval)
	}
}

// deliver puts one copy on the wire and says whether the merchant has acknowledged it.
func (s *Simulator) deliver(n *notice, sc Scenario) bool {
	e := LogEntry{Kind: LogNotification, At: s.opts.Now(), Attempt: n.attempts, Method: http.MethodPost, URL: n.url}
	body, signature, err := s.signedNotification(n.content, sc)
	if err != nil {
		s.opts.Logger.Error("simulated notification not made", "merchant_transaction_id", n.id, "error", err)
		return false
	}
	e.Request = newMessage(signature, body)
	if sc.LoseNotification {
		e.Note = "scenario: lost on the way"
		s.record(n.id, e)
		return false
	}
	answer, err := s.post(n.url, signature, body, &e)
	acked := err == nil && acknowledges(e.Status, answer)
	e.Response = Message{Body: clip(string(answer))}
	switch {
	case err != nil:
		e.Note = "no answer: " + err.Error()
	case !acked:
		e.Note = `not acknowledged: the answer is not {"code":"200","msg":"success"}`
	}
	s.mu.Lock()
	if p, ok := s.payments.get(n.id); ok {
		p.NotificationsSent++
	}
	s.mu.Unlock()
	s.record(n.id, e)
	return acked
}

func (s *Simulator) signedNotification(content content, sc Scenario) (body []byte, signature string, err error) {
	content = content.wrong(sc)
	if body, err = encode(content); err != nil {
		return nil, "", err
	}
	signer, err := s.signerFor(sc.ForgeNotification)
	if err != nil {
		return nil, "", err
	}
	signature, err = signer.Sign(body)
	return body, signature, err
}

// post sends a notification and reads the answer. Redirects aren't followed.
func (s *Simulator) post(url, signature string, body []byte, e *LogEntry) ([]byte, error) {
	ctx, cancel := context.WithTimeout(s.ctx, notifyTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json;charset=UTF-8")
	req.Header.Set("signature", signature)
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	e.Status = resp.StatusCode
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAckBody+1))
	if err == nil && len(answer) > maxAckBody {
		err = errors.New("answer above 64 KiB")
	}
	return answer, err
}

// acknowledges says whether an answer is exactly the one of guide 4.1.2.
func acknowledges(status int, body []byte) bool {
	fields, err := readObject(body)
	return status == http.StatusOK && err == nil && len(fields) == 2 && fields["code"] == "200" && fields["msg"] == "success"
}
