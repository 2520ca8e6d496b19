package handlers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
)

// onceWithin is how long a request of the API may take: longer than one call of the gateway.
const onceWithin = 60 * time.Second

// idempotencyKey is the request's key, empty when it has none.
func idempotencyKey(c *gin.Context) (key string, faults []fault) {
	key = c.GetHeader("Idempotency-Key")
	if len(key) > 255 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		faults = []fault{{Header: "Idempotency-Key", Detail: "must be 1 to 255 ASCII characters; a random UUID is best"}}
	}
	return key, faults
}

// once carries a request out and answers it. With a key that is done once for the same request, and the answer is kept and repeated for
// 24 hours. do gets the intent of the order that it may make, empty without a key; its error means that nothing is left behind, so
// nothing is kept either.
func (h *Handler) once(c *gin.Context, key, request string, do func(ctx context.Context, intent string) (status int, answer any, err error)) {
	// It goes on when the caller has gone: a payment may be under way.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), onceWithin)
	defer cancel()
	id, intent := "", ""
	if key != "" {
		id = digest(c.GetString(keyID) + " " + key)
		begun, err := h.o.Shop.Begin(ctx, id, digest(request))
		switch {
		case err != nil:
			h.apiFail(c, err)
			return
		case begun.Status != 0:
			c.Header("Idempotent-Replayed", "true")
			h.write(c, begun.Status, typeOf(begun.Status), []byte(begun.Answer))
			return
		}
		intent = begun.Intent
	}
	status, answer, err := do(ctx, intent)
	if err != nil {
		if id != "" {
			if gone := h.o.Shop.Abandon(ctx, id); gone != nil {
				h.o.Log.ErrorContext(ctx, "let go of an idempotency key", "error", gone)
			}
		}
		h.apiFail(c, err)
		return
	}
	text, err := json.Marshal(answer, json.Deterministic(true))
	if err != nil {
		h.apiFail(c, fmt.Errorf("write the answer: %w", err))
		return
	}
	if id != "" {
		if err := h.o.Shop.Finish(ctx, id, status, string(text)); err != nil { // a retry finds the same order all the same
			h.o.Log.ErrorContext(ctx, "keep the answer to an idempotency key", "error", err)
		}
	}
	h.write(c, status, typeOf(status), text)
}

func typeOf(status int) string {
	if status >= http.StatusBadRequest {
		return "application/problem+json"
	}
	return "application/json"
}

// digest is a SHA-256 in hex: what is kept of tokens, codes and keys too, which are long and random.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
