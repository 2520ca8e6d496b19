package checkout_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

func refunding(s *setup) { s.Checkout.Refunds = true }

// paidOrder is an order of 168.00 that the gateway holds the money of.
func (h *harness) paidOrder() models.Order {
	h.t.Helper()
	o := h.order()
	h.pay(o)
	return h.becomes(o, models.OrderPaid)
}

// refund asks for a refund; amount 0 is the rest.
func (h *harness) refund(o models.Order, amount int64, change ...func(*handlers.RefundRequest)) (models.Refund, error) {
	h.t.Helper()
	req := handlers.RefundRequest{OrderID: o.ID, Amount: amount, Reason: "broken", By: "root", Intent: models.NewToken(22)}
	for _, f := range change {
		f(&req)
	}
	return h.Refund(context.WithoutCancel(h.t.Context()), req)
}

// refundIs waits for the newest refund's status.
func (h *harness) refundIs(o models.Order, want models.RefundStatus) models.Refund {
	h.t.Helper()
	last := func() models.Refund {
		list := h.get(o).Refunds
		return list[len(list)-1]
	}
	h.until("refund "+string(want), func() bool { return last().Status == want })
	return last()
}

func TestRefundPartAndRest(t *testing.T) {
	t.Parallel()
	h := New(t, refunding)
	o := h.paidOrder()
	r, err := h.refund(o, 5000)
	if err != nil || !r.Status.Open() && r.Status != models.RefundSucceeded {
		t.Fatalf("Refund = %+v, %v", r, err)
	}
	h.becomes(o, models.OrderPartiallyRefunded)
	if held := h.held(o); len(held.Refunds) != 1 || held.Refunds[0].Amount != 50_00 || held.Refunds[0].MerchantTransactionID != r.MerchantTransactionID || held.Refunds[0].Reason != "broken" {
		t.Errorf("the gateway holds %+v", held.Refunds)
	}
	if _, err := h.refund(o, 0); err != nil {
		t.Fatal(err)
	}
	got := h.becomes(o, models.OrderRefunded)
	if facts := h.facts(o); facts != "order.paid order.partially_refunded order.refunded" || got.Attention != "" || got.Refunded() != o.Total {
		t.Errorf("told %q, attention %q, refunded %s", facts, got.Attention, got.Refunded())
	}
	if _, err := h.refund(o, 1); !errors.Is(err, models.ErrNotRefundable) {
		t.Errorf("more: %v", err)
	}
}

// TestRefundSameIntent: the same form or request again is the same refund, also when all is done.
func TestRefundSameIntent(t *testing.T) {
	t.Parallel()
	h := New(t, refunding)
	o := h.paidOrder()
	same := func(r *handlers.RefundRequest) { r.Intent = "the same form" }
	first, err := h.refund(o, 0, same)
	if err != nil {
		t.Fatal(err)
	}
	h.becomes(o, models.OrderRefunded)
	again, err := h.refund(o, 0, same)
	if err != nil || again.ID != first.ID || len(h.held(o).Refunds) != 1 {
		t.Errorf("again: %+v, %v; the gateway holds %d", again, err, len(h.held(o).Refunds))
	}
	other := h.paidOrder()
	if _, err := h.refund(other, 0, same); !errors.Is(err, models.ErrConflict) || len(h.held(other).Refunds) != 0 {
		t.Errorf("another order's form: %v", err)
	}
}

