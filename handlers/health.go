package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// Running is what monitoring needs of the shop.
type Running interface {
	// Parts says of each part that money needs whether it works: database, disk, migrations, keys and reconcile.
	Parts(ctx context.Context) []models.Part
}

// GET /healthz says that the process answers.
func (h *Handler) healthz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	h.write(c, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

// GET /readyz says whether money can be taken: 503 while it can't. Which part is at fault is told to who may read the metrics, and why stands
// in the log alone.
func (h *Handler) readyz(c *gin.Context) {
	parts, ready := h.o.Shop.Parts(c.Request.Context()), true
	var list strings.Builder
	for _, p := range parts {
		state := "ok"
		if p.Err != nil {
			ready, state = false, "failing"
			h.o.Log.ErrorContext(c.Request.Context(), "not ready", "part", p.Name, "error", p.Err)
		}
		fmt.Fprintf(&list, "%s: %s\n", p.Name, state)
	}
	inside := h.watches(c)
	if !ready && !inside {
		h.problem(c, &problem{status: http.StatusServiceUnavailable, key: "unavailable", detail: "not ready"})
		return
	}
	status, text := http.StatusOK, "ready\n"
	if !ready {
		status, text = http.StatusServiceUnavailable, "not ready\n"
	}
	if inside {
		text += list.String()
	}
	c.Header("Cache-Control", "no-store")
	h.write(c, status, "text/plain; charset=utf-8", []byte(text))
}
