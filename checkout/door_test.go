package checkout_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"

	"lianlian-checkout/checkout"
	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

type memberKey struct{}

// ownShop is a host's shop: members pay half, and things can be changed while carts are open.
type ownShop struct {
	price atomic.Int64
	stock atomic.Pointer[int64]
	fails atomic.Pointer[func() error]
	asked atomic.Pointer[[]string]
}

func (s *ownShop) Shelf(ctx context.Context) ([]checkout.Product, error) {
	return s.Products(ctx, []string{"cup", "bowl"})
}

func (s *ownShop) Products(ctx context.Context, skus []string) ([]checkout.Product, error) {
	s.asked.Store(&skus)
	if f := s.fails.Load(); f != nil {
		return nil, (*f)()
	}
	price := s.price.Load()
	if ctx.Value(memberKey{}) != nil {
		price /= 2
	}
	return []checkout.Product{
		{Slug: "cup", Name: models.Text{"en": "Their cup"}, Variants: []checkout.Variant{{SKU: "cup", Price: hkd(price), Stock: s.stock.Load()}}},
		{Slug: "secret", Hidden: true, Variants: []checkout.Variant{{SKU: "secret", Price: hkd(100)}}},
		{Slug: "nothing", Name: models.Text{"en": "Nothing to buy"}},
		{Slug: "euro", Variants: []checkout.Variant{{SKU: "euro", Price: models.Money{Amount: 100, Currency: "EUR"}}}},
	}, nil
}

func withCatalogue(s *ownShop) func(*setup) {
	s.price.Store(4000)
	return func(set *setup) { set.Checkout.Products, set.Checkout.Catalogue = nil, s }
}

// TestCatalogue is about prices at the time of buying, from the host's own shop.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	theirs := &ownShop{}
	h := New(t, withCatalogue(theirs))
	items := []models.CartItem{{SKU: "cup", Quantity: 2}, {SKU: "secret", Quantity: 1}, {SKU: "gone", Quantity: 1}, {SKU: "euro", Quantity: 1}}
	cart, err := h.PriceCart(t.Context(), items, "")
	if err != nil || cart.Total != hkd(8000) {
		t.Fatalf("PriceCart = %v, %v; want 80.00", cart.Total, err)
	}
	if p := cart.Problems; len(p) != 3 || p["secret"] != models.ProblemUnknown || p["gone"] != models.ProblemUnknown || p["euro"] != models.ProblemCurrency {
		t.Errorf("problems = %v", p)
	}
	if asked := *theirs.asked.Load(); len(asked) != 4 {
		t.Errorf("asked for %v, want the cart's four SKUs", asked)
	}
	shelf, err := h.Shelf(t.Context())
	if err != nil || len(shelf.Products) != 2 {
		t.Errorf("the shelf has %d products, %v; want what can be bought", len(shelf.Products), err)
	}

	seen := cart.Fingerprint()
	theirs.price.Store(5000)
	order := func(change func(*handlers.StartRequest)) (models.Order, error) {
		req := request(models.NewToken(22))
		change(&req)
		return h.StartPayment(t.Context(), req)
	}
	if _, err := order(func(r *handlers.StartRequest) { r.Items, r.Fingerprint = items[:1], seen }); !errors.Is(err, models.ErrConflict) {
		t.Errorf("a price that rose since the cart was shown: %v, want ErrConflict", err)
	}
	o := h.order()
	if o.Total != hkd(5000) || o.Lines[0].Name.In("en") != "Their cup" {
		t.Errorf("order of %v for %v", o.Lines[0].Name, o.Total)
	}
	h.pay(o)
	h.becomes(o, models.OrderPaid)

	one := int64(1)
	theirs.stock.Store(&one)
	if _, err := order(func(r *handlers.StartRequest) { r.Items[0].Quantity = 2 }); !errors.Is(err, models.ErrSoldOut) {
		t.Errorf("two of one left: %v, want ErrSoldOut", err)
	}
	h.order() // the last one, which nobody holds here
	h.order()
}

