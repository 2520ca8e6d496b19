package views

import (
	"strings"
	"unicode/utf8"

	"lianlian-checkout/models"
)

// chosen is the wallet to tick: the buyer's, else the first that works here.
func chosen(offers []Offer, wish models.Processor) models.Processor {
	var first models.Processor
	for _, o := range offers {
		if o.How == HowUnavailable {
			continue
		}
		if o.Processor == wish {
			return wish
		}
		if first == "" {
			first = o.Processor
		}
	}
	return first
}

func walletID(w models.Processor) string { return "wallet-" + string(w) }

// WalletMark is the picture of the wallet's brand, below static/; Hong Kong's and the mainland's share it and are told apart by their tag.
func WalletMark(w models.Processor) string {
	switch w {
	case models.WeChatHK, models.WeChatCN:
		return "img/wallets/wechat.svg"
	case models.AlipayHK, models.AlipayCN:
		return "img/wallets/alipay.svg"
	}
	return "img/wallets/alipay.svg"
}

// walletRegion is the text key of the wallet's tag.
func walletRegion(w models.Processor) string {
	switch w {
	case models.AlipayHK, models.WeChatHK:
		return "region.hk"
	case models.AlipayCN, models.WeChatCN:
		return "region.cn"
	}
	return "region.hk"
}

// why says in words why a wallet doesn't work here.
func (p Page) why(key string) string {
	for _, k := range []string{key, "why." + key} {
		if p.has(k) {
			return p.Text(k)
		}
	}
	return p.Text("why.other")
}

// wallet is the wallet's name as its owner writes it.
func (p Page) wallet(w models.Processor) string {
	if !w.Known() {
		return string(w)
	}
	return p.Text("wallet." + string(w))
}

// withApp is a text that names the app that the buyer opens. Between Chinese characters, a name in Latin letters stands
// between spaces.
func (p Page) withApp(key string, w models.Processor, args ...any) string {
	app := string(w)
	if w.Known() {
		app = p.Text("app." + app)
	}
	return strings.TrimSpace(p.Text(key, append(args, "App", p.spaced(app))...))
}

// withWallet is a text that names the wallet, with the same spaces.
func (p Page) withWallet(key string, w models.Processor) string {
	return strings.TrimSpace(p.Text(key, "Wallet", p.spaced(p.wallet(w))))
}

func (p Page) spaced(name string) string {
	if p.Lang != "en" && name != "" && name[0] < utf8.RuneSelf {
		return " " + name + " "
	}
	return name
}

// how says in one line what will happen on this device.
func (p Page) how(o Offer) string {
	switch o.How {
	case HowQR, HowRedirect, HowApp:
		return p.withApp("how."+o.How, o.Processor)
	}
	return ""
}
