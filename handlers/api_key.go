package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// apiKey is the SHA-256 of a bearer key. Keys are long and random, so a fast hash is enough.
type apiKey [sha256.Size]byte

// keyID is where a request keeps whose it is: the key's hash in hex.
const keyID = "api_key"

func hashKey(text string) apiKey { return sha256.Sum256([]byte(text)) }

func hashKeys(texts []string) []apiKey {
	keys := make([]apiKey, len(texts))
	for i, t := range texts {
		keys[i] = hashKey(t)
	}
	return keys
}

// known tells whether a key is one of ours, in a time that doesn't depend on which.
func known(keys []apiKey, hash apiKey) bool {
	found := 0
	for _, k := range keys {
		found |= subtle.ConstantTimeCompare(k[:], hash[:])
	}
	return found == 1
}

// withKey lets requests with a known bearer key pass, as many as its limit allows. Wrong keys are counted by address.
func (h *Handler) withKey(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	scheme, text, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	text = strings.TrimSpace(text)
	id := hashKey(text)
	if !strings.EqualFold(scheme, "Bearer") || text == "" || !known(h.keys, id) {
		h.refuseKey(c, text != "")
		return
	}
	c.Set(keyID, hex.EncodeToString(id[:]))
	wait, left, full := h.keyLimit.look("key " + c.GetString(keyID))
	if most := h.keyLimit.most; most >= 0 {
		c.Header("RateLimit-Policy", fmt.Sprintf(`"key";q=%d;w=60`, most))
		c.Header("RateLimit", fmt.Sprintf(`"key";r=%d;t=%d`, left, seconds(full)))
	}
	if wait > 0 {
		h.apiFail(c, &apiProblem{status: http.StatusTooManyRequests, kind: "too-many-requests",
			detail: fmt.Sprintf("This key may be used %d times a minute. Wait as long as Retry-After says.", h.keyLimit.most), retry: wait})
	}
}

func (h *Handler) refuseKey(c *gin.Context, wrong bool) {
	p := &apiProblem{status: http.StatusUnauthorized, kind: "unauthorized", detail: "Send Authorization: Bearer and one of the shop's API keys."}
	challenge := `Bearer realm="session API"`
	switch {
	case len(h.keys) == 0:
		p.detail = "This shop has no API key yet. Set api.keys in its configuration, or CHECKOUT_API_KEYS in its environment, and start it again."
	case wrong:
		p.detail = "The key isn't one of this shop's API keys (api.keys)."
		challenge += `, error="invalid_token"`
	}
	if wait := h.wrongKeyLimit.wait(c.ClientIP()); wait > 0 && wrong {
		p = &apiProblem{status: http.StatusTooManyRequests, kind: "too-many-requests", detail: "Too many wrong keys from this address.", retry: wait}
	} else {
		c.Header("WWW-Authenticate", challenge)
	}
	h.apiFail(c, p)
}

// look is wait that also tells how many more may come at once, and after how long all may again.
func (l *limiter) look(name string) (wait time.Duration, left int, full time.Duration) {
	if l.most < 0 {
		return 0, 0, 0
	}
	wait = l.wait(name)
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	tokens := l.bucket(network(name)).TokensAt(now)
	missing := max(float64(l.most)-tokens, 0)
	return wait, int(max(math.Floor(tokens), 0)), time.Duration(missing / float64(l.most) * float64(l.within))
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
