package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// How often one order number and one e-mail address may be tried, by whomever: docs/decisions/0008.
const (
	triesForOne = 10
	triesWithin = time.Hour
)

// GET /find is the look-up of an order by number and e-mail address; ?sent=1 says that a link is on its way.
func (h *Handler) findForm(c *gin.Context) {
	h.render(c, http.StatusOK, views.Find(h.page(c), views.FindForm{Sent: h.o.Mails && c.Query("sent") == "1"}))
}

// POST /find leads to the order or, where e-mails are sent, mails its link and says the same whatever was typed. A wrong
// number and a wrong address get the same answer.
func (h *Handler) find(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	f, number, email := readFind(values)
	if len(f.Errors) > 0 {
		h.render(c, http.StatusUnprocessableEntity, views.Find(h.page(c), f))
		return
	}
	// Both are counted before anybody looks: what doesn't exist is as limited as what does.
	if wait := max(h.findLimit.wait("number "+number), h.findLimit.wait("email "+strings.ToLower(email))); wait > 0 {
		h.problem(c, tooMany(wait))
		return
	}
	if h.o.Mails {
		h.o.Shop.MailLink(number, email)
		h.redirect(c, h.path("/find?sent=1"))
		return
	}
	token, err := h.o.Shop.FindOrder(c.Request.Context(), number, email)
	switch {
	case err == nil:
		h.redirect(c, h.orderPath(token))
	case errors.Is(err, models.ErrNotFound):
		f.NotFound = true
		h.render(c, http.StatusUnprocessableEntity, views.Find(h.page(c), f))
	default:
		h.fail(c, err)
	}
}

// readFind reads the form: what to show again, and number and address as they are stored.
func readFind(values url.Values) (f views.FindForm, number, email string) {
	reader := customerForm{values: values}
	f.Number, f.Email = reader.read("number", 64), reader.read("email", 64)
	number, ok := orderNumber(f.Number)
	switch {
	case f.Number == "":
		reader.wrong("number", ruleRequired, 0)
	case !ok:
		reader.wrong("number", ruleFormat, 0)
	}
	switch {
	case f.Email == "":
		reader.wrong("email", ruleRequired, 0)
	case validate.Var(f.Email, "email") != nil:
		reader.wrong("email", ruleFormat, 0)
	}
	f.Errors = reader.errors
	for i := range f.Errors { // the form has one sentence for a number and for an address that can't be one
		if f.Errors[i].Rule != ruleRequired {
			f.Errors[i].Rule = ruleFormat
		}
	}
	return f, number, f.Email
}

// orderNumber reads "7K3M-Q2XD" however it was typed: small letters, full-width ones, with blanks, without the hyphen.
func orderNumber(typed string) (string, bool) {
	s := strings.Map(func(r rune) rune {
		if alphanumeric(r) {
			return r
		}
		if r == ' ' || r == '-' || r == '#' || (r >= 0x2010 && r <= 0x2015) || r == 0x2212 {
			return -1
		}
		return '?'
	}, strings.ToUpper(norm.NFKC.String(typed)))
	if len(s) != 8 || strings.Contains(s, "?") {
		return "", false
	}
	return s[:4] + "-" + s[4:], true
}
