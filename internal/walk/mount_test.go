package walk_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/walk"
	"lianlian-checkout/lianlian/simulator"
)

// letters is a mail server.
type letters chan checkout.Email

func (l letters) Send(_ context.Context, e checkout.Email) error {
	l <- e
	return nil
}

// host is a program around checkouts: it notes what was asked of it outside of them.
type host struct {
	*httptest.Server
	url     string
	mu      sync.Mutex
	outside []string
	notices int // of the gateway, acknowledged
}

// start serves what mount makes of the routes; everything that no checkout answers is noted.
func start(t *testing.T, mount func(stray http.Handler, h *host) http.Handler) *host {
	t.Helper()
	h := &host{Server: httptest.NewUnstartedServer(nil)}
	stray := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.outside = append(h.outside, r.Method+" "+r.URL.Path)
		http.NotFound(w, r)
	})
	h.url = "http://" + h.Listener.Addr().String()
	routes := mount(stray, h)
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		routes.ServeHTTP(w, r)
		if strings.HasSuffix(r.URL.Path, "/lianlian/notify") {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.notices++
		}
	})
	h.Server.Start()
	t.Cleanup(h.Server.Close)
	return h
}

var password = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash("correct horse", &argon2id.Params{Memory: 1 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		panic(err)
	}
	return hash
})

// shop makes a checkout below the path of the host.
func shop(t *testing.T, h *host, path string, change ...func(*checkout.Options)) *checkout.Checkout {
	t.Helper()
	base, err := url.Parse(h.url + path)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	gateway, client, err := simulator.Demo(folder, base.JoinPath("simulator").String())
	if err != nil {
		t.Fatal(err)
	}
	price := checkout.Money{Amount: 16800, Currency: "HKD"}
	o := checkout.Options{
		Client: client, Simulator: gateway, BaseURL: base, Database: filepath.Join(folder, "checkout.db"), ShopName: checkout.Text{"en": "Pier 4 Books"},
		Products: []checkout.Product{
			{Slug: "harbour", Name: checkout.Text{"en": "The Harbour"}, Category: checkout.Text{"en": "Books"}, Variants: []checkout.Variant{{SKU: "harbour", Price: price}}},
			{Slug: "tip", Name: checkout.Text{"en": "Tip"}, Category: checkout.Text{"en": "Other"}, FreeAmount: true, Variants: []checkout.Variant{{SKU: "tip", Price: price}}},
		},
		Discounts: []checkout.Discount{{Code: "TEN", Percent: 10}},
		Log:       slog.New(slog.DiscardHandler), SupportEmail: "help@shop.example", AdminUsername: "owner", AdminPasswordHash: password(),
	}
	for _, f := range change {
		f(&o)
	}
	c, err := checkout.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { c.Run(running); close(ended) }()
	t.Cleanup(func() {
		gateway.Close()
		stop()
		<-ended
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

// TestBasePath buys below /pay, signs in to the console, and then looks at every page that is linked from what it saw. Nothing may lead
// out of /pay: neither address, form, cookie, redirect, script, e-mail, nor what the gateway was told.
func TestBasePath(t *testing.T) {
	t.Parallel()
	for name, mount := range map[string]func(pay, stray http.Handler) http.Handler{
		"net/http": func(pay, stray http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/pay/", pay)
			mux.Handle("/", stray)
			return mux
		},
		"gin": func(pay, stray http.Handler) http.Handler {
			router := gin.New()
			router.Any("/pay/*path", gin.WrapH(pay))
			router.NoRoute(gin.WrapH(stray))
			return router
		},
		"chi": func(pay, stray http.Handler) http.Handler {
			router := chi.NewRouter()
			router.Mount("/pay", pay)
			router.NotFound(stray.ServeHTTP)
			return router
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			post := make(letters, 8)
			h := start(t, func(stray http.Handler, h *host) http.Handler {
				return mount(shop(t, h, "/pay", func(o *checkout.Options) { o.Mailer = post }).Handler(), stray)
			})
			computer, order := walk.Buy(t, h.url+"/pay", "harbour")
			if signedIn := computer.SignIn("owner", "correct horse"); !strings.HasSuffix(signedIn.URL.Path, "/pay/admin") {
				t.Fatalf("signed in: %s, %d", signedIn.URL, signedIn.Status)
			}
			for _, path := range []string{"/find", "/simulator/", "/favicon.ico", "/robots.txt", "/nothing/here", "/p/nothing", "/lianlian/return", "/cart/"} {
				computer.Get(path)
			}
			if pages := computer.Crawl(); pages < 40 {
				t.Errorf("only %d pages were looked at", pages)
			}
			select {
			case letter := <-post:
				for _, body := range []string{letter.Text, letter.HTML} {
					if !strings.Contains(body, order) || strings.Count(body, h.url) != strings.Count(body, h.url+"/pay/") {
						t.Errorf("the receipt has not the order's address %s, or another one:\n%s", order, body)
					}
				}
			case <-time.After(30 * time.Second):
				t.Error("no receipt came")
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			if len(h.outside) > 0 {
				t.Errorf("asked of the host: %q", h.outside)
			}
			if h.notices == 0 {
				t.Error("the gateway's notification didn't come below /pay")
			}
		})
	}
}

// TestSideBySide runs two checkouts in one program: each has its own orders, console, cookies and streams.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	before := gin.Mode()
	var a, b *checkout.Checkout
	h := start(t, func(stray http.Handler, h *host) http.Handler {
		a, b = shop(t, h, "/a"), shop(t, h, "/b")
		mux := http.NewServeMux()
		mux.Handle("/a/", a.Handler())
		mux.Handle("/b/", b.Handler())
		mux.Handle("/", stray)
		return mux
	})
	if now := gin.Mode(); now != before {
		t.Errorf("gin's mode was %s and is %s: it is the host's", before, now)
	}
	one, orderA := walk.Buy(t, h.url+"/a", "harbour")
	two, orderB := walk.Buy(t, h.url+"/b", "harbour")
	for _, elsewhere := range []string{strings.Replace(orderA, "/a/", "/b/", 1), strings.Replace(orderB, "/b/", "/a/", 1)} {
		if p := walk.New(t, elsewhere[:strings.Index(elsewhere, "/orders")], walk.Desktop).Get(elsewhere); p.Status != http.StatusNotFound {
			t.Errorf("an order of the other shop: %d", p.Status)
		}
	}
	one.SignIn("owner", "correct horse")
	if p := one.Get("/admin/orders"); p.Status != http.StatusOK {
		t.Errorf("console of /a, signed in there: %d", p.Status)
	}
	if p := two.Get("/admin/orders"); p.Status != http.StatusSeeOther {
		t.Errorf("console of /b, signed in at /a: %d", p.Status)
	}
	if err := a.Close(); err != nil {
		t.Errorf("close /a: %v", err)
	}
	if p := two.Get("/readyz"); p.Status != http.StatusOK {
		t.Errorf("/b after /a was closed: %d", p.Status)
	}
}
