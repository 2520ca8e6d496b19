package views

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
)

// rgb is a colour with channels from 0 to 255.
type rgb [3]float64

var (
	white     = rgb{255, 255, 255}
	black     = rgb{}
	darkPaper = rgb{0x1b, 0x1e, 0x22} // the style sheet's --raised in dark mode, the lightest ground of text there
)

// aa is the least contrast of text to its ground by WCAG 2.2, 1.4.3.
const aa = 4.5

// aaControl is the least contrast of a control to its ground, by 1.4.11.
const aaControl = 3

// aaa is the contrast of links and chosen controls in dark mode, by 1.4.6: at aa a dull accent looks grey there.
const aaa = 7

// ThemeCSS is the style sheet with the shop's accent colour, its ink, and shades of it that can be read
// on light and on dark ground; empty when the site has no accent of its own.
func (s *Site) ThemeCSS() []byte { return s.themeCSS }

// ThemeHash names the content of ThemeCSS.
func (s *Site) ThemeHash() string { return s.themeHash }

func (s *Site) prepareTheme() error {
	if s.Accent == "" {
		return nil
	}
	accent, err := parseColour(s.Accent)
	if err != nil {
		return err
	}
	dark := brightened(accent, aaControl)
	s.themeCSS = fmt.Appendf(nil, ":root{--accent:%s;--accent-ink:%s;--accent-text:%s}\n"+
		"@media (prefers-color-scheme:dark){:root{--accent:%s;--accent-ink:%s;--accent-text:%s}}\n",
		accent, inkOn(accent), readable(accent, white, black, aa),
		dark, inkOn(dark), brightened(accent, aaa))
	sum := sha256.Sum256(s.themeCSS)
	s.themeHash = hex.EncodeToString(sum[:6])
	return nil
}

// parseColour reads #rrggbb.
func parseColour(text string) (rgb, error) {
	n, err := strconv.ParseUint(text[min(1, len(text)):], 16, 32)
	if len(text) != 7 || text[0] != '#' || err != nil {
		return rgb{}, fmt.Errorf("accent %.20q is not a colour like #0b6b50", text)
	}
	return rgb{float64(n >> 16), float64(n >> 8 & 0xff), float64(n & 0xff)}, nil
}

func (c rgb) String() string {
	return fmt.Sprintf("#%02x%02x%02x", int(math.Round(c[0])), int(math.Round(c[1])), int(math.Round(c[2])))
}

// inkOn is white or black: one of them always reads on the ground.
func inkOn(ground rgb) rgb {
	if contrast(ground, white) < aa {
		return black
	}
	return white
}

// brightened lightens c until it has the ratio to the dark ground, by its own hue first.
func brightened(c rgb, ratio float64) rgb {
	return readable(readable(c, darkPaper, vivid(c), ratio), darkPaper, white, ratio)
}

// vivid brightens c until one channel is full, which keeps its hue: a dark colour that is only mixed with white turns grey.
// Black and greys are left alone.
func vivid(c rgb) rgb {
	most, least := max(c[0], c[1], c[2]), min(c[0], c[1], c[2])
	if most-least < 16 {
		return c
	}
	for i := range c {
		c[i] = math.Round(c[i] * 255 / most)
	}
	return c
}

// readable moves c towards the end colour until it has the ratio to the ground.
func readable(c, ground, end rgb, ratio float64) rgb {
	for step := range 21 {
		t := float64(step) / 20
		mixed := rgb{}
		for i := range mixed {
			mixed[i] = math.Round(c[i] + (end[i]-c[i])*t)
		}
		if contrast(mixed, ground) >= ratio {
			return mixed
		}
	}
	return end
}

// contrast is the ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b rgb) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c rgb) float64 {
	var linear [3]float64
	for i, v := range c {
		v /= 255
		if v <= 0.04045 {
			linear[i] = v / 12.92
		} else {
			linear[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}
