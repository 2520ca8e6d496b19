package browser

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/emulation"
)

// judge says what is wrong with the page as it is: axe's findings in light and dark, sideways scrolling at 320 px and at
// 200% zoom of a 1280-px window, motion where little was asked for, and no title or language.
func (a *album) judge(name string) {
	a.t.Helper()
	where := fmt.Sprintf("%s (%s, %s, %d px)", name, a.path(), a.language, a.device.width)
	for _, scheme := range []string{"light", "dark"} {
		a.scheme(scheme)
		for _, finding := range a.axe(scheme == "light") {
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
		if beyond := value[string](a.tab, beyondEdge); beyond != "" {
			a.t.Errorf("%s at %d px reaches beyond the edge: %s", where, zoom.width, beyond)
		}
	}
	a.resize(a.device.width, a.device.height)
	a.until("the window has its size", "innerWidth === "+strconv.FormatInt(a.device.width, 10))
}

// moving names what is animated at the moment.
const moving = `document.getAnimations().filter((a) => a.playState === "running").map((a) => a.animationName || a.transitionProperty || "script")`
