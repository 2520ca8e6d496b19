package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// problemType begins the names of the API's problems, which docs/openapi.yaml lists.
const problemType = "urn:lianlian-checkout:problem:"

// apiProblem is an answer of the API that isn't what was asked for (RFC 9457). Its words are for the programmer at the other end.
type apiProblem struct {
	status   int
	kind     string
	detail   string
	retry    time.Duration
	faults   []fault
	declined *models.DeclinedError
}

func (p *apiProblem) Error() string { return p.kind + ": " + p.detail }

// fault is one thing that must be put right, by its place: in the body, in the query, or in a header.
type fault struct {
	Pointer   string `json:"pointer,omitempty"` // RFC 6901
	Parameter string `json:"parameter,omitempty"`
	Header    string `json:"header,omitempty"`
	Detail    string `json:"detail"`
}

// titles are the problems' titles, by kind.
var titles = map[string]string{
	"invalid-request":        "The request can't be carried out as it is",
	"unauthorized":           "No valid API key",
	"not-found":              "There is nothing here",
	"sold-out":               "There isn't enough left",
	"declined":               "The gateway refused the payment",
	"already-paid":           "The order was paid or is being paid",
	"outcome-unknown":        "The gateway can't be asked at the moment",
	"refunds-off":            "Refunds are switched off",
	"not-refundable":         "There is no money that could go back",
	"refund-repeated":        "The same sum was refunded a moment ago",
	"idempotency-key-reused": "The Idempotency-Key belongs to another request",
	"in-progress":            "The same request is under way",
	"too-large":              "The body is too large",
	"unsupported-media-type": "The body isn't JSON",
	"too-many-requests":      "Too many requests",
	"unavailable":            "Not possible at the moment",
	"internal":               "A fault on our side",
}

// invalidRequest is a request with faults.
func invalidRequest(status int, faults ...fault) *apiProblem {
	p := &apiProblem{status: status, kind: "invalid-request", faults: faults}
	for _, f := range faults[:min(len(faults), 1)] {
		p.detail = f.Pointer + f.Parameter + f.Header + " " + f.Detail
	}
	if len(faults) > 1 {
		p.detail += fmt.Sprintf(" (and %d more, see errors)", len(faults)-1)
	}
	p.detail = strings.TrimSpace(p.detail)
	return p
}

// apiFail answers with the problem that fits err, and ends the request.
func (h *Handler) apiFail(c *gin.Context, err error) {
	p := apiExplain(err)
	if p.status >= http.StatusInternalServerError {
		h.o.Log.ErrorContext(c.Request.Context(), "request failed", "error", err, "route", c.FullPath(), "status", p.status, "request_id", c.GetString(requestIDKey))
	}
	c.Abort()
	if p.retry > 0 {
		retryAfter(c, p.retry)
	}
	h.json(c, p.status, "application/problem+json", p.body(c.GetString(requestIDKey)))
}

// body is the problem as it is sent.
func (p *apiProblem) body(reference string) any {
	type declinedJSON struct {
		ReturnCode  string `json:"return_code"`
		DeclineCode string `json:"decline_code,omitempty"`
		TraceID     string `json:"trace_id,omitempty"`
	}
	body := struct {
		Type      string        `json:"type"`
		Title     string        `json:"title"`
		Status    int           `json:"status"`
		Detail    string        `json:"detail"`
		Reference string        `json:"reference"` // names the request in the shop's log
		Errors    []fault       `json:"errors,omitempty"`
		Gateway   *declinedJSON `json:"gateway,omitempty"`
	}{problemType + p.kind, titles[p.kind], p.status, p.detail, reference, p.faults, nil}
	if d := p.declined; d != nil {
		body.Gateway = &declinedJSON{d.ReturnCode, d.DeclineCode, d.TraceID}
	}
	return body
}

// apiExplain finds the API's answer to an error.
func apiExplain(err error) *apiProblem {
	var (
		known    *apiProblem
		invalid  *models.InvalidError
		declined *models.DeclinedError
		tooLarge *http.MaxBytesError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &tooLarge):
		return &apiProblem{status: http.StatusRequestEntityTooLarge, kind: "too-large", detail: fmt.Sprintf("A body may have %d bytes.", tooLarge.Limit)}
	case errors.As(err, &invalid):
		return explainFields(invalid.Fields)
	case errors.As(err, &declined):
		return explainDeclined(declined)
	case errors.Is(err, models.ErrKeyReused):
		return &apiProblem{status: http.StatusConflict, kind: "idempotency-key-reused", detail: "It was used with another body within the last 24 hours. Use a new one for a new session."}
	case errors.Is(err, models.ErrInProgress):
		return &apiProblem{status: http.StatusConflict, kind: "in-progress", detail: "A request with this Idempotency-Key hasn't been answered yet. Send it again after Retry-After.", retry: time.Second}
	case errors.Is(err, models.ErrSoldOut):
		return &apiProblem{status: http.StatusConflict, kind: "sold-out", detail: "Somebody else has just bought the last pieces."}
	case errors.Is(err, models.ErrNotFound):
		return &apiProblem{status: http.StatusNotFound, kind: "not-found", detail: "No order has this id."}
	case errors.Is(err, models.ErrConflict):
		return &apiProblem{status: http.StatusConflict, kind: "already-paid", detail: "It can't be cancelled. Look at its status; money that came is given back by a refund."}
	case errors.Is(err, models.ErrPending):
		return &apiProblem{status: http.StatusConflict, kind: "outcome-unknown", detail: "Nobody knows now whether the order was paid. Send it again after Retry-After.", retry: 5 * time.Second}
	case errors.Is(err, models.ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &apiProblem{status: http.StatusServiceUnavailable, kind: "unavailable", detail: "Send it again after Retry-After, with the same Idempotency-Key.", retry: 5 * time.Second}
	}
	return &apiProblem{status: http.StatusInternalServerError, kind: "internal", detail: "Tell the shop the reference."}
}

