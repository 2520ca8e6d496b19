package simulator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"lianlian-checkout/lianlian"
)

// createdOrder is the answer's order (guide 4.1.1).
type createdOrder struct {
	LLTransactionID       string          `json:"ll_transaction_id"`
	MerchantTransactionID string          `json:"merchant_transaction_id"`
	PaymentURL            string          `json:"payment_url"`
	TransactionCurrency   string          `json:"transaction_currency"`
	TransactionAmount     lianlian.Amount `json:"transaction_amount"`
	QRCode                string          `json:"qrcode,omitempty"`
}

// createPayment: POST /v4/merchants/{merchant_id}/payments (guide 4.1.1).
func (s *Simulator) createPayment(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	e := s.entry(LogCreate, r, body)
	if err != nil {
		e.Note = "body unreadable or above 64 KiB"
		s.sendRefusal(w, "", e, invalid("request body"), s.Scenario())
		return
	}
	in, no := s.admit(r, body, paymentRules)
	if no != nil {
		s.sendRefusal(w, "", e, no, s.Scenario())
		return
	}
	id := in.text("merchant_transaction_id")
	p, sc, no := s.accept(in)
	if no != nil {
		s.sendRefusal(w, id, e, no, sc)
		return
	}
	if sc.NotifyBeforeAnswer {
		s.payAndNotifyNow(id)
	}
	if sc.CreateHang {
		e.Note = "scenario: accepted, never answered"
		s.record(id, e)
		select {
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
		breakConnection(w)
		return
	}
	if !s.hold(r, sc.CreateDelay) || sc.DropCreateAnswer {
		e.Note = "accepted, connection broken before the answer"
		s.record(id, e)
		breakConnection(w)
		return
	}
	out, err := s.succeed(s.created(p, sc), sc)
	s.send(w, id, e, out, err)
}

func (s *Simulator) created(p Payment, sc Scenario) general {
	order := createdOrder{
		LLTransactionID: p.LLTransactionID, MerchantTransactionID: p.MerchantTransactionID, PaymentURL: p.PaymentURL,
		TransactionCurrency: p.Currency, TransactionAmount: p.Amount,
	}
	if sc.NonHTTPPaymentURL {
		order.PaymentURL = "weixin://wxpay/bizpayurl?pr=" + p.PaymentURL[strings.LastIndex(p.PaymentURL, "/")+1:]
	}
	if sc.QRCode {
		order.QRCode = p.PaymentURL + "?via=qrcode"
	}
	return successOf(order)
}

func successOf(order any) general {
	return general{ReturnCode: lianlian.CodeSuccess, ReturnMsg: "Success", TraceID: randomHex(), Order: order}
}

// accept makes or renews the payment (guide 4.1.1, note A), or says why not.
func (s *Simulator) accept(in *submission) (Payment, Scenario, *refusal) {
	id, currency := in.text("merchant_transaction_id"), in.text("transaction_currency")
	amount, err := lianlian.ParseAmount(in.text("transaction_amount"))
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.scenarioOf(id)
	s.noteMischief(id)
	if err != nil {
		return Payment{}, sc, invalid("transaction_amount")
	}
	if no := sc.refusal(id); no != nil {
		return Payment{}, sc, no
	}
	p, known := s.payments.get(id)
	if known {
		s.expire(p)
		if code := reissue(p, amount, currency); code != lianlian.CodeSuccess {
			return Payment{}, sc, &refusal{code: code, id: id}
		}
	} else if pv, by, ok := in.provoked(amount); ok {
		return Payment{}, sc, &refusal{code: pv.ReturnCode, decline: pv.DeclineCode, id: id, description: "provoked by " + by}
	} else {
		now := s.opts.Now()
		p = &payment{Payment: Payment{
			LLTransactionID: newLLTransactionID(now), MerchantTransactionID: id, Amount: amount, Currency: currency,
			Status: lianlian.StatusWaiting, CreatedAt: now,
		}}
		s.keep(p)
		s.opts.Logger.Info("simulated payment created", "merchant_transaction_id", id, "amount", amount, "currency", currency)
	}
	p.Processor, p.Method = lianlian.PaymentProcessor(in.text("payment_processor")), lianlian.PaymentMethod(in.text("payment_method"))
	p.Description, p.Country = in.text("order_description"), in.text("country")
	p.NotificationURL, p.RedirectURL = in.text("notification_url"), in.text("redirect_url")
	p.Requests++
	s.link(p)
	return s.snapshot(p), sc, nil
}

// reissue says whether a payment that is known may be sent again (guide 4.1.1, note A).
func reissue(p *payment, amount lianlian.Amount, currency string) lianlian.ReturnCode {
	switch p.Status {
	case lianlian.StatusInitialized, lianlian.StatusWaiting:
		if p.Amount != amount || p.Currency != currency {
			return lianlian.CodeNonReissuablePayment
		}
		return lianlian.CodeSuccess
	case lianlian.StatusProcessing:
		return lianlian.CodePaymentProcessing
	case lianlian.StatusCancelled, lianlian.StatusFailed:
		return lianlian.CodePaymentClosed
	case lianlian.StatusSuccess, lianlian.StatusRefundPending, lianlian.StatusPartlyRefunded, lianlian.StatusRefunded,
		lianlian.StatusChargeback:
	}
	return lianlian.CodePaymentCompleted
}

// refusal is what the scenario answers to every request for payment, if anything.
func (sc Scenario) refusal(id string) *refusal {
	if sc.CreateReturnCode == "" && sc.CreateStatus == 0 {
		return nil
	}
	return &refusal{code: sc.CreateReturnCode, decline: sc.CreateDeclineCode, id: id, status: sc.CreateStatus,
		html: sc.CreateReturnCode == "", description: "scenario: refused"}
}

func (s *Simulator) sendRefusal(w http.ResponseWriter, id string, e LogEntry, no *refusal, sc Scenario) {
	if e.Note == "" {
		e.Note = no.note()
	}
	e.Fault = no.fault
	out, err := s.refuse(no, sc)
	s.send(w, id, e, out, err)
}

// unknownOperation: anything else below /v3/ and /v4/.
func (s *Simulator) unknownOperation(w http.ResponseWriter, r *http.Request) {
	e := s.entry(LogQuery, r, nil)
	e.Note = fmt.Sprintf("no such operation: %s %s", r.Method, r.URL.Path)
	s.sendRefusal(w, "", e, &refusal{code: lianlian.CodeHTTPNotFound}, s.Scenario())
}

// entry begins a log entry for a request that came in.
func (s *Simulator) entry(kind LogKind, r *http.Request, body []byte) LogEntry {
	e := LogEntry{Kind: kind, At: s.opts.Now(), Method: r.Method, URL: s.base.String() + r.URL.EscapedPath()}
	e.Request = newMessage(r.Header.Get("signature"), body)
	e.Request.Timestamp = r.Header.Get("timestamp")
	of := r.PathValue("merchant_transaction_id")
	if of == "" {
		var named struct {
			ID string `json:"merchant_transaction_id"`
		}
		_ = json.Unmarshal(body, &named) // a body that can't be read names nobody
		of = clip(named.ID)
	}
	seen := e
	if r.Method == http.MethodGet {
		seen.Request.Body = "" // the parameters are in the path
	}
	s.began(of, &seen, ToGateway, r.Header)
	e.exchange = seen.exchange
	return e
}
