package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/views"
)

// GET /admin/settings leads to the first page of the settings that the operator sees.
func (h *Handler) adminSettings(c *gin.Context) {
	h.redirect(c, h.path(views.FirstSetting(h.role(c))))
}

// GET /admin/settings/account is the operator's own account.
func (h *Handler) adminAccount(c *gin.Context) {
	h.render(c, http.StatusOK, views.Account(h.page(c)))
}
