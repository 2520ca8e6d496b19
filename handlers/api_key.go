package handlers

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
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

// keysFor is how long the keys that were made at the desk are remembered: another process's changes are seen after that.
const keysFor = 2 * time.Second

// usedEvery is how often it is noted that a key is in use.
const usedEvery = 10 * time.Minute

// keyRing knows the API keys: those of the configuration, and those made at the desk.
type keyRing struct {
	people     PeopleShop
	now        func() time.Time
	configured []apiKey

	mu   sync.Mutex
	made map[string]int64 // ids by hash
	read time.Time
	used map[int64]time.Time
}

func newKeyRing(o Options) *keyRing {
	return &keyRing{people: o.People, now: o.Now, configured: hashKeys(o.APIKeys), used: map[int64]time.Time{}}
}

// known tells whether a key is one of ours, and its id if it was made at the desk.
func (r *keyRing) known(ctx context.Context, hash apiKey) (id int64, ok bool, err error) {
	if known(r.configured, hash) {
		return 0, true, nil
	}
	made, err := r.all(ctx)
	if err != nil {
		return 0, false, err
	}
	id, ok = made[hex.EncodeToString(hash[:])]
	return id, ok, nil
}

// all are the keys that were made at the desk and work.
func (r *keyRing) all(ctx context.Context) (map[string]int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.now(); r.made == nil || now.Sub(r.read).Abs() >= keysFor {
		keys, err := r.people.APIKeys(context.WithoutCancel(ctx))
		if err != nil {
			return nil, err
		}
		r.made, r.read = map[string]int64{}, now
		for _, k := range keys {
			if k.RevokedAt.IsZero() {
				r.made[k.Hash] = k.ID
			}
		}
	}
	return r.made, nil
}

// none tells whether the shop has no key, as far as is known.
func (r *keyRing) none() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.configured)+len(r.made) == 0
}

// forget makes the next request read the keys anew.
func (r *keyRing) forget() {
	r.mu.Lock()
	r.made = nil
	r.mu.Unlock()
}

// inUse notes now and then that a key is in use.
func (r *keyRing) inUse(ctx context.Context, id int64) error {
	r.mu.Lock()
	now := r.now()
	due := now.Sub(r.used[id]) >= usedEvery
	if due {
		r.used[id] = now
	}
	r.mu.Unlock()
	if !due {
		return nil
	}
	return r.people.UsedAPIKey(context.WithoutCancel(ctx), id)
}

// withKey lets requests with a known bearer key pass, as many as its limit allows. Wrong keys are counted by address.
func (h *Handler) withKey(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	scheme, text, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	text = strings.TrimSpace(text)
	hash := hashKey(text)
	made, known, err := int64(0), false, error(nil)
	if strings.EqualFold(scheme, "Bearer") && text != "" {
		made, known, err = h.keys.known(c.Request.Context(), hash)
	}
	if err != nil {
		h.apiFail(c, err)
		return
	}
	if !known {
		h.refuseKey(c, text != "")
		return
	}
	if made != 0 {
		if err := h.keys.inUse(c.Request.Context(), made); err != nil {
			h.o.Log.WarnContext(c.Request.Context(), "note that an API key is in use", "error", err, "request_id", c.GetString(requestIDKey))
		}
	}
	c.Set(keyID, hex.EncodeToString(hash[:]))
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
	case h.keys.none():
		p.detail = "This shop has no API key yet. Make one at its desk, under Settings, or set api.keys in its configuration, or CHECKOUT_API_KEYS in its environment, and start it again."
	case wrong:
		p.detail = "The key isn't one of this shop's API keys."
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
