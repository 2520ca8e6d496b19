package checkout_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// sessionRequest is a session for one cup and something of the merchant's own.
func sessionRequest(change ...func(*handlers.SessionRequest)) handlers.SessionRequest {
	req := handlers.SessionRequest{
		Intent: "api." + models.NewToken(32), Method: models.WebPay, Reference: "their-1",
		Items:    []handlers.SessionItem{{SKU: "cup", Quantity: 1}, {Name: "Gift wrap", Amount: 2000, Quantity: 2}},
		Customer: models.Customer{Email: "chan@example.com"},
	}
	for _, f := range change {
		f(&req)
	}
	return req
}

func withWallet(req *handlers.SessionRequest) { req.Processor = models.AlipayHK }

// session makes a session.
func (h *harness) session(change ...func(*handlers.SessionRequest)) models.Order {
	h.t.Helper()
	o, err := h.StartSession(h.t.Context(), sessionRequest(change...))
	if err != nil {
		h.t.Fatalf("StartSession: %v", err)
	}
	return o
}

// TestSessionWaitsForItsBuyer: nothing is sent until the buyer has chosen; then it is an order like any other.
func TestSessionWaitsForItsBuyer(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.session()
	if o.Status != models.OrderOpen || o.Chosen() || o.Total != hkd(20800) || id(o) == "" || h.gateway.creates() != 0 {
		t.Fatalf("session = %+v, sent %d times", o, h.gateway.creates())
	}
	if _, to, err := h.PaymentURL(t.Context(), o.Token, desktop); err != nil || to != "" {
		t.Errorf("PaymentURL before the choice = %q, %v", to, err)
	}
	if _, err := h.RetryPayment(t.Context(), o.Token, "", desktop); !errors.As(err, new(*models.InvalidError)) {
		t.Errorf("RetryPayment without a wallet: %v, want InvalidError", err)
	}
	h.clock.Add(20 * time.Minute)
	h.Reconcile(t.Context())
	if h.gateway.queries() != 0 {
		t.Errorf("the gateway was asked %d times about what it never heard of", h.gateway.queries())
	}
	got, err := h.ChooseWallet(t.Context(), o.Token, handlers.WalletChoice{Processor: models.WeChatHK, Customer: models.Customer{FullName: "Chan Tai Man", Email: "chan@example.com"}, Terminal: desktop, Language: "zh-Hant"})
	if err != nil || got.Status != models.OrderPending || id(got) != id(o) || got.Language != "zh-Hant" || got.Customer.FullName == "" || !got.ExpiresAt.After(o.ExpiresAt) {
		t.Fatalf("ChooseWallet = %+v, %v", got, err)
	}
	if sent := h.sent(o)["products"].([]any); len(sent) != 2 || sent[1].(map[string]any)["name"] != "Gift wrap" {
		t.Errorf("the gateway received %v", sent)
	}
	h.pay(o)
	h.becomes(o, models.OrderPaid)
	h.paidOnce(o)
}

// TestUnchosenEndsUnasked: a session that nobody chose a wallet for ends without a question to the gateway.
func TestUnchosenEndsUnasked(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.session()
	h.reconcile(31 * time.Minute)
	if h.becomes(o, models.OrderExpired); h.gateway.queries() != 0 {
		t.Errorf("asked %d times", h.gateway.queries())
	}
}

// TestSessionIsOver: past its end nobody pays a session any more, unless the gateway says that somebody has.
func TestSessionIsOver(t *testing.T) {
	t.Parallel()
	h := New(t)
	unchosen, chosen := h.session(), h.session(withWallet, func(r *handlers.SessionRequest) { r.ExpiresIn = 2 * time.Hour })
	if want := begin.Add(2 * time.Hour); !chosen.ExpiresAt.Equal(want) {
		t.Errorf("it ends at %s, want %s", chosen.ExpiresAt, want)
	}
	if again, err := h.RetryPayment(t.Context(), chosen.Token, models.WeChatHK, desktop); err != nil || !again.ExpiresAt.Equal(chosen.ExpiresAt) {
		t.Errorf("another wallet moves the end to %s, %v", again.ExpiresAt, err)
	}
	for range 120 {
		h.clock.Add(time.Minute)
		h.Reconcile(t.Context())
	}
	if n := h.gateway.queries(); n < 12 || n > 100 {
		t.Errorf("asked %d times in two hours", n)
	}
	h.becomes(unchosen, models.OrderExpired)
	h.becomes(chosen, models.OrderExpired)
	sent := h.gateway.creates()
	for _, o := range []models.Order{unchosen, chosen} {
		if got, err := h.RetryPayment(t.Context(), o.Token, models.AlipayHK, desktop); err != nil || got.Status != models.OrderExpired {
			t.Errorf("RetryPayment = %s, %v", got.Status, err)
		}
		if got, err := h.ChooseWallet(t.Context(), o.Token, handlers.WalletChoice{Processor: models.AlipayHK, Terminal: desktop}); err != nil || got.Status != models.OrderExpired {
			t.Errorf("ChooseWallet = %s, %v", got.Status, err)
		}
		if got, to, err := h.PaymentURL(t.Context(), o.Token, phone); err != nil || to != "" || got.Status != models.OrderExpired {
			t.Errorf("PaymentURL = %s, %q, %v", got.Status, to, err)
		}
	}
	if h.gateway.creates() != sent {
		t.Error("something was sent to the gateway")
	}
	h.pay(chosen)
	h.becomes(chosen, models.OrderPaid)
}

