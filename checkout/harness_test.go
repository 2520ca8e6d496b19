package checkout_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

const merchantID = "2080898732499253"

// begin is when every test's clock starts.
var begin = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

var (
	desktop = models.Terminal{IP: "203.0.113.7", Mode: "13"}
	phone   = models.Terminal{IP: "2001:db8::7", Mode: "16", AppType: "0", App: "WeChat"}
)

// Two key pairs serve every test: making one takes a while.
var testKeys = sync.OnceValue(func() [2]*rsa.PrivateKey {
	var keys [2]*rsa.PrivateKey
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

func gatewayKey() *rsa.PrivateKey  { return testKeys()[0] }
func merchantKey() *rsa.PrivateKey { return testKeys()[1] }

// clock is moved by hand; the checkout, its client and the simulator share it.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Add(d time.Duration) { c.Set(c.Now().Add(d)) }

func (c *clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = t
}

// lines is a log that many goroutines write.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// door stands in front of a server: it can be shut, and it can look at what passes.
type door struct {
	inside http.Handler
	shut   atomic.Bool
	seen   atomic.Pointer[func(r *http.Request, body []byte)]
	count  sync.Map // of calls of the gateway's API: method → *atomic.Int64
}

func (d *door) watch(f func(r *http.Request, body []byte)) { d.seen.Store(&f) }

// creates and queries are how many requests came to the gateway.
func (d *door) creates() int64 { return d.counter(http.MethodPost).Load() }
func (d *door) queries() int64 { return d.counter(http.MethodGet).Load() }

func (d *door) counter(method string) *atomic.Int64 {
	n, _ := d.count.LoadOrStore(method, new(atomic.Int64))
	return n.(*atomic.Int64)
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if strings.HasPrefix(r.URL.Path, "/v4/") {
		d.counter(r.Method).Add(1)
	}
	if f := d.seen.Load(); f != nil {
		(*f)(r, body)
	}
	if d.shut.Load() {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
		return
	}
	d.inside.ServeHTTP(w, r)
}

// setup is what a test may change before anything starts.
type setup struct {
	Checkout checkout.Options
	Client   lianlian.Client
	Gateway  simulator.Options
	// Fake, if set, answers in the simulator's place.
	Fake http.Handler
}

// harness is a checkout and the simulator, each behind its own server, on one clock, with a look into the database.
type harness struct {
	*checkout.Checkout
	t       testing.TB
	sim     *simulator.Simulator
	clock   *clock
	db      *sql.DB
	log     *lines
	gateway *door // in front of the simulator
	front   *door // in front of the checkout
	url     string
	o       checkout.Options
}

// New starts a checkout, the simulator and a database of their own.
func New(t testing.TB, change ...func(*setup)) *harness {
	t.Helper()
	h := &harness{t: t, clock: &clock{t: begin}, log: &lines{}, gateway: &door{}, front: &door{}}
	gateway, front := httptest.NewUnstartedServer(h.gateway), httptest.NewUnstartedServer(h.front)
	h.url = "http://" + front.Listener.Addr().String()
	base, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	file := storetest.Migrated(t)
	gatewayURL := "http://" + gateway.Listener.Addr().String()
	log := slog.New(slog.NewJSONHandler(h.log, nil))
	s := &setup{
		Checkout: checkout.Options{
			BaseURL: base, Database: file, Products: shelf(), ShopName: models.Text{"en": "Tea House", "zh-Hant": "茶居"},
			Log: log, Now: h.clock.Now,
		},
		Client: lianlian.Client{
			BaseURL: gatewayURL, MerchantID: merchantID, Signer: lianlian.NewSigner(merchantKey()),
			Verifier: lianlian.NewVerifier(&gatewayKey().PublicKey), Now: h.clock.Now, Timeout: 30 * time.Second,
		},
		Gateway: simulator.Options{
			MerchantID: merchantID, MerchantKey: &merchantKey().PublicKey, Key: gatewayKey(), BaseURL: gatewayURL,
			NotifyInterval: 5 * time.Millisecond, PaymentTTL: 10_000 * time.Hour, Now: h.clock.Now,
		},
	}
	for _, f := range change {
		f(s)
	}
	s.Checkout.Client = &s.Client
	h.o = s.Checkout
	if h.sim, err = simulator.New(s.Gateway); err != nil {
		t.Fatal(err)
	}
	h.gateway.inside = h.sim
	if s.Fake != nil {
		h.gateway.inside = s.Fake
	}
	if h.Checkout, err = checkout.New(t.Context(), s.Checkout); err != nil {
		t.Fatal(err)
	}
	h.front.inside = h.Handler()
	if h.db, err = sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)"); err != nil {
		t.Fatal(err)
	}
	gateway.Start()
	front.Start()
	t.Cleanup(func() {
		h.sim.Close()
		h.CloseStreams()
		front.Close()
		gateway.Close()
		if err := h.Checkout.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		h.db.Close()
		for _, private := range []string{"Chan Tai Man", "chan@example.com", "91234567", "203.0.113.7"} {
			if strings.Contains(h.log.String(), private) {
				t.Errorf("the log holds personal data (%s)", private)
			}
		}
	})
	return h
}

