package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestExamination: nothing is asked before the operator wants it; then each line says what it found and, unless it passed, what to do, the gravest first.
func TestExamination(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := console(t, shop)
	session := signIn(t, h)
	doc := document(t, get(h, "/admin/settings/check", "Cookie", session))
	if shop.examined != 0 || doc.Find(`[data-testid="check-line"]`).Length() != 0 {
		t.Error("the checks were made before anybody asked")
	}
	doc = document(t, get(h, "/admin/settings/check?run=1", "Cookie", session))
	lines := doc.Find(`[data-testid="check-line"]`)
	if shop.examined != 1 || lines.Length() != 3 {
		t.Fatalf("%d lines, want 3", lines.Length())
	}
	if first := lines.First(); first.AttrOr("data-check", "") != "notify" || !strings.Contains(first.Text(), "answered with <403>, not 401") || first.Find(".check-remedy").Length() != 1 {
		t.Errorf("first line: %q", first.Text())
	}
	if last := lines.Last(); last.AttrOr("data-grade", "") != "pass" || last.Find(".check-remedy").Length() != 0 {
		t.Errorf("last line: %q", last.Text())
	}
}

func TestSignPage(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := console(t, shop)
	session := signIn(t, h)
	if res := get(h, "/admin/settings/sign", "Cookie", session); res.Code != http.StatusOK || strings.Contains(res.Body.String(), "sign-found") {
		t.Errorf("the empty page: %d", res.Code)
	}
	doc := document(t, post(h, "/admin/settings/sign", url.Values{"body": {"<b>1\r\n2</b>"}, "signature": {" x "}, "expected": {"a=<i>"}}, "Cookie", session))
	if want := "<b>1\n2</b> signed x"; shop.message != want { // HTML's own reading of line ends would hide the \r
		t.Errorf("looked at %q, want %q", shop.message, want)
	}
	if got := doc.Find(`[data-testid="sign-string"]`).Text(); got != "a=<b>1\n2</b>" {
		t.Errorf("string %q", got)
	}
	if got := doc.Find(`[data-testid="sign-differs"] mark`).Last().Text(); got != "<i>" {
		t.Errorf("differs %q", got)
	}
	if res := post(h, "/admin/settings/sign", url.Values{"body": {strings.Repeat("x", 80<<10)}}, "Cookie", session); res.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a body that is too long: %d", res.Code)
	}
}
