package models

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// DeskSession is one browser in which somebody is signed in.
type DeskSession struct {
	ID        int64
	Token     string // its digest
	User      int64  // 0 is the configured operator
	Network   string // of the address that it began from: 203.0.113.0/24
	Browser   string // in words: "Firefox, Windows"
	CreatedAt time.Time
	SeenAt    time.Time // to about a minute
	ExpiresAt time.Time
}

// AuditEntry is something that was done at the desk.
type AuditEntry struct {
	ID      int64
	At      time.Time
	Name    string // who did it; empty when nobody knows, as with a refused sign-in under an unknown name
	Action  string // like "order.cancelled"
	Object  string // what it was done to; never a buyer's name or address, nor a secret
	Network string
}

// AuditFilter says which entries to list. Empty fields don't filter.
type AuditFilter struct {
	Name   string
	Action string
	Cursor string // of the page before
	Limit  int    // 1 to 200. Defaults to 50
}

// AuditList is one page of the log, newest first.
type AuditList struct {
	Entries []AuditEntry
	Next    string // cursor of the next page; empty on the last
}

// APIKey is a bearer key of the session API that was made at the desk.
type APIKey struct {
	ID        int64
	Name      string
	Hash      string    // SHA-256 of the key, in hex
	UsedAt    time.Time // to about ten minutes; zero: never
	CreatedAt time.Time
	RevokedAt time.Time // zero while it works
}

// KeyName is what an API key may be called, or "".
func KeyName(typed string) string {
	name := strings.TrimSpace(typed)
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > longestKeyName || strings.ContainsFunc(name, unicode.IsControl) {
		return ""
	}
	return name
}
