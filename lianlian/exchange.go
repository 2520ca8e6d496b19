package lianlian

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
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

// personal names the fields whose value, or whatever is inside them, Redacted masks (guide 3.2 to 3.4, 4.1.1).
var personal = map[string]bool{
	"customer": true, "openid": true, "first_name": true, "last_name": true, "full_name": true, "gender": true, "id_type": true,
	"id_no": true, "email": true, "phone": true, "company": true, "line1": true, "line2": true, "city": true, "postal_code": true,
	"additional_info": true, "order_ip": true, "client_android_imei": true, "client_android_sim_id": true,
	"client_ios_machine_id": true, "terminal_id": true, "signature": true,
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

func redactBody(body []byte) (redacted []byte, signing string) {
	if len(body) == 0 {
		return body, ""
	}
	doc, err := parseDocument(body)
	if err != nil {
		return fmt.Appendf(nil, "[%d bytes that are not a JSON object]", len(body)), ""
	}
	mask := func(id int32) (string, bool) {
		for ; id > 0; id = doc.nodes[id].parent {
			if personal[strings.ToLower(doc.nodes[id].key)] {
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
