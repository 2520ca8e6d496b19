package handlers

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/static"
)

// GET /static/{hash}/{name} is a file that never changes under its address.
func (h *Handler) static(c *gin.Context) {
	file, ok := static.Find(strings.TrimPrefix(c.Param("path"), "/"))
	if !ok {
		h.problem(c, errNotFound)
		return
	}
	body := file.Content
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	if file.Gzip != nil {
		c.Header("Vary", "Accept-Encoding")
		if acceptsGzip(c.GetHeader("Accept-Encoding")) {
			c.Header("Content-Encoding", "gzip")
			body = file.Gzip
		}
	}
	c.Header("Content-Type", file.ContentType)
	send(c, http.StatusOK, body)
}

// GET /theme.css is the shop's accent colour.
func (h *Handler) theme(c *gin.Context) {
	c.Header("Cache-Control", "public, no-cache")
	if v := c.Query("v"); v != "" && v == h.o.Site.ThemeHash() { // as the pages name it: another colour has another address
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	if !notModified(c, `"`+h.o.Site.ThemeHash()+`"`) {
		h.write(c, http.StatusOK, "text/css; charset=utf-8", h.o.Site.ThemeCSS())
	}
}

// GET /favicon.ico is asked for by browsers that don't read the page's link to its icon.
func (h *Handler) favicon(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=86400")
	h.redirect(c, h.o.Site.Assets("img/favicon.svg"))
}

// GET /robots.txt keeps search engines to the shelf and the products.
func (h *Handler) robots(c *gin.Context) {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for _, p := range []string{"/cart", "/checkout", "/orders/", "/p/", "/lianlian/", "/language", "/admin", "/simulator/"} {
		b.WriteString("Disallow: " + h.path(p) + "\n")
	}
	c.Header("Cache-Control", "public, max-age=86400")
	h.write(c, http.StatusOK, "text/plain; charset=utf-8", []byte(b.String()))
}

// ANY /simulator/… is the gateway's twin, when it runs here.
func (h *Handler) simulator(c *gin.Context) {
	if h.o.Simulator == nil {
		h.problem(c, &problem{status: http.StatusNotFound, key: "simulator_off", detail: "the simulator isn't running"})
		return
	}
	h.o.Simulator.ServeHTTP(c.Writer, c.Request)
}