// TestRefundLost: whatever becomes of the request, the refund is made once and followed to its end.
func TestRefundLost(t *testing.T) {
	t.Parallel()
	t.Run("the answer", func(t *testing.T) {
		t.Parallel()
		h := New(t, refunding)
		o := h.paidOrder()
		h.sim.SetScenario(simulator.Scenario{DropRefundAnswer: true, LoseNotification: true})
		if r, err := h.refund(o, 5000); err != nil || r.Status != models.RefundCreated {
			t.Fatalf("Refund = %+v, %v", r, err)
		}
		h.reconcile(time.Minute)
		h.refundIs(o, models.RefundSucceeded)
		h.wants(o, models.OrderPartiallyRefunded)
	})
	t.Run("the request", func(t *testing.T) {
		t.Parallel()
		h := New(t, refunding)
		o := h.paidOrder()
		h.gateway.watch(func(r *http.Request, _ []byte) { h.gateway.shut.Store(r.Method == http.MethodPost) }) // only the question before it arrives
		r, err := h.refund(o, 5000)
		if err != nil || r.Status != models.RefundCreated || len(h.held(o).Refunds) != 0 {
			t.Fatalf("Refund = %+v, %v; the gateway holds %d", r, err, len(h.held(o).Refunds))
		}
		h.gateway.watch(func(*http.Request, []byte) { h.gateway.shut.Store(false) })
		h.reconcile(time.Minute) // it isn't there: sent again, the same one
		h.becomes(o, models.OrderPartiallyRefunded)
		if held := h.held(o).Refunds; len(held) != 1 || held[0].MerchantTransactionID != r.MerchantTransactionID {
			t.Errorf("the gateway holds %+v", held)
		}
	})
	t.Run("the gateway", func(t *testing.T) {
		t.Parallel()
		h := New(t, refunding)
		o := h.paidOrder()
		h.gateway.shut.Store(true)
		if _, err := h.refund(o, 5000); !errors.Is(err, models.ErrPending) || len(h.get(o).Refunds) != 0 {
			t.Errorf("Refund = %v, %d stored; nothing may be stored when the gateway couldn't be asked", err, len(h.get(o).Refunds))
		}
	})
}

// TestRefundEnds: a refund that the gateway refuses or lets fail ends, and its sum can be refunded again.
func TestRefundEnds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		sc   simulator.Scenario
		code string
	}{
		"refused, unsigned": {simulator.Scenario{RefundReturnCode: lianlian.CodeInsufficientBalance}, "INSUFFICIENT_BALANCE"},
		"refused, signed":   {simulator.Scenario{RefundReturnCode: lianlian.CodeNonRefundableOrder, SignErrors: true}, "NON_REFUNDABLE_ORDER"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := New(t, refunding)
			o := h.paidOrder()
			h.sim.SetScenario(tt.sc)
			r, err := h.refund(o, 0)
			var declined *models.DeclinedError
			if !errors.As(err, &declined) || declined.ReturnCode != tt.code || r.Status != models.RefundFailed {
				t.Fatalf("Refund = %+v, %v", r, err)
			}
			h.sim.SetScenario(simulator.Scenario{})
			h.wants(o, models.OrderPaid)
			if _, err := h.refund(o, 0); err != nil {
				t.Fatal(err)
			}
			if got := h.becomes(o, models.OrderRefunded); got.Attention != "" {
				t.Errorf("attention %q", got.Attention)
			}
		})
	}
	t.Run("fails later", func(t *testing.T) {
		t.Parallel()
		h := New(t, refunding)
		o := h.paidOrder()
		h.sim.SetScenario(simulator.Scenario{RefundStays: true})
		r, err := h.refund(o, 0)
		if err != nil || r.Status != models.RefundPending {
			t.Fatalf("Refund = %+v, %v", r, err)
		}
		h.reconcile(time.Minute)
		h.wants(o, models.OrderRefundPending)
		if err := h.sim.SettleRefund(r.MerchantTransactionID, false); err != nil {
			t.Fatal(err)
		}
		h.reconcile(time.Minute)
		h.reconcile(time.Minute)
		if got := h.wants(o, models.OrderPaid); got.Attention != "" || got.Refunds[0].Status != models.RefundFailed || got.Left(got.Payment()) != o.Total {
			t.Errorf("attention %q, %+v", got.Attention, got.Refunds)
		}
		if facts := h.facts(o); facts != "order.paid" {
			t.Errorf("told %q", facts)
		}
	})
}

