package e2e

import (
	"net/http"
	"strings"
	"testing"
)

// refunds walks through the API's refunds of a paid order, and meets every answer that docs/openapi.yaml has of them. open is an order that isn't paid.
func (c *apiClient) refunds(t *testing.T, p *shop, paid, open string) {
	t.Helper()
	path := "/orders/" + paid + "/refunds"
	kind := func(a apiAnswer, want string) {
		t.Helper()
		if !strings.HasSuffix(a.text("type"), ":"+want) {
			t.Errorf("%s, want %s", a.Body, want)
		}
	}
	part := c.post(path, `{"amount":"50.00","reason":"One of two was broken"}`, "Idempotency-Key", "refund-1").want(t, "a part", http.StatusCreated)
	if part.text("amount") != "50.00" || part.text("reason") != "One of two was broken" || part.text("status") == "failed" {
		t.Errorf("a part: %s", part.Body)
	}
	if again := c.post(path, `{"reason":"One of two was broken","amount":"50.00"}`, "Idempotency-Key", "refund-1"); again.Body != part.Body || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same again: %s, want %s", again.Body, part.Body)
	}
	kind(c.post(path, `{"amount":"60.00"}`, "Idempotency-Key", "refund-1").want(t, "the key with another refund", http.StatusConflict), "idempotency-key-reused")
	kind(c.post(path, `{"amount":"50.00"}`).want(t, "the same sum without a key", http.StatusConflict), "refund-repeated")
	eventually(t, "the part is back", func() bool {
		o := c.get("/orders/" + paid)
		return o.text("status") == "partially_refunded" && o.text("payment_status") == "PR" && o.text("refunded") == "50.00"
	})
	for body, place := range map[string]string{
		`{"amount":"150.01"}`: "/amount", `{"amount":"0.00"}`: "/amount", `{"amount":"50"}`: "/amount", `{"amount":50}`: "/amount", `{"amount":"-1.00"}`: "/amount",
		`{"reason":"` + strings.Repeat("x", 129) + `"}`: "/reason", `{"sum":"1.00"}`: "/sum",
	} {
		a := c.post(path, body).want(t, body, http.StatusUnprocessableEntity)
		if places, _ := a.faults(); len(places) != 1 || places[0] != place {
			t.Errorf("%s: %s, want %s", body, a.Body, place)
		}
	}
	c.post(path, `{"amount":`).want(t, "cut off", http.StatusBadRequest)
	c.post(path, `{}`, "Content-Type", "text/plain").want(t, "text", http.StatusUnsupportedMediaType)
	c.post(path, `{"reason":"`+strings.Repeat("x", 64<<10)+`"}`).want(t, "64 KiB", http.StatusRequestEntityTooLarge)
	c.post("/orders/99999/refunds", `{}`).want(t, "no order", http.StatusNotFound)
	c.get("/orders/99999/refunds").want(t, "no order", http.StatusNotFound)
	kind(c.post("/orders/"+open+"/refunds", `{}`).want(t, "an unpaid order", http.StatusConflict), "not-refundable")

	p.scenario(t, "query_return_code", "INTERNAL_SERVER_ERROR")
	kind(c.post(path, `{}`).want(t, "the gateway can't be asked", http.StatusConflict), "outcome-unknown")
	p.scenario(t, "refund_return_code", "INSUFFICIENT_BALANCE", "sign_errors", "on")
	refused := c.post(path, `{}`, "Idempotency-Key", "refund-2").want(t, "refused", http.StatusUnprocessableEntity)
	if kind(refused, "declined"); refused.fields["gateway"].(map[string]any)["return_code"] != "INSUFFICIENT_BALANCE" {
		t.Errorf("refused: %s", refused.Body)
	}
	if again := c.post(path, `{}`, "Idempotency-Key", "refund-2"); again.Body != refused.Body {
		t.Errorf("refused again: %s", again.Body)
	}
	p.scenario(t)

	rest := c.post(path, `{}`).want(t, "the rest", http.StatusCreated)
	if rest.text("amount") != "150.00" {
		t.Errorf("the rest: %s", rest.Body)
	}
	eventually(t, "all is back", func() bool { return c.get("/orders/"+paid).text("status") == "refunded" })
	list := c.get(path).want(t, "the refunds", http.StatusOK).fields["data"].([]any)
	states := ""
	for _, r := range list {
		states += " " + r.(map[string]any)["status"].(string)
	}
	if states != " succeeded failed succeeded" {
		t.Errorf("refunds:%s", states)
	}
	kind(c.post(path, `{}`).want(t, "nothing left", http.StatusConflict), "not-refundable")
}

// TestRefundsOff: without the setting nothing is asked for.
func TestRefundsOff(t *testing.T) {
	t.Parallel()
	p := startAPI(t, "CHECKOUT_LIANLIAN_REFUNDS=off")
	c := newAPIClient(t, p)
	o := c.post("/sessions", twoHundred).want(t, "a session", http.StatusCreated)
	if a := c.post("/orders/"+o.text("id")+"/refunds", `{}`).want(t, "off", http.StatusConflict); !strings.HasSuffix(a.text("type"), ":refunds-off") {
		t.Errorf("off: %s", a.Body)
	}
}
