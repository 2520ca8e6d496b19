package checkout_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// atCancel lets answer deal with calls that close a payment; next is the gateway.
func (h *harness) atCancel(answer func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	next := h.gateway.inside
	h.gateway.inside = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/cancelpay") {
			answer(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hangUp breaks the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		conn.Close()
	}
}

// TestCancelClosesThePayment: nobody can pay a cancelled order, not even on the gateway's own page.
func TestCancelClosesThePayment(t *testing.T) {
	t.Parallel()
	h := New(t, refunding)
	o := h.order()
	for range 2 { // the same again is the same
		got, err := h.CancelOrder(t.Context(), o.ID)
		if err != nil || got.Status != models.OrderCancelled || got.Payment().Status != models.StatusCancelled || got.Retryable() {
			t.Fatalf("CancelOrder = %s, payment %s, %v", got.Status, got.Payment().Status, err)
		}
	}
	if err := h.sim.Pay(id(o)); !errors.Is(err, simulator.ErrNotOpen) {
		t.Errorf("paying afterwards: %v", err)
	}
	if n := h.text("SELECT stock FROM variants WHERE sku = 'cup'"); n != "5" {
		t.Errorf("%s cups left, want 5", n)
	}
	list, err := h.Exchanges(t.Context(), o.ID, true)
	if err != nil || len(list) != 4 || list[1].Kind != models.ExchangeCancel || list[1].Status != 200 {
		t.Errorf("the wire log: %d, %v", len(list), err)
	}
}

// TestCancelOfWhatCantBeClosed: whatever the gateway answers to closing, its word on the payment decides.
func TestCancelOfWhatCantBeClosed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answer  func(h *harness, o models.Order, w http.ResponseWriter, r *http.Request, next http.Handler)
		err     error
		order   models.OrderStatus
		payment models.Status
	}{
		"the answer is lost": {func(_ *harness, _ models.Order, w http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			hangUp(w)
		}, nil, models.OrderCancelled, models.StatusCancelled},
		"the request is lost": {func(_ *harness, _ models.Order, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			hangUp(w)
		}, nil, models.OrderCancelled, models.StatusWaitingPayment},
		"the gateway has no such call": {func(_ *harness, _ models.Order, w http.ResponseWriter, r *http.Request, _ http.Handler) {
			http.NotFound(w, r)
		}, nil, models.OrderCancelled, models.StatusWaitingPayment},
		"it says yes and does nothing": {func(h *harness, o models.Order, w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			body := `{"return_code":"SUCCESS","return_msg":"Success","order":{"merchant_transaction_id":"` + id(o) + `"}}`
			signature, err := lianlian.NewSigner(gatewayKey()).Sign([]byte(body))
			if err != nil {
				h.t.Error(err)
			}
			w.Header().Set("signature", signature)
			w.Write([]byte(body))
		}, nil, models.OrderCancelled, models.StatusWaitingPayment},
		"paid meanwhile": {func(h *harness, o models.Order, w http.ResponseWriter, r *http.Request, next http.Handler) {
			h.pay(o)
			next.ServeHTTP(w, r)
		}, models.ErrConflict, models.OrderPaid, models.StatusPaid},
		"being paid meanwhile": {func(h *harness, o models.Order, w http.ResponseWriter, r *http.Request, next http.Handler) {
			h.sim.SetScenario(simulator.Scenario{StayProcessing: true, LoseNotification: true})
			h.pay(o)
			next.ServeHTTP(w, r)
		}, models.ErrConflict, models.OrderProcessing, models.StatusProcessing},
		"the gateway falls silent": {func(h *harness, _ models.Order, w http.ResponseWriter, r *http.Request, next http.Handler) {
			h.gateway.shut.Store(true)
			next.ServeHTTP(w, r)
		}, models.ErrPending, models.OrderPending, models.StatusWaitingPayment},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := New(t, refunding)
			h.sim.SetScenario(simulator.Scenario{LoseNotification: true})
			o := h.order()
			h.atCancel(func(w http.ResponseWriter, r *http.Request, next http.Handler) { tt.answer(h, o, w, r, next) })
			if _, err := h.CancelOrder(t.Context(), o.ID); !errors.Is(err, tt.err) {
				t.Errorf("CancelOrder: %v, want %v", err, tt.err)
			}
			got := h.get(o)
			if got.Status != tt.order || got.Payment().Status != tt.payment || got.Attention != "" || got.CancelledAt.IsZero() != (tt.err != nil) {
				t.Errorf("the order is %s, its payment %s, attention %q", got.Status, got.Payment().Status, got.Attention)
			}
			switch {
			case got.Payment().Status == models.StatusWaitingPayment && tt.err == nil: // its payment can still be paid: that is money, and somebody looks
				h.pay(o)
				if _, err := h.CheckNow(t.Context(), o.ID); err != nil {
					t.Fatal(err)
				}
				if got := h.get(o); got.Status != models.OrderPaid || got.Attention != models.AttentionAfterCancel {
					t.Errorf("paid afterwards: %s, attention %q", got.Status, got.Attention)
				}
			case tt.err == models.ErrPending: // as after a crash: the payment is closed there, the order isn't cancelled here
				h.gateway.shut.Store(false)
				if got, err := h.CancelOrder(t.Context(), o.ID); err != nil || got.Status != models.OrderCancelled || got.Payment().Status != models.StatusCancelled {
					t.Errorf("once more: %s, payment %s, %v", got.Status, got.Payment().Status, err)
				}
			}
		})
	}
}

// TestCancelWithoutRefunds: what the guide doesn't describe isn't sent unless the merchant says so.
func TestCancelWithoutRefunds(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	h.atCancel(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		t.Error("cancelpay was sent")
		hangUp(w)
	})
	if got, err := h.CancelOrder(t.Context(), o.ID); err != nil || got.Status != models.OrderCancelled || got.Payment().Status != models.StatusWaitingPayment {
		t.Errorf("CancelOrder = %s, payment %s, %v", got.Status, got.Payment().Status, err)
	}
}
