package checkout_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// browse fetches a page as the buyer's browser does, without following redirects.
func (h *harness) browse(to string) *http.Response {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, to, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

// sentBack is where the gateway sends the buyer who has paid, with the return's parameters.
func (h *harness) sentBack(o models.Order) (to *url.URL, values url.Values) {
	h.t.Helper()
	to, err := h.browse(h.held(o).PaymentURL + "/return").Location()
	if err != nil {
		h.t.Fatal(err)
	}
	return to, to.Query()
}

// returned is a return about the order's present payment that the gateway could have signed.
func (h *harness) returned(o models.Order, change func(*lianlian.Notification)) url.Values {
	h.t.Helper()
	p := o.Payment()
	n := lianlian.Notification{
		MerchantID: merchantID, LLTransactionID: p.LLTransactionID, MerchantTransactionID: p.MerchantTransactionID,
		TransactionCurrency: p.Money.Currency, TransactionAmount: lianlian.Amount(p.Money.Amount), TransactionStatus: lianlian.StatusSuccess,
		PaymentTime: h.clock.Now(),
	}
	if change != nil {
		change(&n)
	}
	values, err := lianlian.SignReturn(lianlian.NewSigner(gatewayKey()), n, h.clock.Now(), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return values
}

func TestReturnIsAHintAndConfirmAsks(t *testing.T) {
	t.Parallel()
	for name, sc := range map[string]simulator.Scenario{"all signed": {}, "fields signed": {ReturnSignsFields: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := New(t)
			sc.LoseNotification = true
			h.sim.SetScenario(sc)
			o := h.order()
			h.pay(o)
			to, values := h.sentBack(o)
			if want := h.url + "/lianlian/return/" + o.Token; !strings.HasPrefix(to.String(), want+"?") {
				t.Errorf("the buyer is sent to %s, want %s", to, want)
			}
			token, err := h.Return(t.Context(), values)
			if err != nil || token != o.Token {
				t.Fatalf("Return = %q, %v; want the order's token", token, err)
			}
			h.wants(o, models.OrderPending)
			if got := h.history(o); got[len(got)-1] != "evidence return hint 1" || h.gateway.queries() != 0 {
				t.Errorf("history = %q after %d queries", got, h.gateway.queries())
			}
			h.clock.Add(time.Second)
			if got, err := h.Confirm(t.Context(), o.Token); err != nil || got.Status != models.OrderPaid {
				t.Errorf("Confirm = %s, %v; want paid by the gateway's own answer", got.Status, err)
			}
			h.paidOnce(o)
		})
	}
}

func TestReturnOverHTTPLeadsToTheOrder(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{LoseNotification: true})
	o := h.order()
	h.pay(o)
	to, _ := h.sentBack(o)
	resp := h.browse(to.String())
	page, err := resp.Location()
	if err != nil || resp.StatusCode != http.StatusSeeOther || page.Path != "/orders/"+o.Token {
		t.Fatalf("the return answers %d to %v, %v; want the order's page", resp.StatusCode, page, err)
	}
	if got := h.history(o); got[len(got)-1] != "evidence return hint 1" {
		t.Errorf("history = %q, want the return noted", got)
	}
}

func TestReturnNeverMovesMoney(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	for _, status := range lianlian.PaymentStatuses() {
		token, err := h.Return(t.Context(), h.returned(o, func(n *lianlian.Notification) { n.TransactionStatus = status }))
		if err != nil || token != o.Token {
			t.Errorf("%s: %q, %v", status, token, err)
		}
		if got := h.wants(o, models.OrderPending); got.Payment().Status != models.StatusWaitingPayment || h.facts(o) != "" || got.Attention != "" {
			t.Errorf("a return with %s made the payment %s, facts %q, attention %q", status, got.Payment().Status, h.facts(o), got.Attention)
		}
	}
	if got, err := h.Confirm(t.Context(), o.Token); err != nil || got.Status != models.OrderPending {
		t.Errorf("Confirm = %s, %v; the gateway says that it waits", got.Status, err)
	}
}

func TestReturnIsFollowedByAQuestion(t *testing.T) {
	t.Parallel()
	h := New(t)
	h.sim.SetScenario(simulator.Scenario{LoseNotification: true})
	o := h.order()
	h.reconcile(15 * time.Minute)
	h.clock.Add(time.Second)
	if _, err := h.Return(t.Context(), h.returned(o, nil)); err != nil {
		t.Fatal(err)
	}
	if got, want := h.due(o), h.clock.Now().Add(5*time.Second); !got.Equal(want) {
		t.Errorf("asked about at %v, want %v: somebody says that it is paid", got, want)
	}
}

