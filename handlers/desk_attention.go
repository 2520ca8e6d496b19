package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// attentionPage lists what needs attention.
const attentionPage = "/admin/payments/attention"

// attentionCount is the number in the navigation. A page is worth showing without it.
func (h *Handler) attentionCount(c *gin.Context) int {
	n, err := h.o.Shop.AttentionCount(c.Request.Context())
	if err != nil {
		h.o.Log.WarnContext(c.Request.Context(), "count what needs attention", "error", err, "request_id", c.GetString(requestIDKey))
	}
	return n
}

// GET /admin/payments/attention is everything that somebody should look at.
func (h *Handler) deskAttention(c *gin.Context) {
	list, err := h.o.Shop.Attention(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	notice := noticeOf(c, views.NoticeSettled, views.NoticeNotSettled, views.NoticeMailAgain, views.NoticeGivenUp, views.NoticeTextMissing)
	h.render(c, http.StatusOK, views.AdminAttention(h.page(c), views.AttentionView{List: list, Notice: notice}))
}

// POST /admin/orders/{id}/settle notes that an order's attention is dealt with: note, seen (what was shown), back.
func (h *Handler) deskSettle(c *gin.Context) {
	id, note, ok := h.said(c, "note")
	if !ok {
		return
	}
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	o, err := h.o.Shop.OrderByID(c.Request.Context(), id)
	if err == nil && o.AttentionMark() != values.Get("seen") {
		err = models.ErrConflict
	}
	if err == nil {
		err = h.o.Shop.SettleAttention(h.operating(c), id, o.Attention, note)
	}
	notice := views.NoticeSettled
	switch {
	case errors.Is(err, models.ErrConflict):
		notice = views.NoticeNotSettled
	case err != nil:
		h.fail(c, err)
		return
	default:
		h.record(c, "order.settled", o.Number)
	}
	if values.Get("back") == "attention" {
		h.redirect(c, h.path(attentionPage)+"?notice="+string(notice))
		return
	}
	h.backToOrder(c, id, notice)
}

// POST /admin/payments/attention/mails/{id} sends an e-mail that was given up again (do=again), or takes it off the list (do=seen).
func (h *Handler) deskMail(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	notice := views.NoticeGivenUp
	switch values.Get("do") {
	case "again":
		notice, err = views.NoticeMailAgain, h.o.Shop.MailAgain(h.operating(c), id)
		if err == nil {
			h.record(c, "email.resent", strconv.FormatInt(id, 10))
		}
	case "seen":
		if err = h.o.Shop.MailSeen(h.operating(c), id); err == nil {
			h.record(c, "email.seen", strconv.FormatInt(id, 10))
		}
	default:
		err = badRequest("do is again or seen")
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.redirect(c, h.path(attentionPage)+"?notice="+string(notice))
}

// POST /admin/payments/attention/endpoints/{id} takes an endpoint's deliveries that were given up off the list.
func (h *Handler) deskGivenUp(c *gin.Context) {
	id, err := orderID(c)
	if err == nil {
		err = h.o.Shop.DeliveriesSeen(h.operating(c), id)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.record(c, "webhooks.seen", strconv.FormatInt(id, 10))
	h.redirect(c, h.path(attentionPage)+"?notice="+string(views.NoticeGivenUp))
}

// GET /admin/codes explains the gateway's codes: ?q= searches.
func (h *Handler) deskCodes(c *gin.Context) {
	q := strings.TrimSpace(valid(c.Query("q")))
	if utf8.RuneCountInString(q) > 64 {
		h.fail(c, badRequest("q has at most 64 characters"))
		return
	}
	h.render(c, http.StatusOK, views.AdminCodes(h.page(c), views.CodesView{Codes: h.o.Shop.GatewayCodes(), Query: q}))
}
