package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"

	"lianlian-checkout/lianlian"
)

// maxRequestBody is far above what the lengths of guide 3 and 4.1.1 add up to.
const maxRequestBody = 64 << 10

var errNotAnObject = errors.New("not one JSON object")

var (
	millis   = regexp.MustCompile(`^[1-9][0-9]{12}$`)
	dateTime = regexp.MustCompile(`^[0-9]{14}$`)
	// idAlphabet is the simulator's: guide 4.1.1 gives only a length. It's what every part of a URL carries unchanged.
	idAlphabet = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
)

// object is one JSON object, decoded with json.Number for numbers.
type object = map[string]any

// submission is a request whose signature was right.
type submission struct {
	fields     object
	merchantID string // of the path
	timestamp  string // of the header
}

func (in *submission) text(field string) string {
	v, _ := in.fields[field].(string)
	return v
}

// admit makes the checks of a request with a body in the gateway's order: size, headers, merchant, signature, and then every
// field.
func (s *Simulator) admit(r *http.Request, body []byte, rules []rule) (*submission, *refusal) {
	if no := checkHeaders(r.Header, true); no != nil {
		return nil, no
	}
	if no := s.checkMerchant(r); no != nil {
		return nil, no
	}
	fields, err := readObject(body)
	if err != nil {
		return nil, invalid("request body")
	}
	if _, err := lianlian.SigningString(body); err != nil { // duplicate keys, for one
		return nil, invalid("request body")
	}
	if signature := r.Header.Get("signature"); s.verifier.Verify(body, signature) != nil {
		return nil, &refusal{code: lianlian.CodeInvalidSignature, fault: s.diagnose(body, signature)}
	}
	in := &submission{fields: fields, merchantID: s.opts.MerchantID, timestamp: r.Header.Get("timestamp")}
	if field := in.firstFault(rules, fields, ""); field != "" {
		return nil, invalid(field)
	}
	return in, nil
}

// admitQuery checks a query, whose signature covers the parameters of its path.
func (s *Simulator) admitQuery(r *http.Request, params []byte) *refusal {
	if no := checkHeaders(r.Header, false); no != nil {
		return no
	}
	if no := s.checkMerchant(r); no != nil {
		return no
	}
	if signature := r.Header.Get("signature"); s.verifier.Verify(params, signature) != nil {
		return &refusal{code: lianlian.CodeInvalidSignature, fault: s.diagnose(params, signature)}
	}
	if !idAlphabet.MatchString(r.PathValue("merchant_transaction_id")) {
		return invalid("merchant_transaction_id")
	}
	return nil
}

func (s *Simulator) checkMerchant(r *http.Request) *refusal {
	if r.PathValue("merchant_id") != s.opts.MerchantID {
		return &refusal{code: lianlian.CodeInvalidMerchant}
	}
	return nil
}

// checkHeaders checks guide 2.1.1. The clock isn't compared: the guide names no window.
func checkHeaders(h http.Header, withBody bool) *refusal {
	if h.Get("signature") == "" {
		return invalid("signature")
	}
	zone := time.UTC
	if name := h.Get("timezone"); name != "" {
		var err error
		if zone, err = time.LoadLocation(name); err != nil || name == "Local" {
			return invalid("timezone")
		}
	}
	if ts := h.Get("timestamp"); !millis.MatchString(ts) && !isDateTime(ts, zone) {
		return invalid("timestamp")
	}
	if kind := h.Get("sign-type"); kind != "" && kind != "RSA" {
		return invalid("sign-type")
	}
	if !withBody {
		return nil
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || media != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return invalid("Content-Type")
	}
	return nil
}

func isDateTime(v string, zone *time.Location) bool {
	if !dateTime.MatchString(v) {
		return false
	}
	_, err := time.ParseInLocation("20060102150405", v, zone)
	return err == nil
}

// readObject decodes exactly one JSON object.
func readObject(body []byte) (object, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var fields object
	if err := dec.Decode(&fields); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF || fields == nil {
		return nil, errNotAnObject
	}
	return fields, nil
}
