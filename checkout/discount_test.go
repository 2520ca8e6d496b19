package checkout_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

func discounted(t *testing.T, discounts ...models.Discount) *harness {
	t.Helper()
	return New(t, func(s *setup) { s.Checkout.Discounts = discounts })
}

// with is the request as the form sends it: with the code and the cart as they were shown.
func (h *harness) with(req handlers.StartRequest, code string) handlers.StartRequest {
	h.t.Helper()
	cart, err := h.PriceCart(h.t.Context(), req.Items, code)
	if err != nil {
		h.t.Fatal(err)
	}
	req.Discount, req.Fingerprint = cart.DiscountCode(), cart.Fingerprint()
	return req
}

// TestDiscountAtGateway reads what goes to the gateway: list price, price after discount, and sums that are exact.
func TestDiscountAtGateway(t *testing.T) {
	t.Parallel()
	h := discounted(t, models.Discount{Code: "OFF-10", Amount: hkd(1000), Products: []string{"cup"}})
	var sent []byte
	h.gateway.watch(func(r *http.Request, body []byte) {
		if r.Method == http.MethodPost {
			sent = body
		}
	})
	req := request("less")
	req.Items = []models.CartItem{{SKU: "cup", Quantity: 3}, {SKU: "tea-50", Quantity: 2}}
	o, err := h.StartPayment(t.Context(), h.with(req, "off-10"))
	if err != nil {
		t.Fatal(err)
	}
	if o.Discount != "OFF-10" || o.Total != hkd(3*16800+2*8800-1000) || models.Discounted(o.Lines) != 1000 {
		t.Errorf("order: %q, %s, %+v", o.Discount, o.Total, o.Lines)
	}
	var message map[string]json.RawMessage
	if err := json.Unmarshal(sent, &message); err != nil {
		t.Fatal(err)
	}
	if _, nested := message["products"]; !nested {
		t.Fatalf("no products in %s", sent)
	}
	text := string(message["products"])
	if strings.HasPrefix(text, `"`) {
		_ = json.Unmarshal(message["products"], &text)
	}
	var products []struct {
		ID       string          `json:"product_id"`
		Cost     lianlian.Amount `json:"cost_price"`
		Price    lianlian.Amount `json:"price"`
		Quantity json.Number     `json:"quantity"`
	}
	if err := json.Unmarshal([]byte(text), &products); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	var sum int64
	got := ""
	for _, p := range products {
		n, err := p.Quantity.Int64()
		if err != nil {
			t.Fatal(err)
		}
		sum += int64(p.Price) * n
		got += p.ID + " " + p.Cost.String() + " " + p.Price.String() + " " + p.Quantity.String() + "\n"
	}
	if want := "cup 200.00 164.66 1\ncup 200.00 164.67 2\ntea-50 88.00 88.00 2\n"; got != want {
		t.Errorf("products:\n%swant\n%s", got, want)
	}
	if amount := strings.Trim(string(message["transaction_amount"]), `"`); amount != o.Total.Decimal() || sum != o.Total.Amount {
		t.Errorf("transaction_amount %s, sum of the products %d, total %s", amount, sum, o.Total)
	}
	h.pay(o)
	if o = h.becomes(o, models.OrderPaid); o.Discount != "OFF-10" {
		t.Errorf("the paid order's code is %q", o.Discount)
	}
}

// TestDiscountEndsBeforePay: a code that ends between form and pay is told, and no order is made at another price.
func TestDiscountEndsBeforePay(t *testing.T) {
	t.Parallel()
	h := discounted(t, models.Discount{Code: "TODAY", Percent: 10, Expires: begin.Add(time.Hour)})
	req := h.with(request("late"), "TODAY")
	if req.Discount != "TODAY" {
		t.Fatal("the code doesn't apply")
	}
	h.clock.Add(time.Hour)
	if _, err := h.StartPayment(t.Context(), req); !errors.Is(err, models.ErrConflict) {
		t.Errorf("after the code's end: %v, want ErrConflict", err)
	}
	req.Fingerprint = "" // not from our form
	if _, err := h.StartPayment(t.Context(), req); !errors.Is(err, models.ErrDiscount) {
		t.Errorf("without the form's mark: %v, want ErrDiscount", err)
	}
	req.Discount = "NONE"
	if _, err := h.StartPayment(t.Context(), req); !errors.Is(err, models.ErrDiscount) {
		t.Errorf("an unknown code: %v, want ErrDiscount", err)
	}
	if n := h.text("SELECT count(*) FROM orders"); n != "0" {
		t.Errorf("%s orders, want none", n)
	}
}