func explainDeclined(d *models.DeclinedError) *apiProblem {
	p := &apiProblem{status: http.StatusUnprocessableEntity, kind: "declined", declined: d,
		detail: "No payment was started and the session is cancelled. Put right what is named, if anything is, and make another with a new Idempotency-Key."}
	if d.Field != "" {
		p.faults = []fault{{Pointer: "/customer/" + d.Field, Detail: "was refused by the gateway as empty or incorrect"}}
	}
	return p
}

// explainFields turns the shop's field errors into places and sentences.
func explainFields(list []models.FieldError) *apiProblem {
	soldOut := len(list) > 0
	faults := make([]fault, len(list))
	for i, e := range list {
		pointer := "/" + e.Field
		if isCustomerField(e.Field) {
			pointer = "/customer/" + e.Field
		}
		faults[i] = fault{Pointer: pointer, Detail: ruleInWords(e)}
		soldOut = soldOut && (e.Rule == string(models.ProblemSoldOut) || e.Rule == string(models.ProblemTooMany))
	}
	p := invalidRequest(http.StatusUnprocessableEntity, faults...)
	if soldOut {
		p.status, p.kind = http.StatusConflict, "sold-out"
	}
	return p
}

// fieldRules say what would be right, where a rule alone doesn't.
var fieldRules = map[string]string{
	"amount.too_much":        "is more than is left to refund: see the order's refunds",
	"amount.required":        "must stand alone: exactly one of amount, free and items",
	"amount.amount":          "must be more than 0.00; JPY and KRW end in .00",
	"least.amount":           "must be more than 0.00; JPY and KRW end in .00",
	"most.amount":            "must be more than 0.00; JPY and KRW end in .00",
	"suggested.amount":       "must be more than 0.00; JPY and KRW end in .00",
	"most.below_least":       "must not be below least",
	"suggested.out_of_range": "must lie between least and most",
	"expires_at.past":        "must lie in the future",
	"title.unknown":          "must be by language: en, zh-Hans, zh-Hant",
	"question.unknown":       "must be by language: en, zh-Hans, zh-Hant",
	"items.free":             "must not be goods whose price the buyer names: use free",
	"email.format":           "must be an e-mail address",
	"phone.format":           `must be like "+852-91234567": area code and number`,
	"gender.unknown":         "must be male, female or undefined",
	"id_type.unknown":        "must be CPF or CNPJ",
	"id_type.required":       "is missing beside id_no",
	"id_no.required":         "is missing beside id_type",
	"country.unknown":        "must be a country's two letters, like HK (guide 5.3.1)",
	"state.unknown":          "must be a state of the country (guide 5.3.3)",
	"state.country":          "needs its country beside it",
	"id_no.characters":       "may have letters, digits, dots, slashes and hyphens",
	"postal_code.characters": "may have letters, digits, blanks and hyphens",
}

// cartRules say it of an item.
var cartRules = map[models.CartProblem]string{
	models.ProblemUnknown:  "is not on the shop's shelf",
	models.ProblemSoldOut:  "is sold out",
	models.ProblemTooMany:  "is more than there are left",
	models.ProblemAmount:   "must be more than zero, and at least the product's own where the buyer names the price; JPY and KRW end in .00",
	models.ProblemOverflow: "makes the total larger than 999999999999.99",
	models.ProblemQuantity: "must be 1 to 9999",
	models.ProblemTooLong:  "is one line too many: an order has at most 50",
	models.ProblemCurrency: "is priced in another currency than the shop's",
	"shelf_price":          "must be left out: the shelf has the price. Send name and price without sku to set one",
}

func ruleInWords(e models.FieldError) string {
	if words, ok := cartRules[models.CartProblem(e.Rule)]; ok && strings.HasPrefix(e.Field, "items") {
		return words
	}
	if words, ok := fieldRules[e.Field+"."+e.Rule]; ok {
		return words
	}
	switch e.Rule {
	case ruleRequired:
		return "is missing"
	case ruleTooLong:
		return fmt.Sprintf("must have at most %d characters", e.Limit)
	case ruleCharacters:
		return "has characters that can't be taken"
	case ruleUnknown:
		return "is not one of the values that are known"
	}
	return "doesn't have the right form"
}
