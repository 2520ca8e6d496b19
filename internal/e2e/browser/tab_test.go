package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lianlian-checkout/internal/e2e/program"
)

// device is what somebody holds in their hands.
type device struct {
	width, height   int64
	scale           float64
	phone           bool
	agent, platform string
	languages       string // as in Accept-Language
	withoutScript   bool
}

var (
	desktop = device{
		width: 1280, height: 900, scale: 1, platform: "Win32", languages: "en-HK,en",
		agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
	}
	iphone = device{
		width: 390, height: 844, scale: 2, phone: true, platform: "iPhone", languages: "en-HK,en",
		agent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
	}
)

// speaking is the device in other languages.
func (d device) speaking(languages string) device { d.languages = languages; return d }

// scriptless is the device with JavaScript switched off.
func (d device) scriptless() device { d.withoutScript = true; return d }

// tab is one page of a person's browser, with cookies of its own.
type tab struct {
	t       *testing.T
	ctx     context.Context
	program *program.Program
	device  device
	*watch

	around *tab   // the page around, for what is inside a frame
	frame  string // its selector there
}

// open gives a person with this device a fresh browser, which is watched for faults until the test ends. others are the addresses
// of other sites that it may ask.
func open(t *testing.T, p *program.Program, d device, others ...string) *tab {
	t.Helper()
	return one.open(t, p, d, others...)
}

func (p *process) open(t *testing.T, shop *program.Program, d device, others ...string) *tab {
	t.Helper()
	w := newWatch(shop.URL, others...)
	ctx, cancel := chromedp.NewContext(p.use(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(w.see))
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, program: shop, device: d, watch: w}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	command(b, audits.Enable, cdp.Empty{})
	command(b, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: d.agent, AcceptLanguage: d.languages, Platform: d.platform})
	command(b, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: d.phone, MaxTouchPoints: 5})
	command(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	if d.withoutScript {
		command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	}
	b.resize(d.width, d.height)
	t.Cleanup(func() { w.report(t) })
	return b
}

// command sends one protocol command.
func command[P, R any](b *tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, c, params)
	if err != nil {
		b.t.Fatalf("%s: %v", c.Method, err)
	}
	return result
}

// do carries out one step.
func do[T any](b *tab, what string, a chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, a)
	if err != nil {
		b.t.Fatalf("%s: %v\nat %s", what, err, b.where())
	}
	return value
}

func (b *tab) resize(width, height int64) {
	b.t.Helper()
	command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: b.device.scale, Mobile: b.device.phone,
	})
}

// scheme makes the browser ask for light or dark pages, or for the few colours of Windows' contrast themes ("forced").
// Motion is asked to be little, so that nothing is still on its way when a page is looked at.
func (b *tab) scheme(name string) {
	b.t.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-reduced-motion", Value: "reduce"}, {Name: "prefers-color-scheme", Value: name}}
	if name == "forced" {
		features[1] = &emulation.MediaFeature{Name: "forced-colors", Value: "active"}
	}
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
	asked := "matchMedia('(" + features[1].Name + ": " + features[1].Value + ")').matches"
	b.until("the page is "+name, asked+" && matchMedia('(prefers-reduced-motion: reduce)').matches")
}

// block lets no request to such addresses out.
func (b *tab) block(pattern string) {
	b.t.Helper()
	command(b, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: pattern, Block: true}}})
}

// to goes to an address of the shop, as if it had been typed.
func (b *tab) to(path string) {
	b.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = b.program.URL + path
	}
	do(b, "go to "+path, chromedp.Navigate(address))
	b.until("the page is there", "true")
	if b.count("") == 0 {
		b.t.Fatal("the browser shows a page and asked for nothing: the watch is blind")
	}
}

// where is the page's address, or nothing while there is none.
func (b *tab) where() string {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	at, _ := chromedp.Run(ctx, chromedp.Location())
	return at
}

// path is the path of the page's address.
func (b *tab) path() string {
	b.t.Helper()
	return value[string](b, "location.pathname")
}

