package views

import (
	"net/url"
	"strconv"

	"lianlian-checkout/models"
)

// BrandingView is the desk's form for the shop's look.
type BrandingView struct {
	Stored  models.Branding
	Config  *Site      // as the configuration says
	Values  url.Values // as typed
	Errors  []models.FieldError
	Preview *Site  // as it would be; nil without
	Notice  string // a Notice by name
}

// BrandingValues are a stored look as its form shows it.
func BrandingValues(b models.Branding) url.Values {
	values := url.Values{
		"accent": {b.Accent}, "support_email": {b.SupportEmail}, "terms_url": {b.TermsURL}, "privacy_url": {b.PrivacyURL}, "logo": {b.Logo}, "version": {number(b.Version)},
	}
	for lang, s := range b.ShopName {
		values.Set("name_"+lang, s)
	}
	return values
}

func (v BrandingView) problem(p Page, name string) string {
	for _, e := range v.Errors {
		if e.Field == name {
			return p.brandingProblem(e)
		}
	}
	return ""
}

func (p Page) brandingProblem(e models.FieldError) string {
	for _, key := range []string{"branding.error." + e.Field + "." + e.Rule, "products.error." + e.Field + "." + e.Rule, "products.error." + e.Rule} {
		if p.has(key) {
			return p.Text(key, "Limit", e.Limit)
		}
	}
	return p.Text("products.error.format")
}

// text is one control; what the configuration says stands in its hint.
func (v BrandingView) text(p Page, name, kind, configured string) field {
	return field{name: name, label: p.Text("branding.field." + name), hint: v.hint(p, name, configured), kind: kind, autocomplete: "off", value: v.Values.Get(name), problem: v.problem(p, name)}
}

func (v BrandingView) hint(p Page, name, configured string) string {
	hint := p.Text("branding.configured", "Value", firstOf(configured, p.Text("import.nothing")))
	if p.has("branding.hint." + name) {
		hint = p.Text("branding.hint."+name) + p.wordGap() + hint
	}
	return hint
}

func (v BrandingView) anchor(p Page, e models.FieldError) string {
	if e.Field == "shop_name" {
		return "name_" + p.Lang
	}
	return e.Field
}

// configName is the shop's name in a language, as the configuration says.
func (v BrandingView) configName(lang string) string {
	return firstOf(v.Config.ShopNames[lang], v.Config.ShopName)
}

// samples are how a site's colour looks: in light and in dark mode.
func samples(s *Site) []sample {
	accent, err := parseColour(firstOf(s.Accent, usualAccent))
	if err != nil {
		return nil
	}
	dark := brightened(accent, aaControl)
	return []sample{
		newSample("light", white, black, accent, accent, readable(accent, white, black, aa)),
		newSample("dark", darkPaper, rgb{0xed, 0xef, 0xf1}, accent, dark, brightened(accent, aaa)),
	}
}

// usualAccent is the style sheet's own.
const usualAccent = "#0b6b50"

// sample is one mode's colours.
type sample struct {
	mode                              string
	paper, text, button, ink, link    string
	buttonRatio, linkRatio            string
	buttonChanged, linkChanged, faint bool
}

func newSample(mode string, paper, text, asked, button, link rgb) sample {
	ratio := func(a, b rgb) string { return strconv.FormatFloat(contrast(a, b), 'f', 1, 64) }
	return sample{
		mode: mode, paper: paper.String(), text: text.String(), button: button.String(), ink: inkOn(button).String(), link: link.String(),
		buttonRatio: ratio(inkOn(button), button), linkRatio: ratio(link, paper), buttonChanged: button != asked, linkChanged: link != asked, faint: contrast(button, paper) < aaControl,
	}
}

// words say of a sample what was done so that it can be read.
func (s sample) words(p Page) []string {
	words := []string{p.Text("branding.sample.button", "Colour", s.button, "Ink", s.ink, "Ratio", s.buttonRatio)}
	if s.buttonChanged {
		words[0] += p.wordGap() + p.Text("branding.sample.brighter")
	}
	if s.faint {
		words[0] += p.wordGap() + p.Text("branding.sample.faint")
	}
	link := p.Text("branding.sample.link", "Colour", s.link, "Ratio", s.linkRatio)
	if s.linkChanged {
		key := "branding.sample.darker"
		if s.mode == "dark" {
			key = "branding.sample.brighter"
		}
		link += p.wordGap() + p.Text(key)
	}
	return append(words, link)
}

// legalLink is a page about the shop's rules.
type legalLink struct{ key, url string }

// legal are the shop's terms and its privacy page, where it has them.
func (p Page) legal() []legalLink {
	var list []legalLink
	for _, l := range []legalLink{{"terms", p.Site.TermsURL}, {"privacy", p.Site.PrivacyURL}} {
		if l.url != "" {
			list = append(list, l)
		}
	}
	return list
}

// on is the page on another site.
func (p Page) on(s *Site) Page {
	p.Site = s
	return p
}
