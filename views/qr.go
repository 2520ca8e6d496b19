package views

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"

	qrcode "github.com/skip2/go-qrcode"
)

// quietZone is the empty margin around a code, in modules (ISO/IEC 18004).
const quietZone = 4

// maxQRScale keeps a picture below some 3,000 pixels a side.
const maxQRScale = 16

// modules is the code's bitmap with level M error correction and without a quiet zone.
func modules(content string) ([][]bool, error) {
	if content == "" {
		return nil, errors.New("draw QR code: nothing to draw")
	}
	code, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("draw QR code of %d bytes: %w", len(content), err)
	}
	code.DisableBorder = true
	return code.Bitmap(), nil
}

// QRSVG draws the content as an SVG picture of one path, dark on white with the full quiet zone.
// It fails when the content is empty or longer than a code can hold (some 2,300 bytes).
func QRSVG(content string) ([]byte, error) {
	bits, err := modules(content)
	if err != nil {
		return nil, err
	}
	side := strconv.Itoa(len(bits) + 2*quietZone)
	var b bytes.Buffer
	b.Grow(32 * len(bits) * len(bits) / 10)
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + side + ` ` + side + `" shape-rendering="crispEdges">` +
		`<rect width="` + side + `" height="` + side + `" fill="#fff"/><path fill="#000" d="`)
	for y, row := range bits {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			start := x
			for x < len(row) && row[x] {
				x++
			}
			fmt.Fprintf(&b, "M%d %dh%dv1H%dz", start+quietZone, y+quietZone, x-start, start+quietZone)
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes(), nil
}

// QRPNG draws the content with scale pixels a module, from 1 to 16. It fails as QRSVG does.
func QRPNG(content string, scale int) ([]byte, error) {
	bits, err := modules(content)
	if err != nil {
		return nil, err
	}
	scale = min(max(scale, 1), maxQRScale)
	side := (len(bits) + 2*quietZone) * scale
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			row, col := y/scale-quietZone, x/scale-quietZone
			if row >= 0 && row < len(bits) && col >= 0 && col < len(bits) && bits[row][col] {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, img); err != nil {
		return nil, fmt.Errorf("draw QR code: %w", err)
	}
	return b.Bytes(), nil
}
