package checkout

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"lianlian-checkout/internal/requestid"
	"lianlian-checkout/internal/telemetry"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// observed is the client with its calls counted, drawn in traces, and named after the request that they are made for.
func observed(client *lianlian.Client, t *telemetry.Telemetry) *lianlian.Client {
	c := *client
	h := http.Client{Transport: lianlian.DefaultTransport()}
	if c.HTTPClient != nil {
		if h = *c.HTTPClient; h.Transport == nil {
			h.Transport = http.DefaultTransport
		}
	}
	h.Transport = carrying{h.Transport, t}
	c.HTTPClient = &h
	if trace := c.Trace; t != nil {
		c.Trace = func(e lianlian.Exchange) {
			t.Gateway(operation(e.Method, e.URL), answerCode(e.Err), e.Duration)
			if trace != nil {
				trace(e)
			}
		}
	}
	return &c
}

// carrying is the way to the gateway. The request's name goes along, so that one line in our log, one in a proxy's and one in the gateway's can be
// told to be the same.
type carrying struct {
	http.RoundTripper
	telemetry *telemetry.Telemetry
}

func (t carrying) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, end := t.telemetry.Calling(r.Context(), operation(r.Method, r.URL.Path))
	id := requestid.Of(ctx)
	if id != "" || ctx != r.Context() { // a transport must not change what it is given
		r = r.Clone(ctx)
		if id != "" {
			r.Header.Set(requestid.Header, id)
		}
	}
	resp, err := t.RoundTripper.RoundTrip(r)
	status := 0
	if err == nil {
		status = resp.StatusCode
	}
	end(status)
	return resp, err
}

// operation names a call of the gateway by its path (guide 4.1), never by what is in it.
func operation(method, path string) string {
	refund, get := strings.Contains(path, "/refunds"), method == http.MethodGet
	switch {
	case refund && get:
		return "query_refund"
	case refund:
		return "refund"
	case strings.HasSuffix(path, "/cancelpay"):
		return "cancel"
	case get:
		return "query"
	}
	return "create"
}

// answerCode is the return_code of an answer: one of guide 5.3.4, "other", or "" when there was no answer to believe.
func answerCode(err error) string {
	var e *lianlian.Error
	switch {
	case err == nil:
		return string(lianlian.CodeSuccess)
	case !errors.As(err, &e) || e.ReturnCode == "" || errors.Is(err, lianlian.ErrSignature) || errors.Is(err, lianlian.ErrMalformed):
		return ""
	}
	if _, known := e.ReturnCode.Info(); !known { // a stranger's words don't become series
		return "other"
	}
	return string(e.ReturnCode)
}

// turnedAway is why a notification didn't get as far as the one door.
func turnedAway(err error) string {
	switch {
	case errors.Is(err, models.ErrSignature):
		return "bad_signature"
	case errors.Is(err, models.ErrMalformed):
		return "malformed"
	case errors.Is(err, models.ErrNotFound):
		return "unknown_order"
	}
	return "unavailable"
}

// aliveFor is how long reconciliation may show no life beyond its interval: one call of the gateway takes seconds at most.
const aliveFor = time.Minute

// pulse is when reconciliation last showed life. It begins with New, so that Run has a while to be called.
type pulse struct{ at atomic.Int64 }

// beat says that reconciliation is alive.
func (c *Checkout) beat() {
	now := time.Now()
	c.alive.at.Store(now.UnixNano())
	c.telemetry.Beat(now)
}

// Parts says of each part that money needs whether it works.
func (c *Checkout) Parts(ctx context.Context) []models.Part {
	return append(c.store.Parts(ctx), models.Part{Name: "keys", Err: c.keys}, models.Part{Name: "reconcile", Err: c.reconciling()})
}

// reconciling tells whether somebody asks the gateway about what nobody tells us.
func (c *Checkout) reconciling() error {
	if quiet := time.Since(time.Unix(0, c.alive.at.Load())); quiet > c.o.ReconcileInterval+aliveFor {
		return fmt.Errorf("reconciliation hasn't shown life for %s; is Run running?", quiet.Round(time.Second))
	}
	return nil
}

// tryKeys makes a signature, as every call needs one.
func tryKeys(client *lianlian.Client) error {
	if _, err := client.Signer.SignString("ready"); err != nil {
		return fmt.Errorf("the private key can't sign: %w", err)
	}
	return nil
}
