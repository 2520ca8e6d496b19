package handlers

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// refundBody is the request for a refund.
type refundBody struct {
	Amount *string `json:"amount"`
	Reason string  `json:"reason"`
}

// POST /api/v1/orders/{id}/refunds gives the buyer's money back, all that is left or a part. With an Idempotency-Key the same request is
// carried out once and its answer repeated for 24 hours.
func (h *Handler) postRefund(c *gin.Context) {
	var body refundBody
	canonical, err := readJSON(c, &body)
	if err != nil {
		h.apiFail(c, err)
		return
	}
	key, faults := idempotencyKey(c)
	req := RefundRequest{Reason: strings.TrimSpace(body.Reason), Again: key != ""} // a key of its own says that another refund is meant
	if body.Amount != nil {
		amount, err := models.ParseAmount(*body.Amount)
		if err != nil || amount == 0 || !priceForm.MatchString(*body.Amount) {
			faults = append(faults, fault{Pointer: "/amount", Detail: `must be a string like "100.00", more than 0.00`})
		}
		req.Amount = amount
	}
	for _, f := range models.CheckRefundReason(req.Reason, false) {
		faults = append(faults, fault{Pointer: "/" + f.Field, Detail: ruleInWords(f)})
	}
	if len(faults) > 0 {
		h.apiFail(c, invalidRequest(http.StatusUnprocessableEntity, faults...))
		return
	}
	order, err := h.orderByID(c)
	if err != nil {
		h.apiFail(c, err)
		return
	}
	req.OrderID = order.ID
	h.once(c, key, strconv.FormatInt(order.ID, 10)+" refund "+string(canonical), func(ctx context.Context, intent string) (int, any, error) {
		req.Intent = intent
		r, err := h.o.Shop.Refund(ctx, req)
		switch {
		case err == nil:
			return http.StatusCreated, models.NewRefundJSON(r), nil
		case r.ID != 0 && errors.As(err, new(*models.DeclinedError)):
			p := explainRefund(err)
			return p.status, p.body(c.GetString(requestIDKey)), nil
		}
		return 0, nil, explainRefund(err)
	})
}

// explainRefund finds the API's answer to what is wrong with a refund.
func explainRefund(err error) *apiProblem {
	var declined *models.DeclinedError
	switch {
	case errors.As(err, &declined):
		return &apiProblem{status: http.StatusUnprocessableEntity, kind: "declined", declined: declined, detail: "LianLian refused the refund. No money went back; see gateway for its codes."}
	case errors.Is(err, models.ErrRefundsOff):
		return &apiProblem{status: http.StatusConflict, kind: "refunds-off", detail: "lianlian.refunds is off in the shop's configuration. Refund in LianLian's own portal: the order shows it."}
	case errors.Is(err, models.ErrRefundAlike):
		return &apiProblem{status: http.StatusConflict, kind: "refund-repeated", detail: "Look at the order's refunds. If another one is meant, send it with an Idempotency-Key of its own."}
	case errors.Is(err, models.ErrNotRefundable):
		return &apiProblem{status: http.StatusConflict, kind: "not-refundable", detail: "The order isn't paid at LianLian, or all of it was refunded or charged back. Look at its status and refunds."}
	case errors.Is(err, models.ErrPending):
		return &apiProblem{status: http.StatusConflict, kind: "outcome-unknown", detail: "LianLian was to be asked first how the payment stands. Nothing was refunded; send it again after Retry-After.", retry: confirmSoon}
	}
	return apiExplain(err)
}

// GET /api/v1/orders/{id}/refunds are the order's, the oldest first.
func (h *Handler) getRefunds(c *gin.Context) {
	order, err := h.orderByID(c)
	if err != nil {
		h.apiFail(c, err)
		return
	}
	h.json(c, http.StatusOK, "application/json", struct {
		Data []models.RefundJSON `json:"data"`
	}{h.orderOf(order).Refunds})
}
