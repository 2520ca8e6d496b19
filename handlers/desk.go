package handlers

import (
	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// roleKey holds the operator's models.Role for the request.
const roleKey = "role"

// needs lets operators pass whose role may do what the other may; the rest are told that they may not.
func (h *Handler) needs(role models.Role) gin.HandlerFunc {
	return func(c *gin.Context) {
		if !h.role(c).Can(role) {
			h.fail(c, forbidden("your role at this desk doesn't allow that"))
		}
	}
}

// role is the operator's.
func (h *Handler) role(c *gin.Context) models.Role {
	role, _ := c.Get(roleKey)
	r, _ := role.(models.Role)
	return r
}

// record keeps that the operator did something at the desk: action like "order.cancelled", written out at the call, object what it was done
// to: never a buyer's name or address, nor a secret. Each action needs its words, by the text key "audit." + action.
func (h *Handler) record(c *gin.Context, action, object string) {
	h.o.Log.InfoContext(c.Request.Context(), "desk", "action", action, "object", object, "operator", c.GetString(adminKey), "request_id", c.GetString(requestIDKey))
}
