package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /admin/webhooks lists endpoints and deliveries: ?state=, ?endpoint= (an id), ?cursor=.
func (h *Handler) adminWebhooks(c *gin.Context) {
	filter, err := deliveryFilter(c.Request.URL.Query())
	if err != nil {
		h.fail(c, err)
		return
	}
	endpoints, err := h.o.Shop.Endpoints(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	list, err := h.o.Shop.Deliveries(c.Request.Context(), filter)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.AdminWebhooks(h.page(c), views.AdminWebhooksView{Endpoints: endpoints, List: list, Filter: filter, Notice: webhookNotice(c)}))
}

func deliveryFilter(q url.Values) (models.DeliveryFilter, error) {
	f := models.DeliveryFilter{State: models.DeliveryState(q.Get("state")), Cursor: q.Get("cursor")}
	if f.State != "" && !slices.Contains(models.DeliveryStates, f.State) {
		return f, badRequest("there is no such state")
	}
	for name, into := range map[string]*int64{"endpoint": &f.Endpoint, "cursor": new(int64)} {
		if text := q.Get(name); text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n <= 0 {
				return f, badRequest(name + " is a positive number")
			}
			*into = n
		}
	}
	return f, nil
}

// webhookNotice is the notice that a form of these pages led to.
func webhookNotice(c *gin.Context) string {
	return noticeOf(c, views.NoticeWebhookAgain, views.NoticeWebhookOff, views.NoticeEndpointOn)
}

// GET /admin/webhooks/{id} is one delivery with its body and its tries.
func (h *Handler) adminDelivery(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	d, tries, err := h.o.Shop.Delivery(c.Request.Context(), id)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.AdminDelivery(h.page(c), views.AdminDeliveryView{Delivery: d, Tries: tries, Notice: webhookNotice(c)}))
}

// POST /admin/webhooks/{id}/again sends a delivery once more.
func (h *Handler) adminSendAgain(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	notice := views.NoticeWebhookAgain
	if err := h.o.Shop.SendAgain(c.Request.Context(), id); errors.Is(err, models.ErrConflict) {
		notice = views.NoticeWebhookOff
	} else if err != nil {
		h.fail(c, err)
		return
	} else {
		h.record(c, "webhook.resent", strconv.FormatInt(id, 10))
	}
	h.redirect(c, h.path("/admin/webhooks/"+strconv.FormatInt(id, 10))+"?notice="+string(notice))
}

// POST /admin/webhooks/endpoints/{id}/on turns an endpoint on that answered 410.
func (h *Handler) adminTurnOn(c *gin.Context) {
	id, err := orderID(c)
	if err == nil {
		err = h.o.Shop.TurnOnEndpoint(c.Request.Context(), id)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.record(c, "endpoint.enabled", strconv.FormatInt(id, 10))
	h.redirect(c, h.path("/admin/webhooks")+"?notice="+string(views.NoticeEndpointOn))
}
