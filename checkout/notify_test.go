package checkout_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// patient lets the gateway repeat its notification until the test lets it through.
func patient(s *setup) { s.Gateway.NotifyAttempts = 100_000 }

func TestNotificationPays(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	h.clock.Add(time.Minute)
	h.pay(o)
	h.until("acknowledged", func() bool { return h.held(o).NotificationsAcked == 1 })
	got := h.paidOnce(o)
	p := got.Payment()
	if !got.PaidAt.Equal(begin.Add(time.Minute)) || !p.PaidAt.Equal(got.PaidAt) || !p.NextQueryAt.IsZero() || p.Settlement == nil || p.Settlement.Currency != "USD" {
		t.Errorf("paid at %v and %v, due %v, settlement %v", got.PaidAt, p.PaidAt, p.NextQueryAt, p.Settlement)
	}
	if n := h.held(o).NotificationsSent; n != 1 || h.gateway.queries() != 0 {
		t.Errorf("%d notifications, %d queries; want the one notification to do", n, h.gateway.queries())
	}
	events, err := h.History(t.Context(), o.ID)
	if err != nil || events[2].Raw == "" || strings.Contains(events[2].Raw, "signature") {
		t.Errorf("kept %q, %v; want the message as received, without its signature", events[2].Raw, err)
	}
}

func TestNotificationBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{NotifyBeforeAnswer: true})
	o, err := h.StartPayment(t.Context(), request("early"))
	if err != nil || o.Status != models.OrderPaid {
		t.Fatalf("StartPayment = %s, %v; want it paid already", o.Status, err)
	}
	h.paidOnce(o)
	want := []string{"created 1", "evidence notification applied 1", "evidence create repeated 1"}
	if got := h.history(o); !slices.Equal(got, want) {
		t.Errorf("history = %q, want %q", got, want)
	}
}

func TestLostNotificationsAreMadeUpByAQuery(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{LoseNotification: true})
	o := h.order()
	h.pay(o)
	h.until("all 15 lost", func() bool {
		lost := 0
		for _, e := range h.held(o).Log {
			if e.Kind == simulator.LogNotification {
				lost++
			}
		}
		return lost == 15
	})
	h.wants(o, models.OrderPending)
	h.reconcile(5 * time.Second)
	h.paidOnce(o)
}

func TestNotificationSixteenTimes(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{DuplicateNotifications: 15})
	o := h.order()
	h.pay(o)
	h.until("16 copies sent", func() bool { return h.held(o).NotificationsSent == 16 })
	h.paidOnce(o)
	want := []string{"created 1", "evidence create applied 1", "evidence notification applied 1", "evidence notification repeated 15"}
	if got := h.history(o); !slices.Equal(got, want) {
		t.Errorf("history = %q, want %q", got, want)
	}
}

func TestNotificationSixteenTimesAtOnce(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	signature, body := h.notice(o, nil)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := h.Notify(t.Context(), signature, body); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	h.paidOnce(o)
	want := []string{"created 1", "evidence create applied 1", "evidence notification applied 1", "evidence notification repeated 15"}
	if got := h.history(o); !slices.Equal(got, want) || h.stock("cup") != "4" {
		t.Errorf("history = %q, %s cups left; want it applied once, and 4", got, h.stock("cup"))
	}
}

func TestLateNotificationChangesNothing(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{DelayNotification: time.Millisecond})
	o := h.order()
	release := make(chan struct{})
	h.front.watch(func(r *http.Request, _ []byte) {
		if strings.HasSuffix(r.URL.Path, "/notify") {
			<-release
		}
	})
	h.pay(o)
	h.reconcile(5 * time.Second)
	paid := h.paidOnce(o)
	close(release)
	h.until("acknowledged", func() bool { return h.held(o).NotificationsAcked == 1 })
	if got := h.paidOnce(o); !got.PaidAt.Equal(paid.PaidAt) {
		t.Errorf("paid at %v, then at %v", paid.PaidAt, got.PaidAt)
	}
}

