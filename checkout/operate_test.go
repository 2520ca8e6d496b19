package checkout_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// Confirming by hand asks the gateway first, and believes it.
func TestConfirmByHand(t *testing.T) {
	t.Parallel()
	confirm := func(h *harness, o models.Order) (models.Order, error) {
		return h.ConfirmByHand(models.ByOperator(t.Context(), "mei"), o.ID, "the wallet's receipt was shown")
	}
	t.Run("the gateway says paid", func(t *testing.T) {
		t.Parallel()
		h := silent(t)
		o := h.order()
		h.pay(o)
		got, err := confirm(h, o)
		if err != nil || got.Status != models.OrderPaid || !got.ConfirmedAt.IsZero() {
			t.Errorf("ConfirmByHand = %s, confirmed at %v, %v; want paid by the gateway alone", got.Status, got.ConfirmedAt, err)
		}
		h.paidOnce(o)
	})
	t.Run("the gateway waits", func(t *testing.T) {
		t.Parallel()
		h := silent(t)
		o := h.order()
		if got, err := confirm(h, o); !errors.Is(err, models.ErrConflict) || got.Status != models.OrderPending {
			t.Errorf("ConfirmByHand = %s, %v; want ErrConflict", got.Status, err)
		}
		h.wants(o, models.OrderPending)
	})
	t.Run("the gateway says failed", func(t *testing.T) {
		t.Parallel()
		h := silent(t)
		o := h.order()
		if err := h.sim.Fail(id(o), lianlian.DeclineDoNotHonor); err != nil {
			t.Fatal(err)
		}
		if got, err := confirm(h, o); !errors.Is(err, models.ErrConflict) || got.Status != models.OrderFailed {
			t.Errorf("ConfirmByHand = %s, %v; want ErrConflict with a failed order", got.Status, err)
		}
	})
	t.Run("the gateway can't be asked, by many at once", func(t *testing.T) {
		t.Parallel()
		h := silent(t)
		o := h.order()
		h.gateway.shut.Store(true)
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				if got, err := confirm(h, o); err != nil || got.Status != models.OrderPaid || !got.ByHand() {
					t.Errorf("ConfirmByHand = %s, %v", got.Status, err)
				}
			})
		}
		wg.Wait()
		if facts := h.facts(o); facts != "order.paid" {
			t.Errorf("outbox = %q, want one order.paid", facts)
		}
		if strings.Contains(h.log.String(), "receipt was shown") {
			t.Error("what the operator typed is in the log")
		}
		h.gateway.shut.Store(false)
		if err := h.sim.Fail(id(o), lianlian.DeclineDoNotHonor); err != nil {
			t.Fatal(err)
		}
		if _, err := h.CheckNow(t.Context(), o.ID); err != nil {
			t.Fatal(err)
		}
		if got := h.wants(o, models.OrderPaid); got.Attention != models.AttentionByHand {
			t.Errorf("the gateway says failed afterwards: attention %q", got.Attention)
		}
	})
	t.Run("the gateway knows no such payment", func(t *testing.T) {
		t.Parallel()
		h := silent(t)
		h.gateway.shut.Store(true)
		o, err := h.StartPayment(t.Context(), request("lost"))
		if !errors.Is(err, models.ErrPending) {
			t.Fatalf("StartPayment = %v", err)
		}
		h.gateway.shut.Store(false)
		if got, err := confirm(h, o); err != nil || !got.ByHand() {
			t.Errorf("ConfirmByHand = %s, %v", got.Status, err)
		}
		if e := h.history(o); !strings.HasPrefix(e[len(e)-1], "evidence operator applied") {
			t.Errorf("history = %q", e)
		}
	})
	t.Run("no such order", func(t *testing.T) {
		t.Parallel()
		if _, err := silent(t).ConfirmByHand(t.Context(), 99, "x"); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("ConfirmByHand = %v", err)
		}
	})
}

