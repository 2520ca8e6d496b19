package handlers

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /cart shows the cart at today's prices. ?removed=1 says that a line has just been taken out.
func (h *Handler) cart(c *gin.Context) {
	h.cartPage(c, http.StatusOK, h.cartItems(c), views.CartNotice{Removed: c.Query("removed") == "1"})
}

func (h *Handler) cartPage(c *gin.Context, status int, items []models.CartItem, n views.CartNotice) {
	cart, err := h.priced(c, items, h.discountCode(c))
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, status, views.Cart(h.page(c), cart, n))
}

// POST /cart/items changes one line: action add (the default), set or remove. A change that can't be bought is refused
// with 422, names the remedy and leaves the cart as it was.
func (h *Handler) changeCart(c *gin.Context) {
	f, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	items, problem := h.changed(h.cartItems(c), f)
	cart, err := h.priced(c, items, h.discountCode(c))
	if err != nil {
		h.fail(c, err)
		return
	}
	sku := f.Get("sku")
	keeps := slices.ContainsFunc(items, func(it models.CartItem) bool { return it.SKU == sku })
	if problem == "" && keeps {
		problem = cart.Problems[sku]
	}
	items = withoutIdleAmounts(items, cart)
	if problem == "" && (len(items) > models.MaxCartLines || len(formatItems(items)) > longestItems) {
		problem = models.ProblemTooLong
	}
	if problem != "" {
		h.cartRefused(c, f, problem)
		return
	}
	h.saveCart(c, items)
	if h.wantsJSON(c) {
		h.json(c, http.StatusOK, "application/json", cartJSON(pieces(items), cart.Total))
		return
	}
	h.redirect(c, h.afterCart(f.Get("next"), f.Get("action")))
}

// changed applies a form to the cart, without asking whether it can be bought.
func (h *Handler) changed(old []models.CartItem, f url.Values) ([]models.CartItem, models.CartProblem) {
	sku, action := f.Get("sku"), f.Get("action")
	if !validSKU(sku) {
		return old, models.ProblemUnknown
	}
	others := slices.DeleteFunc(slices.Clone(old), func(it models.CartItem) bool { return it.SKU == sku })
	if action == "remove" {
		return others, ""
	}
	typed := f.Get("quantity")
	if !f.Has("quantity") {
		typed = "1"
	}
	quantity, ok := parseQuantity(typed)
	if !ok || (quantity == 0 && action != "set") {
		return old, models.ProblemQuantity
	}
	it := models.CartItem{SKU: sku, Quantity: quantity}
	if typed := strings.TrimSpace(f.Get("amount")); typed != "" {
		amount, err := models.ParseAmount(typed)
		if err != nil || (models.Money{Amount: amount, Currency: h.o.Currency}).Check() != nil {
			return old, models.ProblemAmount
		}
		it.Amount = amount
	}
	i := slices.IndexFunc(old, func(it models.CartItem) bool { return it.SKU == sku })
	switch {
	case quantity == 0:
		return others, ""
	case i < 0:
		return append(others, it), ""
	}
	items := slices.Clone(old)
	if action != "set" { // a sum that is too large is found when the cart is priced
		it.Quantity += items[i].Quantity
	}
	it.Amount = cmp.Or(it.Amount, items[i].Amount)
	items[i] = it
	return items, ""
}

// withoutIdleAmounts drops amounts of products whose price isn't the buyer's to name.
func withoutIdleAmounts(items []models.CartItem, cart models.Cart) []models.CartItem {
	items = slices.Clone(items)
	for _, line := range cart.Lines {
		for i := range items {
			if items[i].SKU == line.SKU && !line.FreeAmount {
				items[i].Amount = 0
			}
		}
	}
	return items
}

// cartRefused shows the page that the form was on, with what is wrong; the cart stays as it was.
func (h *Handler) cartRefused(c *gin.Context, f url.Values, problem models.CartProblem) {
	sku := f.Get("sku")
	if h.wantsJSON(c) {
		name, rule := "quantity", string(problem)
		switch problem {
		case models.ProblemUnknown, models.ProblemSoldOut, models.ProblemTooLong, models.ProblemCurrency:
			name = "sku"
		case models.ProblemAmount:
			name = "amount"
		case models.ProblemQuantity, models.ProblemTooMany, models.ProblemOverflow:
		}
		h.fail(c, &models.InvalidError{Fields: []models.FieldError{{Field: name, Rule: rule}}})
		return
	}
	if slug, ok := strings.CutPrefix(f.Get("next"), "/products/"); ok {
		slug, _, _ = strings.Cut(slug, "?")
		if product, err := h.findProduct(c, slug); err == nil {
			if _, ok := product.Variant(sku); ok {
				h.render(c, http.StatusUnprocessableEntity, views.Product(h.page(c), product, views.ProductForm{
					SKU: sku, Quantity: valid(f.Get("quantity")), Amount: valid(f.Get("amount")), Problem: problem,
				}))
				return
			}
		}
	}
	h.cartPage(c, http.StatusUnprocessableEntity, h.cartItems(c), views.CartNotice{Problem: problem})
}

// afterCart is where a changed cart leads: to the page that the form names, which then says what was done.
func (h *Handler) afterCart(next, action string) string {
	switch {
	case action == "remove" && next == "/cart":
		next += "?removed=1"
	case action != "set" && strings.HasPrefix(next, "/products/") && !strings.Contains(next, "?"):
		next += "?added=1"
	}
	return h.next(next, "/cart")
}

func cartJSON(pieces int64, total models.Money) any {
	return struct {
		Pieces   int64  `json:"pieces"`
		Total    string `json:"total"`
		Currency string `json:"currency"`
	}{pieces, total.Decimal(), total.Currency}
}

// valid is s without broken UTF-8 and not endless, fit to be shown again.
func valid(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), 200)], "\uFFFD")
}
