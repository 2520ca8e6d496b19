// Package pictures turns what somebody uploads into pictures that can be served: decoded, turned upright, made smaller and encoded anew, so
// that nothing of the file itself, its metadata or whatever else it holds, reaches a browser.
package pictures

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"runtime/debug"
	"sync"

	"golang.org/x/image/webp"
)

// Limits of an upload.
const (
	MaxBytes  = 8 << 20
	MaxPixels = 50_000_000
	// maxMemory is about what decoding one picture may take, in bytes: enough for 50 megapixels of a camera's JPEG, or of an 8-bit PNG.
	maxMemory = 256 << 20
	// maxShape is how many times longer one side may be than the other.
	maxShape = 4
)

// What is wrong with an upload.
var (
	ErrLarge  = errors.New("the file is larger than 8 MB")
	ErrType   = errors.New("the file is not a JPEG, PNG or WebP picture")
	ErrSVG    = errors.New("SVG can hold scripts, and isn't taken")
	ErrPixels = errors.New("the picture has too many pixels")
	ErrShape  = errors.New("the picture is too narrow")
	ErrBroken = errors.New("the picture can't be read")
)

// Kind is what a picture is for.
type Kind int

// The kinds.
const (
	Photo Kind = iota // of a product: JPEG on white
	Logo              // small, with its transparency: PNG
)

// quality of JPEG: above it files grow faster than anybody sees.
const quality = 82

// widths are a kind's, the largest first. No picture is made larger than it came.
func (k Kind) widths() []int {
	if k == Logo {
		return []int{320, 160}
	}
	return []int{1280, 640, 320}
}

// Rendition is one encoded size of a picture.
type Rendition struct {
	Width, Height int
	Type          string // image/jpeg or image/png
	Data          []byte
}

var one sync.Mutex // pictures are decoded one after the other: each may take maxMemory

// Encode reads an upload and makes its renditions, the largest first.
func Encode(upload []byte, kind Kind) ([]Rendition, error) {
	if len(upload) > MaxBytes {
		return nil, ErrLarge
	}
	format := formatOf(upload)
	if err := check(upload, format); err != nil {
		return nil, err
	}
	one.Lock()
	defer one.Unlock()
	defer debug.FreeOSMemory() // what decoding took would be kept for a while, and it is much
	full, err := decode(upload, format)
	if err != nil {
		return nil, err
	}
	turn := orientation(upload, format)
	var out []Rendition
	for _, width := range kind.widths() {
		w, h := fit(full.Bounds().Size(), width, turn.swaps())
		if len(out) > 0 && w >= out[len(out)-1].Width {
			continue // the last one was as small already
		}
		small := shrink(full, w, h)
		if len(out) == 0 {
			small, turn = turn.apply(small), upright
			if kind == Photo {
				small = onWhite(small)
			}
			full = small // the smaller ones are made of the largest
		}
		r, err := encode(small, kind)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// fit is the size for a picture that is to be width wide once it is upright: in proportion, not larger than it is.
func fit(size image.Point, width int, swapped bool) (w, h int) {
	across := size.X
	if swapped {
		across = size.Y
	}
	if across <= width {
		return size.X, size.Y
	}
	return max(1, (size.X*width+across/2)/across), max(1, (size.Y*width+across/2)/across)
}

// formatOf is told by the content's first bytes; a file's name says nothing.
func formatOf(b []byte) string {
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return "jpeg"
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case len(b) > 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		return "webp"
	}
	if head := bytes.ToLower(b[:min(len(b), 1024)]); bytes.Contains(head, []byte("<svg")) {
		return "svg"
	}
	return ""
}

// check reads the header alone, before anything is made room for.
func check(b []byte, format string) error {
	var conf image.Config
	var err error
	bytesPerPixel := 4
	switch format {
	case "jpeg":
		conf, err = jpeg.DecodeConfig(bytes.NewReader(b))
		if progressive(b) {
			bytesPerPixel = 16 // the decoder keeps all coefficients until the end
		}
	case "png":
		conf, err = png.DecodeConfig(bytes.NewReader(b))
	case "webp":
		conf, err = webp.DecodeConfig(bytes.NewReader(b))
	case "svg":
		return ErrSVG
	default:
		return ErrType
	}
	if err != nil || conf.Width < 1 || conf.Height < 1 {
		return ErrBroken
	}
	switch conf.ColorModel {
	case color.RGBA64Model, color.NRGBA64Model, color.Gray16Model:
		bytesPerPixel = 8
	}
	w, h := int64(conf.Width), int64(conf.Height)
	switch {
	case w > MaxPixels || h > MaxPixels || w*h > MaxPixels || w*h*int64(bytesPerPixel) > maxMemory:
		return ErrPixels
	case w > maxShape*h || h > maxShape*w:
		return ErrShape
	}
	return nil
}

// progressive tells whether a JPEG's frame is (marker SOF2).
func progressive(b []byte) bool {
	for i := 2; i+4 <= len(b) && b[i] == 0xff; {
		switch marker := b[i+1]; {
		case marker == 0xc2:
			return true
		case marker == 0xff: // filling
			i++
		case marker == 0xda || marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			return false
		default:
			i += 2 + int(b[i+2])<<8 + int(b[i+3])
		}
	}
	return true // not to be told: the worse is expected
}

func decode(b []byte, format string) (img image.Image, err error) {
	defer func() {
		if r := recover(); r != nil { // a decoder's own fault is the file's here
			img, err = nil, fmt.Errorf("%w: %v", ErrBroken, r)
		}
	}()
	r := bytes.NewReader(b)
	switch format {
	case "jpeg":
		img, err = jpeg.Decode(r)
	case "png":
		img, err = png.Decode(r)
	case "webp":
		img, err = webp.Decode(r)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return img, nil
}

func onWhite(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Bounds(), img, img.Bounds().Min, draw.Over)
	return out
}

func encode(img *image.RGBA, kind Kind) (Rendition, error) {
	var b bytes.Buffer
	r := Rendition{Width: img.Bounds().Dx(), Height: img.Bounds().Dy()}
	var err error
	if kind == Logo {
		r.Type = "image/png"
		err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img)
	} else {
		r.Type = "image/jpeg"
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	}
	r.Data = b.Bytes()
	return r, err
}
