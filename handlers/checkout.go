package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /checkout is the customer form and the wallet choice for the cart as it is now. Each showing has a mark of its own:
// sending one form twice makes one order.
func (h *Handler) checkout(c *gin.Context) {
	if to := h.carryCart(c); to != "" {
		h.redirect(c, to)
		return
	}
	cart, err := h.priced(c, h.cartItems(c), h.discountCode(c))
	if err != nil {
		h.fail(c, err)
		return
	}
	if !cart.Buyable() {
		h.redirect(c, h.path("/cart")) // which says why
		return
	}
	h.checkoutForm(c, http.StatusOK, views.CheckoutForm{Cart: cart, Intent: models.NewToken(intentLength)})
}

// carryCart takes the cart out of an app's browser, which can't use every wallet, into the phone's own: there "open in browser"
// opens this page's address, and the cart's cookie stays behind. So inside an app the address holds the cart, and a browser without
// a cart takes it from there. It returns where to go for that, or "".
func (h *Handler) carryCart(c *gin.Context) string {
	items, inside := h.cartItems(c), h.device(c).inside()
	if inside && len(items) > 0 && c.Query("items") != formatItems(items) {
		return h.path(checkoutWith(items))
	}
	carried, ok := parseItems(c.Query("items"))
	if inside || len(items) > 0 || !ok || len(carried) == 0 {
		return ""
	}
	h.saveCart(c, carried)
	return h.path("/checkout") // so that going back to it later doesn't fill the cart again
}

func checkoutWith(items []models.CartItem) string {
	return "/checkout?items=" + url.QueryEscape(formatItems(items))
}

// formPath is the form for these items, in whatever browser it is opened.
func (h *Handler) formPath(c *gin.Context, items []models.CartItem) string {
	if e := h.embed(c); e != nil {
		return views.Embed{Items: e.Items, Locale: e.Locale}.Within("/checkout")
	}
	return checkoutWith(items)
}

// states are those of the countries that a form asks for one.
func (h *Handler) states() (all []models.State) {
	for _, country := range []string{"US", "BR", "CA", "AU"} {
		all = append(all, h.o.Shop.States(country)...)
	}
	return all
}

// checkoutForm shows the form; the caller fills in what was typed and what is wrong.
func (h *Handler) checkoutForm(c *gin.Context, status int, f views.CheckoutForm) {
	d := h.device(c)
	f.Items, f.Fingerprint, f.Discount = formatItems(f.Cart.Items()), f.Cart.Fingerprint(), f.Cart.DiscountCode()
	f.Offers, f.Device = d.offers(h.o.Processors), d.view()
	if d.inside() && f.PayLink == nil {
		f.Link = strings.TrimSuffix(h.o.BaseURL.Scheme+"://"+h.o.BaseURL.Host, "/") + h.path(h.formPath(c, f.Cart.Items()))
	}
	f.Countries, f.Require, f.Extra = h.o.Shop.Countries(), h.o.Require, h.o.ExtraField
	if f.PayLink != nil {
		f.Items, f.Extra = "", f.PayLink.Link.Ask()
		if f.PayLink.Link.Free {
			f.Fingerprint = ""
		}
		if d.inside() {
			f.Link = h.o.Shop.LinkURL(f.PayLink.Link)
		}
	}
	f.States = h.states()
	h.render(c, status, views.Checkout(h.page(c), f))
}

// POST /checkout and POST /embed/checkout make the order of what the buyer saw, the items in the form, and leads on: phones to the gateway's page,
// computers, and buyers inside another site's page, to the order's page with its QR code.
func (h *Handler) placeOrder(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	items, ok := parseItems(values.Get("items"))
	if !ok || len(items) == 0 {
		h.cantBuy(c, http.StatusUnprocessableEntity, h.cartItems(c), views.CartNotice{Notice: views.NoticeCartEmpty})
		return
	}
	code, ok := models.NewDiscountCode(values.Get("discount"))
	if !ok {
		code = ""
	}
	cart, err := h.priced(c, items, code)
	switch {
	case err != nil:
		h.fail(c, err)
		return
	case len(cart.Lines) == 0:
		h.cantBuy(c, http.StatusConflict, items, views.CartNotice{})
		return
	}
	// Whether the cart can be bought is the shop's to say: a form sent twice has taken the last piece itself.
	f, req := h.readCheckout(c, values, h.o.ExtraField)
	f.Cart, req.Items, req.Discount = cart, items, code
	if len(f.Errors) > 0 {
		f.Notice = views.NoticeInvalidFields
		h.checkoutForm(c, http.StatusUnprocessableEntity, f)
		return
	}
	if cart.Discount.Problem == models.DiscountTooMany {
		f.Notice = views.NoticeTooMany
		h.checkoutForm(c, http.StatusTooManyRequests, f)
		return
	}
	order, err := h.o.Shop.StartPayment(c.Request.Context(), req)
	if order.Token != "" && stands(err) && !(correctable(err) && cart.Buyable()) {
		h.saveCart(c, without(h.cartItems(c), items))
		if code != "" {
			h.saveDiscount(c, "")
		}
		h.leadOn(c, order, h.device(c), err)
		return
	}
	h.notPlaced(c, f, items, err)
}