func TestForgedNotificationIsNotBelieved(t *testing.T) {
	t.Parallel()
	h := New(t, patient)
	h.sim.SetScenario(simulator.Scenario{ForgeNotification: true})
	o := h.order()
	h.pay(o)
	h.until("refused", func() bool { return h.held(o).NotificationsSent >= 3 })
	if got := h.wants(o, models.OrderPending); got.Attention != "" || len(h.history(o)) != 2 || h.facts(o) != "" {
		t.Errorf("attention %q, history %q; want a forged message to leave no trace", got.Attention, h.history(o))
	}
	for _, e := range h.held(o).Log {
		if e.Kind == simulator.LogNotification && e.Status != http.StatusUnauthorized && e.Status != http.StatusTooManyRequests {
			t.Errorf("answered with %d", e.Status)
		}
	}
	_, body := h.notice(o, nil)
	forged, err := lianlian.NewSigner(merchantKey()).Sign(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, signature := range []string{forged, "", "AAAA", "not base64"} {
		if err := h.Notify(t.Context(), signature, body); !errors.Is(err, models.ErrSignature) {
			t.Errorf("signature %.10q: %v, want ErrSignature", signature, err)
		}
	}
	h.sim.SetScenario(simulator.Scenario{})
	h.becomes(o, models.OrderPaid)
	h.paidOnce(o)
}

func TestNotificationThatDoesNotMatch(t *testing.T) {
	t.Parallel()
	for name, sc := range map[string]simulator.Scenario{
		"amount": {WrongAmount: true}, "currency": {WrongCurrency: true}, "merchant": {WrongMerchant: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := New(t, patient)
			h.sim.SetScenario(sc)
			o := h.order()
			h.pay(o)
			h.until("flagged", func() bool { return h.get(o).Attention != "" })
			h.until("repeated", func() bool { return h.held(o).NotificationsSent >= 3 })
			got := h.wants(o, models.OrderPending)
			if !strings.HasPrefix(got.Attention, "notification: ") || strings.Contains(got.Attention, "\n") || got.Payment().Status != models.StatusWaitingPayment {
				t.Errorf("attention %q, payment %s; want one reason and nothing changed", got.Attention, got.Payment().Status)
			}
			if e := lastNotification(h.held(o)); e.Status != http.StatusConflict {
				t.Errorf("answered with %d, want 409", e.Status)
			}
			h.sim.SetScenario(simulator.Scenario{})
			got = h.becomes(o, models.OrderPaid)
			if facts := h.facts(o); facts != "order.attention order.paid" || got.Attention == "" {
				t.Errorf("outbox = %q, attention %q; want the genuine one to pay, and the look still due", facts, got.Attention)
			}
		})
	}
}

func lastNotification(p simulator.Payment) simulator.LogEntry {
	for i := len(p.Log) - 1; i >= 0; i-- {
		if p.Log[i].Kind == simulator.LogNotification {
			return p.Log[i]
		}
	}
	return simulator.LogEntry{}
}

func TestWhatNotifyAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*lianlian.Notification)
		want   error
		status models.OrderStatus
		flag   bool
	}{
		{"amount less by 0.01", func(n *lianlian.Notification) { n.TransactionAmount-- }, models.ErrConflict, models.OrderPending, true},
		{"amount more by 0.01", func(n *lianlian.Notification) { n.TransactionAmount++ }, models.ErrConflict, models.OrderPending, true},
		{"currency", func(n *lianlian.Notification) { n.TransactionCurrency = "USD" }, models.ErrConflict, models.OrderPending, true},
		{"merchant", func(n *lianlian.Notification) { n.MerchantID = "2080898732499254" }, models.ErrConflict, models.OrderPending, true},
		{"gateway's id", func(n *lianlian.Notification) { n.LLTransactionID = "1" }, models.ErrConflict, models.OrderPending, true},
		{"unknown order", func(n *lianlian.Notification) { n.MerchantTransactionID = models.NewMerchantTransactionID() }, models.ErrNotFound, models.OrderPending, false},
		{"unknown state", func(n *lianlian.Notification) { n.TransactionStatus = "ZZ" }, nil, models.OrderPending, true},
		{"impossible state", func(n *lianlian.Notification) { n.TransactionStatus = lianlian.StatusRefunded }, nil, models.OrderPending, true},
		{"earlier state", func(n *lianlian.Notification) { n.TransactionStatus = lianlian.StatusInitialized }, nil, models.OrderPending, false},
		{"failed", func(n *lianlian.Notification) { n.TransactionStatus = lianlian.StatusFailed }, nil, models.OrderFailed, false},
		{"paid", nil, nil, models.OrderPaid, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := New(t)
			o := h.order()
			signature, body := h.notice(o, tt.change)
			if err := h.Notify(t.Context(), signature, body); !errors.Is(err, tt.want) {
				t.Errorf("Notify = %v, want %v", err, tt.want)
			}
			if got := h.wants(o, tt.status); (got.Attention != "") != tt.flag {
				t.Errorf("attention = %q", got.Attention)
			}
			// Whatever was said, the genuine message still pays, once.
			signature, body = h.notice(o, nil)
			for range 2 {
				if err := h.Notify(t.Context(), signature, body); err != nil {
					t.Errorf("the genuine notification: %v", err)
				}
			}
			h.wants(o, models.OrderPaid)
			if n := strings.Count(h.facts(o), "order.paid"); n != 1 {
				t.Errorf("outbox = %q", h.facts(o))
			}
		})
	}
}

