package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// sessionJSON is a session as its maker reads it.
type sessionJSON struct {
	ID                    string             `json:"id"` // the order's too
	Token                 string             `json:"token"`
	URL                   string             `json:"url"` // the hosted page, for the buyer
	MerchantTransactionID string             `json:"merchant_transaction_id"`
	Amount                string             `json:"amount"`
	Currency              string             `json:"currency"`
	PaymentURL            *string            `json:"payment_url"` // the gateway's page, where the payment was started
	Status                models.OrderStatus `json:"status"`
	PaymentStatus         models.Status      `json:"payment_status"`
	Reference             *string            `json:"reference"`
	ExpiresAt             time.Time          `json:"expires_at"`
}

func (h *Handler) sessionOf(o models.Order) sessionJSON {
	j, p := models.NewOrderJSON(o), o.Payment()
	s := sessionJSON{
		ID: j.ID, Token: o.Token, URL: h.orderURL(o), MerchantTransactionID: j.MerchantTransactionID, Amount: j.Amount, Currency: j.Currency,
		Status: o.Status, PaymentStatus: p.Status, Reference: j.Reference, ExpiresAt: j.ExpiresAt,
	}
	if to, ok := h.paymentURL(p.URL(p.Method)); ok && o.Payable(h.o.Now()) {
		s.PaymentURL = &to
	}
	return s
}

// orderURL is the absolute address of the order's page.
func (h *Handler) orderURL(o models.Order) string {
	return h.o.BaseURL.Scheme + "://" + h.o.BaseURL.Host + h.orderPath(o.Token)
}

// POST /api/v1/sessions makes an order for the merchant's server. With an Idempotency-Key the same request is carried out once and its answer
// repeated for 24 hours.
func (h *Handler) postSession(c *gin.Context) {
	var body sessionBody
	canonical, err := readJSON(c, &body)
	if err != nil {
		h.apiFail(c, err)
		return
	}
	req, faults := h.sessionRequest(body)
	key, bad := idempotencyKey(c)
	if faults = append(faults, bad...); len(faults) > 0 {
		h.apiFail(c, invalidRequest(http.StatusUnprocessableEntity, faults...))
		return
	}
	h.once(c, key, string(canonical), func(ctx context.Context, intent string) (int, any, error) {
		req.Intent = intent
		order, err := h.o.Shop.StartSession(ctx, req)
		switch {
		case err == nil || (errors.Is(err, models.ErrPending) && order.ID != 0):
			return http.StatusCreated, h.sessionOf(order), nil
		case order.ID != 0 && errors.As(err, new(*models.DeclinedError)):
			p := apiExplain(err)
			return p.status, p.body(c.GetString(requestIDKey)), nil
		}
		return 0, nil, err
	})
}

// GET /api/v1/sessions/{id} is the session as it stands.
func (h *Handler) getSession(c *gin.Context) {
	order, err := h.orderByID(c)
	if err == nil && !order.Session {
		err = models.ErrNotFound
	}
	if err != nil {
		h.apiFail(c, err)
		return
	}
	h.json(c, http.StatusOK, "application/json", h.sessionOf(order))
}

// orderByID is the order of the path's id.
func (h *Handler) orderByID(c *gin.Context) (models.Order, error) {
	id, err := apiID(c)
	if err != nil {
		return models.Order{}, err
	}
	return h.o.Shop.OrderByID(c.Request.Context(), id)
}

// apiID is the path's id, written as we write it. What can't be an id isn't looked up.
func apiID(c *gin.Context) (int64, error) {
	id, err := orderID(c)
	if err == nil && strconv.FormatInt(id, 10) != c.Param("id") {
		err = models.ErrNotFound
	}
	return id, err
}
