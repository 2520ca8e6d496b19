package handlers

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// acknowledgement stops the gateway's repeats (guide 4.1.2); the code is text, not a number.
const acknowledgement = `{"code":"200","msg":"success"}`

// POST /lianlian/notify takes the gateway's notification. It is acknowledged only when it is durably recorded. Every
// message is looked at and answered with its own status, because a genuine one must never wait for somebody's flood and to
// verify is cheap; only the log is spared.
func (h *Handler) notify(c *gin.Context) {
	body, signature, err := readNotification(c)
	if err == nil {
		err = h.o.Shop.Notify(c.Request.Context(), signature, body)
	}
	if err == nil {
		c.Header("Content-Type", "application/json")
		c.Status(http.StatusOK)
		_, _ = c.Writer.WriteString(acknowledgement)
		return
	}
	if status := explain(err).status; status < http.StatusInternalServerError && !errors.Is(err, models.ErrConflict) {
		if h.notifyLimit.wait(c.ClientIP()) == 0 {
			h.o.Log.WarnContext(c.Request.Context(), "notification refused", "status", status, "request_id", c.GetString(requestIDKey))
		}
	}
	h.fail(c, err)
}

// readNotification reads the body once and finds its one signature.
func readNotification(c *gin.Context) (body []byte, signature string, err error) {
	if encoding := c.GetHeader("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, "", &problem{status: http.StatusUnsupportedMediaType, key: "bad_request", detail: "send the body without Content-Encoding"}
	}
	body, err = io.ReadAll(c.Request.Body)
	if err != nil {
		if p := explain(err); p.status == http.StatusRequestEntityTooLarge {
			return nil, "", p
		}
		return nil, "", badRequest("the body broke off")
	}
	switch signatures := c.Request.Header.Values("Signature"); len(signatures) {
	case 0:
		return nil, "", models.ErrSignature
	case 1:
		return body, strings.TrimSpace(signatures[0]), nil
	default:
		return nil, "", badRequest("there is more than one signature header")
	}
}
