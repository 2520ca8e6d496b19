package handlers

import (
	"context"
	"net"

	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// Observer is told of the requests. It must be quick, and safe for concurrent use.
type Observer interface {
	// Request begins a request at a route, which is a pattern and never a path. It gives the request's context, and what is to be called with the
	// answer's status.
	Request(ctx context.Context, method, route string) (context.Context, func(status int))
}

// GET /metrics answers Prometheus. It tells takings, so strangers find nothing here.
func (h *Handler) metrics(c *gin.Context) {
	if h.o.Metrics == nil || !h.watches(c) {
		if len(h.watchers) > 0 && h.o.Metrics != nil && c.GetHeader("Authorization") != "" && h.wrongKeyLimit.wait(c.ClientIP()) > 0 {
			h.problem(c, tooMany(0))
			return
		}
		h.fail(c, models.ErrNotFound)
		return
	}
	c.Header("Cache-Control", "no-store")
	h.o.Metrics.ServeHTTP(c.Writer, c.Request)
}

// watches tells whether the caller may look inside: by the token, or, where there is none, by being a program on this machine. What came through a
// proxy on this machine isn't that, and in production there is no guessing.
func (h *Handler) watches(c *gin.Context) bool {
	if len(h.watchers) > 0 {
		scheme, text, _ := strings.Cut(c.GetHeader("Authorization"), " ")
		return strings.EqualFold(scheme, "Bearer") && known(h.watchers, hashKey(strings.TrimSpace(text)))
	}
	if h.o.Production {
		return false
	}
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via", "Origin"} {
		if c.GetHeader(name) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(c.Request.Host)
	if err != nil {
		host = c.Request.Host
	}
	return onLoopback(c.RemoteIP()) && (host == "localhost" || onLoopback(host))
}

func onLoopback(address string) bool {
	ip, err := netip.ParseAddr(strings.Trim(address, "[]"))
	return err == nil && ip.Unmap().IsLoopback()
}
