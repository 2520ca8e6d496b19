package handlers

import (
	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// browser is a kind of browser, as far as the wallets care. Its value is also the name of its row in docs/wallets.md.
type browser string

// The kinds.
const (
	onDesktop       browser = "desktop"        // any browser of a computer or tablet
	inDesktopWeChat browser = "desktop_wechat" // WeChat's own, on a computer
	onIOS           browser = "ios"            // Safari and the other browsers of an iPhone
	onAndroid       browser = "android"        // Chrome and the other browsers of Android and of other phones
	inWeChat        browser = "wechat"
	inAlipayHK      browser = "alipayhk"
	inAlipay        browser = "alipaycn"
	inOtherApp      browser = "other_app" // a web view of an app that is no wallet
	unrecognised    browser = "unknown"   // says nothing that is known; treated as a computer that may be a phone
)

// Text keys of why a wallet can't be used, or may not open. What to do is the same for all: the page in another browser.
const (
	whyInWeChat    = "in_wechat"    // WeChat's browser blocks Alipay
	whyInAlipay    = "in_alipay"    // neither Alipay's nor AlipayHK's browser opens WeChat
	whyOtherAlipay = "other_alipay" // AlipayHK and Alipay don't open each other
	whyOtherApp    = "other_app"    // many web views don't let another app open: offered, with a word of warning
)

// cell is how one wallet is paid with in one kind of browser.
type cell struct {
	how  views.How
	why  string // for what is unavailable, and for what may not work
	here bool   // beside a code: the wallet's page for computers opens here too
}

var (
	scan     = cell{how: views.HowQR, here: true}
	scanOnly = cell{how: views.HowQR}
	redirect = cell{how: views.HowRedirect}
	inApp    = cell{how: views.HowApp}
	perhaps  = cell{how: views.HowRedirect, why: whyOtherApp}
)

func never(why string) cell { return cell{how: views.HowUnavailable, why: why} }

// wallets is the truth table, browser × wallet. docs/wallets.md holds the same table with its reasons; a test compares the two.
var wallets = map[browser]map[models.Processor]cell{
	onDesktop:       {models.AlipayHK: scan, models.AlipayCN: scan, models.WeChatHK: scan, models.WeChatCN: scan},
	inDesktopWeChat: {models.AlipayHK: scanOnly, models.AlipayCN: scanOnly, models.WeChatHK: scan, models.WeChatCN: scan},
	onIOS:           {models.AlipayHK: redirect, models.AlipayCN: redirect, models.WeChatHK: redirect, models.WeChatCN: redirect},
	onAndroid:       {models.AlipayHK: redirect, models.AlipayCN: redirect, models.WeChatHK: redirect, models.WeChatCN: redirect},
	inWeChat:        {models.AlipayHK: never(whyInWeChat), models.AlipayCN: never(whyInWeChat), models.WeChatHK: inApp, models.WeChatCN: inApp},
	inAlipayHK:      {models.AlipayHK: inApp, models.AlipayCN: never(whyOtherAlipay), models.WeChatHK: never(whyInAlipay), models.WeChatCN: never(whyInAlipay)},
	inAlipay:        {models.AlipayHK: never(whyOtherAlipay), models.AlipayCN: inApp, models.WeChatHK: never(whyInAlipay), models.WeChatCN: never(whyInAlipay)},
	inOtherApp:      {models.AlipayHK: perhaps, models.AlipayCN: perhaps, models.WeChatHK: perhaps, models.WeChatCN: perhaps},
	unrecognised:    {models.AlipayHK: scan, models.AlipayCN: scan, models.WeChatHK: scan, models.WeChatCN: scan},
}

// offer says how the wallet is paid with on this device.
func (d device) offer(p models.Processor) views.Offer {
	at := wallets[d.browser][p]
	if at.how == "" {
		at = never("") // a wallet that the table doesn't know
	}
	return views.Offer{Processor: p, How: at.how, Why: at.why, Here: at.here}
}

// offers says it for each wallet.
func (d device) offers(processors []models.Processor) []views.Offer {
	offers := make([]views.Offer, 0, len(processors))
	for _, p := range processors {
		offers = append(offers, d.offer(p))
	}
	return offers
}

// blocked tells whether the wallet can't be used in this browser.
func (d device) blocked(p models.Processor) bool { return d.offer(p).How == views.HowUnavailable }

// atOnce tells whether scanning the order's code leads straight on: only inside the very wallet that the order waits for, where
// nothing else opens. Everywhere else the buyer taps first (docs/decisions/0010-scan-to-continue.md).
func (d device) atOnce(p models.Processor) bool { return d.offer(p).How == views.HowApp }

// inside tells whether the page is open in an app's own browser, which can do less than the phone's: the way out of it is shown.
func (d device) inside() bool {
	switch d.browser {
	case inWeChat, inAlipayHK, inAlipay, inOtherApp:
		return true
	case onDesktop, inDesktopWeChat, onIOS, onAndroid, unrecognised:
		return false
	}
	return false
}

// view is what the pages say of the device.
func (d device) view() views.Device {
	return views.Device{Browser: string(d.browser), Phone: d.phone(), Inside: d.inside(), Chosen: d.chosen, Unknown: d.browser == unrecognised}
}
