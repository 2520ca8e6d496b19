package handlers

import (
	"context"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// roleKey holds the operator's models.Role for the request.
const roleKey = "role"

// longestObject is how much of an action's object is kept, in bytes.
const longestObject = 200

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

// record keeps in the audit log that the operator did something at the desk: action like "order.cancelled", written out at the call, object
// what it was done to: never a buyer's name or address, nor a secret. Each action needs its words, by the text key "audit." + action.
// It has been done, so that a log that can't be written is no reason to answer with an error.
func (h *Handler) record(c *gin.Context, action, object string) {
	h.recordAs(c, c.GetString(adminKey), action, object)
}

// recordAs is record for somebody who isn't signed in: before a session, or after it.
func (h *Handler) recordAs(c *gin.Context, name, action, object string) {
	ctx := context.WithoutCancel(c.Request.Context())
	h.o.Log.InfoContext(ctx, "desk", "action", action, "operator_id", user(c).ID, "request_id", c.GetString(requestIDKey)) // names are the audit log's alone
	entry := models.AuditEntry{Name: name, Action: action, Object: object[:min(len(object), longestObject)], Network: wideNetwork(c.ClientIP())}
	if err := h.o.People.AddAudit(ctx, entry); err != nil {
		h.o.Log.ErrorContext(ctx, "the audit log wasn't written", "action", action, "error", err, "request_id", c.GetString(requestIDKey))
	}
}
