package models

import "time"

// ExchangeKind says what a call to the gateway was about.
type ExchangeKind string

// The kinds.
const (
	ExchangeCreate      ExchangeKind = "create"       // a request for a payment page
	ExchangeQuery       ExchangeKind = "query"        // a question how a payment stands
	ExchangeRefund      ExchangeKind = "refund"       // a request for a refund
	ExchangeQueryRefund ExchangeKind = "query_refund" // a question how a refund stands
	ExchangeCancel      ExchangeKind = "cancel"       // a request to close a payment
)

// ExchangeKinds lists every kind.
var ExchangeKinds = []ExchangeKind{ExchangeCreate, ExchangeQuery, ExchangeRefund, ExchangeQueryRefund, ExchangeCancel}

// Exchange is one call to the gateway in an order's wire log: what was sent and what came back, without secrets. It holds the buyer's
// personal data.
type Exchange struct {
	ID        int64
	OrderID   int64
	PaymentID int64
	At        time.Time // when it was sent
	Took      time.Duration
	Kind      ExchangeKind
	Method    string
	URL       string
	Sent      string // headers, one on a line
	Body      string // as sent
	Status    int    // HTTP status; 0 when no answer came
	Received  string // the answer's headers, one on a line
	Answer    string // the answer's body
	TraceID   string
	Error     string // what was wrong with it, in words; empty when it was an answer
}

// Limits of the wire log.
const (
	MaxExchangeText = 16 << 10             // bytes of a body that are kept
	MaxExchanges    = 60                   // of one order; the oldest go
	KeepExchanges   = 180 * 24 * time.Hour // after which they go
)
