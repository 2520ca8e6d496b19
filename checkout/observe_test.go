package checkout_test

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/telemetry"
)

// sample is the value of the metric whose labels hold all the values given, -1 when there is none.
func sample(t *testing.T, r *prometheus.Registry, name string, values ...string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			has := map[string]bool{}
			for _, l := range m.GetLabel() {
				has[l.GetValue()] = true
			}
			all := true
			for _, v := range values {
				all = all && has[v]
			}
			if !all {
				continue
			}
			switch {
			case m.Counter != nil:
				return m.GetCounter().GetValue()
			case m.Gauge != nil:
				return m.GetGauge().GetValue()
			}
			return float64(m.GetHistogram().GetSampleCount())
		}
	}
	return -1
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	h := New(t, func(s *setup) { s.Checkout.Metrics = registry })
	o := h.order()
	h.order()
	signature, body := h.notice(o, nil)
	for range 2 {
		if err := h.Notify(t.Context(), signature, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Notify(t.Context(), "Zm9yZ2Vk", body); err == nil {
		t.Fatal("a forged notification was taken")
	}
	h.gateway.shut.Store(true)
	if _, err := h.CheckNow(t.Context(), o.ID); err == nil {
		t.Fatal("the gateway answered though it is shut")
	}
	for _, tt := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"checkout_orders", []string{"paid"}, 1},
		{"checkout_orders", []string{"pending"}, 1},
		{"checkout_orders", []string{"refunded"}, 0},
		{"checkout_orders_attention", nil, 0},
		{"checkout_paid_amount_total", []string{"HKD"}, 168},
		{"checkout_paid_orders_total", []string{"HKD"}, 1},
		{"checkout_evidence_total", []string{"notification", "applied"}, 1},
		{"checkout_evidence_total", []string{"notification", "repeated"}, 1},
		{"checkout_evidence_total", []string{"notification", "bad_signature"}, 1},
		{"checkout_gateway_responses_total", []string{"create", "SUCCESS"}, 2},
		{"checkout_gateway_responses_total", []string{"query", "none"}, 1},
		{"checkout_gateway_request_duration_seconds", []string{"create"}, 2},
		{"checkout_queue_overdue_seconds", []string{"payments"}, 0},
		{"checkout_streams_open", nil, 0},
		{"checkout_ready", []string{"database"}, 1},
		{"checkout_ready", []string{"reconcile"}, 1},
		{"checkout_build_info", nil, 1},
	} {
		if got := sample(t, registry, tt.name, tt.labels...); got != tt.want {
			t.Errorf("%s %v = %v, want %v", tt.name, tt.labels, got, tt.want)
		}
	}
	for _, name := range []string{"checkout_write_duration_seconds", "checkout_commit_duration_seconds", "checkout_disk_free_bytes"} {
		if got := sample(t, registry, name); got <= 0 {
			t.Errorf("%s = %v", name, got)
		}
	}
	answer, err := http.Get(h.url + "/orders/" + o.Token)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if got := sample(t, registry, "checkout_http_requests_total", "/orders/:token", "200"); got != 1 {
		t.Errorf("requests of an order's page = %v", got)
	}
	if answer, err = http.Get(h.url + "/metrics"); err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || !strings.Contains(string(text), "checkout_paid_amount_total{currency=\"HKD\"} 168\n") {
		t.Errorf("GET /metrics: %d %.200s", answer.StatusCode, text)
	}
	if strings.Contains(string(text), o.Token) || strings.Contains(string(text), id(o)) {
		t.Error("the metrics name an order")
	}
}

