package telemetry

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"lianlian-checkout/internal/requestid"
	"lianlian-checkout/models"
)

// Request begins a request of the method at the route, which is a pattern, never a path. end is called with the answer's status.
func (t *Telemetry) Request(ctx context.Context, method, route string) (_ context.Context, end func(status int)) {
	if t == nil {
		return ctx, func(int) {}
	}
	began := time.Now()
	ctx, span := t.span(ctx, method+" "+route, trace.SpanKindServer, attribute.String("http.request.method", method), attribute.String("http.route", route),
		attribute.String("request_id", requestid.Of(ctx)))
	return ctx, func(status int) {
		code := strconv.Itoa(status)
		t.requests.WithLabelValues(method, route, code).Inc()
		if !strings.HasSuffix(route, "/events") { // which stay open as long as the page
			t.requestTime.WithLabelValues(route).Observe(time.Since(began).Seconds())
		}
		if span != nil {
			span.SetAttributes(attribute.Int("http.response.status_code", status))
			if status >= http.StatusInternalServerError {
				span.SetStatus(codes.Error, "")
			}
			span.End()
		}
	}
}

// Write times a write to the database; see models.Observer.
func (t *Telemetry) Write(ctx context.Context) (context.Context, func(error)) {
	began := time.Now()
	ctx, span := t.span(ctx, "database write", trace.SpanKindClient)
	return ctx, func(err error) {
		t.writeTime.Observe(time.Since(began).Seconds())
		failed := errors.Is(err, models.ErrUnavailable)
		if failed {
			t.failedWrites.Inc()
		}
		if span != nil {
			if failed {
				span.SetStatus(codes.Error, "")
			}
			span.End()
		}
	}
}

// Commit counts a transaction of the group writer; see models.Observer.
func (t *Telemetry) Commit(writes int, took time.Duration) {
	t.commitTime.Observe(took.Seconds())
	t.commitSize.Observe(float64(writes))
}

// Gateway counts a call that ended. returnCode is the gateway's, empty when there was no answer to believe.
func (t *Telemetry) Gateway(operation, returnCode string, took time.Duration) {
	if t == nil {
		return
	}
	if returnCode == "" {
		returnCode = "none"
	}
	t.answers.WithLabelValues(operation, returnCode).Inc()
	t.gatewayTime.WithLabelValues(operation).Observe(took.Seconds())
}

// Calling draws a span around a call of the gateway. end is called with the answer's HTTP status, 0 without one.
func (t *Telemetry) Calling(ctx context.Context, operation string) (_ context.Context, end func(status int)) {
	if t == nil || t.tracer == nil {
		return ctx, func(int) {}
	}
	ctx, span := t.span(ctx, "gateway "+operation, trace.SpanKindClient, attribute.String("gateway.operation", operation))
	return ctx, func(status int) {
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status == 0 || status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// span starts a span, or nothing: nil.
func (t *Telemetry) span(ctx context.Context, name string, kind trace.SpanKind, attrs ...attribute.KeyValue) (context.Context, trace.Span) {
	if t.tracer == nil {
		return ctx, nil
	}
	return t.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attrs...))
}
