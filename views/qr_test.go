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
	data, err := views.QRSVG(shortLink)
	if err != nil {
		t.Fatal(err)
	}
	svg := string(data)
	if strings.Count(svg, "<path") != 1 || strings.Contains(svg, "style") || strings.Contains(svg, "script") {
		t.Errorf("not one plain path: %.200s", svg)
	}
	side, err := strconv.Atoi(regexp.MustCompile(`viewBox="0 0 (\d+) `).FindStringSubmatch(svg)[1])
	if err != nil {
		t.Fatal(err)
	}
	if modules := side - 8; modules > 41 {
		t.Errorf("a short link takes %d modules a side, want 41 at most", modules)
	}
	const scale = 4
	img := image.NewGray(image.Rect(0, 0, side*scale, side*scale))
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
	if got := read(t, img); got != shortLink {
		t.Errorf("read %q, want %q", got, shortLink)
	}
}

func TestQRRefuses(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"nothing": "", "too much": strings.Repeat("a", 3000)} {
		if _, err := views.QRSVG(content); err == nil {
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
		if _, err := views.QRSVG(shortLink); err != nil {
			b.Fatal(err)
		}
	}
}
