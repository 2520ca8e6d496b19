package simulator_test

import (
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// states are those of the next n notifications, of payments and refunds.
func (in *inbox) states(t *testing.T, n int) string {
	t.Helper()
	var list []string
	for range n {
		got := in.next(t)
		if refund, ok := got.fields["refund_data"].(fields); ok {
			list = append(list, "refund "+refund["refund_status"].(string))
			continue
		}
		list = append(list, got.fields["transaction_status"].(string))
	}
	return strings.Join(list, ", ")
}

func TestNotificationsInTheWrongOrder(t *testing.T) {
	t.Parallel()
	b := with(t, simulator.Scenario{NotifyProcessing: true})
	b.must("a")
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	if got := b.inbox.states(t, 2); got != "PP, PS" {
		t.Errorf("in order: %s", got)
	}
	b = with(t, simulator.Scenario{NotifyProcessing: true, SwapNotifications: true})
	b.must("a")
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	if got := b.inbox.states(t, 2); got != "PS, PP" {
		t.Errorf("swapped: %s", got)
	}
	if p := b.payment("a"); p.Status != lianlian.StatusSuccess {
		t.Errorf("the payment itself is in %s", p.Status)
	}

	b = start(t, func(o *simulator.Options) { o.NotifyInterval = time.Hour })
	b.sim.SetScenario(simulator.Scenario{SwapNotifications: true, RefundStays: true})
	b.must("a")
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.merchant().Refund(t.Context(), refundOf("r1", 68_00)); err != nil {
		t.Fatal(err)
	}
	if got := b.inbox.states(t, 2); got != "refund RP, PS" {
		t.Errorf("refund and payment: %s", got)
	}
	if n := len(b.inbox.got); n != 0 {
		t.Errorf("%d more", n)
	}
}

// TestHeldNotificationLeavesAtLast: where no second notification comes, the first isn't lost.
func TestHeldNotificationLeavesAtLast(t *testing.T) {
	t.Parallel()
	r := &recorder{ackOn: 1}
	inTime(t, r, simulator.Scenario{SwapNotifications: true}, func(t *testing.T, _ *simulator.Simulator) {
		time.Sleep(time.Hour)
		if at := r.times(); len(at) != 1 || at[0] != 10*time.Minute {
			t.Errorf("attempts after %v", at)
		}
	})
}

func TestLateSuccess(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	inTime(t, r, simulator.Scenario{LateSuccess: time.Minute}, func(t *testing.T, sim *simulator.Simulator) {
		if p, _ := sim.Payment("a"); p.Status != lianlian.StatusCancelled || !p.PaidAt.IsZero() {
			t.Errorf("at once: %s", p.Status)
		}
		time.Sleep(59 * time.Second)
		if p, _ := sim.Payment("a"); p.Status != lianlian.StatusCancelled {
			t.Errorf("a second before: %s", p.Status)
		}
		time.Sleep(2 * time.Second)
		if p, _ := sim.Payment("a"); p.Status != lianlian.StatusSuccess || p.PaidAt.IsZero() {
			t.Errorf("after a minute: %s", p.Status)
		}
	})
}

func TestQueryStatus(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("a")
	b.sim.SetScenario(simulator.Scenario{QueryStatus: 503})
	if r := b.query("a"); r.status != 503 || r.code() != "" || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
		t.Errorf("got %d %s", r.status, r.body)
	}
	b.sim.SetScenario(simulator.Scenario{QueryStatus: 503, QueryReturnCode: lianlian.CodeSystemBusy})
	if r := b.query("a"); r.status != 503 || r.code() != "SYSTEM_BUSY" {
		t.Errorf("got %d %s", r.status, r.body)
	}
}

