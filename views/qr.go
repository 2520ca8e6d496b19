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

// mostModules is the side of the largest code that a phone reads at arm's length from a small picture (version 6). Codes of ours
// keep below it: 58 bytes with the strongest error correction, 74 with the next, 106 with the usual one, 134 with the weakest.
const mostModules = 41

// modules is the code's bitmap without a quiet zone, with the strongest error correction that the size allows. mark tells whether
// it carries a picture in its middle: a quarter of the words can be restored then, and the picture covers a thirtieth of the area.
func modules(content string) (bits [][]bool, mark bool, err error) {
	if content == "" {
		return nil, false, errors.New("draw QR code: nothing to draw")
	}
	for _, level := range []qrcode.RecoveryLevel{qrcode.Highest, qrcode.High, qrcode.Medium, qrcode.Low} {
		code, err := qrcode.New(content, level)
		if err != nil {
			continue // too long for this level
		}
		code.DisableBorder = true
		drawn := code.Bitmap()
		if len(drawn) <= mostModules {
			return drawn, level == qrcode.Highest || level == qrcode.High, nil
		}
		if level == qrcode.Medium || bits == nil && level == qrcode.Low {
			bits = drawn // a long payment page of the gateway's: as usual
		}
	}
	if bits != nil {
		return bits, false, nil
	}
	return nil, false, fmt.Errorf("draw QR code of %d bytes: too long", len(content))
}

// markSide is the side of the place for a picture in the middle of a code, in modules: a fifth of the code's at most, and odd as
// the code's is.
func markSide(side int) int { return (side/5 - 1) | 1 }

// QRSVG draws the content as an SVG picture of one path, dark on white with the full quiet zone. mark is an SVG picture for its
// middle, a whole document, left out when the error correction couldn't make up for it; nil for none.
// It fails when the content is empty or longer than a code can hold (some 2,900 bytes).
func QRSVG(content string, mark []byte) ([]byte, error) {
	bits, carries, err := modules(content)
	if err != nil {
		return nil, err
	}
	place := 0
	if carries && len(mark) > 0 {
		place = markSide(len(bits))
		blank(bits, place)
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
	b.WriteString(`"/>`)
	if place > 0 {
		// Half a module of white stays around it.
		at := float64(quietZone) + float64(len(bits)-place)/2 + 0.5
		inside, _ := bytes.CutPrefix(bytes.TrimSpace(mark), []byte("<svg "))
		fmt.Fprintf(&b, `<svg x="%g" y="%g" width="%d" height="%d" shape-rendering="auto" `, at, at, place-1, place-1)
		b.Write(inside)
	}
	b.WriteString(`</svg>`)
	return b.Bytes(), nil
}

// blank makes the middle of a code white.
func blank(bits [][]bool, side int) {
	from := (len(bits) - side) / 2
	for y := from; y < from+side; y++ {
		for x := from; x < from+side; x++ {
			bits[y][x] = false
		}
	}
}

// QRPNG draws the content with scale pixels a module, from 1 to 16, without a mark. It fails as QRSVG does.
func QRPNG(content string, scale int) ([]byte, error) {
	bits, _, err := modules(content)
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
