package lianlian

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// maxReturnParameters bounds the parameters of a return; the guide has 12.
const maxReturnParameters = 64

// Return is what the buyer's browser carries to redirect_url (guide 4.1.4). The buyer's hand carries it, and
// can carry it late or again: it is a hint for the page, and proves nothing about money. Query the payment.
type Return struct {
	PaymentState
	// Timestamp is when the gateway wrote the message, in UTC.
	Timestamp time.Time
	// Timezone is the zone that the message names, such as "Brazil/East".
	Timezone string
	// TimestampSigned tells whether the signature covers Timestamp and Timezone. If not, the buyer could
	// have changed them, and with Timezone a PaymentTime that was given in 14 digits.
	TimestampSigned bool
}

var returnLayout = func() layout {
	l := notificationLayout
	l[fieldTimestamp], l[fieldTimezone] = atTop, atTop
	return l
}()

// ParseReturn verifies and reads the parameters that the buyer's browser brings, from the query of a GET or
// the form of a POST (guide 4.1.4). Use the URL's query or the PostForm, never both merged.
//
// Guide 4.1.4 is silent on whether timestamp and timezone are signed; decided: a signature over all
// parameters but signature is accepted, or one over all but signature, timestamp and timezone. Parameters
// sign like the fields of a flat JSON object. A space in the signature is read as the + that it was before
// somebody decoded it twice.
//
// Errors match ErrSignature or ErrMalformed. A parameter given twice, an unknown timezone, or anything that
// ParseNotification would refuse is refused. A time of 14 digits is in the message's zone; loc (nil means
// DefaultTimezone) stands in if that is empty.
func ParseReturn(v *Verifier, parameters url.Values, loc *time.Location) (*Return, error) {
	r, err := parseReturn(v, parameters, loc)
	if err != nil {
		return nil, fmt.Errorf("read return: %w", err)
	}
	return r, nil
}

func parseReturn(v *Verifier, parameters url.Values, loc *time.Location) (*Return, error) {
	if len(parameters) > maxReturnParameters {
		return nil, malformed("%d parameters", len(parameters))
	}
	size := 0
	for name, list := range parameters {
		if len(list) != 1 {
			return nil, malformed("a parameter is given %d times", len(list))
		}
		if !utf8.ValidString(name) || !utf8.ValidString(list[0]) {
			return nil, malformed("not valid UTF-8")
		}
		size += len(name) + len(list[0])
	}
	if size > MaxNotification {
		return nil, malformed("parameters of %d bytes", size)
	}
	signature := strings.ReplaceAll(parameters.Get("signature"), " ", "+")

	all := flatDocument(parameters, "signature")
	signed, err := v.document(all, signature)
	whole := err == nil
	doc := all
	if !whole {
		doc = flatDocument(parameters, "signature", "timestamp", "timezone")
		if signed, err = v.document(doc, signature); err != nil {
			return nil, err
		}
	}
	fields, err := readFields(doc, signed, -1, -1, &returnLayout)
	if err != nil {
		return nil, err
	}
	if !whole {
		fields[fieldTimestamp], fields[fieldTimezone] = parameters.Get("timestamp"), parameters.Get("timezone")
	}
	if err := fields.need(fieldPaymentTime); err != nil {
		return nil, err
	}
	r := &Return{Timezone: fields[fieldTimezone], TimestampSigned: whole}
	if r.Timezone != "" {
		if loc, err = parseTimezone(r.Timezone); err != nil {
			return nil, err
		}
	}
	if r.Timestamp, err = ParseTimestamp(fields[fieldTimestamp], loc); err != nil {
		return nil, fmt.Errorf("timestamp: %w", err)
	}
	state, err := fields.state(loc)
	if err != nil {
		return nil, err
	}
	r.PaymentState = *state
	r.Raw = []byte(parameters.Encode())
	return r, nil
}

// flatDocument makes the document of a flat JSON object of strings, leaving some names out.
func flatDocument(parameters url.Values, without ...string) *document {
	names := make([]string, 0, len(parameters))
	for name := range parameters {
		if !slices.Contains(without, name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, compareUTF16)
	doc := &document{nodes: make([]node, 1, len(names)+1)}
	doc.nodes[0] = node{kind: kindObject, parent: -1, first: -1, next: -1}
	for i, name := range names {
		doc.nodes = append(doc.nodes, node{kind: kindString, key: name, text: parameters.Get(name), first: -1, next: -1})
		if i == 0 {
			doc.nodes[0].first = 1
		} else {
			doc.nodes[i].next = int32(i + 1)
		}
	}
	return doc
}

// SignReturn makes the parameters that the buyer's browser brings to redirect_url, signed over all but
// signature, with times as yyyyMMddHHmmss in loc (nil means DefaultTimezone). It is meant for tests, where
// the signer stands for LianLian. Empty fields are left out.
func SignReturn(signer *Signer, n Notification, at time.Time, loc *time.Location) (url.Values, error) {
	loc = zone(loc)
	parameters := url.Values{}
	set := func(field int, value string) {
		if value != "" {
			parameters.Set(fieldNames[field], value)
		}
	}
	set(fieldMerchantID, n.MerchantID)
	set(fieldLLTransactionID, n.LLTransactionID)
	set(fieldMerchantTransactionID, n.MerchantTransactionID)
	set(fieldTransactionCurrency, n.TransactionCurrency)
	set(fieldTransactionAmount, n.TransactionAmount.String())
	set(fieldTransactionStatus, string(n.TransactionStatus))
	set(fieldPaymentTime, FormatTimestamp(n.PaymentTime, TimestampDateTime, loc))
	set(fieldSettlementCurrency, n.SettlementCurrency)
	if n.SettlementAmount != nil {
		set(fieldSettlementAmount, n.SettlementAmount.String())
	}
	set(fieldTimestamp, FormatTimestamp(at, TimestampDateTime, loc))
	set(fieldTimezone, loc.String())
	signature, err := signer.SignString(flatDocument(parameters, "signature").signing(false, nil))
	if err != nil {
		return nil, err
	}
	parameters.Set("signature", signature)
	return parameters, nil
}
