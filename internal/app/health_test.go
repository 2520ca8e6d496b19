package app_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	well := true
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/pay/healthz":
			_, _ = w.Write([]byte("ok\n"))
		case r.URL.Path == "/pay/readyz" && well:
			_, _ = w.Write([]byte("ready\n"))
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	environ := []string{"CHECKOUT_SERVER_ADDRESS=" + strings.TrimPrefix(s.URL, "http://"), "CHECKOUT_SERVER_BASE_URL=https://shop.example/pay"}
	if code, out, log := run(t, environ, "healthcheck"); code != 0 || out != "ok\n" {
		t.Errorf("well: %d %q %q", code, out, log)
	}
	if code, out, log := run(t, environ, "healthcheck", "--ready"); code != 0 || out != "ready\n" {
		t.Errorf("ready: %d %q %q", code, out, log)
	}
	well = false
	if code, _, log := run(t, environ, "healthcheck", "--ready"); code != 1 || !strings.Contains(log, "answered 503") {
		t.Errorf("not ready: %d %q", code, log)
	}
	s.Close()
	if code, _, _ := run(t, environ, "healthcheck"); code != 1 {
		t.Errorf("nobody there: %d", code)
	}
}
