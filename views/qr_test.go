package views_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lianlian-checkout/views"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const shortLink = "https://checkout.shop.example/pay/p/Q7dM3xB9vK2nR5t1"

func TestQRPNG(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"short link": shortLink, "long payment URL": "https://cashier.example/pay?token=" + strings.Repeat("x9", 300), "Chinese": "https://shop.example/?名=汐茶陶舍",
	} {
		data, err := views.QRPNG(content, 6)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := read(t, img); got != content {
			t.Errorf("%s: read %q, want %q", name, got, content)
		}
		for i := range img.Bounds().Dx() {
			if !light(img, i, 4*6-1) || !light(img, 4*6-1, i) {
				t.Fatalf("%s: the quiet zone isn't 4 modules of white", name)
			}
		}
		if light(img, 4*6, 4*6) {
			t.Errorf("%s: no finder pattern beside the quiet zone", name)
		}
	}
}

func TestQRSVG(t *testing.T) {
	t.Parallel()
	data, err := views.QRSVG(shortLink, nil)
	if err != nil {
		t.Fatal(err)
	}
	svg := string(data)
	if strings.Count(svg, "<path") != 1 || strings.Contains(svg, "style") || strings.Contains(svg, "script") {
		t.Errorf("not one plain path: %.200s", svg)
	}
	img, modules := raster(t, svg)
	if modules > 41 {
		t.Errorf("a short link takes %d modules a side, want 41 at most", modules)
	}
	if got := read(t, img); got != shortLink {
		t.Errorf("read %q, want %q", got, shortLink)
	}
}

// markOf is a picture as the wallets' marks are.
var markOf = []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#1677ff"/></svg>`)

// TestQRSizes: what docs/wallets.md says of base URLs, each at its limit and one character beyond it.
func TestQRSizes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		base    int // characters of server.base_url
		modules int // most a side
		mark    bool
	}{
		{22, 41, true}, {39, 41, true}, {40, 41, true}, {52, 41, true} /* a host of 40 below /pay */, {55, 41, true}, {56, 41, false}, {87, 41, false}, {88, 41, false}, {115, 41, false}, {116, 49, false},
	} {
		link := ("https://" + strings.Repeat("long-name.", 12))[:tt.base] + "/p/Q7dM3xB9vK2nR5t1"
		svg, err := views.QRSVG(link, markOf)
		if err != nil {
			t.Fatal(err)
		}
		img, modules := raster(t, string(svg))
		if modules > tt.modules || (tt.base == 116) == (modules <= 41) {
			t.Errorf("base URL of %d characters: %d modules a side, want %d at most", tt.base, modules, tt.modules)
		}
		if got := strings.Contains(string(svg), "#1677ff"); got != tt.mark {
			t.Errorf("base URL of %d characters: mark is %t", tt.base, got)
		}
		if got := read(t, img); got != link {
			t.Errorf("base URL of %d characters: read %q", tt.base, got)
		}
	}
}

// TestQRMark: the mark takes a fifth of the side at most, lies in the middle and has white around it.
func TestQRMark(t *testing.T) {
	t.Parallel()
	for n := 1; n < 90; n++ {
		svg, err := views.QRSVG(strings.Repeat("a", n), markOf)
		if err != nil {
			t.Fatal(err)
		}
		img, side := raster(t, string(svg))
		m := regexp.MustCompile(`<svg x="([0-9.]+)" y="([0-9.]+)" width="(\d+)" height="(\d+)"`).FindStringSubmatch(string(svg))
		if m == nil {
			if n <= 74 {
				t.Errorf("%d bytes: no mark", n)
			}
			continue
		}
		at, err := strconv.ParseFloat(m[1], 64)
		if width := atoi(t, m[3]); err != nil || m[1] != m[2] || m[3] != m[4] || 5*(width+1) > side || 2*at+float64(width) != float64(side+8) {
			t.Errorf("%d bytes: the mark is at %s, %d of %d modules wide", n, m[1], width, side)
		}
		for i := int(at * 4); i < int(at*4)+4*atoi(t, m[3]); i++ {
			if !light(img, i, int(at*4)) || !light(img, int(at*4), i) {
				t.Fatalf("%d bytes: modules below the mark", n)
			}
		}
	}
}

func TestQRRefuses(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"nothing": "", "too much": strings.Repeat("a", 3000)} {
		if _, err := views.QRSVG(content, nil); err == nil {
			t.Errorf("%s: no error from QRSVG", name)
		}
		if _, err := views.QRPNG(content, 4); err == nil {
			t.Errorf("%s: no error from QRPNG", name)
		}
	}
	data, err := views.QRPNG("x", 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || cfg.Width > 3200 {
		t.Errorf("a huge scale makes a picture %d wide (%v)", cfg.Width, err)
	}
}

// raster paints the code's modules, four pixels each and counts them.
func raster(t *testing.T, svg string) (img *image.Gray, modules int) {
	t.Helper()
	side := atoi(t, regexp.MustCompile(`viewBox="0 0 (\d+) `).FindStringSubmatch(svg)[1])
	const scale = 4
	img = image.NewGray(image.Rect(0, 0, side*scale, side*scale))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for _, m := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1H(\d+)z`).FindAllStringSubmatch(svg, -1) {
		x, y, w := atoi(t, m[1]), atoi(t, m[2]), atoi(t, m[3])
		for dy := range scale {
			for dx := range w * scale {
				img.SetGray(x*scale+dx, y*scale+dy, color.Gray{})
			}
		}
	}
	return img, side - 8
}

func read(t *testing.T, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true, gozxing.DecodeHintType_CHARACTER_SET: "UTF-8"})
	if err != nil {
		t.Fatalf("read the code: %v", err)
	}
	return result.GetText()
}

func light(img image.Image, x, y int) bool {
	r, _, _, _ := img.At(x, y).RGBA()
	return r > 0x8000
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func BenchmarkQRSVG(b *testing.B) {
	for b.Loop() {
		if _, err := views.QRSVG(shortLink, nil); err != nil {
			b.Fatal(err)
		}
	}
}
