package handlers

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// inviteHolds is how long the link to set a password works; inviteLength is its token's, in characters: 190 bits.
const (
	inviteHolds  = 72 * time.Hour
	inviteLength = 32
)

// GET /admin/settings/people lists who may sign in.
func (h *Handler) adminPeople(c *gin.Context) {
	h.people(c, http.StatusOK, views.PeopleView{})
}

func (h *Handler) people(c *gin.Context, status int, v views.PeopleView) {
	users, err := h.o.People.Users(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	v.Users = users
	if h.configured() {
		v.Configured = h.o.AdminUsername
	}
	h.render(c, status, views.People(h.page(c), v))
}

// POST /admin/settings/people makes an account and shows the link to set its password, once.
func (h *Handler) adminAddUser(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	v := views.PeopleView{Name: valid(values.Get("name")), Role: models.Role(values.Get("role"))}
	name := models.UserName(values.Get("name"))
	switch {
	case strings.TrimSpace(values.Get("name")) == "":
		v.Problem = "required"
	case name == "":
		v.Problem = "format"
	case h.configured() && name == models.UserName(h.o.AdminUsername):
		v.Problem = "taken"
	case !slices.Contains(models.Roles, v.Role):
		h.fail(c, badRequest("there is no such role"))
		return
	}
	token := models.NewToken(inviteLength)
	var u models.User
	if v.Problem == "" {
		u, err = h.o.People.AddUser(c.Request.Context(), name, v.Role, digest(token), h.o.Now().Add(inviteHolds))
		switch {
		case errors.Is(err, models.ErrConflict):
			v.Problem = "taken"
		case err != nil:
			h.fail(c, err)
			return
		}
	}
	if v.Problem != "" {
		h.people(c, http.StatusUnprocessableEntity, v)
		return
	}
	h.record(c, "person.added", u.Name+" · "+string(u.Role))
	h.invitation(c, u, token)
}

// invitation shows the link to set a password. Only its digest is kept.
func (h *Handler) invitation(c *gin.Context, u models.User, token string) {
	link := strings.TrimSuffix(h.o.BaseURL.String(), "/") + "/admin/welcome/" + token
	h.render(c, http.StatusOK, views.Invitation(h.page(c), views.InvitationView{User: u, Link: link}))
}

// person is the user of the path; it answers by itself when there is none.
func (h *Handler) person(c *gin.Context) (u models.User, ok bool) {
	id, err := orderID(c)
	if err == nil {
		u, err = h.o.People.User(c.Request.Context(), id)
	}
	if err != nil {
		h.fail(c, err)
	}
	return u, err == nil
}

// someone is person for a change: nobody changes the own account there.
func (h *Handler) someone(c *gin.Context) (u models.User, ok bool) {
	u, ok = h.person(c)
	if ok && u.ID == user(c).ID {
		h.fail(c, forbidden("another owner changes your account"))
		return u, false
	}
	return u, ok
}

// GET /admin/settings/people/{id} is one person.
func (h *Handler) adminUser(c *gin.Context) {
	u, ok := h.person(c)
	if !ok {
		return
	}
	sessions, err := h.o.People.DeskSessions(c.Request.Context(), u.ID)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.Person(h.page(c), views.PersonView{
		User: u, Sessions: sessions, This: h.thisSession(c), Own: u.ID == user(c).ID,
		Notice: noticeOf(c, views.NoticePersonChanged, views.NoticeLastOwner, views.NoticeSecondFactorOff, views.NoticeSessionEnded, views.NoticeSessionsEnded),
	}))
}

// POST /admin/settings/people/{id} changes somebody's role, or disables or enables the account: role or disabled (0 or 1).
func (h *Handler) adminChangeUser(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	u, ok := h.someone(c)
	if !ok {
		return
	}
	role, disabled := u.Role, u.Disabled
	if values.Has("role") {
		role = models.Role(values.Get("role"))
	}
	if values.Has("disabled") {
		disabled = values.Get("disabled") == "1"
	}
	if !slices.Contains(models.Roles, role) {
		h.fail(c, badRequest("there is no such role"))
		return
	}
	err = h.o.People.ChangeUser(c.Request.Context(), u.ID, role, disabled, !h.configured())
	if h.unchanging(c, u, err) {
		return
	}
	switch {
	case disabled && !u.Disabled:
		h.record(c, "person.disabled", u.Name)
	case !disabled && u.Disabled:
		h.record(c, "person.enabled", u.Name)
	case role != u.Role:
		h.record(c, "person.role_changed", u.Name+" · "+string(role))
	}
	h.redirect(c, h.personPath(u)+"?notice="+string(views.NoticePersonChanged))
}

// unchanging answers when a change of somebody failed.
func (h *Handler) unchanging(c *gin.Context, u models.User, err error) bool {
	switch {
	case errors.Is(err, models.ErrLastOwner):
		h.redirect(c, h.personPath(u)+"?notice="+string(views.NoticeLastOwner))
		return true
	case err != nil:
		h.fail(c, err)
		return true
	}
	return false
}

func (h *Handler) personPath(u models.User) string {
	return h.path("/admin/settings/people/" + strconv.FormatInt(u.ID, 10))
}

// POST /admin/settings/people/{id}/link takes somebody's password away and shows a link to set another, once.
func (h *Handler) adminInvite(c *gin.Context) {
	u, ok := h.someone(c)
	if !ok {
		return
	}
	token := models.NewToken(inviteLength)
	u.Invited = h.o.Now().Add(inviteHolds)
	err := h.o.People.Invite(c.Request.Context(), u.ID, digest(token), u.Invited, !h.configured())
	if h.unchanging(c, u, err) {
		return
	}
	h.record(c, "person.invited", u.Name)
	h.invitation(c, u, token)
}

// POST /admin/settings/people/{id}/second-factor removes the second factor of somebody who lost it.
func (h *Handler) adminRemoveFactor(c *gin.Context) {
	u, ok := h.someone(c)
	if !ok {
		return
	}
	if err := h.o.People.RemoveSecondFactor(c.Request.Context(), u.ID); err != nil {
		h.fail(c, err)
		return
	}
	h.record(c, "second_factor.removed", u.Name)
	h.redirect(c, h.personPath(u)+"?notice="+string(views.NoticeSecondFactorOff))
}

// POST /admin/settings/people/{id}/sessions ends one of somebody's sessions, or all.
func (h *Handler) adminEndSessions(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	u, ok := h.someone(c)
	if !ok {
		return
	}
	h.endSessions(c, u, values.Get("id"), "", "/admin/settings/people/"+strconv.FormatInt(u.ID, 10))
}
