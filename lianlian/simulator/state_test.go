package simulator_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// busy is a simulator with a state file in which something of everything is under way.
func busy(t *testing.T, file string) *bench {
	t.Helper()
	b := start(t, func(o *simulator.Options) { o.StateFile, o.Key, o.NotifyInterval, o.Speed = file, nil, time.Hour, 2 })
	b.inbox.answers(500, "no")
	b.paid("a")
	b.must("open")
	b.must("failed")
	if err := b.sim.Fail("failed", lianlian.DeclineDoNotHonor); err != nil {
		t.Fatal(err)
	}
	b.inbox.next(t)
	b.sim.SetPaymentScenario("a", simulator.Scenario{RefundDelay: time.Hour, LoseNotification: true})
	c := b.merchant()
	c.Verifier = lianlian.NewVerifier(b.sim.PublicKey())
	if _, err := c.Refund(t.Context(), refundOf("r1", 68_00)); err != nil {
		t.Fatal(err)
	}
	b.sim.SetScenario(simulator.Scenario{QRCode: true})
	eventually(t, "the first attempts are over", func() bool {
		return b.payment("a").NotificationsSent == 1 && b.payment("failed").NotificationsSent == 1
	})
	return b
}

// held is what must be the same after a restart.
func (b *bench) held() []simulator.Payment {
	list := b.sim.Payments()
	for i := range list {
		u, _ := url.Parse(list[i].PaymentURL)
		list[i].PaymentURL = u.Path // the port is another one
	}
	return list
}

// TestStateSurvives: stopped in an orderly way or cut off, the next simulator goes on where the last one was.
func TestStateSurvives(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(b *bench, file string) string{
		"closed": func(b *bench, file string) string { b.sim.Close(); return file },
		"cut off": func(b *bench, file string) string { // a copy is what a process that was killed leaves
			data, err := os.ReadFile(file)
			if err != nil {
				b.t.Fatal(err)
			}
			other := file + ".copy"
			if err := os.WriteFile(other, data, 0o600); err != nil {
				b.t.Fatal(err)
			}
			return other
		},
	} {
		file := filepath.Join(t.TempDir(), "new", "state.json")
		b := busy(t, file)
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
		want, key := b.held(), b.sim.PublicKey()
		file = stop(b, file)
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".state-*")); name == "closed" && len(left) != 0 {
			t.Errorf("%s: left behind %v", name, left)
		}
		again := start(t, func(o *simulator.Options) { o.StateFile, o.Key, o.NotifyInterval = file, nil, time.Hour })
		if diff := cmp.Diff(want, again.held()); diff != "" {
			t.Errorf("%s: payments (-before +after):\n%s", name, diff)
		}
		if !again.sim.PublicKey().Equal(key) || again.sim.Speed() != 2 || again.sim.Scenario() != (simulator.Scenario{QRCode: true}) {
			t.Errorf("%s: another key, speed %g or scenario %+v", name, again.sim.Speed(), again.sim.Scenario())
		}
		if resp, doc := again.get(again.payment("open").PaymentURL); resp.StatusCode != http.StatusOK || doc.Find("[data-testid=cashier]").Length() != 1 {
			t.Errorf("%s: the payment's page: %d", name, resp.StatusCode)
		}
		if r := again.create(again.request("a")); r.code() != "PAYMENT_COMPLETED" && r.code() != "PAYMENT_PROCESSING" {
			t.Errorf("%s: a paid one again: %s", name, r.body)
		}
		b.inbox.answers(http.StatusOK, `{"code":"200","msg":"success"}`)
		again.sim.ClearPaymentScenario("a")
		if err := again.sim.SetSpeed(simulator.MaxSpeed); err != nil { // what waits an hour comes in a second
			t.Fatal(err)
		}
		again.becomes("a", lianlian.StatusPartlyRefunded)
		eventually(t, name+": acknowledged", func() bool {
			return again.payment("a").NotificationsAcked >= 2 && again.payment("failed").NotificationsAcked == 1
		})
		again.sim.Close()
		for range len(b.inbox.got) {
			<-b.inbox.got
		}
	}
}

