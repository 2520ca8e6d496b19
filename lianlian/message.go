package lianlian

import "strings"

// The fields of the gateway's messages that decisions are taken from (guide 2.1.2, 4.1.1 to 4.1.4; those of refunds are the
// sibling v3 API's).
const (
	fieldMerchantID = iota
	fieldLLTransactionID
	fieldMerchantTransactionID
	fieldTransactionCurrency
	fieldTransactionAmount
	fieldTransactionStatus
	fieldPaymentTime
	fieldSettlementCurrency
	fieldSettlementAmount
	fieldTimestamp
	fieldTimezone
	fieldReturnCode
	fieldPaymentURL
	fieldQRCode
	fieldOriginalTransactionID
	fieldRefundAmount
	fieldRefundCurrency
	fieldRefundStatus
	fieldCount
)

// place says where in a message a field is documented.
type place uint8

const (
	atTop place = 1 << iota
	inOrder
	inRefund // inside refund_data
)

type values [fieldCount]string // "" means absent

type layout [fieldCount]place // 0 means that the message has no such field

var fieldNames = [fieldCount]string{
	"merchant_id", "ll_transaction_id", "merchant_transaction_id", "transaction_currency", "transaction_amount",
	"transaction_status", "payment_time", "settlement_currency", "settlement_amount", "timestamp", "timezone",
	"return_code", "payment_url", "qrcode", "original_transaction_id", "refund_amount", "refund_currency_code", "refund_status",
}

// fieldOK checks a value against the alphabet and length of its field. None but the two addresses can
// hold & or =.
func fieldOK(field int, v string) bool {
	switch field {
	case fieldMerchantID, fieldLLTransactionID:
		return identifier(v, 32)
	case fieldMerchantTransactionID, fieldOriginalTransactionID:
		return identifier(v, 64)
	case fieldTransactionCurrency, fieldSettlementCurrency, fieldRefundCurrency:
		return capitals(v, 3)
	case fieldTransactionStatus, fieldRefundStatus:
		return capitals(v, 2)
	case fieldTransactionAmount, fieldSettlementAmount, fieldRefundAmount:
		_, err := ParseAmount(v)
		return err == nil
	case fieldPaymentTime, fieldTimestamp:
		return digits(v) && len(v) <= 15
	case fieldTimezone:
		return len(v) <= 64 && !strings.ContainsAny(v, "&=")
	case fieldReturnCode:
		return identifier(v, 64)
	case fieldPaymentURL, fieldQRCode:
		return len(v) <= 4*maxPaymentURL && len([]rune(v)) <= maxPaymentURL
	}
	return false
}

// readFields reads the documented fields of a message whose signature was made over signed.
//
// The signed string doesn't determine the message. Whoever holds one signed message can write others with
// the same signed string: move fields between levels, split a value at an &, glue fields into one value or
// one name. What is read here is nevertheless unique, because
//   - a field is read only at its documented place, once, exactly spelled;
//   - its value holds no &, so that in the signed string it reaches from "name=" at the start or after an &
//     to the next & or the end;
//   - "name=" and a value stand at the start or after an & of the signed string exactly as often as the field
//     was read: once or not at all.
//
// So every message with this signed string that is accepted here gives the same values. An empty value, null
// and an absent field are read alike, since the lean form doesn't tell them apart. A genuine message has every
// mandatory field once, so its reading is also what the gateway meant, or it is refused. Only an optional field
// that the gateway left out could be made out of a text of the buyer's that the gateway had put into the same
// message: take no decision from settlement_currency and settlement_amount alone. And only payment_url and qrcode,
// being addresses, may hold & and =: of these the signature pins down the part before the first &, that is
// scheme, host and path, and they are not counted above.
//
// order and refund are the objects of those names, -1 where the message has none.
func readFields(doc *document, signed string, order, refund int32, places *layout) (values, error) {
	var v values
	var seen [fieldCount]bool
	for i := range doc.nodes {
		n := &doc.nodes[i]
		if n.key == "" {
			continue
		}
		f := lookup(n.key, places)
		if f < 0 {
			continue
		}
		name := fieldNames[f]
		at := place(0)
		switch {
		case n.parent == 0:
			at = atTop
		case n.parent == order && order > 0:
			at = inOrder
		case n.parent == refund && refund > 0:
			at = inRefund
		}
		switch {
		case n.key != name:
			return v, malformed("a name differs from %s in letters' case only", name)
		case places[f]&at == 0:
			return v, malformed("%s stands where it doesn't belong", name)
		case seen[f]:
			return v, malformed("%s is given twice", name)
		}
		seen[f] = true
		switch n.kind {
		case kindNull:
			continue
		case kindString:
		case kindNumber:
			if f != fieldPaymentTime {
				return v, malformed("%s is a number, not a string", name)
			}
		case kindBool, kindObject, kindArray:
			return v, malformed("%s has the wrong type", name)
		}
		if n.text == "" {
			continue
		}
		if !fieldOK(f, n.text) {
			return v, malformed("%s has the wrong form", name)
		}
		v[f] = n.text
	}
	var count [fieldCount]int
	countFields(signed, places, &count, 1)
	for _, f := range [...]int{fieldPaymentURL, fieldQRCode} {
		if _, inside, ok := strings.Cut(v[f], "&"); ok {
			countFields(inside, places, &count, -1)
		}
	}
	for f := range count {
		if places[f] == 0 {
			continue
		}
		if v[f] != "" && count[f] != 1 || v[f] == "" && count[f] != 0 {
			return v, malformed("%s can be read in more than one way", fieldNames[f])
		}
	}
	return v, nil
}

// countFields adds weight to count for each documented name, in whatever case, that begins a piece of the
// signed string and has a value there.
func countFields(signed string, places *layout, count *[fieldCount]int, weight int) {
	for piece := range strings.SplitSeq(signed, "&") {
		key, value, _ := strings.Cut(piece, "=")
		if value == "" {
			continue
		}
		if f := lookup(key, places); f >= 0 {
			count[f] += weight
		}
	}
}

// lookup finds a name in the layout regardless of case, so that near twins are noticed.
func lookup(name string, places *layout) int {
	for f, at := range places {
		if at != 0 && strings.EqualFold(name, fieldNames[f]) {
			return f
		}
	}
	return -1
}

// need returns an error if one of the fields is absent.
func (v *values) need(fields ...int) error {
	for _, f := range fields {
		if v[f] == "" {
			return malformed("%s is missing", fieldNames[f])
		}
	}
	return nil
}

// member returns the member of an object, or -1.
func (d *document) member(object int32, key string) int32 {
	for kid := d.nodes[object].first; kid >= 0; kid = d.nodes[kid].next {
		if d.nodes[kid].key == key {
			return kid
		}
	}
	return -1
}

// identifier tells whether s is an id or a code: 1 to limit of 0-9 A-Z a-z _ and -.
func identifier(s string, limit int) bool {
	for _, c := range []byte(s) {
		if !alphanumeric(c) && c != '_' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= limit
}

func capitals(s string, length int) bool {
	for _, c := range []byte(s) {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return len(s) == length
}