// TestHugeAnswerIsStreamed isn't parallel: it looks at what the whole process allocates.
func TestHugeAnswerIsStreamed(t *testing.T) {
	b := start(t)
	b.must("a")
	b.sim.SetScenario(simulator.Scenario{HugeAnswer: true})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/v4/merchants/"+merchantID+"/payments/a", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = b.queryHeader("a")
	resp, err := b.hc.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, err := io.Copy(io.Discard, resp.Body)
	runtime.ReadMemStats(&after)
	if err != nil || n < 100<<20 || n != resp.ContentLength {
		t.Errorf("%d bytes of %d: %v", n, resp.ContentLength, err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20 {
		t.Errorf("%d bytes were allocated for an answer of %d", grown, n)
	}
	if last := b.payment("a").Log; len(last[len(last)-1].Response.Body) > 1<<10 {
		t.Error("the padding is in the log")
	}
}

// TestMischiefs: each is one button for every payment and one for a single payment, with its sentence beside it.
func TestMischiefs(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("a")
	b.must("b")
	list := simulator.Mischiefs()
	if len(list) < 20 {
		t.Fatalf("only %d", len(list))
	}
	names := map[string]bool{}
	for _, m := range list {
		if names[m.Name] || m.Scenario == (simulator.Scenario{}) {
			t.Errorf("%s is there twice, or does nothing", m.Name)
		}
		names[m.Name] = true
		said := map[string]bool{}
		for _, locale := range []string{"en", "zh-Hans", "zh-Hant"} {
			title, shop := m.Title(locale), m.Shop(locale)
			if title == "" || shop == "" || strings.HasPrefix(title, "mischief.") || strings.HasPrefix(shop, "mischief.") || said[shop] {
				t.Errorf("%s in %s: %q, %q", m.Name, locale, title, shop)
			}
			said[shop] = true
			for at, page := range map[string]string{"/": "/mischief", "/payments/a": "/payments/a/mischief"} {
				_, doc := b.get(b.url + at + "?lang=" + locale)
				form := doc.Find("[data-testid=mischiefs] form").Has(`input[value="` + m.Name + `"]`)
				described := form.Find("button").AttrOr("aria-describedby", "none")
				if form.Length() != 1 || form.Find("button").Text() != title || doc.Find("#"+described).Text() != shop {
					t.Errorf("%s on %s in %s isn't one button with its sentence", m.Name, at, locale)
				}
				if to := form.AttrOr("action", ""); !strings.HasPrefix(to, "/simulator"+page+"?") {
					t.Errorf("%s on %s leads to %s", m.Name, at, to)
				}
			}
		}
		b.submit(b.url+"/mischief", url.Values{"name": {m.Name}})
		if b.sim.Scenario() != m.Scenario {
			t.Errorf("%s: %+v", m.Name, b.sim.Scenario())
		}
		if _, doc := b.get(b.url + "/"); doc.Find("[data-testid=mischiefs] [aria-pressed=true]").Text() != m.Title("en") {
			t.Errorf("%s isn't shown as in force", m.Name)
		}
	}
	b.sim.SetScenario(simulator.Scenario{})
	b.submit(b.url+"/payments/a/mischief", url.Values{"name": {"garbage"}, "from": {"detail"}})
	if r := b.query("a"); r.fields != nil {
		t.Errorf("payment a answers %s", r.body)
	}
	if r := b.query("b"); r.code() != "SUCCESS" || b.payment("b").HasScenario {
		t.Errorf("payment b answers %s", r.body)
	}
	b.submit(b.url+"/payments/a/behave", nil)
	if r := b.query("a"); r.code() != "SUCCESS" || b.payment("a").HasScenario {
		t.Errorf("payment a, behaving again: %s", r.body)
	}
	for _, path := range []string{"/mischief", "/payments/a/mischief"} {
		if resp, _ := b.submit(b.url+path, url.Values{"name": {"nonsense"}}); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

func TestParseScenario(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		words string // separated by spaces
		want  simulator.Scenario
		err   string
	}{
		{"", simulator.Scenario{}, ""},
		{"lost", simulator.Scenario{LoseNotification: true}, ""},
		{"fifteen-times create_delay=1.5s", simulator.Scenario{DuplicateNotifications: 14, CreateDelay: 1500 * time.Millisecond}, ""},
		{"lose_notification=true forge_return=false qr_code", simulator.Scenario{LoseNotification: true, QRCode: true}, ""},
		{"lost lose_notification=false", simulator.Scenario{}, ""},
		{"create_return_code=SYSTEM_BUSY create_decline_code=do_not_honor", simulator.Scenario{CreateReturnCode: "SYSTEM_BUSY", CreateDeclineCode: "do_not_honor"}, ""},
		{"create_status=503", simulator.Scenario{CreateStatus: 503}, ""},
		{"create_status=600", simulator.Scenario{}, "create_status: want a whole number from 0 to 599"},
		{"create_delay=2h", simulator.Scenario{}, "create_delay: use a duration from 0s to 1h"},
		{"create_delay=5", simulator.Scenario{}, "create_delay: use a duration"},
		{"create_delay", simulator.Scenario{}, "create_delay has no value"},
		{"create_return_code=NOPE", simulator.Scenario{}, "create_return_code: unknown return code"},
		{"lose_notification=5", simulator.Scenario{}, "lose_notification is a switch"},
		{"lost=5", simulator.Scenario{}, `"lost" is neither a knob nor a mischief`},
		{"lots", simulator.Scenario{}, `"lots" is neither a knob nor a mischief`},
	} {
		got, err := simulator.ParseScenario(strings.Fields(tt.words)...)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %+v, %v", tt.words, got, err)
		}
	}
	names := simulator.ScenarioNames()
	for _, want := range []string{"lost", "swap_notifications"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s isn't among the names", want)
		}
	}
	for _, m := range simulator.Mischiefs() {
		if got, err := simulator.ParseScenario(m.Name); err != nil || got != m.Scenario {
			t.Errorf("%s: %+v, %v", m.Name, got, err)
		}
	}
}

func FuzzParseScenario(f *testing.F) {
	f.Add("lost")
	f.Add("create_delay=1h0m0s, create_status=599")
	f.Fuzz(func(t *testing.T, text string) {
		sc, err := simulator.ParseScenario(strings.Split(text, ",")...)
		if err != nil {
			if sc != (simulator.Scenario{}) {
				t.Fatal("a scenario beside an error")
			}
			return
		}
		for _, d := range []time.Duration{sc.CreateDelay, sc.QueryDelay, sc.DelayNotification, sc.RefundDelay, sc.LateSuccess} {
			if d < 0 || d > time.Hour {
				t.Fatalf("a delay of %s", d)
			}
		}
		if sc.CreateStatus < 0 || sc.CreateStatus > 599 || sc.DuplicateNotifications < 0 || sc.DuplicateNotifications > 20 {
			t.Fatalf("%+v", sc)
		}
		if _, known := sc.CreateReturnCode.Info(); sc.CreateReturnCode != "" && !known {
			t.Fatalf("code %q", sc.CreateReturnCode)
		}
	})
}

// TestSpeed: the schedule of guide 4.1.2 in less time, from the start and from the middle on.
func TestSpeed(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	inTime(t, r, simulator.Scenario{}, func(t *testing.T, sim *simulator.Simulator) {
		time.Sleep(15 * time.Minute) // two attempts; the third is due in five minutes
		if err := sim.SetSpeed(600); err != nil || sim.Speed() != 600 {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		at := r.times()
		if len(at) != 15 || at[2] != 15*time.Minute+500*time.Millisecond || at[14] != 15*time.Minute+500*time.Millisecond+12*time.Second {
			t.Errorf("attempts after %v", at)
		}
		for _, bad := range []float64{0, -1, 0.5, 4000} {
			if sim.SetSpeed(bad) == nil {
				t.Errorf("speed %g was taken", bad)
			}
		}
	})
	b := start(t, func(o *simulator.Options) { o.Speed, o.NotifyInterval, o.NotifyAttempts = 3600, 10*time.Second, 3 })
	b.inbox.answers(500, "no")
	b.must("a")
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	b.inbox.states(t, 3) // with 10 seconds between them it would take too long
	resp, _ := b.submit(b.url+"/speed", url.Values{"speed": {"60"}})
	if resp.StatusCode != http.StatusSeeOther || b.sim.Speed() != 60 {
		t.Errorf("by the form: %d, %g", resp.StatusCode, b.sim.Speed())
	}
	for _, bad := range []string{"", "0", "NaN", "fast"} {
		if resp, _ := b.submit(b.url+"/speed", url.Values{"speed": {bad}}); resp.StatusCode != http.StatusUnprocessableEntity || b.sim.Speed() != 60 {
			t.Errorf("speed %q: %d", bad, resp.StatusCode)
		}
	}
	if _, err := simulator.New(simulator.Options{MerchantID: "m", MerchantKey: &merchantKey().PublicKey, Key: gatewayKey(), BaseURL: "http://a.test", Speed: 0.5}); err == nil {
		t.Error("Speed 0.5 was taken")
	}
}

// TestSpeedShortensTheLife of a payment that nobody pays.
func TestSpeedShortensTheLife(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 11, 23, 14, 0, 0, 0, time.UTC)
	var passed atomic.Int64
	b := start(t, func(o *simulator.Options) {
		o.Speed, o.Now = 3600, func() time.Time { return now.Add(time.Duration(passed.Load())) }
	})
	b.must("a")
	passed.Store(int64(2*time.Second - 1))
	if got := b.payment("a").Status; got != lianlian.StatusWaiting {
		t.Errorf("before two seconds: %s", got)
	}
	passed.Store(int64(2 * time.Second))
	if got := b.payment("a").Status; got != lianlian.StatusCancelled {
		t.Errorf("after two seconds, which are two hours: %s", got)
	}
}
