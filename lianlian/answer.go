package lianlian

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// ErrMismatch says that an answer is signed but speaks of another payment, amount or currency than was
// asked for.
var ErrMismatch = errors.New("answer is about something else")

// answer is a successful answer whose signature matches.
type answer struct {
	doc    *document
	signed string // the form that the signature was made over
	order  int32  // the order object, -1 if there is none
	trace  string
}

// readAnswer reads the general part of an answer (guide 2.1.2) and decides between success, refusal and
// unknown outcome.
func readAnswer(v *Verifier, status int, header http.Header, raw []byte) (*answer, error) {
	e := &Error{HTTPStatus: status}
	doc, err := parseDocument(raw)
	if err != nil {
		return nil, unknown(fmt.Errorf("%w: %w", e, err))
	}
	e.general(doc)
	signed, signatureErr := verifyAnswer(v, doc, header)
	e.Signed = signatureErr == nil
	switch {
	case e.ReturnCode == CodeSuccess && status == http.StatusOK && e.Signed:
		order := doc.member(0, "order")
		if order >= 0 && doc.nodes[order].kind != kindObject {
			order = -1
		}
		return &answer{doc: doc, signed: signed, order: order, trace: e.TraceID}, nil
	case e.ReturnCode == CodeSuccess:
		if signatureErr == nil {
			return nil, unknown(e)
		}
		return nil, unknown(fmt.Errorf("%w: %w", e, signatureErr))
	case signatureErr != nil && len(header.Values("signature")) > 0:
		return nil, unknown(fmt.Errorf("%w: %w", e, signatureErr))
	case !e.refused():
		return nil, unknown(e)
	default:
		return nil, e
	}
}

func verifyAnswer(v *Verifier, doc *document, header http.Header) (string, error) {
	signature, err := HeaderSignature(header)
	if err != nil {
		return "", err
	}
	return v.document(doc, signature)
}

// refused tells whether the answer is a clear no. Server errors, the codes that stand for them, redirects,
// answers without a code, and an unlisted code beside status 200 are not.
func (e *Error) refused() bool {
	if e.ReturnCode == "" || e.ReturnCode == CodeSystemBusy || e.ReturnCode == CodeInternalServerError {
		return false
	}
	if e.HTTPStatus == http.StatusOK {
		_, listed := e.ReturnCode.Info()
		return listed
	}
	return e.HTTPStatus >= 400 && e.HTTPStatus < 500
}

// general reads the general fields. What isn't a code or an id is left empty rather than refused, so that a
// refusal isn't lost over its wording.
func (e *Error) general(doc *document) {
	text := func(name string) string {
		id := doc.member(0, name)
		if id < 0 || doc.nodes[id].kind != kindString {
			return ""
		}
		return doc.nodes[id].text
	}
	if code := text("return_code"); identifier(code, 64) {
		e.ReturnCode = ReturnCode(code)
	}
	if code := text("decline_code"); identifier(code, 128) {
		e.DeclineCode = DeclineCode(code)
	}
	if trace := text("trace_id"); identifier(trace, 64) {
		e.TraceID = trace
	}
	e.ReturnMsg = text("return_msg")
	if e.ReturnMsg == "" {
		e.ReturnMsg = text("return_message")
	}
	e.ReturnMsg = clip(e.ReturnMsg, 512)
}

var createLayout = layout{
	fieldReturnCode: atTop, fieldLLTransactionID: inOrder, fieldMerchantTransactionID: inOrder, fieldPaymentURL: inOrder,
	fieldQRCode: inOrder, fieldTransactionCurrency: inOrder, fieldTransactionAmount: inOrder, fieldMerchantID: atTop | inOrder,
}

// payment reads the answer to a request (guide 4.1.1), whose fields stand inside order.
func (a *answer) payment(r *PaymentRequest) (*Payment, error) {
	v, err := readFields(a.doc, a.signed, a.order, -1, &createLayout)
	if err != nil {
		return nil, err
	}
	if err := v.need(fieldReturnCode, fieldLLTransactionID, fieldMerchantTransactionID, fieldPaymentURL,
		fieldTransactionCurrency, fieldTransactionAmount); err != nil {
		return nil, err
	}
	amount, err := ParseAmount(v[fieldTransactionAmount])
	if err != nil {
		return nil, err
	}
	switch {
	case v[fieldMerchantTransactionID] != r.MerchantTransactionID:
		return nil, fmt.Errorf("%w: another merchant_transaction_id", ErrMismatch)
	case v[fieldMerchantID] != "" && v[fieldMerchantID] != r.MerchantID:
		return nil, fmt.Errorf("%w: another merchant_id", ErrMismatch)
	case amount != r.TransactionAmount:
		return nil, fmt.Errorf("%w: amount %s, not %s", ErrMismatch, amount, r.TransactionAmount)
	case v[fieldTransactionCurrency] != r.TransactionCurrency:
		return nil, fmt.Errorf("%w: currency %s, not %s", ErrMismatch, v[fieldTransactionCurrency], r.TransactionCurrency)
	case !payable(v[fieldPaymentURL]):
		return nil, malformed("payment_url is not an address")
	}
	return &Payment{
		LLTransactionID:       v[fieldLLTransactionID],
		MerchantTransactionID: v[fieldMerchantTransactionID],
		PaymentURL:            v[fieldPaymentURL],
		QRCode:                v[fieldQRCode],
		TransactionCurrency:   v[fieldTransactionCurrency],
		TransactionAmount:     amount,
		TraceID:               a.trace,
		Raw:                   []byte(a.doc.src),
	}, nil
}

var queryLayout = layout{
	fieldReturnCode: atTop, fieldMerchantID: atTop | inOrder, fieldLLTransactionID: atTop | inOrder,
	fieldMerchantTransactionID: atTop | inOrder, fieldTransactionCurrency: atTop | inOrder, fieldTransactionAmount: atTop | inOrder,
	fieldTransactionStatus: atTop | inOrder, fieldPaymentTime: atTop | inOrder, fieldSettlementCurrency: atTop | inOrder,
	fieldSettlementAmount: atTop | inOrder,
}

// state reads the answer to a query (guide 4.1.3), whose fields stand inside order or at the top level, each
// at one of the two. payment_time is mandatory once money has moved; before that there is none to give.
func (a *answer) state(merchantID, merchantTransactionID string, loc *time.Location) (*PaymentState, error) {
	v, err := readFields(a.doc, a.signed, a.order, -1, &queryLayout)
	if err != nil {
		return nil, err
	}
	if err := v.need(fieldReturnCode); err != nil {
		return nil, err
	}
	s, err := v.state(loc)
	if err != nil {
		return nil, err
	}
	switch {
	case s.MerchantID != merchantID:
		return nil, fmt.Errorf("%w: another merchant_id", ErrMismatch)
	case s.MerchantTransactionID != merchantTransactionID:
		return nil, fmt.Errorf("%w: another merchant_transaction_id", ErrMismatch)
	case s.PaymentTime.IsZero() && s.TransactionStatus.Level() >= StatusSuccess.Level():
		return nil, malformed("payment_time is missing")
	}
	s.TraceID = a.trace
	s.Raw = []byte(a.doc.src)
	return s, nil
}

// payable tells whether a buyer can be given the address: an absolute URL of the web or of a wallet, and none
// of the schemes that a browser would run or read from the device.
func payable(address string) bool {
	if strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return false
	}
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "http", "https":
		return u.Hostname() != ""
	case "", "javascript", "vbscript", "data", "file", "blob", "about":
		return false
	}
	_, rest, ok := strings.Cut(address, "://")
	return ok && rest != ""
}
