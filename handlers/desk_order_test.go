package handlers_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// What an operator can do about an order, and where each answer leads.
func TestDeskOrder(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("字", 501)
	byHand := pendingOrder()
	byHand.ConfirmedAt = noon
	for _, c := range []struct {
		name, path, field, text string
		err                     error
		confirmed               models.Order
		want, did               string
	}{
		{"cancel", "cancel", "", "", nil, models.Order{}, "order_ended", ""},
		{"cancel what is paid", "cancel", "", "", models.ErrConflict, models.Order{}, "end_paid", ""},
		{"cancel without an answer", "cancel", "", "", models.ErrPending, models.Order{}, "end_unknown", ""},
		{"note", "note", "note", " rang\n the buyer ", nil, models.Order{}, "noted", "note rang the buyer by root"},
		{"no note", "note", "note", " \n", nil, models.Order{}, "text_missing", ""},
		{"long note", "note", "note", long, nil, models.Order{}, "text_missing", ""},
		{"receipt", "receipt", "", "", nil, models.Order{}, "receipt_sent", "receipt by root"},
		{"receipt too soon", "receipt", "", "", models.ErrConflict, models.Order{}, "receipt_wait", "receipt by root"},
		{"confirm", "confirm", "reason", "shown", nil, byHand, "by_hand", "confirm shown by root"},
		{"confirm what the gateway knows", "confirm", "reason", "shown", nil, pendingOrder(), "gateway_paid", "confirm shown by root"},
		{"confirm against the gateway", "confirm", "reason", "shown", models.ErrConflict, models.Order{}, "not_by_hand", "confirm shown by root"},
		{"confirm without a reason", "confirm", "reason", "", nil, models.Order{}, "text_missing", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			shop.deskErr, shop.api.cancelErr, shop.fakeDesk.confirmed = c.err, c.err, c.confirmed
			h := console(t, shop)
			w := post(h, "/admin/orders/7/"+c.path, values(c.field, c.text), "Cookie", signIn(t, h))
			wantRedirect(t, w, "/admin/orders/7?notice="+c.want)
			if got := strings.Join(shop.did, ","); got != c.did {
				t.Errorf("did %q, want %q", got, c.did)
			}
			if page := get(h, w.Header().Get("Location"), "Cookie", signIn(t, h)); document(t, page).Find(`[data-testid=notice][data-notice=`+c.want+`]`).Length() != 1 {
				t.Error("the notice isn't shown")
			}
		})
	}
}

func TestDeskAttention(t *testing.T) {
	t.Parallel()
	shop := newShop()
	o := pendingOrder()
	o.Attention = models.AttentionDoublePayment
	shop.put(o)
	shop.count, shop.list = 3, models.AttentionList{Orders: []models.Order{o}, Mails: []models.LostMail{{Mail: models.Mail{ID: 4, Kind: models.MailReceipt}}}}
	h := console(t, shop)
	session := signIn(t, h)
	doc := document(t, get(h, "/admin/payments/attention", "Cookie", session))
	if n := doc.Find("[data-testid=attention-item]").Length(); n != 2 {
		t.Errorf("%d items, want 2", n)
	}
	if badge := doc.Find("[data-testid=badge]").Text(); !strings.HasPrefix(badge, "3") {
		t.Errorf("badge = %q", badge)
	}
	mark, _ := doc.Find("input[name=seen]").First().Attr("value")
	wantRedirect(t, post(h, "/admin/orders/7/settle", values("note", "refunded one", "seen", "other", "back", "attention"), "Cookie", session), "/admin/payments/attention?notice=not_settled")
	wantRedirect(t, post(h, "/admin/orders/7/settle", values("note", "refunded one", "seen", mark, "back", "attention"), "Cookie", session), "/admin/payments/attention?notice=settled")
	wantRedirect(t, post(h, "/admin/orders/7/settle", values("note", "", "seen", mark), "Cookie", session), "/admin/orders/7?notice=text_missing")
	wantRedirect(t, post(h, "/admin/payments/attention/mails/4", values("do", "again"), "Cookie", session), "/admin/payments/attention?notice=mail_again")
	wantRedirect(t, post(h, "/admin/payments/attention/mails/4", values("do", "seen"), "Cookie", session), "/admin/payments/attention?notice=given_up_seen")
	wantStatus(t, post(h, "/admin/payments/attention/mails/4", values("do", "else"), "Cookie", session), 400)
	wantRedirect(t, post(h, "/admin/payments/attention/endpoints/1", nil, "Cookie", session), "/admin/payments/attention?notice=given_up_seen")
	want := "settle " + models.AttentionDoublePayment + " refunded one by root,mail again by root,mail seen by root,deliveries seen by root"
	if got := strings.Join(shop.did, ","); got != want {
		t.Errorf("did %q, want %q", got, want)
	}
	shop.count = 120
	if badge := document(t, get(h, "/admin/payments/attention", "Cookie", session)).Find("[data-testid=badge]").Text(); !strings.HasPrefix(badge, "99+") {
		t.Errorf("badge of many = %q", badge)
	}
	shop.countErr = models.ErrUnavailable
	wantStatus(t, get(h, "/admin/payments/attention", "Cookie", session), 200)
	shop.deskErr = models.ErrNotFound
	wantStatus(t, post(h, "/admin/payments/attention/mails/9", values("do", "seen"), "Cookie", session), 404)
}

