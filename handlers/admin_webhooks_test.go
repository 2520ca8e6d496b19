package handlers_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/models"
)

func TestWebhooksDesk(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := console(t, shop)
	session := signIn(t, h)
	w := get(h, "/admin/webhooks?state=dead&endpoint=1&cursor=12", "Cookie", session)
	wantStatus(t, w, 200)
	if diff := cmp.Diff(models.DeliveryFilter{State: models.DeliveryDead, Endpoint: 1, Cursor: "12"}, shop.deliveryFilter); diff != "" {
		t.Error(diff)
	}
	doc := document(t, w)
	for _, id := range []string{"webhooks-dead", "endpoint", "turn-on", "delivery-row", "next-page", "first-page"} {
		if doc.Find("[data-testid="+id+"]").Length() != 1 {
			t.Errorf("no %s on the page", id)
		}
	}
	one := get(h, "/admin/webhooks/9", "Cookie", session)
	for _, page := range []string{w.Body.String(), one.Body.String()} {
		if strings.Contains(page, "s3cret") || strings.Contains(page, "<b>boom") {
			t.Error("the page holds a secret, or an answer as it came")
		}
	}
	if body := document(t, one).Find("[data-testid=webhook-body]").Text(); body != "{\n  \"type\": \"order.paid\"\n}" {
		t.Errorf("body %q", body)
	}
	for target, want := range map[string]int{
		"/admin/webhooks?state=none": 400, "/admin/webhooks?cursor=x": 400, "/admin/webhooks?endpoint=-1": 400, "/admin/webhooks?cursor=%00": 400, "/admin/webhooks?endpoint=99999999999999999999": 400,
		"/admin/webhooks/8": 404, "/admin/webhooks/x": 404, "/admin/webhooks/0": 404, "/admin/webhooks/9?notice=webhook_again": 200, "/admin/webhooks?notice=%3Cb%3E": 200,
	} {
		if got := get(h, target, "Cookie", session); got.Code != want || strings.Contains(got.Body.String(), "<b>") {
			t.Errorf("GET %s = %d, want %d", target, got.Code, want)
		}
	}
	wantRedirect(t, post(h, "/admin/webhooks/9/again", nil, "Cookie", session), "/admin/webhooks/9?notice=webhook_again")
	shop.againErr = models.ErrConflict
	wantRedirect(t, post(h, "/admin/webhooks/9/again", nil, "Cookie", session), "/admin/webhooks/9?notice=webhook_off")
	wantStatus(t, post(h, "/admin/webhooks/8/again", nil, "Cookie", session), 404)
	wantRedirect(t, post(h, "/admin/webhooks/endpoints/1/on", nil, "Cookie", session), "/admin/webhooks?notice=endpoint_on")
	wantStatus(t, post(h, "/admin/webhooks/endpoints/2/on", nil, "Cookie", session), 404)
	// Strangers, and forms of other sites.
	wantRedirect(t, post(h, "/admin/webhooks/9/again", nil), "/admin/login")
	wantRedirect(t, get(h, "/admin/webhooks/9"), "/admin/login")
	wantStatus(t, post(h, "/admin/webhooks/9/again", nil, "Cookie", session, "Sec-Fetch-Site", "cross-site"), 403)
	if len(shop.sentAgain) != 2 {
		t.Errorf("sent %d times", len(shop.sentAgain))
	}
}
