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

// deliver puts one copy on the wire and says whether the merchant has acknowledged it.
func (s *Simulator) deliver(n *notice, sc Scenario) bool {
	s.keepState() // before the merchant hears of it
	e := LogEntry{Kind: LogNotification, At: s.opts.Now(), Attempt: n.attempts, Method: http.MethodPost, URL: n.url}
	body, signature, err := s.signedNotification(n.content, sc)
	if err != nil {
		s.opts.Logger.Error("simulated notification not made", "merchant_transaction_id", n.id, "error", err)
		return false
	}
	e.Request = newMessage(signature, body)
	if sc.LoseNotification {
		e.Note = "scenario: lost on the way"
		s.began(n.id, &e, ToMerchant, nil)
		e.exchange = 0 // nobody will answer
		s.record(n.id, e)
		return false
	}
	s.began(n.id, &e, ToMerchant, nil)
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
