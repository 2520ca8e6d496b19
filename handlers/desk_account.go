package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

const (
	accountPath      = "/admin/settings/account"
	secondFactorPath = accountPath + "/second-factor"
)

// GET /admin/settings/account is the operator's own account.
func (h *Handler) adminAccount(c *gin.Context) {
	h.account(c, http.StatusOK, "", "")
}

// account draws the operator's own account, with what was wrong with a form of it: the field and the rule.
func (h *Handler) account(c *gin.Context, status int, field, problem string) {
	u := user(c)
	sessions, err := h.o.People.DeskSessions(c.Request.Context(), u.ID)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, status, views.Account(h.page(c), views.AccountView{
		User: u, Sessions: sessions, This: h.thisSession(c), Field: field, Problem: problem,
		Notice: noticeOf(c, views.NoticePasswordChanged, views.NoticeSecondFactorOff, views.NoticeSessionEnded, views.NoticeSessionsEnded),
	}))
}

// own reads a form about the operator's own sign-in, which needs the present password in the field name. The configured operator has
// none to change. It answers by itself when it isn't ok.
func (h *Handler) own(c *gin.Context, name string, wrong func(problem string)) (values url.Values, ok bool) {
	values, err := form(c)
	if err == nil && user(c).ID == 0 {
		err = forbidden("this account is the configuration's")
	}
	if err != nil {
		h.fail(c, err)
		return nil, false
	}
	back, wait := h.pairLimit.try("own " + strconv.FormatInt(user(c).ID, 10))
	if wait > 0 {
		h.fail(c, tooMany(wait))
		return nil, false
	}
	match, err := h.matches(c.Request.Context(), values.Get(name), user(c).PasswordHash)
	switch {
	case err != nil:
		h.fail(c, err)
		return nil, false
	case !match:
		wrong("wrong")
		return nil, false
	}
	back()
	return values, true
}

