package browser

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"lianlian-checkout/internal/e2e/program"
)

// teapotTee is the product that the walks buy: one variant, HK$100.00.
const teapotTee = `[data-testid="product-card"][data-slug="teapot-tee"]`

// fillCart puts the tee into the cart from the shop window, without leaving it, and goes to the cart.
func (b *tab) fillCart() {
	b.t.Helper()
	b.to("/")
	b.click(teapotTee + " " + id("add-to-cart"))
	b.until("the cart's count is 1", "document.querySelector('"+id("cart-count")+"').innerText.trim() === '1'")
	b.click(id("cart-link"))
	b.until("at the cart", "location.pathname === '/cart'")
	b.has(id("cart-line"))
}

// fillForm goes on to the checkout and answers what it insists on.
func (b *tab) fillForm(wallet string) {
	b.t.Helper()
	b.click(id("to-checkout"))
	b.until("at the checkout", "location.pathname === '/checkout'")
	b.fill("#email", "chan@example.com")
	b.fill("#full_name", "陳大文")
	b.click(id("wallet-" + wallet))
	b.until("the wallet is chosen", "document.querySelector('#wallet-"+wallet+"').checked")
}

// buy walks from the shop window to where the checkout form leads.
func (b *tab) buy(wallet string) {
	b.t.Helper()
	b.fillCart()
	b.fillForm(wallet)
	b.click(id("pay-button"))
	b.until("the form was answered", "location.pathname !== '/checkout'")
}

// goesOn opens the link that a code holds, and taps to go on with the wallet: a scan alone leads to no app.
func (b *tab) goesOn(link string) {
	b.t.Helper()
	b.to(link)
	b.at("^/orders/")
	b.click(id("pay-here"))
}

// press presses a button of the gateway's page; those that aren't for paying have to be unfolded.
func (b *tab) press(button string) {
	b.t.Helper()
	if button != "pay" && !value[bool](b, "document.querySelector('"+id("else")+"').open") {
		b.click(id("else") + " summary")
	}
	b.click("form" + id(button) + " button")
}

// status waits for the order's page to show the status.
func (b *tab) status(want string) {
	b.t.Helper()
	b.until("the order is "+want, orderIs(want))
}

// orderIs tells how the order stands on the page.
func orderIs(status string) string {
	return `document.querySelector('` + id("order-status") + `').dataset.status === ` + quoted(status)
}

// lookedAt begins an expression: the page comes into view.
const lookedAt = `document.dispatchEvent(new Event("visibilitychange")) && `

// scan reads the QR code from the screen, as a phone's camera would.
func (b *tab) scan() string {
	b.t.Helper()
	b.until("the code is drawn", `(() => { const i = document.querySelector('`+id("qr")+`'); i.scrollIntoView({block: "center", behavior: "instant"}); return i.complete && i.naturalWidth > 0; })()`)
	return b.camera()
}

// camera reads the code that is on the screen now.
func (b *tab) camera() string {
	b.t.Helper()
	picture, err := png.Decode(bytes.NewReader(do(b, "take a picture", chromedp.CaptureScreenshot())))
	if err != nil {
		b.t.Fatal(err)
	}
	text, err := readCode(picture)
	if err != nil {
		b.t.Fatalf("no phone can read the code on the screen: %v", err)
	}
	return text
}

// readCode reads the one QR code in a picture. A camera looks from several distances until one frame can be read; so does
// this: the reader library stumbles over single sizes of a flawless code.
func readCode(picture image.Image) (text string, err error) {
	for _, tenths := range []int{10, 20, 15, 30, 13, 25, 7} {
		bitmap, bitmapErr := gozxing.NewBinaryBitmapFromImage(scaled(picture, tenths))
		if bitmapErr != nil {
			return "", bitmapErr
		}
		var result *gozxing.Result
		result, err = qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
		if err == nil {
			return result.GetText(), nil
		}
	}
	return "", err
}

// scaled enlarges a picture to so many tenths of its size.
func scaled(picture image.Image, tenths int) image.Image {
	if tenths == 10 {
		return picture
	}
	from := picture.Bounds()
	to := image.NewGray(image.Rect(0, 0, from.Dx()*tenths/10, from.Dy()*tenths/10))
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			to.Set(x, y, picture.At(from.Min.X+x*10/tenths, from.Min.Y+y*10/tenths))
		}
	}
	return to
}

// scenario turns knobs of the simulator, by their names in its form.
func scenario(t *testing.T, p *program.Program, knobs ...string) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(knobs); i += 2 {
		form.Set(knobs[i], knobs[i+1])
	}
	post(t, p.URL+"/simulator/scenario", form)
}

func post(t *testing.T, address string, form url.Values) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %s", address, answer.Status)
	}
}
