package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// ChargeShop is what the keypad at the counter needs of the shop.
type ChargeShop interface {
	// Charge makes an order of one sum, whose payer chooses the wallet by scanning its code. The same intent, sum and note are the same order, for
	// which made is false. What is wrong with them is *models.InvalidError, with the fields "amount" and "reference".
	Charge(ctx context.Context, r ChargeRequest) (o models.Order, made bool, err error)
}

// ChargeRequest is what an operator charges at the counter.
type ChargeRequest struct {
	Intent string      // the form's one-time mark
	Amount int64       // in hundredths of the shop's currency
	Note   string      // the operator's own, like "table 7"
	Name   models.Text // what the payer sees it called
}

// chargeAgain is how long the same form sent again is a second tap. Later it is somebody who went back to the keypad for the next customer, and must not
// be shown the last one's payment.
const chargeAgain = 15 * time.Second

// GET /admin/charge is the keypad: ?amount= stands in the field already.
func (h *Handler) adminCharge(c *gin.Context) {
	amount := ""
	if n, ok := typedAmount(c.Query("amount")); ok {
		amount = strings.TrimSuffix(models.Money{Amount: n, Currency: h.o.Currency}.Decimal(), ".00")
	}
	h.chargeForm(c, http.StatusOK, views.ChargeForm{Amount: amount})
}

func (h *Handler) chargeForm(c *gin.Context, status int, f views.ChargeForm) {
	f.Intent, f.Currency = models.NewToken(intentLength), h.o.Currency
	page := h.page(c)
	page.Path = "/admin/charge"
	h.render(c, status, views.AdminCharge(page, f))
}

// POST /admin/charge makes the order, and leads to its code.
func (h *Handler) adminMakeCharge(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	f := views.ChargeForm{Amount: valid(tidy(values.Get("amount"))), Note: valid(tidy(values.Get("reference")))}
	r := ChargeRequest{Intent: values.Get("intent"), Note: tidy(values.Get("reference")), Name: views.ChargeName()}
	if !validToken(r.Intent) {
		r.Intent = models.NewToken(intentLength)
	}
	var ok, made bool
	if r.Amount, ok = typedAmount(values.Get("amount")); !ok {
		f.Errors = []models.FieldError{{Field: "amount", Rule: "amount"}}
		h.chargeForm(c, http.StatusUnprocessableEntity, f)
		return
	}
	order, made, err := h.o.Shop.Charge(c.Request.Context(), r)
	var invalid *models.InvalidError
	switch {
	case errors.As(err, &invalid):
		f.Errors = invalid.Fields
		h.chargeForm(c, http.StatusUnprocessableEntity, f)
	case err != nil:
		h.fail(c, err)
	case !made && h.o.Now().Sub(order.CreatedAt) > chargeAgain:
		f.Before = order
		h.chargeForm(c, http.StatusConflict, f)
	default:
		if made {
			h.record(c, "order.charged", order.Number)
		}
		h.redirect(c, h.chargePath(order))
	}
}

func (h *Handler) chargePath(o models.Order) string {
	return h.path("/admin/charge/" + strconv.FormatInt(o.ID, 10))
}

// GET /admin/charge/{id} shows the code to the payer, and then how it went.
func (h *Handler) adminCharged(c *gin.Context) {
	order, ok := h.chargeOf(c)
	if !ok {
		return
	}
	h.render(c, http.StatusOK, views.AdminCharged(h.page(c), views.ChargeView{Order: order, Wallets: h.o.Processors, Still: c.Query("still") == "1", Uncertain: c.Query("notice") == "uncertain"}))
}

// GET /admin/charge/{id}/qr.svg is the code, which every wallet can scan.
func (h *Handler) adminChargeCode(c *gin.Context) {
	order, ok := h.chargeOf(c)
	if !ok {
		return
	}
	content := h.o.Shop.ShortLink(order)
	picture, err := h.codes.of("charge"+content, func() ([]byte, error) { return views.QRSVG(content, nil) })
	if err != nil {
		h.fail(c, err)
		return
	}
	h.write(c, http.StatusOK, "image/svg+xml", picture)
}

// POST /admin/charge/{id}/cancel ends a charge that nobody has paid. The gateway is asked first: who has paid meanwhile has paid.
func (h *Handler) adminCancelCharge(c *gin.Context) {
	order, ok := h.chargeOf(c)
	if !ok {
		return
	}
	_, err := h.o.Shop.CancelOrder(c.Request.Context(), order.ID)
	switch {
	case errors.Is(err, models.ErrConflict): // its page says what it is now
		h.redirect(c, h.chargePath(order))
	case errors.Is(err, models.ErrPending):
		h.redirect(c, h.chargePath(order)+"?notice=uncertain")
	case err != nil:
		h.fail(c, err)
	default:
		h.record(c, "order.cancelled", order.Number)
		h.redirect(c, h.path("/admin/charge"))
	}
}

// chargeOf is the path's order if it was charged at the counter; when there is none the answer is given already.
func (h *Handler) chargeOf(c *gin.Context) (models.Order, bool) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return models.Order{}, false
	}
	order, err := h.o.Shop.OrderByID(c.Request.Context(), id)
	if err == nil && !order.Counter() {
		err = models.ErrNotFound
	}
	if err != nil {
		h.fail(c, err)
		return models.Order{}, false
	}
	return order, true
}

// requires are the customer fields that the order's payer must fill in: at the counter none.
func (h *Handler) requires(o models.Order) []string {
	if o.Counter() {
		return []string{}
	}
	return h.o.Require
}

// extraOf is the shop's own question to the order's payer; nil for none.
func (h *Handler) extraOf(o models.Order) *models.ExtraField {
	if o.Counter() {
		return nil
	}
	return h.o.ExtraField
}
