package handlers

import (
	"context"
	"sync/atomic"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// BrandShop is what the pages need of the shop's look.
type BrandShop interface {
	// Branding is what the desk says of it. It is asked for each page, and must be quick.
	Branding(ctx context.Context) (models.Branding, error)
	// SetBranding changes it. All that is wrong is *models.InvalidError; models.ErrChanged: somebody else was quicker.
	SetBranding(ctx context.Context, b models.Branding) error
}

// look is the site as a version of the branding makes it.
type look struct {
	version int64
	site    *views.Site
}

// looks holds the present look.
type looks struct{ last atomic.Pointer[look] }

// site is what all pages share, as the desk wants it at the moment. While the branding can't be read it stays as it was.
func (h *Handler) site(ctx context.Context) *views.Site {
	last := h.look.last.Load()
	b, err := h.o.Shop.Branding(ctx)
	switch {
	case err != nil && last != nil:
		return last.site
	case err != nil || b.Version == 0:
		return h.o.Site
	case last != nil && last.version == b.Version:
		return last.site
	}
	site, err := h.o.Site.With(b)
	if err != nil { // stored by a later version of the program, perhaps
		h.o.Log.WarnContext(ctx, "the shop's branding can't be used", "error", err)
		site = h.o.Site
	}
	h.look.last.Store(&look{b.Version, site})
	return site
}
