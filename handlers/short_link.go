package handlers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// GET /p/{code} is what the QR code holds. It notes that the order was scanned, and a phone goes straight on to the wallet;
// where it can't, the order's page says how to go on. Robots that draw link previews are no scans.
func (h *Handler) shortLink(c *gin.Context) {
	d := h.device(c)
	code := c.Param("code")
	switch {
	case !validToken(code):
		h.fail(c, models.ErrNotFound)
		return
	case d.bot || c.Request.Method == http.MethodHead:
		h.redirect(c, h.path("/"))
		return
	}
	order, err := h.o.Shop.Scanned(c.Request.Context(), code)
	if err != nil {
		h.fail(c, err)
		return
	}
	if d.phone() && !d.blocked(order.Payment().Processor) && waiting(order) {
		_, target, err := h.o.Shop.PaymentURL(c.Request.Context(), order.Token, d.terminal)
		if to, ok := h.paymentURL(target); err == nil && ok {
			h.redirect(c, to)
			return
		}
		if err != nil && !errors.Is(err, models.ErrPending) {
			h.o.Log.WarnContext(c.Request.Context(), "no payment page for a scanned order", "error", err, "order_id", order.ID, "request_id", c.GetString(requestIDKey))
		}
	}
	h.redirect(c, h.orderPath(order.Token))
}
