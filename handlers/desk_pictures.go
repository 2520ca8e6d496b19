package handlers

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// Limits of the forms that take a file: a larger file than is taken is read to its end all the same, up to here, so that what was typed beside it
// can be shown again.
const (
	mostUpload = 32 << 20
	mostFile   = 8 << 20
	mostTyped  = 256 << 10
)

// uploadLimit is bodyLimit for forms with a file.
func uploadLimit(c *gin.Context) {
	if c.Request.Body != nil {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, mostUpload)
	}
}

// upload reads a form, and the file of the named control, if one came: of a larger one than 8 MB its first bytes and one more. Other files
// are left out.
func upload(c *gin.Context, name string) (values url.Values, file []byte, err error) {
	if kind, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type")); kind != "multipart/form-data" {
		bodyLimit(c)
		values, err = form(c)
		return values, nil, err
	}
	unread := badRequest("the form can't be read")
	parts, err := c.Request.MultipartReader()
	if err != nil {
		return nil, nil, unread
	}
	values, typed := url.Values{}, 0
	for {
		part, err := parts.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			return values, file, nil
		case err != nil:
			if p := explain(err); p.status == http.StatusRequestEntityTooLarge {
				return nil, nil, p
			}
			return nil, nil, unread
		}
		most := int64(mostTyped)
		if part.FileName() != "" {
			most = mostFile + 1
		}
		b, err := io.ReadAll(io.LimitReader(part, most))
		if err != nil {
			if p := explain(err); p.status == http.StatusRequestEntityTooLarge {
				return nil, nil, p
			}
			return nil, nil, unread
		}
		switch {
		case part.FileName() == "":
			if typed += len(b); typed >= mostTyped {
				return nil, nil, &problem{status: http.StatusRequestEntityTooLarge, key: "too_large", detail: "the form is too large"}
			}
			values.Add(part.FormName(), string(b))
		case part.FormName() == name:
			file = b
		}
	}
}

// pictureCache keeps the pictures that were asked for last.
type pictureCache struct {
	mu   sync.Mutex
	kept *recent[models.Picture]
}

// maxPictures are kept in memory at most twice.
const maxPictures = 32

// GET /pictures/{id}/{width} is an uploaded picture, at least so wide if it is. It never changes under its address.
func (h *Handler) picture(c *gin.Context) {
	width, err := strconv.Atoi(c.Param("width"))
	if _, ok := models.PictureID(models.PictureName(c.Param("id"))); err != nil || !ok || width < 1 || width > 10_000 || len(c.Param("width")) > 5 {
		h.problem(c, errNotFound)
		return
	}
	key := c.Param("id") + "/" + c.Param("width")
	h.pictures.mu.Lock()
	p, known := h.pictures.kept.get(key)
	h.pictures.mu.Unlock()
	if !known {
		if p, err = h.o.Shop.Picture(c.Request.Context(), c.Param("id"), width); err != nil {
			h.fail(c, err)
			return
		}
		h.pictures.mu.Lock()
		h.pictures.kept.put(key, p)
		h.pictures.mu.Unlock()
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("Content-Type", p.Type)
	send(c, http.StatusOK, p.Data)
}
