package browser

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/internal/e2e/program"
)

// inApp is the phone's page inside an app, which adds itself to the browser's name.
func inApp(name string) device {
	d := iphone
	d.agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 " + name
	return d
}

var (
	weChat   = inApp("MicroMessenger/8.0.49(0x18003130) NetType/WIFI Language/zh_HK")
	alipayHK = inApp("AliApp(APHK/6.2.5) AlipayClientHK/6.2.5 Language/zh-Hant")
	facebook = inApp("[FBAN/FBIOS;FBAV/489.0.0.31.104;FBDV/iPhone14,5;FBMD/iPhone;FBSN/iOS]")
)

// scanned waits until the desktop knows that a phone has scanned, in place.
func (b *tab) scanned() {
	b.t.Helper()
	b.until("the desktop knows of the scan", `document.querySelector('`+id("order-status")+`').dataset.scanned === 'true' && window.same`)
}

// TestOtherWalletScans: the order is AlipayHK's, and WeChat scans the code. A tap there changes the wallet of the same order, and the
// desktop follows in place: scanned, the other wallet, paid.
func TestOtherWalletScans(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer, phone := open(t, p, desktop), open(t, p, weChat)
	computer.buy("alipayhk")
	computer.has(id("any-wallet"))
	value[bool](computer, "window.same = true")
	waiting := computer.text(id("live"))
	phone.to(computer.scan())
	phone.at("^/orders/")
	computer.scanned()
	if got := computer.text(id("live")); got == waiting {
		t.Errorf("before and after the scan the desktop says %q", got)
	}
	if phone.count("/pay")+phone.count("/retry") != 0 || !phone.missing(id("pay-here")) || !phone.missing(id("here-alipayhk")) {
		t.Error("the phone was led on without a tap, or offers a button that leads nowhere")
	}
	phone.has(id("here-wechathk"))
	phone.click(id("guide") + " summary")
	phone.look()
	phone.click(id("here-wechatcn"))
	phone.at("^/simulator/pay/")
	computer.until("the desktop shows the other wallet, still scanned", `document.querySelector('#order').dataset.processor === 'wechatcn' && document.querySelector('#order').dataset.scanned === 'true' && window.same`)
	phone.press("pay")
	phone.status("paid")
	computer.status("paid")
	computer.has(id("receipt"))
	if !value[bool](computer, "window.same === true") {
		t.Error("the desktop's page was loaded anew; the result must come in place")
	}
	if n := p.Query(t, `SELECT count(*) || ' ' || max(processor) FROM payments`); n != "1 wechatcn" {
		t.Errorf("payments and wallet = %s, want 1 wechatcn", n)
	}
}

// TestTheWalletItselfScans goes straight on; a wallet that isn't WeChat's or the order's offers its own.
func TestTheWalletItselfScans(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer, phone := open(t, p, desktop), open(t, p, alipayHK)
	computer.buy("alipayhk")
	phone.to(computer.scan())
	phone.at("^/simulator/pay/")

	other := open(t, p, desktop)
	other.buy("wechatcn")
	phone.to(other.scan())
	phone.at("^/orders/")
	phone.has(id("here-alipayhk"))
	if !phone.missing(id("here-alipaycn")) || !phone.missing(id("here-wechatcn")) {
		t.Error("AlipayHK offers another app's wallet")
	}
	phone.click(id("here-alipayhk"))
	phone.at("^/simulator/pay/")
}

// TestOutOfTheApp: inside WeChat, Alipay can't be chosen; the drawn way out leads to the same cart in the phone's own browser.
func TestOutOfTheApp(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	inside, outside := open(t, p, weChat), open(t, p, iphone)
	inside.fillCart()
	inside.click(id("to-checkout"))
	inside.at("^/checkout$")
	if !value[bool](inside, "document.querySelector('#wallet-alipayhk').disabled && !document.querySelector('#wallet-wechathk').disabled") {
		t.Error("inside WeChat, WeChat's wallets can be chosen and Alipay's can't")
	}
	inside.click(id("guide") + " summary")
	inside.until("the two steps are drawn", "[...document.querySelectorAll('.guide-drawing')].filter((d) => d.getBoundingClientRect().height > 80).length === 2")
	inside.look()
	link := inside.attribute(id("guide-link"), "value")
	if at := value[string](inside, "location.href"); at != link {
		t.Errorf("the link is %q, and \"open in browser\" would open %q", link, at)
	}
	inside.click(id("copy-link"))
	inside.until("it says so", "document.querySelector('#announcer').textContent !== ''")

	outside.to(link)
	outside.at("^/checkout$")
	outside.fill("#email", "chan@example.com")
	outside.fill("#full_name", "陳大文")
	outside.click(id("wallet-alipayhk"))
	outside.click(id("pay-button"))
	outside.at("^/simulator/pay/")
	outside.press("pay")
	outside.status("paid")
}

// TestOtherApps offers everything, with the way out beside it.
func TestOtherApps(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	phone := open(t, p, facebook)
	phone.fillCart()
	phone.fillForm("alipayhk")
	phone.has(id("guide"))
	phone.look()
	phone.click(id("pay-button"))
	phone.at("^/simulator/pay/")
	phone.to("/orders/" + p.Query(t, `SELECT token FROM orders`))
	phone.has(id("pay-here"))
	phone.has(id("guide"))
	phone.look()
}

