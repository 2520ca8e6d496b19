package handlers

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// invited finds whose link it is; one that was used, replaced or forgotten looks like one that never was.
func (h *Handler) invited(c *gin.Context) (models.User, bool) {
	token := c.Param("token")
	u, err := models.User{}, models.ErrNotFound
	if validToken(token) {
		u, err = h.o.People.UserByInvite(c.Request.Context(), digest(token))
	}
	if explain(err).status == http.StatusNotFound && err != nil {
		h.render(c, http.StatusNotFound, views.Welcome(h.page(c), views.WelcomeView{Gone: true}))
		return u, false
	}
	if err != nil {
		h.fail(c, err)
	}
	return u, err == nil
}

// GET /admin/welcome/{token} is where somebody new sets a password. Looking at it uses nothing up: messengers look at links too.
func (h *Handler) adminWelcome(c *gin.Context) {
	if u, ok := h.invited(c); ok {
		h.render(c, http.StatusOK, views.Welcome(h.page(c), views.WelcomeView{User: u, Token: c.Param("token")}))
	}
}

// POST /admin/welcome/{token} sets the password and leads to the sign-in form.
func (h *Handler) adminSetPassword(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	u, ok := h.invited(c)
	if !ok {
		return
	}
	password := values.Get("password")
	if rule := models.CheckPassword(password, u.Name); rule != "" {
		h.render(c, http.StatusUnprocessableEntity, views.Welcome(h.page(c), views.WelcomeView{User: u, Token: c.Param("token"), Problem: rule}))
		return
	}
	hash, err := h.hash(c.Request.Context(), password)
	if err == nil {
		_, err = h.o.People.AcceptInvite(c.Request.Context(), digest(c.Param("token")), hash)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.recordAs(c, u.Name, "password.set", u.Name)
	h.redirect(c, h.path("/admin/login")+"?notice="+string(views.NoticePasswordSet))
}
