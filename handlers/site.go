package handlers

import (
	"lianlian-checkout/static"
	"lianlian-checkout/views"
)

// Site is what all pages share: the shop's name, colour and place.
type Site = views.Site

// NewSite checks and completes s. Without Assets of its own it takes the files that are compiled in.
func NewSite(s Site) (*Site, error) {
	if s.Assets == nil {
		base := s.BasePath
		s.Assets = func(name string) string { return base + static.URL(name) }
	}
	return views.NewSite(s)
}