// Each call to the gateway is in the order's wire log, without what must not be there.
func TestWireLog(t *testing.T) {
	t.Parallel()
	h := silent(t)
	o := h.order()
	h.pay(o)
	if _, err := h.CheckNow(t.Context(), o.ID); err != nil {
		t.Fatal(err)
	}
	h.gateway.shut.Store(true)
	if _, err := h.CheckNow(t.Context(), o.ID); err == nil {
		t.Fatal("the gateway that can't be asked answered")
	}
	list, err := h.Exchanges(t.Context(), o.ID, true)
	if err != nil || len(list) != 3 {
		t.Fatalf("Exchanges = %d, %v; want three", len(list), err)
	}
	broken, query, create := list[0], list[1], list[2]
	if broken.Kind != models.ExchangeQuery || broken.Status != 0 || broken.Error == "" || broken.Answer != "" {
		t.Errorf("a call without an answer: %+v", broken)
	}
	if query.Method != http.MethodGet || query.Status != 200 || query.TraceID == "" || query.Body != "" || !strings.HasSuffix(query.URL, id(o)) || !strings.Contains(query.Answer, `"PS"`) || query.Error != "" {
		t.Errorf("a question: %+v", query)
	}
	if create.Kind != models.ExchangeCreate || create.Method != http.MethodPost || create.Status != 200 || create.PaymentID != o.Payment().ID ||
		!strings.Contains(create.Body, "Chan Tai Man") || !strings.Contains(create.Sent, "sign-type: RSA") || !strings.Contains(create.Received, "signature: ") {
		t.Errorf("a request: %+v", create)
	}
	everything := fmt.Sprintf("%+v", list)
	for _, gone := range []string{o.Token, "PRIVATE KEY"} {
		if strings.Contains(everything, gone) {
			t.Errorf("the wire log holds %s", gone)
		}
	}
	if masked, err := h.Exchanges(t.Context(), o.ID, false); err != nil || strings.Contains(fmt.Sprintf("%+v", masked), "Chan") || !strings.Contains(masked[2].Body, id(o)) {
		t.Errorf("for readers: %v, %+v", err, masked)
	}
	events, err := h.History(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Source == models.SourceQuery || e.Source == models.SourceCreate {
			if len(e.Signature) != 344 {
				t.Errorf("%s: signature %q", e.Source, e.Signature)
			}
		}
	}
}

// A wire log that can't be written fails no payment.
func TestWireLogThatFails(t *testing.T) {
	t.Parallel()
	h := silent(t)
	if _, err := h.db.Exec("ALTER TABLE exchanges RENAME TO elsewhere"); err != nil {
		t.Fatal(err)
	}
	o := h.order()
	h.pay(o)
	if _, err := h.CheckNow(t.Context(), o.ID); err != nil {
		t.Fatal(err)
	}
	h.paidOnce(o)
	h.until("the loss is logged", func() bool { return strings.Contains(h.log.String(), "missing from the wire log") })
}

// What an official account's page may be bound to is kept nowhere.
func TestWireLogInsideWeChat(t *testing.T) {
	t.Parallel()
	h := silent(t)
	req := request("inside")
	req.Processor, req.Terminal = models.WeChatHK, phone
	req.Terminal.OpenID = "oBoundToThePerson"
	o, err := h.StartPayment(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	list, err := h.Exchanges(t.Context(), o.ID, true)
	if err != nil || len(list) != 1 {
		t.Fatalf("Exchanges = %d, %v", len(list), err)
	}
	if text := list[0].Body + list[0].Answer; strings.Contains(text, "oBoundToThePerson") || strings.Contains(text, `"payment_url":"http`) {
		t.Errorf("kept: %s", text)
	}
}

// silent is a harness whose gateway sends no notifications, so that only questions tell.
func silent(t *testing.T) *harness {
	t.Helper()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{LoseNotification: true})
	return h
}
