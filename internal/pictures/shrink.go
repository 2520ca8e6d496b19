package pictures

import (
	"image"
	"image/draw"
)

// band is how many rows of the source are converted at a time.
const band = 16

// shrink draws src w wide and h high, neither larger than it is: each pixel is the mean of what it covers. It needs room for the result and for a
// band of the source, however large that is.
func shrink(src image.Image, w, h int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	size := src.Bounds().Size()
	if size.X == w && size.Y == h {
		draw.Draw(out, out.Bounds(), src, src.Bounds().Min, draw.Src)
		return out
	}
	rows := image.NewRGBA(image.Rect(0, 0, size.X, band))
	line, sum := make([]float32, 4*w), make([]float32, 4*w)
	y := 0                               // of the result
	left := float32(size.Y) / float32(h) // of the result's row that is being filled, in source rows
	whole := left * float32(size.X) / float32(w)
	for top := 0; top < size.Y; top += band {
		here := min(band, size.Y-top)
		draw.Draw(rows, image.Rect(0, 0, size.X, here), src, src.Bounds().Min.Add(image.Pt(0, top)), draw.Src)
		for i := range here {
			squeeze(rows.Pix[i*rows.Stride:i*rows.Stride+4*size.X], line)
			for part := float32(1); part > 0 && y < h; {
				take := min(part, left)
				for x, v := range line {
					sum[x] += v * take
				}
				part -= take
				if left -= take; left < 1e-3 {
					put(out.Pix[y*out.Stride:y*out.Stride+4*w], sum, whole)
					y++
					left += float32(size.Y) / float32(h)
				}
			}
		}
	}
	if y < h { // what rounding left of the last row
		put(out.Pix[y*out.Stride:y*out.Stride+4*w], sum, whole)
	}
	return out
}

// squeeze adds up the pixels of a row into as many as line has, each part by its weight.
func squeeze(row []uint8, line []float32) {
	clear(line)
	step := float32(len(row)) / float32(len(line))
	x, left := 0, step
	for i := 0; i < len(row); i += 4 {
		for part := float32(1); part > 0 && x < len(line); {
			take := min(part, left)
			for c := range 4 {
				line[x+c] += float32(row[i+c]) * take
			}
			part -= take
			if left -= take; left < 1e-3 {
				x += 4
				left += step
			}
		}
	}
}

// put writes a row's means and empties the sums.
func put(row []uint8, sum []float32, whole float32) {
	for i, v := range sum {
		row[i] = uint8(min(v/whole+0.5, 255))
	}
	clear(sum)
}
