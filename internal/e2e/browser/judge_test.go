package browser

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
)

// judged are the skeletons of pages that axe has seen, each at its width.
var judged sync.Map

// skeleton is what axe judges of a page: elements, classes, roles and states, and where there are words; not which words.
const skeleton = `(() => {
	const kept = /^(class|role|type|rel|target|tabindex|hidden|open|disabled|checked|required|http-equiv|autocomplete|inputmode|aria-(live|current|hidden|invalid|expanded|modal|atomic|busy|pressed|checked|selected|disabled))$/;
	const bones = (n) => n.className === "languages" ? "" : n.nodeType === 3 ? (n.data.trim() && "w") : n.nodeType !== 1 ? "" : "<" + n.tagName +
		[...n.attributes].map((a) => " " + a.name + (kept.test(a.name) ? "=" + a.value : "")).join("") + ">" + [...n.childNodes].map(bones).join("") + "/";
	return innerWidth + bones(document.documentElement);
})()`

// judge says what is wrong with the page as it is: axe's findings in light and dark, unless another language's page of the same
// skeleton was judged before, sideways scrolling at 320 px and at
// 200% zoom of a 1280-px window, motion where little was asked for, and no title or language.
func (a *album) judge(name string) {
	a.t.Helper()
	where := fmt.Sprintf("%s (%s, %s, %d px)", name, a.path(), a.language, a.device.width)
	_, known := judged.LoadOrStore(sha256.Sum256([]byte(value[string](a.tab, skeleton))), true)
	for _, scheme := range []string{"light", "dark"} {
		a.scheme(scheme)
		var findings []string
		if !known {
			a.asked++
			findings = a.axe(scheme == "light")
		}
		for _, finding := range findings {
			if a.device.withoutScript && strings.HasPrefix(finding, "meta-refresh ") && !a.missing(id("reloads")+" a") {
				continue // without a script a page can follow the payment only so; the buyer can stop it, as WCAG 2.2.1 asks
			}
			a.t.Errorf("%s, %s: axe: %s", where, scheme, finding)
		}
		if moving := value[[]string](a.tab, moving); len(moving) > 0 {
			a.t.Errorf("%s moves although little motion was asked for: %s", where, strings.Join(moving, ", "))
		}
	}
	a.scheme("light")
	for _, zoom := range []struct {
		width int64
		scale float64
	}{{640, 2}, {320, 1}} {
		command(a.tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: zoom.width, Height: 450, DeviceScaleFactor: zoom.scale})
		a.until(fmt.Sprintf("the window is %d px wide", zoom.width), "innerWidth === "+strconv.FormatInt(zoom.width, 10))
		if beyond := a.beyond(); beyond != "" {
			a.t.Errorf("%s at %d px reaches beyond the edge: %s", where, zoom.width, beyond)
		}
	}
	a.restore()
}

// moving names what is animated at the moment.
const moving = `document.getAnimations().filter((a) => a.playState === "running").map((a) => a.animationName || a.transitionProperty || "script")`
