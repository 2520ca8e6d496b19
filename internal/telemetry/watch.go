package telemetry

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lianlian-checkout/models"
)

// lookFor is how long an answer of the database stands, however often somebody reads the metrics, and lookWithin how long it may take.
const (
	lookFor    = 5 * time.Second
	lookWithin = 5 * time.Second
)

// watch asks the database how it stands when the metrics are read.
type watch struct {
	sources Sources
	beat    *atomic.Int64

	mu    sync.Mutex
	at    time.Time
	pulse models.Pulse
	parts []models.Part
	err   error
}

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	descOrders    = gauge("checkout_orders", "Orders by status; those that are over are counted every ten minutes.", "status")
	descAttention = gauge("checkout_orders_attention", "Orders that need an operator's look.")
	descOverdue   = gauge("checkout_queue_overdue_seconds", "How long the oldest work of the queue has been waiting beyond its time.", "queue")
	descWrites    = gauge("checkout_write_queue", "Writes that wait for SQLite's group writer.")
	descDisk      = gauge("checkout_disk_free_bytes", "Bytes free where the database's file lies.")
	descStreams   = gauge("checkout_streams_open", "Live status streams that are open.")
	descReady     = gauge("checkout_ready", "1 while the part works that money needs, else 0.", "part")
	descBeat      = gauge("checkout_reconcile_alive_timestamp_seconds", "When reconciliation last showed life.")
	descRead      = gauge("checkout_pulse_read", "1 when the database said how it stands; without it, orders and queues are missing here.")
)

func (w *watch) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descOrders, descAttention, descOverdue, descWrites, descDisk, descStreams, descReady, descBeat, descRead} {
		ch <- d
	}
}

func (w *watch) Collect(ch chan<- prometheus.Metric) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.at.IsZero() || time.Since(w.at) >= lookFor {
		ctx, cancel := context.WithTimeout(context.Background(), lookWithin)
		w.parts = w.sources.Parts(ctx)
		w.pulse, w.err = w.sources.Pulse(ctx)
		cancel()
		w.at = time.Now()
	}
	put := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, p := range w.parts {
		put(descReady, one(p.Err == nil), p.Name)
	}
	put(descStreams, float64(w.sources.Streams()))
	if at := w.beat.Load(); at != 0 {
		put(descBeat, float64(at)/1e9)
	}
	put(descRead, one(w.err == nil))
	if w.pulse.Disk >= 0 {
		put(descDisk, float64(w.pulse.Disk))
	}
	put(descWrites, float64(w.pulse.Writes))
	if w.err != nil {
		return
	}
	for status, n := range w.pulse.Orders {
		put(descOrders, float64(n), string(status))
	}
	put(descAttention, float64(w.pulse.Attention))
	for queue, d := range w.pulse.Overdue {
		put(descOverdue, d.Seconds(), string(queue))
	}
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
