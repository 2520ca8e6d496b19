package checkout_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// examined is a shop in which everything is right, for a test to break one thing of.
type examined struct {
	o      checkout.Options
	around checkout.Surroundings
	sim    *simulator.Simulator
	answer http.HandlerFunc // in the gateway's place, if set
	shop   http.HandlerFunc // in the shop's place, if set
}

func wellShop(t *testing.T) *examined {
	t.Helper()
	e := &examined{}
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.answer != nil {
			e.answer(w, r)
			return
		}
		e.sim.ServeHTTP(w, r)
	}))
	t.Cleanup(gate.Close)
	var err error
	if e.sim, err = simulator.New(simulator.Options{MerchantID: merchantID, MerchantKey: &merchantKey().PublicKey, Key: gatewayKey(), BaseURL: gate.URL}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.sim.Close)
	e.sim.SetScenario(simulator.Scenario{SignErrors: true})
	shop := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case e.shop != nil:
			e.shop(w, r)
		case r.URL.Path == "/healthz":
			_, _ = io.WriteString(w, "ok\n")
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(shop.Close)
	base, err := url.Parse(shop.URL)
	if err != nil {
		t.Fatal(err)
	}
	e.o = checkout.Options{
		Client:  &lianlian.Client{BaseURL: gate.URL, MerchantID: merchantID, Signer: lianlian.NewSigner(merchantKey()), Verifier: lianlian.NewVerifier(&gatewayKey().PublicKey)},
		BaseURL: base, Database: filepath.Join(t.TempDir(), "x.db"), TrustedProxies: []string{"10.0.0.7"}, AdminUsername: "owner", AdminPasswordHash: "x",
		Mailer: probe{}, Webhooks: []checkout.Endpoint{{URL: "https://receiver.example/hook", Secret: "whsec_" + strings.Repeat("A", 32)}}, Backups: checkout.Backups{Folder: t.TempDir()},
	}
	name := time.Now().UTC().Add(-time.Hour).Format("20060102T150405Z")
	if err := os.WriteFile(filepath.Join(e.o.Backups.Folder, "checkout-"+name+".db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	e.around = checkout.Surroundings{
		Inspection: models.Inspection{Kind: "SQLite", Folder: "data", Settings: "journal_mode=wal", Step: 6, Newest: 6}, Free: 5 << 30, Outside: shop.Client(),
		Addresses: map[string]string{base.Hostname(): "8.8.8.8", "receiver.example": "8.8.4.4"},
	}
	return e
}

// probe is a mailer whose server answers with an error, or with none.
type probe struct{ err error }

func (probe) Send(context.Context, models.Email) error { return nil }
func (p probe) Probe(context.Context) error            { return p.err }

func shortKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestExamine breaks one thing after the other: each is found by its own line, and no other line fails with it but those named. Every reason that
// models.CheckReasons has is reached, but for those of what can't be built at all. Seen to fail with another limit in clock, and with a case of asked left out.
func TestExamine(t *testing.T) {
	t.Parallel()
	query := func(code lianlian.ReturnCode) func(*examined) {
		return func(e *examined) { e.sim.SetScenario(simulator.Scenario{SignErrors: true, QueryReturnCode: code}) }
	}
	later := func(d time.Duration) func(*examined) {
		return func(e *examined) { e.o.Now = func() time.Time { return time.Now().Add(d) } }
	}
	shop := func(path string, h http.HandlerFunc) func(*examined) {
		return func(e *examined) {
			e.shop = func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case path:
					h(w, r)
				case "/healthz":
					_, _ = io.WriteString(w, "ok\n")
				}
			}
		}
	}
	breaks := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	says200 := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }
	for _, tt := range []struct {
		want string // check, grade, reason; each further line that fails too
		do   func(*examined)
	}{
		{"mode warn test", func(*examined) {}},
		{"mode warn simulator", func(e *examined) { e.o.Simulator = http.NotFoundHandler() }},
		{"mode fail url", func(e *examined) { e.o.Production = true }},
		{"private_key warn weak, gateway fail signature", func(e *examined) { e.o.Client.Signer = lianlian.NewSigner(shortKey(t)) }},
		{"public_key warn weak, gateway fail unbelievable", func(e *examined) { e.o.Client.Verifier = lianlian.NewVerifier(&shortKey(t).PublicKey) }},
		{"public_key fail own, gateway fail unbelievable", func(e *examined) { e.o.Client.Verifier = lianlian.NewVerifier(&merchantKey().PublicKey) }},
		{"gateway warn unsigned", func(e *examined) { e.sim.SetScenario(simulator.Scenario{}) }},
		{"gateway fail merchant", query(lianlian.CodeInvalidMerchant)},
		{"gateway fail merchant", query(lianlian.CodeInactiveMerchant)},
		{"gateway fail ip", query(lianlian.CodeIPNotAuthorized)},
		{"gateway fail refused", query(lianlian.CodeInvalidParameter)},
		{"gateway fail other", func(e *examined) { e.answer = says200 }},
		{"gateway fail unreachable", func(e *examined) { e.answer = breaks }},
		{"clock warn off", later(20 * time.Second)},
		{"clock warn off", later(-20 * time.Second)},
		{"clock fail far", later(3 * time.Minute)},
		{"gateway fail other, clock warn unknown", func(e *examined) {
			e.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = nil
				w.WriteHeader(http.StatusBadGateway)
			}
		}},
		{"base_url warn http", func(e *examined) { e.plain(t) }},
		{"base_url fail http, mode fail url", func(e *examined) { e.plain(t); e.o.Production = true }},
		{"name fail none", func(e *examined) { delete(e.around.Addresses, e.o.BaseURL.Hostname()) }},
		{"name warn private", func(e *examined) { e.around.Addresses[e.o.BaseURL.Hostname()] = "10.0.0.1" }},
		{"name fail private, mode fail url", func(e *examined) { e.around.Addresses[e.o.BaseURL.Hostname()] = "192.168.1.4"; e.o.Production = true }},
		{"certificate warn soon", func(e *examined) { later(time.Until(time.Date(2084, 1, 20, 0, 0, 0, 0, time.UTC)))(e) }},
		{"certificate fail bad, reach fail fails", func(e *examined) { e.around.Outside = &http.Client{Timeout: time.Minute, Transport: &http.Transport{}} }},
		{"reach fail fails", shop("/healthz", breaks)},
		{"reach fail other", shop("/healthz", says200)},
		{"notify fail fails", shop("/lianlian/notify", breaks)},
		{"notify fail wrong", shop("/lianlian/notify", says200)},
		{"proxies warn none", func(e *examined) { e.o.TrustedProxies = nil }},
		{"database fail weak", func(e *examined) { e.around.Inspection.Faults = []string{"synchronous=1"} }},
		{"database fail unavailable", func(e *examined) { e.around.InspectErr = errors.New("disk I/O error") }},
		{"database warn none", func(e *examined) { e.around.InspectErr = models.ErrNotFound }},
		{"schema warn pending", func(e *examined) { e.around.Inspection.Step = 5 }},
		{"schema fail newer", func(e *examined) { e.around.Inspection.Step = 9 }},
		{"disk warn low", func(e *examined) { e.around.Free = 500 << 20 }},
		{"disk fail full", func(e *examined) { e.around.Free = 50 << 20 }},
		{"backup warn off", func(e *examined) { e.o.Backups.Folder = "" }},
		{"backup warn elsewhere", func(e *examined) { e.o.Backups.Folder, e.o.Database = "", "postgres://x" }},
		{"backup warn none", func(e *examined) { e.o.Backups.Folder = t.TempDir() }},
		{"backup fail old", func(e *examined) { e.o.Backups.Folder = t.TempDir(); old(t, e.o.Backups.Folder) }},
		{"files fail open", func(e *examined) {
			e.o.Checks = []checkout.Check{func(context.Context) []checkout.Finding {
				return []checkout.Finding{models.NewFinding("files", models.GradeFail, "open", "Files", "key.pem")}
			}}
		}},
		{"configuration fail panic", func(e *examined) {
			e.o.Checks = []checkout.Check{func(context.Context) []checkout.Finding { panic("broken") }}
		}},
		{"desk warn closed", func(e *examined) { e.o.AdminPasswordHash = "" }},
		{"mail warn off", func(e *examined) { e.o.Mailer = nil }},
		{"mail fail fails", func(e *examined) { e.o.Mailer = probe{errors.New("connection refused")} }},
		{"webhooks fail private", func(e *examined) { e.around.Addresses["receiver.example"] = "127.0.0.1" }},
		{"webhooks fail fails", func(e *examined) { delete(e.around.Addresses, "receiver.example") }},
		{"webhooks pass none", func(e *examined) { e.o.Webhooks = nil }},
	} {
		t.Run(tt.want, func(t *testing.T) {
			e := wellShop(t)
			tt.do(e)
			found := checkout.ExamineIn(t.Context(), e.o, e.around)
			var wrong []string
			for _, f := range found {
				line := f.Check + " " + string(f.Grade) + " " + f.Reason
				if f.Grade == models.GradeFail || strings.Contains(tt.want, line) {
					wrong = append(wrong, line)
				}
			}
			slices.Sort(wrong)
			want := strings.Split(tt.want, ", ")
			slices.Sort(want)
			if strings.HasPrefix(tt.want, "certificate warn soon") { // the clock is the same
				wrong = slices.DeleteFunc(wrong, func(s string) bool { return s == "clock fail far" || s == "backup fail old" })
			}
			if strings.HasPrefix(tt.want, "clock") {
				wrong = slices.DeleteFunc(wrong, func(s string) bool { return strings.HasPrefix(s, "backup") })
			}
			if !slices.Equal(wrong, want) {
				t.Errorf("found %v, want %v\n%+v", wrong, want, found)
			}
			for _, lang := range []string{"en", "zh-Hans", "zh-Hant"} {
				for _, l := range checkout.Describe(found, lang) {
					if strings.Contains(l.Name+l.Found+l.Remedy, "[[") || l.Found == "" || (l.Remedy == "") != (l.Grade == models.GradePass) {
						t.Errorf("%s: %+v", lang, l)
					}
				}
			}
		})
	}
}