// try reads a value from the page; while one page gives way to the next there may be none.
func try[T any](b *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression))
}

// value reads a value from the page.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := try[T](b, expression)
	if err != nil {
		b.t.Fatalf("%s: %v\nat %s", expression, err, b.where())
	}
	return v
}

// until waits for a page that is loaded and of which the condition holds.
func (b *tab) until(what, condition string) {
	b.t.Helper()
	expression := `(() => { try { return document.readyState === "complete" && location.href !== "about:blank" && Boolean(` + condition + `); } catch { return false; } })()`
	deadline := time.Now().Add(patience)
	for {
		held, err := try[bool](b, expression)
		switch {
		case err == nil && held:
			return
		case b.ctx.Err() != nil || b.t.Context().Err() != nil:
			b.t.Fatalf("the browser has gone while waiting: %s", what)
		case time.Now().After(deadline):
			text, _ := try[string](b, "document.body.innerText")
			b.t.Fatalf("still not: %s (%s, %v)\nat %s:\n%.2000s", what, condition, err, b.where(), text)
		}
		time.Sleep(15 * time.Millisecond)
	}
}

// at waits for the page whose path matches, and looks at it.
func (b *tab) at(path string) {
	b.t.Helper()
	b.until("at "+path, fmt.Sprintf("new RegExp(%q).test(location.pathname)", path))
	b.look()
}

// id is the selector of what has the test id.
func id(name string) string { return `[data-testid="` + name + `"]` }

// quoted is a text as a JavaScript string.
func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// has waits for an element.
func (b *tab) has(selector string) {
	b.t.Helper()
	b.until("there is "+selector, "document.querySelector("+quoted(selector)+")")
}

// missing tells whether the page, as it is now, has no such element.
func (b *tab) missing(selector string) bool {
	b.t.Helper()
	return value[bool](b, "!document.querySelector("+quoted(selector)+")")
}

// text is what a person reads in an element.
func (b *tab) text(selector string) string {
	b.t.Helper()
	b.has(selector)
	return strings.Join(strings.Fields(value[string](b, "document.querySelector("+quoted(selector)+").innerText")), " ")
}

// attribute is an attribute of an element.
func (b *tab) attribute(selector, name string) string {
	b.t.Helper()
	b.has(selector)
	return value[string](b, "document.querySelector("+quoted(selector)+").getAttribute("+quoted(name)+") ?? ''")
}

// place waits until a person could hit the middle of an element, scrolled into sight and covered by nothing, and says
// where that is.
func (b *tab) place(selector string) (x, y float64) {
	b.t.Helper()
	find := `(() => {
		const e = document.querySelector(` + quoted(selector) + `);
		if (!e || document.readyState !== "complete") return [];
		e.scrollIntoView({block: "center", inline: "nearest", behavior: "instant"});
		const r = e.getBoundingClientRect(), x = r.x + r.width / 2, y = r.y + r.height / 2;
		const hit = document.elementFromPoint(x, y);
		return hit && (e.contains(hit) || hit.contains(e) && hit.closest("label, a, button")) ? [x, y] : [];
	})()`
	deadline := time.Now().Add(patience)
	for {
		at, err := try[[]float64](b, find)
		if err == nil && len(at) == 2 && b.around != nil {
			inside := at
			if at, err = b.outside(at[0], at[1]); err == nil {
				if again, _ := try[[]float64](b, find); !slices.Equal(inside, again) { // the frame has just become another size
					at = nil
				}
			}
		}
		if err == nil && len(at) == 2 {
			return at[0], at[1]
		}
		if time.Now().After(deadline) || b.ctx.Err() != nil {
			b.t.Fatalf("nobody can hit %s: it is missing, hidden or covered (%v)\nat %s", selector, err, b.where())
		}
		time.Sleep(15 * time.Millisecond)
	}
}

