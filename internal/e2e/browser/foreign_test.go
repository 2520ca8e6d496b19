package browser

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"lianlian-checkout/internal/e2e/program"
	"lianlian-checkout/static"
)

// foreign is somebody else's site, on another host and port than the checkout. Its pages come with a strict policy that
// lets in nothing but the checkout's script and frame.
type foreign struct {
	URL   string
	pages map[string]string // body by path; {shop} stands for the checkout's address
	shop  string
}

// newForeign starts the site. It needs the checkout's address only when a page is asked for, because the checkout needs its own first.
func newForeign(t *testing.T) *foreign {
	t.Helper()
	f := &foreign{pages: map[string]string{}}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	if host, _, err := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://")); err != nil || host != "127.0.0.1" {
		t.Fatalf("the other site is at %s, want 127.0.0.1: the checkout is at localhost", s.URL)
	}
	f.URL = s.URL
	return f
}

func (f *foreign) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := f.pages[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	kind := "text/html; charset=utf-8"
	if strings.HasSuffix(r.URL.Path, ".js") {
		kind = "text/javascript"
	} else {
		body = "<!doctype html><html lang=en><head><meta name=viewport content='width=device-width'><meta name=color-scheme content='light dark'><title>Blog</title><link rel=icon href=data:,></head><body>" + body + "</body></html>"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", fmt.Sprintf("default-src 'none'; script-src 'self' %s; frame-src %s; img-src data:; style-src 'self'; base-uri 'none'", f.shop, f.shop))
	w.Header().Set("Referrer-Policy", "no-referrer")
	_, _ = w.Write([]byte(strings.ReplaceAll(body, "{shop}", f.shop)))
}

// note makes a page remember what it was told, in the order of its coming.
const note = `window.heard = [];
for (const type of ["ready", "resize", "redirect", "paid", "closed", "expired"]) {
	document.addEventListener("checkout:" + type, (e) => heard.push({on: e.target.id || "document", ...e.detail}));
}`

// embedScript loads embed.js as the documentation says, checked by its hash.
func embedScript() string {
	return `<script src="/note.js"></script><script src="{shop}/embed.v1.js" integrity="` + static.Integrity("embed.v1.js") + `" crossorigin="anonymous" async></script>`
}

// embedding starts a checkout that the other site may frame, and the site.
func embedding(t *testing.T, env ...string) (*program.Program, *foreign) {
	t.Helper()
	chromium(t)
	f := newForeign(t)
	f.pages["/note.js"] = note
	p := program.Start(t, append([]string{"CHECKOUT_EMBED_ORIGINS=" + f.URL}, env...)...)
	f.shop = p.URL
	if !strings.HasPrefix(p.URL, "http://localhost:") {
		t.Fatalf("the checkout is at %s, want localhost: the other site is at 127.0.0.1", p.URL)
	}
	return p, f
}

// visitor is somebody on the other site's page whose browser gives no cookies to third parties.
func visitor(t *testing.T, p *program.Program, f *foreign, d device, path string) *tab {
	t.Helper()
	b := open(t, p, d, f.URL)
	command(b, network.SetCookieControls, network.SetCookieControlsParams{EnableThirdPartyCookieRestriction: true})
	b.to(f.URL + path)
	return b
}

// inside is the checkout in the n-th frame of the page, once it is there. It is another process of the browser, so it is watched
// by itself.
func (b *tab) inside(selector string) *tab {
	b.t.Helper()
	b.until("the frame is shown", `getComputedStyle(document.querySelector(`+quoted(selector)+`)).visibility === "visible"`)
	src := b.attribute(selector, "src")
	for deadline := time.Now().Add(patience); ; time.Sleep(15 * time.Millisecond) {
		targets, err := chromedp.Targets(b.ctx)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, info := range targets {
			if info.Type != "iframe" || info.URL != src {
				continue
			}
			w := newWatch(b.program.URL)
			ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithTargetID(info.TargetID), chromedp.WithListener(w.see))
			b.t.Cleanup(cancel)
			in := &tab{t: b.t, ctx: ctx, program: b.program, device: b.device, watch: w, around: b, frame: selector}
			if err := chromedp.Do(ctx); err != nil {
				b.t.Fatalf("look into the frame: %v", err)
			}
			b.t.Cleanup(func() { w.report(b.t) })
			return in
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("no frame at %s", src)
		}
	}
}

// outside is a place of the frame as its window counts, or nothing while it isn't in sight or on its way there: the two processes
// scroll after one another.
func (b *tab) outside(x, y float64) ([]float64, error) {
	read := fmt.Sprintf(`(() => {
		const f = document.querySelector(%s), r = f.getBoundingClientRect(), x = r.x + %f, y = r.y + %f;
		return document.elementFromPoint(x, y) === f ? [x, y] : [];
	})()`, quoted(b.frame), x, y)
	before, err := try[[]float64](b.around, read)
	if err != nil {
		return nil, err
	}
	time.Sleep(100 * time.Millisecond)
	after, err := try[[]float64](b.around, read)
	if err != nil || !slices.Equal(before, after) {
		return nil, err
	}
	return after, nil
}

// heard are the events of one type that the page was told of, as JSON.
func (b *tab) heard(kind string) string {
	b.t.Helper()
	return value[string](b, `JSON.stringify(heard.filter((e) => e.type === `+quoted(kind)+`))`)
}

// hears waits for an event.
func (b *tab) hears(kind string) {
	b.t.Helper()
	b.until("the page hears "+kind, `heard.some((e) => e.type === `+quoted(kind)+`)`)
}

// ready waits until the frame in the place has shown so many pages, and the page around has made room for the last.
func (b *tab) ready(place string, pages int) {
	b.t.Helper()
	b.until(fmt.Sprintf("%d pages are shown in %s", pages, place), fmt.Sprintf(`heard.filter((e) => e.type === "ready" && e.on === %q).length >= %d`, place, pages))
}

// answer fills in what the checkout insists on.
func (b *tab) answer(wallet string) {
	b.t.Helper()
	b.fill("#email", "chan@example.com")
	b.fill("#full_name", "陳大文")
	b.click(id("wallet-" + wallet))
	b.until("the wallet is chosen", "document.querySelector('#wallet-"+wallet+"').checked")
}

// cookies are those that the checkout's site has left in this person's browser.
func (b *tab) cookies() int {
	b.t.Helper()
	return len(command(b, network.GetCookies, network.GetCookiesParams{URLs: []string{b.program.URL + "/"}}).Cookies)
}
