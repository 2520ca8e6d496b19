package handlers

import (
	"net"
	"net/url"
)

// paymentURL checks once more where a buyer is about to be sent: https only, or http on loopback outside production.
func (h *Handler) paymentURL(raw string) (string, bool) {
	u, err := url.Parse(raw)
	if err != nil || raw == "" || u.Host == "" || u.User != nil {
		return "", false
	}
	switch u.Scheme {
	case "https":
		return u.String(), true
	case "http":
		return u.String(), !h.o.Production && loopback(u.Hostname())
	}
	return "", false
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
