package simulator

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"lianlian-checkout/lianlian"
)

const (
	hugePadding = 100 << 20        // bytes that [Scenario.HugeAnswer] adds
	hugeWithin  = 30 * time.Second // then the connection breaks
)

// blank is a piece of the padding.
var blank = bytes.Repeat([]byte{' '}, 64<<10)

// general is guide 2.1.2, with the order of a success.
type general struct {
	ReturnCode  lianlian.ReturnCode  `json:"return_code"`
	ReturnMsg   string               `json:"return_msg"`
	TraceID     string               `json:"trace_id"`
	DeclineCode lianlian.DeclineCode `json:"decline_code,omitempty"`
	Order       any                  `json:"order,omitempty"`
}

// refusal is an answer that isn't a success.
type refusal struct {
	code        lianlian.ReturnCode
	decline     lianlian.DeclineCode
	field       string // of INVALID_PARAMETER
	id          string // merchant_transaction_id, for the messages that name one
	status      int    // 0: the code's own
	html        bool   // a page of HTML in place of JSON
	description string // for the log: what brought it about
	fault       *SignatureFault
}

func invalid(field string) *refusal {
	return &refusal{code: lianlian.CodeInvalidParameter, field: field}
}

// message fills the placeholders of guide 5.3.4; return_msg has at most 128 characters (guide 2.1.2).
func (no *refusal) message() string {
	info, ok := no.code.Info()
	if !ok {
		return "Refused"
	}
	field, id := no.field, no.id
	if field == "" {
		field = "transaction_amount"
	}
	if id == "" {
		id = "unknown"
	}
	msg := []rune(strings.NewReplacer("<parameter name>", field, "<order id>", id, "<object name>", "payment", "<id>", id,
		"<payment currency>", "HKD", "<max payment amount>", "100.00",
		"<settlement currency>", settlementCurrency, "<max settlement amount>", "100.00").Replace(info.Message))
	return string(msg[:min(len(msg), 128)])
}

// note is what the log says of it.
func (no *refusal) note() string {
	if no.html {
		return no.description
	}
	note := string(no.code) + ": " + no.message()
	if no.description != "" {
		note += " (" + no.description + ")"
	}
	return note
}

func (no *refusal) httpStatus() int {
	if no.status >= 400 && no.status <= 599 {
		return no.status
	}
	if info, ok := no.code.Info(); ok && !no.html {
		return info.HTTPStatus
	}
	if no.html {
		return http.StatusBadGateway
	}
	return http.StatusUnprocessableEntity
}

// reply is an answer ready to be written and logged.
type reply struct {
	status      int
	contentType string
	signature   string
	body        []byte
	padding     int // spaces after the body's first byte; what is signed doesn't change by them (guide 2.2)
}

// refuse makes the answer of a refusal.
func (s *Simulator) refuse(no *refusal, sc Scenario) (reply, error) {
	if no.html {
		status := no.httpStatus()
		page := "<!doctype html><title>" + strconv.Itoa(status) + "</title><h1>" + http.StatusText(status) + "</h1>\n"
		return reply{status: status, contentType: "text/html; charset=utf-8", body: []byte(page)}, nil
	}
	body := general{ReturnCode: no.code, ReturnMsg: no.message(), TraceID: randomHex(), DeclineCode: no.decline}
	return s.sealed(no.httpStatus(), body, sc.SignErrors, sc.ForgeAnswer)
}

// succeed makes the answer of a success; body is a general, or a flat one for queries.
func (s *Simulator) succeed(body any, sc Scenario) (reply, error) {
	if sc.GarbageAnswer {
		return reply{status: http.StatusOK, contentType: "application/json", body: []byte(`{"return_code":"SUCCESS","order":{"ll_transac`)}, nil
	}
	out, err := s.sealed(http.StatusOK, body, !sc.UnsignedAnswer, sc.ForgeAnswer)
	if sc.HugeAnswer {
		out.padding = hugePadding
	}
	return out, err
}

func (s *Simulator) sealed(status int, v any, sign, forge bool) (reply, error) {
	body, err := encode(v)
	if err != nil {
		return reply{}, err
	}
	out := reply{status: status, contentType: "application/json;charset=UTF-8", body: body}
	if !sign {
		return out, nil
	}
	signer, err := s.signerFor(forge)
	if err != nil {
		return reply{}, err
	}
	out.signature, err = signer.Sign(body)
	return out, err
}

// send logs the exchange and writes the answer.
func (s *Simulator) send(w http.ResponseWriter, id string, e LogEntry, out reply, err error) {
	if err != nil {
		s.opts.Logger.Error("simulated answer not made", "error", err)
		http.Error(w, "simulator fault", http.StatusInternalServerError)
		return
	}
	e.Status, e.Response = out.status, newMessage(out.signature, out.body)
	s.record(id, e)
	h := w.Header()
	h.Set("Content-Type", out.contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(out.body)+out.padding))
	if out.signature != "" {
		h.Set("signature", out.signature)
	}
	w.WriteHeader(out.status)
	if out.padding > 0 {
		s.writePadded(w, out)
		return
	}
	_, _ = w.Write(out.body) // a merchant that has gone away is none of our faults
}

// writePadded streams a body with its padding, until the merchant has had enough of it.
func (s *Simulator) writePadded(w http.ResponseWriter, out reply) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(hugeWithin)) // a writer without deadlines is a test's
	if _, err := w.Write(out.body[:1]); err != nil {
		return
	}
	for left := out.padding; left > 0 && s.ctx.Err() == nil; {
		n, err := w.Write(blank[:min(left, len(blank))])
		if err != nil {
			return
		}
		left -= n
	}
	_, _ = w.Write(out.body[1:])
}

// breakConnection ends the exchange without an answer.
func breakConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 can't be hijacked; net/http resets its stream
	}
	_ = conn.Close()
}

// hold waits, and says false when the caller has gone away or the simulator is closed meanwhile.
func (s *Simulator) hold(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
	return false
}

// encode writes JSON as the gateway does: no line break, and & as it is, so that URLs stay readable.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
