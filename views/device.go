package views

import (
	"strings"

	"lianlian-checkout/models"
)

// otherwise is the value of ?device= that overrules what we think now.
func (d Device) otherwise() string {
	switch {
	case d.Chosen:
		return "auto"
	case d.Phone && !d.Inside:
		return "desktop"
	}
	return "phone"
}

// choice is the text key of the same in words.
func (d Device) choice() string {
	switch {
	case d.Chosen:
		return "automatic"
	case d.Inside:
		return "not_inside"
	case d.Phone:
		return "show_code"
	}
	return "is_phone"
}

// app is the wallet whose browser this is, for its app's name; empty for other apps.
func (d Device) app() models.Processor {
	switch d.Browser {
	case "wechat":
		return models.WeChatHK
	case "alipayhk":
		return models.AlipayHK
	case "alipaycn":
		return models.AlipayCN
	}
	return ""
}

// insideApp is a text that names the app that the page is open in; other apps have a text of their own without a name.
func (p Page) insideApp(key string, d Device) string {
	if app := d.app(); app != "" {
		return p.withApp(key, app)
	}
	return p.Text(key + "_other")
}

// guideTitle says what the way out is good for.
func (p Page) guideTitle(offers []Offer) string {
	switch {
	case !anyWorks(offers):
		return p.Text("guide.title")
	case anyBlocked(offers):
		return p.Text("guide.title_wallets")
	}
	return p.Text("guide.title_fails")
}

// here are the wallets of the app that the page is open in.
func (v OrderView) here() []Offer {
	var list []Offer
	for _, o := range v.Offers {
		if o.How == HowApp {
			list = append(list, o)
		}
	}
	return list
}

func anyBlocked(offers []Offer) bool {
	for _, o := range offers {
		if o.How == HowUnavailable {
			return true
		}
	}
	return false
}

// anyReserve tells whether some wallet doesn't work here, or may not.
func anyReserve(offers []Offer) bool {
	for _, o := range offers {
		if o.Why != "" {
			return true
		}
	}
	return false
}

// action is where the form is sent. Inside an app the address keeps the cart, for a browser that opens it after that; the pages
// below /embed/ keep it always.
func (c CheckoutForm) action(p Page) string {
	if c.PayLink != nil {
		return p.URL("/pay/" + c.PayLink.Link.Code)
	}
	if p.Embed != nil {
		return p.within("/checkout")
	}
	if _, query, ok := strings.Cut(c.Link, "?"); ok {
		return p.URL("/checkout?" + query)
	}
	return p.URL("/checkout")
}