func TestMalformedNotification(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	signature, body := h.notice(o, nil)
	for name, bad := range map[string][]byte{
		"empty": nil, "not JSON": []byte("hello"), "an array": []byte("[]"), "cut": body[:len(body)-1], "too long": bytes.Repeat([]byte(" "), 70_000),
		"key twice": bytes.Replace(body, []byte("{"), []byte(`{"merchant_id":"`+merchantID+`",`), 1),
	} {
		if err := h.Notify(t.Context(), signature, bad); !errors.Is(err, models.ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
	h.wants(o, models.OrderPending)
}

func TestNotificationSurvivesItsSendersLeaving(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	signature, body := h.notice(o, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Notify(ctx, signature, body); err != nil {
		t.Errorf("Notify = %v; want what was read to be recorded", err)
	}
	h.paidOnce(o)
}

func TestNotificationIsNotAcknowledgedWithoutStorage(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	signature, body := h.notice(o, nil)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := h.Notify(t.Context(), signature, body); !errors.Is(err, models.ErrUnavailable) {
		t.Errorf("Notify = %v, want ErrUnavailable", err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+"/lianlian/notify", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("signature", signature)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusServiceUnavailable || bytes.Contains(answer, []byte(`"200"`)) {
		t.Errorf("answer = %d %.100s, want 503", resp.StatusCode, answer)
	}
}

// asksBack waits until a notification of the status was recorded that a pending refund doesn't believe, and lets the gateway be asked.
func (h *harness) asksBack(o models.Order, status lianlian.PaymentStatus) {
	h.t.Helper()
	h.until("a stale notification of "+string(status), func() bool {
		events, err := h.History(h.t.Context(), o.ID)
		if err != nil {
			h.t.Fatal(err)
		}
		return slices.ContainsFunc(events, func(e models.Event) bool {
			return e.Source == models.SourceNotification && e.Verdict == models.VerdictStale && e.From == string(models.StatusRefundPending) && e.To == string(status)
		})
	})
	h.wants(o, models.OrderRefundPending)
	h.reconcile(5 * time.Second)
}

func TestRefundsAndChargebacks(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	h.pay(o)
	paid := h.becomes(o, models.OrderPaid)
	move := func(to lianlian.PaymentStatus) {
		t.Helper()
		if err := h.sim.SetStatus(id(o), to); err != nil {
			t.Fatal(err)
		}
	}
	// A refund that fails leads back to paid, which is told to nobody a second time.
	move(lianlian.StatusRefundPending)
	h.becomes(o, models.OrderRefundPending)
	move(lianlian.StatusSuccess)
	h.asksBack(o, lianlian.StatusSuccess)
	h.paidOnce(o)
	move(lianlian.StatusRefundPending)
	h.becomes(o, models.OrderRefundPending)
	// Notified, PR could also be what was true before the refund that is pending: only a query can tell.
	move(lianlian.StatusPartlyRefunded)
	h.asksBack(o, lianlian.StatusPartlyRefunded)
	h.wants(o, models.OrderPartiallyRefunded)
	move(lianlian.StatusChargeback)
	got := h.becomes(o, models.OrderChargedBack)
	if facts := h.facts(o); facts != "order.paid order.partially_refunded order.charged_back" || !got.PaidAt.Equal(paid.PaidAt) || got.Attention != "" {
		t.Errorf("outbox = %q, paid at %v (first %v), attention %q", facts, got.PaidAt, paid.PaidAt, got.Attention)
	}
}
