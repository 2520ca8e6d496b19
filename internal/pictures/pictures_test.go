package pictures_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"lianlian-checkout/internal/pictures"
)

var (
	red  = color.RGBA{200, 20, 20, 255}
	blue = color.RGBA{20, 20, 200, 255}
)

// twoSides is red on its left and blue on its right.
func twoSides(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := red
			if x >= w/2 {
				c = blue
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withEXIF puts an APP1 segment with an orientation and a place into a JPEG.
func withEXIF(b []byte, orientation uint16) []byte {
	var tiff bytes.Buffer
	tiff.WriteString("II*\x00\x08\x00\x00\x00")
	le := func(v any) { _ = binary.Write(&tiff, binary.LittleEndian, v) }
	le(uint16(2))
	for _, entry := range [][4]uint32{{0x010f, 2, 12, 38}, {0x0112, 3, 1, uint32(orientation)}} { // Make, Orientation
		le(uint16(entry[0]))
		le(uint16(entry[1]))
		le(entry[2])
		le(entry[3])
	}
	le(uint32(0))
	tiff.WriteString("SECRET-PLACE")
	segment := append([]byte("Exif\x00\x00"), tiff.Bytes()...)
	out := append([]byte{0xff, 0xd8, 0xff, 0xe1, byte((len(segment) + 2) >> 8), byte(len(segment) + 2)}, segment...)
	return append(out, b[2:]...)
}

// isColour compares roughly: JPEG is lossy.
func isColour(got color.Color, want color.RGBA) bool {
	r, g, b, _ := got.RGBA()
	near := func(a uint32, b uint8) bool { return max(int(a>>8)-int(b), int(b)-int(a>>8)) < 24 }
	return near(r, want.R) && near(g, want.G) && near(b, want.B)
}

func TestEncode(t *testing.T) {
	t.Parallel()
	got, err := pictures.Encode(asJPEG(t, twoSides(2000, 2500)), pictures.Photo)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []image.Point{{1280, 1600}, {640, 800}, {320, 400}} {
		img, format, err := image.Decode(bytes.NewReader(got[i].Data))
		if err != nil || format != "jpeg" || got[i].Type != "image/jpeg" || img.Bounds().Size() != want || got[i].Width != want.X || got[i].Height != want.Y {
			t.Fatalf("rendition %d: %s, %v, %+v %v, want %v", i, format, err, got[i].Type, img.Bounds().Size(), want)
		}
		for _, y := range []int{2, want.Y / 2, want.Y - 3} {
			if !isColour(img.At(2, y), red) || !isColour(img.At(want.X-3, y), blue) {
				t.Errorf("rendition %d, row %d: %v and %v", i, y, img.At(2, y), img.At(want.X-3, y))
			}
		}
	}
	dot, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	if webp, err := pictures.Encode(dot, pictures.Photo); err != nil || len(webp) != 1 || webp[0].Width != 1 {
		t.Errorf("a WebP of one dot: %d, %v", len(webp), err)
	}
	small, err := pictures.Encode(asPNG(t, twoSides(100, 125)), pictures.Photo)
	if err != nil || len(small) != 1 || small[0].Width != 100 || small[0].Height != 125 {
		t.Errorf("a small one: %d renditions, %v; want one of 100 × 125", len(small), err)
	}
}

// TestOrientation: a picture is turned as its camera says, and nothing that the camera wrote is left in it. The top is darker than the bottom, so that a
// picture that is mirrored differs from one that is turned.
func TestOrientation(t *testing.T) {
	t.Parallel()
	dark := func(c color.RGBA) color.RGBA { return color.RGBA{c.R / 2, c.G / 2, c.B / 2, 255} }
	img := twoSides(400, 300)
	for y := range 150 {
		for x := range 400 {
			img.SetRGBA(x, y, dark(img.RGBAAt(x, y)))
		}
	}
	plain := asJPEG(t, img)
	for orientation, want := range map[uint16][4]color.RGBA{ // at the corners: top left, top right, bottom left, bottom right
		1: {dark(red), dark(blue), red, blue}, 2: {dark(blue), dark(red), blue, red}, 3: {blue, red, dark(blue), dark(red)}, 4: {red, blue, dark(red), dark(blue)},
		5: {dark(red), red, dark(blue), blue}, 6: {red, dark(red), blue, dark(blue)}, 7: {blue, dark(blue), red, dark(red)}, 8: {dark(blue), blue, dark(red), red},
		9: {dark(red), dark(blue), red, blue},
	} {
		upload := withEXIF(plain, orientation)
		if !bytes.Contains(upload, []byte("SECRET")) {
			t.Fatal("the sample holds no metadata")
		}
		got, err := pictures.Encode(upload, pictures.Photo)
		if err != nil {
			t.Fatal(err)
		}
		size := image.Pt(320, 240)
		if orientation >= 5 && orientation <= 8 {
			size = image.Pt(300, 400)
		}
		last := got[len(got)-1]
		img, _, err := image.Decode(bytes.NewReader(last.Data))
		if err != nil || img.Bounds().Size() != size {
			t.Fatalf("orientation %d: %v, %v; want %v", orientation, img.Bounds().Size(), err, size)
		}
		for i, at := range []image.Point{{5, 5}, {size.X - 6, 5}, {5, size.Y - 6}, {size.X - 6, size.Y - 6}} {
			if !isColour(img.At(at.X, at.Y), want[i]) {
				t.Errorf("orientation %d: %v at %v, want %v", orientation, img.At(at.X, at.Y), at, want[i])
			}
		}
		for _, r := range got {
			if bytes.Contains(r.Data, []byte("SECRET")) || bytes.Contains(r.Data, []byte("Exif")) {
				t.Errorf("orientation %d: metadata is left", orientation)
			}
		}
	}
}

func TestTransparency(t *testing.T) {
	t.Parallel()
	clear := asPNG(t, image.NewNRGBA(image.Rect(0, 0, 400, 400)))
	photo, err := pictures.Encode(clear, pictures.Photo)
	if err != nil {
		t.Fatal(err)
	}
	img, _, _ := image.Decode(bytes.NewReader(photo[0].Data))
	if !isColour(img.At(10, 10), color.RGBA{255, 255, 255, 255}) {
		t.Errorf("a transparent photo is %v, want white", img.At(10, 10))
	}
	logo, err := pictures.Encode(clear, pictures.Logo)
	if err != nil || len(logo) != 2 || logo[0].Type != "image/png" || logo[0].Width != 320 {
		t.Fatalf("logo: %d, %v", len(logo), err)
	}
	img, _, _ = image.Decode(bytes.NewReader(logo[0].Data))
	if _, _, _, a := img.At(10, 10).RGBA(); a != 0 {
		t.Errorf("a logo's transparency is gone: %v", img.At(10, 10))
	}
}

// pngHeader is a PNG that says to be w × h, with nothing behind it.
func pngHeader(w, h uint32, depth byte) []byte {
	ihdr := append(append([]byte("IHDR"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)...), depth, 6, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	return binary.BigEndian.AppendUint32(append(out, ihdr...), crc32.ChecksumIEEE(ihdr))
}

// webpHeader is a lossless WebP that says to be w × h.
func webpHeader(w, h uint32) []byte {
	chunk := append([]byte{0x2f}, binary.LittleEndian.AppendUint32(nil, (w-1)|(h-1)<<14)...)
	body := append(binary.LittleEndian.AppendUint32([]byte("WEBPVP8L"), uint32(len(chunk))), append(chunk, 0)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	good := asJPEG(t, twoSides(400, 300))
	progressive := bytes.Replace(good, []byte{0xff, 0xc0, 0, 17, 8, 300 >> 8, 300 & 0xff, 400 >> 8, 400 & 0xff}, []byte{0xff, 0xc2, 0, 17, 8, 4500 >> 8, 4500 & 0xff, 4500 >> 8, 4500 & 0xff}, 1)
	for name, tt := range map[string]struct {
		upload []byte
		want   error
	}{
		"nothing":               {nil, pictures.ErrType},
		"text":                  {[]byte("picture.jpg"), pictures.ErrType},
		"GIF":                   {[]byte("GIF89a\x01\x00\x01\x00"), pictures.ErrType},
		"SVG":                   {[]byte(`<?xml version="1.0"?><SVG xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></SVG>`), pictures.ErrSVG},
		"HTML as JPEG":          {[]byte("\xff\xd8\xff<html><script>alert(1)</script>"), pictures.ErrBroken},
		"half a file":           {good[:len(good)/2], pictures.ErrBroken},
		"large":                 {make([]byte, pictures.MaxBytes+1), pictures.ErrLarge},
		"a bomb":                {pngHeader(100_000, 100_000, 8), pictures.ErrPixels},
		"a bomb, overflowing":   {pngHeader(1<<31-1, 1<<31-1, 8), pictures.ErrBroken},
		"51 megapixels":         {pngHeader(8500, 6000, 8), pictures.ErrPixels},
		"16 bit, 40 megapixels": {pngHeader(8000, 5000, 16), pictures.ErrPixels},
		"a WebP bomb":           {webpHeader(16000, 16000), pictures.ErrPixels},
		"progressive and large": {progressive, pictures.ErrPixels},
		"narrow":                {asPNG(t, twoSides(1000, 200)), pictures.ErrShape},
		"high":                  {asPNG(t, twoSides(100, 1000)), pictures.ErrShape},
	} {
		if got, err := pictures.Encode(tt.upload, pictures.Photo); !errors.Is(err, tt.want) || got != nil {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// FuzzEncode: no file makes it panic, and what comes out is a picture within the limits.
func FuzzEncode(f *testing.F) {
	f.Add(asJPEG(f, twoSides(60, 40)))
	f.Add(withEXIF(asJPEG(f, twoSides(60, 40)), 6))
	f.Add(asPNG(f, twoSides(40, 60)))
	f.Add(webpHeader(4, 4))
	f.Add([]byte("<svg/>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := pictures.Encode(b, pictures.Photo)
		if err != nil {
			return
		}
		for _, r := range got {
			conf, err := jpeg.DecodeConfig(bytes.NewReader(r.Data))
			if err != nil || conf.Width != r.Width || conf.Height != r.Height || conf.Width > 1280 {
				t.Errorf("%d × %d: %+v, %v", r.Width, r.Height, conf, err)
			}
		}
	})
}
