package e2e

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// crowd is connections that are in no hurry.
type crowd struct {
	conns  []net.Conn
	opened []time.Time
}

// join opens connections and begins each with the same bytes.
func (c *crowd) join(t *testing.T, p *shop, count int, beginning string) {
	t.Helper()
	for range count {
		conn, err := net.Dial("tcp", strings.Replace(strings.TrimPrefix(p.URL, "http://"), "localhost", "127.0.0.1", 1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		// The smallest buffers, so that nothing waits unread on our side.
		_ = conn.(*net.TCPConn).SetReadBuffer(1024)
		if _, err := io.WriteString(conn, beginning); err != nil {
			t.Fatal(err)
		}
		c.conns, c.opened = append(c.conns, conn), append(c.opened, time.Now())
	}
}

// drip writes one more byte on each connection, every quarter of a second, until stop is closed.
func (c *crowd) drip(stop <-chan struct{}) {
	pace := time.NewTicker(250 * time.Millisecond)
	defer pace.Stop()
	for {
		select {
		case <-stop:
			return
		case <-pace.C:
			for _, conn := range c.conns {
				_, _ = conn.Write([]byte("a")) // closed ones fail at once
			}
		}
	}
}

// sip reads one byte of each connection, every quarter of a second, until stop is closed.
func (c *crowd) sip(stop <-chan struct{}) {
	pace := time.NewTicker(250 * time.Millisecond)
	defer pace.Stop()
	for {
		select {
		case <-stop:
			return
		case <-pace.C:
			for _, conn := range c.conns {
				_ = conn.SetReadDeadline(time.Now().Add(time.Millisecond))
				_, _ = conn.Read(make([]byte, 1))
			}
		}
	}
}

// lives waits for the server to close each connection, until the deadline, and tells how long each was open.
func (c *crowd) lives(deadline time.Time) (lives []time.Duration, left int) {
	for i, conn := range c.conns {
		_ = conn.SetReadDeadline(deadline)
		_, err := io.Copy(io.Discard, conn)
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			left++
			continue
		}
		lives = append(lives, time.Since(c.opened[i]))
	}
	return lives, left
}

// headerPatience is how long the server waits for a request's header (internal/app/serve.go, ReadHeaderTimeout).
const headerPatience = 5 * time.Second

// TestSlowClients is I13 with 500 connections that are never done: 200 send a header byte by byte, 200 a notification, 100 hardly read
// what they asked for. Health and money don't notice, and those who don't finish their header are cut off. Seen to fail
// without ReadHeaderTimeout in internal/app/serve.go (they stay), and when handlers/notify.go reads a body while it holds one
// of 64 places (genuine notifications wait).
func TestSlowClients(t *testing.T) {
	if testing.Short() {
		t.Skip("opens 500 connections: skipped with -short")
	}
	p := start(t)
	notices := newPaidLoad(t, p).notices(t, p, 60)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	var headers, bodies, readers crowd
	headers.join(t, p, 200, "GET / HTTP/1.1\r\nHost: shop\r\nX-Slow: ")
	bodies.join(t, p, 200, fmt.Sprintf("POST /lianlian/notify HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nsignature: AAAA\r\nContent-Length: %d\r\n\r\n{", 60000))
	readers.join(t, p, 100, strings.Repeat("GET /static/checkout.css HTTP/1.1\r\nHost: shop\r\n\r\n", 200))
	wg.Go(func() { headers.drip(stop) })
	wg.Go(func() { bodies.drip(stop) })
	wg.Go(func() { readers.sip(stop) })
	measure(t, p, "500 slow clients", notices)

	lives, left := headers.lives(time.Now().Add(3 * headerPatience))
	if left > 0 {
		t.Errorf("%d of %d connections without a whole header are still open", left, len(headers.conns))
	}
	for _, l := range lives {
		if l < headerPatience-time.Second {
			t.Errorf("a connection was closed after %v; its header may take %v", l, headerPatience)
			break
		}
	}
	if a := ask(p, "/readyz"); a.status != http.StatusOK {
		t.Errorf("/readyz: %d %v", a.status, a.err)
	}
}