// TestGuessOverruled is somebody whose wallet is on another phone than the one in their hand.
func TestGuessOverruled(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	phone := open(t, p, iphone)
	phone.fillCart()
	phone.click(id("to-checkout"))
	phone.at("^/checkout$")
	phone.fill("#email", "chan@example.com")
	phone.click(id("device-choice"))
	phone.until("chosen", "location.search === '?device=desktop'")
	if got := value[string](phone, "document.querySelector('#email').value"); got != "chan@example.com" {
		t.Errorf("what was typed has become %q", got)
	}
	phone.fill("#full_name", "陳大文")
	phone.click(id("wallet-wechathk"))
	phone.click(id("pay-button"))
	phone.at("^/orders/")
	phone.has(id("qr"))
	phone.look()
	phone.click(id("device-choice"))
	phone.has(id("pay-here"))
	if !phone.missing(id("qr")) {
		t.Error("the choice can't be taken back")
	}
}

// TestCodesAreRead: what a person sees is what a camera reads, with each wallet's mark, on screens of every kind.
func TestCodesAreRead(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer := open(t, p, desktop)
	computer.buy("alipayhk")
	link := computer.attribute(id("short-link"), "value")
	for _, wallet := range []string{"alipayhk", "wechatcn"} {
		if wallet != "alipayhk" {
			computer.click(id("switch-wallet") + " summary")
			computer.click(id("switch-wallet") + " " + id("wallet-"+wallet))
			computer.click(id("retry-button"))
			computer.until("the wallet is "+wallet, "document.querySelector('#order').dataset.processor === "+quoted(wallet))
		}
		if svg := read(t, value[string](computer, "document.querySelector('"+id("qr")+"').src")); strings.Count(svg, "<svg") != 2 {
			t.Errorf("%s: the code carries no mark", wallet)
		}
		for _, screen := range []struct {
			width int64
			scale float64
		}{{1280, 1}, {1280, 2}, {390, 3}, {360, 2.625}, {320, 1}} {
			computer.device.scale = screen.scale
			computer.resize(screen.width, 900)
			for _, scheme := range []string{"light", "dark"} {
				computer.scheme(scheme)
				if got := computer.scan(); got != link {
					t.Errorf("%s at %d px × %g, %s: the code says %q, want %q", wallet, screen.width, screen.scale, scheme, got, link)
				}
			}
		}
	}
}

// read is what the shop answers.
func read(t *testing.T, address string) string {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, answer.Status, err)
	}
	return string(body)
}

// TestMoreTime: the buyer asks for more time, and comes back to the same payment by any way.
func TestMoreTime(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t, "CHECKOUT_CHECKOUT_EXPIRES_AFTER=10m")
	computer := open(t, p, desktop)
	computer.buy("wechathk")
	order, link := computer.path(), computer.attribute(id("short-link"), "value")
	before := p.Query(t, `SELECT expires_at FROM orders`)
	first := computer.secondsLeft()
	computer.until("the countdown runs", fmt.Sprintf(`(() => { const [m, s] = document.querySelector('%s').innerText.match(/\d+/g).map(Number); return m * 60 + s < %d; })()`, id("countdown"), first-1))
	computer.click(id("more-time"))
	computer.has(id("notice") + "[data-notice=extended]")
	if after := p.Query(t, `SELECT expires_at FROM orders`); after <= before {
		t.Errorf("the order's end moved from %s to %s", before, after)
	}
	again := open(t, p, desktop)
	again.to(order)
	again.has(id("qr"))
	if got := again.attribute(id("short-link"), "value"); got != link || again.scan() != link {
		t.Errorf("reopened, the code is for %q, want %q", got, link)
	}
	if n := p.Query(t, `SELECT count(*) FROM payments`); n != "1" {
		t.Errorf("%s payments, want the same one", n)
	}
}

// TestTimeRunsOut: the page says so by itself, and a new code is the same order's.
func TestTimeRunsOut(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t, "CHECKOUT_RECONCILE_INTERVAL=1s")
	computer := open(t, p, desktop)
	computer.buy("alipaycn")
	order, link := computer.path(), computer.attribute(id("short-link"), "value")
	end := func(in time.Duration) {
		t.Helper()
		at := time.Now().Add(in).UnixMilli()
		computer.change(`UPDATE orders SET expires_at = ?`, at)
		computer.change(`UPDATE payments SET next_query_at = ?`, at)
	}
	end(50 * time.Second)
	// Coming back to the page makes it ask how long the order waits; who comes before its script does comes again.
	computer.until("a screen reader hears that time is short", `document.dispatchEvent(new Event("visibilitychange")) && document.querySelector("#announcer").textContent === document.querySelector("[data-countdown]").dataset.warning`)
	end(4 * time.Second)
	computer.to(order)
	value[bool](computer, "window.same = true")
	computer.status("expired")
	if !value[bool](computer, "window.same === true") {
		t.Error("the page was loaded anew")
	}
	computer.click(id("retry-button"))
	computer.has(id("qr"))
	if got := computer.attribute(id("short-link"), "value"); got != link || computer.path() != order || computer.scan() != link {
		t.Errorf("the new code at %s is for %q, want the same order's %q", computer.path(), got, link)
	}
	if left := computer.secondsLeft(); left < 29*60 {
		t.Errorf("%d seconds left, want the whole time anew", left)
	}
}

// change writes what only time would bring.
func (b *tab) change(statement string, args ...any) {
	b.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.program.Folder, "data", "checkout.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		b.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(b.t.Context(), statement, args...); err != nil {
		b.t.Fatal(err)
	}
}
