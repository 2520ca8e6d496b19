package checkout_test

import (
	"net/http"
	"sync"
	"testing"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

func TestSameIntentIsTheSameOrder(t *testing.T) {
	t.Parallel()
	h := New(t)
	req := request("twice")
	first, err := h.StartPayment(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	req.Customer.FullName, req.Customer.Email = "Lee Siu Ming", "lee@example.com"
	second, err := h.StartPayment(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if second.ID != first.ID || id(second) != id(first) || len(second.Payments) != 1 || len(h.sim.Payments()) != 1 || h.stock("cup") != "4" {
		t.Errorf("order %d and %d, payment %s and %s, %d at the gateway, %s cups left; want one of each",
			first.ID, second.ID, id(first), id(second), len(h.sim.Payments()), h.stock("cup"))
	}
	if second.Customer.FullName != "Lee Siu Ming" || h.text("SELECT email FROM orders") != "lee@example.com" {
		t.Errorf("customer = %+v, want what was corrected", second.Customer)
	}
}

func TestSameIntentAtOnceIsOnePayment(t *testing.T) {
	t.Parallel()
	h := New(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			o, err := h.StartPayment(t.Context(), request("at once"))
			if err != nil || o.ID == 0 {
				t.Errorf("StartPayment = order %d, %v", o.ID, err)
			}
		})
	}
	wg.Wait()
	got := h.text("SELECT (SELECT count(*) FROM orders) || ' ' || (SELECT count(*) FROM payments)")
	if got != "1 1" || len(h.sim.Payments()) != 1 || h.stock("cup") != "4" {
		t.Errorf("16 times the same intent: %s orders and payments, %d at the gateway, %s cups left; want one", got, len(h.sim.Payments()), h.stock("cup"))
	}
}

// Those who click while the first request is under way wait for its answer, instead of each asking for a page.
func TestClicksAtOnceAreSentTogether(t *testing.T) {
	t.Parallel()
	h := New(t)
	answer := make(chan struct{})
	release := sync.OnceFunc(func() { close(answer) })
	t.Cleanup(release)
	h.gateway.watch(func(*http.Request, []byte) { <-answer })
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if o, err := h.StartPayment(t.Context(), request("together")); err != nil || o.Payment().WebURL == "" {
				t.Errorf("StartPayment = %s, %v; want the page", o.Status, err)
			}
		})
	}
	h.until("all came", func() bool { return h.text("SELECT count(*) FROM events WHERE kind = 'retried'") == "15" })
	release()
	wg.Wait()
	if sent := h.gateway.creates(); sent > 8 { // one, and those who came between
		t.Errorf("16 clicks sent %d requests for payment", sent)
	}
}

func TestAnotherCartOrNoIntentIsAnotherOrder(t *testing.T) {
	t.Parallel()
	h := New(t)
	for _, change := range []func(*handlers.StartRequest){
		func(*handlers.StartRequest) {},
		func(r *handlers.StartRequest) { r.Items[0].Quantity = 2 },
		func(r *handlers.StartRequest) { r.Items[0].SKU = "tea-50" },
		func(r *handlers.StartRequest) { r.Intent = "" },
		func(r *handlers.StartRequest) { r.Intent = "" },
	} {
		req := request("same")
		change(&req)
		if _, err := h.StartPayment(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	if n := h.text("SELECT count(*) FROM orders"); n != "5" || len(h.sim.Payments()) != 5 {
		t.Errorf("%s orders, %d payments; want 5", n, len(h.sim.Payments()))
	}
}

func TestSameIntentAfterPaymentGivesThePaidOrder(t *testing.T) {
	t.Parallel()
	h := New(t)
	o, err := h.StartPayment(t.Context(), request("paid"))
	if err != nil {
		t.Fatal(err)
	}
	h.pay(o)
	h.becomes(o, models.OrderPaid)
	requests := h.gateway.creates()
	again, err := h.StartPayment(t.Context(), request("paid"))
	if err != nil || again.ID != o.ID || again.Status != models.OrderPaid || h.gateway.creates() != requests {
		t.Errorf("the form once more after payment: order %d %s, %v, %d requests; want the paid order and no request",
			again.ID, again.Status, err, h.gateway.creates()-requests)
	}
}

func TestSameIntentOnTheLastPieceIsTheSameOrder(t *testing.T) {
	t.Parallel()
	h := New(t)
	req := request("the last")
	req.Items = []models.CartItem{{SKU: "pot", Quantity: 1}}
	cart, err := h.PriceCart(t.Context(), req.Items, req.Discount)
	if err != nil {
		t.Fatal(err)
	}
	req.Fingerprint = cart.Fingerprint() // as the form carries it
	first, err := h.StartPayment(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := h.StartPayment(t.Context(), req); err != nil || second.ID != first.ID {
		t.Errorf("a double click on the last piece: order %d, %v; want order %d, which holds it", second.ID, err, first.ID)
	}
}

func TestLastPieceIsSoldOnce(t *testing.T) {
	t.Parallel()
	h := New(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for i := range 8 {
		wg.Go(func() {
			req := request("")
			req.Items = []models.CartItem{{SKU: "pot", Quantity: 1}}
			_, err := h.StartPayment(t.Context(), req)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made++
			} else if !isSoldOut(err) {
				t.Errorf("buyer %d: %v, want ErrSoldOut", i, err)
			}
		})
	}
	wg.Wait()
	if made != 1 || h.stock("pot") != "0" || len(h.sim.Payments()) != 1 {
		t.Errorf("the last pot was sold %d times, %s left, %d payments", made, h.stock("pot"), len(h.sim.Payments()))
	}
}
