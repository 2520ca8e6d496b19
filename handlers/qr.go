package handlers

import (
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/singleflight"

	"lianlian-checkout/models"
	"lianlian-checkout/static"
	"lianlian-checkout/views"
)

// qrScale is pixels per module of the PNG: some 350 a side for a short link.
const qrScale = 8

// GET /orders/{token}/qr.svg draws the code that a phone scans to pay the order, with the wallet's mark in the middle where the
// code carries it.
func (h *Handler) qrSVG(c *gin.Context) {
	h.qr(c, "image/svg+xml", func(o models.Order, content string) ([]byte, error) {
		return views.QRSVG(content, static.Content(views.WalletMark(o.Payment().Processor)))
	})
}

// GET /orders/{token}/qr.png is the same as a bitmap, without the wallet's mark.
func (h *Handler) qrPNG(c *gin.Context) {
	h.qr(c, "image/png", func(_ models.Order, content string) ([]byte, error) { return views.QRPNG(content, qrScale) })
}

// qr draws the code. Nothing is drawn for an order that doesn't wait for money.
func (h *Handler) qr(c *gin.Context, contentType string, draw func(o models.Order, content string) ([]byte, error)) {
	order, err := h.findOrder(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if !waiting(order) {
		h.problem(c, &problem{status: http.StatusGone, key: "not_found", detail: "the order doesn't wait for a payment any more"})
		return
	}
	content := h.qrContent(order)
	picture, err := h.codes.of(contentType+string(order.Payment().Processor)+content, func() ([]byte, error) { return draw(order, content) })
	if err != nil {
		h.fail(c, err)
		return
	}
	h.write(c, http.StatusOK, contentType, picture)
}

// codes keeps the pictures drawn last: one takes about a millisecond, and an order's page shows the same one each time.
type codes struct {
	drawing singleflight.Group
	mu      sync.Mutex
	drawn   *recent[[]byte]
}

// maxCodes bounds the memory of codes to some 10 MB.
const maxCodes = 512

func (q *codes) of(key string, draw func() ([]byte, error)) ([]byte, error) {
	q.mu.Lock()
	picture, ok := q.drawn.get(key)
	q.mu.Unlock()
	if ok {
		return picture, nil
	}
	drawn, err, _ := q.drawing.Do(key, func() (any, error) { return draw() })
	if err != nil {
		return nil, err
	}
	picture = drawn.([]byte)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drawn.put(key, picture)
	return picture, nil
}

// qrContent is our short link: every wallet can open it, and it tells us of the scan. Only where the gateway gave no page to send a
// browser to, it is the wallet's own code, as weixin://….
func (h *Handler) qrContent(o models.Order) string {
	if p := o.Payment(); p.QRContent != "" && p.WebURL == "" && p.WapURL == "" {
		return p.QRContent
	}
	return h.o.Shop.ShortLink(o)
}
