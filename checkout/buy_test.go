package checkout_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// sent is the newest request for payment as the gateway received it.
func (h *harness) sent(o models.Order) map[string]any {
	h.t.Helper()
	log := h.held(o).Log
	for i := len(log) - 1; i >= 0; i-- {
		if log[i].Method == http.MethodPost && log[i].Kind == "create" {
			var in map[string]any
			if err := json.Unmarshal([]byte(log[i].Request.Body), &in); err != nil {
				h.t.Fatal(err)
			}
			return in
		}
	}
	h.t.Fatal("the gateway received no request for payment")
	return nil
}

func TestRequestForPayment(t *testing.T) {
	t.Parallel()
	browser := phone
	browser.App = ""
	tests := []struct {
		name     string
		terminal models.Terminal
		device   map[string]any
		method   string
	}{
		{"desktop", desktop, map[string]any{"order_ip": "203.0.113.7", "client_mode": "13"}, "web_pay"},
		{"phone", browser, map[string]any{"order_ip": "2001:db8::7", "client_mode": "16", "client_app_type": "0"}, "wap_pay"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := New(t, func(s *setup) { s.Checkout.Country = "SG" })
			o := h.order(func(r *handlers.StartRequest) {
				r.Terminal, r.Processor, r.Language = tt.terminal, models.WeChatHK, "zh-Hant"
				r.Items = []models.CartItem{{SKU: "cup", Quantity: 2, Amount: 1}, {SKU: "tea-100", Quantity: 3, Amount: 1}, {SKU: "tip", Quantity: 1, Amount: 2550}}
			})
			want := map[string]any{
				"payment_processor": "wechathk", "payment_method": tt.method, "merchant_transaction_id": id(o), "merchant_id": merchantID,
				"customer": map[string]any{"full_name": "Chan Tai Man", "email": "chan@example.com", "phone": "+852-91234567", "city": "Kowloon", "country": "HK"},
				"products": []any{
					map[string]any{"product_id": "cup", "name": "杯", "cost_price": "200.00", "price": "168.00", "quantity": 2.0, "category": "Tableware", "sku": "cup", "url": h.url + "/products/cup"},
					map[string]any{"product_id": "tea-100", "name": "Tea, 100 g", "cost_price": "160.00", "price": "150.00", "quantity": 3.0, "category": "Tea leaves", "sku": "tea-100", "url": h.url + "/products/tea"},
					map[string]any{"product_id": "tip", "name": "Tip", "cost_price": "25.50", "price": "25.50", "quantity": 1.0, "sku": "tip", "url": h.url + "/products/tip"},
				},
				"order_description": "茶居 " + o.Number, "transaction_amount": "811.50", "transaction_currency": "HKD",
				"transaction_time": fmt.Sprint(begin.UnixMilli()), "user_terminal_data": tt.device,
				"notification_url": h.url + "/lianlian/notify", "redirect_url": h.url + "/lianlian/return/" + o.Token, "country": "SG",
			}
			got := h.sent(o)
			if n, ok := got["transaction_time"].(float64); ok { // a number or a string of digits, as guide 2.1.1 allows
				got["transaction_time"] = fmt.Sprintf("%.0f", n)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the gateway received (-want +got):\n%s", diff)
			}
			p := o.Payment()
			if o.Total != hkd(81150) || p.Money != o.Total || p.Status != models.StatusWaitingPayment || p.LLTransactionID != h.held(o).LLTransactionID {
				t.Errorf("order = %s, payment %+v", o.Total, p)
			}
			if p.URL(models.Method(tt.method)) != h.held(o).PaymentURL || (p.WebURL != "") == (p.WapURL != "") {
				t.Errorf("web %q, wap %q; want the page for %s alone", p.WebURL, p.WapURL, tt.method)
			}
			if !o.ExpiresAt.Equal(begin.Add(30*60e9)) || h.stock("cup") != "3" {
				t.Errorf("ends %v, %s cups left", o.ExpiresAt, h.stock("cup"))
			}
		})
	}
}

func TestOrderIsDurableBeforeTheNetwork(t *testing.T) {
	t.Parallel()
	h := New(t)
	rows := make(chan string, 1)
	h.gateway.watch(func(r *http.Request, body []byte) {
		var in struct {
			ID string `json:"merchant_transaction_id"`
		}
		_ = json.Unmarshal(body, &in)
		rows <- h.text(`SELECT count(*) || ' ' || max(p.status) || ' ' || max(o.status) || ' ' || max(o.held) FROM payments p JOIN orders o ON o.id = p.order_id
			WHERE p.merchant_transaction_id = ?`, in.ID) + ", " + h.stock("cup") + " left"
	})
	h.order()
	if got := <-rows; got != "1 IN open 1, 4 left" {
		t.Errorf("when the gateway was called, the database held %q; want the order and its payment in IN", got)
	}
}

func TestOrderStandsWhenTheBuyerLeaves(t *testing.T) {
	t.Parallel()
	h := New(t)
	ctx, leave := newContext(t)
	h.gateway.watch(func(*http.Request, []byte) { leave() })
	o, err := h.StartPayment(ctx, request("left"))
	if err != nil || h.get(o).Status != models.OrderPending {
		t.Errorf("the buyer left while the gateway was asked: %v, order %s; want it pending", err, h.get(o).Status)
	}
}

