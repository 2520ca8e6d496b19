package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/mileusna/useragent"

	"lianlian-checkout/models"
)

// Terminal values of guide 3.3.
const (
	modePhone    = "16"
	modeComputer = "13"
	appIOS       = "0"
	appAndroid   = "1"
	appWindows   = "2"
)

// The wallets whose own browsers matter, as sent in client_app_name; WeChat's is models.AppWeChat.
const (
	appAlipay   = "Alipay"
	appAlipayHK = "AlipayHK"
)

const (
	deviceCookie  = "device"
	longestAgent  = 1024
	longestOpenID = 128 // guide 3.2
	cookieForYear = 365 * 24 * 60 * 60
)

// openIDLimit is how long Options.OpenID may take.
const openIDLimit = 5 * time.Second

// device is what is known of the buyer's browser.
type device struct {
	browser  browser
	terminal models.Terminal
	bot      bool
	chosen   bool // the buyer said so, against the guess
}

func (d device) phone() bool { return d.terminal.Phone() }

// device reads the browser's name for itself. The buyer may correct the guess with ?device=phone or
// ?device=desktop, which a cookie remembers; ?device=auto takes it back.
func (h *Handler) device(c *gin.Context) device {
	if kept, ok := c.Get(deviceCookie); ok {
		return kept.(device)
	}
	d := detect(c.GetHeader("User-Agent"))
	wish := c.Query("device")
	cookie, err := c.Request.Cookie(deviceCookie)
	switch {
	case wish == "phone" || wish == "desktop":
		h.setCookie(c, deviceCookie, wish, cookieForYear)
	case wish == "auto" && err == nil:
		h.setCookie(c, deviceCookie, "", -1)
	case wish != "auto" && err == nil:
		wish = cookie.Value
	}
	d = d.as(wish)
	d.terminal.IP = c.ClientIP()
	c.Set(deviceCookie, d)
	return d
}

// as is the device as the buyer corrects it: a phone's own browser, whatever app it claims to be in, or a computer.
func (d device) as(wish string) device {
	plain := d.browser == onIOS || d.browser == onAndroid
	switch {
	case wish == "phone" && !plain:
		d.browser, d.chosen, d.terminal.Mode, d.terminal.App = onAndroid, true, modePhone, ""
		if d.terminal.AppType == appIOS {
			d.browser = onIOS
		}
	case wish == "desktop" && d.browser != onDesktop && d.browser != inDesktopWeChat:
		d.browser, d.chosen, d.terminal = onDesktop, true, models.Terminal{Mode: modeComputer}
	}
	return d
}

// terminal is the device as the gateway hears of it, with the buyer's id at WeChat where the payment is made inside it and
// somebody can tell. Without it the payment goes on as well.
func (h *Handler) terminal(c *gin.Context, p models.Processor) models.Terminal {
	t := h.device(c).terminal
	if h.o.OpenID == nil || !t.Official(p) {
		return t
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), openIDLimit)
	defer cancel()
	id, err := h.o.OpenID(ctx, c.Request)
	switch {
	case err != nil:
		h.o.Log.WarnContext(ctx, "no openid", "error", err, "request_id", c.GetString(requestIDKey))
	case len(id) > longestOpenID || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }):
		h.o.Log.WarnContext(ctx, "no openid", "error", "what Options.OpenID returns can't be one", "request_id", c.GetString(requestIDKey))
	default:
		t.OpenID = id
	}
	return t
}

// Parts of User-Agent headers, in lower case.
var (
	agentsOfDesktopWeChat = []string{"windowswechat", "macwechat", "wmpf", "linuxwechat"}
	// Apps that are no wallets; each writes itself into its web view's name.
	agentsOfApps = []string{
		"; wv)", "wxwork/", "fban/", "fbav/", "fb_iab", "instagram", " line/", "whatsapp/", "messenger", "gsa/", "weibo", " qq/", "dingtalk", "xhsdiscover",
		"xiaohongshu", "aweme", "bytedancewebview", "musical_ly", "tiktok", "newsarticle", "zhihuhybrid", "telegram", "snapchat", "pinterest/", "twitter",
		"linkedinapp", "kakaotalk", "lark/", "feishu", "baiduboxapp", "aliapp(", "micromessenger",
	}
	agentsOfBots = []string{"bot/", "bot;", "spider", "crawler", "facebookexternalhit", "preview", "slurp"}
)

// detect guesses from a User-Agent header. A tablet counts as a computer, because wallets live on phones, unless the
// page is open inside a wallet. iPadOS calls itself a Mac, which comes to the same.
func detect(agent string) device {
	agent = agent[:min(len(agent), longestAgent)]
	ua, lower := useragent.Parse(agent), strings.ToLower(agent)
	has := func(tokens ...string) bool {
		return slices.ContainsFunc(tokens, func(t string) bool { return strings.Contains(lower, t) })
	}
	d := device{browser: unrecognised, terminal: models.Terminal{Mode: modeComputer}}
	d.bot = ua.Bot || has(agentsOfBots...) || strings.HasPrefix(lower, "whatsapp/")
	if d.bot || !has("mozilla/", "opera/") {
		return d
	}
	desktopWeChat := has("micromessenger") && has(agentsOfDesktopWeChat...)
	tablet := has("ipad", "tablet") || (has("android") && !has("mobile", "opera mini")) || has("(tablet;")
	mobile := (ua.Mobile || has("iphone", "ipod", "mobile", "windows phone", "(phone;")) && !tablet
	switch {
	case desktopWeChat:
		d.browser = inDesktopWeChat
		return d
	case has("micromessenger") && !has("wxwork/"):
		d.browser, d.terminal.App = inWeChat, models.AppWeChat
	case has("alipayclienthk", "aliapp(aphk", "alipayhk"):
		d.browser, d.terminal.App = inAlipayHK, appAlipayHK
	case has("alipayclient", "aliapp(ap/"):
		d.browser, d.terminal.App = inAlipay, appAlipay
	case !mobile:
		if tablet || has("windows", "macintosh", "linux", "x11", "cros") {
			d.browser = onDesktop
		}
		return d
	}
	d.terminal.Mode = modePhone
	ios := has("iphone", "ipad", "ipod")
	switch {
	case has("windows phone", "iemobile"):
		d.terminal.AppType = appWindows
	case ios:
		d.terminal.AppType = appIOS
	case has("android"):
		d.terminal.AppType = appAndroid
	}
	switch {
	case d.browser != unrecognised:
	case has(agentsOfApps...) || (ios && !has("safari/")): // a web view on iOS leaves Safari's name out
		d.browser = inOtherApp
	case ios:
		d.browser = onIOS
	default:
		d.browser = onAndroid
	}
	return d
}
