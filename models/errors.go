package models

import (
	"errors"
	"fmt"
	"strings"
)

// The errors that handlers tell apart with errors.Is.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("conflict")
	ErrUnavailable = errors.New("storage is unavailable")
	// ErrSignature says that a message isn't signed by who it claims to be from; ErrMalformed that it can't be read.
	ErrSignature = errors.New("signature doesn't match")
	ErrMalformed = errors.New("malformed message")
	// ErrSoldOut says that stock ran out between the cart and the order.
	ErrSoldOut = fmt.Errorf("%w: sold out", ErrConflict)
	// ErrPending says that the gateway's answer is not known yet; the order stands and is asked about.
	ErrPending = errors.New("the gateway's answer is not known yet")
)

// FieldError names one bad input and what would be right. Rule is a short code ("required",
// "too_long", "format", "unknown", "characters", "country") that a page words; Limit goes with too_long.
type FieldError struct {
	Field string
	Rule  string
	Limit int
}

func (e *FieldError) Error() string {
	if e.Limit > 0 {
		return fmt.Sprintf("%s: %s (%d)", e.Field, e.Rule, e.Limit)
	}
	return e.Field + ": " + e.Rule
}

// InvalidError is all that is wrong with an input at once.
type InvalidError struct{ Fields []FieldError }

func (e *InvalidError) Error() string {
	var parts []string
	for _, f := range e.Fields {
		parts = append(parts, f.Error())
	}
	return "invalid input: " + strings.Join(parts, "; ")
}

// DeclinedError is the gateway's refusal of a payment, with its codes (guide 5.3.4, 5.3.5).
type DeclinedError struct {
	ReturnCode  string
	DeclineCode string
	// Field is our name of the field that INVALID_PARAMETER complained of, if it is one of the buyer's.
	Field   string
	TraceID string
}

func (e *DeclinedError) Error() string {
	s := "the gateway refused the payment: " + e.ReturnCode
	if e.DeclineCode != "" {
		s += " (" + e.DeclineCode + ")"
	}
	return s
}
