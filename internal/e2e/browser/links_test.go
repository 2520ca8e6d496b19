package browser

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"lianlian-checkout/internal/e2e/program"
)

// makeLink makes a payment link in the console and returns its address; names and values are the form's.
func (b *tab) makeLink(kind string, fields ...string) (address string) {
	b.t.Helper()
	b.to("/admin/links/new")
	b.click(id("kind-" + kind))
	for i := 0; i+1 < len(fields); i += 2 {
		b.fill("#"+fields[i], fields[i+1])
	}
	b.click(id("link-make"))
	b.has(id("notice") + "[data-notice=link_made]")
	return b.attribute(id("link-url"), "value")
}

// payAt answers the form of a payment link.
func (b *tab) payAt(wallet string) {
	b.t.Helper()
	b.fill("#email", "chan@example.com")
	b.fill("#full_name", "陳大文")
	if wallet != "" {
		b.click(id("wallet-" + wallet))
	}
	b.click(id("pay-button"))
}

// TestPaymentLink: an operator makes a link to be paid once and prints its card, a phone scans the card and pays, a second one
// finds it paid, and the console counts one.
func TestPaymentLink(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	operator, phone, late := open(t, p, desktop), open(t, p, iphone), open(t, p, weChat.scriptless())
	operator.allow(`status of 4(01|22)`)
	phone.allow(`status of (409|410|422)`)
	late.allow(`status of (409|410|422)`)
	operator.signIn()
	operator.to("/admin/links/new")
	operator.click(id("link-make"))
	operator.has(id("error-summary"))
	link := operator.makeLink("fixed", "title_en", "Deposit for the tasting", "amount", "100.00", "max_payments", "1")
	operator.look()
	operator.click(id("sheet-a6"))
	operator.has(id("sheet"))
	if got := operator.scan(); got != link || got != operator.text(id("sheet-link")) {
		t.Fatalf("the card's code says %q, want %q", got, link)
	}

	phone.to(operator.scan())
	phone.has(id("pay-link"))
	phone.look()
	phone.payAt("alipayhk")
	phone.at("^/simulator/pay/")
	late.to(link)
	late.has(id("link-closed") + "[data-why=taken]")
	again := open(t, p, iphone)
	again.allow(`status of 409`)
	again.to(link)
	again.has(id("link-closed") + "[data-why=taken]")
	phone.to(link) // who scans the card again comes back to their order
	phone.at("^/orders/")
	phone.click(id("pay-here"))
	phone.at("^/simulator/pay/")
	phone.press("pay")
	phone.status("paid")
	late.to(link)
	late.has(id("link-closed") + "[data-why=used_up]")

	operator.to("/admin/links")
	if got := operator.text(id("links-row") + " " + id("link-paid")); got != "1 / 1" {
		t.Errorf("the console counts %q, want 1 / 1", got)
	}
	operator.click(id("links-row") + " a")
	operator.click(id("link-orders"))
	operator.has(id("admin-orders-row") + "[data-status=paid]")

	// The payer names the sum, inside the wallet that scanned, without a script.
	free := operator.makeLink("free", "title_en", "Pay at the counter", "least", "10", "most", "500")
	late.to(free)
	late.fill("#amount", "５.00")
	late.payAt("")
	late.has(id("error-amount"))
	late.fill("#amount", "1２8.5")
	late.click(id("pay-button"))
	late.at("^/simulator/pay/")
	late.press("pay")
	late.status("paid")
	if got := p.Query(t, `SELECT amount || ' ' || currency || ' ' || (SELECT processor FROM payments WHERE order_id = orders.id) FROM orders ORDER BY id DESC LIMIT 1`); got != "12850 HKD wechathk" {
		t.Errorf("paid %s, want 12850 HKD wechathk", got)
	}

	operator.to("/admin/links")
	operator.click(id("links-row") + " a")
	operator.click(id("link-active"))
	operator.click(id("link-save"))
	operator.has(id("link-state") + "[data-state=inactive]")
	late.to(free)
	late.has(id("link-closed") + "[data-why=inactive]")
}

