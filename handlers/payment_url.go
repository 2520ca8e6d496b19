package handlers

import (
	"net"
	"net/url"
)

// paymentURL checks once more where a buyer is about to be sent: https only, or outside production http on loopback and to a simulator of
// this shop's own.
func (h *Handler) paymentURL(raw string) (string, bool) {
	u, err := url.Parse(raw)
	if err != nil || raw == "" || u.Host == "" || u.User != nil {
		return "", false
	}
	switch u.Scheme {
	case "https":
		return u.String(), true
	case "http":
		return u.String(), !h.o.Production && (loopback(u.Hostname()) || h.o.Simulator != nil && u.Host == h.o.BaseURL.Host)
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
