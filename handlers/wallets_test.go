package handlers_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// agents are browsers of every row of the truth table.
var agents = map[string][]string{
	"desktop":        {agentDesktop, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15"},
	"desktop_wechat": {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36 NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13) UnifiedPCWindowsWechat(0xf2541022) XWEB/16203 Flue"},
	"ios":            {agentIPhone, "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1"},
	"android":        {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36", "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile"},
	"wechat":         {agentWeChat, "Mozilla/5.0 (Linux; Android 13; M2012K11AC Build/TKQ1.220829.002; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160117 MMWEBSDK/20240501 MMWEBID/2247 MicroMessenger/8.0.50.2701(0x28003255) WeChat/arm64 Weixin NetType/5G Language/zh_CN ABI/arm64"},
	"alipayhk":       {"Mozilla/5.0 (Linux; Android 9; LYA-AL00 Build/HUAWEILYA-AL00L; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/70.0.3538.110 Mobile Safari/537.36 NebulaSDK/1.8.100112 Nebula AlipayDefined(nt:WIFI,ws:360|0|3.0) AliApp(APHK/2.6.0.160) AlipayClientHK/2.6.0.160 Language/zh-HK useStatusBar/true"},
	"alipaycn":       {agentAlipay},
	"other_app":      {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/489.0.0.31.104;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS]", "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UQ1A.240205.004; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/131.0.6778.39 Mobile Safari/537.36 Instagram 359.0.0.59.89 Android"},
	"unknown":        {"", "curl/8.5.0"},
}

// truth is the table as it ought to be: alipayhk, alipaycn, wechathk, wechatcn.
var truth = map[string][4]string{
	"desktop":        {"qr here", "qr here", "qr here", "qr here"},
	"desktop_wechat": {"qr", "qr", "qr here", "qr here"},
	"ios":            {"redirect", "redirect", "redirect", "redirect"},
	"android":        {"redirect", "redirect", "redirect", "redirect"},
	"wechat":         {"unavailable in_wechat", "unavailable in_wechat", "app", "app"},
	"alipayhk":       {"app", "unavailable other_alipay", "unavailable in_alipay", "unavailable in_alipay"},
	"alipaycn":       {"unavailable other_alipay", "app", "unavailable in_alipay", "unavailable in_alipay"},
	"other_app":      {"redirect other_app", "redirect other_app", "redirect other_app", "redirect other_app"},
	"unknown":        {"qr here", "qr here", "qr here", "qr here"},
}

// TestTruthTable opens the form and the order's page in every browser for every wallet, and scans the code with it.
func TestTruthTable(t *testing.T) {
	t.Parallel()
	rows := handlers.Browsers()
	if len(rows) != len(truth) {
		t.Errorf("the table has the rows %v", rows)
	}
	for _, browser := range rows {
		for _, agent := range agents[browser] {
			for i, wallet := range models.Processors {
				t.Run(browser+" "+string(wallet), func(t *testing.T) {
					t.Parallel()
					cell := truth[browser][i]
					how, why, here := handlers.OfferOf(agent, wallet)
					if got := strings.Join(strings.Fields(how+" "+why+map[bool]string{true: " here"}[here]), " "); got != cell || cell == "" {
						t.Fatalf("offered: %q, want %q", got, cell)
					}
					checkForm(t, agent, wallet, cell)
					checkOrder(t, agent, wallet, cell)
					checkScan(t, agent, wallet, cell)
				})
			}
		}
	}
}

// checkForm: the wallet can be chosen where it works, and where it doesn't, or may not, the way out is shown.
func checkForm(t *testing.T, agent string, wallet models.Processor, cell string) {
	t.Helper()
	target := "/checkout"
	h := newHandler(t, newShop())
	if w := get(h, target, "User-Agent", agent, "Cookie", "cart=oolong-100:1"); w.Code == http.StatusSeeOther {
		target = w.Header().Get("Location")
	}
	doc := document(t, get(h, target, "User-Agent", agent, "Cookie", "cart=oolong-100:1"))
	_, disabled := doc.Find("#wallet-" + string(wallet)).Attr("disabled")
	if doc.Find("#wallet-"+string(wallet)).Length() != 1 || disabled != strings.HasPrefix(cell, "unavailable") {
		t.Errorf("form: disabled is %t", disabled)
	}
	if reserve := strings.Contains(cell, "_"); reserve && doc.Find("[data-testid=guide] svg").Length() != 2 {
		t.Error("form: the way to the phone's own browser isn't drawn")
	}
	link := doc.Find("[data-testid=guide-link]").AttrOr("value", "")
	if inside := target != "/checkout"; inside != (link == "https://shop.example"+target) {
		t.Errorf("form at %s: the link to copy is %q", target, link)
	}
	if doc.Find("[data-testid=device-choice]").Length() != 1 {
		t.Error("form: the guess can't be overruled")
	}
}

// checkOrder: an order that waits for the wallet shows a code, a button or the way out, and no dead button.
func checkOrder(t *testing.T, agent string, wallet models.Processor, cell string) {
	t.Helper()
	shop := newShop()
	o := pendingOrder()
	o.Payments[0].Processor = wallet
	shop.put(o)
	h := newHandler(t, shop)
	doc := document(t, get(h, "/orders/"+token, "User-Agent", agent))
	how, _, _ := strings.Cut(cell, " ")
	found := func(name string) bool { return doc.Find("[data-testid="+name+"]").Length() > 0 }
	if found("qr") != (how == "qr") || found("short-link") != (how == "qr") {
		t.Error("order: the code is there, or isn't")
	}
	if found("pay-here") != (how == "redirect" || how == "app" || strings.HasSuffix(cell, "here")) {
		t.Error("order: the button to pay here is there, or isn't")
	}
	if found("guide") != strings.Contains(cell, "_") && how != "app" { // in a wallet, the others need the way out
		t.Error("order: the way to the phone's own browser is drawn, or isn't")
	}
	if !found("device-choice") {
		t.Error("order: the guess can't be overruled")
	}
	w := post(h, "/orders/"+token+"/pay", nil, "User-Agent", agent)
	want := "https://pay.example/cashier?id=1"
	if how == "unavailable" {
		want = "/orders/" + token
	}
	wantRedirect(t, w, want)
}

// checkScan: only the wallet that the order waits for goes straight on.
func checkScan(t *testing.T, agent string, wallet models.Processor, cell string) {
	t.Helper()
	shop := newShop()
	o := pendingOrder()
	o.Payments[0].Processor = wallet
	shop.put(o)
	want, scans := "/orders/"+token, 1
	if cell == "app" {
		want = "https://pay.example/cashier?id=1"
	}
	if strings.HasPrefix(cell, "qr") {
		scans = 0
	}
	wantRedirect(t, get(newHandler(t, shop), "/p/"+code, "User-Agent", agent), want)
	if shop.scanned != scans {
		t.Errorf("%d scans, want %d", shop.scanned, scans)
	}
}

// TestTruthTableDocument keeps docs/wallets.md equal to the table in code.
func TestTruthTableDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/wallets.md")
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` [^|]*\\|([^|]*)\\|([^|]*)\\|([^|]*)\\|([^|]*)\\|$")
	named := regexp.MustCompile("`([a-z_ ]+)`")
	var rows []string
	for _, m := range row.FindAllStringSubmatch(string(text), -1) {
		rows = append(rows, m[1])
		for i, wallet := range models.Processors {
			how, why, here := handlers.OfferIn(m[1], wallet)
			want := strings.Join(strings.Fields(how+" "+why+map[bool]string{true: " here"}[here]), " ")
			var got []string
			for _, n := range named.FindAllStringSubmatch(m[2+i], -1) {
				got = append(got, n[1])
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s, %s: the document says %q, the code %q", m[1], wallet, strings.Join(got, " "), want)
			}
			if why != "" && !strings.Contains(string(text), "\n| `"+why+"` |") {
				t.Errorf("the document doesn't explain %s", why)
			}
		}
	}
	slices.Sort(rows)
	want := handlers.Browsers()
	slices.Sort(want)
	if !slices.Equal(rows, want) {
		t.Errorf("the document has the rows %v, the code %v", rows, want)
	}
}

// TestOtherWalletScans: a code made for AlipayHK that WeChat opens offers WeChat's wallets, and a tap changes the order's wallet.
func TestOtherWalletScans(t *testing.T) {
	t.Parallel()
	shop := newShop()
	o := pendingOrder()
	o.Payments[0].Processor = models.AlipayHK
	shop.put(o)
	h := newHandler(t, shop, func(o *handlers.Options) {
		o.Processors = []models.Processor{models.WeChatCN, models.AlipayHK, models.WeChatHK}
	})
	wantRedirect(t, get(h, "/p/"+code, "User-Agent", agentWeChat), "/orders/"+token)
	if len(shop.paidFrom)+len(shop.retried) != 0 {
		t.Error("something was sent to the gateway without a tap")
	}
	doc := document(t, get(h, "/orders/"+token, "User-Agent", agentWeChat))
	var offered []string
	for _, b := range doc.Find("[data-testid^=here-]").EachIter() {
		offered = append(offered, b.AttrOr("data-testid", ""))
	}
	if !slices.Equal(offered, []string{"here-wechatcn", "here-wechathk"}) {
		t.Errorf("offered in WeChat: %v, want the shop's order", offered)
	}
	w := post(h, "/orders/"+token+"/retry", values("payment_processor", "wechathk"), "User-Agent", agentWeChat)
	wantRedirect(t, w, "https://pay.example/inside-wechat")
	if !slices.Equal(shop.retried, []models.Processor{models.WeChatHK}) {
		t.Errorf("retried with %v", shop.retried)
	}
}

// TestCartLeavesTheApp: "open in browser" opens the address that the app shows, so the address holds the cart.
func TestCartLeavesTheApp(t *testing.T) {
	t.Parallel()
	h := newHandler(t, newShop())
	inside := get(h, "/checkout", "User-Agent", agentWeChat, "Cookie", "cart=oolong-100:2~cup:1")
	wantStatus(t, inside, http.StatusSeeOther)
	address := inside.Header().Get("Location")
	wantStatus(t, get(h, address, "User-Agent", agentWeChat, "Cookie", "cart=oolong-100:2~cup:1"), http.StatusOK)

	outside := get(h, address, "User-Agent", agentIPhone)
	wantRedirect(t, outside, "/checkout")
	if kept, ok := cookie(outside, "cart"); !ok || kept.Value != "oolong-100:2~cup:1" {
		t.Errorf("the browser keeps %v", kept)
	}
	// A cart that is there already stays as it is, an app's address never fills an app's cart, and nonsense is no cart.
	for name, w := range map[string][]string{
		"own cart": {address, agentIPhone, "cart=pot:1"}, "in the app": {address, agentWeChat, ""}, "nonsense": {"/checkout?items=a:b", agentIPhone, ""},
		"too long": {"/checkout?items=" + strings.Repeat("a", 4000) + ":1", agentIPhone, ""},
	} {
		got := get(h, w[0], "User-Agent", w[1], "Cookie", w[2])
		if kept, ok := cookie(got, "cart"); ok {
			t.Errorf("%s: the cart became %q", name, kept.Value)
		}
	}
	// A form that was refused inside the app is at such an address too.
	refused := document(t, post(h, address, values("items", "oolong-100:2~cup:1"), "User-Agent", agentWeChat))
	if got := refused.Find("[data-testid=checkout-form]").AttrOr("action", ""); got != address {
		t.Errorf("the form is sent to %q, want %q", got, address)
	}
}

func TestOpenID(t *testing.T) {
	t.Parallel()
	good := func(_ context.Context, r *http.Request) (string, error) { return r.Header.Get("X-Openid"), nil }
	never := func(context.Context, *http.Request) (string, error) {
		return "", errors.New("the resolver was asked without need")
	}
	for _, c := range []struct {
		name, agent, id string
		wallet          models.Processor
		resolver        func(context.Context, *http.Request) (string, error)
		want            string
	}{
		{"inside WeChat", agentWeChat, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o", models.WeChatHK, good, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
		{"inside WeChat, mainland", agentWeChat, "o-1", models.WeChatCN, good, "o-1"},
		{"nobody signed in", agentWeChat, "", models.WeChatHK, good, ""},
		{"no resolver", agentWeChat, "o-1", models.WeChatHK, nil, ""},
		{"resolver fails", agentWeChat, "o-1", models.WeChatHK, never, ""},
		{"not an openid", agentWeChat, "two words", models.WeChatHK, good, ""},
		{"too long", agentWeChat, strings.Repeat("o", 129), models.WeChatHK, good, ""},
		{"another browser", agentIPhone, "o-1", models.WeChatHK, good, ""},
		{"another wallet", agentWeChat, "o-1", models.AlipayHK, good, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			shop := newShop()
			o := pendingOrder()
			o.Payments[0].Processor = c.wallet
			shop.put(o)
			h := newHandler(t, shop, func(o *handlers.Options) { o.OpenID = c.resolver })
			header := []string{"User-Agent", c.agent, "X-Openid", c.id}
			form := url.Values{"items": {"oolong-100:1"}, "full_name": {"Chan"}, "email": {"a@b.co"}, "payment_processor": {string(c.wallet)}, "intent": {handlers.NewIntent()}}
			post(h, "/checkout", form, header...)
			post(h, "/orders/"+token+"/pay", nil, header...)
			post(h, "/orders/"+token+"/retry", values("payment_processor", string(c.wallet)), header...)
			get(h, "/p/"+code, header...)
			if len(shop.started) != 1 || shop.started[0].Terminal.OpenID != c.want {
				t.Errorf("started with %+v, want openid %q", shop.started, c.want)
			}
			for _, terminal := range append(shop.paidFrom, shop.retriedFrom...) {
				if terminal.OpenID != c.want {
					t.Errorf("the gateway would hear openid %q, want %q", terminal.OpenID, c.want)
				}
			}
		})
	}
}
