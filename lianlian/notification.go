package lianlian

import (
	"encoding/json"
	"fmt"
	"time"
)

// MaxNotification is the length in bytes beyond which a notification is refused unread. The guide's fields
// take less than 1 KiB.
const MaxNotification = 64 << 10

// PaymentState is what the gateway says of a payment: in a notification (guide 4.1.2), in the answer to a
// query (guide 4.1.3), on the buyer's return (guide 4.1.4).
type PaymentState struct {
	MerchantID            string
	LLTransactionID       string
	MerchantTransactionID string
	TransactionCurrency   string
	TransactionAmount     Amount
	// TransactionStatus may be one that isn't Known.
	TransactionStatus PaymentStatus
	// PaymentTime is when the payment was settled, in UTC. Zero in the answer to a query about a
	// payment that isn't.
	PaymentTime time.Time
	// SettlementCurrency is the currency that the merchant is paid in, USD if the message gives only an
	// amount; empty if it gives neither.
	SettlementCurrency string
	// SettlementAmount is nil if the message gives none.
	SettlementAmount *Amount
	// TraceID identifies a query to LianLian's support. Empty in notifications and returns.
	TraceID string
	// Raw is the message as it came, for the record.
	Raw []byte
}

// Notification is what the gateway sends to notification_url (guide 4.1.2).
type Notification = PaymentState

var notificationLayout = layout{
	fieldMerchantID: atTop, fieldLLTransactionID: atTop, fieldMerchantTransactionID: atTop, fieldTransactionCurrency: atTop,
	fieldTransactionAmount: atTop, fieldTransactionStatus: atTop, fieldPaymentTime: atTop, fieldSettlementCurrency: atTop,
	fieldSettlementAmount: atTop,
}

// ParseNotification verifies the signature of a notification and only then reads the fields (guide 2.2,
// 4.1.2). It returns an error that matches ErrSignature if the signature doesn't match, or ErrMalformed if
// the body isn't one strict JSON object, is longer than MaxNotification, lacks a mandatory field, or holds
// one that breaks its alphabet, length or type. loc is the zone of a payment_time of 14 digits; nil means
// DefaultTimezone.
//
// Since different messages can have the same signature, only an unambiguous one is accepted: a documented
// field must stand at the top level, once, exactly spelled, hold neither & nor =, and its name must not begin
// another piece of the signed string, whether as a nested field or inside another value or name. All messages
// that share a signature and pass give the same result. Other fields are tolerated; they are signed too. The
// settlement fields, being optional, are for information: had the gateway left them out, a text of the buyer's
// inside the message might pass for them.
//
// It says what the gateway signed, not that it is news or that it fits the order: compare merchant, ids,
// amount and currency with what was stored, and expect repeats in any order.
func ParseNotification(v *Verifier, signature string, body []byte, loc *time.Location) (*Notification, error) {
	if len(body) > MaxNotification {
		return nil, malformed("notification of %d bytes", len(body))
	}
	doc, err := parseDocument(body)
	if err != nil {
		return nil, fmt.Errorf("read notification: %w", err)
	}
	signed, err := v.document(doc, signature)
	if err != nil {
		return nil, fmt.Errorf("verify notification: %w", err)
	}
	fields, err := readFields(doc, signed, -1, -1, &notificationLayout)
	if err != nil {
		return nil, fmt.Errorf("read notification: %w", err)
	}
	if err := fields.need(fieldPaymentTime); err != nil {
		return nil, fmt.Errorf("read notification: %w", err)
	}
	n, err := fields.state(loc)
	if err != nil {
		return nil, fmt.Errorf("read notification: %w", err)
	}
	n.Raw = []byte(doc.src)
	return n, nil
}

// state turns the fields, whose forms are checked, into a PaymentState.
func (v *values) state(loc *time.Location) (*PaymentState, error) {
	if err := v.need(fieldMerchantID, fieldLLTransactionID, fieldMerchantTransactionID, fieldTransactionCurrency,
		fieldTransactionAmount, fieldTransactionStatus); err != nil {
		return nil, err
	}
	s := &PaymentState{
		MerchantID:            v[fieldMerchantID],
		LLTransactionID:       v[fieldLLTransactionID],
		MerchantTransactionID: v[fieldMerchantTransactionID],
		TransactionCurrency:   v[fieldTransactionCurrency],
		TransactionStatus:     PaymentStatus(v[fieldTransactionStatus]),
		SettlementCurrency:    v[fieldSettlementCurrency],
	}
	var err error
	if s.TransactionAmount, err = ParseAmount(v[fieldTransactionAmount]); err != nil {
		return nil, err
	}
	if text := v[fieldPaymentTime]; text != "" {
		if s.PaymentTime, err = ParseTimestamp(text, loc); err != nil {
			return nil, fmt.Errorf("payment_time: %w", err)
		}
	}
	if text := v[fieldSettlementAmount]; text != "" {
		amount, err := ParseAmount(text)
		if err != nil {
			return nil, err
		}
		s.SettlementAmount = &amount
		if s.SettlementCurrency == "" {
			s.SettlementCurrency = "USD"
		}
	}
	return s, nil
}

// NotificationAck is the answer that tells the gateway to stop repeating a notification (guide 4.1.2). Give
// it with status 200 and Content-Type application/json, after the notification is safely stored.
func NotificationAck() []byte { return []byte(`{"code":"200","msg":"success"}`) }

// SignNotification makes a notification as the gateway sends it, with payment_time in milliseconds, and its
// signature. It is meant for tests, where the signer stands for LianLian. It returns an error if PaymentTime
// is zero or an amount has no form; other fields are sent as they are, and left out if empty.
func SignNotification(signer *Signer, n Notification) (signature string, body []byte, err error) {
	if n.PaymentTime.IsZero() {
		return "", nil, &FieldError{Field: "payment_time", Rule: "is missing"}
	}
	body, err = json.Marshal(struct {
		MerchantID            string        `json:"merchant_id,omitempty"`
		LLTransactionID       string        `json:"ll_transaction_id,omitempty"`
		MerchantTransactionID string        `json:"merchant_transaction_id,omitempty"`
		TransactionCurrency   string        `json:"transaction_currency,omitempty"`
		TransactionAmount     Amount        `json:"transaction_amount"`
		TransactionStatus     PaymentStatus `json:"transaction_status,omitempty"`
		PaymentTime           int64         `json:"payment_time"`
		SettlementCurrency    string        `json:"settlement_currency,omitempty"`
		SettlementAmount      *Amount       `json:"settlement_amount,omitempty"`
	}{n.MerchantID, n.LLTransactionID, n.MerchantTransactionID, n.TransactionCurrency, n.TransactionAmount,
		n.TransactionStatus, n.PaymentTime.UnixMilli(), n.SettlementCurrency, n.SettlementAmount})
	if err != nil {
		return "", nil, fmt.Errorf("write notification: %w", err)
	}
	if signature, err = signer.Sign(body); err != nil {
		return "", nil, err
	}
	return signature, body, nil
}