// another is a second process on the same database.
func (h *harness) another() *checkout.Checkout {
	h.t.Helper()
	o := h.o
	o.Products = nil
	c, err := checkout.New(h.t.Context(), o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	return c
}

func hkd(hundredths int64) models.Money { return models.Money{Amount: hundredths, Currency: "HKD"} }

// shelf has a cup that is counted (5), a teapot of which one is left, tea in two sizes, a tip, a hidden thing, and
// fifty postcards for a long cart.
func shelf() []models.Product {
	five, one := int64(5), int64(1)
	list := []models.Product{
		{Slug: "cup", Name: models.Text{"en": "Cup", "zh-Hant": "杯"}, Category: models.Text{"en": "Tableware"}, Variants: []models.Variant{
			{SKU: "cup", CostPrice: hkd(20000), Price: hkd(16800), Stock: &five},
		}},
		{Slug: "pot", Name: models.Text{"en": "Teapot"}, Variants: []models.Variant{{SKU: "pot", CostPrice: hkd(30000), Price: hkd(30000), Stock: &one}}},
		{Slug: "tea", Name: models.Text{"en": "Tea"}, Category: models.Text{"en": "Tea leaves"}, Variants: []models.Variant{
			{SKU: "tea-50", Name: models.Text{"en": "50 g"}, CostPrice: hkd(8800), Price: hkd(8800)},
			{SKU: "tea-100", Name: models.Text{"en": "100 g"}, CostPrice: hkd(16000), Price: hkd(15000)},
		}},
		{Slug: "tip", Name: models.Text{"en": "Tip"}, FreeAmount: true, Variants: []models.Variant{{SKU: "tip", CostPrice: hkd(1000), Price: hkd(1000)}}},
		{Slug: "old", Name: models.Text{"en": "Old"}, Hidden: true, Variants: []models.Variant{{SKU: "old", CostPrice: hkd(100), Price: hkd(100)}}},
	}
	for i := range 50 {
		sku := fmt.Sprintf("card-%02d", i)
		list = append(list, models.Product{Slug: sku, Name: models.Text{"en": fmt.Sprintf("Postcard of Victoria Harbour, number %d", i)},
			Category: models.Text{"en": "Stationery"}, Variants: []models.Variant{{SKU: sku, CostPrice: hkd(int64(600 + i)), Price: hkd(int64(500 + i))}}})
	}
	return list
}

// request is a filled-in form for one cup on a computer.
func request(intent string) handlers.StartRequest {
	return handlers.StartRequest{
		Items: []models.CartItem{{SKU: "cup", Quantity: 1}}, Intent: intent, Processor: models.AlipayHK, Terminal: desktop, Language: "en",
		Customer: models.Customer{FullName: "Chan Tai Man", Email: "chan@example.com", Phone: "+852-91234567", City: "Kowloon", Country: "HK"},
	}
}

// order starts an order that waits at the gateway.
func (h *harness) order(change ...func(*handlers.StartRequest)) models.Order {
	h.t.Helper()
	req := request(models.NewToken(22))
	for _, f := range change {
		f(&req)
	}
	o, err := h.StartPayment(h.t.Context(), req)
	if err != nil || o.Status != models.OrderPending {
		h.t.Fatalf("StartPayment = %s, %v", o.Status, err)
	}
	return o
}

func id(o models.Order) string { return o.Payment().MerchantTransactionID }

// get reads an order again.
func (h *harness) get(o models.Order) models.Order {
	h.t.Helper()
	got, err := h.OrderByID(context.WithoutCancel(h.t.Context()), o.ID)
	if err != nil {
		h.t.Fatalf("OrderByID: %v", err)
	}
	return got
}

// pay does what the buyer's button at the gateway does.
func (h *harness) pay(o models.Order) {
	h.t.Helper()
	if err := h.sim.Pay(id(o)); err != nil {
		h.t.Fatal(err)
	}
}

// held is what the gateway holds of the order's present payment.
func (h *harness) held(o models.Order) simulator.Payment {
	h.t.Helper()
	p, ok := h.sim.Payment(id(o))
	if !ok {
		h.t.Fatalf("the gateway holds no payment %s", id(o))
	}
	return p
}

// until waits on a condition; the limit only ends a test that has failed.
func (h *harness) until(what string, cond func() bool) {
	h.t.Helper()
	limit := time.NewTimer(60 * time.Second)
	defer limit.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !cond() {
		select {
		case <-tick.C:
		case <-limit.C:
			h.t.Fatalf("never happened: %s", what)
		}
	}
}

// becomes waits for the order's status.
func (h *harness) becomes(o models.Order, want models.OrderStatus) models.Order {
	h.t.Helper()
	h.until("order becomes "+string(want), func() bool { return h.get(o).Status == want })
	return h.get(o)
}

// wants compares the order's status now.
func (h *harness) wants(o models.Order, want models.OrderStatus) models.Order {
	h.t.Helper()
	got := h.get(o)
	if got.Status != want {
		h.t.Fatalf("order is %s (payment %s, attention %q), want %s", got.Status, got.Payment().Status, got.Attention, want)
	}
	return got
}

// paidOnce checks what holds of every order that was paid: one order.paid, no attention, its pieces sold once.
func (h *harness) paidOnce(o models.Order) models.Order {
	h.t.Helper()
	got := h.wants(o, models.OrderPaid)
	if facts := h.facts(o); facts != "order.paid" {
		h.t.Errorf("outbox = %q, want one order.paid", facts)
	}
	if got.Attention != "" || got.PaidAt.IsZero() || len(got.Payments) != 1 {
		h.t.Errorf("paid order: attention %q, paid at %v, %d payments", got.Attention, got.PaidAt, len(got.Payments))
	}
	return got
}

// reconcile lets so much time pass and asks about what is due.
func (h *harness) reconcile(d time.Duration) {
	h.t.Helper()
	h.clock.Add(d)
	h.Reconcile(h.t.Context())
}

// text reads one value, whatever its type, with a statement of the test's own.
func (h *harness) text(query string, args ...any) string {
	h.t.Helper()
	var s sql.NullString
	if err := h.db.QueryRow(query, args...).Scan(&s); err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	return s.String
}

// facts are the types of the order's outbox rows, oldest first.
func (h *harness) facts(o models.Order) string {
	return h.text("SELECT group_concat(type, ' ') FROM (SELECT type FROM outbox WHERE order_id = ? ORDER BY id)", o.ID)
}

// history is the order's history as "kind source verdict times" of each entry.
func (h *harness) history(o models.Order) []string {
	h.t.Helper()
	events, err := h.History(h.t.Context(), o.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	var list []string
	for _, e := range events {
		list = append(list, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %d", e.Kind, e.Source, e.Verdict, e.Times)), " "))
	}
	return list
}

func (h *harness) stock(sku string) string {
	return h.text("SELECT stock FROM variants WHERE sku = ?", sku)
}

// due is when the gateway will be asked about the order's present payment; zero means never.
func (h *harness) due(o models.Order) time.Time { return h.get(o).Payment().NextQueryAt }

// notice is a notification that the gateway could send about the order's present payment, signed.
func (h *harness) notice(o models.Order, change func(*lianlian.Notification)) (signature string, body []byte) {
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
	signature, body, err := lianlian.SignNotification(lianlian.NewSigner(gatewayKey()), n)
	if err != nil {
		h.t.Fatal(err)
	}
	return signature, body
}
