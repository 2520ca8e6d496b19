// Package requestid gives each request a name that its context carries: every line that is logged with the context has it, and so has
// every call that is made for the request.
package requestid

import (
	"context"
	"crypto/rand"
	"log/slog"
)

// Header carries the name in answers, and in calls to the gateway.
const Header = "X-Request-ID"

// Key is the name's key in the log.
const Key = "request_id"

type contextKey struct{}

// New draws a name. What a client calls its request is ignored.
func New() string { return rand.Text()[:16] }

// With is a context of the request.
func With(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, contextKey{}, id)
}

// Of is the name of the context's request, or "" outside of any.
func Of(ctx context.Context) string {
	id, _ := ctx.Value(contextKey{}).(string)
	return id
}

// Logger adds the request's name to every line that has none yet. Adding it twice adds it once.
func Logger(log *slog.Logger) *slog.Logger {
	if _, done := log.Handler().(handler); done {
		return log
	}
	return slog.New(handler{log.Handler()})
}

type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, r slog.Record) error {
	id := Of(ctx)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == Key {
			id = ""
		}
		return id != ""
	})
	if id != "" {
		r = r.Clone() // whose attributes may be shared
		r.AddAttrs(slog.String(Key, id))
	}
	return h.Handler.Handle(ctx, r)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
