package handlers

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// LinkShop is what the pages need of payment links.
type LinkShop interface {
	// Link finds a payment link by its code, or models.ErrNotFound.
	Link(ctx context.Context, code string) (models.Link, error)
	// LinkByID finds one for the console, or models.ErrNotFound.
	LinkByID(ctx context.Context, id int64) (models.Link, error)
	// Links lists them for the console, newest first; limit is 1 to 200, or 50.
	Links(ctx context.Context, cursor string, limit int) (models.LinkList, error)
	// MakeLink makes one. All that is wrong with it is *models.InvalidError.
	MakeLink(ctx context.Context, l models.Link) (models.Link, error)
	// ChangeLink changes what may be changed afterwards. Errors as MakeLink's and LinkByID's.
	ChangeLink(ctx context.Context, id int64, p models.LinkPart) error
	// PriceLink prices what a link sells. amount is the payer's own sum in hundredths, where the link lets them name it.
	PriceLink(ctx context.Context, l models.Link, amount int64) (models.Cart, error)
	// LinkURL is the absolute address of a link's page, which its QR code holds.
	LinkURL(l models.Link) string
}

// linkCookie remembers the order that this browser made at a link: who scans a card again after that comes back to it.
const (
	linkCookie    = "pay"
	linkCookieAge = 24 * 60 * 60
)

// GET /pay/{link} is a payment link's page: what is paid, the customer form and the wallets.
func (h *Handler) payLink(c *gin.Context) {
	link, err := h.findLink(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if state := link.State(h.o.Now()); state != models.LinkOpen {
		h.linkClosed(c, link, string(state))
		return
	}
	cart, err := h.o.Shop.PriceLink(c.Request.Context(), link, link.Suggested.Amount)
	switch {
	case err != nil:
		h.fail(c, err)
		return
	case !link.Free && !cart.Buyable():
		h.linkClosed(c, link, views.LinkSoldOut)
		return
	}
	shown := &views.PayLink{Link: link}
	if !link.Suggested.IsZero() {
		shown.Amount = strings.TrimSuffix(link.Suggested.Decimal(), ".00")
	}
	h.checkoutForm(c, http.StatusOK, views.CheckoutForm{Cart: cart, Intent: models.NewToken(intentLength), PayLink: shown})
}

// POST /pay/{link} makes the order of what the link sells, and leads on as the checkout does.
func (h *Handler) payLinkOrder(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	link, err := h.findLink(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	f, req := h.readCheckout(c, values, link.Ask())
	f.PayLink, req.Link = &views.PayLink{Link: link}, link.Code
	if link.Free {
		f.PayLink.Amount, req.Fingerprint = valid(tidy(values.Get("amount"))), ""
		var problem string
		if req.Amount, problem = h.freeAmount(link, values.Get("amount")); problem != "" {
			f.Errors = append(f.Errors, models.FieldError{Field: "amount", Rule: problem})
		}
	}
	if f.Cart, err = h.o.Shop.PriceLink(c.Request.Context(), link, req.Amount); err != nil {
		h.fail(c, err)
		return
	}
	if len(f.Errors) > 0 {
		f.Notice = views.NoticeInvalidFields
		h.checkoutForm(c, http.StatusUnprocessableEntity, f)
		return
	}
	// Whether the link can be paid is the shop's to say: a form sent twice holds it itself.
	order, err := h.o.Shop.StartPayment(c.Request.Context(), req)
	if order.Token != "" && stands(err) && !(correctable(err) && f.Cart.Buyable()) {
		h.setCookie(c, linkCookie, link.Code+":"+order.Token, linkCookieAge)
		h.leadOn(c, order, h.device(c), err)
		return
	}
	h.linkNotPaid(c, f, err)
}

// linkNotPaid says why a link's form made no order, with nothing of it lost.
func (h *Handler) linkNotPaid(c *gin.Context, f views.CheckoutForm, err error) {
	var invalid *models.InvalidError
	goods := errors.As(err, &invalid) && slices.ContainsFunc(invalid.Fields, func(e models.FieldError) bool { return e.Field == "items" })
	ctx, link := c.Request.Context(), f.PayLink.Link
	switch {
	case errors.Is(err, models.ErrLink):
		now, err := h.o.Shop.Link(ctx, link.Code)
		if err != nil {
			h.fail(c, err)
			return
		}
		state := now.State(h.o.Now())
		if state == models.LinkOpen { // it came free this moment
			state = models.LinkTaken
		}
		h.linkClosed(c, now, string(state))
	case errors.Is(err, models.ErrSoldOut), goods:
		h.linkClosed(c, link, views.LinkSoldOut)
	case errors.Is(err, models.ErrConflict):
		cart, priceErr := h.o.Shop.PriceLink(ctx, link, 0)
		if priceErr != nil {
			h.fail(c, priceErr)
			return
		}
		f.Cart, f.Notice = cart, views.NoticePriceChanged
		h.checkoutForm(c, explain(err).status, f)
	default:
		h.formRefused(c, f, err)
	}
}

// linkClosed says why a link can't be paid and what to do. Whose own order holds it is led to that.
func (h *Handler) linkClosed(c *gin.Context, link models.Link, why string) {
	status := http.StatusGone
	if why == string(models.LinkTaken) || why == views.LinkSoldOut {
		status = http.StatusConflict // it may be paid again later
	}
	held := why == string(models.LinkTaken) || why == string(models.LinkUsedUp)
	if kept, err := c.Cookie(linkCookie); err == nil && held {
		if code, token, ok := strings.Cut(kept, ":"); ok && code == link.Code && validToken(token) {
			if _, err := h.o.Shop.Order(c.Request.Context(), token); err == nil {
				h.redirect(c, h.orderPath(token))
				return
			}
		}
	}
	h.render(c, status, views.LinkClosed(h.page(c), link, why))
}

// findLink is the payment link of the path's code. What can't be one isn't looked up, and looks the same as an unknown one.
func (h *Handler) findLink(c *gin.Context) (models.Link, error) {
	code := c.Param("link")
	if !validToken(code) {
		return models.Link{}, models.ErrNotFound
	}
	return h.o.Shop.Link(c.Request.Context(), code)
}

// grouped is a number with a comma before each three digits, as people copy it.
var grouped = regexp.MustCompile(`^[0-9]{1,3}(,[0-9]{3})+(\.[0-9]{1,2})?$`)

// typedAmount reads an amount as people type it, full-width digits of a Chinese keyboard too, in hundredths.
func typedAmount(typed string) (int64, bool) {
	if len(typed) > 200 {
		return 0, false
	}
	text := strings.TrimSpace(norm.NFKC.String(typed))
	if grouped.MatchString(text) {
		text = strings.ReplaceAll(text, ",", "")
	}
	amount, err := models.ParseAmount(text)
	return amount, err == nil
}

// freeAmount reads the payer's own sum. problem is a rule of models.FieldError, empty when the sum can be paid.
func (h *Handler) freeAmount(l models.Link, typed string) (amount int64, problem string) {
	if strings.TrimSpace(typed) == "" {
		return 0, ruleRequired
	}
	amount, ok := typedAmount(typed)
	if !ok {
		return 0, ruleFormat
	}
	return amount, l.Fits(models.Money{Amount: amount, Currency: h.o.Currency})
}
