package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// orderOf is an order as a merchant's server reads it.
func (h *Handler) orderOf(o models.Order) models.OrderJSON {
	j := models.NewOrderJSON(o)
	j.Token, j.URL, j.Customer = o.Token, h.orderURL(o), &o.Customer
	return j
}

// GET /api/v1/orders/{id} is one order.
func (h *Handler) getOrder(c *gin.Context) {
	order, err := h.orderByID(c)
	if err != nil {
		h.apiFail(c, err)
		return
	}
	h.json(c, http.StatusOK, "application/json", h.orderOf(order))
}

// GET /api/v1/orders?status=&reference=&cursor=&limit= lists orders, newest first.
func (h *Handler) getOrders(c *gin.Context) {
	filter, faults := apiFilter(c.Request.URL.RawQuery)
	if len(faults) > 0 {
		h.apiFail(c, invalidRequest(http.StatusUnprocessableEntity, faults...))
		return
	}
	list, err := h.o.Shop.Orders(c.Request.Context(), filter)
	if err != nil {
		h.apiFail(c, err)
		return
	}
	answer := struct {
		Data       []models.OrderJSON `json:"data"`
		NextCursor *string            `json:"next_cursor"` // null at the end
	}{Data: make([]models.OrderJSON, len(list.Orders))}
	for i, o := range list.Orders {
		answer.Data[i] = h.orderOf(o)
	}
	if list.Next != "" {
		answer.NextCursor = &list.Next
	}
	h.json(c, http.StatusOK, "application/json", answer)
}

// Limits of a page of orders.
const (
	ordersAPage  = 50
	mostOrders   = 100
	longestQuery = 2048

	confirmSoon = 5 * time.Second
)

func apiFilter(raw string) (f models.OrderFilter, faults []fault) {
	wrong := func(name, detail string) { faults = append(faults, fault{Parameter: name, Detail: detail}) }
	f.Limit = ordersAPage
	query, err := url.ParseQuery(raw)
	if err != nil || len(raw) > longestQuery {
		wrong("", fmt.Sprintf("The query can't be read, or has more than %d characters.", longestQuery))
		return f, faults
	}
	for name, values := range query {
		value := values[0]
		switch {
		case len(values) > 1:
			wrong(escapePointer(name), "stands twice")
			continue
		case value == "" && slices.Contains([]string{"status", "reference", "cursor", "limit"}, name):
			continue
		}
		switch name {
		case "status":
			if f.Status = models.OrderStatus(value); !slices.Contains(models.OrderStatuses, f.Status) {
				wrong(name, "must be one of "+join(models.OrderStatuses))
			}
		case "reference":
			f.Reference = value
		case "cursor":
			if id, err := strconv.ParseInt(value, 10, 64); err != nil || id < 1 {
				wrong(name, "must be the next_cursor of an answer")
			}
			f.Cursor = value
		case "limit":
			if f.Limit, err = strconv.Atoi(value); err != nil || f.Limit < 1 || f.Limit > mostOrders {
				wrong(name, fmt.Sprintf("must be 1 to %d", mostOrders))
			}
		default:
			wrong(escapePointer(name), "is not known here: use status, reference, cursor and limit")
		}
	}
	slices.SortFunc(faults, func(a, b fault) int { return strings.Compare(a.Parameter, b.Parameter) })
	return f, faults
}

// POST /api/v1/orders/{id}/cancel ends an order that isn't paid, after asking the gateway. It has no body.
func (h *Handler) cancelOrder(c *gin.Context) {
	order, err := h.orderByID(c)
	if err == nil {
		order, err = h.o.Shop.CancelOrder(c.Request.Context(), order.ID)
	}
	if errors.Is(err, models.ErrConflict) && order.ID != 0 && !order.Status.Settled() {
		err = &apiProblem{status: http.StatusConflict, kind: "already-paid", detail: "The buyer has confirmed and the gateway hasn't settled it yet. Look again soon.", retry: confirmSoon}
	}
	if err != nil {
		h.apiFail(c, err)
		return
	}
	h.json(c, http.StatusOK, "application/json", h.orderOf(order))
}
