package views

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"
)

// Embed is what the pages below /embed/ know beside their order. They keep no cookies, because a browser may refuse them
// inside another site's page: it stands in their addresses.
type Embed struct {
	// Origin is of the page around, one of those that may frame the checkout; messages go to it alone. Empty: the page
	// stands alone in its window.
	Origin string
	Mode   string // "modal" where the page around closes the frame, else empty
	Items  string // of the checkout form, as its address names them: "demo-tee:1,cup:2"
	Locale string // the language that was asked for
	Device string // as the buyer corrected it: "phone", "desktop", or empty
}

// Within is the path below the base path of a page that carries on what e knows. path is of the page as the shop itself has it,
// "/orders/…?still=1", and may have a query.
func (e Embed) Within(path string) string {
	path, query, _ := strings.Cut(path, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		values = url.Values{}
	}
	items := e.Items
	if path != "/checkout" {
		items = ""
	}
	for _, v := range [][2]string{{"origin", e.Origin}, {"mode", e.Mode}, {"items", items}, {"locale", e.Locale}, {"device", e.Device}} {
		if v[1] != "" {
			values.Set(v[0], v[1])
		}
	}
	if len(values) == 0 {
		return "/embed" + path
	}
	return "/embed" + path + "?" + values.Encode()
}

// framed tells whether the page is inside another site's page.
func (p Page) framed() bool { return p.Embed != nil && p.Embed.Origin != "" }

// within is the URL of a page that the buyer stays on the checkout with: inside a frame, the one that may be framed.
func (p Page) within(path string) string {
	if p.Embed == nil {
		return p.URL(path)
	}
	return p.URL(p.Embed.Within(path))
}

// leaving are the attributes of a link or form that leads to another site: out of a frame, in which no wallet opens.
func (p Page) leaving() templ.Attributes {
	if p.framed() {
		return templ.Attributes{"target": "_top"}
	}
	return nil
}

// first are the attributes of what is to be read first. Browsers let no frame of another site focus by attribute alone; there the
// script does it.
func (p Page) first() templ.Attributes {
	if p.framed() {
		return templ.Attributes{"data-first": true}
	}
	return templ.Attributes{"autofocus": true}
}

// deviceURL is this page, for another kind of device.
func (p Page) deviceURL(device string) string {
	if p.Embed == nil {
		return p.URL(p.Path + "?device=" + device)
	}
	e := *p.Embed
	e.Device = device
	return p.URL(e.Within(strings.TrimPrefix(p.Path, "/embed")))
}
