package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// discountCookie holds the code that the buyer has entered, beside the cart.
const discountCookie = "discount"

// POST /cart/discount keeps a code with the cart, or with action=remove lets go of it. A code that takes nothing off isn't kept; the cart
// says why, with 422.
func (h *Handler) changeDiscount(c *gin.Context) {
	f, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	typed := f.Get("code")
	if f.Get("action") == "remove" || typed == "" {
		h.saveDiscount(c, "")
		h.redirect(c, h.path("/cart"))
		return
	}
	items := h.cartItems(c)
	code, ok := models.NewDiscountCode(typed)
	if !ok {
		code = valid(typed)
	}
	cart, err := h.priced(c, items, code)
	switch {
	case err != nil:
		h.fail(c, err)
	case cart.Discount.Problem == "":
		h.saveDiscount(c, code)
		h.redirect(c, h.path("/cart"))
	default:
		status := http.StatusUnprocessableEntity
		if cart.Discount.Problem == models.DiscountTooMany {
			status = http.StatusTooManyRequests
			retryAfter(c, time.Minute)
		}
		h.render(c, status, views.Cart(h.page(c), cart, views.CartNotice{}))
	}
}

// priced prices the items with the code. Codes can't be guessed: wherever a code comes from, one that doesn't exist counts
// against the address, and an address that has tried too many isn't told of any.
func (h *Handler) priced(c *gin.Context, items []models.CartItem, code string) (models.Cart, error) {
	if code == "" || !h.o.Site.Discounts {
		return h.o.Shop.PriceCart(c.Request.Context(), items, "")
	}
	giveBack, wait := h.codeLimit.try(c.ClientIP())
	if wait > 0 {
		cart, err := h.o.Shop.PriceCart(c.Request.Context(), items, "")
		cart.Discount = models.CartDiscount{Code: code, Problem: models.DiscountTooMany}
		return cart, err
	}
	cart, err := h.o.Shop.PriceCart(c.Request.Context(), items, code)
	if err != nil || cart.Discount.Problem != models.DiscountUnknown {
		giveBack()
	}
	return cart, err
}

// discountCode is the code kept in this browser, or empty.
func (h *Handler) discountCode(c *gin.Context) string {
	if kept, ok := c.Get(discountCookie); ok {
		return kept.(string)
	}
	kept, err := c.Cookie(discountCookie)
	if err != nil {
		return ""
	}
	code, ok := models.NewDiscountCode(kept)
	if !ok {
		return ""
	}
	return code
}

// saveDiscount keeps the code in the browser; an empty one removes it.
func (h *Handler) saveDiscount(c *gin.Context, code string) {
	c.Set(discountCookie, code)
	if code == "" {
		h.setCookie(c, discountCookie, "", -1)
		return
	}
	h.setCookie(c, discountCookie, code, cartMaxAge)
}
