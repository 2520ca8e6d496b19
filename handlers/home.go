package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/views"
)

// GET / is the shop's shelf.
func (h *Handler) home(c *gin.Context) {
	shelf, err := h.o.Shop.Shelf(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	if !h.unchanged(c, shelf.Version) {
		h.render(c, http.StatusOK, views.Shop(h.page(c), shelf.Products))
	}
}