func TestReturnThatCannotBeRead(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	h.sim.SetScenario(simulator.Scenario{ForgeReturn: true, LoseNotification: true})
	h.pay(o)
	_, forged := h.sentBack(o)
	good := h.returned(o, nil)
	change := func(f func(url.Values)) url.Values {
		v := url.Values{}
		for k, list := range good {
			v[k] = slices.Clone(list)
		}
		f(v)
		return v
	}
	tests := []struct {
		name string
		in   url.Values
		want error
	}{
		{"forged", forged, models.ErrSignature},
		{"nothing", url.Values{}, models.ErrSignature},
		{"unsigned", change(func(v url.Values) { v.Del("signature") }), models.ErrSignature},
		{"another status", change(func(v url.Values) { v.Set("transaction_status", "WP") }), models.ErrSignature},
		{"another parameter", change(func(v url.Values) { v.Set("x", "1") }), models.ErrSignature},
		{"twice", change(func(v url.Values) { v.Add("transaction_status", "PS") }), models.ErrMalformed},
		{"unknown order", h.returned(o, func(n *lianlian.Notification) { n.MerchantTransactionID = models.NewMerchantTransactionID() }), models.ErrNotFound},
	}
	before := h.history(o)
	for _, tt := range tests {
		if token, err := h.Return(t.Context(), tt.in); !errors.Is(err, tt.want) || token != "" {
			t.Errorf("%s: %q, %v; want %v", tt.name, token, err, tt.want)
		}
	}
	if got := h.wants(o, models.OrderPending); !slices.Equal(h.history(o), before) || got.Attention != "" {
		t.Errorf("history = %q, attention %q; want no trace", h.history(o), got.Attention)
	}
}

// What a buyer brings that is signed and yet about another amount is for an operator; the order isn't poisoned.
func TestReturnOfAnotherAmountIsFlagged(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	_, _ = h.Return(t.Context(), h.returned(o, func(n *lianlian.Notification) { n.TransactionAmount-- }))
	if got := h.wants(o, models.OrderPending); got.Attention == "" {
		t.Error("not flagged")
	}
	h.pay(o)
	h.becomes(o, models.OrderPaid)
}

func TestReturnIsKeptWithoutItsSignature(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	if _, err := h.Return(t.Context(), h.returned(o, nil)); err != nil {
		t.Fatal(err)
	}
	if raw := h.text("SELECT raw FROM events WHERE source = 'return'"); raw == "" || strings.Contains(raw, "signature=") {
		t.Errorf("kept %q; want the message without its signature", raw)
	}
}

func TestConfirmAsksAtMostOnceInTwoSeconds(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	for _, step := range []struct {
		later time.Duration
		want  int64
	}{{0, 1}, {0, 1}, {1999 * time.Millisecond, 1}, {time.Millisecond, 2}, {0, 2}, {time.Hour, 3}} {
		h.clock.Add(step.later)
		if got, err := h.Confirm(t.Context(), o.Token); err != nil || got.ID != o.ID {
			t.Fatalf("Confirm = %d, %v", got.ID, err)
		}
		if asked := h.gateway.queries(); asked != step.want {
			t.Errorf("%v later: asked %d times, want %d", step.later, asked, step.want)
		}
	}
	other := h.order()
	if _, err := h.Confirm(t.Context(), other.Token); err != nil || h.gateway.queries() != 4 {
		t.Errorf("another order: %d questions, %v; want its own", h.gateway.queries(), err)
	}
}

func TestConfirmOfManyPagesAsksOnce(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := h.Confirm(t.Context(), o.Token); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if h.gateway.queries() != 1 {
		t.Errorf("16 pages at once asked %d times", h.gateway.queries())
	}
}

func TestConfirmWhatNeedsNoQuestion(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	h.pay(o)
	h.becomes(o, models.OrderPaid)
	if got, err := h.Confirm(t.Context(), o.Token); err != nil || got.Status != models.OrderPaid || h.gateway.queries() != 0 {
		t.Errorf("a paid order: %s, %v, %d questions", got.Status, err, h.gateway.queries())
	}
	if _, err := h.Confirm(t.Context(), "nothing"); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("an unknown token: %v, want ErrNotFound", err)
	}
}

func TestConfirmShowsTheOrderThoughTheGatewayIsAway(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	h.gateway.shut.Store(true)
	if got, err := h.Confirm(t.Context(), o.Token); err != nil || got.Status != models.OrderPending {
		t.Errorf("Confirm = %s, %v; want the order as it stands", got.Status, err)
	}
}
