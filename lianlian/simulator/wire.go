package simulator

import (
	"strings"
	"time"

	"lianlian-checkout/lianlian"
)

const (
	maxLogEntries = 40
	maxLogBody    = 8 << 10
	maxRefused    = 20
)

// LogKind says which way a message went.
type LogKind string

// The kinds of a [LogEntry].
const (
	LogCreate       LogKind = "create"       // guide 4.1.1, merchant to gateway
	LogQuery        LogKind = "query"        // guide 4.1.3, merchant to gateway
	LogNotification LogKind = "notification" // guide 4.1.2, gateway to merchant
	LogReturn       LogKind = "return"       // guide 4.1.4, the buyer's browser to the merchant
	LogRefund       LogKind = "refund"       // sibling v3 API, merchant to gateway
	LogCancel       LogKind = "cancel"       // sibling v3 API's cancelpay, merchant to gateway
)

// LogEntry is one message on the wire and its answer. Bodies are cut at 8 KiB.
type LogEntry struct {
	Kind     LogKind
	At       time.Time
	Attempt  int // of a notification, from 1
	Method   string
	URL      string
	Request  Message
	Status   int // HTTP status of the answer; 0: there was none
	Response Message
	Note     string // what went wrong, or what the scenario did
	// Fault is why the merchant's signature was refused, nil if it wasn't.
	Fault *SignatureFault

	stranger bool   // sent by somebody else than the gateway
	exchange uint64 // the request's Seq in the journal; 0 for what has no answer
}

// Message is one direction of a [LogEntry].
type Message struct {
	Signature     string
	Timestamp     string // the header of guide 2.1.1; requests of the merchant only
	SigningString string // what the signature covers (guide 2.2); empty for an unsigned or unreadable body
	Body          string
}

// newMessage reads the signing string off a body that is going to be shown beside its signature.
func newMessage(signature string, body []byte) Message {
	m := Message{Signature: signature, Body: clip(string(body))}
	if signature != "" {
		signing, _ := lianlian.SigningString(body)
		m.SigningString = clip(signing)
	}
	return m
}

func clip(s string) string {
	if len(s) <= maxLogBody {
		return s
	}
	return strings.ToValidUTF8(s[:maxLogBody], "") + " …"
}

// Refused returns the latest requests, oldest first, that were refused before they belonged to a payment.
func (s *Simulator) Refused() []LogEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]LogEntry(nil), s.refused...)
}

// record adds an entry to the log of its payment, or to the refused requests when there is no such payment.
func (s *Simulator) record(id string, e LogEntry) {
	s.keepState() // before anybody is answered
	if e.exchange != 0 {
		s.ended(id, e)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.payments.get(id); ok {
		p.log = appendBounded(p.log, e, maxLogEntries)
		return
	}
	if e.Kind != LogNotification && e.Kind != LogReturn {
		s.refused = appendBounded(s.refused, e, maxRefused)
	}
}

func appendBounded(log []LogEntry, e LogEntry, limit int) []LogEntry {
	if len(log) >= limit {
		log = append(log[:0:0], log[len(log)-limit+1:]...)
	}
	return append(log, e)
}
