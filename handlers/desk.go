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
