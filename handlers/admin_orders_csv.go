package handlers

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// ordersAPart is how many orders of a file are in memory at once.
const ordersAPart = 500

// GET /admin/orders.csv is the list of orders with the same filters, whole, newest first. What is personal stands in it for those only who
// work with it.
func (h *Handler) adminOrdersCSV(c *gin.Context) {
	filter, err := orderFilter(c.Request.URL.RawQuery, false)
	if err != nil {
		h.fail(c, err)
		return
	}
	ctx := c.Request.Context()
	filter.Limit = ordersAPart
	list, err := h.o.Shop.Orders(ctx, filter)
	if err != nil {
		h.fail(c, err)
		return
	}
	personal := h.role(c).Can(models.RoleStaff)
	columns := []string{"order_id", "number", "reference", "status", "attention", "placed_at", "paid_at", "currency", "amount", "discount_code", "wallet",
		"merchant_transaction_id", "ll_transaction_id", "trace_id", "settlement_currency", "settlement_amount", "payment_link_id"}
	if personal {
		columns = append(columns, "name", "email", "phone")
	}
	t := newTable(c, "orders-"+models.DayOf(h.o.Now()).String(), columns...)
	if c.Request.Method == http.MethodHead {
		return
	}
	h.record(c, "orders.exported", "orders.csv") // without the filters: what is searched for may be somebody's address
	for {
		for _, o := range list.Orders {
			t.row(orderCells(o, personal)...)
		}
		if !t.send() || list.Next == "" {
			return
		}
		filter.Cursor = list.Next
		if list, err = h.o.Shop.Orders(ctx, filter); err != nil {
			h.o.Log.ErrorContext(ctx, "orders.csv ended early", "error", err, "request_id", c.GetString(requestIDKey))
			t.broken()
		}
	}
}

func orderCells(o models.Order, personal bool) []string {
	p := o.Payment()
	settled, currency, link := "", "", ""
	if p.Settlement != nil {
		settled, currency = p.Settlement.Decimal(), p.Settlement.Currency
	}
	if o.LinkID != 0 {
		link = strconv.FormatInt(o.LinkID, 10)
	}
	cells := []string{strconv.FormatInt(o.ID, 10), o.Number, o.Reference, string(o.Status), o.Attention, isoTime(o.CreatedAt), isoTime(o.PaidAt), o.Total.Currency,
		o.Total.Decimal(), o.Discount, string(p.Processor), p.MerchantTransactionID, p.LLTransactionID, p.TraceID, currency, settled, link}
	if personal {
		cells = append(cells, o.Customer.Name(), o.Customer.Email, o.Customer.Phone)
	}
	return cells
}