// click clicks, or taps on a touch screen.
func (b *tab) click(selector string) {
	b.t.Helper()
	x, y := b.place(selector)
	if b.around != nil {
		b = b.around // a mouse belongs to the window
	}
	if b.device.phone {
		do(b, "tap "+selector, chromedp.TapXY(x, y))
		return
	}
	do(b, "click "+selector, chromedp.MouseClickXY(x, y))
}

// doubleClick clicks twice, faster than anything can answer.
func (b *tab) doubleClick(selector string) {
	b.t.Helper()
	x, y := b.place(selector)
	do(b, "double click "+selector, chromedp.Steps(chromedp.MouseClickXY(x, y), chromedp.MouseClickXY(x, y, chromedp.ClickCount(2))))
}

// keys presses keys.
func (b *tab) keys(keys string) {
	b.t.Helper()
	if b.around != nil {
		b = b.around
	}
	do(b, "press keys", chromedp.KeyEvent(keys))
}

// write puts text in where the cursor is, as an input method would.
func (b *tab) write(text string) {
	b.t.Helper()
	command(b, input.InsertText, input.InsertTextParams{Text: text})
}

// fill writes into a field in place of what it holds.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.click(selector)
	b.until(selector+" has the focus", "document.activeElement === document.querySelector("+quoted(selector)+")")
	value[bool](b, "document.activeElement.select?.() ?? true")
	b.write(text)
}

// tabTo presses the Tab key until the element has the focus, and checks that the focus can be seen.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	for range 40 {
		b.keys(kb.Tab)
		if value[bool](b, "document.activeElement.matches("+quoted(selector)+")") {
			seen := `(() => { for (let e = document.activeElement; e; e = e.parentElement) {
				const s = getComputedStyle(e);
				if (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none") return true;
				if (e.matches("label, form")) return false;
			} return false; })()`
			if !value[bool](b, seen) {
				b.t.Errorf("%s has the focus, and nothing shows it", selector)
			}
			return
		}
	}
	b.t.Fatalf("the Tab key doesn't lead to %s", selector)
}

// look checks the page as a person would see it on narrow screens, light and dark: nothing reaches beyond the edge.
func (b *tab) look() {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		for _, width := range []int64{390, 320} {
			command(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 844, DeviceScaleFactor: 1})
			b.until(fmt.Sprintf("the window is %d px wide", width), "innerWidth === "+strconv.FormatInt(width, 10))
			if beyond := b.beyond(); beyond != "" {
				b.t.Errorf("%s in %s at %d px reaches beyond the edge: %s", b.path(), scheme, width, beyond)
			}
		}
	}
	b.scheme("light")
	b.restore()
}

// restore gives the window its device's size again, and waits for two frames: until then a click may land where the page was before.
func (b *tab) restore() {
	b.t.Helper()
	b.resize(b.device.width, b.device.height)
	b.until("the window has its size", "innerWidth === "+strconv.FormatInt(b.device.width, 10))
	if b.device.withoutScript {
		return
	}
	value[bool](b, "window.painted = false, requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = true; })), true")
	b.until("the page was painted", "window.painted !== false") // undefined on a page that has come meanwhile
}

// beyond names what makes the page scroll sideways, "" if it doesn't. A page that is on its way is waited for.
func (b *tab) beyond() string {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(15 * time.Millisecond) {
		wide, err := try[string](b, beyondEdge)
		if err == nil {
			return wide
		}
		if time.Now().After(deadline) || b.ctx.Err() != nil {
			b.t.Fatalf("its width isn't known: %v\nat %s", err, b.where())
		}
	}
}

// beyondEdge names what makes a page scroll sideways.
const beyondEdge = `(() => {
	const page = document.scrollingElement;
	if (page.scrollWidth <= innerWidth) return "";
	const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5);
	return page.scrollWidth + " px, by " + wide.slice(0, 5).map((e) => e.tagName.toLowerCase() + "." + e.className).join(", ");
})()`

// digits finds numbers.
var digits = regexp.MustCompile(`\d+`)
