package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /admin/settings/branding is the form for the shop's look.
func (h *Handler) branding(c *gin.Context) {
	b, err := h.o.Shop.Branding(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	h.brandingPage(c, http.StatusOK, views.BrandingView{Stored: b, Values: views.BrandingValues(b), Notice: noticeOf(c, views.NoticeBrandingSaved, views.NoticeBrandingReset)})
}

func (h *Handler) brandingPage(c *gin.Context, status int, v views.BrandingView) {
	v.Config = h.o.Site
	h.render(c, status, views.DeskBranding(h.page(c), v))
}

// POST /admin/settings/branding keeps the look, shows how it would look (preview), or goes back to the configuration (reset).
func (h *Handler) setBranding(c *gin.Context) {
	values, file, err := upload(c, "picture")
	if err != nil {
		h.fail(c, err)
		return
	}
	ctx := c.Request.Context()
	stored, err := h.o.Shop.Branding(ctx)
	if err != nil {
		h.fail(c, err)
		return
	}
	if values.Has("reset") {
		if err := h.o.Shop.SetBranding(ctx, models.Branding{Version: stored.Version}); err != nil {
			h.fail(c, err)
			return
		}
		h.record(c, "branding.reset", "")
		h.redirect(c, h.path("/admin/settings/branding?notice="+string(views.NoticeBrandingReset)))
		return
	}
	v := views.BrandingView{Stored: stored, Values: typedValues(values)}
	if len(file) > 0 {
		name, err := h.o.Shop.SavePicture(ctx, file, true)
		var invalid *models.InvalidError
		switch {
		case errors.As(err, &invalid):
			v.Errors = invalid.Fields
		case err != nil:
			h.fail(c, err)
			return
		default:
			values.Set("logo", name)
			v.Values.Set("logo", name)
		}
	}
	b := readBranding(values)
	if err := b.Check(); err != nil {
		var invalid *models.InvalidError
		if errors.As(err, &invalid) {
			v.Errors = append(v.Errors, invalid.Fields...)
		}
	}
	if len(v.Errors) > 0 {
		h.brandingPage(c, http.StatusUnprocessableEntity, v)
		return
	}
	if values.Has("preview") {
		if v.Preview, err = h.o.Site.With(b); err != nil {
			h.fail(c, err)
			return
		}
		h.brandingPage(c, http.StatusOK, v)
		return
	}
	switch err := h.o.Shop.SetBranding(ctx, b); {
	case errors.Is(err, models.ErrChanged):
		v.Notice = string(views.NoticeBrandingChanged)
		v.Values.Set("version", strconv.FormatInt(stored.Version, 10))
		h.brandingPage(c, http.StatusConflict, v)
	case err != nil:
		h.fail(c, err)
	default:
		h.record(c, "branding.changed", "")
		h.redirect(c, h.path("/admin/settings/branding?notice="+string(views.NoticeBrandingSaved)))
	}
}

// readBranding is the form's. A logo that isn't an upload's name is none.
func readBranding(values url.Values) models.Branding {
	r := linkReader{values: values}
	b := models.Branding{
		ShopName: r.texts("name"), Accent: strings.ToLower(tidy(values.Get("accent"))), SupportEmail: tidy(values.Get("support_email")),
		TermsURL: tidy(values.Get("terms_url")), PrivacyURL: tidy(values.Get("privacy_url")), Logo: values.Get("logo"),
	}
	b.Version, _ = strconv.ParseInt(values.Get("version"), 10, 64)
	if _, uploaded := models.PictureID(b.Logo); !uploaded || values.Get("picture_remove") != "" {
		b.Logo = ""
	}
	return b
}
