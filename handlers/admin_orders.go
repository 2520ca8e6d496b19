package handlers

import (
	"net/http"
	"regexp"
	"strconv"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /admin/orders lists orders: ?q= (a number, e-mail or id, whole), ?status=, ?wallet=, ?currency=, ?from= and ?to= (days), ?attention=1,
// ?link= (a payment link's id), ?cursor=.
func (h *Handler) adminOrders(c *gin.Context) {
	filter, err := orderFilter(c.Request.URL.RawQuery, true)
	if err != nil {
		h.fail(c, err)
		return
	}
	ctx := c.Request.Context()
	list, err := h.o.Shop.Orders(ctx, filter)
	if err != nil {
		h.fail(c, err)
		return
	}
	currencies, err := h.o.Shop.Currencies(ctx)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.AdminOrders(h.page(c), views.AdminOrdersView{List: list, Filter: filter, Currencies: currencies}))
}

// statusWaiting is the list's word for orders that wait for their buyer or for the gateway: open, pending and processing.
const statusWaiting = "waiting"

// orderFilter reads the list's query; a file of the whole list has no cursor.
func orderFilter(raw string, pages bool) (f models.OrderFilter, err error) {
	names := []string{"q", "status", "wallet", "currency", "from", "to", "attention", "link"}
	if pages {
		names = append(names, "cursor")
	}
	q := readDeskQuery(raw, names...)
	f = models.OrderFilter{
		Query: q.text("q"), Processor: one(q, "wallet", models.Processors), Attention: q.mark("attention"), LinkID: q.id("link"),
	}
	if f.Waiting = q.text("status") == statusWaiting; !f.Waiting {
		f.Status = one(q, "status", models.OrderStatuses)
	}
	if f.Currency = q.text("currency"); f.Currency != "" && !currencyForm.MatchString(f.Currency) {
		q.refuse("value", "currency")
	}
	from, hasFrom := q.day("from")
	to, hasTo := q.day("to")
	if hasFrom {
		f.From = from.Start()
	}
	if hasTo {
		f.To = (to + 1).Start()
	}
	if hasFrom && hasTo && from > to {
		q.refuse("order", "from")
	}
	if id := q.id("cursor"); id > 0 {
		f.Cursor = strconv.FormatInt(id, 10)
	}
	return f, q.err()
}

var currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)

// orderID is the path's id; anything but a positive number isn't found.
func orderID(c *gin.Context) (int64, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, models.ErrNotFound
	}
	return id, nil
}
