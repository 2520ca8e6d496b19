package checkout_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

func TestUnknownOutcome(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		sc      simulator.Scenario
		timeout time.Duration
		kept    bool // the gateway holds the payment all the same
	}{
		{"never answered", simulator.Scenario{CreateHang: true}, 1500 * time.Millisecond, true},
		{"connection broken", simulator.Scenario{DropCreateAnswer: true}, 0, true},
		{"proxy's error page", simulator.Scenario{CreateStatus: 502}, 0, false},
		{"unsigned", simulator.Scenario{UnsignedAnswer: true}, 0, true},
		{"forged", simulator.Scenario{ForgeAnswer: true}, 0, true},
		{"garbage", simulator.Scenario{GarbageAnswer: true}, 0, true},
		{"huge", simulator.Scenario{HugeAnswer: true}, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := New(t, func(s *setup) {
				if tt.timeout > 0 {
					s.Client.Timeout = tt.timeout
				}
			})
			bad := tt.sc
			bad.LoseNotification = true
			h.sim.SetScenario(bad)
			o, err := h.StartPayment(t.Context(), request("unknown"))
			if !errors.Is(err, models.ErrPending) {
				t.Fatalf("error = %v, want ErrPending", err)
			}
			if _, kept := h.sim.Payment(id(o)); kept != tt.kept {
				t.Fatalf("the gateway holds it: %v, want %v", kept, tt.kept)
			}
			p := o.Payment()
			if o.Status != models.OrderOpen || p.Status != models.StatusInitialized || p.WebURL != "" || p.LLTransactionID != "" || o.Attention != "" {
				t.Errorf("order %s, payment %+v, attention %q; want it open, believing nothing", o.Status, p, o.Attention)
			}
			if got := h.history(o); !slices.Equal(got, []string{"created 1", "unknown 1"}) {
				t.Errorf("history = %q", got)
			}
			if got := h.due(o); !got.Equal(begin.Add(5 * time.Second)) {
				t.Errorf("asked about at %v, want 5 seconds later", got)
			}
			// While the gateway can't be believed, asking it settles nothing either.
			h.reconcile(5 * time.Second)
			if tt.sc.UnsignedAnswer || tt.sc.ForgeAnswer || tt.sc.GarbageAnswer || tt.sc.HugeAnswer {
				h.wants(o, models.OrderOpen)
			}
			h.sim.SetScenario(simulator.Scenario{LoseNotification: true})
			if tt.kept {
				h.reconcile(10 * time.Second)
				if got := h.wants(o, models.OrderPending); got.Payment().WebURL != "" || got.Payment().LLTransactionID == "" {
					t.Errorf("after the question: %+v; want the gateway's id, and no page yet", got.Payment())
				}
			}
			again, err := h.RetryPayment(t.Context(), o.Token, "", desktop)
			if err != nil || id(again) != id(o) || len(again.Payments) != 1 || again.Payment().WebURL != h.held(o).PaymentURL {
				t.Fatalf("retry = %+v, %v; want the same id and its page", again.Payment(), err)
			}
			h.pay(o)
			h.reconcile(10 * time.Second)
			h.paidOnce(o)
		})
	}
}

func TestPaidBehindAnUnknownOutcomeIsFound(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{DropCreateAnswer: true, LoseNotification: true})
	o, err := h.StartPayment(t.Context(), request("lost"))
	if !errors.Is(err, models.ErrPending) {
		t.Fatalf("error = %v, want ErrPending", err)
	}
	h.pay(o)
	h.reconcile(5 * time.Second)
	if got := h.paidOnce(o); got.Payment().LLTransactionID != h.held(o).LLTransactionID || h.stock("cup") != "4" {
		t.Errorf("ll_transaction_id %q, %s cups left", got.Payment().LLTransactionID, h.stock("cup"))
	}
}

func TestUnknownOutcomeIsSettledAfterARestart(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.gateway.shut.Store(true)
	o, err := h.StartPayment(t.Context(), request("restart"))
	if !errors.Is(err, models.ErrPending) {
		t.Fatalf("error = %v, want ErrPending", err)
	}
	h.gateway.shut.Store(false)
	next := h.another()
	again, err := next.RetryPayment(t.Context(), o.Token, "", desktop)
	if err != nil || id(again) != id(o) || again.Status != models.OrderPending {
		t.Errorf("another process's retry = %s %s, %v; want the same id waiting", again.Status, id(again), err)
	}
}

func TestNotFoundAtTheGatewayLeavesTheOrderOpen(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{CreateStatus: 502})
	o, _ := h.StartPayment(t.Context(), request("nowhere"))
	h.reconcile(5 * time.Second)
	if got := h.wants(o, models.OrderOpen); got.Attention != "" || h.gateway.queries() != 1 || h.due(o).IsZero() {
		t.Errorf("attention %q, %d queries, due %v; want it asked and open", got.Attention, h.gateway.queries(), h.due(o))
	}
	// The gateway was asked and has nothing, so nothing holds the order's end up.
	h.reconcile(30 * time.Minute)
	h.wants(o, models.OrderExpired)
}
