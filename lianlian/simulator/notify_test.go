package simulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

func TestNotification(t *testing.T) {
	t.Parallel()
	paidAt := time.Date(2024, 11, 23, 6, 15, 59, 977e6, time.UTC)
	b := start(t, func(o *simulator.Options) { o.Now = func() time.Time { return paidAt } })
	p := b.must("a")
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	n := b.inbox.next(t)
	if err := gatewayVerifies(n.body, n.header.Get("signature")); err != nil {
		t.Errorf("signature: %v", err)
	}
	if ct := n.header.Get("Content-Type"); !strings.HasPrefix(ct, "application/json") {
		t.Errorf("Content-Type %q", ct)
	}
	want := `{"merchant_id":"` + merchantID + `","ll_transaction_id":"` + p.LLTransactionID + `","merchant_transaction_id":"a",` +
		`"transaction_currency":"HKD","transaction_amount":"168.00","transaction_status":"PS","payment_time":1732342559977,` +
		`"settlement_currency":"USD","settlement_amount":"21.57"}`
	if string(n.body) != want {
		t.Errorf("got  %s\nwant %s", n.body, want)
	}
	eventually(t, "acknowledged", func() bool { return b.payment("a").NotificationsAcked == 1 })
	got := b.payment("a")
	if got.NotificationsSent != 1 || !got.PaidAt.Equal(paidAt) || got.SettlementAmount != 21_57 {
		t.Errorf("payment %+v", got)
	}
}

func TestEveryOutcomeNotifies(t *testing.T) {
	t.Parallel()
	b := start(t)
	for status, do := range map[string]func() error{
		"PF": func() error { return b.sim.Fail("PF", lianlian.DeclineInsufficientFunds) },
		"PC": func() error { return b.sim.Cancel("PC") },
		"RS": func() error { return b.sim.SetStatus("RS", lianlian.StatusRefunded) },
		"CB": func() error { return b.sim.SetStatus("CB", lianlian.StatusChargeback) },
	} {
		b.must(status)
		if err := do(); err != nil {
			t.Fatal(err)
		}
		n := b.inbox.next(t)
		if n.fields["transaction_status"] != status || n.fields["payment_time"] == nil || n.fields["settlement_amount"] != nil {
			t.Errorf("%s: %s", status, n.body)
		}
	}
}

