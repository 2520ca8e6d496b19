package lianlian

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Refunds and cancelpay are not in the guide, though its states and codes are. What is here follows the public reference of
// the sibling v3 API on the same hosts; it was never tried against the real gateway. Transport, signature and the general
// fields of answers are taken to be the guide's (2.1, 2.2).

// DefaultRefundAPI is the version in the path of refunds and cancelpay: the sibling API's.
const DefaultRefundAPI = "v3"

// maxReason is our own limit for a reason, in characters: the sibling API's isn't known.
const maxReason = 128

// RefundStatus is the state of a refund at the gateway (sibling v3 API). A message may carry one that isn't listed here: it
// is kept as it came, and Known says false.
type RefundStatus string

// The two states that are known. A refund that failed has none: the payment's state says so (guide 5.1).
const (
	RefundPending RefundStatus = "RP"
	RefundSuccess RefundStatus = "RS"
)

// Known tells whether the state is one of the two.
func (s RefundStatus) Known() bool { return s == RefundPending || s == RefundSuccess }

// RefundRequest asks for a payment's money, or a part of it, to go back to the buyer (sibling v3 API, not in this guide).
type RefundRequest struct {
	// MerchantTransactionID is the merchant's own id for this refund: mandatory, unique for ever among payments and
	// refunds, 1 to 64 of 0-9 A-Z a-z _ and -. Sent again, it is the same refund.
	MerchantTransactionID string
	// OriginalTransactionID is the payment's merchant_transaction_id; mandatory.
	OriginalTransactionID string
	// RefundTime is when the refund was decided; mandatory. Client fills in the present time.
	RefundTime time.Time
	// Amount is above zero; the gateway refuses what is more than is left of the payment. In JPY and KRW it must be whole.
	Amount Amount
	// Currency is the payment's; mandatory, a code of Currencies.
	Currency string
	// Reason is at most 128 characters; may be empty.
	Reason string
}

// Validate returns nil, or everything that is wrong as *FieldError values, joined.
func (r *RefundRequest) Validate() error {
	var c checker
	c.identifier("merchant_transaction_id", r.MerchantTransactionID, 64)
	c.identifier("original_transaction_id", r.OriginalTransactionID, 64)
	if r.MerchantTransactionID == r.OriginalTransactionID {
		c.fault("merchant_transaction_id", "must not be the payment's")
	}
	c.text("refund_data.reason", r.Reason, maxReason)
	c.amount("refund_data.refund_amount", r.Amount, r.Currency)
	if !CurrencyKnown(r.Currency) {
		c.fault("refund_data.refund_currency_code", "must be a code of guide 5.3.2")
	}
	return errors.Join(c.errs...)
}

// RefundState is what the gateway says of a refund: in its answer to the request, to a query, or in a notification.
type RefundState struct {
	MerchantID            string // empty where the message doesn't name it
	LLTransactionID       string // of the refund; may be empty
	MerchantTransactionID string // of the refund
	OriginalTransactionID string // of the payment; empty where the message doesn't name it
	Amount                Amount
	Currency              string
	// Status may be one that isn't Known.
	Status RefundStatus
	// TraceID identifies a call to LianLian's support. Empty in notifications.
	TraceID string
	// Raw is the message as it came, for the record.
	Raw []byte
}

