package lianlian

import (
	"bytes"
	"fmt"
)

var refundLayout = layout{
	fieldReturnCode: atTop, fieldMerchantID: atTop | inOrder, fieldLLTransactionID: atTop | inOrder, fieldMerchantTransactionID: atTop | inOrder,
	fieldOriginalTransactionID: atTop | inOrder, fieldRefundAmount: inRefund, fieldRefundCurrency: inRefund, fieldRefundStatus: inRefund,
}

var refundNotificationLayout = layout{
	fieldMerchantID: atTop, fieldLLTransactionID: atTop, fieldMerchantTransactionID: atTop, fieldOriginalTransactionID: atTop,
	fieldRefundAmount: inRefund, fieldRefundCurrency: inRefund, fieldRefundStatus: inRefund,
}

var cancelLayout = layout{fieldReturnCode: atTop, fieldMerchantID: atTop | inOrder, fieldMerchantTransactionID: atTop | inOrder}

// refundData returns an object's member refund_data if it is an object itself, or -1.
func (d *document) refundData(in int32) int32 {
	if in < 0 {
		return -1
	}
	if id := d.member(in, "refund_data"); id >= 0 && d.nodes[id].kind == kindObject {
		return id
	}
	return -1
}

// about reads a successful answer and makes sure that it is about the id; an id that it doesn't name is taken to be.
func (a *answer) about(places *layout, refund int32, merchantID, merchantTransactionID string) (values, error) {
	v, err := readFields(a.doc, a.signed, a.order, refund, places)
	if err != nil {
		return v, err
	}
	if err := v.need(fieldReturnCode); err != nil {
		return v, err
	}
	switch {
	case v[fieldMerchantID] != "" && v[fieldMerchantID] != merchantID:
		return v, fmt.Errorf("%w: another merchant_id", ErrMismatch)
	case v[fieldMerchantTransactionID] != "" && v[fieldMerchantTransactionID] != merchantTransactionID:
		return v, fmt.Errorf("%w: another merchant_transaction_id", ErrMismatch)
	}
	return v, nil
}

// refund reads an answer about a refund, whose refund_data stands inside order or at the top level. original is empty when
// the caller doesn't know it.
func (a *answer) refund(merchantID, merchantTransactionID, original string) (*RefundState, error) {
	data := a.doc.refundData(a.order)
	if data < 0 {
		data = a.doc.refundData(0)
	}
	v, err := a.about(&refundLayout, data, merchantID, merchantTransactionID)
	if err != nil {
		return nil, err
	}
	if err := v.need(fieldMerchantTransactionID); err != nil { // without it nothing ties the answer to the question
		return nil, err
	}
	if named := v[fieldOriginalTransactionID]; named != "" && original != "" && named != original {
		return nil, fmt.Errorf("%w: another original_transaction_id", ErrMismatch)
	}
	s, err := v.refund()
	if err != nil {
		return nil, err
	}
	s.MerchantID = merchantID
	s.TraceID, s.Raw = a.trace, []byte(a.doc.src)
	return s, nil
}

// refund turns the fields, whose forms are checked, into a RefundState.
func (v *values) refund() (*RefundState, error) {
	s := &RefundState{
		MerchantID: v[fieldMerchantID], LLTransactionID: v[fieldLLTransactionID], MerchantTransactionID: v[fieldMerchantTransactionID],
		OriginalTransactionID: v[fieldOriginalTransactionID], Currency: v[fieldRefundCurrency], Status: RefundStatus(v[fieldRefundStatus]),
	}
	if (v[fieldRefundAmount] == "") != (v[fieldRefundCurrency] == "") {
		return nil, malformed("refund_amount and refund_currency_code belong together")
	}
	if text := v[fieldRefundAmount]; text != "" {
		var err error
		if s.Amount, err = ParseAmount(text); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// IsRefundNotification tells, unverified, whether a notification is about a refund: whether it has refund_data. Both kinds come
// to the same address.
func IsRefundNotification(body []byte) bool {
	if len(body) > MaxNotification || !bytes.Contains(body, []byte(`"refund_data"`)) {
		return false
	}
	doc, err := parseDocument(body)
	return err == nil && doc.refundData(0) >= 0
}

// ParseRefundNotification verifies the signature of a refund's notification and only then reads the fields (guide 2.2; the
// fields are the sibling v3 API's, not in this guide). Errors and strictness are those of ParseNotification; mandatory are
// merchant_transaction_id and the amount, currency and state in refund_data.
func ParseRefundNotification(v *Verifier, signature string, body []byte) (*RefundState, error) {
	if len(body) > MaxNotification {
		return nil, malformed("notification of %d bytes", len(body))
	}
	doc, err := parseDocument(body)
	if err != nil {
		return nil, fmt.Errorf("read refund notification: %w", err)
	}
	signed, err := v.document(doc, signature)
	if err != nil {
		return nil, fmt.Errorf("verify refund notification: %w", err)
	}
	fields, err := readFields(doc, signed, -1, doc.refundData(0), &refundNotificationLayout)
	if err == nil {
		err = fields.need(fieldMerchantTransactionID, fieldRefundAmount, fieldRefundCurrency, fieldRefundStatus)
	}
	if err != nil {
		return nil, fmt.Errorf("read refund notification: %w", err)
	}
	s, err := fields.refund()
	if err != nil {
		return nil, fmt.Errorf("read refund notification: %w", err)
	}
	s.Raw = []byte(doc.src)
	return s, nil
}

// SignRefundNotification makes a refund's notification as the simulated gateway sends it, and its signature. It is meant for
// tests, where the signer stands for LianLian. Empty fields are left out.
func SignRefundNotification(signer *Signer, s RefundState) (signature string, body []byte, err error) {
	body, err = compactJSON(struct {
		MerchantID            string         `json:"merchant_id,omitempty"`
		LLTransactionID       string         `json:"ll_transaction_id,omitempty"`
		MerchantTransactionID string         `json:"merchant_transaction_id,omitempty"`
		OriginalTransactionID string         `json:"original_transaction_id,omitempty"`
		RefundData            wireRefundData `json:"refund_data"`
	}{s.MerchantID, s.LLTransactionID, s.MerchantTransactionID, s.OriginalTransactionID, wireRefundData{Amount: s.Amount.String(), Currency: s.Currency, Status: s.Status}})
	if err != nil {
		return "", nil, err
	}
	if signature, err = signer.Sign(body); err != nil {
		return "", nil, err
	}
	return signature, body, nil
}