// TestSessionCarriedOutOnce: whoever died in the middle, the same intent is the same order and the same payment.
func TestSessionCarriedOutOnce(t *testing.T) {
	t.Parallel()
	h := New(t)
	req := sessionRequest(withWallet, func(r *handlers.SessionRequest) { r.Items[0].SKU = "pot" }) // the last one
	first, err := h.StartSession(t.Context(), req)
	if err != nil || first.Payment().WebURL == "" {
		t.Fatalf("StartSession = %+v, %v", first, err)
	}
	for _, undone := range []string{"UPDATE orders SET status = 'open'", "UPDATE payments SET status = 'IN', web_url = ''"} { // it died before the answer was kept
		if _, err := h.db.ExecContext(t.Context(), undone); err != nil {
			t.Fatal(err)
		}
	}
	again, err := h.another().StartSession(t.Context(), req)
	if err != nil || again.ID != first.ID || id(again) != id(first) || again.Payment().WebURL == "" {
		t.Errorf("again = %+v, %v; want the same order and payment", again, err)
	}
	if n := h.text("SELECT count(*) || ' ' || (SELECT count(*) FROM payments) FROM orders"); n != "1 1" {
		t.Errorf("orders and payments: %s", n)
	}
}

// TestSessionRefused: a session that the gateway refuses is over, and its pieces are back.
func TestSessionRefused(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{CreateReturnCode: lianlian.CodeInvalidParameter})
	req := sessionRequest(withWallet)
	for range 2 {
		o, err := h.StartSession(t.Context(), req)
		var declined *models.DeclinedError
		if !errors.As(err, &declined) || declined.ReturnCode != "INVALID_PARAMETER" || o.Status != models.OrderCancelled || o.Retryable() {
			t.Errorf("StartSession = %s, %v; want it declined and cancelled", o.Status, err)
		}
	}
	if n := h.text("SELECT stock FROM variants WHERE sku = 'cup'"); n != "5" {
		t.Errorf("%s cups left, want 5", n)
	}
}

// TestSessionItems names what can't be sold by its place.
func TestSessionItems(t *testing.T) {
	t.Parallel()
	h := New(t)
	for _, tt := range []struct {
		items       []handlers.SessionItem
		field, rule string
	}{
		{[]handlers.SessionItem{{SKU: "cup", Quantity: 1}, {SKU: "nothing", Quantity: 1}}, "items/1/sku", "unknown"},
		{[]handlers.SessionItem{{SKU: "old", Quantity: 1}}, "items/0/sku", "unknown"},
		{[]handlers.SessionItem{{SKU: "cup", Quantity: 6}}, "items/0/quantity", "too_many"},
		{[]handlers.SessionItem{{SKU: "cup", Quantity: 1, Amount: 100}}, "items/0/price", "shelf_price"},
		{[]handlers.SessionItem{{SKU: "tip", Quantity: 1}}, "items/0/price", "amount"},
		{[]handlers.SessionItem{{Name: "Yacht", Amount: models.MaxAmount, Quantity: 1}, {Name: "Oar", Amount: 1, Quantity: 1}}, "items/1/price", "overflow"},
		{[]handlers.SessionItem{{Name: "Yacht", Amount: models.MaxAmount, Quantity: 2}}, "items/0/price", "overflow"},
	} {
		_, err := h.StartSession(t.Context(), sessionRequest(func(r *handlers.SessionRequest) { r.Items = tt.items }))
		var invalid *models.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Field != tt.field || invalid.Fields[0].Rule != tt.rule {
			t.Errorf("%v: %v, want %s %s", tt.items, err, tt.field, tt.rule)
		}
	}
	tip := h.session(func(r *handlers.SessionRequest) {
		r.Items = []handlers.SessionItem{{SKU: "tip", Quantity: 1, Amount: 5000}}
	})
	if tip.Total != hkd(5000) || h.text("SELECT count(*) FROM orders") != "1" {
		t.Errorf("the buyer's own price: %s", tip.Total)
	}
}

// TestCancelAsksFirst: an order that the gateway holds as paid can't be cancelled; one that nobody can be asked about stays.
func TestCancelAsksFirst(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{LoseNotification: true})
	paid := h.session(withWallet)
	h.pay(paid)
	if got, err := h.CancelOrder(t.Context(), paid.ID); !errors.Is(err, models.ErrConflict) || got.Status != models.OrderPaid {
		t.Errorf("CancelOrder of what was paid unheard: %s, %v; want ErrConflict", got.Status, err)
	}
	h.sim.SetScenario(simulator.Scenario{QueryReturnCode: lianlian.CodeInternalServerError})
	o := h.session(withWallet)
	if got, err := h.CancelOrder(t.Context(), o.ID); !errors.Is(err, models.ErrPending) || h.get(o).Status != models.OrderPending {
		t.Errorf("CancelOrder when the gateway can't be asked: %s, %v; want ErrPending", got.Status, err)
	}
	h.sim.SetScenario(simulator.Scenario{})
	if got, err := h.CancelOrder(t.Context(), o.ID); err != nil || got.Status != models.OrderCancelled {
		t.Fatalf("CancelOrder = %s, %v", got.Status, err)
	}
	if got, to, err := h.PaymentURL(t.Context(), o.Token, desktop); err != nil || to != "" {
		t.Errorf("PaymentURL of a cancelled order = %s, %q, %v", got.Status, to, err)
	}
	h.pay(o)
	if got := h.becomes(o, models.OrderPaid); got.Attention != models.AttentionAfterCancel {
		t.Errorf("attention = %q", got.Attention)
	}
	if _, err := h.CancelOrder(context.WithoutCancel(t.Context()), 99999); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("CancelOrder of nothing: %v", err)
	}
}
