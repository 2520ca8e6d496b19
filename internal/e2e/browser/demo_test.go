package browser

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lianlian-checkout/internal/e2e/program"
)

// presenter is a laptop's window.
var presenter = device{width: 1440, height: 900, scale: 1, platform: "Win32", languages: "en-HK,en", agent: desktop.agent}

// startDemo starts presenter mode, listening on all addresses.
func startDemo(t *testing.T, args ...string) *program.Program {
	t.Helper()
	p := program.StartCommand(t, append([]string{"--config", "config.yaml", "demo", "--address", ":0"}, args...)...)
	p.URL = strings.TrimSuffix(p.URL, "/demo")
	return p
}

// tell begins a story and waits until the caption says that its first scene is next.
func (b *tab) tell(story string) {
	b.t.Helper()
	b.click(id("story-" + story))
	b.caption("waiting")
}

// caption waits for what became of the story.
func (b *tab) caption(state string) {
	b.t.Helper()
	b.t.Cleanup(func() {
		if b.t.Failed() {
			act, _ := try[string](b, "document.querySelector('"+id("demo-caption")+"').dataset.act")
			b.t.Log("the last act was ", act)
		}
	})
	b.until("the story is "+state, fmt.Sprintf(`(() => { const c = document.querySelector('%s'); if (c.dataset.state === "failed") throw new Error(c.textContent); return c.dataset.state === %q; })()`, id("demo-caption"), state))
}

// shows waits for what a screen shows.
func (b *tab) shows(screen, selector string) {
	b.t.Helper()
	b.until(screen+" shows "+selector, fmt.Sprintf("document.querySelector('iframe[name=%s]').contentDocument.querySelector(%q)", screen, selector))
}

