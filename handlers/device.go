package handlers

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/mileusna/useragent"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// Terminal values of guide 3.3.
const (
	modePhone    = "16"
	modeComputer = "13"
	appIOS       = "0"
	appAndroid   = "1"
	appWindows   = "2"
)

// The applications whose own browsers matter, as sent in client_app_name.
const (
	appWeChat   = "WeChat"
	appAlipay   = "Alipay"
	appAlipayHK = "AlipayHK"
)

// Text keys of why a wallet can't be used here.
const (
	whyInWeChat = "in_wechat" // WeChat's browser blocks Alipay
	whyInAlipay = "in_alipay" // Alipay's browser doesn't open WeChat
)

const (
	deviceCookie  = "device"
	longestAgent  = 1024
	cookieForYear = 365 * 24 * 60 * 60
)

// device is what is known of the buyer's browser.
type device struct {
	terminal models.Terminal
	bot      bool
}

func (d device) phone() bool { return d.terminal.Phone() }

// device reads the browser's name for itself. The buyer may correct the guess with ?device=phone or
// ?device=desktop, which a cookie remembers.
func (h *Handler) device(c *gin.Context) device {
	if kept, ok := c.Get(deviceCookie); ok {
		return kept.(device)
	}
	d := detect(c.GetHeader("User-Agent"))
	wish := c.Query("device")
	if wish == "phone" || wish == "desktop" {
		h.setCookie(c, deviceCookie, wish, cookieForYear)
	} else if cookie, err := c.Request.Cookie(deviceCookie); err == nil {
		wish = cookie.Value
	}
	switch wish {
	case "phone":
		d.terminal.Mode = modePhone
	case "desktop":
		d.terminal.Mode, d.terminal.AppType, d.terminal.App = modeComputer, "", ""
	}
	d.terminal.IP = c.ClientIP()
	c.Set(deviceCookie, d)
	return d
}

// detect guesses from a User-Agent header. A tablet counts as a computer, because wallets live on phones, unless the
// page is open inside a wallet. iPadOS calls itself a Mac, which comes to the same.
func detect(agent string) device {
	agent = agent[:min(len(agent), longestAgent)]
	ua, lower := useragent.Parse(agent), strings.ToLower(agent)
	has := func(tokens ...string) bool {
		return slices.ContainsFunc(tokens, func(t string) bool { return strings.Contains(lower, t) })
	}
	d := device{terminal: models.Terminal{Mode: modeComputer}}
	d.bot = ua.Bot || has("bot/", "bot;", "spider", "crawler", "facebookexternalhit", "whatsapp/", "preview", "slurp")
	desktopWeChat := has("windowswechat", "macwechat", "wmpf", "unifiedpcwindowswechat", "linuxwechat")
	tablet := has("ipad", "tablet") || (has("android") && !has("mobile", "opera mini")) || has("(tablet;")
	mobile := (ua.Mobile || has("iphone", "ipod", "mobile", "windows phone", "(phone;")) && !tablet
	switch {
	case has("micromessenger") && !desktopWeChat:
		d.terminal.App = appWeChat
	case has("alipayclienthk", "aliapp(aphk", "alipayhk"):
		d.terminal.App = appAlipayHK
	case has("alipayclient", "aliapp(ap/"):
		d.terminal.App = appAlipay
	}
	if d.bot || (!mobile && d.terminal.App == "") {
		return d
	}
	d.terminal.Mode = modePhone
	switch {
	case has("windows phone", "iemobile"):
		d.terminal.AppType = appWindows
	case has("iphone", "ipad", "ipod"):
		d.terminal.AppType = appIOS
	case has("android"):
		d.terminal.AppType = appAndroid
	}
	return d
}

// offers says for each wallet how it is paid with on this device.
func (d device) offers(processors []models.Processor) []views.Offer {
	offers := make([]views.Offer, 0, len(processors))
	for _, p := range processors {
		how, why := d.offer(p)
		offers = append(offers, views.Offer{Processor: p, How: how, Why: why})
	}
	return offers
}

func (d device) offer(p models.Processor) (how views.How, why string) {
	if !d.phone() {
		return views.HowQR, ""
	}
	wechat := p == models.WeChatHK || p == models.WeChatCN
	switch d.terminal.App {
	case appWeChat:
		if wechat {
			return views.HowApp, ""
		}
		return views.HowUnavailable, whyInWeChat
	case appAlipay, appAlipayHK:
		if wechat {
			return views.HowUnavailable, whyInAlipay
		}
		if (p == models.AlipayHK) == (d.terminal.App == appAlipayHK) {
			return views.HowApp, ""
		}
	}
	return views.HowRedirect, ""
}

// blocked tells whether the wallet can't be used in this browser.
func (d device) blocked(p models.Processor) bool {
	how, _ := d.offer(p)
	return how == views.HowUnavailable
}
