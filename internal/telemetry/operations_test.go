package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/client_golang/prometheus"

	"lianlian-checkout/internal/telemetry"
	"lianlian-checkout/models"
)

// output is what GET /metrics answers when everything has happened once.
func output(t *testing.T) string {
	t.Helper()
	registry := telemetry.NewRegistry()
	tel, err := telemetry.New(registry, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = tel.Watch(registry, telemetry.Sources{
		Pulse: func(context.Context) (models.Pulse, error) {
			p := models.Pulse{Orders: map[models.OrderStatus]int64{models.OrderPaid: 1}, Overdue: map[models.Queue]time.Duration{}}
			for _, q := range models.Queues {
				p.Overdue[q] = time.Second
			}
			return p, nil
		},
		Parts:   func(context.Context) []models.Part { return []models.Part{{Name: "database", Err: errors.New("x")}} },
		Streams: func() int { return 3 },
	})
	if err != nil {
		t.Fatal(err)
	}
	_, end := tel.Request(t.Context(), "GET", "/cart")
	end(200)
	_, written := tel.Write(t.Context())
	written(nil)
	tel.Commit(3, time.Millisecond)
	tel.Gateway("create", "", time.Second)
	tel.Evidence(models.SourceNotification, "applied")
	tel.Paid(models.Money{Amount: 16850, Currency: "HKD"})
	tel.Delivered("again")
	tel.Mailed("sent")
	tel.Beat(time.Now())
	w := httptest.NewRecorder()
	telemetry.Handler(registry).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

// A fraction isn't lost, and what isn't there does nothing.
func TestTelemetry(t *testing.T) {
	t.Parallel()
	text := output(t)
	for _, line := range []string{
		`checkout_paid_amount_total{currency="HKD"} 168.5`, `checkout_ready{part="database"} 0`, "checkout_streams_open 3",
		`checkout_gateway_responses_total{operation="create",return_code="none"} 1`, `checkout_http_requests_total{method="GET",route="/cart",status="200"} 1`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	var none *telemetry.Telemetry
	_, end := none.Request(t.Context(), "GET", "/")
	end(200)
	_, end = none.Calling(t.Context(), "create")
	end(0)
	none.Evidence(models.SourceCreate, "applied")
	none.Paid(models.Money{})
	none.Gateway("create", "", 0)
	none.Delivered("again")
	none.Mailed("again")
	none.Beat(time.Now())
	if err := none.Watch(prometheus.NewRegistry(), telemetry.Sources{}); err != nil {
		t.Error(err)
	}
	if tel, err := telemetry.New(nil, nil); tel != nil || err != nil {
		t.Errorf("telemetry of nothing: %v, %v", tel, err)
	}
}

const operations = "../../docs/operations/"

func read(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(operations + name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// expressions are those of the dashboard and of the alert rules, by where they stand.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(read(t, "grafana.json"), &board); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, p := range board.Panels {
		for i, target := range p.Targets {
			all[p.Title+strings.Repeat("'", i)] = strings.NewReplacer("$job", ".*", "$__range", "1d").Replace(target.Expr)
		}
	}
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert, Expr string
				Labels      map[string]string
				Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(read(t, "alerts.yml"), &rules); err != nil {
		t.Fatal(err)
	}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			all[r.Alert] = r.Expr
			if r.Annotations["summary"] == "" || len(r.Annotations["action"]) < 40 || !slices.Contains([]string{"page", "ticket"}, r.Labels["severity"]) {
				t.Errorf("alert %s doesn't say what is wrong, what to do and how soon", r.Alert)
			}
		}
	}
	if len(all) < 40 {
		t.Fatalf("only %d expressions", len(all))
	}
	return all
}

var (
	metricName = regexp.MustCompile(`\b(checkout|process|go)_[a-z0-9_]+\b`)
	sampleLine = regexp.MustCompile(`(?m)^([a-z][a-z0-9_]*)[ {]`)
	typeLine   = regexp.MustCompile(`(?m)^# TYPE (checkout_\S+)`)
)

// Every metric that dashboard and alerts name is one that the program has, and the list for people has all of them.
func TestDashboardAndAlerts(t *testing.T) {
	t.Parallel()
	text := output(t)
	have := map[string]bool{}
	for _, m := range sampleLine.FindAllStringSubmatch(text, -1) {
		have[m[1]] = true
	}
	for where, expr := range expressions(t) {
		names := metricName.FindAllString(expr, -1)
		if len(names) == 0 {
			t.Errorf("%s names no metric: %s", where, expr)
		}
		for _, name := range names {
			if !have[name] {
				t.Errorf("%s: the program has no metric %s", where, name)
			}
		}
	}
	list := string(read(t, "README.md"))
	for _, m := range typeLine.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(list, "`"+m[1]+"`") {
			t.Errorf("docs/operations/README.md doesn't tell of %s", m[1])
		}
	}
}

// What alerts are about is there before it happens: from nothing to 1 is no increase.
func TestAlertsBeginAtZero(t *testing.T) {
	t.Parallel()
	registry := telemetry.NewRegistry()
	if _, err := telemetry.New(registry, nil); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	telemetry.Handler(registry).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	for _, series := range []string{
		`checkout_evidence_total{source="notification",verdict="mismatch"}`, `checkout_evidence_total{source="query",verdict="refused"}`,
		`checkout_evidence_total{source="notification",verdict="bad_signature"}`, `checkout_gateway_responses_total{operation="create",return_code="INVALID_SIGNATURE"}`,
		`checkout_webhook_tries_total{result="given_up"}`, `checkout_mail_tries_total{result="given_up"}`, "checkout_write_failures_total",
	} {
		if !strings.Contains(w.Body.String(), series+" 0\n") {
			t.Errorf("%s isn't there at the start", series)
		}
	}
}

// Prometheus itself reads the rules, the dashboard's expressions and the names, where its promtool is installed.
func TestPromtool(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool isn't installed (Debian's package prometheus): skipped")
	}
	run := func(in string, args ...string) {
		t.Helper()
		c := exec.Command(tool, args...)
		c.Stdin = strings.NewReader(in)
		if said, err := c.CombinedOutput(); err != nil {
			t.Errorf("promtool %v: %v\n%s", args, err, said)
		}
	}
	run("", "check", "rules", operations+"alerts.yml")
	var b bytes.Buffer
	b.WriteString("groups:\n- name: x\n  rules:\n")
	for where, expr := range expressions(t) {
		name, _ := json.Marshal("x:" + strings.Trim(regexp.MustCompile(`[^a-zA-Z]+`).ReplaceAllString(where, "_"), "_"))
		text, _ := json.Marshal(expr)
		b.WriteString("  - record: " + string(name) + "\n    expr: " + string(text) + "\n")
	}
	file := filepath.Join(t.TempDir(), "expressions.yml")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	run("", "check", "rules", file)
	run(output(t), "check", "metrics")
}