// Refund asks for a refund (sibling v3 API, not in this guide). An empty RefundTime is filled in with the present; then the
// request must pass Validate, whose error comes back before anything is sent.
//
// The answer counts only if its status is 200, its return_code SUCCESS, its signature matches, and the ids, amount and currency
// that it names are those of the request; one that names no state has accepted the refund, which is then RefundPending.
// Otherwise the error is as CreatePayment's: one that matches ErrOutcomeUnknown says that the refund may be under way. Query
// it, or send the same request again.
func (c *Client) Refund(ctx context.Context, r RefundRequest) (*RefundState, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("refund: %w", err)
	}
	if r.RefundTime.IsZero() {
		r.RefundTime = c.now()
	}
	if err := r.Validate(); err != nil {
		return nil, fmt.Errorf("refund: %w", err)
	}
	body, err := compactJSON(wireRefund{
		MerchantID: c.MerchantID, MerchantTransactionID: r.MerchantTransactionID, OriginalTransactionID: r.OriginalTransactionID,
		MerchantRefundTime: json.Number(FormatTimestamp(r.RefundTime, c.Timestamp, c.zone())),
		RefundData:         wireRefundData{Amount: r.Amount.String(), Currency: r.Currency, Reason: r.Reason},
	})
	var s *RefundState
	if err == nil {
		err = c.call(ctx, http.MethodPost, c.refundPath("payments", r.OriginalTransactionID, "refunds"), body, func(a *answer) (err error) {
			s, err = a.refund(c.MerchantID, r.MerchantTransactionID, r.OriginalTransactionID)
			switch {
			case err != nil:
			case s.Currency == "" && s.Amount == 0: // accepted, without details
				s.Amount, s.Currency = r.Amount, r.Currency
			case s.Amount != r.Amount || s.Currency != r.Currency:
				err = fmt.Errorf("%w: %s %s, not %s %s", ErrMismatch, s.Amount, s.Currency, r.Amount, r.Currency)
			}
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("refund %s: %w", r.MerchantTransactionID, err)
	}
	s.Status = cmp.Or(s.Status, RefundPending)
	return s, nil
}

// QueryRefund asks how a refund stands, by its own id (sibling v3 API, not in this guide). Errors are those of QueryPayment; an
// answer without state, amount and currency is ErrMalformed.
func (c *Client) QueryRefund(ctx context.Context, merchantTransactionID string) (*RefundState, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("query refund: %w", err)
	}
	var fields checker
	fields.identifier("merchant_transaction_id", merchantTransactionID, 64)
	if err := errors.Join(fields.errs...); err != nil {
		return nil, fmt.Errorf("query refund: %w", err)
	}
	var s *RefundState
	err := c.call(ctx, http.MethodGet, c.refundPath("refunds", merchantTransactionID), nil, func(a *answer) (err error) {
		if s, err = a.refund(c.MerchantID, merchantTransactionID, ""); err == nil && (s.Status == "" || s.Currency == "") {
			err = malformed("refund_data is missing")
		}
		return err
	}, fieldNames[fieldMerchantID], c.MerchantID, fieldNames[fieldMerchantTransactionID], merchantTransactionID)
	if err != nil {
		return nil, fmt.Errorf("query refund %s: %w", merchantTransactionID, err)
	}
	return s, nil
}

// CancelPayment closes a payment that nobody has paid (sibling v3 API's cancelpay, not in this guide). Nil means that the gateway
// said so, signed; ask how the payment stands all the same, because only that is evidence. Errors are those of CreatePayment: a
// payment that was paid is refused.
func (c *Client) CancelPayment(ctx context.Context, merchantTransactionID string) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("cancel payment: %w", err)
	}
	var fields checker
	fields.identifier("merchant_transaction_id", merchantTransactionID, 64)
	if err := errors.Join(fields.errs...); err != nil {
		return fmt.Errorf("cancel payment: %w", err)
	}
	body, err := compactJSON(wireCancel{c.MerchantID, merchantTransactionID})
	if err == nil {
		err = c.call(ctx, http.MethodPost, c.refundPath("payments", merchantTransactionID, "cancelpay"), body, func(a *answer) error {
			_, err := a.about(&cancelLayout, -1, c.MerchantID, merchantTransactionID)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("cancel payment %s: %w", merchantTransactionID, err)
	}
	return nil
}

// refundPath gives a path of the sibling API.
func (c *Client) refundPath(parts ...string) string {
	path := "/" + cmp.Or(c.RefundAPI, DefaultRefundAPI) + "/merchants/" + url.PathEscape(c.MerchantID)
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

type wireRefund struct {
	MerchantID            string         `json:"merchant_id"`
	MerchantTransactionID string         `json:"merchant_transaction_id"`
	MerchantRefundTime    json.Number    `json:"merchant_refund_time"`
	OriginalTransactionID string         `json:"original_transaction_id"`
	RefundData            wireRefundData `json:"refund_data"`
}

type wireRefundData struct {
	Amount   string       `json:"refund_amount"`
	Currency string       `json:"refund_currency_code"`
	Reason   string       `json:"reason,omitempty"`
	Status   RefundStatus `json:"refund_status,omitempty"`
}

type wireCancel struct {
	MerchantID            string `json:"merchant_id"`
	MerchantTransactionID string `json:"merchant_transaction_id"`
}
