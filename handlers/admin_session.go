package handlers

import (
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// adminKey holds the operator's name, in the session and for the request.
const adminKey = "admin"

// newSessions keeps the console's sessions in memory: a restart signs everybody out.
func newSessions(o Options) *scs.SessionManager {
	return &scs.SessionManager{ // scs.New would leave a goroutine behind for its own store
		Store:            memstore.NewWithCleanupInterval(0), // only sign-ins make sessions, and an old one is never found again
		Codec:            scs.GobCodec{},
		Lifetime:         12 * time.Hour,
		IdleTimeout:      30 * time.Minute,
		HashTokenInStore: true,
		Cookie: scs.SessionCookie{
			Name: "admin_session", Path: o.BasePath + "/admin",
			HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: o.BaseURL.Scheme == "https",
		},
	}
}

// session loads the session that the browser names, if it is one, and puts off its idle end.
func (h *Handler) session(c *gin.Context) {
	token, _ := c.Cookie(h.sessions.Cookie.Name)
	ctx, err := h.sessions.Load(c.Request.Context(), token)
	if err != nil {
		h.fail(c, err)
		return
	}
	c.Request = c.Request.WithContext(ctx)
	if name := h.sessions.GetString(ctx, adminKey); name != "" {
		c.Set(adminKey, name)
		c.Set(roleKey, models.RoleOwner)
		h.keepSession(c)
	}
}

// keepSession stores the session and its cookie. It must come before the answer's first byte.
func (h *Handler) keepSession(c *gin.Context) {
	ctx := c.Request.Context()
	token, expiry, err := h.sessions.Commit(ctx)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.sessions.WriteSessionCookie(ctx, c.Writer, token, expiry)
}

// signedIn leads strangers to the sign-in form.
func (h *Handler) signedIn(c *gin.Context) {
	if c.GetString(adminKey) != "" {
		return
	}
	c.Abort()
	h.redirect(c, h.path("/admin/login"))
}
