package handlers

import (
	"lianlian-checkout/static"
	"lianlian-checkout/views"
)

// Site is the shop's face, the same on every page.
type Site = views.Site

// NewSite checks and completes the site, whose files are those built into the program.
func NewSite(s Site) (*Site, error) {
	base := s.BasePath
	s.Assets = func(name string) string { return base + static.URL(name) }
	return views.NewSite(s)
}
