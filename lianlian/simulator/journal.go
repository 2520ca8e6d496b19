package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	maxJournal      = 500     // messages
	maxJournalBytes = 4 << 20 // of their texts, about
	maxHeaderValue  = 2 << 10
	journalBeat     = 15 * time.Second
)

// Direction says where a [WireMessage] went.
type Direction string

// The directions.
const (
	ToGateway  Direction = "to_gateway"
	ToMerchant Direction = "to_merchant"
	ByBuyer    Direction = "by_buyer"    // the return: the buyer's browser carries it to the merchant (guide 4.1.4)
	ByStranger Direction = "by_stranger" // to the merchant, from somebody who isn't the gateway: see Forge
	ToStranger Direction = "to_stranger" // the merchant's answer to that
)

// WireMessage is one message of the journal, in the order in which they passed: a request when it arrives or leaves, its
// answer when that does.
type WireMessage struct {
	Seq                   uint64          `json:"seq"` // from 1
	Exchange              uint64          `json:"exchange"`
	Answer                bool            `json:"answer"` // to the message whose Seq is Exchange
	At                    time.Time       `json:"at"`
	Kind                  LogKind         `json:"kind"`
	Direction             Direction       `json:"direction"`
	MerchantTransactionID string          `json:"merchant_transaction_id,omitempty"` // of the payment, where it is known
	Attempt               int             `json:"attempt,omitempty"`                 // of a notification, from 1
	Method                string          `json:"method,omitempty"`
	URL                   string          `json:"url,omitempty"`
	Header                http.Header     `json:"header,omitempty"` // of a request that came in; credentials are masked
	Status                int             `json:"status,omitempty"` // of an answer; 0: there was none
	Body                  string          `json:"body,omitempty"`   // cut at 8 KiB
	Signature             string          `json:"signature,omitempty"`
	SigningString         string          `json:"signing_string,omitempty"`
	Note                  string          `json:"note,omitempty"` // why it was refused, or what the scenario did
	Fault                 *SignatureFault `json:"signature_fault,omitempty"`
}

// size is about what a message takes.
func (m WireMessage) size() int {
	n := 400 + len(m.URL) + len(m.Body) + len(m.Signature) + len(m.SigningString) + len(m.Note)
	for name, values := range m.Header {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	if m.Fault != nil {
		n += len(m.Fault.Canonical) + len(m.Fault.Theirs)
	}
	return n
}

// journal keeps the latest messages.
type journal struct {
	mu    sync.Mutex
	last  uint64
	list  []WireMessage
	bytes int
	grown chan struct{} // closed at the next message
}

func newJournal() *journal { return &journal{grown: make(chan struct{})} }

// add appends a message and returns its Seq. One without Exchange begins an exchange.
func (j *journal) add(m WireMessage) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	m.Seq = j.last
	if m.Exchange == 0 {
		m.Exchange = m.Seq
	}
	j.list = append(j.list, m)
	j.bytes += m.size()
	drop := 0
	for len(j.list)-drop > maxJournal || j.bytes > maxJournalBytes && drop < len(j.list)-1 {
		j.bytes -= j.list[drop].size()
		drop++
	}
	j.list = slices.Delete(j.list, 0, drop)
	close(j.grown)
	j.grown = make(chan struct{})
	return m.Seq
}

// since returns the messages after one, and what is closed at the next.
func (j *journal) since(after uint64) ([]WireMessage, <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	i, _ := slices.BinarySearchFunc(j.list, after+1, func(m WireMessage, seq uint64) int {
		if m.Seq < seq {
			return -1
		}
		return int(min(m.Seq-seq, 1))
	})
	return slices.Clone(j.list[i:]), j.grown
}

// Journal returns what passed on the wire after the message with that Seq, oldest first; 0 is from the beginning. The latest
// 500 messages are kept, fewer if they are long.
func (s *Simulator) Journal(after uint64) []WireMessage {
	list, _ := s.journal.since(after)
	return list
}

// began notes a request that has come in, or is about to leave.
func (s *Simulator) began(id string, e *LogEntry, to Direction, header http.Header) {
	e.exchange = s.journal.add(WireMessage{
		At: e.At, Kind: e.Kind, Direction: to, MerchantTransactionID: id, Attempt: e.Attempt, Method: e.Method, URL: e.URL, Header: shown(header),
		Body: e.Request.Body, Signature: e.Request.Signature, SigningString: e.Request.SigningString, Note: e.Note,
	})
}

// ended notes the answer, or that there was none.
func (s *Simulator) ended(id string, e LogEntry) {
	to := ToMerchant
	if e.Kind == LogNotification {
		to = ToGateway
		if e.stranger {
			to = ToStranger
		}
	}
	s.journal.add(WireMessage{
		Exchange: e.exchange, Answer: true, At: s.opts.Now(), Kind: e.Kind, Direction: to, MerchantTransactionID: id, Attempt: e.Attempt, Status: e.Status,
		Body: e.Response.Body, Signature: e.Response.Signature, SigningString: e.Response.SigningString, Note: e.Note, Fault: e.Fault,
	})
}

// shown copies headers for showing: without credentials, and not endlessly long.
func shown(h http.Header) http.Header {
	if h == nil {
		return nil
	}
	out := http.Header{}
	for name, values := range h {
		for _, v := range values {
			switch name {
			case "Authorization", "Proxy-Authorization", "Cookie":
				v = "[masked]"
			}
			if len(v) > maxHeaderValue {
				v = v[:maxHeaderValue] + " …"
			}
			out.Add(name, v)
		}
	}
	return out
}

// serveJournal: GET /journal.json: the messages after the one that ?after= names, as JSON.
func (s *Simulator) serveJournal(w http.ResponseWriter, r *http.Request) {
	after, err := afterOf(r.FormValue("after"))
	if err != nil {
		http.Error(w, "after is the seq of a message", http.StatusBadRequest)
		return
	}
	list := s.Journal(after)
	if list == nil {
		list = []WireMessage{}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"messages": list})
}

// streamJournal: GET /journal/events: each message as a server-sent event with its seq for an id, from ?after= or
// Last-Event-ID on, until the client goes away.
func (s *Simulator) streamJournal(w http.ResponseWriter, r *http.Request) {
	from := r.Header.Get("Last-Event-ID")
	if from == "" {
		from = r.FormValue("after")
	}
	after, err := afterOf(from)
	if err != nil {
		http.Error(w, "after is the seq of a message", http.StatusBadRequest)
		return
	}
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	beat := time.NewTicker(journalBeat)
	defer beat.Stop()
	for {
		_ = control.SetWriteDeadline(time.Now().Add(2 * journalBeat)) // not every writer has deadlines
		list, grown := s.journal.since(after)
		for _, m := range list {
			data, err := json.Marshal(m)
			if err != nil {
				return
			}
			if _, err = fmt.Fprintf(w, "id: %d\nevent: message\ndata: %s\n\n", m.Seq, data); err != nil {
				return
			}
			after = m.Seq
		}
		if len(list) == 0 {
			if _, err := fmt.Fprint(w, ":\n\n"); err != nil {
				return
			}
		}
		if control.Flush() != nil {
			return
		}
		select {
		case <-grown:
		case <-beat.C:
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

func afterOf(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	return strconv.ParseUint(text, 10, 64)
}
