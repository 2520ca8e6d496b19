// Package storetest exercises a models.Store: one suite that every database must pass.
package storetest

import (
	"context"
	"testing"
	"time"

	"lianlian-checkout/models"
)

// Merchant is the merchant id that the suite's orders are made with.
const Merchant = "2080898732499253"

// Clock is a clock that a test moves.
type Clock struct{ T time.Time }

// Now returns the time that the test has set.
func (c *Clock) Now() time.Time { return c.T }

// Start is the time at which every exercise begins.
var Start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// atOnce are the cases in which several work at once.
var atOnce = map[string]func(*testing.T, *Fixture){
	"due":               due,
	"concurrency":       concurrency,
	"senders":           senders,
	"last use":          lastUse,
	"once":              once,
	"tellers":           tellers,
	"people":            people,
	"owners":            owners,
	"payment link rush": payLinkRush,
	"refund rush":       refundRush,
	"refunds due":       refundsDue,
	"one view":          oneView,
	"many hands":        hands,
	"stock changes":     stockChanges,
}

// alone are the cases in which one does.
var alone = map[string]func(*testing.T, *Fixture){
	"catalogue":         catalogue,
	"orders":            orders,
	"evidence":          evidence,
	"transitions":       transitions,
	"mismatches":        mismatches,
	"refund ends":       refundEnds,
	"going on":          goingOn,
	"stock":             stock,
	"expiry":            expiry,
	"hostile keys":      hostileKeys,
	"versions":          versions,
	"emails":            emails,
	"links":             links,
	"finding":           finding,
	"discounts":         discounts,
	"sessions":          sessions,
	"telling":           telling,
	"deliveries":        deliveries,
	"endpoints":         endpoints,
	"pages":             pages,
	"filters":           filters,
	"reckoning":         reckoning,
	"today":             today,
	"taken back":        takenBack,
	"by hand sums":      sumsByHand,
	"pulse":             pulse,
	"erasing":           erasing,
	"pruning":           pruning,
	"desk sessions":     deskSessions,
	"audit":             audit,
	"api keys":          apiKeys,
	"payment links":     payLinks,
	"refunds":           refunds,
	"refund rules":      refundRules,
	"refund mismatch":   refundMismatch,
	"refund fails":      refundFails,
	"refunds elsewhere": refundsElsewhere,
	"restocked":         restocked,
	"by hand":           byHand,
	"hands off":         handsOff,
	"notes":             notes,
	"attention":         attention,
	"lost":              lost,
	"exchanges":         exchanges,
	"desk products":     deskProducts,
	"sorting":           sorting,
	"sold":              sold,
	"imports":           imports,
	"pictures":          keptPictures,
	"branding":          branding,
}

// Exercise runs the whole suite against stores that open makes, each empty and with e-mails turned on.
func Exercise(t *testing.T, open func(t *testing.T, now func() time.Time) *models.Store) {
	t.Helper()
	run := func(cases map[string]func(*testing.T, *Fixture)) {
		for name, test := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				clock := &Clock{Start}
				test(t, &Fixture{Store: open(t, clock.Now), Clock: clock, ctx: t.Context()})
			})
		}
	}
	run(atOnce)
	if !testing.Short() {
		run(alone)
	}
}

// Alone skips, in short mode, a test in which nothing happens at once: the race detector, which runs so, finds nothing in it and makes it
// take ten times as long.
func Alone(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("one thing after the other: not in short mode")
	}
}

// Fixture is a store with its clock, and shorthands.
type Fixture struct {
	Store *models.Store
	Clock *Clock
	ctx   context.Context
}

// NewFixture is a fixture around an open store.
func NewFixture(ctx context.Context, s *models.Store, clock *Clock) *Fixture {
	return &Fixture{Store: s, Clock: clock, ctx: ctx}
}

