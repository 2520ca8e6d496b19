package simulator

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	digits  = regexp.MustCompile(`^[0-9]+$`)
	money   = regexp.MustCompile(`^(0|[1-9][0-9]*)\.[0-9]{2}$`)
	phone   = regexp.MustCompile(`^\+[0-9]{1,4}-[0-9]{4,20}$`)
	mailbox = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
)

// firstFault returns the path of the first field that breaks its rule, such as products[0].price; none: "".
func (in *submission) firstFault(rules []rule, at object, prefix string) string {
	for _, r := range rules {
		v, present := at[r.field]
		if !present {
			if r.mandatory {
				return prefix + r.field
			}
			continue
		}
		if fault := in.fault(r, v, at, prefix+r.field); fault != "" {
			return fault
		}
	}
	return ""
}

func (in *submission) fault(r rule, v any, at object, path string) string {
	switch r.kind {
	case objectOf:
		if inner, ok := v.(object); ok {
			return in.firstFault(r.inside, inner, path+".")
		}
		return path
	case listOf:
		return in.listFault(r, v, path)
	case flag:
		if v != true {
			return path
		}
		return ""
	case text, integer, clock, jsonText:
	}
	s, ok := scalar(r.kind, v)
	if ok && s == "" && !r.mandatory {
		return ""
	}
	if !ok || s == "" || r.max > 0 && utf8.RuneCountInString(s) > r.max || r.accept != nil && !r.accept(s, at, in) {
		return path
	}
	if r.kind == jsonText {
		inner, err := readObject([]byte(s))
		if err != nil {
			return path
		}
		return in.firstFault(r.inside, inner, path+".")
	}
	return ""
}

func (in *submission) listFault(r rule, v any, path string) string {
	list, ok := v.([]any)
	if !ok || compactLength(list) > r.max {
		return path
	}
	for i, v := range list {
		at := path + "[" + strconv.Itoa(i) + "]"
		inner, ok := v.(object)
		if !ok {
			return at
		}
		if fault := in.firstFault(r.inside, inner, at+"."); fault != "" {
			return fault
		}
	}
	return ""
}

// compactLength counts the characters of a value as JSON without spaces and without escapes that JSON doesn't ask for.
func compactLength(v any) int {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return 0 // impossible: it was decoded from JSON
	}
	return utf8.RuneCountInString(strings.TrimSuffix(b.String(), "\n"))
}

// scalar returns a value as text, if it has the right JSON type.
func scalar(k kind, v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, k == text || k == jsonText || k == clock && digits.MatchString(v)
	case json.Number:
		return v.String(), (k == integer || k == clock) && digits.MatchString(v.String())
	}
	return "", false
}

// isMoney: two decimals always, and none used by currencies that have none (guide 4.1.1).
func isMoney(v string, _ object, in *submission) bool {
	currency := in.text("transaction_currency")
	return money.MatchString(v) && (currency != "JPY" && currency != "KRW" || strings.HasSuffix(v, ".00"))
}

func isPositiveMoney(v string, at object, in *submission) bool {
	return isMoney(v, at, in) && strings.Trim(v, "0.") != ""
}

func isPositive(v string, _ object, _ *submission) bool { return !strings.HasPrefix(v, "0") }

// isTransactionTime: a time in the form of the timestamp header (guide 4.1.1).
func isTransactionTime(v string, _ object, in *submission) bool {
	return len(v) == len(in.timestamp) && (millis.MatchString(v) || isDateTime(v, time.UTC))
}

func isRegisterTime(v string, _ object, _ *submission) bool { return isDateTime(v, time.UTC) }

func isEmail(v string, _ object, _ *submission) bool { return mailbox.MatchString(v) }

func isPhone(v string, _ object, _ *submission) bool { return phone.MatchString(v) }

func isIP(v string, _ object, _ *submission) bool {
	_, err := netip.ParseAddr(v)
	return err == nil
}

func isURL(v string, _ object, _ *submission) bool {
	u, err := url.Parse(v)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// isRedirectURL: the gateway adds a query, which a fragment would swallow.
func isRedirectURL(v string, at object, in *submission) bool {
	return isURL(v, at, in) && !strings.Contains(v, "#")
}
