// Package views draws the pages: templ components over the models' types, the texts in three
// languages, money and dates as people write them, and QR codes.
//
// No page needs JavaScript, holds an inline script or style, or asks a third party for anything.
package views

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"lianlian-checkout/models"
)

// Site is what all pages share, fixed at start. Make it with NewSite.
type Site struct {
	ShopName     string
	ShopNames    models.Text // by language, where they differ; ShopName stands for the rest
	SupportEmail string
	TermsURL     string // https, or empty
	PrivacyURL   string // https, or empty
	Logo         string // an https URL, a path, or a name below static/; empty for the name alone
	Accent       string // #rrggbb, or empty for the style sheet's own
	BasePath     string // "" or like "/pay"
	Simulator    bool   // no real money: every page says so
	Mails        bool   // receipts and looked-up links are sent by e-mail
	Discounts    bool   // there are discount codes: the cart asks for one
	// Assets gives the URL path of a file below static/, with its content's hash and the base path.
	Assets func(name string) string
	// Location is the time zone of dates on pages. Defaults to Hong Kong's.
	Location *time.Location

	themeCSS  []byte
	themeHash string
	version   int64 // of the desk's branding
}

// hongKong is fixed: Hong Kong has had no summer time since 1979, and a fresh machine may have no zone files.
var hongKong = time.FixedZone("HKT", 8*60*60)

// NewSite checks and completes s. It fails when the accent isn't a colour or the base path isn't one.
func NewSite(s Site) (*Site, error) {
	if s.BasePath != "" && (!strings.HasPrefix(s.BasePath, "/") || strings.HasSuffix(s.BasePath, "/")) {
		return nil, fmt.Errorf("base path %q: write it like /pay", s.BasePath)
	}
	if s.Assets == nil {
		base := s.BasePath
		s.Assets = func(name string) string { return base + "/static/" + name }
	}
	if s.Location == nil {
		s.Location = hongKong
	}
	if err := s.prepareTheme(); err != nil {
		return nil, err
	}
	return &s, nil
}

// With is the site as the desk's branding makes it. It fails when the accent isn't a colour.
func (s *Site) With(b models.Branding) (*Site, error) {
	out := *s
	out.version, out.themeCSS, out.themeHash = b.Version, nil, ""
	if name := b.ShopName.In("en"); name != "" {
		out.ShopName, out.ShopNames = name, b.ShopName
	}
	out.Logo, out.Accent, out.SupportEmail = firstOf(b.Logo, s.Logo), firstOf(b.Accent, s.Accent), firstOf(b.SupportEmail, s.SupportEmail)
	out.TermsURL, out.PrivacyURL = firstOf(b.TermsURL, s.TermsURL), firstOf(b.PrivacyURL, s.PrivacyURL)
	if err := out.prepareTheme(); err != nil {
		return nil, err
	}
	return &out, nil
}

// Version counts the changes of the desk's branding that the site shows.
func (s *Site) Version() int64 { return s.version }

// Page is what every page of one request shares.
type Page struct {
	Site       *Site
	Lang       string // en, zh-Hans or zh-Hant
	Path       string // of this request, below the base path: "/cart"
	CartPieces int64  // for the header
	Now        time.Time
	Admin      string      // signed-in operator, or empty
	Role       models.Role // the operator's
	Attention  int         // how much an operator should look at
	Embed      *Embed      // on the pages below /embed/
}

// URL is the path on this site, below the base path: URL("/cart").
func (p Page) URL(path string) string { return p.Site.BasePath + path }

// shop is the shop's name in the page's language.
func (p Page) shop() string { return firstOf(p.Site.ShopNames[p.Lang], p.Site.ShopName) }

// longestDescription is about what search engines show of a page's description, in characters.
const longestDescription = 160

// description is one line about a page: of its own text, or what the shop takes.
func (p Page) description(own string) string {
	words := []rune(strings.Join(strings.Fields(own), " "))
	switch {
	case len(words) == 0:
		return p.Text("layout.description", "Shop", p.shop())
	case len(words) > longestDescription:
		return string(words[:longestDescription-1]) + "…"
	}
	return string(words)
}

// image is the URL of a picture named by the catalogue or the configuration: an https URL or an
// absolute path as it is, anything else below static/. A product without one gets a plain drawing.
func (s *Site) image(name string) string {
	if id, uploaded := models.PictureID(name); uploaded {
		return s.picture(id, usualWidth)
	}
	switch {
	case name == "":
		return s.Assets("img/no-picture.svg")
	case strings.HasPrefix(name, "https://"):
		return name
	case strings.HasPrefix(name, "/static/"):
		return s.Assets(strings.TrimPrefix(name, "/static/"))
	case strings.HasPrefix(name, "/"):
		return s.BasePath + name
	}
	return s.Assets(name)
}

// pictureWidths are the widths that uploaded pictures are asked for; usualWidth is for browsers that don't choose.
var pictureWidths = []int{320, 640, 1280}

const usualWidth = 640

func (s *Site) picture(id string, width int) string {
	return s.BasePath + "/pictures/" + id + "/" + strconv.Itoa(width)
}

// widths lets the browser choose among the widths of an uploaded picture that is shown so wide; other pictures have one.
func (s *Site) widths(name, sizes string) templ.Attributes {
	id, uploaded := models.PictureID(name)
	if !uploaded {
		return nil
	}
	var set []string
	for _, w := range pictureWidths {
		set = append(set, s.picture(id, w)+" "+strconv.Itoa(w)+"w")
	}
	return templ.Attributes{"srcset": strings.Join(set, ", "), "sizes": sizes}
}

// languageURL switches this page to another language.
func (p Page) languageURL(lang string) string {
	if p.Embed != nil {
		e := *p.Embed
		e.Locale = lang
		return p.URL(e.Within(strings.TrimPrefix(p.Path, "/embed")))
	}
	return p.URL("/language?lang=" + lang + "&next=" + url.QueryEscape(p.Path))
}
