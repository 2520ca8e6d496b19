package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

func refundDesk(t *testing.T, shop *fakeShop) (*handlers.Handler, string) {
	t.Helper()
	shop.settle(models.OrderPaid, models.StatusPaid)
	h := newHandler(t, shop, func(o *handlers.Options) { o.AdminUsername, o.AdminPasswordHash, o.Refunds = "root", testHash, true })
	return h, signIn(t, h)
}

// TestDeskRefund: from the order's page over the page that shows what will happen to the refund, without a script.
func TestDeskRefund(t *testing.T) {
	t.Parallel()
	shop := newShop()
	shop.refundStatus = models.RefundPending
	h, session := refundDesk(t, shop)
	page := document(t, get(h, "/admin/orders/7", "Cookie", session))
	if page.Find("[data-testid=refund-form] #amount").AttrOr("value", "") == "" || page.Find("[data-testid=refund-form] #reason[required]").Length() != 1 {
		t.Fatal("the order's page has no form for a refund")
	}
	action := page.Find("[data-testid=refund-form]").AttrOr("action", "")
	for name, tt := range map[string]struct{ amount, reason, field string }{
		"no reason": {"1.00", "", "reason"}, "too much": {"999999.00", "x", "amount"}, "nonsense": {"1,00", "x", "amount"}, "nothing": {"0.00", "x", "amount"}, "long": {"1.00", strings.Repeat("x", 129), "reason"},
	} {
		w := post(h, action, values("amount", tt.amount, "reason", tt.reason), "Cookie", session)
		if doc := document(t, w); w.Code != http.StatusUnprocessableEntity || doc.Find("#"+tt.field+"[aria-invalid]").Length() != 1 || len(shop.wishes) != 0 {
			t.Errorf("%s: %d, refunds asked for: %d", name, w.Code, len(shop.wishes))
		}
	}
	w := post(h, action, values("amount", "50.00", "reason", " One was broken ", "restock", "1"), "Cookie", session)
	wantStatus(t, w, http.StatusOK)
	confirm := document(t, w)
	if len(shop.wishes) != 0 {
		t.Fatal("the page that only shows has refunded")
	}
	fields := []string{}
	confirm.Find("[data-testid=refund-confirm] form input[type=hidden]").Each(func(_ int, s *goquery.Selection) {
		fields = append(fields, s.AttrOr("name", ""), s.AttrOr("value", ""))
	})
	target := confirm.Find("[data-testid=refund-confirm] form").AttrOr("action", "")
	for range 2 { // a double click is the same intent
		wantRedirect(t, post(h, target, values(fields...), "Cookie", session), "/admin/orders/7?notice=refund_pending")
	}
	if len(shop.wishes) != 2 || shop.wishes[0] != shop.wishes[1] {
		t.Fatalf("asked %+v", shop.wishes)
	}
	if r := shop.wishes[0]; r.OrderID != 7 || r.Amount != 5000 || r.Reason != "One was broken" || !r.Restock || r.By != "root" || len(r.Intent) < 20 || r.Again {
		t.Errorf("asked %+v", r)
	}
	if other := document(t, post(h, action, values("amount", "50.00", "reason", "x"), "Cookie", session)); other.Find("input[name=intent]").AttrOr("value", "") == values(fields...).Get("intent") {
		t.Error("two forms have the same intent")
	}
	wantStatus(t, post(h, target, values("amount", "50.00", "reason", "x"), "Cookie", session), http.StatusBadRequest) // not our form
	for _, other := range []string{"4711", "0", "-1", "2x"} {                                                          // another order's payment, or nobody's
		for _, to := range []string{action, target} {
			wantStatus(t, post(h, to, values(append(fields, "payment", other)...), "Cookie", session), http.StatusNotFound)
		}
	}
	if len(shop.wishes) != 2 {
		t.Errorf("asked %+v", shop.wishes[2:])
	}
	wantStatus(t, post(h, "/admin/orders/8888/refunds", values(fields...), "Cookie", session), http.StatusNotFound)
	wantRedirect(t, post(h, target, values(fields...)), "/admin/login")
}

