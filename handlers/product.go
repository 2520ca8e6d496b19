package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /products/{slug} is one product with its form. ?added=1 says that it has just been put into the cart.
func (h *Handler) product(c *gin.Context) {
	h.productPage(c, http.StatusOK, c.Param("slug"), views.ProductForm{Added: c.Query("added") == "1"})
}

func (h *Handler) productPage(c *gin.Context, status int, slug string, f views.ProductForm) {
	product, err := h.findProduct(c, slug)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, status, views.Product(h.page(c), product, f))
}

// findProduct looks the slug up; a hidden product looks like one that doesn't exist.
func (h *Handler) findProduct(c *gin.Context, slug string) (models.Product, error) {
	if !validSKU(slug) {
		return models.Product{}, models.ErrNotFound
	}
	product, err := h.o.Shop.Product(c.Request.Context(), slug)
	if err == nil && product.Hidden {
		err = models.ErrNotFound
	}
	return product, err
}
