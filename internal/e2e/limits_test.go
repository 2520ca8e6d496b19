package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// TestLimits asks more often than config.yaml's limits allow: the answer is 429 with Retry-After and, for people, a page in their
// language; other addresses go on, where an IPv6 address stands for its /64; and notifications are never limited. Seen to fail
// without h.limit before h.placeOrder and h.status in handlers/routes.go, without the limit in handlers/admin_login.go, without
// network in handlers/limiter.go, without Retry-After in handlers/errors.go, and when handlers/notify.go answers 429.
func TestLimits(t *testing.T) {
	t.Parallel()
	const checkout, login, api = 4, 3, 6
	p := start(t, fmt.Sprint("CHECKOUT_LIMITS_CHECKOUT=", checkout), fmt.Sprint("CHECKOUT_LIMITS_LOGIN=", login), fmt.Sprint("CHECKOUT_LIMITS_API=", api),
		"CHECKOUT_SERVER_TRUSTED_PROXIES=127.0.0.1")
	load := newPaidLoad(t, p)
	notices := load.notices(t, p, 2)
	for _, tt := range []struct {
		name        string
		limit       int
		send        func(header ...string) answer
		allowed     int
		tooMany     string // in the page
		contentType string
	}{
		{"checkout", checkout, func(header ...string) answer { return load.order(p, load.newForm("limits"), header...) }, http.StatusSeeOther, "嘗試次數過多", "text/html"},
		{"login", login, func(header ...string) answer {
			return fetch(request(http.MethodPost, p.URL+"/admin/login", url.Values{"username": {"admin"}, "password": {"guess"}}.Encode(),
				"Content-Type", "application/x-www-form-urlencoded"), header...)
		}, http.StatusUnauthorized, "嘗試次數過多", "text/html"},
		{"status", api, func(header ...string) answer {
			return ask(p, "/orders/"+notices[0].token+"/status", header...)
		}, http.StatusOK, `"status":429`, "application/problem+json"},
	} {
		for _, from := range []struct{ one, same, other string }{
			{"198.51.100.7", "198.51.100.7", "198.51.100.8"},
			{"2001:db8:0:1::7", "2001:db8:0:1:ffff::8", "2001:db8:0:2::7"},
		} {
			for i := range tt.limit {
				if a := tt.send("X-Forwarded-For", from.one, "Accept-Language", "zh-HK"); a.status != tt.allowed {
					t.Errorf("%s: request %d from %s: %d %v, want %d", tt.name, i, from.one, a.status, a.err, tt.allowed)
				}
			}
			// A place comes back while we ask, so the one after the last may still go through; two more don't.
			var a answer
			for range 3 {
				if a = tt.send("X-Forwarded-For", from.same, "Accept-Language", "zh-HK"); a.status == http.StatusTooManyRequests {
					break
				}
			}
			wait, err := strconv.Atoi(a.header.Get("Retry-After"))
			if a.status != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 60 {
				t.Errorf("%s: too many from %s: %d, Retry-After %q, want 429 with seconds", tt.name, from.same, a.status, a.header.Get("Retry-After"))
			}
			if !strings.Contains(a.body, tt.tooMany) || !strings.HasPrefix(a.header.Get("Content-Type"), tt.contentType) {
				t.Errorf("%s: too many: %s without %s:\n%.800s", tt.name, a.header.Get("Content-Type"), tt.tooMany, a.body)
			}
			if a := tt.send("X-Forwarded-For", from.other); a.status != tt.allowed {
				t.Errorf("%s: another address, %s: %d, want %d", tt.name, from.other, a.status, tt.allowed)
			}
		}
	}
	for i := range 200 { // more than the 60 refusals a minute that are logged
		if got := send(t, p, notices[0].body, []string{notices[1].signature}, map[string]string{"X-Forwarded-For": "198.51.100.7"}); got != http.StatusUnauthorized {
			t.Fatalf("forged notification %d: %d, want 401", i, got)
		}
	}
	for _, n := range notices {
		if got := send(t, p, n.body, []string{n.signature}, map[string]string{"X-Forwarded-For": "198.51.100.7"}); got != http.StatusOK {
			t.Errorf("genuine notification from an address that asked too often: %d, want 200", got)
		}
	}
	recordedOnce(t, p, notices)
}

// TestForwardedByNobody lets a stranger name another address with each request: without a trusted proxy it is his own that counts.
// Seen to fail when handlers/routes.go trusts 127.0.0.1 whatever is configured.
func TestForwardedByNobody(t *testing.T) {
	t.Parallel()
	const login = 2
	p := start(t, fmt.Sprint("CHECKOUT_LIMITS_LOGIN=", login))
	var statuses []int
	for i := range login + 3 {
		statuses = append(statuses, fetch(request(http.MethodPost, p.URL+"/admin/login", url.Values{"username": {"admin"}, "password": {"guess"}}.Encode(),
			"Content-Type", "application/x-www-form-urlencoded"), "X-Forwarded-For", fmt.Sprint("198.51.100.", i), "X-Real-IP", fmt.Sprint("198.51.100.", i)).status)
	}
	if statuses[0] != http.StatusUnauthorized || statuses[len(statuses)-1] != http.StatusTooManyRequests {
		t.Errorf("answers %v, want 401 first and 429 at last", statuses)
	}
}
