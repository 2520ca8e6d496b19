package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// OrderDesk is what the desk's pages of one order, and of what needs attention, need of the shop. Who does something is in the context:
// models.ByOperator.
type OrderDesk interface {
	// Exchanges is the order's wire log, the newest call first. Without whole, the buyer's personal data is masked.
	Exchanges(ctx context.Context, orderID int64, whole bool) ([]models.Exchange, error)
	// ConfirmByHand asks the gateway and, only if it can't say, takes the operator's word that the order is paid. An order that the gateway says
	// is paid comes back so, without a ConfirmedAt. Where the gateway says otherwise it is models.ErrConflict, with the order.
	ConfirmByHand(ctx context.Context, id int64, reason string) (models.Order, error)
	// AddNote appends to the order's history.
	AddNote(ctx context.Context, id int64, text string) error
	// ResendReceipt sends the receipt again; models.ErrConflict when there is none, or it was asked for a moment ago.
	ResendReceipt(ctx context.Context, id int64) error

	// AttentionCount is how many things an operator should look at, and Attention lists them.
	AttentionCount(ctx context.Context) (int, error)
	Attention(ctx context.Context) (models.AttentionList, error)
	// SettleAttention notes that an order's attention, as it was shown, is dealt with; models.ErrConflict when more has come since.
	SettleAttention(ctx context.Context, id int64, seen, note string) error
	// DeliveriesSeen, MailSeen and MailAgain are about what was given up; an e-mail that wasn't is models.ErrNotFound.
	DeliveriesSeen(ctx context.Context, endpointID int64) error
	MailSeen(ctx context.Context, id int64) error
	MailAgain(ctx context.Context, id int64) error

	// GatewayCodes are all codes of the gateway.
	GatewayCodes() []models.GatewayCode
}

// longestText is how many characters an operator's reason or note may have.
const longestText = 500

// GET /admin/orders/{id} is one order with everything that was said about it.
func (h *Handler) adminOrder(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	v := views.AdminOrderView{Refund: views.RefundForm{On: h.o.Refunds}, Notice: noticeOf(c, slices.Concat(views.OrderNotices, views.RefundNotices)...)}
	ctx := c.Request.Context()
	if v.Order, err = h.o.Shop.OrderByID(ctx, id); err == nil {
		v.Events, err = h.o.Shop.History(ctx, id)
	}
	if err == nil {
		v.Wire, err = h.o.Shop.Exchanges(ctx, id, h.role(c).Can(models.RoleStaff))
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.AdminOrder(h.page(c), v))
}

// POST /admin/orders/{id}/check asks the gateway now.
func (h *Handler) adminCheck(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	notice := views.NoticeChecked
	if _, err := h.o.Shop.CheckNow(h.operating(c), id); err != nil {
		if explain(err).status == http.StatusNotFound {
			h.fail(c, err)
			return
		}
		h.o.Log.WarnContext(c.Request.Context(), "check at an operator's wish", "error", err, "order_id", id, "request_id", c.GetString(requestIDKey))
		notice = views.NoticeCheckFailed
	}
	h.record(c, "order.checked", strconv.FormatInt(id, 10))
	h.backToOrder(c, id, notice)
}

// POST /admin/orders/{id}/cancel ends an order that waits, after asking the gateway.
func (h *Handler) deskCancel(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	o, err := h.o.Shop.CancelOrder(h.operating(c), id)
	switch {
	case errors.Is(err, models.ErrConflict):
		h.backToOrder(c, id, views.NoticeEndPaid)
	case errors.Is(err, models.ErrPending):
		h.backToOrder(c, id, views.NoticeEndUnknown)
	case err != nil:
		h.fail(c, err)
	default:
		h.record(c, "order.cancelled", o.Number)
		h.backToOrder(c, id, views.NoticeOrderEnded)
	}
}

// POST /admin/orders/{id}/confirm takes the operator's word that an order is paid, if the gateway can't say: reason.
func (h *Handler) deskConfirm(c *gin.Context) {
	id, reason, ok := h.said(c, "reason")
	if !ok {
		return
	}
	o, err := h.o.Shop.ConfirmByHand(h.operating(c), id, reason)
	switch {
	case errors.Is(err, models.ErrConflict):
		h.backToOrder(c, id, views.NoticeNotByHand)
	case err != nil:
		h.fail(c, err)
	case !o.ByHand():
		h.backToOrder(c, id, views.NoticeGatewayPaid)
	default:
		h.record(c, "order.confirmed", o.Number)
		h.backToOrder(c, id, views.NoticeByHand)
	}
}

// POST /admin/orders/{id}/note appends a note to the history: note.
func (h *Handler) deskNote(c *gin.Context) {
	id, note, ok := h.said(c, "note")
	if !ok {
		return
	}
	if err := h.o.Shop.AddNote(h.operating(c), id, note); err != nil {
		h.fail(c, err)
		return
	}
	h.record(c, "order.noted", strconv.FormatInt(id, 10))
	h.backToOrder(c, id, views.NoticeNoted)
}

// POST /admin/orders/{id}/receipt sends the receipt again.
func (h *Handler) deskReceipt(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	err = h.o.Shop.ResendReceipt(h.operating(c), id)
	switch {
	case errors.Is(err, models.ErrConflict):
		h.backToOrder(c, id, views.NoticeReceiptWait)
	case err != nil:
		h.fail(c, err)
	default:
		h.record(c, "receipt.resent", strconv.FormatInt(id, 10))
		h.backToOrder(c, id, views.NoticeReceiptSent)
	}
}

// operating is the request's context with who is at work.
func (h *Handler) operating(c *gin.Context) context.Context {
	return models.ByOperator(c.Request.Context(), c.GetString(adminKey))
}

// said is the path's order and the text that was typed for it; when one is missing the answer is given already.
func (h *Handler) said(c *gin.Context, name string) (int64, string, bool) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return 0, "", false
	}
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return 0, "", false
	}
	text := tidy(values.Get(name))
	if text == "" || utf8.RuneCountInString(text) > longestText {
		h.backToOrder(c, id, views.NoticeTextMissing)
		return 0, "", false
	}
	return id, text, true
}

func (h *Handler) backToOrder(c *gin.Context, id int64, n views.Notice) {
	h.redirect(c, h.path("/admin/orders/"+strconv.FormatInt(id, 10))+"?notice="+string(n))
}
