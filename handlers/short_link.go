package handlers

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// GET /p/{code} is what the QR code holds; a phone that opens it has scanned it. Inside the wallet that the order waits for it goes
// straight on, which is what the scan was for; anywhere else the order's page offers what works there, by a tap. Robots that draw
// link previews are no scans. See docs/decisions/0010-scan-to-continue.md.
func (h *Handler) shortLink(c *gin.Context) {
	d, ctx := h.device(c), c.Request.Context()
	code := c.Param("code")
	find := h.o.Shop.OrderByCode
	if d.phone() && !d.bot && c.Request.Method != http.MethodHead {
		find = h.o.Shop.Scanned
	}
	order, err := models.Order{}, models.ErrNotFound
	if validToken(code) {
		order, err = find(ctx, code)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	if d.bot || c.Request.Method == http.MethodHead {
		h.redirect(c, h.path("/"))
		return
	}
	if processor := order.Payment().Processor; d.atOnce(processor) && waiting(order) {
		_, target, err := h.o.Shop.PaymentURL(ctx, order.Token, h.terminal(c, processor))
		if to, ok := h.paymentURL(target); err == nil && ok {
			h.redirect(c, to)
			return
		}
		if err != nil && !errors.Is(err, models.ErrPending) {
			h.o.Log.WarnContext(ctx, "no payment page for a scanned order", "error", err, "order_id", order.ID, "request_id", c.GetString(requestIDKey))
		}
	}
	h.redirect(c, h.orderPath(order.Token))
}
