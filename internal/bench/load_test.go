package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
)

// TestLoad counts what reaches a server: each operation once, on as many connections as there are clients. Seen to fail when
// do doesn't look at check's answer, when run starts a client less, and when operations are numbered from 0 whatever first is.
func TestLoad(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen, from := map[string]int{}, map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen[r.URL.Path]++
		from[r.RemoteAddr] = true
		_, _ = w.Write([]byte("answer of " + r.URL.Path))
	}))
	defer server.Close()
	l := load{address: server.Listener.Addr().String(), clients: 4, first: 10, n: 100,
		request: func(i int, b []byte) []byte {
			return append(b, "GET /"+strings.Repeat("x", i)+" HTTP/1.1\r\nHost: x\r\n\r\n"...)
		},
		check: func(i int, res *http.Response, body []byte) error {
			if want := "answer of /" + strings.Repeat("x", i); string(body) != want || res.StatusCode != http.StatusOK {
				return errors.New("a wrong answer: " + string(body))
			}
			return nil
		}}
	latencies, elapsed, err := l.run(t.Context())
	if err != nil || len(latencies) != 100 || elapsed <= 0 {
		t.Fatalf("%d latencies in %s, %v", len(latencies), elapsed, err)
	}
	if len(seen) != 100 || len(from) != 4 || seen["/"+strings.Repeat("x", 10)] != 1 || seen["/"+strings.Repeat("x", 109)] != 1 {
		t.Errorf("%d different operations on %d connections, want 100 (10 to 109) on 4", len(seen), len(from))
	}
	wrong := errors.New("not what was wanted")
	l.check = func(i int, _ *http.Response, _ []byte) error {
		if i == 50 {
			return wrong
		}
		return nil
	}
	if _, _, err := l.run(t.Context()); !errors.Is(err, wrong) {
		t.Errorf("an answer was wrong and the load says %v", err)
	}
}

// TestLoadCancelled breaks off clients whose server never answers. Seen to fail when run doesn't set its connections' deadlines
// at the end of its context.
func TestLoadCancelled(t *testing.T) {
	t.Parallel()
	asked, stop := make(chan struct{}, 8), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		asked <- struct{}{}
		<-stop
	}))
	defer server.Close()
	defer close(stop)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	l := load{address: server.Listener.Addr().String(), clients: 2, n: 2, check: func(int, *http.Response, []byte) error { return nil },
		request: func(_ int, b []byte) []byte { return append(b, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"...) }}
	ended := make(chan error, 1)
	go func() {
		_, _, err := l.run(ctx)
		ended <- err
	}()
	<-asked
	<-asked
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a load that was cancelled ended with %v", err)
		}
	case <-time.After(patience / 2):
		t.Error("a load that was cancelled goes on waiting")
	}
}

// TestChecks gives each phase an answer that it must not count. Seen to fail when the conditions on status, body and Location
// in phases.go are taken out one by one.
func TestChecks(t *testing.T) {
	t.Parallel()
	s := &site{program: &program{address: "127.0.0.1:1"}}
	notify, err := notifications(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	page, err := pages(t.Context(), s, []string{"/"}, false)
	if err != nil {
		t.Fatal(err)
	}
	html := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	long := strings.Repeat("<p>", 1000)
	for _, tt := range []struct {
		name   string
		work   work
		status int
		header http.Header
		body   string
		ok     bool
	}{
		{"acknowledged", notify, 200, nil, string(lianlian.NotificationAck()), true},
		{"acknowledged with 503", notify, 503, nil, string(lianlian.NotificationAck()), false},
		{"200 without acknowledgement", notify, 200, nil, `{"code":200}`, false},
		{"a page", page, 200, html, long, true},
		{"a refusal", page, 429, html, long, false},
		{"a stub", page, 200, html, "<p>", false},
		{"no page", page, 200, http.Header{}, long, false},
		{"nothing new, though nothing was known", page, 304, html, "", false},
		{"an order", work{check: placed}, 303, http.Header{"Location": {"/orders/abc"}}, "", true},
		{"the cart", work{check: placed}, 303, http.Header{"Location": {"/cart"}}, "", false},
		{"an order without redirect", work{check: placed}, 200, http.Header{"Location": {"/orders/abc"}}, "", false},
		{"the form again", work{check: placed}, 422, http.Header{}, long, false},
	} {
		err := tt.work.check(0, &http.Response{StatusCode: tt.status, Header: tt.header}, []byte(tt.body))
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// TestFakeGateway asks it as the program does: the answers are believed, and a request that somebody else signed is refused.
// Seen to fail when create leaves the verifier out, and when answer signs with another key.
func TestFakeGateway(t *testing.T) {
	t.Parallel()
	k, err := makeKeys(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	g := &fakeGateway{signer: lianlian.NewSigner(k.gateway), verifier: lianlian.NewVerifier(&k.merchant.PublicKey)}
	server := httptest.NewServer(g.handler())
	defer server.Close()
	client := &lianlian.Client{BaseURL: server.URL, MerchantID: merchantID, Signer: lianlian.NewSigner(k.merchant), Verifier: lianlian.NewVerifier(&k.gateway.PublicKey)}
	ask := func(ctx context.Context, id string) (*lianlian.Payment, error) {
		return client.CreatePayment(ctx, lianlian.PaymentRequest{
			PaymentProcessor: lianlian.AlipayHK, PaymentMethod: lianlian.WebPay, MerchantTransactionID: id, TransactionAmount: 17600, TransactionCurrency: "HKD",
			TransactionTime: time.Now(), RedirectURL: "https://shop.example/return",
			Products: []lianlian.Product{{ProductID: "1", Name: "Tea", CostPrice: 8800, Price: 8800, Quantity: 2}},
		})
	}
	p, err := ask(t.Context(), "one")
	if err != nil || !strings.HasPrefix(p.PaymentURL, "https://") || p.TransactionAmount != 17600 {
		t.Fatalf("payment %+v, %v", p, err)
	}
	state, err := client.QueryPayment(t.Context(), "one")
	if err != nil || state.TransactionStatus != lianlian.StatusWaiting || state.LLTransactionID != p.LLTransactionID {
		t.Errorf("state %+v, %v", state, err)
	}
	if _, err := client.QueryPayment(t.Context(), "two"); err == nil {
		t.Error("a payment that was never asked for is known")
	}
	client.Signer = lianlian.NewSigner(k.gateway)
	if p, err := ask(t.Context(), "three"); err == nil {
		t.Errorf("a request with a stranger's signature gave %+v", p)
	}
}
