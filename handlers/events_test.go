package handlers_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// stream collects what a handler streams, so that a test can look while it runs.
type stream struct {
	mu     sync.Mutex
	header http.Header
	status int
	body   strings.Builder

	readLifted bool
	writeUntil time.Time
}

func newStream() *stream { return &stream{header: http.Header{}} }

func (s *stream) Header() http.Header { return s.header }
func (s *stream) WriteHeader(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status = code
}
func (s *stream) code() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}
func (s *stream) Flush() {}
func (s *stream) SetReadDeadline(at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readLifted = at.IsZero()
	return nil
}
func (s *stream) SetWriteDeadline(at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writeUntil = at
	return nil
}
func (s *stream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.body.Write(b)
}
func (s *stream) count(part string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.body.String(), part)
}

func openStream(ctx context.Context, h http.Handler, s *stream, header ...string) (done chan struct{}) {
	done = make(chan struct{})
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/orders/"+token+"/events", nil)
	for k, v := range pairs(header) {
		r.Header.Set(k, v)
	}
	go func() {
		defer close(done)
		h.ServeHTTP(s, r)
	}()
	return done
}

func TestEventsFollowTheOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shop := newShop()
		h := newHandler(t, shop)
		s := newStream()
		done := openStream(t.Context(), h, s)
		synctest.Wait()
		if s.count("event: status") != 1 || s.count(`"status":"pending"`) != 1 {
			t.Fatalf("at first: %q", s.body.String())
		}
		if got := s.header.Get("Content-Type") + " " + s.header.Get("X-Accel-Buffering") + " " + s.header.Get("Cache-Control"); got != "text/event-stream no no-store" {
			t.Errorf("headers = %s", got)
		}
		shop.put(pendingOrder()) // a change that changes nothing that the page shows
		synctest.Wait()
		if s.count("event: status") != 1 {
			t.Error("the same state was sent twice")
		}
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if s.count(": still here") != 2 {
			t.Errorf("heartbeats: %q", s.body.String())
		}
		shop.settle(models.OrderPaid, models.StatusPaid)
		<-done
		if s.count(`"settled":true`) != 1 || shop.watching() != 0 {
			t.Errorf("at last: %q, %d watchers left", s.body.String(), shop.watching())
		}
	})
}

// A change that nobody told us about (another process made it) is seen with the next heartbeat.
func TestEventsReadAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		shop := newShop()
		h := newHandler(t, shop)
		s := newStream()
		done := openStream(t.Context(), h, s)
		synctest.Wait()
		o := pendingOrder()
		o.Status, o.Payments[0].Status = models.OrderPaid, models.StatusPaid
		shop.mu.Lock()
		shop.orders[token] = o
		shop.mu.Unlock()
		<-done
		if s.count(`"status":"paid"`) != 1 {
			t.Errorf("stream: %q", s.body.String())
		}
	})
}

func TestEventsEnd(t *testing.T) {
	t.Parallel()
	ends := map[string]func(h *handlers.Handler, cancel func()){
		"when the client goes":  func(_ *handlers.Handler, cancel func()) { cancel() },
		"when the server stops": func(h *handlers.Handler, _ func()) { h.CloseStreams(); h.CloseStreams() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				shop := newShop()
				h := newHandler(t, shop)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := openStream(ctx, h, newStream())
				synctest.Wait()
				end(h, cancel)
				<-done
				if shop.watching() != 0 {
					t.Error("a watcher is left")
				}
			})
		})
	}
}

func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, newShop(), func(o *handlers.Options) { o.MaxStreams = 2 })
		ctx, cancel := context.WithCancel(t.Context())
		first, second := openStream(ctx, h, newStream()), openStream(ctx, h, newStream())
		synctest.Wait()
		third := newStream()
		<-openStream(ctx, h, third)
		if third.code() != http.StatusServiceUnavailable || third.header.Get("Retry-After") == "" {
			t.Errorf("third stream: status %d, Retry-After %q", third.code(), third.header.Get("Retry-After"))
		}
		cancel()
		<-first
		<-second
		fresh, stop := context.WithCancel(t.Context())
		s := newStream()
		done := openStream(fresh, h, s)
		synctest.Wait()
		if s.code() != http.StatusOK {
			t.Errorf("after places became free: status %d", s.code())
		}
		h.CloseStreams()
		<-done
		late := newStream()
		<-openStream(fresh, h, late)
		if late.code() != http.StatusServiceUnavailable {
			t.Errorf("after the end: status %d", late.code())
		}
		stop()
	})
}

func TestOneOrderCantTakeAllStreams(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, newShop())
		ctx, cancel := context.WithCancel(t.Context())
		var open []chan struct{}
		for range 8 {
			open = append(open, openStream(ctx, h, newStream()))
		}
		synctest.Wait()
		s := newStream()
		<-openStream(ctx, h, s)
		if s.code() != http.StatusServiceUnavailable {
			t.Errorf("ninth stream of one order: status %d", s.code())
		}
		cancel()
		for _, done := range open {
			<-done
		}
	})
}

func TestEventsOfASettledOrder(t *testing.T) {
	t.Parallel()
	shop := newShop()
	shop.settle(models.OrderPaid, models.StatusPaid)
	h := newHandler(t, shop)
	w := get(h, "/orders/"+token+"/events", "Last-Event-ID", "nonsense")
	wantStatus(t, w, 200)
	_, id, _ := strings.Cut(w.Body.String(), "id: ")
	id, _, _ = strings.Cut(id, "\n")
	wantStatus(t, get(h, "/orders/"+token+"/events", "Last-Event-ID", id), http.StatusNoContent)
}

// The server's limits for a request and an answer must not end a stream: the first is lifted, the second put off with
// each message.
func TestEventsLiftTheServersLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(t, newShop())
		s := newStream()
		ctx, cancel := context.WithCancel(t.Context())
		done := openStream(ctx, h, s)
		synctest.Wait()
		s.mu.Lock()
		if !s.readLifted || !s.writeUntil.After(time.Now()) {
			t.Errorf("read limit lifted: %t; write limit %s, now %s", s.readLifted, s.writeUntil, time.Now())
		}
		s.mu.Unlock()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		s.mu.Lock()
		if age := time.Since(s.writeUntil); age > 15*time.Second {
			t.Errorf("the write limit wasn't put off: it passed %s ago", age)
		}
		s.mu.Unlock()
		cancel()
		<-done
	})
}

// Over a real connection each event arrives at once.
func TestEventsOverTheWire(t *testing.T) {
	t.Parallel()
	shop := newShop()
	server := httptest.NewServer(newHandler(t, shop))
	defer server.Close()
	resp, err := server.Client().Get(server.URL + "/orders/" + token + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func(prefix string) string {
		for lines.Scan() {
			if rest, ok := strings.CutPrefix(lines.Text(), prefix); ok {
				return rest
			}
		}
		t.Fatalf("stream ended before %q: %v", prefix, lines.Err())
		return ""
	}
	if got := next("data: "); !strings.Contains(got, `"status":"pending"`) {
		t.Errorf("first: %s", got)
	}
	shop.settle(models.OrderPaid, models.StatusPaid)
	if got := next("data: "); !strings.Contains(got, `"status":"paid"`) {
		t.Errorf("then: %s", got)
	}
	lines.Scan() // the blank line that ends the last event
	if lines.Scan() {
		t.Error("the stream goes on after the end")
	}
}
