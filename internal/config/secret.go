package config

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// redacted is what every way of printing a secret gives.
const redacted = "[secret]"

// Secret is a text that is never printed: every verb of fmt, slog, JSON and YAML show "[secret]", or
// nothing for one that isn't set. The text is behind a pointer, so that not even fmt's walk over
// unexported fields reaches it.
type Secret struct {
	text *string
	file string // that the text was read from, empty for none
}

// NewSecret wraps a text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Value is the text itself. Never log it.
func (s Secret) Value() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsSet tells whether there is a text.
func (s Secret) IsSet() bool { return s.text != nil }

// Equal tells whether the texts are the same. It is not for checking what a stranger sent: it takes no constant time.
func (s Secret) Equal(other Secret) bool { return s.Value() == other.Value() }

// String is "[secret]", or empty for one that isn't set.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return redacted
}

// Format prints String for every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue prints String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText prints String, in JSON too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalYAML prints String.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

func (s *Secret) setText(text string) (problem, remedy string) {
	*s = NewSecret(text)
	return "", ""
}

// DSN is a data source name. Printed, it shows everything but a password.
type DSN struct{ text Secret }

// NewDSN wraps a data source name.
func NewDSN(text string) DSN { return DSN{NewSecret(text)} }

// Value is the whole name, with its password. Never log it.
func (d DSN) Value() string { return d.text.Value() }

// Equal tells whether the names are the same.
func (d DSN) Equal(other DSN) bool { return d.text.Equal(other.text) }

// IsPostgres tells whether the name is a PostgreSQL URL; all others are SQLite's.
func (d DSN) IsPostgres() bool {
	return strings.HasPrefix(d.Value(), "postgres://") || strings.HasPrefix(d.Value(), "postgresql://")
}

// String is the name without its password: postgres://shop:[secret]@db.internal/checkout.
// Of a URL's parameters only those without a secret are kept.
func (d DSN) String() string {
	if !d.IsPostgres() {
		return d.Value()
	}
	u, err := url.Parse(d.Value())
	if err != nil || u.Opaque != "" {
		return redacted
	}
	who := ""
	if u.User != nil {
		who = u.User.Username()
		if _, has := u.User.Password(); has {
			who += ":" + redacted
		}
		who += "@"
	}
	s := u.Scheme + "://" + who + u.Host + u.EscapedPath()
	if mode := u.Query().Get("sslmode"); mode != "" {
		s += "?sslmode=" + url.QueryEscape(mode)
	}
	return s
}

// Format prints String for every verb.
func (d DSN) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(d.String())) }

// LogValue prints String.
func (d DSN) LogValue() slog.Value { return slog.StringValue(d.String()) }

// MarshalText prints String, in JSON too.
func (d DSN) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalYAML prints String.
func (d DSN) MarshalYAML() (any, error) { return d.String(), nil }

func (d *DSN) setText(text string) (problem, remedy string) {
	*d = NewDSN(text)
	return "", ""
}
