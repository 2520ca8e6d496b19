package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lianlian-checkout/models"
)

func TestNotify(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		header map[string]string
		err    error
		want   int
	}{
		{"good", map[string]string{"Signature": "good"}, nil, 200},
		{"good, of another type", map[string]string{"Signature": "good", "Content-Type": "text/plain"}, nil, 200},
		{"good, of no type", map[string]string{"Signature": "good", "Content-Type": ""}, nil, 200},
		{"identity encoding", map[string]string{"Signature": "good", "Content-Encoding": "identity"}, nil, 200},
		{"bad signature", map[string]string{"Signature": "bad"}, nil, 401},
		{"no signature", nil, nil, 401},
		{"empty signature", map[string]string{"Signature": ""}, nil, 401},
		{"malformed", map[string]string{"Signature": "good"}, fmt.Errorf("parse: %w", models.ErrMalformed), 400},
		{"unknown", map[string]string{"Signature": "good"}, models.ErrNotFound, 404},
		{"mismatch", map[string]string{"Signature": "good"}, models.ErrConflict, 409},
		{"storage away", map[string]string{"Signature": "good"}, models.ErrUnavailable, 503},
		{"compressed", map[string]string{"Signature": "good", "Content-Encoding": "gzip"}, nil, 415},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			shop.notifyErr = c.err
			w := request{method: "POST", target: "/lianlian/notify", body: `{"a":"ü"}`, header: c.header}.do(newHandler(t, shop))
			wantStatus(t, w, c.want)
			if ack := w.Body.String() == `{"code":"200","msg":"success"}`; ack != (c.want == 200) {
				t.Errorf("answer = %s", w.Body)
			}
			if c.want == 200 && shop.notified[0] != `good {"a":"ü"}` {
				t.Errorf("shop got %q", shop.notified[0])
			}
			if c.want == 503 && w.Header().Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
			if w.Header().Get("Set-Cookie") != "" {
				t.Error("the gateway got a cookie")
			}
		})
	}
}

func TestNotifyWithTwoSignatures(t *testing.T) {
	t.Parallel()
	shop := newShop()
	r := httptest.NewRequest(http.MethodPost, "/lianlian/notify", strings.NewReader("{}"))
	r.Header.Add("signature", "good")
	r.Header.Add("Signature", "bad")
	w := httptest.NewRecorder()
	newHandler(t, shop).ServeHTTP(w, r)
	wantStatus(t, w, 400)
	if len(shop.notified) > 0 {
		t.Error("the shop was asked")
	}
}

func TestReturn(t *testing.T) {
	t.Parallel()
	const ours, theirs = "/orders/" + token + "?returned=1", "/orders/Other0000000000000000000000?returned=1"
	cases := []struct {
		name, method, target, body string
		err                        error
		want                       int
		wantTo                     string
	}{
		{"verified query", "GET", "/lianlian/return?signature=good", "", nil, 303, theirs},
		{"verified form", "POST", "/lianlian/return", "signature=good", nil, 303, theirs},
		{"form without fields, query", "POST", "/lianlian/return?signature=good", "", nil, 303, theirs},
		{"verified, with the buyer's own token", "GET", "/lianlian/return/" + token + "?signature=good", "", nil, 303, ours},
		{"unverified, with the token", "GET", "/lianlian/return/" + token + "?signature=bad", "", nil, 303, ours},
		{"nothing, with the token", "GET", "/lianlian/return/" + token, "", nil, 303, ours},
		{"broken query, with the token", "GET", "/lianlian/return/" + token + "?%zz", "", nil, 303, ours},
		{"storage away, with the token", "GET", "/lianlian/return/" + token, "", models.ErrUnavailable, 303, ours},
		{"form, with the token", "POST", "/lianlian/return/" + token, "signature=bad", nil, 303, ours},
		{"unverified", "GET", "/lianlian/return?signature=bad", "", nil, 400, ""},
		{"malformed", "GET", "/lianlian/return?signature=good", "", models.ErrMalformed, 400, ""},
		{"unknown", "GET", "/lianlian/return?signature=good", "", models.ErrNotFound, 400, ""},
		{"broken query", "GET", "/lianlian/return?%zz", "", nil, 400, ""},
		{"storage away", "GET", "/lianlian/return?signature=good", "", models.ErrUnavailable, 503, ""},
		{"hostile token", "GET", "/lianlian/return/%2f%2fevil.example", "", nil, 404, ""},
		{"hostile token in one piece", "GET", "/lianlian/return/evil.example", "", nil, 400, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			shop.returnErr, shop.returnToken = c.err, "Other0000000000000000000000"
			w := request{method: c.method, target: c.target, body: c.body, header: map[string]string{"Sec-Fetch-Site": "cross-site"}}.do(newHandler(t, shop))
			wantStatus(t, w, c.want)
			if got := w.Header().Get("Location"); got != c.wantTo {
				t.Errorf("Location = %q, want %q", got, c.wantTo)
			}
		})
	}
}
