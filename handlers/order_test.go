package handlers_test

import (
	"bytes"
	"encoding/json"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	qrreader "github.com/makiuchi-d/gozxing/qrcode"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

func TestOrderPageInEveryState(t *testing.T) {
	t.Parallel()
	payments := map[models.OrderStatus]models.Status{
		models.OrderOpen: models.StatusInitialized, models.OrderPending: models.StatusWaitingPayment, models.OrderProcessing: models.StatusProcessing,
		models.OrderPaid: models.StatusPaid, models.OrderFailed: models.StatusFailed, models.OrderExpired: models.StatusWaitingPayment,
		models.OrderCancelled: models.StatusCancelled, models.OrderRefundPending: models.StatusRefundPending,
		models.OrderPartiallyRefunded: models.StatusPartlyRefunded, models.OrderRefunded: models.StatusRefunded, models.OrderChargedBack: models.StatusChargeback,
	}
	for _, status := range models.OrderStatuses {
		t.Run(string(status), func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			shop.settle(status, payments[status])
			h := newHandler(t, shop)
			waiting := status == models.OrderOpen || status == models.OrderPending
			for _, agent := range []string{agentDesktop, agentIPhone, agentWeChat, agentAlipay, ""} {
				w := get(h, "/orders/"+token, "User-Agent", agent)
				wantStatus(t, w, 200)
				doc := document(t, w)
				if got := doc.Find("[data-testid=order-status]").AttrOr("data-status", ""); got != string(status) {
					t.Errorf("page shows %q", got)
				}
				if qr := doc.Find("[data-testid=qr]").Length() > 0; qr && (!waiting || agent == agentIPhone || agent == agentWeChat) {
					t.Error("a code is shown where it makes no sense")
				}
			}
			want := 200
			if !waiting {
				want = 410
			}
			wantStatus(t, get(h, "/orders/"+token+"/qr.svg"), want)
			wantStatus(t, get(h, "/orders/"+token+"/qr.png"), want)
		})
	}
}

func TestUnknownOrdersLookTheSame(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	page := func(token string) string {
		w := get(h, "/orders/"+token)
		wantStatus(t, w, 404)
		return strings.ReplaceAll(w.Body.String(), url.QueryEscape("/orders/"+token), "PATH")
	}
	first := page("Tk0000000000000000000000000002")
	for _, other := range []string{"none", strings.Repeat("a", 300), "..a"} {
		if got := page(other); got != first {
			t.Errorf("token %.20q looks different", other)
		}
	}
}

func TestReturnedOrder(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop)
	get(h, "/orders/"+token)
	if shop.confirmed != 0 {
		t.Error("the gateway was asked without need")
	}
	doc := document(t, get(h, "/orders/"+token+"?returned=1"))
	if shop.confirmed != 1 {
		t.Errorf("asked %d times, want once", shop.confirmed)
	}
	if !doc.Find("[data-testid=order-status]").HasClass("stage-confirm") {
		t.Errorf("class = %q, want the confirming stage", doc.Find("[data-testid=order-status]").AttrOr("class", ""))
	}
	shop.confirmErr = models.ErrUnavailable
	wantStatus(t, get(h, "/orders/"+token+"?returned=1"), 200)
	shop.settle(models.OrderPaid, models.StatusPaid)
	get(h, "/orders/"+token+"?returned=1")
	if shop.confirmed != 2 {
		t.Errorf("asked %d times: a settled order needs no question", shop.confirmed)
	}
}

func TestRefusalIsShown(t *testing.T) {
	t.Parallel()
	shop := newShop()
	o := pendingOrder()
	o.Status, o.Payments[0].Status, o.Payments[0].ReturnCode, o.Payments[0].DeclineCode = models.OrderOpen, models.StatusInitialized, "PAYMENT_DECLINED", "10051"
	shop.put(o)
	h := newHandler(t, shop)
	if !document(t, get(h, "/orders/"+token)).Find("[data-testid=order-status]").HasClass("stage-refused") {
		t.Error("the refusal isn't shown")
	}
}