// mediaBox is a page's size in a PDF, in points.
var mediaBox = regexp.MustCompile(`/MediaBox\s*\[\s*0\s+0\s+([0-9.]+)\s+([0-9.]+)\s*\]`)

// TestLinkSheets: a card is one page of A6 and a sheet one of A4, in each language, with the longest texts, and a camera reads them.
func TestLinkSheets(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	operator := open(t, p, desktop)
	operator.allow(`status of 401`)
	operator.signIn()
	long := strings.Repeat("付款 tasting ", 6)[:60]
	for title, link := range map[string]string{
		"short": operator.makeLink("fixed", "title_en", "Deposit for the tasting", "title_zh-Hant", "品茶會訂金", "amount", "100.00"),
		"free":  operator.makeLink("free", "title_en", "Pay at the counter", "title_zh-Hant", "櫃檯付款"),
		"long":  operator.makeLink("fixed", "title_en", "The yearly membership of the tea friends, with four tastings", "title_zh-Hant", strings.ToValidUTF8(long, ""), "amount", "999999999999.99"),
	} {
		path := "/admin/links/" + p.Query(t, `SELECT id FROM links WHERE code = '`+link[strings.LastIndex(link, "/")+1:]+`'`)
		for _, lang := range []string{"en", "zh-Hant"} {
			for size, want := range map[string][2]float64{"a4": {595.3, 841.9}, "a6": {297.6, 419.5}} {
				operator.to("/language?lang=" + lang + "&next=" + strings.ReplaceAll(path, "/", "%2F") + "%2Fsheet%3Fsize%3D" + size)
				operator.has(id("sheet"))
				name := title + " " + size + " " + lang
				if got := operator.scan(); got != link {
					t.Errorf("%s: the code says %q, want %q", name, got, link)
				}
				ours := true
				pdf := command(operator, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &ours, PrintBackground: &ours}).Data
				if n := len(sheet.FindAll(pdf, -1)); n != 1 {
					t.Errorf("%s: %d pages, want one", name, n)
				}
				box := mediaBox.FindSubmatch(pdf)
				if box == nil {
					t.Fatalf("%s: no page size in the PDF", name)
				}
				for i := range 2 {
					if got, err := strconv.ParseFloat(string(box[i+1]), 64); err != nil || got < want[i]-1 || got > want[i]+1 {
						t.Errorf("%s: the page is %s × %s points, want %v", name, box[1], box[2], want)
					}
				}
				if folder := os.Getenv(screenshots); folder != "" {
					if err := os.WriteFile(filepath.Join(folder, "sheet-"+title+"-"+size+"-"+lang+".pdf"), pdf, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				command(operator, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
				if got := operator.scan(); got != link {
					t.Errorf("%s: printed, the code says %q, want %q", name, got, link)
				}
				if cut := value[string](operator, beyondSheet); cut != "" {
					t.Errorf("%s: %s", name, cut)
				}
				command(operator, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
			}
		}
	}
}

// beyondSheet names what a sheet cuts off, and a code too small to be scanned from a counter: below 40 mm on A6.
const beyondSheet = `(() => {
	const sheet = document.querySelector(".sheet"), frame = sheet.getBoundingClientRect(), wrong = [];
	for (const e of sheet.querySelectorAll("*")) {
		const r = e.getBoundingClientRect();
		if (r.left < frame.left - 1 || r.right > frame.right + 1 || r.top < frame.top - 1 || r.bottom > frame.bottom + 1) wrong.push((e.className || e.tagName) + " is cut off");
	}
	const code = document.querySelector("[data-testid=qr]").getBoundingClientRect(), mm = 96 / 25.4, least = (document.documentElement.classList.contains("a4") ? 80 : 40) * mm;
	if (Math.min(code.width, code.height) < least) wrong.push("the code is only " + Math.round(Math.min(code.width, code.height) / mm) + " mm");
	return wrong.join(", ");
})()`
