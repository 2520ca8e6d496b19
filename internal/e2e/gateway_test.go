package e2e

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// mischief is what a gateway may do to whoever waits for its answer. Nil is none: the simulator answers.
type mischief func(g *badGateway, w http.ResponseWriter)

// badGateway is a gateway in the test's process that the program calls over the network.
type badGateway struct {
	simulator *simulator.Simulator
	keys      simulator.Keys
	now       atomic.Pointer[mischief]
	asked     atomic.Int64
	end       chan struct{}
}

func (g *badGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m := g.now.Load()
	if m == nil {
		g.simulator.ServeHTTP(w, r)
		return
	}
	g.asked.Add(1)
	_, _ = io.Copy(io.Discard, r.Body)
	(*m)(g, w)
}

func hangs(g *badGateway, _ http.ResponseWriter) { <-g.end }

func closes(*badGateway, http.ResponseWriter) { panic(http.ErrAbortHandler) }

func drips(g *badGateway, w http.ResponseWriter) {
	pace := time.NewTicker(time.Second)
	defer pace.Stop()
	for {
		if _, err := io.WriteString(w, " "); err != nil || http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-g.end:
			return
		case <-pace.C:
		}
	}
}

// pours answers 100 MB.
func pours(_ *badGateway, w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	megabyte := bytes.Repeat([]byte(" "), 1e6)
	for range 100 {
		if _, err := w.Write(megabyte); err != nil {
			return
		}
	}
}

// startBad runs the program with a gateway that can turn bad, and with a short patience for it.
func startBad(t *testing.T, timeout time.Duration) (*shop, *badGateway) {
	t.Helper()
	g, env := newBad(t, timeout)
	return start(t, env...), g
}

// newBad is a gateway, and the program's settings for it.
func newBad(t *testing.T, timeout time.Duration) (g *badGateway, env []string) {
	t.Helper()
	keys, err := simulator.LoadKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g = &badGateway{keys: keys, end: make(chan struct{})}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(g.end) })
	g.simulator, err = simulator.New(simulator.Options{
		MerchantID: keys.MerchantID, MerchantKey: &keys.Merchant.PublicKey, Key: keys.Gateway, BaseURL: server.URL,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.simulator.Close)
	private, err := x509.MarshalPKCS8PrivateKey(keys.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&keys.Gateway.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return g, []string{"CHECKOUT_LIANLIAN_MODE=test", "CHECKOUT_LIANLIAN_BASE_URL=" + server.URL, "CHECKOUT_LIANLIAN_TIMEOUT=" + timeout.String(),
		"CHECKOUT_LIANLIAN_MERCHANT_ID=" + keys.MerchantID, "CHECKOUT_LIANLIAN_PRIVATE_KEY=" + base64.StdEncoding.EncodeToString(private),
		"CHECKOUT_LIANLIAN_PUBLIC_KEY=" + base64.StdEncoding.EncodeToString(public)}
}

// mostMemory is how much more the program may hold, in bytes, while gateways pour 100 MB answers on it.
const mostMemory = 100 << 20

// TestBadGateway is I13 with a gateway that hangs, that never comes to an end, that drips, or that closes at once, while 32 buyers
// want to pay: each has his order's page, which is confirming, when the gateway's time is over; health and money don't notice; and
// no answer is kept beyond the client's limit. Seen to fail without the timeout in lianlian/client.go (call) and without its limit of
// an answer's length (roundTrip, io.LimitReader: 2.5 GiB).
func TestBadGateway(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a gateway that hangs: skipped with -short")
	}
	const timeout, buyers, each = 2 * time.Second, 32, 30
	p, g := startBad(t, timeout)
	load := newPaidLoad(t, p)
	load.signer = lianlian.NewSigner(g.keys.Gateway)
	all := []struct {
		name string
		mischief
		buyers int // at once
	}{
		{"a gateway that hangs", hangs, buyers}, {"a gateway that answers a byte a second", drips, buyers},
		{"a gateway that closes at once", closes, buyers}, {"a gateway that answers 100 MB", pours, 8},
	}
	notices := load.notices(t, p, len(all)*each)
	for i, tt := range all {
		p.PeakMemory(t)
		before, asked := p.PeakMemory(t), g.asked.Load()
		g.now.Store(&tt.mischief)
		stop := make(chan struct{})
		var placed []answer
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range tt.buyers {
			wg.Go(func() {
				for again := true; again; {
					a := load.order(p, load.newForm(notices[0].id[:8]+time.Now().Format("150405.000000000")[7:]))
					mu.Lock()
					placed = append(placed, a)
					mu.Unlock()
					select {
					case <-stop:
						again = false
					default:
					}
				}
			})
		}
		measure(t, p, tt.name, notices[i*each:(i+1)*each])
		close(stop)
		wg.Wait()
		slowest := time.Duration(0)
		for _, a := range placed {
			slowest = max(slowest, a.took)
			if a.err != nil || a.status != http.StatusSeeOther || a.took > timeout+atMost {
				t.Errorf("%s: POST /checkout: %d %v after %v, want 303 within %v", tt.name, a.status, a.err, a.took, timeout)
			}
		}
		g.now.Store(nil)
		grown := p.PeakMemory(t) - before
		t.Logf("%s: %d orders, asked %d times, slowest %v, %d MiB more", tt.name, len(placed), g.asked.Load()-asked, slowest.Round(time.Millisecond), grown>>20)
		if grown > mostMemory {
			t.Errorf("%s: the program took %d MiB more", tt.name, grown>>20)
		}
		if len(placed) < tt.buyers || g.asked.Load() == asked {
			t.Errorf("%s: %d orders, and the gateway was asked %d times", tt.name, len(placed), g.asked.Load()-asked)
		}
		confirming(t, p, tt.name, placed[0])
	}
	recordedOnce(t, p, notices)
}

// confirming finds that the order's page waits and doesn't say that the payment was refused.
func confirming(t *testing.T, p *shop, name string, a answer) {
	t.Helper()
	at := a.header.Get("Location")
	path := at[max(strings.Index(at, "/orders/"), 0):]
	b := newBrowser(t, p, desktop)
	page := b.get(path)
	if page.Status != http.StatusOK || page.doc().Find(`[data-testid="declined"]`).Length() != 0 || page.doc().Find(`[data-testid="order-status"][data-live]`).Length() != 1 {
		t.Errorf("%s: the order's page: %d, want one that waits\n%.1500s", name, page.Status, page.Body)
	}
}
