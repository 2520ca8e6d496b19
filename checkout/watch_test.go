package checkout_test

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// woken tells whether a change was told, once, and takes it.
func woken(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func TestWatchersAreWokenByEveryChange(t *testing.T) {
	t.Parallel()
	h := New(t)
	o, other := h.order(), h.order()
	ch, stop := h.Watch(o.Token)
	second, stopSecond := h.Watch(o.Token)
	foreign, stopForeign := h.Watch(other.Token)
	defer stop()
	defer stopSecond()
	defer stopForeign()
	if woken(ch) {
		t.Error("woken before anything happened")
	}
	h.sim.SetScenario(lost)
	for _, step := range []struct {
		name   string
		change func()
	}{
		{"a phone opens the short link", func() { _, _ = h.Scanned(t.Context(), o.Code) }},
		{"another wallet", func() { _, _ = h.RetryPayment(t.Context(), o.Token, models.WeChatHK, desktop) }},
		{"more time", func() { _, _ = h.RetryPayment(t.Context(), o.Token, models.WeChatHK, desktop) }},
		{"the buyer's return", func() { _, _ = h.Return(t.Context(), h.returned(h.get(o), nil)) }},
		{"a refusal", func() {
			h.gateway.shut.Store(true)
			_, _ = h.RetryPayment(t.Context(), o.Token, models.AlipayCN, desktop)
			h.gateway.shut.Store(false)
		}},
		{"a page refused to a phone", func() {
			h.gateway.shut.Store(true)
			_, _, _ = h.PaymentURL(t.Context(), o.Token, phone)
			h.gateway.shut.Store(false)
		}},
		{"expiry", func() { h.reconcile(30 * time.Minute) }},
		{"a notification", func() {
			signature, body := h.notice(h.get(o), nil)
			_ = h.Notify(t.Context(), signature, body)
		}},
	} {
		woken(foreign)
		step.change()
		if !woken(ch) || !woken(second) {
			t.Errorf("%s: a watcher wasn't woken", step.name)
		}
		if woken(ch) {
			t.Errorf("%s: told more than once though nobody read", step.name)
		}
		if step.name != "expiry" && woken(foreign) {
			t.Errorf("%s: woke who watches another order", step.name)
		}
	}
	h.paidFacts(o)
}

// paidFacts checks that the order was told to be paid once.
func (h *harness) paidFacts(o models.Order) {
	h.t.Helper()
	h.wants(o, models.OrderPaid)
	if n := strings.Count(h.facts(o), "order.paid"); n != 1 {
		h.t.Errorf("outbox = %q", h.facts(o))
	}
}

func TestStoppedWatcherIsLeftAlone(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	ch, stop := h.Watch(o.Token)
	other, stopOther := h.Watch(o.Token)
	stop()
	stop()
	signature, body := h.notice(o, nil)
	if err := h.Notify(t.Context(), signature, body); err != nil {
		t.Fatal(err)
	}
	if woken(ch) || !woken(other) {
		t.Error("want only the watcher that wasn't stopped woken")
	}
	stopOther()
	if err := h.Notify(t.Context(), signature, body); err != nil || woken(other) {
		t.Errorf("after the last one stopped: %v", err)
	}
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	if err := h.Ready(t.Context()); err != nil {
		t.Errorf("Ready = %v", err)
	}
	for range 2 {
		if err := h.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	}
	if err := h.Ready(t.Context()); err == nil {
		t.Error("ready though closed")
	}
	if _, err := h.Order(t.Context(), o.Token); err == nil {
		t.Error("an order was read from a closed database")
	}
	h.Reconcile(t.Context()) // nothing to do, and no panic
}

func TestOptions(t *testing.T) {
	t.Parallel()
	client := func() *lianlian.Client {
		return &lianlian.Client{MerchantID: merchantID, Signer: lianlian.NewSigner(merchantKey()), Verifier: lianlian.NewVerifier(&gatewayKey().PublicKey)}
	}
	for name, change := range map[string]func(*checkout.Options){
		"Options.Client":   func(o *checkout.Options) { o.Client = nil },
		"with its keys":    func(o *checkout.Options) { o.Client.Signer = nil },
		"Client with":      func(o *checkout.Options) { o.Client.Verifier = nil },
		"Options.BaseURL":  func(o *checkout.Options) { o.BaseURL = nil },
		"absolute":         func(o *checkout.Options) { o.BaseURL = &url.URL{Path: "/shop"} },
		"http or https":    func(o *checkout.Options) { o.BaseURL = &url.URL{Scheme: "ftp", Host: "shop.example"} },
		"Options.Database": func(o *checkout.Options) { o.Database = "" },
		"in memory":        func(o *checkout.Options) { o.Database = ":memory:" },
	} {
		o := checkout.Options{
			Client: client(), BaseURL: &url.URL{Scheme: "https", Host: "shop.example"}, Database: filepath.Join(t.TempDir(), "x.db"),
		}
		change(&o)
		c, err := checkout.New(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
		if c != nil {
			c.Close()
		}
	}
}

func TestCatalogueAndConsole(t *testing.T) {
	t.Parallel()
	h := New(t)
	shelf, err := h.Shelf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if products := shelf.Products; len(products) != 54 || products[0].Slug != "cup" {
		t.Errorf("Shelf = %d; want 54, without the hidden one", len(products))
	}
	if p, err := h.Product(t.Context(), "tea"); err != nil || len(p.Variants) != 2 {
		t.Errorf("Product = %+v, %v", p, err)
	}
	if _, err := h.Product(t.Context(), "old"); err == nil {
		t.Error("a hidden product was found")
	}
	if c := h.Countries(); len(c) != 249 || len(h.States("US")) != 62 || len(h.States("HK")) != 0 {
		t.Errorf("%d countries, %d states; want those of guide 5.3.1 and 5.3.3", len(c), len(h.States("US")))
	}
	o := h.order()
	for _, f := range []models.OrderFilter{{}, {Query: o.Number}, {Query: id(o)}, {Query: "CHAN@example.com"}, {Status: models.OrderPending}} {
		if list, err := h.Orders(t.Context(), f); err != nil || len(list.Orders) != 1 || list.Orders[0].ID != o.ID {
			t.Errorf("Orders(%+v) = %d, %v", f, len(list.Orders), err)
		}
	}
	if list, err := h.Orders(t.Context(), models.OrderFilter{Attention: true}); err != nil || len(list.Orders) != 0 {
		t.Errorf("Orders that need attention = %d, %v", len(list.Orders), err)
	}
}
