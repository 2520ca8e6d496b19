package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// GET /healthz says that the process answers.
func (h *Handler) healthz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	h.write(c, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
}

// GET /readyz says whether money can be taken: 503 while it can't. Why is in the log, not in the answer.
func (h *Handler) readyz(c *gin.Context) {
	if err := h.o.Shop.Ready(c.Request.Context()); err != nil {
		h.o.Log.ErrorContext(c.Request.Context(), "not ready", "error", err)
		h.problem(c, &problem{status: http.StatusServiceUnavailable, key: "unavailable", detail: "not ready"})
		return
	}
	c.Header("Cache-Control", "no-store")
	h.write(c, http.StatusOK, "text/plain; charset=utf-8", []byte("ready\n"))
}
