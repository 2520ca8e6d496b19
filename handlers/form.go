package handlers

import (
	"mime"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"
)

// form reads a posted form, URL-encoded or multipart; its files are left out.
func form(c *gin.Context) (url.Values, error) {
	kind, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type"))
	var err error
	switch kind {
	case "multipart/form-data":
		err = c.Request.ParseMultipartForm(mostBody)
	case "application/x-www-form-urlencoded":
		err = c.Request.ParseForm()
	default:
		return nil, &problem{status: http.StatusUnsupportedMediaType, key: "bad_request", detail: "send a form"}
	}
	if err != nil {
		if p := explain(err); p.status == http.StatusRequestEntityTooLarge {
			return nil, p
		}
		return nil, badRequest("the form can't be read")
	}
	return c.Request.PostForm, nil
}
