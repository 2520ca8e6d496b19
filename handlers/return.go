package handlers

import (
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
)

// GET|POST /lianlian/return and /lianlian/return/{token} take the buyer back from the gateway (guide 4.1.4). The parameters
// passed through the buyer's hands: they only help to find the order, whose page then asks the gateway. With the token
// in the path the buyer gets to the order even when the parameters can't be verified.
func (h *Handler) returned(c *gin.Context) {
	values, err := returnValues(c)
	if err == nil {
		var verified string
		verified, err = h.o.Shop.Return(c.Request.Context(), values)
		if err == nil && c.Param("token") == "" {
			h.redirect(c, h.orderPath(verified)+"?returned=1")
			return
		}
	}
	if token := c.Param("token"); validToken(token) {
		h.redirect(c, h.orderPath(token)+"?returned=1")
		return
	}
	p := explain(err)
	if p.status >= http.StatusInternalServerError || p.status == http.StatusRequestEntityTooLarge {
		h.fail(c, err)
		return
	}
	h.problem(c, &problem{status: http.StatusBadRequest, key: "return", detail: "the return can't be verified; look at your order's own page"})
}

// returnValues are the query's parameters, or the posted form's.
func returnValues(c *gin.Context) (url.Values, error) {
	if c.Request.Method == http.MethodPost {
		values, err := form(c)
		if err != nil || len(values) > 0 {
			return values, err
		}
	}
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the query can't be read")
	}
	return values, nil
}