func TestStateFileIsRefused(t *testing.T) {
	t.Parallel()
	good := filepath.Join(t.TempDir(), "state.json")
	busy(t, good).sim.Close()
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	swap := func(from, to string) string {
		if !bytes.Contains(text, []byte(from)) {
			t.Fatalf("the state has no %s", from)
		}
		return strings.Replace(string(text), from, to, 1)
	}
	for name, tt := range map[string]struct{ text, says string }{
		"empty":              {"", "not a state of the simulator"},
		"something else":     {`{"a":1}`, "not a state of the simulator"},
		"cut":                {string(text[:len(text)/2]), "not a state of the simulator"},
		"two":                {string(text) + "{}", "something follows it"},
		"newer":              {swap(`"version":1`, `"version":2`), "version 2"},
		"other merchant":     {swap(merchantID, "1"), "belongs to merchant 1"},
		"status":             {swap(`"Status":"PF"`, `"Status":"XX"`), `status "XX"`},
		"amount":             {swap(`"Amount":"168.00"`, `"Amount":"0.00"`), "bad amount"},
		"too much refunded":  {swap(`"Amount":"68.00"`, `"Amount":"168.01"`), "more is refunded than was paid"},
		"currency":           {swap(`"Currency":"HKD"`, `"Currency":"XXX"`), `currency "XXX"`},
		"speed":              {swap(`"speed":2`, `"speed":0`), "speed 0"},
		"key":                {swap(`"key":"M`, `"key":"A`), "the key of"},
		"notice of nobody":   {swap(`"id":"failed","url"`, `"id":"nobody","url"`), "there is no such payment"},
		"a strange address":  {swap(`"url":"http:`, `"url":"file:`), "bad address"},
		"a token with a dot": {swap(`"token":"`, `"token":"../`), `link "../`},
	} {
		file := filepath.Join(t.TempDir(), "state.json")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		o := simulator.Options{MerchantID: merchantID, MerchantKey: &merchantKey().PublicKey, BaseURL: "http://a.test", StateFile: file}
		if s, err := simulator.New(o); err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", name, err)
			if s != nil {
				s.Close()
			}
		}
		if after, _ := os.ReadFile(file); string(after) != tt.text {
			t.Errorf("%s: the file was overwritten", name)
		}
	}
	o := simulator.Options{MerchantID: merchantID, MerchantKey: &merchantKey().PublicKey, BaseURL: "http://a.test", StateFile: t.TempDir()}
	if _, err := simulator.New(o); err == nil {
		t.Error("a folder was taken for a state file")
	}
}

// TestStateIsWrittenBeforeTheAnswer: what the merchant was told is in the file.
func TestStateIsWrittenBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	b := start(t, func(o *simulator.Options) { o.StateFile = file })
	for _, id := range []string{"one", "two", "three"} {
		b.must(id)
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), `"MerchantTransactionID":"`+id+`"`) {
			t.Fatalf("%s was answered before it was kept (%v)", id, err)
		}
	}
	if text, _ := os.ReadFile(file); strings.Contains(string(text), `"key"`) {
		t.Error("a key that was given is in the file")
	}
	b.sim.Reset()
	if text, _ := os.ReadFile(file); strings.Contains(string(text), "MerchantTransactionID") {
		t.Error("Reset left payments in the file")
	}
}

// TestStateHasOneOwner: a second simulator on the same file is refused by name, until the first one is closed. Seen to fail without the lock.
func TestStateHasOneOwner(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state.json")
	o := simulator.Options{MerchantID: "1", MerchantKey: &merchantKey().PublicKey, BaseURL: "http://127.0.0.1:1", StateFile: file}
	first, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := simulator.New(o); err == nil || !strings.Contains(err.Error(), "state.json: another simulator has it") {
		t.Errorf("a second one: %v, %v", second, err)
	}
	first.Close()
	third, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	third.Close()

	o.StateFile = filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(o.StateFile, []byte("dear all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := simulator.New(o); err == nil {
		t.Error("a letter was taken for a state")
	}
	if _, err := os.Stat(o.StateFile + ".lock"); !os.IsNotExist(err) {
		t.Errorf("something was put beside somebody's letter: %v", err)
	}
}
