package handlers

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/gin-gonic/gin"

	"lianlian-checkout/views"
)

// Pooled buffers stay below keepBuffer bytes; bodies from compressFrom bytes on are compressed.
const (
	keepBuffer   = 256 << 10
	compressFrom = 1 << 10
)

var (
	buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}
)

func buffer() *bytes.Buffer {
	b := buffers.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

func release(b *bytes.Buffer) {
	if b.Cap() <= keepBuffer {
		buffers.Put(b)
	}
}

// page is what the views need to know of this request.
func (h *Handler) page(c *gin.Context) views.Page {
	path := strings.TrimPrefix(c.Request.URL.Path, h.o.BasePath)
	if c.Request.Method == http.MethodPost { // a page that answers a form: its links lead to the page that the form was on
		for _, action := range []string{"/items", "/discount", "/retry", "/pay", "/start", "/check", "/password", "/remove", "/codes", "/link"} {
			path = strings.TrimSuffix(path, action)
		}
	}
	if !localPath(path) {
		path = "/"
	}
	page := views.Page{
		Site: h.site(c.Request.Context()), Lang: h.lang(c), Path: path, CartPieces: pieces(h.cartItems(c)), Now: h.o.Now(),
		Admin: c.GetString(adminKey), Role: h.role(c), Embed: h.embed(c),
	}
	if page.Admin != "" {
		page.Attention = h.attentionCount(c)
	}
	return page
}

// render draws the page whole before a byte of it is sent, so that a fault becomes an error page.
func (h *Handler) render(c *gin.Context, status int, page templ.Component) {
	b := buffer()
	defer release(b)
	if err := page.Render(c.Request.Context(), b); err != nil {
		h.fail(c, err)
		return
	}
	c.Header("Vary", varying)
	h.write(c, status, "text/html; charset=utf-8", b.Bytes())
}

// json answers with v.
func (h *Handler) json(c *gin.Context, status int, contentType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.write(c, status, contentType, body)
}

// write sends the body, compressed when it's worth it and the client takes it.
func (h *Handler) write(c *gin.Context, status int, contentType string, body []byte) {
	c.Header("Content-Type", contentType)
	if len(body) >= compressFrom && acceptsGzip(c.GetHeader("Accept-Encoding")) {
		z := buffer()
		defer release(z)
		zw := zippers.Get().(*gzip.Writer)
		defer zippers.Put(zw)
		zw.Reset(z)
		_, err := zw.Write(body)
		if closeErr := zw.Close(); err == nil && closeErr == nil {
			c.Header("Content-Encoding", "gzip")
			body = z.Bytes()
		}
	}
	send(c, status, body)
}

// send writes a body whose headers are set, as it is.
func send(c *gin.Context, status int, body []byte) {
	c.Header("Content-Length", strconv.Itoa(len(body)))
	c.Status(status)
	c.Writer.WriteHeaderNow()
	if c.Request.Method != http.MethodHead {
		_, _ = c.Writer.Write(body) // the client may have gone
	}
}

// acceptsGzip reads an Accept-Encoding header (RFC 9110, 12.5.3).
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(params), " ", ""), "q=")
		if !found {
			return true
		}
		weight, err := strconv.ParseFloat(q, 64)
		return err == nil && weight > 0
	}
	return false
}

// redirect answers 303, so that whatever was sent is followed by a GET.
func (h *Handler) redirect(c *gin.Context, location string) {
	c.Header("Location", location)
	c.Status(http.StatusSeeOther)
	c.Writer.WriteHeaderNow()
}

// path is a path on this site.
func (h *Handler) path(p string) string { return h.o.BasePath + p }

// setCookie keeps a small value in the browser for maxAge seconds; a negative maxAge removes it. The pages below /embed/ keep
// none.
func (h *Handler) setCookie(c *gin.Context, name, value string, maxAge int) {
	if h.embed(c) != nil {
		return
	}
	http.SetCookie(c.Writer, &http.Cookie{
		Name: name, Value: value, Path: cmp.Or(h.o.BasePath, "/"), MaxAge: maxAge,
		HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteLaxMode,
	})
}

// localPath tells whether next is a path on this site and can't be read as another site's address,
// however a browser normalises backslashes, tabs and line ends.
func localPath(next string) bool {
	if len(next) > 2048 || !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") {
		return false
	}
	return !strings.ContainsFunc(next, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f })
}
