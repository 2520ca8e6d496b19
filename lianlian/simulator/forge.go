package simulator

import (
	"errors"
	"fmt"
	"net/http"

	"lianlian-checkout/lianlian"
)

// Forge plays somebody who isn't the gateway and wants the goods: one notification to the payment's notification_url that says
// paid (guide 4.1.2), right to the last field, but signed with a key that isn't the gateway's. The payment stays what it is; its log
// and the journal show the message and the merchant's answer. It returns when the merchant has answered. Errors: [ErrNotFound], or that
// the payment has no notification_url.
func (s *Simulator) Forge(merchantTransactionID string) error {
	s.mu.Lock()
	p, ok := s.payments.get(merchantTransactionID)
	if !ok {
		s.mu.Unlock()
		return fmt.Errorf("forge a notification of %s: %w", merchantTransactionID, ErrNotFound)
	}
	forged := p.Payment
	s.mu.Unlock()
	if forged.NotificationURL == "" {
		return fmt.Errorf("forge a notification of %s: it has no notification_url", merchantTransactionID)
	}
	forged.Status, forged.PaidAt = lianlian.StatusSuccess, s.opts.Now()
	body, signature, err := s.signedNotification(s.notificationOf(forged), Scenario{ForgeNotification: true})
	if err != nil {
		return err
	}
	e := LogEntry{Kind: LogNotification, At: s.opts.Now(), Attempt: 1, Method: http.MethodPost, URL: forged.NotificationURL, stranger: true,
		Request: newMessage(signature, body), Note: "forged: not sent by the gateway, and not signed with its key"}
	s.began(merchantTransactionID, &e, ByStranger, nil)
	answer, err := s.post(forged.NotificationURL, signature, body, &e)
	e.Response = Message{Body: clip(string(answer))}
	switch {
	case err != nil:
		e.Note += "; no answer: " + err.Error()
	case acknowledges(e.Status, answer):
		e.Note += "; the merchant took it for true"
		err = errTaken
	}
	s.record(merchantTransactionID, e)
	return err
}

// errTaken says that a merchant believed a forgery.
var errTaken = errors.New("the merchant acknowledged a forged notification")
