package app_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"lianlian-checkout/internal/app"
	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

const endpointSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// developer is a receiver on the developer's machine.
type developer struct {
	*httptest.Server
	mu     sync.Mutex
	secret string
	fail   int // so many answers are 500 first
	types  []string
	ids    []string
	bad    []string
}

func newDeveloper(t *testing.T) *developer {
	t.Helper()
	d := &developer{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		d.mu.Lock()
		defer d.mu.Unlock()
		wh, err := standardwebhooks.NewWebhook(d.secret)
		if err == nil {
			err = wh.Verify(body, r.Header)
		}
		if err != nil {
			d.bad = append(d.bad, err.Error())
		}
		if d.fail > 0 {
			d.fail--
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		d.types = append(d.types, regexp.MustCompile(`"type":"([^"]+)"`).FindStringSubmatch(string(body))[1])
		d.ids = append(d.ids, r.Header.Get("webhook-id"))
	}))
	t.Cleanup(d.Close)
	return d
}

func (d *developer) got() (types, bad string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.types, " "), strings.Join(d.bad, "; ")
}

var secretLine = regexp.MustCompile(`Secret: (whsec_\S+)`)

// said is what a program prints, read while it runs.
type said struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) { s.mu.Lock(); defer s.mu.Unlock(); return s.b.Write(p) }
func (s *said) String() string              { s.mu.Lock(); defer s.mu.Unlock(); return s.b.String() }

// What was before it started isn't forwarded, nothing is forwarded twice, and the secret stays the same.
func TestListen(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "x.db")
	store, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	f := storetest.NewFixture(t.Context(), store, &storetest.Clock{T: time.Now()})
	f.Apply(t, f.Say(f.Order(t, "before"), models.SourceNotification, models.StatusPaid), models.VerdictApplied)

	d := newDeveloper(t)
	d.fail = 1
	shipped, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var out, log said
	ended := make(chan int, 1)
	go func() {
		ended <- app.Run(ctx, app.Process{Args: []string{"listen", "--forward-to", d.URL + "/hook"}, Environ: []string{"CHECKOUT_DATABASE_DSN=" + path}, Shipped: shipped, Stdout: &out, Stderr: &log})
	}()
	wait := func(what string, cond func() bool) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); !cond(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("never: %s; printed %q %q", what, out.String(), log.String())
			}
		}
	}
	wait("it says its secret", func() bool { return strings.Contains(out.String(), "Waiting") })
	d.mu.Lock()
	d.secret = secretLine.FindStringSubmatch(out.String())[1]
	d.mu.Unlock()
	o := f.Order(t, "now")
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	f.Apply(t, f.Say(o, models.SourceQuery, models.StatusChargeback), models.VerdictApplied)
	wait("both are forwarded", func() bool { types, _ := d.got(); return strings.Contains(types, models.TellChargedBack) })
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d: %s", code, log.String())
	}
	if types, bad := d.got(); types != "order.paid order.charged_back" || bad != "" || d.ids[0] == d.ids[1] {
		t.Errorf("got %q %v, unverified %q", types, d.ids, bad)
	}
	if !strings.Contains(out.String(), "answered 500") || strings.Contains(log.String(), "whsec_") {
		t.Errorf("printed %q, logged %q", out.String(), log.String())
	}
	if info, err := os.Stat(filepath.Join(folder, "webhook_secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret's file: %v, %v", info, err)
	}
	// trigger has the same secret.
	code, stdout, stderr := run(t, []string{"CHECKOUT_DATABASE_DSN=" + path}, "trigger", models.TellRefunded, "--to", d.URL)
	if types, bad := d.got(); code != 0 || !strings.HasSuffix(types, models.TellRefunded) || bad != "" || !strings.Contains(stdout, d.secret) {
		t.Errorf("trigger: exit code %d, %q %q, got %q %q", code, stdout, stderr, types, bad)
	}
}

func TestTrigger(t *testing.T) {
	t.Parallel()
	d := newDeveloper(t)
	d.secret = endpointSecret
	environ := []string{"CHECKOUT_DATABASE_DSN=" + filepath.Join(t.TempDir(), "x.db"), "CHECKOUT_WEBHOOKS_ALLOW_PRIVATE=true",
		`CHECKOUT_WEBHOOKS_ENDPOINTS=[{"url":"` + d.URL + `/a?key=s3cret","secret":"` + endpointSecret + `"},{"url":"` + d.URL + `/b","secret":"` + endpointSecret + `","events":["order.paid"]}]`}
	for _, typ := range models.Tells {
		code, stdout, stderr := run(t, environ, "trigger", typ)
		if code != 0 || strings.Contains(stdout+stderr, endpointSecret) || strings.Contains(stdout+stderr, "s3cret") {
			t.Errorf("%s: exit code %d, printed %q %q", typ, code, stdout, stderr)
		}
	}
	if types, bad := d.got(); strings.Count(types, "order.") != len(models.Tells)+1 || bad != "" {
		t.Errorf("got %q, unverified %q", types, bad)
	}
	none := environ[:1]
	for _, tt := range []struct {
		name    string
		environ []string
		args    []string
		code    int
		says    string
	}{
		{"unknown event", environ, []string{"trigger", "order.payed"}, 2, "use order.paid, order.failed, order.expired, order.refunded, order.partially_refunded, order.charged_back, order.attention"},
		{"nobody", none, []string{"trigger", "order.paid"}, 2, "--to URL"},
		{"no URL", none, []string{"trigger", "order.paid", "--to", "shop"}, 2, "--to isn't the URL"},
		{"nobody there", none, []string{"trigger", "order.paid", "--to", "http://127.0.0.1:1/"}, 1, "refused"},
		{"listen without a receiver", none, []string{"listen"}, 2, "--forward-to"},
		{"listen without a URL", none, []string{"listen", "--forward-to", "x"}, 2, "--forward-to isn't the URL"},
		{"in production", append([]string{"CHECKOUT_LIANLIAN_MODE=production", "CHECKOUT_LIANLIAN_MERCHANT_ID=1", "CHECKOUT_LIANLIAN_PRIVATE_KEY=" + vectors + "private_pkcs8.pem",
			"CHECKOUT_LIANLIAN_PUBLIC_KEY=" + vectors + "public.pem", "CHECKOUT_SERVER_BASE_URL=https://pay.example"}, none...), []string{"trigger", "order.paid"}, 2, "in production"},
	} {
		code, stdout, stderr := run(t, tt.environ, tt.args...)
		if code != tt.code || !strings.Contains(stdout+stderr, tt.says) {
			t.Errorf("%s: exit code %d, want %d; printed %q %q", tt.name, code, tt.code, stdout, stderr)
		}
	}
}
