package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /admin/settings/audit is what was done at the desk: ?who=, ?action=, ?cursor=.
func (h *Handler) adminAudit(c *gin.Context) {
	f := models.AuditFilter{Name: strings.TrimSpace(c.Query("who")), Action: c.Query("action"), Cursor: c.Query("cursor")}
	switch {
	case len(f.Name) > 200 || valid(f.Name) != f.Name || strings.ContainsRune(f.Name, 0):
		h.fail(c, badRequest("there is no such name"))
		return
	case f.Action != "" && !slices.Contains(views.Actions(), f.Action):
		h.fail(c, badRequest("there is no such action"))
		return
	}
	if f.Cursor != "" {
		if n, err := strconv.ParseInt(f.Cursor, 10, 64); err != nil || n <= 0 {
			h.fail(c, badRequest("cursor is a positive number"))
			return
		}
	}
	list, err := h.o.People.Audit(c.Request.Context(), f)
	if err != nil {
		h.fail(c, err)
		return
	}
	users, err := h.o.People.Users(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	var names []string
	if h.configured() {
		names = append(names, h.o.AdminUsername)
	}
	for _, u := range users {
		names = append(names, u.Name)
	}
	if f.Name != "" && !slices.Contains(names, f.Name) {
		names = append(names, f.Name)
	}
	h.render(c, http.StatusOK, views.Audit(h.page(c), views.AuditView{List: list, Filter: f, Names: names}))
}