// What waits beyond its time shows.
func TestOverdue(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	h := New(t, func(s *setup) { s.Checkout.Metrics = registry })
	h.order()
	h.clock.Add(65 * time.Second)
	if got := sample(t, registry, "checkout_queue_overdue_seconds", "payments"); got != 60 {
		t.Errorf("the oldest question is overdue by %v s, want 60", got)
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	h := New(t)
	failing := func() string {
		var names []string
		for _, p := range h.Parts(t.Context()) {
			if p.Err != nil {
				names = append(names, p.Name)
			}
		}
		return strings.Join(names, " ")
	}
	if got := failing(); got != "" {
		t.Fatalf("failing at the start: %s", got)
	}
	if _, err := h.db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	if got := failing(); got != "migrations" {
		t.Errorf("after a newer program has migrated: %q", got)
	}
	if _, err := h.db.Exec("DELETE FROM goose_db_version WHERE version_id = 9999"); err != nil {
		t.Fatal(err)
	}
	h.StopReconciling()
	if got := failing(); got != "reconcile" {
		t.Errorf("when nobody reconciles: %q", got)
	}
	h.Reconcile(t.Context())
	if got := failing(); got != "" {
		t.Errorf("after it has: %q", got)
	}
}

// collector takes OTLP.
type collector struct {
	*httptest.Server
	mu     sync.Mutex
	bodies strings.Builder
	spans  map[string]span // by name
}

type span struct {
	TraceID, SpanID, ParentSpanID string
	Kind                          tracepb.Span_SpanKind
	Start, End                    uint64
}

func newCollector(t *testing.T) *collector {
	c := &collector{spans: map[string]span{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var sent collectorpb.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &sent); err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("the collector got %s %q: %v", r.URL.Path, body, err)
			return
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.bodies.Write(body)
		for _, rs := range sent.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					c.spans[s.Name] = span{
						hex.EncodeToString(s.TraceId), hex.EncodeToString(s.SpanId), hex.EncodeToString(s.ParentSpanId), s.Kind, s.StartTimeUnixNano, s.EndTimeUnixNano,
					}
				}
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// A buyer's request, the call of the gateway and the write to the database are one trace, which names nobody; and every line of
// the request's log has its name, as has the call.
func TestTraces(t *testing.T) {
	t.Parallel()
	c := newCollector(t)
	provider, err := telemetry.Traces(c.URL)
	if err != nil {
		t.Fatal(err)
	}
	h := New(t, func(s *setup) { s.Checkout.Traces = provider })
	var mu sync.Mutex
	named := ""
	h.gateway.watch(func(r *http.Request, _ []byte) { mu.Lock(); named = r.Header.Get("X-Request-ID"); mu.Unlock() })
	o := h.order()
	req, _ := http.NewRequest(http.MethodPost, h.url+"/orders/"+o.Token+"/retry", strings.NewReader("payment_processor=wechathk"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if err := provider.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	request := c.spans["POST /orders/:token/retry"]
	if request.Kind != 2 || request.ParentSpanID != "" || len(request.TraceID) != 32 || len(request.SpanID) != 16 {
		t.Fatalf("the request's span: %+v of %v", request, c.spans)
	}
	for _, name := range []string{"gateway create", "database write"} {
		if s := c.spans[name]; s.TraceID != request.TraceID || s.Kind != 3 || s.ParentSpanID == "" || s.End < s.Start {
			t.Errorf("%s: %+v, want a part of trace %s", name, s, request.TraceID)
		}
	}
	for _, private := range []string{o.Token, id(o), "Chan", "chan@example.com", "91234567", "127.0.0.1"} {
		if strings.Contains(c.bodies.String(), private) {
			t.Errorf("the traces hold %s", private)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if id := answer.Header.Get("X-Request-ID"); named == "" || named != id || !strings.Contains(c.bodies.String(), id) {
		t.Errorf("the request is %q, the gateway was told %q", id, named)
	}
	for line := range strings.Lines(h.log.String()) {
		if strings.Contains(line, `"payment settled"`) && strings.Contains(line, "wechathk") && !strings.Contains(line, named) {
			t.Errorf("a line without its request: %s", line)
		}
	}
	if !strings.Contains(h.log.String(), `"request_id":"`+named+`"`) {
		t.Error("no line names the request")
	}
}

// A metric that another of the same registry has already is said, not a panic.
func TestOneRegistryEach(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	h := New(t, func(s *setup) { s.Checkout.Metrics = registry })
	o := h.o
	o.Database = filepath.Join(t.TempDir(), "other.db")
	if c, err := checkout.New(t.Context(), o); err == nil || !strings.Contains(err.Error(), "Options.Metrics") {
		t.Errorf("two checkouts in one registry: %v", err)
		if c != nil {
			c.Close()
		}
	} else if _, err := os.Stat(o.Database); err == nil {
		t.Error("the second has begun with its database")
	}
}
