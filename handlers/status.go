package handlers

import (
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// statusJSON is what the order page's script asks for and what the stream carries. Times are Unix milliseconds.
type statusJSON struct {
	Status        models.OrderStatus `json:"status"`
	PaymentStatus models.Status      `json:"payment_status"`
	Processor     models.Processor   `json:"payment_processor"` // the wallet may be changed on another device
	Scanned       bool               `json:"scanned"`
	Settled       bool               `json:"settled"`
	Now           int64              `json:"now"` // the server's clock: a countdown must not trust the buyer's
	ExpiresAt     int64              `json:"expires_at"`
	URL           string             `json:"url"`
}

func (h *Handler) statusOf(o models.Order) statusJSON {
	p := o.Payment()
	s := statusJSON{
		Status: o.Status, PaymentStatus: p.Status, Processor: p.Processor, Scanned: !p.ScannedAt.IsZero(), Settled: o.Status.Settled(),
		Now: h.o.Now().UnixMilli(), URL: h.orderPath(o.Token),
	}
	if !o.ExpiresAt.IsZero() {
		s.ExpiresAt = o.ExpiresAt.UnixMilli()
	}
	return s
}

// version names everything in s but the time of asking.
func (s statusJSON) version() string {
	return fmt.Sprintf("%s-%s-%s-%t-%d", s.Status, s.PaymentStatus, s.Processor, s.Scanned, s.ExpiresAt)
}

// GET /orders/{token}/status is how the order stands, for scripts that poll.
func (h *Handler) status(c *gin.Context) {
	order, err := h.findOrder(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	s := h.statusOf(order)
	if notModified(c, `"`+s.version()+`"`) {
		return
	}
	h.json(c, http.StatusOK, "application/json", s)
}
