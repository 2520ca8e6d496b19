package handlers

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// adminKey holds the operator's name for the request, userKey the models.User; the configured operator has none.
const (
	adminKey = "admin"
	userKey  = "user"
)

// What a session holds.
const (
	sessionUser  = "user"  // models.User.ID; 0 is the configured operator
	sessionStamp = "stamp" // of the configured operator's name and password: other ones end the session
	sessionSeen  = "seen"  // when it was kept last, in Unix seconds
	sessionTOTP  = "totp"  // the secret of a second factor that is being set up
)

// A session that is used is kept no more often than this: each time is a write.
const keepEvery = time.Minute

// newSessions keeps the desk's sessions with the shop's data: a restart signs nobody out, and several processes share them.
func newSessions(o Options) *scs.SessionManager {
	return &scs.SessionManager{ // scs.New would leave a goroutine behind for its own store
		Store:       sessionStore{o.People, o.Now},
		Codec:       scs.GobCodec{},
		Lifetime:    12 * time.Hour,
		IdleTimeout: 30 * time.Minute,
		Cookie: scs.SessionCookie{
			Name: "admin_session", Path: o.BasePath + "/admin",
			HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: o.BaseURL.Scheme == "https",
		},
	}
}

// sessionStore lets scs keep sessions in PeopleShop.
type sessionStore struct {
	people PeopleShop
	now    func() time.Time
}

// beginning is how the context of a sign-in tells the store that the session is new, and whose.
type beginning struct{}

type newSession struct {
	models.DeskSession
	device string // the browser's mark
}

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	data, err := s.people.SessionData(ctx, digest(token))
	if errors.Is(err, models.ErrNotFound) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx keeps a session. Only a sign-in makes one: what was revoked meanwhile stays revoked.
func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	expires = s.now().Add(time.Until(expires)) // scs goes by the machine's clock
	if n, ok := ctx.Value(beginning{}).(newSession); ok {
		n.Token, n.ExpiresAt = digest(token), expires
		return s.people.BeginSession(ctx, n.DeskSession, data, digest(n.device))
	}
	return s.people.KeepSession(ctx, digest(token), data, expires)
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.people.EndSession(ctx, digest(token))
}

// Find, Commit and Delete make it an scs.Store; scs calls the others.
func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessionStore) Commit(token string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expires)
}
func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// session loads the session that the browser names, if it is one, and looks who that is now: a changed role and a disabled account
// take effect at once.
func (h *Handler) session(c *gin.Context) {
	token, err := c.Cookie(h.sessions.Cookie.Name)
	if err != nil || len(token) > 100 {
		token = ""
	}
	ctx, err := h.sessions.Load(c.Request.Context(), token)
	if err != nil {
		h.fail(c, err)
		return
	}
	c.Request = c.Request.WithContext(ctx)
	if !h.sessions.Exists(ctx, sessionUser) {
		return
	}
	name, role, user, err := h.operator(ctx)
	if err != nil {
		h.fail(c, err)
		return
	}
	if name == "" {
		return
	}
	c.Set(adminKey, name)
	c.Set(roleKey, role)
	c.Set(userKey, user)
	if now := h.o.Now().Unix(); now-h.sessions.GetInt64(ctx, sessionSeen) >= int64(keepEvery.Seconds()) {
		h.sessions.Put(ctx, sessionSeen, now)
		h.keepSession(c)
	}
}

// operator is who is signed in, with what role; "" is nobody any more.
func (h *Handler) operator(ctx context.Context) (name string, role models.Role, user models.User, err error) {
	id := h.sessions.GetInt64(ctx, sessionUser)
	if id == 0 {
		if !h.configured() || !same(h.sessions.GetString(ctx, sessionStamp), h.stamp()) {
			return "", "", user, nil
		}
		return h.o.AdminUsername, models.RoleOwner, user, nil
	}
	user, err = h.o.People.User(ctx, id)
	switch {
	case errors.Is(err, models.ErrNotFound):
		return "", "", user, nil
	case err != nil:
		return "", "", user, err
	case !user.Active():
		return "", "", user, nil
	}
	return user.Name, user.Role, user, nil
}

// stamp changes with the configured operator's name and password.
func (h *Handler) stamp() string {
	return digest(h.o.AdminUsername + "\x00" + h.o.AdminPasswordHash)[:16]
}

// user is who is signed in; the configured operator is the zero User.
func user(c *gin.Context) models.User {
	v, _ := c.Get(userKey)
	u, _ := v.(models.User)
	return u
}

// thisSession is the digest of the request's own session.
func (h *Handler) thisSession(c *gin.Context) string {
	return digest(h.sessions.Token(c.Request.Context()))
}

// beginSession signs somebody in, in this browser.
func (h *Handler) beginSession(c *gin.Context, id int64) bool {
	ctx := c.Request.Context()
	if err := h.sessions.RenewToken(ctx); err != nil {
		h.fail(c, err)
		return false
	}
	h.sessions.Remove(ctx, sessionTOTP)
	h.sessions.Put(ctx, sessionUser, id)
	h.sessions.Put(ctx, sessionSeen, h.o.Now().Unix())
	if id == 0 {
		h.sessions.Put(ctx, sessionStamp, h.stamp())
	}
	device := models.NewToken(browserMark) // one that the browser brings may have been put there by somebody else
	begin := newSession{DeskSession: models.DeskSession{User: id, Network: wideNetwork(c.ClientIP()), Browser: browserName(c.GetHeader("User-Agent"))}, device: device}
	c.Request = c.Request.WithContext(context.WithValue(ctx, beginning{}, begin))
	h.keepSession(c)
	c.Request = c.Request.WithContext(ctx)
	if c.IsAborted() {
		return false
	}
	h.setDeskCookie(c, browserCookie, device, cookieForYear)
	return true
}

// setDeskCookie keeps a value that only the desk's pages get.
func (h *Handler) setDeskCookie(c *gin.Context, name, value string, maxAge int) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: name, Value: value, Path: h.path("/admin"), MaxAge: maxAge, HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteStrictMode,
	})
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

// signedIn leads strangers to the sign-in form, and who has to set up a second factor to that.
func (h *Handler) signedIn(c *gin.Context) {
	switch path := strings.TrimPrefix(c.FullPath(), h.o.BasePath); {
	case c.GetString(adminKey) == "":
		c.Abort()
		h.redirect(c, h.path("/admin/login"))
	case h.owesCode(c) && path != "/admin/logout" && path != secondFactorPath && path != secondFactorPath+"/qr.svg":
		c.Abort()
		h.redirect(c, h.path(secondFactorPath))
	}
}

// owesCode tells whether the operator has to set up a second factor first.
func (h *Handler) owesCode(c *gin.Context) bool {
	u := user(c)
	return h.o.RequireSecondFactor && u.ID != 0 && !u.SecondFactor()
}
