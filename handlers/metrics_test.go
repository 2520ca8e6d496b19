package handlers_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// Who may read the metrics, which tell takings, and the parts of readiness.
func TestWhoMayWatch(t *testing.T) {
	t.Parallel()
	const tok = "let-me-in-please-0123"
	counted := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "checkout_paid_amount_total 1\n")
	})
	open := func(o *handlers.Options) { o.Metrics = counted }
	withToken := func(o *handlers.Options) { o.Metrics, o.MetricsToken = counted, tok }
	production := func(o *handlers.Options) { o.Metrics, o.Production = counted, true }
	for _, tt := range []struct {
		name         string
		change       func(*handlers.Options)
		remote, host string
		header       []string
		want         bool
	}{
		{"a program on this machine", open, "127.0.0.1:4000", "127.0.0.1:8080", nil, true},
		{"by its name", open, "[::1]:4000", "localhost:8080", nil, true},
		{"a stranger", open, "203.0.113.9:4000", "shop.example", nil, false},
		{"a stranger who says that he is here", open, "203.0.113.9:4000", "localhost", []string{"X-Forwarded-For", "127.0.0.1"}, false},
		{"a stranger who asks for this machine by name", open, "203.0.113.9:4000", "localhost:8080", nil, false},
		{"through a proxy on this machine", open, "127.0.0.1:4000", "localhost:8080", []string{"X-Forwarded-For", "203.0.113.9"}, false},
		{"through one that says nothing of it", open, "127.0.0.1:4000", "shop.example", nil, false},
		{"a page in a browser on this machine", open, "127.0.0.1:4000", "localhost:8080", []string{"Origin", "https://evil.example"}, false},
		{"in production", production, "127.0.0.1:4000", "127.0.0.1:8080", nil, false},
		{"with the token", withToken, "203.0.113.9:4000", "shop.example", []string{"Authorization", "Bearer " + tok}, true},
		{"with another token", withToken, "203.0.113.9:4000", "shop.example", []string{"Authorization", "Bearer x" + tok}, false},
		{"without the token that there is", withToken, "127.0.0.1:4000", "127.0.0.1:8080", nil, false},
		{"with the token as a password", withToken, "127.0.0.1:4000", "127.0.0.1:8080", []string{"Authorization", "Basic " + tok}, false},
		{"without metrics", func(*handlers.Options) {}, "127.0.0.1:4000", "127.0.0.1:8080", nil, false},
	} {
		shop := newShop()
		shop.readyErr = models.ErrUnavailable
		h := newHandler(t, shop, tt.change)
		ask := func(path string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.RemoteAddr, r.Host = tt.remote, tt.host
			if tt.header != nil {
				r.Header.Set(tt.header[0], tt.header[1])
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w
		}
		w := ask("/metrics")
		if got := strings.Contains(w.Body.String(), "checkout_paid"); got != tt.want || (w.Code == http.StatusOK) != tt.want {
			t.Errorf("%s: /metrics is %d, read %t, want %t", tt.name, w.Code, got, tt.want)
		}
		w = ask("/readyz")
		inside := tt.want || tt.name == "without metrics" // readiness has its own door
		if got := strings.Contains(w.Body.String(), "database: failing"); got != inside || w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: /readyz is %d %q, want its parts %t", tt.name, w.Code, w.Body, inside)
		}
		if strings.Contains(w.Body.String(), models.ErrUnavailable.Error()) {
			t.Errorf("%s: the reason is shown: %s", tt.name, w.Body)
		}
		shop.readyErr = nil
		w = ask("/readyz")
		if got := strings.Contains(w.Body.String(), "database: ok"); got != inside || w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "ready\n") {
			t.Errorf("%s: /readyz when all is well is %d %q, want its parts %t", tt.name, w.Code, w.Body, inside)
		}
	}
}

// observer keeps what it was told.
type observer struct {
	mu   sync.Mutex
	told []string
}

func (o *observer) Request(ctx context.Context, method, route string) (context.Context, func(int)) {
	return ctx, func(status int) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.told = append(o.told, method+" "+route+" "+http.StatusText(status))
	}
}

// Routes are told by their patterns: paths hold tokens, and strangers make them up.
func TestObserver(t *testing.T) {
	t.Parallel()
	o := &observer{}
	shop := newShop()
	options := options(t, shop, "/pay")
	options.Observer = o
	h, err := handlers.New(options)
	if err != nil {
		t.Fatal(err)
	}
	get(h, "/pay/orders/"+token)
	get(h, "/pay/made/up")
	request{method: "BREW", target: "/pay/cart"}.do(h)
	want := "GET /orders/:token OK, GET unmatched Not Found, other unmatched Method Not Allowed"
	if got := strings.Join(o.told, ", "); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
}
