package views_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lianlian-checkout/views"
)

func TestThemeIsReadable(t *testing.T) {
	t.Parallel()
	for _, accent := range []string{"#000000", "#ffffff", "#ffd400", "#1677ff", "#07c160", "#2f5d50", "#808080", "#ff0000", "#14171a"} {
		site, err := views.NewSite(views.Site{ShopName: "x", Accent: accent})
		if err != nil {
			t.Fatalf("%s: %v", accent, err)
		}
		css := string(site.ThemeCSS())
		light, dark, ok := strings.Cut(css, "@media")
		if !ok {
			t.Fatalf("%s: no dark part in %q", accent, css)
		}
		if got := token(t, light, "accent"); got != accent {
			t.Errorf("accent is %s, want %s as configured", got, accent)
		}
		for _, pair := range []struct {
			what, colour, ground string
			least                float64
		}{
			{"button text, light", token(t, light, "accent-ink"), token(t, light, "accent"), 4.5},
			{"link, light", token(t, light, "accent-text"), "#ffffff", 4.5},
			{"button text, dark", token(t, dark, "accent-ink"), token(t, dark, "accent"), 4.5},
			{"button, dark", token(t, dark, "accent"), "#1b1e22", 3},
			{"link and chosen control, dark", token(t, dark, "accent-text"), "#1b1e22", 7},
		} {
			if ratio := contrast(t, pair.colour, pair.ground); ratio < pair.least {
				t.Errorf("accent %s, %s: %s on %s has contrast %.2f, want %g and more", accent, pair.what, pair.colour, pair.ground, ratio, pair.least)
			}
		}
	}
}

func TestNewSiteRefuses(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]views.Site{
		"a word": {Accent: "green"}, "short": {Accent: "#fff"}, "a rule": {Accent: "#fff;}x{"}, "a sign": {Accent: "#+12345"}, "no mark": {Accent: "x123456"},
		"base path without slash": {BasePath: "pay"}, "base path with a slash at its end": {BasePath: "/pay/"},
	} {
		if _, err := views.NewSite(s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	site, err := views.NewSite(views.Site{ShopName: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if css := site.ThemeCSS(); len(css) != 0 {
		t.Errorf("a site without an accent has the theme %q", css)
	}
}

func FuzzAccent(f *testing.F) {
	f.Add("#2f5d50")
	f.Add("#")
	f.Add("#-12345")
	colour := regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	f.Fuzz(func(t *testing.T, accent string) {
		_, err := views.NewSite(views.Site{Accent: accent})
		if accent != "" && colour.MatchString(accent) != (err == nil) {
			t.Errorf("%q: error %v", accent, err)
		}
	})
}

func token(t *testing.T, css, name string) string {
	t.Helper()
	m := regexp.MustCompile(`--` + name + `:(#[0-9a-f]{6})`).FindStringSubmatch(css)
	if m == nil {
		t.Fatalf("no --%s in %q", name, css)
	}
	return m[1]
}

// contrast is WCAG 2.2's ratio, written independently of the page's own.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	luminance := func(hex string) float64 {
		n, err := strconv.ParseUint(hex[1:], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
			c := float64(n>>(8*i)&255) / 255
			if c <= 0.04045 {
				sum += weight * c / 12.92
			} else {
				sum += weight * math.Pow((c+0.055)/1.055, 2.4)
			}
		}
		return sum
	}
	x, y := luminance(a)+0.05, luminance(b)+0.05
	return max(x/y, y/x)
}