func TestLongCartIsFitted(t *testing.T) {
	t.Parallel()
	h := New(t)
	var total int64
	o := h.order(func(r *handlers.StartRequest) {
		r.Items = nil
		for i := range 50 {
			r.Items = append(r.Items, models.CartItem{SKU: fmt.Sprintf("card-%02d", i), Quantity: 2})
			total += int64(500+i) * 2
		}
	})
	in := h.sent(o)
	products := in["products"].([]any)
	var sum lianlian.Amount
	for _, p := range products {
		p := p.(map[string]any)
		price, err := lianlian.ParseAmount(p["price"].(string))
		if err != nil {
			t.Fatal(err)
		}
		sum += price * lianlian.Amount(p["quantity"].(float64))
	}
	text, _ := json.Marshal(products)
	if len(text) > 2048 || int64(sum) != total || in["transaction_amount"] != lianlian.Amount(total).String() {
		t.Errorf("products are %d characters for %s of %s, at most 2048 for all of it", len(text), sum, in["transaction_amount"])
	}
	if len(h.get(o).Lines) != 50 {
		t.Errorf("the order has %d lines, want all 50", len(o.Lines))
	}
}

func TestWhatCannotBeOrdered(t *testing.T) {
	t.Parallel()
	h := New(t)
	cups := func(n int64) func(*handlers.StartRequest) {
		return func(r *handlers.StartRequest) { r.Items = []models.CartItem{{SKU: "cup", Quantity: n}} }
	}
	item := func(sku string, amount int64) func(*handlers.StartRequest) {
		return func(r *handlers.StartRequest) { r.Items = []models.CartItem{{SKU: sku, Quantity: 1, Amount: amount}} }
	}
	tests := []struct {
		name   string
		change func(*handlers.StartRequest)
		field  string // of the *InvalidError
		want   error
	}{
		{"empty cart", func(r *handlers.StartRequest) { r.Items = nil }, "items", nil},
		{"unknown sku", item("nothing", 0), "items", nil},
		{"hidden product", item("old", 0), "items", nil},
		{"no pieces", cups(0), "items", nil},
		{"fewer than no pieces", cups(-1), "items", nil},
		{"too many at once", func(r *handlers.StartRequest) { r.Items = []models.CartItem{{SKU: "tea-50", Quantity: 10000}} }, "items", nil},
		{"tip without an amount", item("tip", 0), "items", nil},
		{"tip below the least", item("tip", 999), "items", nil},
		{"more than there are", cups(6), "", models.ErrSoldOut},
		{"unknown wallet", func(r *handlers.StartRequest) { r.Processor = "paypal" }, "payment_processor", nil},
		{"no wallet", func(r *handlers.StartRequest) { r.Processor = "" }, "payment_processor", nil},
		{"phone of the wrong form", func(r *handlers.StartRequest) { r.Customer.Phone = "91234567" }, "phone", nil},
		{"e-mail of the wrong form", func(r *handlers.StartRequest) { r.Customer.Email = "nobody" }, "email", nil},
		{"name too long", func(r *handlers.StartRequest) { r.Customer.FullName = strings.Repeat("陳", 129) }, "full_name", nil},
		{"unknown country", func(r *handlers.StartRequest) { r.Customer.Country = "XX" }, "country", nil},
		{"unknown state", func(r *handlers.StartRequest) { r.Customer.Country, r.Customer.State = "US", "Kowloon" }, "state", nil},
		{"another price was shown", func(r *handlers.StartRequest) { r.Fingerprint = "AAAAAAAAAAAAAAAA" }, "", models.ErrConflict},
	}
	for _, tt := range tests {
		req := request("intent " + tt.name)
		tt.change(&req)
		o, err := h.StartPayment(t.Context(), req)
		var invalid *models.InvalidError
		switch {
		case tt.want != nil && !errors.Is(err, tt.want):
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		case tt.want == models.ErrConflict && errors.Is(err, models.ErrSoldOut):
			t.Errorf("%s: sold out", tt.name)
		case tt.field != "" && (!errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Field != tt.field):
			t.Errorf("%s: %v, want *InvalidError about %s alone", tt.name, err, tt.field)
		}
		if o.ID != 0 {
			t.Errorf("%s: an order was made", tt.name)
		}
	}
	if n := h.text("SELECT count(*) FROM orders"); n != "0" || h.gateway.creates() != 0 || h.stock("cup") != "5" {
		t.Errorf("%s orders, %d requests for payment, %s cups; want nothing to have happened", n, h.gateway.creates(), h.stock("cup"))
	}
}

// A page words FieldError.Rule, so it must be one of the short codes that models names.
func TestInvalidFieldsHaveShortRules(t *testing.T) {
	t.Parallel()
	h := New(t)
	for want, change := range map[string]func(*models.Customer){
		"format":   func(c *models.Customer) { c.Phone = "91234567" },
		"too_long": func(c *models.Customer) { c.FullName = strings.Repeat("陳", 129) },
		"unknown":  func(c *models.Customer) { c.Country = "XX" },
	} {
		req := request(want)
		change(&req.Customer)
		_, err := h.StartPayment(t.Context(), req)
		var invalid *models.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Rule != want {
			t.Errorf("%v, want rule %q", err, want)
		}
	}
}

func TestPriceShownIsPriceAsked(t *testing.T) {
	t.Parallel()
	h := New(t)
	req := request("priced")
	cart, err := h.PriceCart(t.Context(), req.Items, req.Discount)
	if err != nil {
		t.Fatal(err)
	}
	req.Fingerprint = cart.Fingerprint()
	if o, err := h.StartPayment(t.Context(), req); err != nil || o.Total != cart.Total {
		t.Errorf("the price that was shown: %s, %v; want %s", o.Total, err, cart.Total)
	}
	if _, err := h.db.Exec("UPDATE variants SET price = price + 1 WHERE sku = 'cup'"); err != nil {
		t.Fatal(err)
	}
	req.Intent = "priced later"
	if _, err := h.StartPayment(t.Context(), req); !errors.Is(err, models.ErrConflict) || errors.Is(err, models.ErrSoldOut) {
		t.Errorf("the price changed since: %v, want ErrConflict", err)
	}
}