func TestActsOnlyOnOpenPayments(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("a")
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"pay": b.sim.Pay("a"), "fail": b.sim.Fail("a", ""), "cancel": b.sim.Cancel("a"),
	} {
		if !errors.Is(err, simulator.ErrNotOpen) {
			t.Errorf("%s of a paid payment: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"pay": b.sim.Pay("x"), "fail": b.sim.Fail("x", ""), "cancel": b.sim.Cancel("x"), "set": b.sim.SetStatus("x", "PS"),
	} {
		if !errors.Is(err, simulator.ErrNotFound) {
			t.Errorf("%s of an unknown payment: %v", name, err)
		}
	}
	if err := b.sim.SetStatus("a", "XX"); err == nil || b.payment("a").Status != lianlian.StatusSuccess {
		t.Errorf("unknown status: %v", err)
	}
}

func TestNoAddressNoNotification(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.must("a", func(f fields) { delete(f, "notification_url") })
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	b.sim.Close() // waits for whatever was under way
	if p := b.payment("a"); p.NotificationsSent != 0 || p.Status != lianlian.StatusSuccess {
		t.Errorf("payment %+v", p)
	}
}

// TestAcknowledgement: only the guide's exact answer ends the notifications (guide 4.1.2).
func TestAcknowledgement(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int
		body   string
		acked  bool
	}{
		{"exact", 200, `{"code":"200","msg":"success"}`, true},
		{"spaces and order", 200, "{ \"msg\": \"success\",\n \"code\": \"200\" }\n", true},
		{"number", 200, `{"code":200,"msg":"success"}`, false},
		{"other case", 200, `{"code":"200","msg":"SUCCESS"}`, false},
		{"other key case", 200, `{"Code":"200","Msg":"success"}`, false},
		{"more", 200, `{"code":"200","msg":"success","data":""}`, false},
		{"less", 200, `{"code":"200"}`, false},
		{"text", 200, `success`, false},
		{"empty", 200, ``, false},
		{"201", 201, `{"code":"200","msg":"success"}`, false},
		{"500", 500, `{"code":"200","msg":"success"}`, false},
		{"redirect", 302, `{"code":"200","msg":"success"}`, false},
		{"trailing", 200, `{"code":"200","msg":"success"}{}`, false},
		{"huge", 200, `{"code":"200","msg":"success"}` + strings.Repeat(" ", 65<<10), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t, func(o *simulator.Options) { o.NotifyAttempts = 2 })
			b.inbox.answers(tt.status, tt.body)
			b.must("a")
			if err := b.sim.Pay("a"); err != nil {
				t.Fatal(err)
			}
			want := 2
			if tt.acked {
				want = 1
			}
			for range want {
				b.inbox.next(t)
			}
			eventually(t, "log complete", func() bool { return b.payment("a").NotificationsSent == want })
			b.sim.Close()
			p := b.payment("a")
			if (p.NotificationsAcked == 1) != tt.acked || p.NotificationsSent != want {
				t.Errorf("sent %d, acknowledged %d", p.NotificationsSent, p.NotificationsAcked)
			}
			last := p.Log[len(p.Log)-1]
			if (last.Note == "") != tt.acked || last.Status != tt.status || last.Kind != simulator.LogNotification || last.Attempt != want {
				t.Errorf("log entry %+v", last)
			}
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *simulator.Options) { o.NotifyAttempts = 1 })
	b.inbox.answer.Store(func(w http.ResponseWriter) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	b.must("a")
	if err := b.sim.Pay("a"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "answered", func() bool { return b.payment("a").NotificationsSent == 1 })
	b.sim.Close()
	p := b.payment("a")
	if last := p.Log[len(p.Log)-1]; len(b.inbox.got) != 1 || last.Status != http.StatusTemporaryRedirect {
		t.Errorf("%d requests, log entry %+v", len(b.inbox.got), last)
	}
}

// recorder is a transport that keeps the times of the requests and never acknowledges before its last answer.
type recorder struct {
	mu    sync.Mutex
	start time.Time
	at    []time.Duration
	ackOn int // the request that is acknowledged; 0: none
	hang  bool
}

