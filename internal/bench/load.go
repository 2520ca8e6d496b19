package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long one answer may take before the load gives up.
const patience = 30 * time.Second

// load is a closed loop of clients, each with one connection that it keeps.
type load struct {
	address string // host:port
	clients int
	first   int // number of the first operation
	n       int // how many operations
	// request appends operation i as it goes over the wire.
	request func(i int, b []byte) []byte
	// check says what is wrong with the answer; the body is valid until it returns.
	check func(i int, res *http.Response, body []byte) error
}

// client is one connection.
type client struct {
	conn      net.Conn
	in        *bufio.Reader
	out       []byte
	body      bytes.Buffer
	latencies []time.Duration
}

// run opens the connections, sends the operations and returns each one's latency, and how long they took together. The
// first answer that is wrong ends it.
func (l load) run(ctx context.Context) (latencies []time.Duration, elapsed time.Duration, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	clients := make([]*client, min(l.clients, l.n))
	defer func() {
		for _, c := range clients {
			if c != nil {
				_ = c.conn.Close()
			}
		}
	}()
	for i := range clients {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", l.address)
		if err != nil {
			return nil, 0, err
		}
		clients[i] = &client{conn: conn, in: bufio.NewReaderSize(conn, 16<<10), latencies: make([]time.Duration, 0, 2*l.n/len(clients)+1)}
	}
	stop := context.AfterFunc(ctx, func() {
		for _, c := range clients {
			_ = c.conn.SetDeadline(time.Unix(1, 0))
		}
	})
	defer stop()
	var next atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	for _, c := range clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < l.n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				if err := c.do(l, l.first+i); err != nil {
					cancel(fmt.Errorf("operation %d: %w", l.first+i, err))
				}
			}
		})
	}
	wg.Wait()
	elapsed = time.Since(start)
	if ctx.Err() != nil {
		return nil, 0, context.Cause(ctx)
	}
	for _, c := range clients {
		latencies = append(latencies, c.latencies...)
	}
	return latencies, elapsed, nil
}

var plainGet = &http.Request{Method: http.MethodGet}

// do sends one operation and reads its answer. The clock stops when the whole answer is here, before it is checked.
func (c *client) do(l load, i int) error {
	c.out = l.request(i, c.out[:0])
	start := time.Now()
	if err := c.conn.SetReadDeadline(start.Add(patience)); err != nil {
		return err
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	res, err := http.ReadResponse(c.in, plainGet)
	if err != nil {
		return err
	}
	c.body.Reset()
	_, err = c.body.ReadFrom(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return err
	}
	c.latencies = append(c.latencies, time.Since(start))
	if res.Close {
		return errors.New("the server closes the connection")
	}
	return l.check(i, res, c.body.Bytes())
}
