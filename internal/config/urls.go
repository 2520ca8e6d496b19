package config

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// url checks a base URL: https, or http on loopback if that is allowed here, without user, query or fragment.
func (f *faults) url(key, text string, loopbackHTTP bool) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https"):
		f.add(key, "is not a URL with its scheme and host", "use one like https://pay.example.com")
	case u.User != nil:
		f.add(key, "holds a user name or password", "leave them out")
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		f.add(key, "has a query or fragment", "end it after the path")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		f.add(key, "is not https", "use https; http is only for loopback")
	case u.Scheme == "http" && !loopbackHTTP:
		f.add(key, "is not https, in production", "use https")
	}
}

func loopback(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// origins checks a list of exact https origins, as a browser sends them.
func (f *faults) origins(key string, list []string, production bool) {
	for i, o := range list {
		at := fmt.Sprintf("%s[%d]", key, i)
		u, err := url.Parse(o)
		switch {
		case err != nil || u.Host == "" || u.User != nil || strings.Contains(o, "*") || (u.Scheme != "https" && u.Scheme != "http"):
			f.add(at, "is not an exact origin", "use scheme and host, like https://shop.example.com")
		case u.Path != "" || u.RawQuery != "" || strings.ContainsAny(o, "?#"):
			f.add(at, "has more than scheme, host and port", "end it after the host, without a slash")
		case o != strings.ToLower(o) || (u.Scheme == "https" && u.Port() == "443") || (u.Scheme == "http" && u.Port() == "80") || strings.HasSuffix(u.Host, ":"):
			f.add(at, "is not how a browser writes it", "use lower case, without the scheme's own port")
		case u.Scheme == "http" && (production || !loopback(u.Hostname())):
			f.add(at, "is not https", "use https; http is only for loopback outside production")
		case slices.Index(list, o) < i:
			f.add(at, "is listed twice", "keep one of them")
		}
	}
}

// image checks where a picture is: nowhere, below /static/, or at an https URL.
func (f *faults) image(key, s string) {
	u, err := url.Parse(s)
	switch {
	case s == "":
	case err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil:
	case err == nil && u.Scheme == "" && u.Host == "" && strings.HasPrefix(s, "/static/") && !strings.Contains(s, ".."):
	default:
		f.add(key, "is not the place of a picture", "use a path that begins with /static/ or an https URL")
	}
}

// checkDSN can't try the database, but it knows what isn't one. It repeats nothing of the name, which may hold a password.
func (f *faults) checkDSN(d DSN) {
	const key, remedy = "database.dsn", "use a path like data/checkout.db, file:… or postgres://user@host/name"
	s := d.Value()
	scheme, _, hasScheme := strings.Cut(s, "://")
	switch {
	case strings.TrimSpace(s) == "":
		f.add(key, "is empty", remedy)
	case d.IsPostgres():
		if u, err := url.Parse(s); err != nil || u.Host == "" && u.Query().Get("host") == "" {
			f.add(key, "is not a URL with a host", "use one like postgres://user@host/name; write special characters of a password as %XX")
		}
	case hasScheme && scheme != "file":
		f.add(key, "is for a database that isn't known", remedy)
	case strings.Contains(s, "host=") || strings.Contains(s, "dbname=") || strings.Contains(s, "password="):
		f.add(key, "is a list of words", "write it as a URL, postgres://user@host/name")
	}
}