func TestRetry(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, agent, wish string
		status            models.OrderStatus
		err               error
		want              int
		wantTo            string
		wantAsked         []models.Processor
	}{
		{"more time", agentDesktop, "", models.OrderPending, nil, 303, "/orders/" + token + "?notice=extended", []models.Processor{models.WeChatHK}},
		{"more time on a phone", agentIPhone, "wechathk", models.OrderPending, nil, 303, "/orders/" + token + "?notice=extended", []models.Processor{models.WeChatHK}},
		{"other wallet", agentDesktop, "alipayhk", models.OrderPending, nil, 303, "/orders/" + token + "?notice=switched", []models.Processor{models.AlipayHK}},
		{"other wallet on a phone", agentIPhone, "alipayhk", models.OrderPending, nil, 303, "https://pay.example/wap", []models.Processor{models.AlipayHK}},
		{"again after a failure", agentDesktop, "wechathk", models.OrderFailed, nil, 303, "/orders/" + token, []models.Processor{models.WeChatHK}},
		{"again after a failure on a phone", agentIPhone, "wechathk", models.OrderFailed, nil, 303, "https://pay.example/wap", []models.Processor{models.WeChatHK}},
		{"unknown wallet", agentDesktop, "cash", models.OrderPending, nil, 422, "", nil},
		{"wallet that isn't on offer", agentDesktop, "alipaycn", models.OrderPending, nil, 422, "", nil},
		{"paid meanwhile", agentDesktop, "", models.OrderPaid, nil, 303, "/orders/" + token, []models.Processor{models.WeChatHK}},
		{"declined", agentDesktop, "alipayhk", models.OrderPending, &models.DeclinedError{ReturnCode: "SYSTEM_BUSY"}, 422, "", []models.Processor{models.AlipayHK}},
		{"not known yet", agentDesktop, "alipayhk", models.OrderPending, models.ErrPending, 303, "/orders/" + token, []models.Processor{models.AlipayHK}},
		{"sold out", agentDesktop, "alipayhk", models.OrderFailed, models.ErrSoldOut, 409, "", []models.Processor{models.AlipayHK}},
		{"conflict", agentDesktop, "alipayhk", models.OrderPaid, models.ErrConflict, 409, "", []models.Processor{models.AlipayHK}},
		{"invalid", agentDesktop, "alipayhk", models.OrderPending, &models.InvalidError{}, 422, "", []models.Processor{models.AlipayHK}},
		{"storage away", agentDesktop, "alipayhk", models.OrderPending, models.ErrUnavailable, 503, "", []models.Processor{models.AlipayHK}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			payment := models.StatusWaitingPayment
			if c.status == models.OrderPaid {
				payment = models.StatusPaid
			}
			shop.settle(c.status, payment)
			shop.retryErr = c.err
			h := newHandler(t, shop, func(o *handlers.Options) { o.Processors = []models.Processor{models.WeChatHK, models.AlipayHK} })
			w := post(h, "/orders/"+token+"/retry", values("payment_processor", c.wish), "User-Agent", c.agent)
			wantStatus(t, w, c.want)
			if got := w.Header().Get("Location"); got != c.wantTo {
				t.Errorf("Location = %q, want %q", got, c.wantTo)
			}
			if diff := cmp.Diff(c.wantAsked, shop.retried); diff != "" {
				t.Error(diff)
			}
			if c.name == "declined" && document(t, w).Find("[data-testid=declined]").Length() == 0 {
				t.Error("the page doesn't say why")
			}
		})
	}
	wantStatus(t, post(newHandler(t, newShop()), "/orders/none/retry", nil), 404)
}

func TestPay(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop)
	wantRedirect(t, post(h, "/orders/"+token+"/pay", nil, "User-Agent", agentDesktop), "https://pay.example/cashier?id=1")
	wantRedirect(t, post(h, "/orders/"+token+"/pay", nil, "User-Agent", agentIPhone), "https://pay.example/cashier?id=1")
	want := []models.Terminal{{IP: "192.0.2.1", Mode: "13"}, {IP: "192.0.2.1", Mode: "16", AppType: "0"}}
	if diff := cmp.Diff(want, shop.paidFrom); diff != "" {
		t.Error(diff)
	}
	shop.payURL = "javascript:alert(1)"
	wantRedirect(t, post(h, "/orders/"+token+"/pay", nil), "/orders/"+token)
	shop.payErr = models.ErrPending
	wantRedirect(t, post(h, "/orders/"+token+"/pay", nil), "/orders/"+token)
	shop.payErr = models.ErrUnavailable
	wantStatus(t, post(h, "/orders/"+token+"/pay", nil), 503)
	wantStatus(t, post(h, "/orders/none/pay", nil), 404)
	shop.payErr = nil
	shop.settle(models.OrderPaid, models.StatusPaid)
	wantRedirect(t, post(h, "/orders/"+token+"/pay", nil), "/orders/"+token)
}