// keep takes a picture when there is a folder for it.
func (b *tab) keep(name string) {
	b.t.Helper()
	folder := os.Getenv(screenshots)
	if folder == "" {
		return
	}
	picture := do(b, "take "+name, chromedp.CaptureScreenshot())
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// TestDemoStories plays each story from start to end, step by step, in each of the languages, and looks at the end at all four screens.
func TestDemoStories(t *testing.T) {
	t.Parallel()
	chromium(t)
	for _, tt := range []struct {
		language, accept string
		scheme           string
	}{{"en", "en-HK,en", "light"}, {"zh-Hans", "zh-CN,zh", "light"}, {"zh-Hant", "zh-HK,zh", "dark"}} {
		t.Run(tt.language, func(t *testing.T) {
			t.Parallel()
			p := startDemo(t)
			b := open(t, p, presenter.speaking(tt.accept))
			b.allow(`status of (401|404)`) // the gateway's answer to a query that came too early
			b.to("/demo")
			b.scheme(tt.scheme)
			for story, scenes := range map[string]int{"paid": 6, "lost": 5, "forged": 6} {
				b.tell(story)
				value[bool](b, `document.querySelector('`+id("demo-pace")+`').value = "0", true`)
				for i := range scenes {
					last := "waiting"
					if i == scenes-1 {
						last = "done"
					}
					b.click(id("demo-next"))
					b.until(fmt.Sprintf("scene %d of %s is over", i+1, story), fmt.Sprintf(`(() => { const c = document.querySelector('%s'); if (c.dataset.state === "failed") throw new Error(c.textContent); return c.dataset.state === %q && document.querySelector('%s').textContent.startsWith("%d /"); })()`,
						id("demo-caption"), last, id("demo-count"), i+1))
					b.keep(fmt.Sprintf("demo-%s-%d-%s", story, i+1, tt.language))
				}
				b.shows("desktop", `[data-testid="order-status"][data-status="paid"]`)
				b.shows("desk", `[data-testid="order-status"][data-status="paid"]`)
				switch story {
				case "lost":
					b.shows("phone", `[data-testid="outcome"]`)
					b.shows("desk", `[data-testid="event-row"][data-source="query"]`)
					if !value[bool](b, `document.querySelector('iframe[name=desk]').contentDocument.querySelector('[data-source="notification"]') === null`) {
						t.Error("the lost notification arrived")
					}
				case "forged":
					if wire := read(t, p.URL+"/simulator/journal.json"); !strings.Contains(wire, `"status":401`) || !strings.Contains(wire, "forged: not sent by the gateway") {
						t.Errorf("the forgery and its refusal aren't on the wire: %.3000s", wire)
					}
					if n := value[int](b, `document.querySelector('iframe[name=desk]').contentDocument.querySelectorAll('[data-source="notification"]').length`); n != 1 {
						t.Errorf("%d notifications count at the desk, want the gateway's own", n)
					}
				}
			}
		})
	}
}

// TestDemoPlays lets a story play by itself at its brisk pace, and holds it in the middle.
func TestDemoPlays(t *testing.T) {
	t.Parallel()
	chromium(t)
	b := open(t, startDemo(t), presenter)
	b.to("/demo")
	b.tell("paid")
	value[bool](b, `document.querySelector('`+id("demo-pace")+`').value = "0", true`)
	b.click(id("demo-play"))
	b.until("it plays", `document.querySelector('`+id("demo-play")+`').getAttribute("aria-pressed") === "true"`)
	b.caption("done")
	if got := b.attribute(id("demo-play"), "aria-pressed"); got != "false" {
		t.Errorf("at the end it still plays: aria-pressed = %q", got)
	}
	b.tell("forged")
	if words := b.text(id("demo-count")); words != "0 / 6" {
		t.Errorf("another story begins at %q", words)
	}
}

// TestDemoScreen: the presenter's page in light, dark and forced colours, at 1440, 1280 and 390 px, without a finding of axe and without
// sideways scrolling.
func TestDemoScreen(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := startDemo(t)
	for _, d := range []device{presenter, desktop, iphone} {
		a := &album{tab: open(t, p, d), language: "en", folder: os.Getenv(screenshots)}
		a.to("/demo")
		a.shows("desktop", id("product-card"))
		a.shows("phone", id("scan"))
		a.shows("desk", id("admin-orders-empty"))
		a.take(fmt.Sprintf("demo-%d", d.width))
		a.to("/demo/phone")
		a.take("demo-phone")
	}
}

// TestDemoPhoneByNetwork: the presenter's browser has this machine's loopback address, the phone its address in the network: it scans what the
// computer shows and pays.
func TestDemoPhoneByNetwork(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := startDemo(t)
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	if u.Hostname() == "127.0.0.1" {
		t.Skip("this machine has no address in a network")
	}
	local := "http://127.0.0.1:" + u.Port()
	computer, phone := open(t, p, desktop, local), open(t, p, alipayHK)
	do(computer, "open the shop at the loopback address", chromedp.Navigate(local+"/"))
	computer.click(id("add-to-cart"))
	computer.until("the cart's count is 1", "document.querySelector('"+id("cart-count")+"').innerText.trim() === '1'")
	computer.click(id("cart-link"))
	computer.until("at the cart", "location.pathname === '/cart'")
	computer.fillForm("alipayhk")
	computer.click(id("pay-button"))
	computer.at("^/orders/")
	value[bool](computer, "window.same = true")
	link := computer.scan()
	if !strings.HasPrefix(link, p.URL+"/p/") {
		t.Fatalf("the code leads to %s, want the network's address", link)
	}
	do(phone, "open the code", chromedp.Navigate(link))
	phone.at("^/simulator/pay/")
	computer.scanned()
	phone.press("pay")
	phone.status("paid")
	computer.status("paid")
	if host := value[string](computer, "location.host"); host != "127.0.0.1:"+u.Port() {
		t.Errorf("the computer was led to %s", host)
	}
	do(computer, "open the stage at the loopback address", chromedp.Navigate(local+"/demo"))
	computer.until("at the shop's own address", fmt.Sprintf("location.host === %q && location.pathname === '/demo'", u.Host))
}

// TestDemoDress dresses the shop by a link, shows what is wrong with a dress, and goes back.
func TestDemoDress(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := startDemo(t)
	b := open(t, p, presenter)
	b.allow(`status of 422`)
	b.to("/demo")
	b.tell("paid")
	value[bool](b, `document.querySelector('`+id("demo-pace")+`').value = "0", true`)
	b.click(id("demo-play"))
	b.caption("done")

	logo, err := os.ReadFile("testdata/logo.png")
	if err != nil {
		t.Fatal(err)
	}
	q := url.Values{"name": {"Harbour Books"}, "accent": {"#7a1f5c"}, "product": {"Atlas of the Peak: 228.00", "海港地圖: 88"},
		"logo": {"data:image/png;base64," + base64.StdEncoding.EncodeToString(logo)}}
	b.to("/demo?" + q.Encode())
	if got := value[string](b, `document.querySelector("#dress-products").value`); got != "Atlas of the Peak: 228.00\n海港地圖: 88" {
		t.Errorf("the form has products %q", got)
	}
	b.click(id("restart"))
	b.until("the shop has the prospect's name", `document.querySelector("h1").innerText === "Harbour Books" && location.search === ""`)
	b.until("the shop has the prospect's products, price and logo", `(() => { const d = document.querySelector('iframe[name=desktop]').contentDocument;
		return d.querySelectorAll('`+id("product-card")+`').length === 2 && d.body.innerText.includes("228.00") && d.querySelector(".logo").naturalWidth > 0; })()`)
	b.shows("desk", id("admin-orders-empty"))
	b.keep("demo-dressed")
	b.to(strings.TrimPrefix(b.attribute(id("dress-link"), "href"), p.URL))
	if got := value[string](b, `document.querySelector("#dress-accent").value`); got != "#7a1f5c" {
		t.Errorf("the link's colour is %q", got)
	}
	b.tell("paid")
	value[bool](b, `document.querySelector('`+id("demo-pace")+`').value = "0", true`)
	b.click(id("demo-play"))
	b.caption("done")

	for field, bad := range map[string]string{"#dress-products": "No price", "#dress-accent": "purple"} {
		b.to("/demo")
		b.fill(field, bad)
		b.click(id("restart"))
		b.until("it says what is wrong", fmt.Sprintf("document.querySelector('%s') && document.querySelector(%q).value === %q", id("dress-fault"), field, bad))
	}
	b.click(id("undress"))
	b.until("the sample shop is back", `document.querySelector("h1").innerText !== "Harbour Books"`)
}
