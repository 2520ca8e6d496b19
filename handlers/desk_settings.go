package handlers

import (
	"github.com/gin-gonic/gin"

	"lianlian-checkout/views"
)

// GET /admin/settings leads to the first page of the settings that the operator sees.
func (h *Handler) adminSettings(c *gin.Context) {
	h.redirect(c, h.path(views.FirstSetting(h.role(c))))
}
