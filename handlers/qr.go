package handlers

import (
	"cmp"
	"net/http"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// qrScale is pixels per module of the PNG: some 350 a side for a short link.
const qrScale = 8

// GET /orders/{token}/qr.svg draws the code that a phone scans to pay the order.
func (h *Handler) qrSVG(c *gin.Context) {
	h.qr(c, "image/svg+xml", views.QRSVG)
}

// GET /orders/{token}/qr.png is the same as a bitmap.
func (h *Handler) qrPNG(c *gin.Context) {
	h.qr(c, "image/png", func(content string) ([]byte, error) { return views.QRPNG(content, qrScale) })
}

// qr draws what the gateway wants drawn, else our short link. Nothing is drawn for an order that doesn't wait for money.
func (h *Handler) qr(c *gin.Context, contentType string, draw func(string) ([]byte, error)) {
	order, err := h.findOrder(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if !waiting(order) {
		h.problem(c, &problem{status: http.StatusGone, key: "not_found", detail: "the order doesn't wait for a payment any more"})
		return
	}
	picture, err := draw(h.qrContent(order))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.write(c, http.StatusOK, contentType, picture)
}

func (h *Handler) qrContent(o models.Order) string {
	return cmp.Or(o.Payment().QRContent, h.o.Shop.ShortLink(o))
}