// TestCatalogueForgetsOwnStock: what the shop's own shelf counted before doesn't count any more.
func TestCatalogueForgetsOwnStock(t *testing.T) {
	t.Parallel()
	h := New(t) // sells 5 cups of its own
	o := h.o
	theirs := &ownShop{}
	theirs.price.Store(4000)
	o.Products, o.Catalogue = nil, theirs
	if err := h.Checkout.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := checkout.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	req := request(models.NewToken(22))
	req.Items[0].Quantity = 6
	if got, err := c.StartPayment(t.Context(), req); err != nil || got.Total != hkd(24000) {
		t.Errorf("six cups of the host's: %v, %v", got.Total, err)
	}
}

// TestCatalogueTrouble: an error is 503, a panic 500, and neither ends the program. What the host put into the request's context reaches it.
func TestCatalogueTrouble(t *testing.T) {
	t.Parallel()
	theirs := &ownShop{}
	h := New(t, withCatalogue(theirs))
	h.front.inside = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Member") != "" {
			r = r.WithContext(context.WithValue(r.Context(), memberKey{}, true))
		}
		h.Handler().ServeHTTP(w, r)
	})
	get := func(path, member string) (int, string) {
		t.Helper()
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+path, nil)
		req.Header.Set("X-Member", member)
		req.Header.Set("Cookie", "cart=cup:1")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(body)
	}
	for _, path := range []string{"/", "/products/cup", "/cart", "/checkout"} {
		for name, tt := range map[string]struct {
			fails  func() error
			member string
			status int
			says   string
		}{
			"well":   {nil, "", 200, "40.00"},
			"member": {nil, "yes", 200, "20.00"},
			"error":  {func() error { return errors.New("their database is down: secret") }, "", 503, "problem-page"},
			"panic":  {func() error { panic("their fault: secret") }, "", 500, "problem-page"},
		} {
			theirs.fails.Store(nil)
			if tt.fails != nil {
				theirs.fails.Store(&tt.fails)
			}
			status, body := get(path, tt.member)
			if status != tt.status || !strings.Contains(body, tt.says) || strings.Contains(body, "secret") {
				t.Errorf("%s, %s: %d, want %d and %q\n%.300s", path, name, status, tt.status, tt.says, body)
			}
		}
	}
}

// TestHostsPanicsInTheBackground: the host's transport, trace and mailer run in goroutines of ours.
func TestHostsPanicsInTheBackground(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	h := New(t, func(s *setup) {
		s.Checkout.Mailer = panics{}
		s.Client.HTTPClient = &http.Client{Transport: trip(func(r *http.Request) (*http.Response, error) {
			if broken.Load() {
				panic("their transport")
			}
			return http.DefaultTransport.RoundTrip(r)
		})}
		s.Client.Trace = func(lianlian.Exchange) { panic("their trace") }
	})
	o := h.order()
	broken.Store(true)
	h.reconcile(time.Minute)
	if _, err := h.Confirm(t.Context(), o.Token); err != nil {
		t.Errorf("Confirm: %v", err)
	}
	broken.Store(false)
	h.pay(o)
	h.becomes(o, models.OrderPaid)
	h.SendDue(t.Context())
	for _, what := range []string{"their transport", "their trace", "their mailer"} {
		if !strings.Contains(h.log.String(), what) {
			t.Errorf("the log doesn't tell of %s", what)
		}
	}
}

type trip func(*http.Request) (*http.Response, error)

func (t trip) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

type panics struct{}

func (panics) Send(context.Context, checkout.Email) error { panic("their mailer") }

