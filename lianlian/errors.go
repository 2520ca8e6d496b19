package lianlian

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrSignature says that a message carries no signature, an unreadable one, or one that the
	// configured public key did not make over this message (guide 2.2). Nothing in it may be believed.
	ErrSignature = errors.New("signature does not match")

	// ErrMalformed says that a message is not what the guide describes: broken JSON, a duplicate
	// key, a missing or misplaced field, a value outside its alphabet or length, or a text that
	// could be read in more than one way although its signature matches (guide 2.2).
	ErrMalformed = errors.New("malformed message")

	// ErrOutcomeUnknown says that a call may or may not have taken effect at the gateway: it timed
	// out, broke off, was answered with a server error, or with something that cannot be verified.
	// It is not a failure: query the payment, or send the same merchant_transaction_id again
	// (guide 4.1.1, Note A).
	ErrOutcomeUnknown = errors.New("outcome unknown")
)

// Error is an answer of the gateway that is not a success (guide 2.1.2, 5.3.4). When the answer leaves
// open whether the call took effect, the error returned also matches ErrOutcomeUnknown.
type Error struct {
	// HTTPStatus is the status line's code.
	HTTPStatus int
	// ReturnCode is the gateway's code, also when it is not in ReturnCodes. Empty if the answer
	// held none.
	ReturnCode ReturnCode
	// ReturnMsg is the gateway's text in English, for logs and operators, cut at 512 characters.
	ReturnMsg string
	// DeclineCode is the reason of the wallet or issuer, when there is one (guide 5.3.5).
	DeclineCode DeclineCode
	// TraceID identifies the call to LianLian's support. Empty if the answer held none.
	TraceID string
	// Signed tells whether the answer carried a signature that matches. Error answers often carry
	// none; decide nothing about money on an answer that isn't signed.
	Signed bool
}

// Error gives the code, the status and the trace id, and the gateway's text in quotes.
func (e *Error) Error() string {
	var b strings.Builder
	if e.ReturnCode == "" {
		b.WriteString("gateway answered without a return code")
	} else {
		fmt.Fprintf(&b, "gateway answered %q", string(e.ReturnCode))
	}
	fmt.Fprintf(&b, " (http %d", e.HTTPStatus)
	if e.DeclineCode != "" {
		fmt.Fprintf(&b, ", decline code %q", string(e.DeclineCode))
	}
	if e.TraceID != "" {
		fmt.Fprintf(&b, ", trace id %q", e.TraceID)
	}
	b.WriteByte(')')
	if e.ReturnMsg != "" {
		fmt.Fprintf(&b, ": %q", e.ReturnMsg)
	}
	return b.String()
}

// FieldError is one fault of a request: the field as the guide names it and the rule it breaks. It
// never holds the value.
type FieldError struct {
	// Field is the path of the field, such as "customer.phone" or "products[2].price".
	Field string
	// Rule says what the field must be, such as "must be at most 64 characters".
	Rule string
}

// Error gives the field and the rule.
func (e *FieldError) Error() string { return e.Field + " " + e.Rule }

// FieldErrors lists every *FieldError inside err, which may be joined and wrapped. It returns nil when
// there is none.
func FieldErrors(err error) []*FieldError {
	switch e := err.(type) { //nolint:errorlint // it walks the chain itself
	case nil:
		return nil
	case *FieldError:
		return []*FieldError{e}
	case interface{ Unwrap() []error }:
		var all []*FieldError
		for _, inner := range e.Unwrap() {
			all = append(all, FieldErrors(inner)...)
		}
		return all
	default:
		return FieldErrors(errors.Unwrap(err))
	}
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}
