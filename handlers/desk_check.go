package handlers

import (
	"context"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// Examiner is what the desk needs to say whether all is set up rightly.
type Examiner interface {
	// Examine goes through everything that has to be right before the shop can take money, in up to 15 seconds, and changes nothing.
	Examine(ctx context.Context) []models.Finding
	// CheckSignature tells why a message's signature matches or doesn't. expected is the string that the other side signed, or empty.
	CheckSignature(body, signature, expected string) models.SignCheck
}

// CheckLine is a finding in words.
type CheckLine = views.CheckLine

// DescribeFindings words findings in one of the pages' languages.
func DescribeFindings(list []models.Finding, language string) []CheckLine {
	return views.Page{Lang: language}.CheckLines(list)
}

// DescribeSignature words what was found about a signature.
func DescribeSignature(s models.SignCheck, language string) string {
	return views.Page{Lang: language}.SignVerdict(s)
}

// GET /admin/settings/check is the go-live check; with ?run=1 it is made. One at a time: each asks the gateway and our own address.
func (h *Handler) adminExamine(c *gin.Context) {
	if c.Query("run") == "" {
		h.render(c, http.StatusOK, views.Examination(h.page(c), nil))
		return
	}
	ctx := c.Request.Context()
	select {
	case h.examining <- struct{}{}:
		defer func() { <-h.examining }()
	case <-ctx.Done():
		return
	}
	c.Header("Cache-Control", "no-store")
	h.render(c, http.StatusOK, views.Examination(h.page(c), h.o.Shop.Examine(ctx)))
}

// mostSigned is how long, in bytes, a pasted message may be: half of what a form may hold, because forms encode.
const mostSigned = 32 << 10

// GET and POST /admin/settings/sign tell why a pasted message's signature doesn't match. Nothing is kept of it.
func (h *Handler) adminSign(c *gin.Context) {
	var v views.SignView
	if c.Request.Method == http.MethodPost {
		values, err := form(c)
		if err != nil {
			h.fail(c, err)
			return
		}
		v.Body, v.Signature, v.Expected = values.Get("body"), strings.TrimSpace(values.Get("signature")), strings.TrimSpace(values.Get("expected"))
		if len(v.Body) > mostSigned {
			v.Body = v.Body[:mostSigned]
		}
		// A form's lines end in \r\n, which a message's don't.
		found := h.o.Shop.CheckSignature(strings.ReplaceAll(v.Body, "\r\n", "\n"), v.Signature, v.Expected)
		v.Found = &found
	}
	c.Header("Cache-Control", "no-store")
	h.render(c, http.StatusOK, views.SignPage(h.page(c), v))
}
