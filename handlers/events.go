package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// A quiet stream is read again from storage and sends a comment every heartbeat; a client that doesn't
// take what was written within streamWrite is dropped.
const (
	heartbeat   = 15 * time.Second
	streamWrite = 10 * time.Second
)

// GET /orders/{token}/events streams the order's status as server-sent events until it is settled.
// Every stream begins with the present state, so a client that lost its connection misses nothing.
func (h *Handler) events(c *gin.Context) {
	order, err := h.findOrder(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	s := h.statusOf(order)
	if s.Settled && c.GetHeader("Last-Event-ID") == s.version() {
		c.Status(http.StatusNoContent) // tells an EventSource not to come back
		c.Writer.WriteHeaderNow()
		return
	}
	leave, ok := h.streams.enter(order.Token)
	if !ok {
		h.problem(c, &problem{status: http.StatusServiceUnavailable, key: "unavailable", detail: "too many streams; ask for the status instead", retry: 15 * time.Second})
		return
	}
	defer leave()
	c.Header("Content-Type", "text/event-stream")
	c.Header("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	c.Writer.WriteHeaderNow()
	if c.Request.Method != http.MethodHead {
		h.stream(c, order.Token)
	}
}

// stream sends until the order is settled, the client goes, or the server stops.
func (h *Handler) stream(c *gin.Context, token string) {
	ctx := c.Request.Context()
	changed, stop := h.o.Shop.Watch(token)
	defer stop()
	rc := http.NewResponseController(c.Writer)
	_ = rc.SetReadDeadline(time.Time{}) // the server's limit for reading a request would end the stream
	ticker := time.NewTicker(heartbeat)
	defer ticker.Stop()
	last := ""
	for {
		message := ": still here\n\n"
		settled := false
		order, err := h.o.Shop.Order(ctx, token)
		switch {
		case errors.Is(err, models.ErrNotFound), ctx.Err() != nil:
			return
		case err == nil:
			s := h.statusOf(order)
			settled = s.Settled
			if version := s.version(); version != last {
				last = version
				data, _ := json.Marshal(s) // strings and numbers always marshal
				message = fmt.Sprintf("retry: 3000\nid: %s\nevent: status\ndata: %s\n\n", version, data)
			}
		}
		_ = rc.SetWriteDeadline(time.Now().Add(streamWrite)) // a recorder in a test has no deadlines
		if _, err := c.Writer.WriteString(message); err != nil || rc.Flush() != nil || settled {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-h.streams.done:
			return
		case _, open := <-changed:
			if !open {
				changed = nil
			}
		case <-ticker.C:
		}
	}
}