func TestShortLink(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, agent string
		processor   models.Processor
		change      func(*fakeShop)
		want        string
		wantScans   int
	}{
		{"phone", agentIPhone, models.AlipayHK, nil, "/orders/" + token, 1},
		{"in the wallet", agentWeChat, models.WeChatHK, nil, "https://pay.example/cashier?id=1", 1},
		{"in the other wallet", agentAlipay, models.WeChatHK, nil, "/orders/" + token, 1},
		{"desktop", agentDesktop, models.WeChatHK, nil, "/orders/" + token, 0},
		{"no page to be had", agentWeChat, models.WeChatHK, func(s *fakeShop) { s.payErr = models.ErrUnavailable }, "/orders/" + token, 1},
		{"page that isn't https", agentWeChat, models.WeChatHK, func(s *fakeShop) { s.payURL = "http://pay.example" }, "/orders/" + token, 1},
		{"link preview", "WhatsApp/2.23.20.0", models.WeChatHK, nil, "/", 0},
		{"crawler", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", models.WeChatHK, nil, "/", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			o := pendingOrder()
			o.Payments[0].Processor = c.processor
			shop.put(o)
			if c.change != nil {
				c.change(shop)
			}
			wantRedirect(t, get(newHandler(t, shop), "/p/"+code, "User-Agent", c.agent), c.want)
			if shop.scanned != c.wantScans {
				t.Errorf("scans = %d, want %d", shop.scanned, c.wantScans)
			}
		})
	}
	shop := newShop()
	if w := (request{method: "HEAD", target: "/p/" + code, header: map[string]string{"User-Agent": agentIPhone}}).do(newHandler(t, shop)); w.Code != 303 || shop.scanned != 0 {
		t.Errorf("HEAD: status %d, %d scans", w.Code, shop.scanned)
	}
	paid := newShop()
	paid.settle(models.OrderPaid, models.StatusPaid)
	wantRedirect(t, get(newHandler(t, paid), "/p/"+code, "User-Agent", agentIPhone), "/orders/"+token)
}

func TestStatus(t *testing.T) {
	t.Parallel()
	shop := newShop()
	h := newHandler(t, shop)
	w := get(h, "/orders/"+token+"/status")
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"status": "pending", "payment_status": "WP", "payment_processor": "wechathk", "scanned": false, "settled": false, "url": "/orders/" + token,
		"now": float64(noon.UnixMilli()), "expires_at": float64(noon.UnixMilli() + 30*60*1000),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	etag := w.Header().Get("ETag")
	wantStatus(t, get(h, "/orders/"+token+"/status", "If-None-Match", etag), 304)
	shop.settle(models.OrderPaid, models.StatusPaid)
	wantStatus(t, get(h, "/orders/"+token+"/status", "If-None-Match", etag), 200)
	if got := w.Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control = %q", got)
	}
}

func TestQRHoldsTheLink(t *testing.T) {
	t.Parallel()
	read := func(picture []byte) string {
		img, err := png.Decode(bytes.NewReader(picture))
		if err != nil {
			t.Fatal(err)
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			t.Fatal(err)
		}
		result, err := qrreader.NewQRCodeReader().Decode(bitmap, nil)
		if err != nil {
			t.Fatal(err)
		}
		return result.GetText()
	}
	shop := newShop()
	h := newHandler(t, shop)
	if got, want := read(get(h, "/orders/"+token+"/qr.png").Body.Bytes()), "https://shop.example/p/"+code; got != want {
		t.Errorf("code holds %q, want %q", got, want)
	}
	o := pendingOrder()
	o.Payments[0].QRContent = "weixin://wxpay/bizpayurl?pr=abc"
	shop.put(o)
	if got, want := read(get(h, "/orders/"+token+"/qr.png").Body.Bytes()), "https://shop.example/p/"+code; got != want {
		t.Errorf("code holds %q, want %q: one code for all wallets", got, want)
	}
	o.Payments[0].WebURL, o.Payments[0].WapURL = "", ""
	shop.put(o)
	if got := read(get(h, "/orders/"+token+"/qr.png").Body.Bytes()); got != o.Payments[0].QRContent {
		t.Errorf("code holds %q, want the gateway's own: there is no page to send a browser to", got)
	}
	if document(t, get(h, "/orders/"+token)).Find("[data-testid=any-wallet]").Length() != 0 {
		t.Error("the page says that any wallet reads WeChat's own code")
	}
	if w := get(h, "/orders/"+token+"/qr.svg"); w.Header().Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(w.Body.String(), "<svg") {
		t.Errorf("SVG: %s %.40s", w.Header().Get("Content-Type"), w.Body)
	}
}
