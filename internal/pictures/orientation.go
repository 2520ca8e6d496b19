package pictures

import (
	"bytes"
	"image"
	"time"

	"github.com/bep/imagemeta"
)

// turning is EXIF's Orientation: how a picture has to be turned and mirrored to stand upright, 1 to 8.
type turning int

const upright turning = 1

// swaps tells whether width and height change places.
func (t turning) swaps() bool { return t >= 5 }

// orientation is what the file's metadata says; upright where it says nothing that can be read.
func orientation(b []byte, format string) (t turning) {
	defer func() {
		if recover() != nil {
			t = upright
		}
	}()
	t = upright
	formats := map[string]imagemeta.ImageFormat{"jpeg": imagemeta.JPEG, "png": imagemeta.PNG, "webp": imagemeta.WebP}
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(b), ImageFormat: formats[format], Sources: imagemeta.EXIF, LimitNumTags: 500, Timeout: 2 * time.Second,
		ShouldHandleTag: func(tag imagemeta.TagInfo) bool { return tag.Tag == "Orientation" && tag.Namespace == "IFD0" },
		HandleTag: func(tag imagemeta.TagInfo) error {
			if n, ok := tag.Value.(uint16); ok && n >= 1 && n <= 8 {
				t = turning(n)
			}
			return nil
		},
	})
	if err != nil {
		return upright
	}
	return t
}

// apply turns the picture upright.
func (t turning) apply(img *image.RGBA) *image.RGBA {
	if t == upright {
		return img
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	size := image.Rect(0, 0, w, h)
	if t.swaps() {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			var to image.Point
			switch t {
			case upright: // stays as it is, and doesn't come here
			case 2:
				to = image.Pt(w-1-x, y)
			case 3:
				to = image.Pt(w-1-x, h-1-y)
			case 4:
				to = image.Pt(x, h-1-y)
			case 5:
				to = image.Pt(y, x)
			case 6:
				to = image.Pt(h-1-y, x)
			case 7:
				to = image.Pt(h-1-y, w-1-x)
			case 8:
				to = image.Pt(y, w-1-x)
			}
			copy(out.Pix[out.PixOffset(to.X, to.Y):][:4], img.Pix[img.PixOffset(x, y):][:4])
		}
	}
	return out
}
