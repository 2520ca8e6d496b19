package simulator

import (
	"encoding/json"
	"io"
	"net/http"

	"lianlian-checkout/lianlian"
)

// refundData and what holds it are the sibling v3 API's, as far as they are known; not in this guide.
type refundData struct {
	Amount   lianlian.Amount       `json:"refund_amount"`
	Currency string                `json:"refund_currency_code"`
	Reason   string                `json:"reason,omitempty"`
	Status   lianlian.RefundStatus `json:"refund_status"`
}

// refundOrder is the answer's order, and a refund's notification.
type refundOrder struct {
	MerchantID            string     `json:"merchant_id"`
	LLTransactionID       string     `json:"ll_transaction_id"`
	MerchantTransactionID string     `json:"merchant_transaction_id"`
	OriginalTransactionID string     `json:"original_transaction_id"`
	RefundData            refundData `json:"refund_data"`
}

func (o refundOrder) wrong(sc Scenario) content {
	o.MerchantID, o.RefundData.Amount, o.RefundData.Currency = wrongly(sc, o.MerchantID, o.RefundData.Amount, o.RefundData.Currency)
	return o
}

func (s *Simulator) refundNotificationOf(r Refund) refundOrder {
	return refundOrder{
		MerchantID: s.opts.MerchantID, LLTransactionID: r.LLTransactionID, MerchantTransactionID: r.MerchantTransactionID,
		OriginalTransactionID: r.OriginalTransactionID, RefundData: refundData{Amount: r.Amount, Currency: r.Currency, Status: r.Status},
	}
}

// refunded is the answer about a refund.
func (s *Simulator) refunded(r Refund, sc Scenario) any {
	o := s.refundNotificationOf(r)
	o.RefundData.Reason = r.Reason
	g := successOf(o)
	if !sc.QueryTopLevel {
		return g
	}
	g.Order = nil
	return struct {
		general
		refundOrder
	}{g, o}
}

// createRefund: POST …/payments/{merchant_transaction_id}/refunds.
func (s *Simulator) createRefund(w http.ResponseWriter, r *http.Request) {
	original := r.PathValue("merchant_transaction_id")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	e := s.entry(LogRefund, r, body)
	if err != nil {
		e.Note = "body unreadable or above 64 KiB"
		s.sendRefusal(w, "", e, invalid("request body"), s.Scenario())
		return
	}
	in, no := s.admit(r, body, refundRules)
	if no == nil && in.text("original_transaction_id") != original {
		no = invalid("original_transaction_id")
	}
	if no != nil {
		s.sendRefusal(w, original, e, no, s.Scenario())
		return
	}
	made, sc, no := s.acceptRefund(in, original)
	if no != nil {
		s.sendRefusal(w, original, e, no, sc)
		return
	}
	if sc.DropRefundAnswer {
		e.Note = "accepted, connection broken before the answer"
		s.record(original, e)
		breakConnection(w)
		return
	}
	out, err := s.succeed(s.refunded(made, sc), sc)
	s.send(w, original, e, out, err)
}

// acceptRefund takes a refund on, finds the one that has the id, or says why not.
func (s *Simulator) acceptRefund(in *submission, original string) (Refund, Scenario, *refusal) {
	id := in.text("merchant_transaction_id")
	data, _ := in.fields["refund_data"].(object)
	amountText, _ := data["refund_amount"].(string)
	currency, _ := data["refund_currency_code"].(string)
	reason, _ := data["reason"].(string)
	amount, err := lianlian.ParseAmount(amountText)
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.scenarioOf(original)
	s.noteMischief(original)
	no := func(code lianlian.ReturnCode) (Refund, Scenario, *refusal) {
		return Refund{}, sc, &refusal{code: code, id: original}
	}
	p, known := s.payments.get(original)
	_, isPayment := s.payments.get(id)
	switch {
	case err != nil:
		return Refund{}, sc, invalid("refund_amount")
	case !known:
		return no(lianlian.CodeObjectNotFound)
	case isPayment:
		return no(lianlian.CodeExistingObject)
	}
	if had, ok := s.refunds[id]; ok { // the same again is the same refund
		if had.payment != p || had.Amount != amount || had.Currency != currency {
			return no(lianlian.CodeExistingObject)
		}
		had.Requests++
		return had.Refund, sc, nil
	}
	switch {
	case sc.RefundReturnCode != "":
		return no(sc.RefundReturnCode)
	case currency != p.Currency:
		return Refund{}, sc, invalid("refund_currency_code")
	case !refundable(p.Status):
		return no(lianlian.CodeNonRefundableOrder)
	case amount > p.left():
		return no(lianlian.CodeRefundAmountExceeded)
	}
	made := s.addRefund(p, Refund{MerchantTransactionID: id, Amount: amount, Reason: reason, Requests: 1})
	return made.Refund, sc, nil
}

