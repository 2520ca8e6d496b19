package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /orders/{token}, and /embed/orders/{token} inside another site's page, show how the order stands. With ?returned=1 the buyer has come back from the wallet: the gateway is
// asked once, whatever the address says.
func (h *Handler) order(c *gin.Context) {
	order, err := h.findOrder(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	returned := c.Query("returned") == "1"
	if returned && !order.Status.Settled() && h.checkoutLimit.wait(c.ClientIP()) == 0 {
		if confirmed, err := h.o.Shop.Confirm(c.Request.Context(), order.Token); err == nil {
			order = confirmed
		}
	}
	if !returned && c.Query("device") == "" && h.unchanged(c, h.shown(c, order)...) {
		return
	}
	h.orderPage(c, http.StatusOK, views.OrderView{
		Order: order, Notice: noticeOf(c, views.NoticeExtended, views.NoticeSwitched), Confirming: returned && !order.Status.Settled(), Still: c.Query("still") == "1",
	})
}

// noticeOf is the notice that the page's address names, if it is one of those that lead here.
func noticeOf(c *gin.Context, here ...views.Notice) string {
	if n := views.Notice(c.Query("notice")); slices.Contains(here, n) {
		return string(n)
	}
	return ""
}

// shown names everything that an order's page is made of. While it waits, the countdown that is drawn goes on: the page
// counts as another one every few seconds.
func (h *Handler) shown(c *gin.Context, o models.Order) []string {
	device, _ := c.Cookie(deviceCookie)
	names := []string{o.Version(), c.GetHeader("User-Agent"), device, c.Query("notice"), c.Query("still")}
	if h.embed(c) != nil {
		names = append(names, c.Request.URL.RawQuery)
	}
	if waiting(o) {
		names = append(names, strconv.FormatInt(h.o.Now().Unix()/countdownAge, 10))
	}
	return names
}

// countdownAge is how many seconds a countdown drawn on a page may lag where no script counts on.
const countdownAge = 10

// orderPage shows the order on this device; the caller says what is special this time.
func (h *Handler) orderPage(c *gin.Context, status int, v views.OrderView) {
	d := h.device(c)
	v.Device, v.Offers, v.Offer = d.view(), d.offers(h.o.Processors), d.offer(v.Order.Payment().Processor)
	h.askBuyer(&v)
	v.QR, v.ShortLink = !d.phone() && waiting(v.Order) && v.Order.Chosen(), h.o.Shop.ShortLink(v.Order)
	v.AnyWallet = len(h.o.Processors) > 1 && h.qrContent(v.Order) == v.ShortLink
	v.Simulator = h.o.Simulator != nil
	h.render(c, status, views.Order(h.page(c), v))
}

// POST /orders/{token}/retry goes on with the order: with another wallet, or with the same one and more time.
func (h *Handler) retry(c *gin.Context) {
	order, err := h.findOrder(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if !order.Chosen() { // what the form asks for is needed first
		h.redirect(c, h.orderPath(order.Token))
		return
	}
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	d, before, inTime := h.device(c), order.Payment().Processor, waiting(order)
	processor := models.Processor(cmp.Or(values.Get("payment_processor"), string(before)))
	if !processor.Known() || (processor != before && !slices.Contains(h.o.Processors, processor)) {
		h.orderPage(c, http.StatusUnprocessableEntity, views.OrderView{Order: order, Notice: string(views.NoticeInvalidFields)})
		return
	}
	order, err = h.o.Shop.RetryPayment(c.Request.Context(), order.Token, processor, h.terminal(c, processor))
	switch {
	case err == nil && waiting(order) && inTime && processor == before:
		h.redirect(c, h.stayPath(c, order.Token, noticed(views.NoticeExtended)))
	case err == nil && d.phone():
		h.leadOn(c, order, d, nil)
	case err == nil && waiting(order) && processor != before:
		h.redirect(c, h.stayPath(c, order.Token, noticed(views.NoticeSwitched)))
	default:
		h.wentOn(c, order, err)
	}
}

// GET /orders/{token}/retry and /pay: somebody reloads, or the page's script reads anew, what answered a form.
func (h *Handler) toOrder(c *gin.Context) { h.redirect(c, h.stayPath(c, c.Param("token"), nil)) }

// POST /orders/{token}/pay leads to the gateway's page for this device. Where the wallet can't be used, the order's page says
// what to do instead.
func (h *Handler) pay(c *gin.Context) {
	order, err := h.findOrder(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	processor := order.Payment().Processor
	if h.device(c).blocked(processor) {
		h.redirect(c, h.orderPath(order.Token))
		return
	}
	order, target, err := h.o.Shop.PaymentURL(c.Request.Context(), order.Token, h.terminal(c, processor))
	if to, ok := h.paymentURL(target); err == nil && ok {
		h.redirect(c, to)
		return
	}
	h.wentOn(c, order, err)
}

// wentOn answers a try to pay that gave no page: the order's own page tells how it stands.
func (h *Handler) wentOn(c *gin.Context, order models.Order, err error) {
	token := c.Param("token")
	if err == nil || errors.Is(err, models.ErrPending) {
		h.redirect(c, h.stayPath(c, token, nil))
		return
	}
	v := views.OrderView{Order: order}
	var invalid *models.InvalidError
	status := explain(err).status
	switch {
	case errors.As(err, &v.Declined):
	case errors.As(err, &invalid):
		v.Notice = string(views.NoticeInvalidFields)
	case errors.Is(err, models.ErrSoldOut):
		v.Notice = string(views.NoticeOrderSoldOut)
	case errors.Is(err, models.ErrDiscountUsedUp):
		v.Notice = string(views.NoticeDiscountUsedUp)
	case errors.Is(err, models.ErrLink):
		v.Notice = string(views.NoticeOrderLink)
	case status == http.StatusConflict: // it moved on meanwhile
	case status == http.StatusServiceUnavailable && c.Request.Context().Err() == nil:
		v.Notice = string(views.NoticeUnavailable)
	default:
		h.fail(c, err)
		return
	}
	if order.Token != token {
		if v.Order, err = h.o.Shop.Order(c.Request.Context(), token); err != nil {
			h.fail(c, err)
			return
		}
	}
	if status == http.StatusConflict && !v.Order.PaidAt.IsZero() {
		v.Notice = string(views.NoticeAlreadyPaid)
	}
	h.orderPage(c, status, v)
}

// findOrder is the order of the path's token. What can't be a token isn't looked up, and looks the same as an unknown one.
func (h *Handler) findOrder(c *gin.Context) (models.Order, error) {
	token := c.Param("token")
	if !validToken(token) {
		return models.Order{}, models.ErrNotFound
	}
	order, err := h.o.Shop.Order(c.Request.Context(), token)
	if order.Session {
		c.Set(wishedLanguage, order.Language)
	}
	return order, err
}

func (h *Handler) orderPath(token string) string { return h.path("/orders/" + url.PathEscape(token)) }

// waiting tells whether a QR code makes sense.
func waiting(o models.Order) bool {
	return o.Status == models.OrderOpen || o.Status == models.OrderPending
}
