package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"

	"github.com/alexedwards/argon2id"
	"github.com/gin-gonic/gin"

	"lianlian-checkout/views"
)

// maxHashes is how many passwords are hashed at once: each takes 64 MiB, and leaves as much to be collected.
const maxHashes = 1

// closed tells whether nobody can sign in.
func (h *Handler) closed() bool { return h.o.AdminUsername == "" || h.o.AdminPasswordHash == "" }

// GET /admin/login is the sign-in form, or says that the console is closed and how to open it.
func (h *Handler) adminLoginForm(c *gin.Context) {
	if c.GetString(adminKey) != "" {
		h.redirect(c, h.path("/admin"))
		return
	}
	h.render(c, http.StatusOK, views.AdminLogin(h.page(c), views.AdminLoginForm{Closed: h.closed()}))
}

// POST /admin/login signs the operator in. A wrong name costs as much time as a wrong password.
func (h *Handler) adminLogin(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	if h.closed() {
		h.render(c, http.StatusForbidden, views.AdminLogin(h.page(c), views.AdminLoginForm{Closed: true}))
		return
	}
	username, password := values.Get("username"), values.Get("password")
	if wait := h.loginLimit.wait(c.ClientIP()); wait > 0 {
		retryAfter(c, wait)
		h.render(c, http.StatusTooManyRequests, views.AdminLogin(h.page(c), views.AdminLoginForm{Username: valid(username), Error: "too_many"}))
		return
	}
	select {
	case h.hashing <- struct{}{}:
	case <-c.Request.Context().Done():
		return
	}
	match := false
	if len(password) <= 1024 {
		match, err = argon2id.ComparePasswordAndHash(password, h.o.AdminPasswordHash)
	}
	<-h.hashing
	if err != nil {
		h.fail(c, err)
		return
	}
	if !same(username, h.o.AdminUsername) || !match {
		h.o.Log.WarnContext(c.Request.Context(), "sign-in refused", "request_id", c.GetString(requestIDKey))
		h.render(c, http.StatusUnauthorized, views.AdminLogin(h.page(c), views.AdminLoginForm{Username: valid(username), Error: "wrong"}))
		return
	}
	ctx := c.Request.Context()
	if err := h.sessions.RenewToken(ctx); err != nil {
		h.fail(c, err)
		return
	}
	h.sessions.Put(ctx, adminKey, h.o.AdminUsername)
	h.keepSession(c)
	if c.IsAborted() {
		return
	}
	h.o.Log.InfoContext(ctx, "operator signed in", "request_id", c.GetString(requestIDKey))
	h.redirect(c, h.path("/admin"))
}

// POST /admin/logout ends the session here and in the browser.
func (h *Handler) adminLogout(c *gin.Context) {
	if err := h.sessions.Destroy(c.Request.Context()); err != nil {
		h.fail(c, err)
		return
	}
	cookie := h.sessions.Cookie
	http.SetCookie(c.Writer, &http.Cookie{Name: cookie.Name, Path: cookie.Path, MaxAge: -1, HttpOnly: true, Secure: cookie.Secure, SameSite: cookie.SameSite})
	h.redirect(c, h.path("/admin/login"))
}

// same compares without telling by its time how much agreed.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
