package handlers_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// Charge makes the order of chargedOrder once for each intent.
func (s *fakeShop) Charge(_ context.Context, r handlers.ChargeRequest) (models.Order, bool, error) {
	sum := hkd(r.Amount)
	if err := models.CheckCharge(sum, r.Note); err != nil {
		return models.Order{}, false, err
	}
	o := chargedOrder(models.ChargeIntent(r.Intent, sum, r.Note))
	o.Total, o.Reference = sum, r.Note
	s.mu.Lock()
	before, found := s.orders[o.Token]
	s.mu.Unlock()
	if found && before.Intent == o.Intent {
		return before, false, nil
	}
	s.put(o)
	return o, true, nil
}

// chargedOrder waits at the counter for somebody to scan it.
func chargedOrder(intent string) models.Order {
	o := pendingOrder()
	o.ID, o.Token, o.Code, o.Number, o.Intent, o.Session, o.Status = 8, "Ch"+token[2:], "Ch"+code[2:], "CHRG-2345", intent, true, models.OrderOpen
	o.Payments = []models.Payment{{ID: 2, OrderID: 8, Attempt: 1, Status: models.StatusInitialized, Money: o.Total}}
	return o
}

func TestCharge(t *testing.T) {
	t.Parallel()
	shop, now := newShop(), noon
	h := newHandler(t, shop, func(o *handlers.Options) {
		o.AdminUsername, o.AdminPasswordHash, o.Now = "root", testHash, func() time.Time { return now }
	})
	session := signIn(t, h)
	page := document(t, get(h, "/admin/charge", "Cookie", session))
	intent := page.Find("input[name=intent]").AttrOr("value", "")
	if intent == "" || page.Find("#amount").AttrOr("inputmode", "") != "decimal" || page.Find("[data-keys][hidden] [data-key]").Length() != 14 {
		t.Fatal("the keypad lacks something")
	}
	for typed, problem := range map[string]bool{"": true, "x": true, "0": true, "-5": true, "1.234": true, "9999999999999": true, "\xff": true} {
		w := post(h, "/admin/charge", values("intent", intent, "amount", typed), "Cookie", session)
		if got := document(t, w).Find("[data-testid=error-amount]").Length() == 1; got != problem || w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d, problem %t", typed, w.Code, got)
		}
	}
	w := post(h, "/admin/charge", values("intent", intent, "amount", "88", "reference", strings.Repeat("長", 65)), "Cookie", session)
	if w.Code != http.StatusUnprocessableEntity || document(t, w).Find("[data-testid=error-reference]").Length() != 1 {
		t.Errorf("an endless note: %d", w.Code)
	}

	charge := values("intent", intent, "amount", "88", "reference", "table 7")
	for range 2 { // a double tap is one charge
		wantRedirect(t, post(h, "/admin/charge", charge, "Cookie", session), "/admin/charge/8")
	}
	page = document(t, get(h, "/admin/charge/8", "Cookie", session))
	if s := page.Find("[data-testid=charge-status]"); s.AttrOr("data-state", "") != "waiting" || s.AttrOr("data-events", "") != "/orders/"+"Ch"+token[2:]+"/events" || page.Find("[data-testid=qr]").Length() != 1 {
		t.Error("the code isn't shown, or isn't followed")
	}
	if got := page.Find("[data-testid=amount]").Text(); got != "HK$88.00" {
		t.Errorf("asks for %s", got)
	}
	if code := get(h, "/admin/charge/8/qr.svg", "Cookie", session); code.Code != 200 || !strings.Contains(code.Body.String(), "<svg") {
		t.Errorf("the code: %d", code.Code)
	}
	// Whoever goes back to an old keypad must not be shown the last customer's payment.
	now = noon.Add(time.Minute)
	w = post(h, "/admin/charge", charge, "Cookie", session)
	again := document(t, w)
	if w.Code != http.StatusConflict || again.Find("[data-testid=charged-before]").Length() != 1 || again.Find("#amount").AttrOr("value", "") != "88" || again.Find("input[name=intent]").AttrOr("value", "") == intent {
		t.Errorf("an old form sent again: %d", w.Code)
	}

	o := chargedOrder("charge:x")
	for _, tt := range []struct {
		name  string
		set   func(*models.Order)
		state string
		word  string
		live  bool
	}{
		{"scanned", func(o *models.Order) { o.Payments[0].ScannedAt = noon }, "scanned", "Scanned", true},
		{"confirming", func(o *models.Order) { o.Status = models.OrderProcessing }, "confirming", "Checking", true},
		{"paid", func(o *models.Order) {
			o.Status, o.PaidAt, o.Payments[0].Processor = models.OrderPaid, noon, models.AlipayHK
		}, "paid", "Paid", false},
		{"failed", func(o *models.Order) { o.Status = models.OrderFailed }, "ended", "Failed", true},
		{"expired", func(o *models.Order) { o.Status = models.OrderExpired }, "ended", "Expired", false},
		{"cancelled", func(o *models.Order) { o.Status, o.CancelledAt = models.OrderCancelled, noon }, "ended", "Cancelled", false},
	} {
		with := o
		with.Payments = append([]models.Payment{}, o.Payments...)
		tt.set(&with)
		shop.put(with)
		page := document(t, get(h, "/admin/charge/8", "Cookie", session))
		s := page.Find("[data-testid=charge-status]")
		if _, live := s.Attr("data-live"); s.AttrOr("data-state", "") != tt.state || live != tt.live || !strings.HasPrefix(page.Find("h1").Text(), tt.word) {
			t.Errorf("%s: %s, live %t, says %q", tt.name, s.AttrOr("data-state", ""), live, page.Find("h1").Text())
		}
		if got := page.Find("[data-testid=charge-next]").Length() == 1; got == tt.live {
			t.Errorf("%s: next customer %t", tt.name, got)
		}
		if got := page.Find("[data-testid=receipt]").Length() == 1; got != (tt.state == "paid") {
			t.Errorf("%s: receipt %t", tt.name, got)
		}
	}
	shop.put(o)
	wantRedirect(t, post(h, "/admin/charge/8/cancel", values(), "Cookie", session), "/admin/charge")
	for err, to := range map[error]string{models.ErrConflict: "", models.ErrPending: "?notice=uncertain"} { // paid meanwhile, or nobody can tell
		shop.put(o)
		shop.api.cancelErr = err
		wantRedirect(t, post(h, "/admin/charge/8/cancel", values(), "Cookie", session), "/admin/charge/8"+to)
	}
	if document(t, get(h, "/admin/charge/8?notice=uncertain", "Cookie", session)).Find(".notice.negative[role=alert]").Length() != 1 {
		t.Error("the page doesn't say that nobody can tell")
	}
	wantStatus(t, get(h, "/admin/charge/7", "Cookie", session), 404) // no charge
	wantStatus(t, get(h, "/admin/charge/99", "Cookie", session), 404)
	wantRedirect(t, get(h, "/admin/charge/8"), "/admin/login")
	wantRedirect(t, post(h, "/admin/charge", charge), "/admin/login")
}

// The payer at the counter is asked for the wallet and for nothing else, whatever the shop insists on elsewhere.
func TestChargeAsksForNobody(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop, func(o *handlers.Options) {
		o.Require = []string{"full_name", "email", "phone", "country"}
		o.ExtraField = &models.ExtraField{Label: models.Text{"en": "Size"}, Required: true, MaxLength: 10}
	})
	o := chargedOrder("charge:x")
	shop.put(o)
	page := document(t, get(h, "/orders/"+o.Token))
	if page.Find("[data-testid=choose-form]").Length() != 1 || page.Find("#email, #full_name, #phone, #country, #extra").Length() != 0 {
		t.Error("the payer is asked for more than the wallet")
	}
	if w := post(h, "/orders/"+o.Token+"/start", values("payment_processor", "alipayhk")); w.Code != http.StatusSeeOther {
		t.Errorf("the wallet alone doesn't do: %d", w.Code)
	}
	o = chargedOrder("plain") // a session of the API
	shop.put(o)
	if document(t, get(h, "/orders/"+o.Token)).Find("#email, #full_name, #phone, #country, #extra").Length() == 0 {
		t.Error("a session's payer isn't asked")
	}
}