// queryRefund: GET …/refunds/{merchant_transaction_id}.
func (s *Simulator) queryRefund(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("merchant_transaction_id")
	params, err := json.Marshal(map[string]string{"merchant_id": r.PathValue("merchant_id"), "merchant_transaction_id": id})
	e := s.entry(LogQuery, r, params)
	e.Request.Body = "" // as of a payment's query
	if err != nil {
		s.sendRefusal(w, "", e, invalid("merchant_transaction_id"), s.Scenario())
		return
	}
	if no := s.admitQuery(r, params); no != nil {
		s.sendRefusal(w, "", e, no, s.Scenario())
		return
	}
	s.mu.Lock()
	sc, of, held := s.scenario, "", Refund{}
	found, ok := s.refunds[id]
	if ok {
		found.Queries++
		of, held = found.OriginalTransactionID, found.Refund
		sc = s.scenarioOf(of)
	}
	s.mu.Unlock()
	if !s.hold(r, sc.QueryDelay) {
		breakConnection(w)
		return
	}
	switch no := sc.queryRefusal(id); {
	case no != nil:
		s.sendRefusal(w, of, e, no, sc)
		return
	case !ok:
		s.sendRefusal(w, of, e, &refusal{code: lianlian.CodeObjectNotFound, id: id}, sc)
		return
	}
	out, err := s.succeed(s.refunded(held, sc), sc)
	s.send(w, of, e, out, err)
}

// cancelPayment: POST …/payments/{merchant_transaction_id}/cancelpay.
func (s *Simulator) cancelPayment(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("merchant_transaction_id")
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
	e := s.entry(LogCancel, r, body)
	if err != nil {
		s.sendRefusal(w, "", e, invalid("request body"), s.Scenario())
		return
	}
	in, no := s.admit(r, body, cancelRules)
	if no == nil && in.text("merchant_transaction_id") != "" && in.text("merchant_transaction_id") != id {
		no = invalid("merchant_transaction_id")
	}
	sc := s.Scenario()
	if no == nil {
		sc, no = s.close(id)
	}
	if no != nil {
		s.sendRefusal(w, id, e, no, sc)
		return
	}
	out, err := s.succeed(successOf(struct {
		MerchantTransactionID string `json:"merchant_transaction_id"`
	}{id}), sc)
	s.send(w, id, e, out, err)
}

// close cancels a payment at the merchant's wish, or says why not. One that is closed already stays so.
func (s *Simulator) close(id string) (Scenario, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sc := s.scenarioOf(id)
	p, ok := s.payments.get(id)
	if !ok {
		return sc, &refusal{code: lianlian.CodeObjectNotFound, id: id}
	}
	s.expire(p)
	switch p.Status {
	case lianlian.StatusInitialized, lianlian.StatusWaiting:
		s.settlePayment(p, lianlian.StatusCancelled)
		return sc, nil
	case lianlian.StatusCancelled:
		return sc, nil
	case lianlian.StatusProcessing:
		return sc, &refusal{code: lianlian.CodePaymentProcessing, id: id}
	case lianlian.StatusFailed:
		return sc, &refusal{code: lianlian.CodePaymentClosed, id: id}
	case lianlian.StatusSuccess, lianlian.StatusRefundPending, lianlian.StatusPartlyRefunded, lianlian.StatusRefunded, lianlian.StatusChargeback:
	}
	return sc, &refusal{code: lianlian.CodePaymentCompleted, id: id}
}