// POST /admin/settings/account/password changes the operator's own password and ends the other sessions.
func (h *Handler) adminOwnPassword(c *gin.Context) {
	values, ok := h.own(c, "current", func(problem string) { h.account(c, http.StatusUnprocessableEntity, "current", problem) })
	if !ok {
		return
	}
	u, password := user(c), values.Get("password")
	if rule := models.CheckPassword(password, u.Name); rule != "" {
		h.account(c, http.StatusUnprocessableEntity, "password", rule)
		return
	}
	hash, err := h.hash(c.Request.Context(), password)
	if err == nil {
		err = h.o.People.SetPassword(c.Request.Context(), u.ID, u.PasswordHash, hash, h.thisSession(c))
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.record(c, "password.changed", u.Name)
	h.redirect(c, h.path(accountPath)+"?notice="+string(views.NoticePasswordChanged))
}

// POST /admin/settings/account/sessions ends one of the operator's own sessions, or all others: id is a number or "others".
func (h *Handler) adminOwnSessions(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.endSessions(c, user(c), values.Get("id"), h.thisSession(c), accountPath)
}

// endSessions ends one of somebody's sessions, or all but one, and leads back.
func (h *Handler) endSessions(c *gin.Context, u models.User, which, keep, back string) {
	ctx, notice := c.Request.Context(), views.NoticeSessionsEnded
	var err error
	if which == "others" {
		err = h.o.People.EndSessionsOf(ctx, u.ID, keep)
	} else {
		id, parseErr := strconv.ParseInt(which, 10, 64)
		if parseErr != nil {
			h.fail(c, badRequest("id is a number, or others"))
			return
		}
		notice = views.NoticeSessionEnded
		if err = h.o.People.EndSessionOf(ctx, u.ID, id); errors.Is(err, models.ErrNotFound) {
			err = nil // it has ended by itself
		}
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	name := u.Name
	if u.ID == 0 {
		name = h.o.AdminUsername
	}
	h.record(c, "session.revoked", name)
	h.redirect(c, h.path(back)+"?notice="+string(notice))
}

// GET /admin/settings/account/second-factor is where an app is set up that makes codes.
func (h *Handler) adminSecondFactor(c *gin.Context) {
	if user(c).ID == 0 || user(c).SecondFactor() {
		h.redirect(c, h.path(accountPath))
		return
	}
	h.setUp(c, http.StatusOK, "", "")
}

// setUp draws the secret that the session holds; the first time it is drawn by lot.
func (h *Handler) setUp(c *gin.Context, status int, field, problem string) {
	ctx := c.Request.Context()
	secret := h.sessions.GetString(ctx, sessionTOTP)
	if secret == "" {
		secret = newSecret()
		h.sessions.Put(ctx, sessionTOTP, secret)
		if h.keepSession(c); c.IsAborted() {
			return
		}
	}
	h.render(c, status, views.SecondFactor(h.page(c), views.SecondFactorView{Secret: secret, Owed: h.owesCode(c), Field: field, Problem: problem}))
}

// GET /admin/settings/account/second-factor/qr.svg is that secret, for the app to scan.
func (h *Handler) adminSecondFactorQR(c *gin.Context) {
	secret := h.sessions.GetString(c.Request.Context(), sessionTOTP)
	if secret == "" || user(c).ID == 0 {
		h.fail(c, errNotFound)
		return
	}
	svg, err := views.QRSVG(secretURL(h.o.Site.ShopName, user(c).Name, secret), nil)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.write(c, http.StatusOK, "image/svg+xml", svg)
}

// POST /admin/settings/account/second-factor turns it on when a code of the app fits, and shows the recovery codes once.
func (h *Handler) adminSetSecondFactor(c *gin.Context) {
	ctx, u := c.Request.Context(), user(c)
	secret := h.sessions.GetString(ctx, sessionTOTP)
	if u.SecondFactor() || secret == "" {
		h.redirect(c, h.path(accountPath))
		return
	}
	values, ok := h.own(c, "current", func(problem string) { h.setUp(c, http.StatusUnprocessableEntity, "current", problem) })
	if !ok {
		return
	}
	step, err := stepOf(secret, tidyCode(values.Get("code")), h.o.Now())
	if err != nil {
		h.fail(c, err)
		return
	}
	if step == 0 {
		h.setUp(c, http.StatusUnprocessableEntity, "code", "wrong")
		return
	}
	shown, digests := newRecovery()
	if err := h.o.People.SetSecondFactor(ctx, u.ID, secret, step, digests); err != nil {
		h.fail(c, err)
		return
	}
	h.sessions.Remove(ctx, sessionTOTP)
	if h.keepSession(c); c.IsAborted() {
		return
	}
	h.record(c, "second_factor.set", u.Name)
	h.render(c, http.StatusOK, views.RecoveryCodes(h.page(c), shown))
}

// POST /admin/settings/account/second-factor/remove turns the operator's own second factor off.
func (h *Handler) adminRemoveOwnFactor(c *gin.Context) {
	if _, ok := h.own(c, "remove_current", func(problem string) { h.account(c, http.StatusUnprocessableEntity, "remove_current", problem) }); !ok {
		return
	}
	if err := h.o.People.RemoveSecondFactor(c.Request.Context(), user(c).ID); err != nil {
		h.fail(c, err)
		return
	}
	h.record(c, "second_factor.removed", user(c).Name)
	h.redirect(c, h.path(accountPath)+"?notice="+string(views.NoticeSecondFactorOff))
}

// POST /admin/settings/account/second-factor/codes makes new recovery codes, in place of all before, and shows them once.
func (h *Handler) adminNewCodes(c *gin.Context) {
	if !user(c).SecondFactor() {
		h.redirect(c, h.path(accountPath))
		return
	}
	if _, ok := h.own(c, "codes_current", func(problem string) { h.account(c, http.StatusUnprocessableEntity, "codes_current", problem) }); !ok {
		return
	}
	shown, digests := newRecovery()
	if err := h.o.People.SetCodes(c.Request.Context(), user(c).ID, digests); err != nil {
		h.fail(c, err)
		return
	}
	h.record(c, "recovery_codes.replaced", user(c).Name)
	h.render(c, http.StatusOK, views.RecoveryCodes(h.page(c), shown))
}
