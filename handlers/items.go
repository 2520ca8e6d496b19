package handlers

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"lianlian-checkout/models"
)

// The cart lives in the browser's cookie and in the checkout form's hidden field, as items joined by
// "~", each "sku:quantity", or "sku:quantity:amount" with the buyer's own price in hundredths.
const (
	cartCookie   = "cart"
	cartMaxAge   = 30 * 24 * 60 * 60
	longestItems = 3500 // bytes; browsers keep cookies of up to 4096 with their name and attributes
	longestSKU   = 64
)

// formatItems writes items as the cookie holds them.
func formatItems(items []models.CartItem) string {
	var b strings.Builder
	for i, it := range items {
		if i > 0 {
			b.WriteByte('~')
		}
		b.WriteString(it.SKU + ":" + strconv.FormatInt(it.Quantity, 10))
		if it.Amount > 0 {
			b.WriteString(":" + strconv.FormatInt(it.Amount, 10))
		}
	}
	return b.String()
}

// parseItems reads what formatItems wrote. Anything else, from a stranger's hand or cut off, is refused whole.
func parseItems(s string) ([]models.CartItem, bool) {
	if s == "" {
		return nil, true
	}
	if len(s) > longestItems || strings.Count(s, "~") >= models.MaxCartLines {
		return nil, false
	}
	var items []models.CartItem
	seen := map[string]bool{}
	for part := range strings.SplitSeq(s, "~") {
		f := strings.Split(part, ":")
		if len(f) < 2 || len(f) > 3 || !validSKU(f[0]) || seen[f[0]] {
			return nil, false
		}
		it := models.CartItem{SKU: f[0]}
		var ok bool
		if it.Quantity, ok = parseNumber(f[1], models.MaxQuantity); !ok {
			return nil, false
		}
		if len(f) == 3 {
			if it.Amount, ok = parseNumber(f[2], models.MaxAmount); !ok {
				return nil, false
			}
		}
		seen[it.SKU] = true
		items = append(items, it)
	}
	return items, true
}

// parseNumber reads a number from 1 to limit in plain digits without leading zeros.
func parseNumber(s string, limit int64) (int64, bool) {
	if s == "" || s[0] < '1' || s[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= limit
}

// parseQuantity reads a quantity as people type it, full-width digits of a Chinese keyboard too: 0 to models.MaxQuantity.
func parseQuantity(typed string) (int64, bool) {
	if len(typed) > 64 {
		return 0, false
	}
	typed = strings.TrimSpace(norm.NFKC.String(typed))
	if typed == "0" {
		return 0, true
	}
	return parseNumber(typed, models.MaxQuantity)
}

func validSKU(s string) bool {
	if s == "" || len(s) > longestSKU {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !alphanumeric(r) && r != '.' && r != '_' && r != '-' })
}

// validToken tells whether s may be an order's token or code at all.
func validToken(s string) bool {
	if s == "" || len(s) > 128 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !alphanumeric(r) && r != '_' && r != '-' })
}

func alphanumeric(r rune) bool {
	return (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z')
}

func pieces(items []models.CartItem) int64 {
	var n int64
	for _, it := range items {
		n += it.Quantity
	}
	return n
}

// cartItems is the browser's cart as this request leaves it: what was sent, or what saveCart stored since.
// A broken cookie is an empty cart.
func (h *Handler) cartItems(c *gin.Context) []models.CartItem {
	if kept, ok := c.Get(cartCookie); ok {
		return kept.([]models.CartItem)
	}
	var items []models.CartItem
	if cookie, err := c.Request.Cookie(cartCookie); err == nil {
		items, _ = parseItems(cookie.Value)
	}
	c.Set(cartCookie, items)
	return items
}

// saveCart stores the items in the browser; without any it removes the cookie.
func (h *Handler) saveCart(c *gin.Context, items []models.CartItem) {
	c.Set(cartCookie, items)
	if len(items) == 0 {
		h.setCookie(c, cartCookie, "", -1)
		return
	}
	h.setCookie(c, cartCookie, formatItems(items), cartMaxAge)
}
