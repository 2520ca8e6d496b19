package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

const embedKey = "embed"

// longestWord bounds what a stranger's address may say of language and origin.
const longestWord = 300

// embed is what the address says of the page around, on the pages below /embed/; elsewhere it is nil. An origin that may not
// frame the checkout is none: nothing is ever told to it.
func (h *Handler) embed(c *gin.Context) *views.Embed {
	if kept, ok := c.Get(embedKey); ok {
		return kept.(*views.Embed)
	}
	var e *views.Embed
	if strings.HasPrefix(c.Request.URL.Path, h.path("/embed/")) {
		e = &views.Embed{}
		if origin := c.Query("origin"); slices.Contains(h.o.EmbedOrigins, origin) {
			e.Origin = origin
		}
		if c.Query("mode") == "modal" {
			e.Mode = "modal"
		}
		if items, ok := embedItems(c.Query("items")); ok {
			e.Items = strings.ReplaceAll(formatItems(items), "~", ",")
		}
		if locale := c.Query("locale"); locale != "" && len(locale) <= longestWord {
			e.Locale = views.MatchLanguage(locale, "", c.GetHeader("Accept-Language"), h.o.Locale)
		}
		if device := c.Query("device"); device == "phone" || device == "desktop" {
			e.Device = device
		}
	}
	c.Set(embedKey, e)
	return e
}

// cookieless keeps cookies out of the pages below /embed/, in both directions: inside another site's page a browser may
// refuse them, and what depends on them would work for some buyers only.
func (h *Handler) cookieless(c *gin.Context) { c.Request.Header.Del("Cookie") }

// embedItems reads what a page names to be bought: "sku:1,sku:2", or a SKU alone for one piece.
func embedItems(s string) ([]models.CartItem, bool) {
	if len(s) > longestItems {
		return nil, false
	}
	parts := strings.Split(strings.ReplaceAll(s, ",", "~"), "~")
	for i, part := range parts {
		if !strings.Contains(part, ":") {
			parts[i] = part + ":1"
		}
	}
	items, ok := parseItems(strings.Join(parts, "~"))
	return items, ok && len(items) > 0
}

// GET /embed/checkout?items=&locale=&origin= is the checkout form for the items in its address, inside another site's page or
// alone in a window. It knows no cart.
func (h *Handler) embedCheckout(c *gin.Context) {
	items, ok := embedItems(c.Query("items"))
	if !ok { // a page that names nothing that can be bought offers nothing
		h.render(c, http.StatusNotFound, views.Checkout(h.page(c), views.CheckoutForm{}))
		return
	}
	cart, err := h.priced(c, items, "")
	if err != nil {
		h.fail(c, err)
		return
	}
	status := http.StatusOK
	if !cart.Buyable() {
		status = http.StatusConflict
	}
	h.checkoutForm(c, status, views.CheckoutForm{Cart: cart, Intent: models.NewToken(intentLength)})
}

// cantBuy says why the items can't be bought: in the cart, or where there is none, in the place of the form.
func (h *Handler) cantBuy(c *gin.Context, status int, items []models.CartItem, n views.CartNotice) {
	if h.embed(c) == nil {
		h.cartPage(c, status, items, n)
		return
	}
	cart, err := h.priced(c, items, "")
	if err != nil {
		h.fail(c, err)
		return
	}
	h.checkoutForm(c, status, views.CheckoutForm{Cart: cart, Intent: models.NewToken(intentLength)})
}

// stayPath is the order's page for a buyer who stays where they are: inside another site's page, the one that may be framed.
// query is of the page itself.
func (h *Handler) stayPath(c *gin.Context, token string, query url.Values) string {
	path := "/orders/" + url.PathEscape(token)
	e := h.embed(c)
	if e != nil && e.Origin == "" && e.Locale != "" { // the window's own page takes the language along
		query = url.Values{"lang": {e.Locale}}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	if e != nil && e.Origin != "" {
		path = e.Within(path)
	}
	return h.path(path)
}

// notice is the query of an order's page that says what was done.
func noticed(n views.Notice) url.Values { return url.Values{"notice": {string(n)}} }
