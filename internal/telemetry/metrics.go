package telemetry

import (
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"lianlian-checkout/internal/version"
	"lianlian-checkout/models"
)

// NewRegistry is a registry with what Go and the operating system say of the process. The library's own default registry isn't used:
// it belongs to whoever else is in the process.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// Handler answers with all that the registry has. A part that can't be read is left out, and doesn't hide the rest.
func Handler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4})
}

type metrics struct {
	build                                          prometheus.Collector
	requests, evidence, answers, deliveries, mails *prometheus.CounterVec
	requestTime, gatewayTime                       *prometheus.HistogramVec
	writeTime, commitTime, commitSize              prometheus.Histogram
	failedWrites                                   prometheus.Counter
	paid                                           *takings
}

// Seconds that a page, a call over the internet, and a synced write to a disk may take.
var (
	pageSeconds  = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}
	callSeconds  = []float64{.05, .1, .25, .5, 1, 2, 5, 10}
	writeSeconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5}
)

func newMetrics(b version.Build) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	}
	histograms := func(name, help string, buckets []float64, label string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{label})
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "checkout_build_info", Help: "Which build this is; always 1.",
		ConstLabels: prometheus.Labels{"version": b.Version, "commit": b.Commit, "go_version": b.Go},
	})
	build.Set(1)
	m := &metrics{
		build:        build,
		requests:     counter("checkout_http_requests_total", "Answered requests, by method, route and status.", "method", "route", "status"),
		requestTime:  histograms("checkout_http_request_duration_seconds", "How long answers took, by route; live streams aren't counted.", pageSeconds, "route"),
		evidence:     counter("checkout_evidence_total", "What became of each message about a payment, by who said it.", "source", "verdict"),
		answers:      counter("checkout_gateway_responses_total", "The gateway's answers to our calls, by operation and return_code; none when there was no answer to believe.", "operation", "return_code"),
		gatewayTime:  histograms("checkout_gateway_request_duration_seconds", "How long calls of the gateway took, by operation.", callSeconds, "operation"),
		deliveries:   counter("checkout_webhook_tries_total", "Tries of webhooks, by what came of them.", "result"),
		mails:        counter("checkout_mail_tries_total", "Tries of e-mails, by what came of them.", "result"),
		writeTime:    histogram("checkout_write_duration_seconds", "From asking for a write to its commit, waiting in the queue included.", writeSeconds),
		failedWrites: prometheus.NewCounter(prometheus.CounterOpts{Name: "checkout_write_failures_total", Help: "Writes that the database didn't take."}),
		commitTime:   histogram("checkout_commit_duration_seconds", "One transaction of SQLite's group writer, its sync included.", writeSeconds),
		commitSize:   histogram("checkout_commit_writes", "How many writes one transaction of SQLite's group writer carried.", []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}),
		paid:         newTakings(),
	}
	m.zero()
	return m
}

// zero lets what alerts are about begin at 0: a series that begins at 1 hasn't risen, in Prometheus's eyes, and the first
// mismatch would wake nobody.
func (m *metrics) zero() {
	for _, source := range []models.Source{models.SourceCreate, models.SourceNotification, models.SourceReturn, models.SourceQuery} {
		m.evidence.WithLabelValues(string(source), string(models.VerdictMismatch))
		m.evidence.WithLabelValues(string(source), string(models.VerdictRefused))
	}
	m.evidence.WithLabelValues(string(models.SourceNotification), "bad_signature")
	for _, operation := range []string{"create", "query"} {
		for _, code := range []string{"SUCCESS", "none", "INVALID_SIGNATURE", "INVALID_MERCHANT", "INACTIVE_MERCHANT", "IP_NOT_AUTHORIZED"} {
			m.answers.WithLabelValues(operation, code)
		}
	}
	for _, result := range []string{"delivered", "again", "given_up"} {
		m.deliveries.WithLabelValues(result)
	}
	for _, result := range []string{"sent", "again", "given_up"} {
		m.mails.WithLabelValues(result)
	}
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{
		m.build, m.requests, m.requestTime, m.evidence, m.answers, m.gatewayTime, m.deliveries, m.mails,
		m.writeTime, m.failedWrites, m.commitTime, m.commitSize, m.paid,
	}
}

// takings sums what was paid in whole hundredths, so that no fraction is lost however much it is.
type takings struct {
	amount, orders *prometheus.Desc

	mu         sync.Mutex
	hundredths map[string]int64 // by currency
	count      map[string]int64
}

func newTakings() *takings {
	return &takings{
		amount:     prometheus.NewDesc("checkout_paid_amount_total", "What was paid since the start, in the currency's main unit.", []string{"currency"}, nil),
		orders:     prometheus.NewDesc("checkout_paid_orders_total", "Orders that were paid since the start.", []string{"currency"}, nil),
		hundredths: map[string]int64{}, count: map[string]int64{},
	}
}

func (t *takings) add(m models.Money) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hundredths[m.Currency] += m.Amount
	t.count[m.Currency]++
}

func (t *takings) Describe(ch chan<- *prometheus.Desc) { ch <- t.amount; ch <- t.orders }

func (t *takings) Collect(ch chan<- prometheus.Metric) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for currency, n := range t.hundredths {
		ch <- prometheus.MustNewConstMetric(t.amount, prometheus.CounterValue, float64(n)/100, currency)
		ch <- prometheus.MustNewConstMetric(t.orders, prometheus.CounterValue, float64(t.count[currency]), currency)
	}
}
