package models

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Source says who a piece of evidence came from.
type Source string

// The sources.
const (
	SourceCreate       Source = "create"       // the gateway's answer to a payment request
	SourceNotification Source = "notification" // the gateway to our server
	SourceReturn       Source = "return"       // the buyer's browser; a hint, never money
	SourceQuery        Source = "query"        // the gateway's answer to our question
	SourceOperator     Source = "operator"     // a person at the desk, about the order: never about the payment's state
)

// Sources lists every source.
var Sources = []Source{SourceCreate, SourceNotification, SourceReturn, SourceQuery, SourceOperator}

// Evidence is whatever tells us about a payment. It enters by Store.ApplyEvidence, the one door.
type Evidence struct {
	Source                Source
	MerchantID            string
	MerchantTransactionID string
	LLTransactionID       string
	Status                Status
	Money                 Money
	Settlement            *Money
	PaidAt                time.Time // the gateway's payment time; zero when it named none
	TraceID               string
	// PaymentURL, QRContent, Method and Processor come with a create answer only.
	PaymentURL string
	QRContent  string
	Method     Method
	Processor  Processor
	Raw        []byte // the message as received, without its signature
	Signature  string // as it came with the message; for the record
	ReceivedAt time.Time
	Reason     string // of an operator's word alone: why
}

// Outcome is what the one door made of a piece of evidence.
type Outcome struct {
	Verdict   Verdict
	Reason    string // why it was refused or didn't match; empty otherwise
	Token     string // of the order's page
	NewlyPaid bool   // this evidence is the one that paid the order

	order    *orderRow
	payments []*paymentRow
}

// Order is the order as it stands after the evidence. known is the same order as it was read before: its lines, customer and
// terminal are taken from there instead of being decoded again.
func (o Outcome) Order(known Order) Order {
	now := o.order.frame()
	now.Lines, now.Customer, now.Terminal, now.Payments = known.Lines, known.Customer, known.Terminal, attempts(o.payments)
	return now
}

// Weigh says what a piece of evidence means for the payment as it is stored, before anything is changed.
// ids are all transaction ids that the gateway has given the payment.
func (ev Evidence) Weigh(p Payment, merchantID string, ids []string) (Verdict, string) {
	if reason := ev.mismatch(p, merchantID, ids); reason != "" {
		return VerdictMismatch, reason
	}
	switch ev.Source {
	case SourceReturn:
		// The buyer's hand carries this message; it proves nothing about money (guide 4.1.4).
		return VerdictHint, ""
	case SourceCreate:
		// The answer to a request means that the gateway waits for the buyer. It is no news of anything later.
		if p.Status != StatusInitialized {
			return VerdictRepeated, ""
		}
	case SourceNotification:
		// A refund that failed leads back to PS or PR, and so would the first notification of that state arriving
		// late or again: only an answer to our own question can tell them apart.
		if p.Status == StatusRefundPending && (ev.Status == StatusPaid || ev.Status == StatusPartlyRefunded) {
			return VerdictStale, "asked back: a pending refund ends only by an answer to our own question"
		}
		// So does the RP of the refund that made it PR, arriving late or again, look like the next refund.
		if p.Status == StatusPartlyRefunded && ev.Status == StatusRefundPending {
			return VerdictStale, "asked back: it may be the refund that is known already"
		}
	case SourceQuery, SourceOperator:
	}
	verdict := Judge(p.Status, ev.Status)
	if verdict == VerdictRefused {
		return verdict, fmt.Sprintf("a payment in %s can't become %.8s", p.Status, ev.Status)
	}
	return verdict, ""
}

func (ev Evidence) mismatch(p Payment, merchantID string, ids []string) string {
	switch {
	case ev.MerchantID != merchantID:
		return "merchant id differs"
	case ev.MerchantTransactionID != p.MerchantTransactionID:
		return "merchant_transaction_id differs"
	case ev.Money != p.Money:
		return fmt.Sprintf("amount is %s, the order's is %s", ev.Money, p.Money)
	case ev.LLTransactionID == "" && ev.Source != SourceOperator:
		return "ll_transaction_id is missing"
	case ev.Source != SourceCreate && ev.Source != SourceOperator && len(ids) > 0 && !slices.Contains(ids, ev.LLTransactionID):
		return "ll_transaction_id differs"
	}
	return ""
}

// digest tells messages apart: the same one again in the same state of the payment is counted in the
// history, not repeated.
func (ev Evidence) digest(from Status, verdict Verdict) []byte {
	settlement := ""
	if ev.Settlement != nil {
		settlement = ev.Settlement.String()
	}
	return digestOf(
		string(ev.Source), ev.MerchantID, ev.MerchantTransactionID, ev.LLTransactionID, string(ev.Status), ev.Money.String(), settlement,
		fmt.Sprint(millis(ev.PaidAt)), ev.PaymentURL, ev.QRContent, string(ev.Method), string(ev.Processor), string(from), string(verdict)+ev.Reason,
	)
}

func digestOf(parts ...string) []byte {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return sum[:]
}
