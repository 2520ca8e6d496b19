package models

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Refunds are not in the guide, though the states of a payment that has some are (guide 5.1): see docs/decisions/0019.

// RefundStatus is how a refund stands.
type RefundStatus string

// The statuses.
const (
	RefundCreated   RefundStatus = "created"   // stored here; nobody knows yet whether the gateway has it
	RefundPending   RefundStatus = "pending"   // the gateway has taken it: its RP
	RefundSucceeded RefundStatus = "succeeded" // the money went back: the gateway's RS
	RefundFailed    RefundStatus = "failed"    // it ended and no money went back
)

// RefundStatuses lists every status.
var RefundStatuses = []RefundStatus{RefundCreated, RefundPending, RefundSucceeded, RefundFailed}

// refundTransitions is the only transition table of refunds: from → what evidence may move one to. A refund that was taken for
// failed may still turn out to be under way or done: money that went is money that went. docs/state_machine.md is checked against
// this table.
var refundTransitions = map[RefundStatus][]RefundStatus{
	RefundCreated:   {RefundPending, RefundSucceeded, RefundFailed},
	RefundPending:   {RefundSucceeded, RefundFailed},
	RefundFailed:    {RefundPending, RefundSucceeded},
	RefundSucceeded: {},
}

// Transitions returns the statuses that a refund in s may move to.
func (s RefundStatus) Transitions() []RefundStatus { return refundTransitions[s] }

// Open tells whether its end isn't known yet.
func (s RefundStatus) Open() bool { return s == RefundCreated || s == RefundPending }

// JudgeRefund says what a message that claims `to` means for a refund in `from`.
func JudgeRefund(from, to RefundStatus) Verdict {
	switch {
	case from == to:
		return VerdictRepeated
	case refundTransitions[to] == nil:
		return VerdictRefused
	case slices.Contains(refundTransitions[from], to):
		return VerdictApplied
	}
	return VerdictStale // every other known status lies before succeeded
}

// Refund is money of one payment that goes back to the buyer, known to the gateway by its own MerchantTransactionID.
type Refund struct {
	ID                    int64
	OrderID               int64
	PaymentID             int64
	MerchantTransactionID string // ours, as a payment's
	OriginalTransactionID string // the payment's merchant_transaction_id
	LLTransactionID       string // the gateway's, empty until it gave one
	Status                RefundStatus
	Money                 Money
	Reason                string
	Restock               bool   // the order's pieces go back on the shelf when the whole sum is refunded
	By                    string // the operator's name; empty for the API
	ReturnCode            string // of the newest refusal
	DeclineCode           string
	TraceID               string // of the newest answer
	Refused               bool   // the gateway said no to the request, unsigned: believed only when its signed answers agree
	CreatedAt             time.Time
	UpdatedAt             time.Time
	DoneAt                time.Time // zero until it succeeded or failed
	NextQueryAt           time.Time // zero: nothing to ask any more
	Queries               int
}

// NewRefund is what a refund is made of. Its id is drawn by the store.
type NewRefund struct {
	OrderID   int64
	PaymentID int64
	Amount    int64 // hundredths; 0 is all that is left
	Reason    string
	Restock   bool
	By        string
	Intent    string // the same intent is the same refund; empty: always a new one
	// Again says that a second refund of the same sum within RefundsAlike is meant.
	Again   bool
	QueryAt time.Time // when the gateway is first asked, should its answer not arrive
}

// RefundsAlike is for how long a second refund of the same sum of one payment is taken for a mistake unless somebody says otherwise.
const RefundsAlike = 10 * time.Minute

// MaxRefundReason is in characters.
const MaxRefundReason = 128

// The errors of making a refund.
var (
	// ErrRefundsOff says that lianlian.refunds is off.
	ErrRefundsOff = fmt.Errorf("%w: refunds are switched off", ErrConflict)
	// ErrNotRefundable says that the gateway holds no money of the payment that could go back.
	ErrNotRefundable = fmt.Errorf("%w: the payment can't be refunded", ErrConflict)
	// ErrRefundAlike says that the same sum was refunded minutes ago.
	ErrRefundAlike = fmt.Errorf("%w: the same sum was refunded a moment ago", ErrConflict)
	// ErrRefundOpen says that a refund can't be closed by hand, because the gateway says that it is under way.
	ErrRefundOpen = fmt.Errorf("%w: the refund is under way", ErrConflict)
)

// Refundable tells whether the gateway may still hold money of a payment in s that can go back.
func (s Status) Refundable() bool {
	switch s {
	case StatusPaid, StatusRefundPending, StatusPartlyRefunded:
		return true
	case StatusInitialized, StatusWaitingPayment, StatusProcessing, StatusCancelled, StatusFailed, StatusRefunded, StatusChargeback:
		return false
	}
	return false
}

// Left is what may still be refunded of a payment, as far as is known here: what was paid without all refunds that didn't fail. Of
// refunds made in LianLian's own portal nobody is told the sum.
func (o Order) Left(p Payment) Money {
	left := Money{Currency: p.Money.Currency}
	if p.Status.Refundable() {
		left.Amount = max(0, p.Money.Amount-refundSum(o.Refunds, p.ID, RefundCreated, RefundPending, RefundSucceeded))
	}
	return left
}

// Refunded is what is known to have gone back: of a payment that was refunded whole, all of it, wherever that was done.
func (o Order) Refunded() Money {
	m := Money{Currency: o.Total.Currency}
	for _, p := range o.Payments {
		if p.Status == StatusRefunded {
			m.Amount += p.Money.Amount
			continue
		}
		m.Amount += refundSum(o.Refunds, p.ID, RefundSucceeded)
	}
	return m
}

