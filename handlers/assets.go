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
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	sendFile(c, file)
}

// file sends a file by its name, kept by browsers as cache says.
func (h *Handler) file(c *gin.Context, name, cache string) {
	file, ok := static.Find(strings.TrimPrefix(static.URL(name), "/static/"))
	if !ok {
		h.problem(c, errNotFound)
		return
	}
	c.Header("Cache-Control", cache)
	if !notModified(c, `"`+file.Hash+`"`) {
		sendFile(c, file)
	}
}

func sendFile(c *gin.Context, file static.File) {
	body := file.Content
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

// scriptAge is for how many seconds a browser uses embed.js without asking for a newer one.
const scriptAge = "300"

// GET /embed.js, /embed.v1.js and /embed.d.ts are for other sites' pages: readable from any origin, so that a browser can check
// an integrity hash. embed.js is the newest; embed.v1.js never changes.
func (h *Handler) embedFile(c *gin.Context) {
	name := strings.TrimPrefix(c.Request.URL.Path, h.path("/"))
	c.Header("Access-Control-Allow-Origin", "*")
	c.Header("Cross-Origin-Resource-Policy", "cross-origin")
	if name == "embed.v1.js" {
		h.file(c, name, "public, max-age=31536000, immutable")
		return
	}
	h.file(c, name, "public, max-age="+scriptAge+", stale-while-revalidate=86400")
}

// GET /theme.css is the shop's accent colour.
func (h *Handler) theme(c *gin.Context) {
	site := h.site(c.Request.Context())
	c.Header("Cache-Control", "public, no-cache")
	if v := c.Query("v"); v != "" && v == site.ThemeHash() { // as the pages name it: another colour has another address
		c.Header("Cache-Control", "public, max-age=31536000, immutable")
	}
	if !notModified(c, `"`+site.ThemeHash()+`"`) {
		h.write(c, http.StatusOK, "text/css; charset=utf-8", site.ThemeCSS())
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
	for _, p := range []string{"/cart", "/checkout", "/orders/", "/p/", "/lianlian/", "/language", "/embed/", "/admin", "/simulator/"} {
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
