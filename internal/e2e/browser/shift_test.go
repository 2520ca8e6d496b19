package browser

import (
	"strings"
	"testing"

	"lianlian-checkout/internal/e2e/program"
)

// shifts makes the browser add up how far the page's parts were moved about since it began to load, and name them.
const shifts = `(() => {
  window.moved = [];
  const rect = (r) => [r.x, r.y, r.width, r.height].map(Math.round).join(",");
  const note = (list) => {
    for (const e of list.getEntries()) {
      window.moved.push(e.value.toFixed(4) + " " + e.sources.map((s) => {
        const n = s.node && s.node.nodeType === 1 ? s.node : s.node && s.node.parentElement;
        return (n ? n.tagName + "." + n.getAttribute("class") : "?") + " " + rect(s.previousRect) + "→" + rect(s.currentRect);
      }).join(", "));
    }
  };
  new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true });
  const settle = (frames) => requestAnimationFrame(() => (frames > 0 ? settle(frames - 1) : (window.settled = true)));
  Promise.all([...document.images].filter((i) => !i.loading || i.loading !== "lazy").map((i) => i.decode().catch(() => {}))).then(() => settle(5));
})()`

// TestNothingShifts loads the buyer's pages and sees that nothing moves once it is shown: pictures have their room, and the
// script adds nothing that had none.
func TestNothingShifts(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	for _, d := range []struct {
		name string
		device
	}{{"desktop", desktop}, {"phone", iphone}} {
		b := open(t, p, d.device)
		still := func(path string) {
			t.Helper()
			b.to(path)
			value[any](b, shifts)
			b.until("the page has settled", "window.settled === true")
			if moved := value[[]string](b, "window.moved"); len(moved) > 0 {
				t.Errorf("%s: %s moves while it loads:\n%s", d.name, path, strings.Join(moved, "\n"))
			}
			for _, name := range value[[]string](b, `[...document.querySelectorAll("main img, header img")].filter((i) => !(i.getAttribute("width") && i.getAttribute("height"))).map((i) => i.src)`) {
				t.Errorf("%s: %s: the picture %s has no room of its own", d.name, path, name)
			}
		}
		still("/")
		still("/?category=Tea&q=tea")
		still("/products/jasmine-pearls")
		still("/products/roasted-tieguanyin")
		b.fillCart()
		still("/cart")
		still("/checkout")
		b.to("/cart")
		b.fillForm("alipayhk")
		b.click(id("pay-button"))
		if d.phone {
			continue
		}
		b.at("^/orders/")
		still(b.path())
		b.to("/cart")
		still("/cart") // empty
		b.allow("/nothing$")
		still("/nothing")
	}
}
