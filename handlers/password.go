package handlers

import (
	"context"
	"net/netip"
	"strings"

	"github.com/alexedwards/argon2id"
	"github.com/mileusna/useragent"
)

// maxHashes is how many passwords are hashed at once: each takes its memory, and leaves as much to be collected.
const maxHashes = 1

// passwordCost is OWASP's advice for argon2id where memory is short: 19 MiB, twice.
var passwordCost = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// alone runs work that hashes a password, one at a time. It isn't run when the asker has gone.
func (h *Handler) alone(ctx context.Context, work func() error) error {
	select {
	case h.hashing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-h.hashing }()
	return work()
}

// hash is a new password's.
func (h *Handler) hash(ctx context.Context, password string) (hash string, err error) {
	err = h.alone(ctx, func() (err error) {
		hash, err = argon2id.CreateHash(password, passwordCost)
		return err
	})
	return hash, err
}

// matches tells whether a password is the hash's.
func (h *Handler) matches(ctx context.Context, password, hash string) (match bool, err error) {
	if len(password) > 1024 || hash == "" {
		return false, nil
	}
	err = h.alone(ctx, func() (err error) {
		match, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return match, err
}

// wideNetwork is the network of an address as sessions and the audit log keep it: a /24 of IPv4, a /48 of IPv6.
func wideNetwork(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	bits := 48
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		bits = 24
	}
	p, err := ip.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}

// browserName is a browser in words, for people to recognise their own: "Firefox, Windows".
func browserName(agent string) string {
	ua := useragent.Parse(agent[:min(len(agent), longestAgent)])
	var parts []string
	for _, part := range []string{ua.Name, ua.OS} {
		if part = strings.Map(plain, part); part != "" {
			parts = append(parts, part[:min(len(part), 40)])
		}
	}
	return strings.Join(parts, ", ")
}

// plain drops what a stranger may write into a header to confuse who reads it.
func plain(r rune) rune {
	if r < ' ' || r > '~' {
		return -1
	}
	return r
}
