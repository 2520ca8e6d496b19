package models

import (
	"net/url"
	"strings"
)

// Branding is how the shop looks. What is empty is as the configuration says.
type Branding struct {
	ShopName     Text   `json:",omitempty"`
	Logo         string `json:",omitempty"` // an uploaded picture's name
	Accent       string `json:",omitempty"` // #rrggbb
	SupportEmail string `json:",omitempty"`
	TermsURL     string `json:",omitempty"` // https
	PrivacyURL   string `json:",omitempty"` // https
	// Version counts the changes; 0 where there were none.
	Version int64 `json:"-"`
}

// IsZero tells whether nothing differs from the configuration.
func (b Branding) IsZero() bool {
	return len(b.ShopName) == 0 && b.Logo == "" && b.Accent == "" && b.SupportEmail == "" && b.TermsURL == "" && b.PrivacyURL == ""
}

// Limits of a branding's texts, in characters.
const (
	MaxShopName = 64
	maxLink     = 500
)

// Check tells everything that is wrong with it, as an *InvalidError. Whether the accent can be read is for the pages to say, which make
// shades of it.
func (b Branding) Check() error {
	in := &InvalidError{}
	bad := func(field, rule string, limit int) {
		in.Fields = append(in.Fields, FieldError{Field: field, Rule: rule, Limit: limit})
	}
	texts("shop_name", b.ShopName, MaxShopName, bad)
	if b.Accent != "" && !isColour(b.Accent) {
		bad("accent", "format", 0)
	}
	if at := strings.LastIndexByte(b.SupportEmail, '@'); b.SupportEmail != "" && (at < 1 || at == len(b.SupportEmail)-1 || len(b.SupportEmail) > 254 ||
		!clean(b.SupportEmail) || strings.ContainsAny(b.SupportEmail, " ?&%\"<>,;")) {
		bad("support_email", "format", 0)
	}
	for _, link := range []struct{ field, url string }{{"terms_url", b.TermsURL}, {"privacy_url", b.PrivacyURL}} {
		if link.url != "" && !IsHTTPS(link.url) {
			bad(link.field, "https", 0)
		}
	}
	if len(in.Fields) > 0 {
		return in
	}
	return nil
}

// IsHTTPS tells whether a text is the address of a page over https.
func IsHTTPS(s string) bool {
	u, err := url.Parse(s)
	return err == nil && len(s) <= maxLink && clean(s) && !strings.ContainsAny(s, " \"<>\\") && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// isColour tells whether a text is like #0b6b50.
func isColour(s string) bool {
	return len(s) == 7 && s[0] == '#' && !strings.ContainsFunc(strings.ToLower(s[1:]), func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) })
}
