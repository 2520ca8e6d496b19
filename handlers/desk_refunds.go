package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// POST /admin/orders/{id}/refunds/confirm shows what a refund would do, and does nothing.
func (h *Handler) deskConfirmRefund(c *gin.Context) {
	values, order, ok := h.refundForm(c)
	if !ok {
		return
	}
	form := views.RefundForm{Values: shown(values), On: h.o.Refunds}
	req := h.refundRequest(order, values, &form)
	pay, found := paymentOf(order, req.PaymentID)
	if !found {
		h.fail(c, models.ErrNotFound)
		return
	}
	left := order.Left(pay)
	money := models.Money{Amount: req.Amount, Currency: left.Currency}
	switch {
	case len(form.Errors) > 0:
	case req.Amount > left.Amount:
		form.Errors = append(form.Errors, models.FieldError{Field: "amount", Rule: "too_much"})
	case money.Check() != nil:
		form.Errors = append(form.Errors, models.FieldError{Field: "amount", Rule: "amount"})
	}
	if len(form.Errors) > 0 {
		h.refundAgain(c, order, form, "")
		return
	}
	h.refundConfirm(c, http.StatusOK, order, pay, req, "")
}

func (h *Handler) refundConfirm(c *gin.Context, status int, order models.Order, pay models.Payment, req RefundRequest, notice views.Notice) {
	h.render(c, status, views.DeskRefund(h.page(c), views.RefundView{
		Order: order, Payment: pay, Money: models.Money{Amount: req.Amount, Currency: pay.Money.Currency}, Reason: req.Reason, Restock: req.Restock,
		Intent: models.NewToken(32), Alike: notice == views.NoticeRefundAlike, Notice: notice,
	}))
}

// POST /admin/orders/{id}/refunds refunds what the page before has shown.
func (h *Handler) deskRefund(c *gin.Context) {
	values, order, ok := h.refundForm(c)
	if !ok {
		return
	}
	form := views.RefundForm{Values: shown(values), On: h.o.Refunds}
	req := h.refundRequest(order, values, &form)
	req.Intent, req.Again, req.By = "desk."+values.Get("intent"), values.Get("again") == "1", c.GetString(adminKey)
	if n := len(values.Get("intent")); n < 16 || n > 64 {
		h.fail(c, badRequest("the form is not ours"))
		return
	}
	if len(form.Errors) > 0 {
		h.refundAgain(c, order, form, "")
		return
	}
	pay, found := paymentOf(order, req.PaymentID)
	if !found {
		h.fail(c, models.ErrNotFound)
		return
	}
	r, err := h.o.Shop.Refund(c.Request.Context(), req)
	if r.ID != 0 {
		h.record(c, "order.refunded", order.Number+" "+r.Money.String())
	}
	var invalid *models.InvalidError
	switch {
	case err == nil:
		h.toOrderPage(c, order, refundNotice(r))
	case errors.As(err, &invalid):
		form.Errors = invalid.Fields
		h.refundAgain(c, order, form, "")
	case errors.Is(err, models.ErrRefundAlike):
		h.refundConfirm(c, http.StatusConflict, order, pay, req, views.NoticeRefundAlike)
	case errors.As(err, new(*models.DeclinedError)):
		h.toOrderPage(c, order, views.NoticeRefundDeclined)
	case errors.Is(err, models.ErrNotRefundable):
		h.toOrderPage(c, order, views.NoticeNotRefundable)
	case errors.Is(err, models.ErrRefundsOff):
		h.toOrderPage(c, order, views.NoticeRefundsOff)
	case errors.Is(err, models.ErrPending):
		h.toOrderPage(c, order, views.NoticeCheckFailed)
	default:
		h.fail(c, err)
	}
}

func refundNotice(r models.Refund) views.Notice {
	switch r.Status {
	case models.RefundSucceeded:
		return views.NoticeRefundDone
	case models.RefundPending:
		return views.NoticeRefundPending
	case models.RefundCreated, models.RefundFailed:
	}
	return views.NoticeRefundUnknown
}

// POST /admin/orders/{id}/refunds/{refund}/close ends a refund that the gateway doesn't have, after asking it.
func (h *Handler) deskCloseRefund(c *gin.Context) {
	id, err := orderID(c)
	refund, numberErr := strconv.ParseInt(c.Param("refund"), 10, 64)
	if err != nil || numberErr != nil || refund <= 0 {
		h.fail(c, models.ErrNotFound)
		return
	}
	r, err := h.o.Shop.CloseRefund(c.Request.Context(), id, refund)
	notice := views.NoticeRefundClosed
	switch {
	case err == nil:
		h.record(c, "refund.closed", strconv.FormatInt(id, 10)+" "+r.Money.String())
	case errors.Is(err, models.ErrRefundOpen):
		notice = views.NoticeRefundOpen
	case errors.Is(err, models.ErrPending):
		notice = views.NoticeCheckFailed
	default:
		h.fail(c, err)
		return
	}
	h.toOrderPage(c, models.Order{ID: id}, notice)
}

// refundForm reads the posted form and the path's order; when it can't, the answer is given already.
func (h *Handler) refundForm(c *gin.Context) (values url.Values, order models.Order, ok bool) {
	values, err := form(c)
	if err == nil {
		var id int64
		if id, err = orderID(c); err == nil {
			order, err = h.o.Shop.OrderByID(c.Request.Context(), id)
		}
	}
	if err != nil {
		h.fail(c, err)
	}
	return values, order, err == nil
}

// refundRequest is what the form wishes; what can't be read is added to its errors.
func (h *Handler) refundRequest(order models.Order, values url.Values, f *views.RefundForm) RefundRequest {
	read := linkReader{values: values, currency: order.Total.Currency}
	req := RefundRequest{OrderID: order.ID, Reason: tidy(values.Get("reason")), Restock: values.Get("restock") == "1"}
	if req.Amount = read.money("amount", true).Amount; req.Amount == 0 && len(read.wrong) == 0 {
		read.bad("amount", "amount")
	}
	if text := values.Get("payment"); text != "" {
		var err error
		if req.PaymentID, err = strconv.ParseInt(text, 10, 64); err != nil || req.PaymentID <= 0 {
			req.PaymentID = -1 // nobody's: not the one that counts
		}
	}
	f.Errors = append(read.wrong, models.CheckRefundReason(req.Reason, true)...)
	return req
}

// paymentOf is the order's payment with the id; 0 is the one that counts.
func paymentOf(o models.Order, id int64) (models.Payment, bool) {
	if id == 0 {
		return o.Payment(), true
	}
	for _, p := range o.Payments {
		if p.ID == id {
			return p, true
		}
	}
	return models.Payment{}, false
}

// refundAgain is the order's page with the refund's form and what is wrong with it.
func (h *Handler) refundAgain(c *gin.Context, order models.Order, f views.RefundForm, notice string) {
	events, err := h.o.Shop.History(c.Request.Context(), order.ID)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusUnprocessableEntity, views.AdminOrder(h.page(c), views.AdminOrderView{Order: order, Events: events, Refund: f, Notice: notice}))
}

func (h *Handler) toOrderPage(c *gin.Context, order models.Order, notice views.Notice) {
	h.redirect(c, h.path("/admin/orders/"+strconv.FormatInt(order.ID, 10))+"?notice="+string(notice))
}
