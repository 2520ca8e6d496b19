package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/views"
)

// GET / is the shop's shelf.
func (h *Handler) home(c *gin.Context) {
	products, err := h.o.Shop.Products(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.Shop(h.page(c), products))
}