// readCheckout reads the posted form into what the page shows again and what StartPayment needs. extra is the form's own question.
func (h *Handler) readCheckout(c *gin.Context, values url.Values, extra *models.ExtraField) (views.CheckoutForm, StartRequest) {
	customer := customerForm{values: values}
	customer.parse(h.o.Shop, h.o.Require, extra)
	processor := models.Processor(values.Get("payment_processor"))
	switch {
	case processor == "":
		customer.wrong("payment_processor", ruleRequired, 0)
	case !slices.Contains(h.o.Processors, processor):
		customer.wrong("payment_processor", ruleUnknown, 0)
		processor = ""
	}
	intent := values.Get("intent")
	if !validToken(intent) || len(intent) < intentLength || len(intent) > 64 {
		intent = models.NewToken(intentLength)
	}
	fingerprint := values.Get("fingerprint")
	if !validToken(fingerprint) {
		fingerprint = ""
	}
	shown := views.CheckoutForm{Intent: intent, Customer: customer.customer, Note: customer.note, Processor: processor, Errors: customer.errors}
	return shown, StartRequest{
		Fingerprint: fingerprint, Intent: intent, Customer: customer.customer, Processor: processor,
		Terminal: h.terminal(c, processor), Language: h.lang(c), Note: customer.note,
	}
}

// notPlaced shows the form again, with nothing lost, or the cart when that is what must change.
func (h *Handler) notPlaced(c *gin.Context, f views.CheckoutForm, items []models.CartItem, err error) {
	var invalid *models.InvalidError
	status := explain(err).status
	switch {
	case errors.As(err, &invalid) && slices.ContainsFunc(invalid.Fields, func(e models.FieldError) bool { return e.Field == "items" }):
		h.cantBuy(c, http.StatusConflict, items, views.CartNotice{})
	case errors.Is(err, models.ErrSoldOut):
		h.cantBuy(c, status, items, views.CartNotice{Notice: views.NoticeSoldOut})
	case errors.Is(err, models.ErrConflict):
		f.Notice = views.NoticePriceChanged
		cart, priceErr := h.priced(c, items, f.Cart.Discount.Code)
		if priceErr != nil {
			h.fail(c, priceErr)
			return
		}
		f.Cart = cart
		h.checkoutForm(c, status, f)
	default:
		h.formRefused(c, f, err)
	}
}

// formRefused shows the form again with what the shop or the gateway didn't take.
func (h *Handler) formRefused(c *gin.Context, f views.CheckoutForm, err error) {
	var (
		invalid  *models.InvalidError
		declined *models.DeclinedError
	)
	status := explain(err).status
	switch {
	case errors.As(err, &invalid):
		f.Errors, f.Notice = invalid.Fields, views.NoticeInvalidFields
	case errors.As(err, &declined):
		f.Declined, f.Notice = declined, views.NoticeDeclined
		if declined.Field != "" {
			f.Errors = []models.FieldError{{Field: declined.Field, Rule: ruleFormat}}
		}
	case status == http.StatusServiceUnavailable && c.Request.Context().Err() == nil:
		h.o.Log.ErrorContext(c.Request.Context(), "order not placed", "error", err, "request_id", c.GetString(requestIDKey))
		c.Header("Retry-After", "10")
		f.Notice = views.NoticeUnavailable
	default:
		h.fail(c, err)
		return
	}
	h.checkoutForm(c, status, f)
}

// stands tells whether an order exists although no payment page came for it: its own page says why and offers to go on.
func stands(err error) bool {
	var declined *models.DeclinedError
	return err == nil || errors.Is(err, models.ErrPending) || errors.As(err, &declined) || errors.Is(err, context.DeadlineExceeded)
}

// correctable tells whether the gateway named a field of the form. The buyer puts it right there; the same form sent again
// goes on with the order that it made.
func correctable(err error) bool {
	var declined *models.DeclinedError
	return errors.As(err, &declined) && slices.ContainsFunc(fields, func(f field) bool { return f.name == declined.Field })
}

// leadOn sends the buyer on: a phone to the gateway when there is somewhere to go, everybody else to the order's page.
func (h *Handler) leadOn(c *gin.Context, order models.Order, d device, err error) {
	to := h.stayPath(c, order.Token, nil)
	framed := h.embed(c) != nil && h.embed(c).Origin != "" // no gateway's page opens there
	if p := order.Payment(); err == nil && !framed && d.phone() && !d.blocked(p.Processor) && order.Status == models.OrderPending {
		if target, ok := h.paymentURL(p.URLFor(d.terminal)); ok {
			to = target
		}
	}
	h.redirect(c, to)
}

// without leaves out what was bought.
func without(items, bought []models.CartItem) []models.CartItem {
	return slices.DeleteFunc(slices.Clone(items), func(it models.CartItem) bool {
		return slices.ContainsFunc(bought, func(b models.CartItem) bool { return b.SKU == it.SKU })
	})
}

// intentLength makes a form's one-time mark of 131 random bits.
const intentLength = 22
