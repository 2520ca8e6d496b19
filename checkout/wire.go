package checkout

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// The wire log is written behind the money: calls wait here for wireRest, so that many share a transaction, and a log that can't be written
// loses its own lines alone.
const (
	wireRest  = 200 * time.Millisecond
	wireMost  = 512 // calls that wait; what comes beyond is dropped
	wireBatch = 64  // calls in one transaction, and so how long another writer may have to wait for it
	wireLimit = 5 * time.Second
)

// wireLog holds the calls that aren't written yet.
type wireLog struct {
	save func(ctx context.Context, list []models.Exchange) error
	fail func(lost int, err error)

	mu      sync.Mutex
	waiting []models.Exchange
	timer   *time.Timer
	dropped int
	closed  bool

	writing sync.Mutex
}

// add takes a call and never waits.
func (w *wireLog) add(x models.Exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.closed:
		return
	case len(w.waiting) >= wireMost:
		w.dropped++
		return
	}
	w.waiting = append(w.waiting, x)
	if w.timer == nil {
		w.timer = time.AfterFunc(wireRest, func() { w.flush(context.Background()) })
	}
}

// flush writes what waits.
func (w *wireLog) flush(ctx context.Context) {
	w.writing.Lock()
	defer w.writing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, wireLimit)
	defer cancel()
	w.mu.Lock()
	list, dropped := w.waiting, w.dropped
	w.waiting, w.dropped = nil, 0
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	w.mu.Unlock()
	if dropped > 0 {
		w.fail(dropped, errors.New("too many at once"))
	}
	for len(list) > 0 {
		n := min(len(list), wireBatch)
		if err := w.save(ctx, list[:n]); err != nil {
			w.fail(n, err)
		}
		list = list[n:]
	}
}

// close writes what waits and takes no more.
func (w *wireLog) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.flush(context.Background())
}

// heard is what a traced call leaves for the one who made it.
type heard struct {
	signature string // of the answer, as it came
}

// traced is a context whose call to the gateway is put into the wire log of the payment's order. token opens the order's page, and is
// kept out, as are the fields that are named.
func (c *Checkout) traced(ctx context.Context, kind models.ExchangeKind, p models.Payment, token string, fields ...string) (context.Context, *heard) {
	h := &heard{}
	return lianlian.WithTrace(ctx, func(x lianlian.Exchange) {
		h.signature = x.ResponseHeader.Get("signature")
		x = x.WithoutSecrets(fields...)
		hide := func(text string) string {
			if token == "" {
				return text
			}
			return strings.ReplaceAll(text, token, "***")
		}
		row := models.Exchange{
			OrderID: p.OrderID, PaymentID: p.ID, At: c.o.Now().UTC().Add(-x.Duration), Took: x.Duration, Kind: kind, Method: x.Method, URL: x.URL,
			Sent: lianlian.HeaderLines(x.RequestHeader), Body: hide(string(x.RequestBody)), Status: x.Status,
			Received: lianlian.HeaderLines(x.ResponseHeader), Answer: hide(string(x.ResponseBody)), TraceID: lianlian.TraceIDOf(x.ResponseBody),
		}
		if x.Err != nil {
			row.Error = cut(hide(x.Err.Error()), 300)
		}
		c.wire.add(row)
	}), h
}

// Exchanges is the wire log of an order, the newest call first. Without whole, the buyer's personal data is masked.
func (c *Checkout) Exchanges(ctx context.Context, orderID int64, whole bool) ([]models.Exchange, error) {
	c.wire.flush(context.WithoutCancel(ctx)) // they are other orders' calls too
	list, err := c.store.Exchanges(ctx, orderID)
	for i := range list {
		if !whole {
			x := &list[i]
			x.Body, x.Answer = string(lianlian.RedactBody([]byte(x.Body))), string(lianlian.RedactBody([]byte(x.Answer)))
		}
	}
	return list, err
}

// forgetExchanges drops rows of the wire log whose time is over.
func (c *Checkout) forgetExchanges(ctx context.Context) {
	for more := true; more && ctx.Err() == nil; {
		var err error
		if more, err = c.store.ForgetExchanges(ctx); err != nil {
			if ctx.Err() == nil {
				c.o.Log.ErrorContext(ctx, "forget old calls to the gateway", "error", err.Error())
			}
			return
		}
	}
}
