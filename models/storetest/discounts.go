package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
)

// half takes half off, for a number of orders.
func half(uses int64) models.Discount {
	return models.Discount{Code: "HALF", Percent: 50, MaxUses: uses}
}

// less is a new order for a cup at half the price.
func (f *Fixture) less(t *testing.T, intent string) models.NewOrder {
	t.Helper()
	n := f.New(t, intent, 1)
	n.Cart = n.Cart.WithDiscount(half(0), 0, f.Clock.T)
	return n
}

func (f *Fixture) uses(t *testing.T, want int64) {
	t.Helper()
	if got, err := f.Store.DiscountUses(f.ctx, "HALF"); err != nil || got != want {
		t.Errorf("DiscountUses = %d, %v; want %d", got, err, want)
	}
}

// discounts: an order holds its use of a code as it holds its pieces.
func discounts(t *testing.T, f *Fixture) {
	f.Seed(t)
	seed := func(d models.Discount) {
		t.Helper()
		if err := f.Store.SeedDiscounts(f.ctx, []models.Discount{d}); err != nil {
			t.Fatal(err)
		}
	}
	f.uses(t, 0)
	seed(half(1))
	one, created, err := f.Store.CreateOrder(f.ctx, f.less(t, "one"))
	if err != nil || !created {
		t.Fatalf("CreateOrder = %v, %v", created, err)
	}
	if got := f.Get(t, one); got.Discount != "HALF" || got.Total.Amount != 8400 || models.Discounted(got.Lines) != 8400 || got.Lines[0].Before.Amount != 16800 {
		t.Errorf("the order was read back as %q, %s, %+v", got.Discount, got.Total, got.Lines)
	}
	if _, created, err := f.Store.CreateOrder(f.ctx, f.less(t, "one")); err != nil || created {
		t.Errorf("the same intent again = %v, %v", created, err)
	}
	f.uses(t, 1)
	before := f.Stock(t)
	if _, _, err := f.Store.CreateOrder(f.ctx, f.less(t, "two")); !errors.Is(err, models.ErrDiscountUsedUp) || errors.Is(err, models.ErrSoldOut) {
		t.Errorf("past the last use: %v, want ErrDiscountUsedUp", err)
	}
	if f.Stock(t) != before {
		t.Error("an order that wasn't made keeps its pieces")
	}

	f.Apply(t, f.Say(one, models.SourceCreate, models.StatusWaitingPayment), models.VerdictApplied)
	f.Clock.T = f.Clock.T.Add(31 * time.Minute)
	if done, err := f.Store.Expire(f.ctx, one.ID); err != nil || !done {
		t.Fatalf("Expire = %v, %v", done, err)
	}
	f.uses(t, 0)
	two, _, err := f.Store.CreateOrder(f.ctx, f.less(t, "two"))
	if err != nil {
		t.Fatalf("the use that was given back: %v", err)
	}
	g := models.GoOn{OrderID: one.ID, Processor: models.AlipayHK, Method: models.WebPay, ExpiresAt: f.Clock.T.Add(time.Hour), QueryAt: f.Clock.T}
	if _, err := f.Store.GoOn(f.ctx, g); !errors.Is(err, models.ErrDiscountUsedUp) {
		t.Errorf("going on when another order has the last use: %v, want ErrDiscountUsedUp", err)
	}
	if got := f.Get(t, one); got.Status != models.OrderExpired {
		t.Errorf("the order that couldn't go on is %s", got.Status)
	}
	f.Apply(t, f.Say(one, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	f.uses(t, 2) // money came after all: counted, past the limit
	f.Apply(t, f.Say(two, models.SourceQuery, models.StatusFailed), models.VerdictApplied)
	f.uses(t, 1)

	seed(half(1)) // a restart
	f.uses(t, 1)
	seed(half(3))
	if _, err := f.Store.GoOn(f.ctx, models.GoOn{OrderID: two.ID, Processor: models.AlipayHK, Method: models.WebPay, ExpiresAt: f.Clock.T.Add(time.Hour)}); err != nil {
		t.Errorf("going on after the limit was raised: %v", err)
	}
	f.uses(t, 2)
}

// lastUse: many buyers at once never take a code's last use twice.
func lastUse(t *testing.T, f *Fixture) {
	f.Seed(t)
	if err := f.Store.SeedDiscounts(f.ctx, []models.Discount{half(2)}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	made, refused := 0, 0
	for i := range 12 {
		n := f.less(t, fmt.Sprint("buyer", i))
		n.Cart = models.NewCart([]models.CartItem{{SKU: "tea-50", Quantity: 1}}, f.catalogue(t), "HKD").WithDiscount(half(0), 0, f.Clock.T)
		wg.Go(func() {
			_, created, err := f.Store.CreateOrder(f.ctx, n)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && created:
				made++
			case errors.Is(err, models.ErrDiscountUsedUp):
				refused++
			default:
				t.Errorf("CreateOrder = %v, %v", created, err)
			}
		})
	}
	wg.Wait()
	if made != 2 || refused != 10 {
		t.Errorf("%d orders made, %d refused; want 2 and 10", made, refused)
	}
	f.uses(t, 2)
}

func (f *Fixture) catalogue(t *testing.T) map[string]models.Product {
	t.Helper()
	all, err := f.Store.Catalogue(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
