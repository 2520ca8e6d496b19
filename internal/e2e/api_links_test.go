package e2e

import (
	"net/http"
	"strings"
	"testing"
)

const aLink = `{"title":{"en":"Deposit","zh-Hant":"訂金"},"amount":"100.00","reference":"their-18","question":"Your name","max_payments":1,"expires_at":"2099-12-31T16:00:00Z"}`

// links walks through the API's payment links, and meets every answer that docs/openapi.yaml has of them.
func (c *apiClient) links(t *testing.T) {
	t.Helper()
	link := c.post("/links", aLink, "Idempotency-Key", "link-1").want(t, "a link", http.StatusCreated)
	if again := c.post("/links", aLink, "Idempotency-Key", "link-1"); again.Body != link.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same link again: %s, want %s", again.Body, link.Body)
	}
	c.post("/links", strings.Replace(aLink, "100", "200", 1), "Idempotency-Key", "link-1").want(t, "the same key, another link", http.StatusConflict)
	free := c.post("/links", `{"title":"Counter","free":{"least":"10.00","suggested":"20.00"}}`).want(t, "the payer's sum", http.StatusCreated)
	c.post("/links", `{"title":"Tees","items":[{"sku":"demo-tee","quantity":2}]}`).want(t, "goods", http.StatusCreated)
	for body, place := range map[string]string{
		`{"title":"x"}`: "/amount", `{"title":"x","amount":"1.0"}`: "/amount", `{"title":"x","items":[{"sku":"none"}]}`: "/items", `{"title":"x","items":[{"sku":"TIP-TEAM"}]}`: "/items",
	} {
		a := c.post("/links", body).want(t, body, http.StatusUnprocessableEntity)
		if places, _ := a.faults(); len(places) != 1 || places[0] != place {
			t.Errorf("%s: %s, want %s", body, a.Body, place)
		}
	}
	c.post("/links", `{"title":`).want(t, "cut off", http.StatusBadRequest)
	c.post("/links", aLink, "Content-Type", "text/plain").want(t, "text", http.StatusUnsupportedMediaType)
	c.post("/links", `{"title":"`+strings.Repeat("x", 64<<10)+`"}`).want(t, "64 KiB", http.StatusRequestEntityTooLarge)

	page, err := http.Get(link.text("url"))
	if err != nil {
		t.Fatal(err)
	}
	if _ = page.Body.Close(); page.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", link.text("url"), page.Status)
	}
	if a := c.get("/links/"+link.text("id")).want(t, "the link", http.StatusOK); a.Body != link.Body {
		t.Errorf("read back %s, want %s", a.Body, link.Body)
	}
	list := c.get("/links?limit=2").want(t, "two links", http.StatusOK)
	if next := c.get("/links?cursor="+list.text("next_cursor")).want(t, "the rest", http.StatusOK); list.fields["next_cursor"] == nil || next.fields["next_cursor"] != nil || !strings.Contains(next.Body, link.text("url")) {
		t.Errorf("two pages: %s, %s", list.Body, next.Body)
	}
	c.get("/links?limit=0").want(t, "no limit", http.StatusUnprocessableEntity)
	if off := c.post("/links/"+free.text("id")+"/deactivate", "").want(t, "off", http.StatusOK); off.text("status") != "inactive" {
		t.Errorf("switched off: %s", off.Body)
	}
	page, err = http.Get(free.text("url"))
	if err != nil {
		t.Fatal(err)
	}
	if _ = page.Body.Close(); page.StatusCode != http.StatusGone {
		t.Errorf("the page of a link that is off: %s, want 410", page.Status)
	}
	c.get("/links/4711").want(t, "no link", http.StatusNotFound)
	c.post("/links/4711/deactivate", "").want(t, "no link", http.StatusNotFound)
}