// Elsewhere tells whether the gateway says more of a payment's refunds than ours explain: then one was made in LianLian's own
// portal. known is its sum, where it follows from the rest; zero otherwise.
func (o Order) Elsewhere(p Payment) (status RefundStatus, known Money, elsewhere bool) {
	known = Money{Currency: p.Money.Currency}
	back := refundSum(o.Refunds, p.ID, RefundSucceeded)
	switch p.Status {
	case StatusRefundPending:
		return RefundPending, known, refundSum(o.Refunds, p.ID, RefundCreated, RefundPending) == 0
	case StatusPartlyRefunded:
		return RefundSucceeded, known, back == 0
	case StatusRefunded:
		known.Amount = max(0, p.Money.Amount-back)
		return RefundSucceeded, known, known.Amount > 0
	case StatusInitialized, StatusWaitingPayment, StatusProcessing, StatusCancelled, StatusFailed, StatusPaid, StatusChargeback:
	}
	return "", known, false
}

func refundSum(list []Refund, paymentID int64, statuses ...RefundStatus) (sum int64) {
	for _, r := range list {
		if r.PaymentID == paymentID && slices.Contains(statuses, r.Status) {
			sum += r.Money.Amount
		}
	}
	return sum
}

// RefundEvidence is whatever the gateway tells about a refund. It enters by Store.ApplyRefund, the door beside Store.ApplyEvidence.
type RefundEvidence struct {
	Source                Source
	MerchantID            string // empty where the message doesn't name it
	MerchantTransactionID string
	OriginalTransactionID string // empty where the message doesn't name it
	LLTransactionID       string
	Status                RefundStatus // empty for a state that isn't known
	Said                  string       // the gateway's word for it
	Money                 Money
	TraceID               string
	Detail                string // in words, for the operator
	Raw                   []byte
	ReceivedAt            time.Time
}

// Weigh says what the evidence means for the refund as it is stored, before anything is changed.
func (ev RefundEvidence) Weigh(r Refund, merchantID string) (Verdict, string) {
	switch {
	case ev.MerchantID != "" && ev.MerchantID != merchantID:
		return VerdictMismatch, "merchant id differs"
	case ev.MerchantTransactionID != r.MerchantTransactionID:
		return VerdictMismatch, "merchant_transaction_id differs"
	case ev.OriginalTransactionID != "" && ev.OriginalTransactionID != r.OriginalTransactionID:
		return VerdictMismatch, "original_transaction_id differs"
	case ev.Money != r.Money:
		return VerdictMismatch, fmt.Sprintf("amount is %s, the refund's is %s", ev.Money, r.Money)
	case ev.LLTransactionID != "" && r.LLTransactionID != "" && ev.LLTransactionID != r.LLTransactionID:
		return VerdictMismatch, "ll_transaction_id differs"
	}
	verdict := JudgeRefund(r.Status, ev.Status)
	if verdict == VerdictRefused {
		return verdict, fmt.Sprintf("LianLian calls the refund %.8s, which isn't a state that is known", ev.Said)
	}
	return verdict, ev.Detail
}

func (ev RefundEvidence) digest(from RefundStatus, verdict Verdict) []byte {
	return digestOf("refund", string(ev.Source), ev.MerchantID, ev.MerchantTransactionID, ev.OriginalTransactionID, ev.LLTransactionID, string(ev.Status), ev.Said,
		ev.Money.String(), ev.Detail, string(from), string(verdict))
}

// RefundJSON is a refund as programs outside read it.
type RefundJSON struct {
	ID                    string       `json:"id"`
	MerchantTransactionID string       `json:"merchant_transaction_id"`
	OriginalTransactionID string       `json:"original_transaction_id"` // the payment's
	LLTransactionID       *string      `json:"ll_transaction_id"`
	Amount                string       `json:"amount"`
	Currency              string       `json:"currency"`
	Status                RefundStatus `json:"status"`
	Reason                *string      `json:"reason"`
	ReturnCode            *string      `json:"return_code"` // of the gateway's refusal (guide 5.3.4)
	CreatedAt             time.Time    `json:"created_at"`
	DoneAt                *time.Time   `json:"done_at"`
}

// NewRefundJSON is the refund as programs read it.
func NewRefundJSON(r Refund) RefundJSON {
	j := RefundJSON{
		ID: strconv.FormatInt(r.ID, 10), MerchantTransactionID: r.MerchantTransactionID, OriginalTransactionID: r.OriginalTransactionID,
		LLTransactionID: orNull(r.LLTransactionID), Amount: r.Money.Decimal(), Currency: r.Money.Currency, Status: r.Status, Reason: orNull(r.Reason),
		ReturnCode: orNull(r.ReturnCode), CreatedAt: r.CreatedAt.UTC(),
	}
	if !r.DoneAt.IsZero() {
		at := r.DoneAt.UTC()
		j.DoneAt = &at
	}
	return j
}

// refundState is a refund's status in the history, apart from an order's of the same name.
func refundState(s RefundStatus) string {
	if s == "" {
		return ""
	}
	return "refund." + string(s)
}

// CheckRefundReason says what is wrong with a reason.
func CheckRefundReason(reason string, required bool) []FieldError {
	switch {
	case required && reason == "":
		return []FieldError{{Field: "reason", Rule: "required"}}
	case len([]rune(reason)) > MaxRefundReason:
		return []FieldError{{Field: "reason", Rule: "too_long", Limit: MaxRefundReason}}
	case strings.ContainsFunc(reason, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' }):
		return []FieldError{{Field: "reason", Rule: "characters"}}
	}
	return nil
}
