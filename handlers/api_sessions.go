package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"

	"lianlian-checkout/models"
)

// sessionWithin is how long making a session may take: longer than one call of the gateway.
const sessionWithin = 60 * time.Second

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
	key := c.GetHeader("Idempotency-Key")
	if len(key) > 255 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		faults = append(faults, fault{Header: "Idempotency-Key", Detail: "must be 1 to 255 ASCII characters; a random UUID is best"})
	}
	if len(faults) > 0 {
		h.apiFail(c, invalidRequest(http.StatusUnprocessableEntity, faults...))
		return
	}
	// It goes on when the caller has gone: a payment may be under way.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), sessionWithin)
	defer cancel()
	id := ""
	if key != "" {
		id = digest(c.GetString(keyID) + " " + key)
		once, err := h.o.Shop.Begin(ctx, id, digest(string(canonical)))
		switch {
		case err != nil:
			h.apiFail(c, err)
			return
		case once.Status != 0:
			c.Header("Idempotent-Replayed", "true")
			h.write(c, once.Status, typeOf(once.Status), []byte(once.Answer))
			return
		}
		req.Intent = once.Intent
	}
	h.answerSession(c, ctx, id, req)
}

// answerSession makes the session, and keeps the answer under the id that isn't empty. What left nothing behind isn't kept.
func (h *Handler) answerSession(c *gin.Context, ctx context.Context, id string, req SessionRequest) {
	order, err := h.o.Shop.StartSession(ctx, req)
	var answer any
	status := http.StatusCreated
	switch {
	case err == nil || (errors.Is(err, models.ErrPending) && order.ID != 0):
		answer = h.sessionOf(order)
	case order.ID != 0 && errors.As(err, new(*models.DeclinedError)):
		p := apiExplain(err)
		status, answer = p.status, p.body(c.GetString(requestIDKey))
	default:
		if id != "" {
			if gone := h.o.Shop.Abandon(ctx, id); gone != nil {
				h.o.Log.ErrorContext(ctx, "let go of an idempotency key", "error", gone)
			}
		}
		h.apiFail(c, err)
		return
	}
	text, err := json.Marshal(answer, json.Deterministic(true))
	if err != nil {
		h.apiFail(c, fmt.Errorf("write the answer: %w", err))
		return
	}
	if id != "" {
		if err := h.o.Shop.Finish(ctx, id, status, string(text)); err != nil { // a retry finds the same order all the same
			h.o.Log.ErrorContext(ctx, "keep the answer to an idempotency key", "error", err)
		}
	}
	h.write(c, status, typeOf(status), text)
}

func typeOf(status int) string {
	if status >= http.StatusBadRequest {
		return "application/problem+json"
	}
	return "application/json"
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
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

// orderByID is the order of the path's id. What can't be an id isn't looked up.
func (h *Handler) orderByID(c *gin.Context) (models.Order, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil || id < 1 || strconv.FormatInt(id, 10) != c.Param("id") {
		return models.Order{}, models.ErrNotFound
	}
	return h.o.Shop.OrderByID(c.Request.Context(), id)
}