// TestLastUseOfCode: two processes, many buyers, one use; a double click is the same order.
func TestLastUseOfCode(t *testing.T) {
	t.Parallel()
	h := discounted(t, models.Discount{Code: "ONCE", Percent: 50, MaxUses: 1})
	shops := []*checkout.Checkout{h.Checkout, h.another()}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var won []handlers.StartRequest
	wishes := make([]handlers.StartRequest, 8) // all of them see the code before anybody has it
	for i := range wishes {
		wishes[i] = request(models.NewToken(22))
		wishes[i].Items = []models.CartItem{{SKU: "tea-50", Quantity: 1}}
		wishes[i] = h.with(wishes[i], "ONCE")
	}
	for i, req := range wishes {
		wg.Go(func() {
			_, err := shops[i%2].StartPayment(t.Context(), req)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won = append(won, req)
			} else if !errors.Is(err, models.ErrDiscountUsedUp) && !errors.Is(err, models.ErrDiscount) {
				t.Errorf("buyer %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if len(won) != 1 {
		t.Fatalf("%d buyers have the one use", len(won))
	}
	if _, err := h.StartPayment(t.Context(), won[0]); err != nil {
		t.Errorf("the same form again: %v, want its order", err)
	}
	if n := h.text("SELECT count(*) FROM orders"); n != "1" {
		t.Errorf("%s orders, want 1", n)
	}
	cart, err := h.PriceCart(t.Context(), won[0].Items, "ONCE")
	if err != nil || cart.Discount.Problem != models.DiscountUsedUp || cart.Total != hkd(8800) {
		t.Errorf("the cart afterwards = %+v, %v", cart.Discount, err)
	}
}

func TestDiscountsMustBeRight(t *testing.T) {
	t.Parallel()
	_, err := checkout.New(t.Context(), checkout.Options{
		Client:  &lianlian.Client{Signer: lianlian.NewSigner(merchantKey()), Verifier: lianlian.NewVerifier(&gatewayKey().PublicKey)},
		BaseURL: New(t).o.BaseURL, Database: t.TempDir() + "/x.db", Discounts: []models.Discount{{Code: "no", Percent: 10}},
	})
	if err == nil || !strings.Contains(err.Error(), "3 to 32") {
		t.Errorf("New with a bad code: %v", err)
	}
}

// TestEveryCurrencyOnTheWire buys in each of the gateway's currencies, with a code that leaves a remainder: the wire has two decimals
// for all, and whole units for JPY and KRW.
func TestEveryCurrencyOnTheWire(t *testing.T) {
	t.Parallel()
	for _, currency := range lianlian.Currencies() {
		t.Run(currency.Code, func(t *testing.T) {
			t.Parallel()
			price := models.Money{Amount: 10000, Currency: currency.Code}
			h := New(t, func(s *setup) {
				s.Checkout.Currency = currency.Code
				s.Checkout.Products = []models.Product{{Slug: "cup", Name: models.Text{"en": "Cup"}, Variants: []models.Variant{{SKU: "cup", CostPrice: price, Price: price}}}}
				s.Checkout.Discounts = []models.Discount{{Code: "THIRD", Percent: 33}}
			})
			var sent string
			h.gateway.watch(func(r *http.Request, body []byte) {
				if r.Method == http.MethodPost {
					sent = string(body)
				}
			})
			req := request("x")
			req.Items = []models.CartItem{{SKU: "cup", Quantity: 7}}
			o, err := h.StartPayment(t.Context(), h.with(req, "THIRD"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(sent, `"transaction_amount":"469.00"`) || !strings.Contains(sent, `"transaction_currency":"`+currency.Code+`"`) {
				t.Errorf("sent %s", sent)
			}
			for _, l := range o.Lines {
				if models.WholeUnits(currency.Code) && l.Price.Amount%100 != 0 {
					t.Errorf("a piece costs %s", l.Price)
				}
			}
			h.pay(o)
			h.becomes(o, models.OrderPaid)
		})
	}
}