// Products is a small shelf: one thing that is counted, one that isn't.
func Products() []models.Product {
	five := int64(5)
	return []models.Product{
		{Slug: "cup", Name: models.Text{"en": "Cup", "zh-Hant": "杯"}, Variants: []models.Variant{
			{SKU: "cup", CostPrice: models.Money{Amount: 20000, Currency: "HKD"}, Price: models.Money{Amount: 16800, Currency: "HKD"}, Stock: &five},
		}},
		{Slug: "tea", Name: models.Text{"en": "Tea"}, Variants: []models.Variant{
			{SKU: "tea-50", Name: models.Text{"en": "50 g"}, CostPrice: models.Money{Amount: 8800, Currency: "HKD"}, Price: models.Money{Amount: 8800, Currency: "HKD"}},
			{SKU: "tea-100", Name: models.Text{"en": "100 g"}, CostPrice: models.Money{Amount: 16000, Currency: "HKD"}, Price: models.Money{Amount: 15000, Currency: "HKD"}},
		}},
	}
}

// Seed fills the shelf.
func (f *Fixture) Seed(t *testing.T) {
	t.Helper()
	if err := f.Store.SeedProducts(f.ctx, Products()); err != nil {
		t.Fatalf("SeedProducts: %v", err)
	}
}

// New is a new order for quantity cups.
func (f *Fixture) New(t *testing.T, intent string, quantity int64) models.NewOrder {
	t.Helper()
	catalogue, err := f.Store.Catalogue(f.ctx)
	if err != nil {
		t.Fatalf("Catalogue: %v", err)
	}
	return models.NewOrder{
		Intent: intent, Cart: models.NewCart([]models.CartItem{{SKU: "cup", Quantity: quantity}}, catalogue, "HKD"),
		Customer: models.Customer{FullName: "Chan Tai Man", Email: "Chan@Example.com"}, MerchantID: Merchant,
		Processor: models.AlipayHK, Method: models.WebPay, ExpiresAt: f.Clock.T.Add(30 * time.Minute), QueryAt: f.Clock.T.Add(10 * time.Second),
	}
}

// Order makes an order for one cup that waits at the gateway.
func (f *Fixture) Order(t *testing.T, intent string) models.Order {
	t.Helper()
	f.Seed(t)
	o, created, err := f.Store.CreateOrder(f.ctx, f.New(t, intent, 1))
	if err != nil || !created {
		t.Fatalf("CreateOrder = created %v, %v", created, err)
	}
	f.Apply(t, f.Say(o, models.SourceCreate, models.StatusWaitingPayment), models.VerdictApplied)
	return f.Get(t, o)
}

// Say is evidence about the order's present payment that agrees with it.
func (f *Fixture) Say(o models.Order, source models.Source, status models.Status) models.Evidence {
	p := o.Payment()
	ev := models.Evidence{
		Source: source, MerchantID: Merchant, MerchantTransactionID: p.MerchantTransactionID, LLTransactionID: "2026112300000001",
		Status: status, Money: p.Money, ReceivedAt: f.Clock.T, Raw: []byte(`{"said":"` + string(status) + `"}`),
	}
	if source == models.SourceCreate {
		ev.PaymentURL, ev.Method, ev.Processor = "https://gateway.example/pay/1", p.Method, p.Processor
	}
	if status.Received() {
		ev.PaidAt = f.Clock.T
	}
	return ev
}

// Apply applies evidence and checks the verdict.
func (f *Fixture) Apply(t *testing.T, ev models.Evidence, want models.Verdict) models.Outcome {
	t.Helper()
	out, err := f.Store.ApplyEvidence(f.ctx, ev)
	if err != nil {
		t.Fatalf("ApplyEvidence(%s from %s): %v", ev.Status, ev.Source, err)
	}
	if out.Verdict != want {
		t.Fatalf("ApplyEvidence(%s from %s) = %s (%s), want %s", ev.Status, ev.Source, out.Verdict, out.Reason, want)
	}
	return out
}

// Get reads the order again.
func (f *Fixture) Get(t *testing.T, o models.Order) models.Order {
	t.Helper()
	got, err := f.Store.Order(f.ctx, o.Token)
	if err != nil {
		t.Fatalf("Order: %v", err)
	}
	return got
}

// Stock is how many cups are left.
func (f *Fixture) Stock(t *testing.T) int64 {
	t.Helper()
	p, err := f.Store.Product(f.ctx, "cup")
	if err != nil {
		t.Fatalf("Product: %v", err)
	}
	return *p.Variants[0].Stock
}
