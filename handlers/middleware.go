package handlers

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/internal/requestid"
)

const requestIDKey = requestid.Key

// requestID names the request in our logs and on error pages. A name that the client sends is ignored.
func (h *Handler) requestID(c *gin.Context) {
	id := requestid.New()
	c.Set(requestIDKey, id)
	c.Header(requestid.Header, id)
	ctx := requestid.With(c.Request.Context(), id)
	if h.o.Observer == nil {
		c.Request = c.Request.WithContext(ctx)
		return
	}
	ctx, end := h.o.Observer.Request(ctx, knownMethod(c.Request.Method), h.route(c))
	c.Request = c.Request.WithContext(ctx)
	defer func() { end(c.Writer.Status()) }()
	c.Next()
}

// route is the pattern of the request's path below the base path; "unmatched" without one.
func (h *Handler) route(c *gin.Context) string {
	if c.FullPath() == "" {
		return "unmatched"
	}
	return strings.TrimPrefix(c.FullPath(), h.o.BasePath)
}

// accessLog writes one line per request: the route's pattern, never the path or query, which hold tokens.
func (h *Handler) accessLog(c *gin.Context) {
	start := time.Now()
	c.Next()
	level := slog.LevelInfo
	switch c.FullPath() {
	case h.o.BasePath + "/healthz", h.o.BasePath + "/readyz", h.o.BasePath + "/metrics", h.o.BasePath + "/static/*path":
		level = slog.LevelDebug
	}
	h.o.Log.LogAttrs(c.Request.Context(), level, "request",
		slog.String("method", knownMethod(c.Request.Method)), slog.String("route", cmp.Or(c.FullPath(), "unmatched")),
		slog.Int("status", c.Writer.Status()), slog.Int("bytes", max(c.Writer.Size(), 0)),
		slog.Duration("duration", time.Since(start)), slog.String("request_id", c.GetString(requestIDKey)))
}

// knownMethod keeps a stranger's own words out of the log.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return method
	}
	return "other"
}

// recovery turns a panic into the 500 page. Once an answer has begun, only breaking off is honest.
func (h *Handler) recovery(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if v == http.ErrAbortHandler { //nolint:errorlint // a panic's value, compared as net/http does
			panic(v)
		}
		h.o.Log.ErrorContext(c.Request.Context(), "panic", "panic", v, "stack", string(debug.Stack()),
			"route", c.FullPath(), "request_id", c.GetString(requestIDKey))
		if c.Writer.Written() {
			panic(http.ErrAbortHandler)
		}
		h.problem(c, &problem{status: http.StatusInternalServerError, key: "internal"})
	}()
	c.Next()
}

// headers sets what every answer carries. The simulator plays somebody else's site and sets its own policy.
func (h *Handler) headers(c *gin.Context) {
	header, route := c.Writer.Header(), strings.TrimPrefix(c.FullPath(), h.o.BasePath)
	header.Set("X-Content-Type-Options", "nosniff")
	// Not no-referrer: with it browsers send "Origin: null" with our own forms, and old ones would be refused by sameOrigin.
	header.Set("Referrer-Policy", "same-origin")
	if h.secure && h.o.Production {
		header.Set("Strict-Transport-Security", "max-age=31536000")
	}
	if strings.HasPrefix(route, "/simulator/") {
		return
	}
	header.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()")
	if h.secure || loopback(h.o.BaseURL.Hostname()) { // elsewhere browsers ignore it, and complain
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
	header.Set("Content-Security-Policy", h.policy(c.Request.URL.Path, route))
	if h.o.Demo != nil {
		header.Set("X-Frame-Options", "SAMEORIGIN")
	} else if !h.frameable(c.Request.URL.Path) {
		header.Set("X-Frame-Options", "DENY") // for browsers that don't know frame-ancestors
	}
	switch {
	case route == "/orders/:token", route == "/pay/:link", strings.HasPrefix(route, "/embed/"):
		header.Set("Cache-Control", "private, no-cache")
		header.Set("X-Robots-Tag", "noindex, nofollow")
	case route == "/find", strings.HasPrefix(route, "/orders/"), strings.HasPrefix(route, "/admin"), strings.HasPrefix(route, "/p/"),
		strings.HasPrefix(route, "/lianlian/"):
		header.Set("Cache-Control", "no-store")
		header.Set("X-Robots-Tag", "noindex, nofollow")
	default:
		header.Set("Cache-Control", "private, no-cache")
	}
}

// policy is the Content-Security-Policy. Chromium applies form-action to redirects too, and the forms of the checkout, of a payment link and of
// an order are answered with a redirect to the gateway's page, whose host isn't known before. So these pages
// let forms lead to any https site (and to loopback, outside production); all others to ourselves alone.
func (h *Handler) policy(path, route string) string {
	ancestors := "'none'"
	frames := ""
	switch {
	case h.o.Demo != nil:
		ancestors = "'self'"
		if route == "/demo" || route == "/demo/restart" {
			frames = "; frame-src 'self'"
		}
	case h.frameable(path):
		ancestors = strings.Join(h.o.EmbedOrigins, " ")
	}
	forms := "'self'"
	if route = strings.TrimPrefix(route, "/embed"); route == "/checkout" || route == "/pay/:link" || strings.HasPrefix(route, "/orders/") {
		forms += " https:"
		if !h.o.Production {
			forms += " http://127.0.0.1:* http://localhost:*"
		}
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:" + h.images +
		"; connect-src 'self'" + frames + "; base-uri 'none'; form-action " + forms + "; frame-ancestors " + ancestors
}

// frameable tells whether other sites' pages may hold this one. It goes by the path, so that what isn't there can say so in the frame.
func (h *Handler) frameable(path string) bool {
	return strings.HasPrefix(path, h.path("/embed/")) && len(h.o.EmbedOrigins) > 0
}

// imageOrigins are the CSP sources of pictures on other sites, each once, each with a blank before it.
func imageOrigins(addresses []string) string {
	sources := ""
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			continue
		}
		if source := " https://" + u.Host; !strings.Contains(sources+" ", source+" ") {
			sources += source
		}
	}
	return sources
}

// sameOrigin refuses a form that another site's page sent.
func (h *Handler) sameOrigin(c *gin.Context) {
	if err := h.cross.Check(c.Request); err != nil {
		h.problem(c, &problem{status: http.StatusForbidden, key: "forbidden", detail: "the form came from another site"})
	}
}

// bodyLimit makes reading more than mostBody bytes of the body fail.
func bodyLimit(c *gin.Context) {
	if c.Request.Body != nil {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostBody)
	}
}

// limit answers 429 when the address asks too often.
func (h *Handler) limit(l *limiter) gin.HandlerFunc {
	return func(c *gin.Context) {
		if wait := l.wait(c.ClientIP()); wait > 0 {
			h.problem(c, tooMany(wait))
		}
	}
}
