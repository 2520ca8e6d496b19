package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"math"
	"net/http"
	"sync"

	"github.com/alexedwards/argon2id"
	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// configured tells whether the configuration names an operator, who is always an owner.
func (h *Handler) configured() bool { return h.o.AdminUsername != "" && h.o.AdminPasswordHash != "" }

// GET /admin/login is the sign-in form, or says that the console is closed and how to open it.
func (h *Handler) adminLoginForm(c *gin.Context) {
	if c.GetString(adminKey) != "" {
		h.redirect(c, h.path("/admin"))
		return
	}
	people, codes, err := h.o.People.SignIns(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	notice := noticeOf(c, views.NoticePasswordSet)
	h.render(c, http.StatusOK, views.AdminLogin(h.page(c), views.AdminLoginForm{Closed: !people && !h.configured(), Codes: codes, Notice: notice}))
}

// POST /admin/login signs somebody in. Whatever is wrong, name, password or code, gets the same answer after the same time.
func (h *Handler) adminLogin(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	people, codes, err := h.o.People.SignIns(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	shown := views.AdminLoginForm{Username: valid(values.Get("username")), Codes: codes, Closed: !people && !h.configured()}
	if shown.Closed {
		h.render(c, http.StatusForbidden, views.AdminLogin(h.page(c), shown))
		return
	}
	typed := attempt{name: values.Get("username"), password: values.Get("password"), code: values.Get("code"), people: people}
	giveBack, wait, err := h.throttle(c, typed.name)
	switch {
	case err != nil:
		h.fail(c, err)
		return
	case wait > 0:
		retryAfter(c, wait)
		shown.Error, shown.Minutes = "too_many", int(math.Ceil(wait.Minutes()))
		h.render(c, http.StatusTooManyRequests, views.AdminLogin(h.page(c), shown))
		return
	}
	who, known, err := h.identify(c, typed)
	switch {
	case err != nil:
		h.fail(c, err)
		return
	case !who.in:
		if h.refusals.wait(known) == 0 {
			h.recordAs(c, known, "session.refused", "")
		}
		shown.Error = "wrong"
		h.render(c, http.StatusUnauthorized, views.AdminLogin(h.page(c), shown))
		return
	}
	giveBack()
	if !h.beginSession(c, who.id) {
		return
	}
	h.recordAs(c, known, "session.begun", "")
	h.redirect(c, h.path("/admin"))
}

// attempt is what somebody typed to sign in.
type attempt struct {
	name, password, code string
	people               bool // there is somebody beside the configured operator
}

// identity is whom an attempt showed to be. in is false for nobody.
type identity struct {
	id int64
	in bool
}

// nobody is a hash that no password is known of, to spend the same time on names that don't exist.
var nobody = sync.OnceValues(func() (string, error) { return argon2id.CreateHash(models.NewToken(20), passwordCost) })

// identify finds out who signs in. known is the name if there is such an account, so that what strangers type isn't kept: people type
// passwords there. Each attempt costs one look-up and the same hashes.
func (h *Handler) identify(c *gin.Context, a attempt) (who identity, known string, err error) {
	ctx := c.Request.Context()
	isConfigured, matchesConfigured := h.configured() && same(a.name, h.o.AdminUsername), false
	if h.configured() {
		if matchesConfigured, err = h.matches(ctx, a.password, h.o.AdminPasswordHash); err != nil {
			return who, "", err
		}
	}
	u, err := h.o.People.UserByName(ctx, models.UserName(a.name))
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return who, "", err
	}
	matches := false
	if a.people {
		hash := u.PasswordHash
		if hash == "" {
			if hash, err = nobody(); err != nil {
				return who, "", err
			}
		}
		if matches, err = h.matches(ctx, a.password, hash); err != nil {
			return who, "", err
		}
	}
	switch {
	case isConfigured:
		return identity{in: matchesConfigured}, h.o.AdminUsername, nil
	case u.ID == 0 || !u.Active() || !matches:
		return who, u.Name, nil
	}
	who.id = u.ID
	who.in, err = h.codeFits(ctx, u, a.code)
	return who, u.Name, err
}

// POST /admin/logout ends the session here and in the browser.
func (h *Handler) adminLogout(c *gin.Context) {
	if err := h.sessions.Destroy(c.Request.Context()); err != nil {
		h.fail(c, err)
		return
	}
	cookie := h.sessions.Cookie
	http.SetCookie(c.Writer, &http.Cookie{Name: cookie.Name, Path: cookie.Path, MaxAge: -1, HttpOnly: true, Secure: cookie.Secure, SameSite: cookie.SameSite})
	h.record(c, "session.ended", "")
	h.redirect(c, h.path("/admin/login"))
}

// same compares without telling by its time how much agreed.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
