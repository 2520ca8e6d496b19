package handlers

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// keyRandom is how many random characters of [0-9A-Za-z] an API key has: 160 bits.
const keyRandom = 27

// GET /admin/settings/keys lists the API keys.
func (h *Handler) adminKeys(c *gin.Context) {
	h.keyPage(c, http.StatusOK, views.KeysView{Notice: noticeOf(c, views.NoticeKeyRevoked)})
}

func (h *Handler) keyPage(c *gin.Context, status int, v views.KeysView) {
	keys, err := h.o.People.APIKeys(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	v.Keys = keys
	for _, k := range h.keys.configured {
		v.Configured = append(v.Configured, hex.EncodeToString(k[:]))
	}
	h.render(c, status, views.APIKeys(h.page(c), v))
}

// POST /admin/settings/keys makes a key and shows it, once.
func (h *Handler) adminMakeKey(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	v := views.KeysView{Name: valid(values.Get("name"))}
	name := models.KeyName(values.Get("name"))
	switch {
	case strings.TrimSpace(values.Get("name")) == "":
		v.Problem = "required"
	case name == "":
		v.Problem = "format"
	}
	text := "sk_" + models.NewToken(keyRandom)
	if v.Problem == "" {
		_, err = h.o.People.AddAPIKey(c.Request.Context(), name, digest(text))
		switch {
		case errors.Is(err, models.ErrConflict):
			v.Problem = "taken"
		case err != nil:
			h.fail(c, err)
			return
		}
	}
	if v.Problem != "" {
		h.keyPage(c, http.StatusUnprocessableEntity, v)
		return
	}
	h.keys.forget()
	h.record(c, "api_key.made", name)
	h.render(c, http.StatusOK, views.NewKey(h.page(c), name, text))
}

// POST /admin/settings/keys/{id}/revoke ends a key: here at once, in other processes within keysFor.
func (h *Handler) adminRevokeKey(c *gin.Context) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	keys, err := h.o.People.APIKeys(c.Request.Context())
	if err == nil {
		err = h.o.People.RevokeAPIKey(c.Request.Context(), id)
	}
	h.keys.forget()
	if err != nil {
		h.fail(c, err)
		return
	}
	for _, k := range keys {
		if k.ID == id {
			h.record(c, "api_key.revoked", k.Name)
		}
	}
	h.redirect(c, h.path("/admin/settings/keys")+"?notice="+string(views.NoticeKeyRevoked))
}
