package lianlian

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// Exchange is what went over the wire in one call, for a log that an engineer reads. It holds the buyer's
// personal data: keep it as Redacted gives it.
type Exchange struct {
	Method        string
	URL           string
	RequestHeader http.Header
	// RequestBody is nil for a GET, which signs its path's parameters.
	RequestBody []byte
	// SigningString is the string that the request's signature was made over (guide 2.2).
	SigningString string
	// Status is the answer's HTTP status, 0 if none came.
	Status         int
	ResponseHeader http.Header
	ResponseBody   []byte
	// Duration reaches from sending to the end of the answer.
	Duration time.Duration
	// Err is the call's error: see CreatePayment.
	Err error
}

const hidden = "***"

type traceKey struct{}

// WithTrace is a context whose calls are told to trace, beside Client.Trace and before they return: for whoever knows what a call is made for.
func WithTrace(ctx context.Context, trace func(Exchange)) context.Context {
	return context.WithValue(ctx, traceKey{}, trace)
}

func tracer(ctx context.Context) func(Exchange) {
	trace, _ := ctx.Value(traceKey{}).(func(Exchange))
	return trace
}

// personal names the fields whose value, or whatever is inside them, Redacted masks (guide 3.2 to 3.4, 4.1.1).
var personal = map[string]bool{
	"customer": true, "openid": true, "first_name": true, "last_name": true, "full_name": true, "gender": true, "id_type": true,
	"id_no": true, "email": true, "phone": true, "company": true, "line1": true, "line2": true, "city": true, "postal_code": true,
	"additional_info": true, "order_ip": true, "client_android_imei": true, "client_android_sim_id": true,
	"client_ios_machine_id": true, "terminal_id": true, "signature": true,
}

// secret names the fields that even whoever may read personal data has no use for: an openid opens things at WeChat.
var secret = map[string]bool{"openid": true, "signature": true}

// loggable names the headers that say something about a call (guide 2.1.1), in the order to show them.
var loggable = [...]string{"Timestamp", "Timezone", "Sign-Type", "Content-Type", "Content-Length", "Date", "Signature"}

// shortened is how many characters of a signature stay: enough to tell two apart.
const shortened = 12

// WithoutSecrets returns a copy for the eyes of those who may read the buyer's data: of the headers, only those that the guide has, with the
// signatures shortened; of the bodies everything but WeChat's ids, signatures and the fields that are named. A body that isn't a JSON object is
// replaced by its length.
func (x Exchange) WithoutSecrets(fields ...string) Exchange {
	hide := maps.Clone(secret)
	for _, f := range fields {
		hide[f] = true
	}
	x.RequestHeader, x.ResponseHeader = shortHeader(x.RequestHeader), shortHeader(x.ResponseHeader)
	if x.RequestBody != nil {
		x.RequestBody, x.SigningString = maskBody(x.RequestBody, hide)
	}
	if x.ResponseBody != nil {
		x.ResponseBody, _ = maskBody(x.ResponseBody, hide)
	}
	return x
}

// HeaderLines are the headers that say something about a call, one on a line.
func HeaderLines(h http.Header) string {
	var lines []string
	for _, name := range loggable {
		for _, value := range h.Values(name) {
			lines = append(lines, strings.ToLower(name)+": "+strings.Map(printable, value))
		}
	}
	return strings.Join(lines, "\n")
}

// printable keeps a header's value on its line.
func printable(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

func shortHeader(h http.Header) http.Header {
	short := http.Header{}
	for _, name := range loggable {
		for _, value := range h.Values(name) {
			if name == "Signature" && len(value) > shortened {
				value = fmt.Sprintf("%s… (%d characters)", value[:shortened], len(value))
			}
			short.Add(name, value)
		}
	}
	return short
}

// RedactBody is a body of a call as Redacted gives it: without personal data and signatures.
func RedactBody(body []byte) []byte {
	redacted, _ := redactBody(body)
	return redacted
}

// Redacted returns a copy without personal data and signatures: the values of the customer, of
// additional_info and of the devices, and the signature and cookie headers are masked in the bodies, in the
// signing string and in the headers. A body that isn't JSON is replaced by its length.
func (x Exchange) Redacted() Exchange {
	x.RequestHeader = redactHeader(x.RequestHeader)
	x.ResponseHeader = redactHeader(x.ResponseHeader)
	if x.RequestBody != nil {
		x.RequestBody, x.SigningString = redactBody(x.RequestBody)
	}
	if x.ResponseBody != nil {
		x.ResponseBody, _ = redactBody(x.ResponseBody)
	}
	return x
}

// LogValue gives method, URL, status, duration and error, and none of the contents.
func (x Exchange) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("method", x.Method), slog.String("url", x.URL), slog.Int("status", x.Status), slog.Duration("duration", x.Duration),
	}
	if x.Err != nil {
		attrs = append(attrs, slog.String("error", x.Err.Error()))
	}
	return slog.GroupValue(attrs...)
}

func redactHeader(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range [...]string{"Signature", "Cookie", "Set-Cookie", "Authorization"} {
		if h[name] != nil {
			h[name] = []string{hidden}
		}
	}
	return h
}

func redactBody(body []byte) (redacted []byte, signing string) { return maskBody(body, personal) }

// maskBody replaces what the named fields hold.
func maskBody(body []byte, fields map[string]bool) (redacted []byte, signing string) {
	if len(body) == 0 {
		return body, ""
	}
	doc, err := parseDocument(body)
	if err != nil {
		return fmt.Appendf(nil, "[%d bytes that are not a JSON object]", len(body)), ""
	}
	mask := func(id int32) (string, bool) {
		for ; id > 0; id = doc.nodes[id].parent {
			if fields[strings.ToLower(doc.nodes[id].key)] {
				return hidden, true
			}
		}
		return "", false
	}
	done := int32(0) // nodes come in the order of the text
	for id := range doc.nodes {
		n := &doc.nodes[id]
		if n.kind == kindObject || n.kind == kindArray || n.kind == kindNull {
			continue
		}
		if m, ok := mask(int32(id)); ok {
			redacted = append(redacted, doc.src[done:n.start]...)
			redacted = append(redacted, `"`+m+`"`...)
			done = n.end
		}
	}
	return append(redacted, doc.src[done:]...), doc.signing(false, mask)
}

// TraceIDOf is the trace_id of an answer's body, "" where there is none that could be one.
func TraceIDOf(body []byte) string {
	doc, err := parseDocument(body)
	if err != nil {
		return ""
	}
	var e Error
	e.general(doc)
	return e.TraceID
}