// times waits until nothing moves in the bubble and returns when requests came.
func (r *recorder) times() []time.Duration {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.at)
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	r.at = append(r.at, time.Since(r.start))
	ack, hang := len(r.at) == r.ackOn, r.hang
	r.mu.Unlock()
	if hang {
		<-req.Context().Done()
		return nil, context.Cause(req.Context())
	}
	body := "no"
	if ack {
		body = `{"code":"200","msg":"success"}`
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// inTime runs a simulator with the default schedule in a bubble whose clock jumps.
func inTime(t *testing.T, r *recorder, scenario simulator.Scenario, check func(*testing.T, *simulator.Simulator)) {
	gateway, merchant := gatewayKey(), merchantKey() // made outside: it takes real time
	synctest.Test(t, func(t *testing.T) {
		r.start = time.Now()
		sim, err := simulator.New(simulator.Options{
			MerchantID: merchantID, MerchantKey: &merchant.PublicKey, Key: gateway, BaseURL: "http://gateway.test",
			HTTPClient: &http.Client{Transport: r},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer sim.Close()
		sim.SetScenario(scenario)
		accept(t, sim, "a")
		if err := sim.Pay("a"); err != nil {
			t.Fatal(err)
		}
		check(t, sim)
	})
}

func TestScheduleStopsAfterFifteen(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	inTime(t, r, simulator.Scenario{}, func(t *testing.T, sim *simulator.Simulator) {
		time.Sleep(24 * time.Hour)
		if len(r.times()) != 15 {
			t.Fatalf("%d attempts", len(r.times()))
		}
		for i, at := range r.times() {
			if want := time.Duration(i) * 10 * time.Minute; at != want {
				t.Errorf("attempt %d after %s, want %s", i+1, at, want)
			}
		}
	})
}

func TestScheduleStopsWhenAcknowledged(t *testing.T) {
	t.Parallel()
	r := &recorder{ackOn: 3}
	inTime(t, r, simulator.Scenario{}, func(t *testing.T, sim *simulator.Simulator) {
		time.Sleep(24 * time.Hour)
		p, _ := sim.Payment("a")
		if len(r.times()) != 3 || p.NotificationsSent != 3 || p.NotificationsAcked != 1 {
			t.Errorf("%d attempts, %+v", len(r.times()), p)
		}
	})
}

func TestNotificationTimeout(t *testing.T) {
	t.Parallel()
	r := &recorder{hang: true}
	inTime(t, r, simulator.Scenario{}, func(t *testing.T, sim *simulator.Simulator) {
		time.Sleep(11 * time.Minute) // 10 s of waiting, 10 min, the second attempt
		if len(r.times()) != 2 || r.times()[1] != 10*time.Minute+10*time.Second {
			t.Errorf("attempts after %v", r.times())
		}
		p, _ := sim.Payment("a")
		if last := p.Log[len(p.Log)-1]; !strings.HasPrefix(last.Note, "no answer: ") {
			t.Errorf("log entry %+v", last)
		}
	})
}

func TestDelayNotification(t *testing.T) {
	t.Parallel()
	r := &recorder{ackOn: 1}
	inTime(t, r, simulator.Scenario{DelayNotification: 7 * time.Minute}, func(t *testing.T, sim *simulator.Simulator) {
		time.Sleep(time.Hour)
		if len(r.times()) != 1 || r.times()[0] != 7*time.Minute {
			t.Errorf("attempts after %v", r.times())
		}
	})
}

func TestLoseNotification(t *testing.T) {
	t.Parallel()
	r := &recorder{ackOn: 1}
	inTime(t, r, simulator.Scenario{LoseNotification: true}, func(t *testing.T, sim *simulator.Simulator) {
		time.Sleep(15 * time.Minute)
		p, _ := sim.Payment("a")
		if len(r.times()) != 0 || p.NotificationsSent != 0 || len(p.Log) != 3 {
			t.Errorf("%d left, log of %d", len(r.times()), len(p.Log))
		}
		sim.SetScenario(simulator.Scenario{}) // the next attempt arrives
		time.Sleep(10 * time.Minute)
		if len(r.times()) != 1 || r.times()[0] != 20*time.Minute {
			t.Errorf("attempts after %v", r.times())
		}
	})
}

func TestCloseAndResetStopNotifications(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*simulator.Simulator){
		"close": (*simulator.Simulator).Close, "reset": (*simulator.Simulator).Reset,
	} {
		r := &recorder{}
		inTime(t, r, simulator.Scenario{}, func(t *testing.T, sim *simulator.Simulator) {
			synctest.Wait()
			before := time.Now()
			stop(sim)
			if waited := time.Since(before); waited != 0 {
				t.Errorf("%s waited %s for a notification that was due later", name, waited)
			}
			time.Sleep(24 * time.Hour)
			if len(r.times()) != 1 {
				t.Errorf("%s: %d attempts", name, len(r.times()))
			}
		})
	}
}

func TestCloseCutsADelivery(t *testing.T) {
	t.Parallel()
	r := &recorder{hang: true}
	inTime(t, r, simulator.Scenario{}, func(t *testing.T, sim *simulator.Simulator) {
		synctest.Wait()
		before := time.Now()
		sim.Close()
		if waited := time.Since(before); waited != 0 {
			t.Errorf("Close waited %s for a delivery that hangs", waited)
		}
		sim.Close() // once more does nothing
	})
}
