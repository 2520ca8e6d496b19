package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// unchanged answers 304 when the browser already has the page that would be drawn now. content names everything that the
// page shows; what all pages share is added here. The tag also holds when this process began, because another one may
// draw the same content differently.
func (h *Handler) unchanged(c *gin.Context, content ...string) bool {
	p := h.page(c)
	sum := sha256.Sum256([]byte(strings.Join(append(content, h.began, strconv.FormatInt(p.Site.Version(), 10), p.Lang, p.Path, strconv.FormatInt(p.CartPieces, 10)), "\x00")))
	c.Header("Vary", varying)
	return notModified(c, `W/"`+hex.EncodeToString(sum[:12])+`"`)
}

// varying is what a page depends on beside its address.
const varying = "Accept-Encoding, Accept-Language, Cookie, User-Agent"

// notModified sets the tag and answers 304 when the client says that it has it (RFC 9110, 13.1.2).
func notModified(c *gin.Context, etag string) bool {
	c.Header("ETag", etag)
	for have := range strings.SplitSeq(c.GetHeader("If-None-Match"), ",") {
		if strings.TrimPrefix(strings.TrimSpace(have), "W/") == strings.TrimPrefix(etag, "W/") {
			c.Status(http.StatusNotModified)
			c.Writer.WriteHeaderNow()
			return true
		}
	}
	return false
}
