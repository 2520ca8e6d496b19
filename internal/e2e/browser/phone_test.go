package browser

import (
	"regexp"
	"strings"
	"testing"

	"lianlian-checkout/internal/e2e/program"
)

// TestPhoneBuys is the whole way on one phone, to the wallet and back.
func TestPhoneBuys(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	phone := open(t, p, iphone)
	phone.fillCart()
	phone.look()
	phone.fillForm("alipaycn")
	phone.look()
	phone.click(id("pay-button"))
	phone.at("^/simulator/pay/")
	phone.has(id("wallet"))
	phone.press("pay")
	phone.at("^/orders/")
	phone.status("paid")
	phone.has(id("receipt"))
}

// TestPhoneSpeaksChinese is the same way for somebody in Hong Kong: Traditional Chinese on every page, the wallet's too.
func TestPhoneSpeaksChinese(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	phone := open(t, p, iphone.speaking("zh-HK,zh,en"))
	phone.to("/")
	phone.readsChinese()
	phone.to("/products/roasted-tieguanyin")
	phone.readsChinese()
	phone.fillCart()
	phone.readsChinese()
	phone.click(id("to-checkout"))
	phone.at("^/checkout$")
	phone.allow(`status of 422`)
	phone.click(id("pay-button"))
	phone.has(id("error-summary"))
	phone.readsChinese()
	phone.to("/cart")
	phone.fillForm("wechathk")
	phone.readsChinese()
	phone.click(id("pay-button"))
	phone.at("^/simulator/pay/")
	phone.readsChinese()
	phone.press("pay")
	phone.at("^/orders/")
	phone.status("paid")
	phone.readsChinese()
}

var (
	// english is two English words in a row; codes and the wallets' names stand alone.
	english = regexp.MustCompile(`[A-Za-z]{3,} [A-Za-z]{3,}`)
	// simplified are common characters that Traditional Chinese writes otherwise.
	simplified = "这们为说应时请输传单订购车价钱宝币钮种确认续货产网码银录选择电邮发现进还过无关开"
)

// readsChinese checks that everything on the page that a person reads is Traditional Chinese. Two names are what they are
// in Hong Kong too: WeChat Pay HK, and the one that the merchant is registered under at the gateway.
func (b *tab) readsChinese() {
	b.t.Helper()
	if lang := value[string](b, "document.documentElement.lang"); lang != "zh-Hant" {
		b.t.Errorf("%s is in %q, want zh-Hant", b.path(), lang)
	}
	text := value[string](b, `(() => {
		const page = document.body.cloneNode(true);
		page.querySelectorAll("script, nav.languages, option, code, a[href^='mailto:'], [data-testid=merchant]").forEach((e) => e.remove());
		return document.title + "\n" + page.textContent;
	})()`)
	if i := strings.IndexAny(text, simplified); i >= 0 {
		b.t.Errorf("%s has the simplified character %q: …%s…", b.path(), []rune(text[i:])[0], string([]rune(text[i:])[:min(12, len([]rune(text[i:])))]))
	}
	if words := english.FindString(strings.ReplaceAll(text, "WeChat Pay", "")); words != "" {
		b.t.Errorf("%s says %q, which is English", b.path(), words)
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }) {
		b.t.Errorf("%s has no Chinese text", b.path())
	}
}