// TestRefundNeedsThePerson: an unsigned refusal is no proof where a part was refunded before; an operator ends it, after the gateway was asked.
func TestRefundNeedsThePerson(t *testing.T) {
	t.Parallel()
	h := New(t, refunding)
	o := h.paidOrder()
	if _, err := h.refund(o, 5000); err != nil {
		t.Fatal(err)
	}
	h.becomes(o, models.OrderPartiallyRefunded)
	h.sim.SetScenario(simulator.Scenario{RefundReturnCode: lianlian.CodeInsufficientBalance})
	r, err := h.refund(o, 6000)
	if err != nil || r.Status != models.RefundCreated || !r.Refused {
		t.Fatalf("Refund = %+v, %v", r, err)
	}
	h.reconcile(time.Minute)
	if got := h.get(o); !strings.Contains(got.Attention, "INSUFFICIENT_BALANCE") || got.Refunds[1].Status != models.RefundCreated {
		t.Errorf("attention %q, %+v", got.Attention, got.Refunds[1])
	}
	if closed, err := h.CloseRefund(t.Context(), o.ID, r.ID); err != nil || closed.Status != models.RefundFailed {
		t.Errorf("CloseRefund = %+v, %v", closed, err)
	}
	if len(h.held(o).Refunds) != 1 {
		t.Errorf("the gateway holds %d refunds", len(h.held(o).Refunds))
	}
	h.sim.SetScenario(simulator.Scenario{RefundStays: true})
	if r, err = h.refund(o, 6000); err != nil {
		t.Fatal(err)
	}
	if _, err := h.CloseRefund(t.Context(), o.ID, r.ID); !errors.Is(err, models.ErrRefundOpen) {
		t.Errorf("a refund that is under way was ended by hand: %v", err)
	}
	if _, err := h.CloseRefund(t.Context(), o.ID, 999); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("no such refund: %v", err)
	}
}

// TestRefundRefused: what isn't the gateway's to give back, or was given back already, isn't asked for.
func TestRefundRefused(t *testing.T) {
	t.Parallel()
	h := New(t, refunding)
	open := h.order()
	if _, err := h.refund(open, 0); !errors.Is(err, models.ErrNotRefundable) {
		t.Errorf("an unpaid order: %v", err)
	}
	o := h.paidOrder()
	h.sim.SetScenario(simulator.Scenario{LoseNotification: true})
	if err := h.sim.SetStatus(id(o), lianlian.StatusRefunded); err != nil {
		t.Fatal(err)
	}
	if _, err := h.refund(o, 0); !errors.Is(err, models.ErrNotRefundable) || len(h.get(o).Refunds) != 0 {
		t.Errorf("an order that was refunded in the portal: %v", err)
	}
	off := New(t)
	if _, err := off.refund(off.paidOrder(), 0); !errors.Is(err, models.ErrRefundsOff) {
		t.Errorf("switched off: %v", err)
	}
}