// TestRunEnds with its context, and with Close, which may be called twice and before Run.
func TestRunEnds(t *testing.T) {
	t.Parallel()
	h := New(t, func(s *setup) { s.Checkout.ReconcileInterval = time.Hour })
	run := func(ctx context.Context) chan struct{} {
		ended := make(chan struct{})
		go func() { h.Run(ctx); close(ended) }()
		return ended
	}
	ends := func(what string, ended chan struct{}) {
		t.Helper()
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Fatalf("Run goes on after %s", what)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	first, second := run(ctx), run(t.Context())
	cancel()
	ends("its context", first)
	select {
	case <-second:
		t.Error("another Run ended too")
	default:
	}
	for range 2 {
		if err := h.Checkout.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	ends("Close", second)
	ends("having begun after Close", run(t.Context()))
}

// TestGivenDatabase buys in a database of the host's, which stays open.
func TestGivenDatabase(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(t *testing.T) gorm.Dialector{
		"sqlite": func(t *testing.T) gorm.Dialector {
			return sqlite.Dialector{DriverName: "sqlite", DSN: "file:" + filepath.Join(t.TempDir(), "host.db") +
				"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate"}
		},
		"postgres": func(t *testing.T) gorm.Dialector { return postgres.Open(storetest.Postgres(t)(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := gorm.Open(open(t))
			if err != nil {
				t.Fatal(err)
			}
			pool, _ := db.DB()
			defer pool.Close()
			h := New(t, func(s *setup) { s.Checkout.Database, s.Checkout.DB = "", db })
			o := h.order()
			h.pay(o)
			h.becomes(o, models.OrderPaid)
			if err := h.Checkout.Close(); err != nil {
				t.Error(err)
			}
			var status string
			if err := pool.QueryRow("SELECT status FROM checkout_orders").Scan(&status); err != nil || status != "paid" {
				t.Errorf("in the host's database: %q, %v", status, err)
			}
			if n := pool.Stats().InUse; n > 0 {
				t.Errorf("%d connections are still in use", n)
			}
		})
	}
}

// TestOptionsRefused: every fault says which option.
func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	good := New(t).o
	slow, err := gorm.Open(sqlite.Dialector{DriverName: "sqlite", DSN: "file:" + filepath.Join(t.TempDir(), "x.db")})
	if err != nil {
		t.Fatal(err)
	}
	pool, _ := slow.DB()
	defer pool.Close()
	for says, change := range map[string]func(*checkout.Options){
		"Options.Client":                     func(o *checkout.Options) { o.Client = nil },
		"Options.BaseURL":                    func(o *checkout.Options) { o.BaseURL = nil },
		"one of Options.Database and":        func(o *checkout.Options) { o.DB = slow },
		"one of Options.Database and Option": func(o *checkout.Options) { o.Database = "" },
		"Options.Products and":               func(o *checkout.Options) { o.Catalogue = &ownShop{} },
		"PRAGMA journal_mode":                func(o *checkout.Options) { o.Database, o.DB = "", slow },
	} {
		o := good
		change(&o)
		c, err := checkout.New(t.Context(), o)
		if err == nil {
			c.Close()
			t.Errorf("accepted, want an error about %s", says)
		} else if !strings.Contains(err.Error(), says) || !strings.HasPrefix(err.Error(), "checkout: ") {
			t.Errorf("error %q, want %q in it", err, says)
		}
	}
	if err := checkout.Migrate(t.Context(), checkout.Options{}); err == nil {
		t.Error("Migrate without a database")
	}
}

// TestImageOrigins: pictures of a catalogue may come from where the options say.
func TestImageOrigins(t *testing.T) {
	t.Parallel()
	theirs := &ownShop{}
	h := New(t, withCatalogue(theirs), func(s *setup) { s.Checkout.ImageOrigins = []string{"https://images.example"} })
	rec := httptest.NewRecorder()
	h.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	if p := rec.Header().Get("Content-Security-Policy"); !strings.Contains(p, "img-src 'self' data: https://images.example;") {
		t.Errorf("policy = %s", p)
	}
}
