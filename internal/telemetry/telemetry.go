// Package telemetry is the one door to Prometheus and OpenTelemetry. The packages that do the work tell it what they do through small
// interfaces of their own; it counts, and draws spans around. Nothing in it sees a path, an id, a name or a sum of one order.
//
// A nil *Telemetry takes everything and does nothing, so that nobody needs to ask whether there is one.
package telemetry

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"lianlian-checkout/internal/version"
	"lianlian-checkout/models"
)

// Telemetry counts and traces what one checkout does. Its methods may be called from many goroutines.
type Telemetry struct {
	tracer trace.Tracer // nil without traces
	*metrics
	beat atomic.Int64 // when reconciliation last showed life, in Unix nanoseconds
}

// Sources are what is asked when somebody reads the metrics.
type Sources struct {
	Pulse   func(ctx context.Context) (models.Pulse, error)
	Parts   func(ctx context.Context) []models.Part
	Streams func() int // open status streams
}

// New registers the metrics, and takes a tracer of the provider. Either may be nil; without both there is nothing to tell: nil.
func New(registry *prometheus.Registry, provider trace.TracerProvider) (*Telemetry, error) {
	if registry == nil && provider == nil {
		return nil, nil
	}
	t := &Telemetry{metrics: newMetrics(version.Read())}
	if provider != nil {
		t.tracer = provider.Tracer("lianlian-checkout")
	}
	if registry == nil {
		return t, nil
	}
	var errs []error
	for _, c := range t.collectors() {
		errs = append(errs, registry.Register(c))
	}
	return t, errors.Join(errs...)
}

// Watch registers what is asked of the sources, once they are there.
func (t *Telemetry) Watch(registry *prometheus.Registry, s Sources) error {
	if t == nil || registry == nil {
		return nil
	}
	return registry.Register(&watch{sources: s, beat: &t.beat})
}

// Beat notes that reconciliation is alive.
func (t *Telemetry) Beat(at time.Time) {
	if t != nil {
		t.beat.Store(at.UnixNano())
	}
}

// Evidence counts what the one door made of a message, and what was paid by it. verdict is one of models' verdicts, or why a message
// didn't get as far as the door.
func (t *Telemetry) Evidence(source models.Source, verdict string) {
	if t != nil {
		t.evidence.WithLabelValues(string(source), verdict).Inc()
	}
}

// Paid counts an order that has just been paid.
func (t *Telemetry) Paid(m models.Money) {
	if t != nil {
		t.paid.add(m)
	}
}

// Delivered counts a try of a webhook: "delivered", "again" or "given_up".
func (t *Telemetry) Delivered(result string) {
	if t != nil {
		t.deliveries.WithLabelValues(result).Inc()
	}
}

// Mailed counts a try of an e-mail: "sent", "again" or "given_up".
func (t *Telemetry) Mailed(result string) {
	if t != nil {
		t.mails.WithLabelValues(result).Inc()
	}
}
