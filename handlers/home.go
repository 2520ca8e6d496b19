package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET / is the shop's shelf. ?q= searches it, ?category= shows a part.
func (h *Handler) home(c *gin.Context) {
	shelf, err := h.o.Shop.Shelf(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	v := views.ShopView{Query: models.CleanSearch(c.Query("q")), Category: models.CleanSearch(c.Query("category")), Categories: shelf.Categories()}
	if h.unchanged(c, shelf.Version, v.Query, v.Category) {
		return
	}
	v.Products, v.Searchable = shelf.Find(v.Query, v.Category), len(shelf.Products) >= models.SearchFrom
	p := h.page(c)
	p.Path = v.Path()
	h.render(c, http.StatusOK, views.Shop(p, v))
}