// plain puts the shop on http.
func (e *examined) plain(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" {
			_, _ = io.WriteString(w, "ok\n")
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(s.Close)
	e.o.BaseURL, _ = url.Parse(s.URL)
}

func old(t *testing.T, folder string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, "checkout-20200101T000000Z.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestExamineRunning examines a checkout that runs: its database is set up as it has to be, and nothing in the list is a secret.
func TestExamineRunning(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "checkout.db")
	o := checkout.Options{
		Client:  &lianlian.Client{BaseURL: "http://127.0.0.1:1", MerchantID: merchantID, Signer: lianlian.NewSigner(merchantKey()), Verifier: lianlian.NewVerifier(&gatewayKey().PublicKey)},
		BaseURL: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, Database: path,
	}
	if found := checkout.Examine(t.Context(), o); !slices.ContainsFunc(found, func(f checkout.Finding) bool { return f.Check == "database" && f.Reason == "none" }) {
		t.Errorf("before the first start: %+v", found)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("looking made the database")
	}
	c, err := checkout.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, found := range [][]checkout.Finding{c.Examine(t.Context()), checkout.Examine(t.Context(), o)} {
		for check, want := range map[string]string{"database": "ok", "schema": "ok", "disk": "ok", "gateway": "unreachable", "reach": "fails"} {
			i := slices.IndexFunc(found, func(f checkout.Finding) bool { return f.Check == check })
			if i < 0 || found[i].Reason != want && check != "disk" {
				t.Errorf("%s: %+v, want %s", check, found, want)
			}
		}
		if i := slices.IndexFunc(found, func(f checkout.Finding) bool { return f.Check == "database" }); !strings.Contains(found[i].Facts["Settings"], "journal_mode=wal, synchronous=2, foreign_keys=1") {
			t.Errorf("settings: %+v", found[i])
		}
	}
}
