package handlers

import (
	"errors"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// What one name may be tried, beside limits.login tries a minute of one address (docs/decisions/0017): by one network, and by all
// browsers together in which nobody has signed in under that name.
const (
	triesOfPair, pairWithin = 10, 15 * time.Minute
	triesOfName, nameWithin = 20, time.Hour
)

// refusalsKept is how many refused sign-ins a minute under one name, or under all unknown ones, are written to the audit log.
const refusalsKept = 10

// browserCookie marks a browser for the names that were signed in with it.
const browserCookie = "admin_browser"

const browserMark = 22 // characters: 130 bits

// throttle counts a try to sign in; wait says after how long another one makes sense, zero that this may go on. giveBack takes the try
// back when it succeeds. Names that don't exist are counted as well as others.
func (h *Handler) throttle(c *gin.Context, typed string) (giveBack func(), wait time.Duration, err error) {
	var taken []func()
	take := func(l *limiter, key string) bool {
		back, delay := l.try(key)
		if delay > 0 {
			wait = delay
			return false
		}
		taken = append(taken, back)
		return true
	}
	giveBack = func() {
		for _, back := range taken {
			back()
		}
	}
	name := strings.ToLower(strings.TrimSpace(typed))
	key := digest(name[:min(len(name), 200)])
	if !take(h.loginLimit, c.ClientIP()) || !take(h.pairLimit, network(c.ClientIP())+" "+key) {
		return giveBack, wait, nil
	}
	known, err := h.signedInBefore(c, typed)
	if err != nil || known || take(h.nameLimit, key) {
		return giveBack, 0, err
	}
	taken[1]() // nothing was tried under this name
	return giveBack, wait, nil
}

// signedInBefore tells whether this browser has signed in under the name: strangers' tries don't slow it down.
func (h *Handler) signedInBefore(c *gin.Context, typed string) (bool, error) {
	mark, _ := c.Cookie(browserCookie)
	if len(mark) != browserMark {
		return false, nil
	}
	id := int64(0)
	if !h.configured() || !same(typed, h.o.AdminUsername) {
		u, err := h.o.People.UserByName(c.Request.Context(), models.UserName(typed))
		if errors.Is(err, models.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		id = u.ID
	}
	return h.o.People.KnownDevice(c.Request.Context(), id, digest(mark))
}
