package browser

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"lianlian-checkout/internal/e2e/program"
)

// TestFindAgain: whoever has the order's number and the address finds the order's page, without a script too.
func TestFindAgain(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	computer := open(t, p, desktop)
	computer.fillCart()
	computer.fillForm("alipayhk")
	computer.click(id("pay-button"))
	computer.has(id("qr"))
	number, address := computer.text(id("order-number")), p.Query(t, "SELECT email FROM orders")
	for name, d := range map[string]device{"computer": desktop, "phone": iphone.scriptless()} {
		t.Run(name, func(t *testing.T) {
			other := open(t, p, d)
			other.allow("status of 422")
			other.to("/")
			other.click(id("find-link"))
			other.at("/find")
			other.fill("#number", number)
			other.fill("#email", "somebody.else@example.com")
			other.click(id("find-button"))
			other.has(id("error-summary"))
			other.fill("#email", address)
			other.click(id("find-button"))
			other.has(id("order-status"))
			if got := other.text(id("order-number")); got != number {
				t.Errorf("found order %s, want %s", got, number)
			}
		})
	}
}

// Paper, in inches.
var paper = map[string][2]float64{"a4": {8.27, 11.69}, "narrow": {80 / 25.4, 297 / 25.4}}

// TestReceiptPrints: the receipt, and nothing else of the page, fits one sheet of A4 and one till's roll of 80 mm.
func TestReceiptPrints(t *testing.T) {
	t.Parallel()
	chromium(t)
	for language, accept := range map[string]string{"en": "en-HK,en", "zh-Hant": "zh-HK,zh"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			p := program.Start(t, `CHECKOUT_CHECKOUT_EXTRA_FIELD_LABEL={"en":"Name on the gift card","zh-Hant":"禮物卡上的名字"}`)
			computer := open(t, p, desktop.speaking(accept))
			for _, slug := range []string{"jasmine-pearls", "roasted-tieguanyin", "tasting-cups"} {
				computer.to("/products/" + slug)
				computer.click(id("add-to-cart"))
				computer.has(id("added"))
			}
			computer.to("/cart")
			computer.fillForm("alipayhk")
			computer.fill("#extra", "Grandmother 婆婆")
			computer.click(id("pay-button"))
			computer.has(id("qr"))
			computer.click(id("pay-here"))
			computer.until("at the gateway", "location.pathname.startsWith('/simulator/')")
			computer.press("pay")
			computer.until("back", "location.pathname.startsWith('/orders/')")
			computer.status("paid")
			for name, size := range paper {
				ours := true // the style sheet's margins
				pdf := command(computer, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: size[0], PaperHeight: size[1], PreferCSSPageSize: &ours}).Data
				if n := len(sheet.FindAll(pdf, -1)); n != 1 {
					t.Errorf("%s: %d sheets, want one", name, n)
				}
				if folder := os.Getenv(screenshots); folder != "" {
					if err := os.WriteFile(filepath.Join(folder, "receipt-"+name+"-"+language+".pdf"), pdf, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			command(computer, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
			computer.resize(302, 1100) // 80 mm
			if wide := value[int64](computer, "document.documentElement.scrollWidth"); wide > 302 {
				t.Errorf("on a roll of 80 mm the receipt is %d px wide, want 302", wide)
			}
			if shown := value[string](computer, `[...document.querySelectorAll("header.site-header, footer, .ask, .after, .simulator-band, .fine, .languages")].filter((e) => e.offsetParent !== null || e.getClientRects().length > 0).map((e) => e.className).join(" ")`); shown != "" {
				t.Errorf("beside the receipt %q is printed", shown)
			}
			for _, part := range []string{id("receipt"), id("order-number"), id("cart-total"), id("extra")} {
				if !value[bool](computer, `document.querySelector(`+quoted(part)+`).getClientRects().length > 0`) {
					t.Errorf("%s isn't printed", part)
				}
			}
		})
	}
}

// sheet begins one page of a PDF.
var sheet = regexp.MustCompile(`/Type\s*/Page\b`)