func TestDeskCodes(t *testing.T) {
	t.Parallel()
	h := console(t, newShop())
	session := signIn(t, h)
	for q, want := range map[string]int{"": 3, "?q=wp": 1, "?q=ip_not": 1, "?q=allow-list": 1, "?q=%3Cscript%3E": 0, "?q=%ff": 0} {
		if got := document(t, get(h, "/admin/codes"+q, "Cookie", session)).Find("[data-testid=code]").Length(); got != want {
			t.Errorf("%q: %d codes, want %d", q, got, want)
		}
	}
	wantStatus(t, get(h, "/admin/codes?q="+strings.Repeat("a", 65), "Cookie", session), 400)
	wantRedirect(t, get(h, "/admin/codes"), "/admin/login")
}

// The bundle holds each message as it came, and nothing that opens the buyer's page.
func TestEvidence(t *testing.T) {
	t.Parallel()
	shop := newShop()
	o := pendingOrder()
	o.Status, o.PaidAt, o.Payments[0].Status = models.OrderPaid, noon, models.StatusPaid
	o.Customer = models.Customer{FullName: "Chan Tai Man", Email: "chan@example.com", OpenID: "oSecret"}
	shop.put(o)
	shop.wire = []models.Exchange{{Kind: models.ExchangeQuery, Method: "GET", At: noon, Status: 200, Answer: "second"}, {Kind: models.ExchangeCreate, Method: "POST", At: noon, Status: 200, Body: "first"}}
	shop.events = []models.Event{
		{At: noon, Times: 1, Kind: models.EventCreated},
		{At: noon, Times: 1, Kind: models.EventEvidence, Source: models.SourceNotification, Verdict: models.VerdictApplied, From: "WP", To: "PS", Raw: `{"a": "1"}`, Signature: "c2lnbmVk"},
	}
	h := newHandler(t, shop, func(o *handlers.Options) { o.AdminUsername, o.AdminPasswordHash = "root", testHash })
	session := signIn(t, h)
	w := get(h, "/admin/orders/7/evidence.zip", "Cookie", session, "Accept-Encoding", "gzip")
	wantStatus(t, w, http.StatusOK)
	if d := w.Header().Get("Content-Disposition"); d != `attachment; filename="order-7K3M-Q2XD.zip"` {
		t.Errorf("Content-Disposition = %q", d)
	}
	z, err := zip.NewReader(bytes.NewReader(w.Body.Bytes()), int64(w.Body.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
		for _, gone := range []string{token, code, "oSecret"} {
			if strings.Contains(string(text), gone) {
				t.Errorf("%s holds %s", f.Name, gone)
			}
		}
	}
	for name, want := range map[string]string{
		"order.json": "Chan Tai Man", "timeline.txt": "WP → PS", "messages/002-notification.txt": `{"a": "1"}`, "messages/002-notification.about.txt": "signature: c2lnbmVk",
		"wire/001-create.txt": "first", "wire/002-query.txt": "second", "receipt.html": "HK$168.00", "README.txt": "SHA-256",
	} {
		if !strings.Contains(files[name], want) {
			t.Errorf("%s lacks %q: %.300q", name, want, files[name])
		}
		if sum := sha256.Sum256([]byte(files[name])); name != "README.txt" && !strings.Contains(files["README.txt"], hex.EncodeToString(sum[:])+"  "+name) {
			t.Errorf("README.txt has no digest of %s", name)
		}
	}
	if len(files) != 8 {
		t.Errorf("%d files, want 8", len(files))
	}
	var read map[string]any
	if err := json.Unmarshal([]byte(files["order.json"]), &read); err != nil || read["number"] != "7K3M-Q2XD" {
		t.Errorf("order.json: %v, %v", read["number"], err)
	}
	wantStatus(t, get(h, "/admin/orders/8/evidence.zip", "Cookie", session), 404)
	wantRedirect(t, get(h, "/admin/orders/7/evidence.zip"), "/admin/login")
}