func TestDeskRefundOutcomes(t *testing.T) {
	t.Parallel()
	form := values("intent", "0123456789abcdef0123", "amount", "50.00", "reason", "x")
	for name, tt := range map[string]struct {
		err    error
		status models.RefundStatus
		notice string
	}{
		"done":           {nil, models.RefundSucceeded, "refund_done"},
		"unknown":        {nil, models.RefundCreated, "refund_unknown"},
		"refused":        {&models.DeclinedError{ReturnCode: "X"}, models.RefundFailed, "refund_declined"},
		"not refundable": {models.ErrNotRefundable, "", "not_refundable"},
		"off":            {models.ErrRefundsOff, "", "refunds_off"},
		"no answer":      {models.ErrPending, "", "check_failed"},
	} {
		shop := newShop()
		shop.refundErr, shop.refundStatus = tt.err, tt.status
		h, session := refundDesk(t, shop)
		to := "/admin/orders/7?notice=" + tt.notice
		wantRedirect(t, post(h, "/admin/orders/7/refunds", form, "Cookie", session), to)
		if doc := document(t, get(h, to, "Cookie", session)); doc.Find("[data-testid=notice]").AttrOr("data-notice", "") != tt.notice {
			t.Errorf("%s: the page doesn't say so", name)
		}
	}
	shop := newShop()
	shop.refundErr = models.ErrRefundAlike
	h, session := refundDesk(t, shop)
	w := post(h, "/admin/orders/7/refunds", form, "Cookie", session)
	if doc := document(t, w); w.Code != http.StatusConflict || doc.Find("input[name=again][value='1']").Length() != 1 {
		t.Errorf("the same sum again: %d without a way to mean it", w.Code)
	}
	shop.refundErr = &models.InvalidError{Fields: []models.FieldError{{Field: "amount", Rule: "too_much"}}}
	wantStatus(t, post(h, "/admin/orders/7/refunds", form, "Cookie", session), http.StatusUnprocessableEntity)
	shop.refundErr = models.ErrUnavailable
	wantStatus(t, post(h, "/admin/orders/7/refunds", form, "Cookie", session), http.StatusServiceUnavailable)
}

func TestDeskCloseRefund(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h, session := refundDesk(t, shop)
	wantRedirect(t, post(h, "/admin/orders/7/refunds/3/close", nil, "Cookie", session), "/admin/orders/7?notice=refund_closed")
	shop.closeErr = models.ErrRefundOpen
	wantRedirect(t, post(h, "/admin/orders/7/refunds/3/close", nil, "Cookie", session), "/admin/orders/7?notice=refund_open")
	shop.closeErr = models.ErrPending
	wantRedirect(t, post(h, "/admin/orders/7/refunds/3/close", nil, "Cookie", session), "/admin/orders/7?notice=check_failed")
	wantStatus(t, post(h, "/admin/orders/7/refunds/x/close", nil, "Cookie", session), http.StatusNotFound)
	if len(shop.refundsClosed) != 3 || shop.refundsClosed[0] != 3 {
		t.Errorf("closed %v", shop.refundsClosed)
	}
}

// TestDeskRefundOff: without the setting the page says so and has no form.
func TestDeskRefundOff(t *testing.T) {
	t.Parallel()
	shop := newShop()
	shop.settle(models.OrderPaid, models.StatusPaid)
	h := console(t, shop)
	page := document(t, get(h, "/admin/orders/7", "Cookie", signIn(t, h)))
	if page.Find("[data-testid=refunds-off]").Length() != 1 || page.Find("[data-testid=refund-form]").Length() != 0 {
		t.Error("refunds are off, and the page has a form or doesn't say why not")
	}
}