// TestRefundForged: nobody but the gateway ends a refund.
func TestRefundForged(t *testing.T) {
	t.Parallel()
	h := New(t, refunding)
	o := h.paidOrder()
	h.sim.SetScenario(simulator.Scenario{RefundStays: true, LoseNotification: true})
	r, err := h.refund(o, 5000)
	if err != nil || r.Status != models.RefundPending {
		t.Fatalf("Refund = %+v, %v", r, err)
	}
	state := lianlian.RefundState{MerchantID: merchantID, LLTransactionID: r.LLTransactionID, MerchantTransactionID: r.MerchantTransactionID,
		OriginalTransactionID: id(o), Amount: 50_00, Currency: "HKD", Status: lianlian.RefundSuccess}
	say := func(signer *lianlian.Signer, change func(*lianlian.RefundState)) error {
		s := state
		if change != nil {
			change(&s)
		}
		signature, body, err := lianlian.SignRefundNotification(signer, s)
		if err != nil {
			t.Fatal(err)
		}
		return h.Notify(t.Context(), signature, body)
	}
	gateway, stranger := lianlian.NewSigner(gatewayKey()), lianlian.NewSigner(merchantKey())
	if err := say(stranger, nil); !errors.Is(err, models.ErrSignature) {
		t.Errorf("a stranger's: %v", err)
	}
	if err := say(gateway, func(s *lianlian.RefundState) { s.MerchantTransactionID = models.NewMerchantTransactionID() }); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an unknown refund's: %v", err)
	}
	if got := h.get(o); got.Attention != "" {
		t.Errorf("attention %q", got.Attention)
	}
	for name, change := range map[string]func(*lianlian.RefundState){
		"amount":   func(s *lianlian.RefundState) { s.Amount = 50_01 },
		"currency": func(s *lianlian.RefundState) { s.Currency = "USD" },
		"merchant": func(s *lianlian.RefundState) { s.MerchantID = "2080898732499254" },
		"payment":  func(s *lianlian.RefundState) { s.OriginalTransactionID = r.MerchantTransactionID },
	} {
		if err := say(gateway, change); !errors.Is(err, models.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	got := h.wants(o, models.OrderRefundPending)
	if got.Attention == "" || got.Refunds[0].Status != models.RefundPending {
		t.Errorf("attention %q, refund %s", got.Attention, got.Refunds[0].Status)
	}
	if err := say(gateway, nil); err != nil {
		t.Fatal(err)
	}
	h.wants(o, models.OrderPartiallyRefunded)
}

// TestRefundTakesLong: it is asked about until it ends, and an operator is told.
func TestRefundTakesLong(t *testing.T) {
	t.Parallel()
	h := New(t, refunding)
	o := h.paidOrder()
	h.sim.SetScenario(simulator.Scenario{RefundStays: true, LoseNotification: true})
	r, err := h.refund(o, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		h.reconcile(25 * time.Hour)
	}
	got := h.get(o)
	if !strings.Contains(got.Attention, "for three days") || got.Refunds[0].NextQueryAt.IsZero() {
		t.Errorf("attention %q, next question %v", got.Attention, got.Refunds[0].NextQueryAt)
	}
	if err := h.sim.SettleRefund(r.MerchantTransactionID, true); err != nil {
		t.Fatal(err)
	}
	h.reconcile(25 * time.Hour)
	h.wants(o, models.OrderRefunded)
}

// TestRefundElsewhere: a refund made in LianLian's portal is found by the payment's state.
func TestRefundElsewhere(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.paidOrder()
	h.sim.SetScenario(simulator.Scenario{RefundStays: true})
	if err := h.sim.RefundElsewhere(id(o), 20_00); err != nil {
		t.Fatal(err)
	}
	got := h.becomes(o, models.OrderRefundPending)
	if _, _, elsewhere := got.Elsewhere(got.Payment()); !elsewhere {
		t.Error("isn't shown as made elsewhere")
	}
	if err := h.sim.SettleRefund(h.held(o).Refunds[0].MerchantTransactionID, true); err != nil {
		t.Fatal(err)
	}
	h.until("asked back", func() bool { h.reconcile(time.Minute); return h.get(o).Status == models.OrderPartiallyRefunded })
	if facts := h.facts(o); facts != "order.paid order.partially_refunded" {
		t.Errorf("told %q", facts)
	}
}

// TestRefundsInTheWireLog: each call about a refund is in its order's wire log.
func TestRefundsInTheWireLog(t *testing.T) {
	t.Parallel()
	h := New(t, refunding)
	h.sim.SetScenario(simulator.Scenario{RefundStays: true})
	o := h.paidOrder()
	r, err := h.refund(o, 5000)
	if err != nil {
		t.Fatal(err)
	}
	h.gateway.shut.Store(true)
	if _, err := h.CheckNow(t.Context(), o.ID); err == nil {
		t.Fatal("the gateway that can't be asked answered")
	}
	list, err := h.Exchanges(t.Context(), o.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []models.ExchangeKind
	for _, x := range list {
		kinds = append(kinds, x.Kind)
		if x.PaymentID != o.Payment().ID {
			t.Errorf("%s is of payment %d", x.Kind, x.PaymentID)
		}
	}
	// The newest first: what the operator asks of both; the refund, before which the gateway was asked whether it holds the money; the payment.
	want := []models.ExchangeKind{models.ExchangeQueryRefund, models.ExchangeQuery, models.ExchangeRefund, models.ExchangeQuery, models.ExchangeCreate}
	if !slices.Equal(kinds, want) {
		t.Fatalf("the wire log has %q, want %q", kinds, want)
	}
	asked, sent := list[0], list[2]
	if sent.Method != http.MethodPost || sent.Status != 200 || sent.TraceID == "" || !strings.Contains(sent.Body, r.MerchantTransactionID) || !strings.Contains(sent.Body, `"50.00"`) ||
		!strings.Contains(sent.Answer, `"RP"`) || !strings.HasSuffix(sent.URL, id(o)+"/refunds") {
		t.Errorf("the refund: %+v", sent)
	}
	if asked.Method != http.MethodGet || asked.Status != 0 || asked.Error == "" || !strings.HasSuffix(asked.URL, r.MerchantTransactionID) {
		t.Errorf("the question without an answer: %+v", asked)
	}
}
