package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /admin leads to the orders.
func (h *Handler) adminHome(c *gin.Context) { h.redirect(c, h.path("/admin/orders")) }

// GET /admin/orders lists orders: ?status=, ?q= (a number or id, whole), ?attention=1, ?link= (a payment link's id), ?cursor=.
func (h *Handler) adminOrders(c *gin.Context) {
	filter, err := orderFilter(c.Request.URL.Query())
	if err != nil {
		h.fail(c, err)
		return
	}
	list, err := h.o.Shop.Orders(c.Request.Context(), filter)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.AdminOrders(h.page(c), views.AdminOrdersView{List: list, Filter: filter}))
}

func orderFilter(q url.Values) (models.OrderFilter, error) {
	f := models.OrderFilter{
		Query: strings.TrimSpace(q.Get("q")), Status: models.OrderStatus(q.Get("status")),
		Attention: q.Get("attention") == "1", Cursor: q.Get("cursor"),
	}
	if f.Status != "" && !slices.Contains(models.OrderStatuses, f.Status) {
		return f, badRequest("there is no such status")
	}
	if link := q.Get("link"); link != "" {
		id, err := strconv.ParseInt(link, 10, 64)
		if err != nil || id <= 0 {
			return f, badRequest("there is no such payment link")
		}
		f.LinkID = id
	}
	for _, text := range []string{f.Query, f.Cursor} {
		if len(text) > 256 || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return f, badRequest("q and cursor have at most 256 bytes of UTF-8")
		}
	}
	return f, nil
}

// GET /admin/orders/{id} is one order with everything that was said about it.
func (h *Handler) adminOrder(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	order, err := h.o.Shop.OrderByID(c.Request.Context(), id)
	if err != nil {
		h.fail(c, err)
		return
	}
	events, err := h.o.Shop.History(c.Request.Context(), id)
	if err != nil {
		h.fail(c, err)
		return
	}
	notice := noticeOf(c, views.NoticeChecked, views.NoticeCheckFailed)
	h.render(c, http.StatusOK, views.AdminOrder(h.page(c), views.AdminOrderView{Order: order, Events: events, Notice: notice}))
}

// POST /admin/orders/{id}/check asks the gateway now.
func (h *Handler) adminCheck(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	notice := views.NoticeChecked
	if _, err := h.o.Shop.CheckNow(c.Request.Context(), id); err != nil {
		if explain(err).status == http.StatusNotFound {
			h.fail(c, err)
			return
		}
		h.o.Log.WarnContext(c.Request.Context(), "check at an operator's wish", "error", err, "order_id", id, "request_id", c.GetString(requestIDKey))
		notice = views.NoticeCheckFailed
	}
	h.record(c, "order.checked", strconv.FormatInt(id, 10))
	h.redirect(c, h.path("/admin/orders/"+strconv.FormatInt(id, 10))+"?notice="+string(notice))
}

// orderID is the path's id; anything but a positive number isn't found.
func orderID(c *gin.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, models.ErrNotFound
	}
	return id, nil
}
