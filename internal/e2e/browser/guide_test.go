package browser

import (
	"os"
	"strings"
	"testing"
)

// TestStaticPageGuide buys from the page that docs/static-page.md says to write, on a computer, to the end.
func TestStaticPageGuide(t *testing.T) {
	t.Parallel()
	p, site := embedding(t)
	guide, err := os.ReadFile("../../../docs/static-page.md")
	if err != nil {
		t.Fatal(err)
	}
	_, page, _ := strings.Cut(string(guide), "```html\n")
	page, _, _ = strings.Cut(page, "```")
	site.pages["/"] = strings.ReplaceAll(page, "http://localhost:8080", "{shop}")
	b := visitor(t, p, site, desktop, "/")
	b.until("embed.js is there", "window.Checkout?.version === 1")
	b.click("[data-checkout-items]")
	in := b.inside("dialog iframe")
	in.fill("#email", "chan@example.com")
	in.fill("#full_name", "陳大文")
	in.click(id("wallet-alipayhk"))
	in.click(id("pay-button"))
	in.status("pending")
	in.click(id("pay-here"))
	b.until("at the gateway", "location.pathname.startsWith('/simulator/')")
	b.press("pay")
	b.status("paid")
}
