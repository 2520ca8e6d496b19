package handlers

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// problem is an answer that isn't what was asked for. Key chooses the page's words; detail is one safe sentence for programs.
type problem struct {
	status int
	key    string
	detail string
	retry  time.Duration
	fields []models.FieldError
	words  []any // the page's own sentence: a text's key with its names and values; nil for none
}

func (p *problem) Error() string { return http.StatusText(p.status) + ": " + p.detail }

var errNotFound = &problem{status: http.StatusNotFound, key: "not_found", detail: "there is nothing here"}

func badRequest(detail string) *problem {
	return &problem{status: http.StatusBadRequest, key: "bad_request", detail: detail}
}

func forbidden(detail string) *problem {
	return &problem{status: http.StatusForbidden, key: "forbidden", detail: detail}
}

func tooMany(wait time.Duration) *problem {
	return &problem{status: http.StatusTooManyRequests, key: "too_many", detail: "too many requests from this address", retry: wait}
}

// explain finds the answer to an error: the only place that turns errors into status codes.
func explain(err error) *problem {
	var (
		known    *problem
		invalid  *models.InvalidError
		declined *models.DeclinedError
		tooLarge *http.MaxBytesError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &tooLarge):
		return &problem{status: http.StatusRequestEntityTooLarge, key: "too_large",
			detail: "the body is larger than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes"}
	case errors.As(err, &invalid):
		return &problem{status: http.StatusUnprocessableEntity, key: "bad_request", detail: "some fields need another value", fields: invalid.Fields}
	case errors.As(err, &declined):
		return &problem{status: http.StatusUnprocessableEntity, key: "bad_request", detail: "the payment was declined"}
	case errors.Is(err, models.ErrNotFound):
		return errNotFound
	case errors.Is(err, models.ErrSignature):
		return &problem{status: http.StatusUnauthorized, key: "forbidden", detail: "the signature doesn't match"}
	case errors.Is(err, models.ErrMalformed):
		return badRequest("the message can't be read")
	case errors.Is(err, models.ErrConflict):
		return &problem{status: http.StatusConflict, key: "bad_request", detail: "it doesn't agree with what is stored"}
	case errors.Is(err, models.ErrUnavailable), errors.Is(err, models.ErrPending), errors.Is(err, context.DeadlineExceeded):
		return &problem{status: http.StatusServiceUnavailable, key: "unavailable", detail: "not possible at the moment", retry: 10 * time.Second}
	}
	return &problem{status: http.StatusInternalServerError, key: "internal", detail: "a fault on our side"}
}

// fail answers with the page or the problem document that fits err, and ends the request.
func (h *Handler) fail(c *gin.Context, err error) {
	if errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil {
		c.AbortWithStatus(http.StatusRequestTimeout) // nobody is left to read it
		return
	}
	p := explain(err)
	if p.status >= http.StatusInternalServerError {
		h.o.Log.ErrorContext(c.Request.Context(), "request failed", "error", err, "route", c.FullPath(),
			"status", p.status, "request_id", c.GetString(requestIDKey))
	}
	h.problem(c, p)
}

// problem writes p as a page, or as RFC 9457 problem details for programs.
func (h *Handler) problem(c *gin.Context, p *problem) {
	c.Abort()
	if p.retry > 0 {
		retryAfter(c, p.retry)
	}
	c.Header("Cache-Control", "no-store")
	reference := c.GetString(requestIDKey)
	if h.wantsJSON(c) {
		h.json(c, p.status, "application/problem+json", problemJSON(p, reference))
		return
	}
	view := views.ProblemView{Status: p.status, Key: p.key}
	if p.status >= http.StatusInternalServerError {
		view.Reference = reference
	}
	if len(p.words) > 0 {
		key, _ := p.words[0].(string)
		view.Detail = h.page(c).Text(key, p.words[1:]...)
	}
	b := buffer()
	defer release(b)
	if err := views.Problem(h.page(c), view).Render(c.Request.Context(), b); err != nil {
		b.Reset()
		b.WriteString("<!doctype html><title>" + http.StatusText(p.status) + "</title><p>" + http.StatusText(p.status))
	}
	c.Header("Vary", varying)
	h.write(c, p.status, "text/html; charset=utf-8", b.Bytes())
}

func retryAfter(c *gin.Context, wait time.Duration) {
	c.Header("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
}

func problemJSON(p *problem, reference string) any {
	type fieldJSON struct {
		Field string `json:"field"`
		Rule  string `json:"rule"`
		Limit int    `json:"limit,omitempty"`
	}
	body := struct {
		Type      string      `json:"type"`
		Title     string      `json:"title"`
		Status    int         `json:"status"`
		Detail    string      `json:"detail,omitempty"`
		Reference string      `json:"reference"`
		Errors    []fieldJSON `json:"errors,omitempty"`
	}{"about:blank", http.StatusText(p.status), p.status, p.detail, reference, nil}
	for _, f := range p.fields {
		body.Errors = append(body.Errors, fieldJSON(f))
	}
	return body
}

// programKey marks requests of routes that only programs ask for.
const programKey = "program"

func forProgram(c *gin.Context) { c.Set(programKey, true) }

// wantsJSON tells whether a program asks: the API, the gateway, or a script that says so.
func (h *Handler) wantsJSON(c *gin.Context) bool {
	if c.GetBool(programKey) {
		return true
	}
	path := c.Request.URL.Path
	if strings.HasPrefix(path, h.path("/api/")) || path == h.path("/lianlian/notify") {
		return true
	}
	accept := c.GetHeader("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// noRoute answers for paths that don't exist. A stray slash at the end leads to the page without it.
func (h *Handler) noRoute(c *gin.Context) {
	path := c.Request.URL.Path
	reads := c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
	trimmed := strings.TrimRight(path, "/")
	switch {
	case reads && (path == h.o.BasePath || path == h.path("/simulator")) && path != "":
		h.redirect(c, path+"/")
	case reads && trimmed != path && trimmed != h.o.BasePath && localPath(trimmed):
		h.redirect(c, (&url.URL{Path: trimmed}).String())
	default:
		h.problem(c, errNotFound)
	}
}

// noMethod answers 405; gin has set Allow.
func (h *Handler) noMethod(c *gin.Context) {
	h.problem(c, &problem{status: http.StatusMethodNotAllowed, key: "method", detail: "the method isn't allowed here"})
}
