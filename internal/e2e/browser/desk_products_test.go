package browser

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"lianlian-checkout/internal/e2e/program"
)

// upload gives a file to the page's file input, as if it had been chosen.
func (b *tab) upload(selector, file string) {
	b.t.Helper()
	do(b, "choose "+file, chromedp.SetUploadFiles(selector, []string{file}))
}

// TestDeskProducts is what happens to a shelf: a new product with a picture, a mistake put right, a new price and stock by hand, prices by
// file, and hidden at the end; a buyer sees each of it.
func TestDeskProducts(t *testing.T) {
	t.Parallel()
	chromium(t)
	p := program.Start(t)
	operator, buyer := open(t, p, desktop), open(t, p, iphone)
	operator.allow(`status of (401|422)`)
	buyer.allow(`status of 404`)
	operator.signIn()

	operator.to("/admin/products")
	operator.click(id("new-product"))
	operator.at("^/admin/products/new$")
	operator.fill("#name_en", "Morning cup")
	operator.fill("#name_zh-Hant", "晨光杯")
	operator.fill("#v0_price", "12,5,0")
	operator.click(id("product-save"))
	operator.has(id("error-summary"))
	operator.look()
	if got := value[string](operator, `document.querySelector("#name_zh-Hant").value`); got != "晨光杯" {
		t.Errorf("after the mistake the Chinese name is %q", got)
	}
	operator.fill("#slug", "morning-cup")
	operator.fill("#v0_sku", "CUP-1")
	operator.fill("#v0_price", "125.00")
	operator.fill("#v0_stock", "3")
	operator.upload("#picture", redPNG(t))
	operator.click(id("product-save"))
	operator.has(id("notice") + `[data-notice="product_made"]`)
	operator.until("its picture is shown", `(() => { const i = document.querySelector('`+id("picture-now")+`'); return i.complete && i.naturalWidth > 0; })()`)
	operator.look()
	product := operator.path()

	buyer.to("/products/morning-cup")
	if got := buyer.text("h1"); got != "Morning cup" {
		t.Errorf("the shop calls it %q", got)
	}
	buyer.until("its picture is the red one", `[...document.querySelectorAll("main img")].some((i) => i.currentSrc.includes("/pictures/") && i.complete && i.naturalWidth > 0)`)
	buyer.look()

	operator.fill("#v0_price", "99.00")
	operator.fill("#v0_list_price", "125.00")
	operator.click(id("product-save"))
	operator.has(id("notice") + `[data-notice="product_saved"]`)
	operator.fill(id("pieces-CUP-1"), "5")
	operator.choose(id("do-CUP-1"), "add")
	operator.click(id("restock-CUP-1"))
	operator.until("eight pieces", `document.querySelector('`+id("stock-CUP-1")+`').innerText.includes("8")`)
	buyer.to("/products/morning-cup")
	if text := buyer.text("main"); !strings.Contains(text, "HK$99.00") || !strings.Contains(text, "HK$125.00") {
		t.Errorf("the shop's page shows neither the sale price nor the struck one: %s", text)
	}

	file := filepath.Join(t.TempDir(), "prices.csv")
	if err := os.WriteFile(file, []byte("slug,sku,price\nmorning-cup,CUP-1,88\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	operator.to("/admin/products/import")
	operator.upload(id("import-file"), file)
	operator.click(id("import-look"))
	operator.has(id("import-line"))
	operator.look()
	operator.click(id("import-do"))
	operator.has(id("notice") + `[data-notice="imported"]`)
	buyer.to("/")
	buyer.until("the file's price is in the shop", `document.querySelector("main").innerText.includes("HK$88.00")`)

	operator.to(product)
	operator.click(id("hide"))
	operator.has(id("product-state") + "[data-state=hidden]")
	operator.look()
	buyer.to("/products/morning-cup")
	buyer.until("it is gone", `!document.querySelector('`+id("add-to-cart")+`')`)
	const record = "product.added product.changed product.restocked products.imported product.hidden"
	if rows := p.Query(t, `SELECT group_concat(action, ' ') FROM (SELECT action FROM audit WHERE action LIKE 'product%' ORDER BY id)`); rows != record {
		t.Errorf("on record: %q, want %q", rows, record)
	}
}

// redPNG is a picture of 1200 × 1500 pixels, in a file.
func redPNG(t *testing.T) string {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 1200, 1500))
	for i := range picture.Pix {
		picture.Pix[i] = []byte{200, 40, 40, 255}[i%4]
	}
	name := filepath.Join(t.TempDir(), "cup.png")
	f, err := os.Create(name) //nolint:gosec // ours
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, picture); err != nil {
		t.Fatal(err)
	}
	return name
}
