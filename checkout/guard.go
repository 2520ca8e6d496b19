package checkout

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// What the host program gives us also runs in goroutines of ours, where a panic would end its whole process: there it becomes an
// error. In a request the pages' own recovery answers with the page for faults.

// caught turns a panic into an error and logs where it came from.
func caught(log *slog.Logger, what string, err *error) {
	if v := recover(); v != nil {
		log.Error("panic", "in", what, "panic", v, "stack", string(debug.Stack()))
		if err != nil {
			*err = fmt.Errorf("%s: panic", what)
		}
	}
}

// guard puts itself around the options' own functions.
func (o *Options) guard() {
	if o.Mailer != nil {
		o.Mailer = guardedMailer{o.Mailer, o.Log}
	}
	if o.Client.HTTPClient == nil && o.Client.Trace == nil {
		return
	}
	client := *o.Client
	if client.HTTPClient != nil {
		h := *client.HTTPClient
		if h.Transport == nil {
			h.Transport = http.DefaultTransport
		}
		h.Transport = guardedTransport{h.Transport, o.Log}
		client.HTTPClient = &h
	}
	if trace, log := client.Trace, o.Log; trace != nil {
		client.Trace = func(e lianlian.Exchange) {
			defer caught(log, "Client.Trace", nil)
			trace(e)
		}
	}
	o.Client = &client
}

type guardedTransport struct {
	http.RoundTripper
	log *slog.Logger
}

func (t guardedTransport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer caught(t.log, "Client.HTTPClient", &err)
	return t.RoundTripper.RoundTrip(r)
}

type guardedMailer struct {
	Mailer
	log *slog.Logger
}

func (m guardedMailer) Send(ctx context.Context, l models.Email) (err error) {
	defer caught(m.log, "Mailer", &err)
	return m.Mailer.Send(ctx, l)
}
