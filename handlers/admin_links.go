package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /admin/links lists payment links: ?cursor=.
func (h *Handler) adminLinks(c *gin.Context) {
	cursor := c.Query("cursor")
	if _, err := strconv.ParseInt(cursor, 10, 64); err != nil && cursor != "" {
		h.fail(c, badRequest("there is no such cursor"))
		return
	}
	list, err := h.o.Shop.Links(c.Request.Context(), cursor, 50)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.AdminLinks(h.page(c), views.LinksView{List: list, Cursor: cursor}))
}

// GET /admin/links/new is the form for a new link.
func (h *Handler) adminNewLink(c *gin.Context) {
	h.linkForm(c, http.StatusOK, views.LinkForm{Values: url.Values{"max_payments": {""}}})
}

func (h *Handler) linkForm(c *gin.Context, status int, f views.LinkForm) {
	shelf, err := h.o.Shop.Shelf(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	f.Goods = shelf.Products
	page := h.page(c)
	page.Path = "/admin/links/new"
	h.render(c, status, views.AdminNewLink(page, f))
}

// POST /admin/links makes a link.
func (h *Handler) adminMakeLink(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	read := linkReader{values: values, currency: h.o.Currency, in: h.o.Site.Location}
	link := read.link()
	if len(read.wrong) == 0 {
		link, err = h.o.Shop.MakeLink(c.Request.Context(), link)
		var invalid *models.InvalidError
		switch {
		case errors.As(err, &invalid):
			read.wrong = invalid.Fields
		case err != nil:
			h.fail(c, err)
			return
		}
	}
	if len(read.wrong) > 0 {
		h.linkForm(c, http.StatusUnprocessableEntity, views.LinkForm{Values: shown(values), Errors: read.wrong})
		return
	}
	h.record(c, "link.made", link.Code)
	h.redirect(c, h.path("/admin/links/"+strconv.FormatInt(link.ID, 10))+"?notice="+string(views.NoticeLinkMade))
}

// GET /admin/links/{id} is one link.
func (h *Handler) adminLink(c *gin.Context) {
	link, ok := h.linkOf(c)
	if !ok {
		return
	}
	notice := noticeOf(c, views.NoticeLinkMade, views.NoticeLinkChanged)
	values := url.Values{"expires": {views.LastDay(h.o.Site, link.ExpiresAt)}}
	if !link.Inactive {
		values.Set("active", "1")
	}
	for lang, text := range link.Title {
		values.Set("title_"+lang, text)
	}
	h.adminLinkPage(c, http.StatusOK, link, notice, views.LinkForm{Values: values})
}

func (h *Handler) adminLinkPage(c *gin.Context, status int, l models.Link, notice string, f views.LinkForm) {
	h.render(c, status, views.AdminLink(h.page(c), views.LinkView{Link: l, URL: h.o.Shop.LinkURL(l), Form: f, Notice: notice}))
}

// POST /admin/links/{id} changes what may be changed.
func (h *Handler) adminChangeLink(c *gin.Context) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	link, ok := h.linkOf(c)
	if !ok {
		return
	}
	read := linkReader{values: values, currency: h.o.Currency, in: h.o.Site.Location}
	part := read.part()
	part.Inactive = values.Get("active") != "1"
	if values.Get("expires") == views.LastDay(h.o.Site, link.ExpiresAt) {
		part.ExpiresAt = link.ExpiresAt // to the minute that it was made with
	}
	if len(read.wrong) == 0 {
		err = h.o.Shop.ChangeLink(c.Request.Context(), link.ID, part)
		var invalid *models.InvalidError
		switch {
		case errors.As(err, &invalid):
			read.wrong = invalid.Fields
		case err != nil:
			h.fail(c, err)
			return
		}
	}
	if len(read.wrong) > 0 {
		h.adminLinkPage(c, http.StatusUnprocessableEntity, link, "", views.LinkForm{Values: shown(values), Errors: read.wrong})
		return
	}
	h.record(c, "link.changed", link.Code)
	h.redirect(c, h.path("/admin/links/"+strconv.FormatInt(link.ID, 10))+"?notice="+string(views.NoticeLinkChanged))
}

// GET /admin/links/{id}/sheet is the link for the printer: ?size=a4 or a6.
func (h *Handler) adminLinkSheet(c *gin.Context) {
	size := c.DefaultQuery("size", "a6")
	if size != "a4" && size != "a6" {
		h.fail(c, badRequest("size is a4 or a6"))
		return
	}
	link, ok := h.linkOf(c)
	if !ok {
		return
	}
	goods, err := h.o.Shop.PriceLink(c.Request.Context(), link, 0)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.LinkSheet(h.page(c), views.SheetView{
		Link: link, Goods: goods, URL: h.o.Shop.LinkURL(link), Wallets: h.o.Processors, Size: size,
	}))
}

// GET /admin/links/{id}/qr.svg is the link's code alone, to be printed at any size.
func (h *Handler) adminLinkSVG(c *gin.Context) {
	h.linkCode(c, "image/svg+xml", func(content string) ([]byte, error) { return views.QRSVG(content, nil) })
}

// GET /admin/links/{id}/qr.png is the same as a bitmap.
func (h *Handler) adminLinkPNG(c *gin.Context) {
	h.linkCode(c, "image/png", func(content string) ([]byte, error) { return views.QRPNG(content, 2*qrScale) })
}

func (h *Handler) linkCode(c *gin.Context, contentType string, draw func(content string) ([]byte, error)) {
	link, ok := h.linkOf(c)
	if !ok {
		return
	}
	content := h.o.Shop.LinkURL(link)
	picture, err := h.codes.of("link"+contentType+content, func() ([]byte, error) { return draw(content) })
	if err != nil {
		h.fail(c, err)
		return
	}
	h.write(c, http.StatusOK, contentType, picture)
}

// linkOf is the path's link; when there is none the answer is given already.
func (h *Handler) linkOf(c *gin.Context) (models.Link, bool) {
	id, err := orderID(c)
	if err != nil {
		h.fail(c, err)
		return models.Link{}, false
	}
	link, err := h.o.Shop.LinkByID(c.Request.Context(), id)
	if err != nil {
		h.fail(c, err)
		return models.Link{}, false
	}
	return link, true
}

// linkReader reads the console's form and says what can't be read; what the shop doesn't take is the shop's to say.
type linkReader struct {
	values   url.Values
	currency string
	in       *time.Location
	wrong    []models.FieldError
}

func (r *linkReader) bad(field, rule string) {
	r.wrong = append(r.wrong, models.FieldError{Field: field, Rule: rule})
}

func (r *linkReader) link() models.Link {
	l := models.Link{LinkPart: r.part()}
	l.Reference, l.Question = tidy(r.values.Get("reference")), r.texts("question")
	if typed := strings.TrimSpace(r.values.Get("max_payments")); typed != "" {
		n, ok := parseQuantity(typed)
		if !ok {
			r.bad("max_payments", ruleFormat)
		}
		l.MaxPayments = n
	}
	switch r.values.Get("kind") {
	case "free":
		l.Free, l.Least, l.Most, l.Suggested = true, r.money("least", false), r.money("most", false), r.money("suggested", false)
	case "items":
		l.Items = r.items()
	default:
		l.Amount = r.money("amount", true)
	}
	return l
}

func (r *linkReader) part() models.LinkPart {
	p := models.LinkPart{Title: r.texts("title")}
	if typed := strings.TrimSpace(r.values.Get("expires")); typed != "" {
		day, err := time.ParseInLocation("2006-01-02", typed, r.in)
		if err != nil || day.Year() > 9000 {
			r.bad("expires_at", ruleFormat)
			return p
		}
		p.ExpiresAt = day.AddDate(0, 0, 1).UTC() // the day itself still counts
	}
	return p
}

func (r *linkReader) texts(name string) models.Text {
	t := models.Text{}
	for _, lang := range views.Languages {
		if text := tidy(r.values.Get(name + "_" + lang)); text != "" {
			t[lang] = text
		}
	}
	return t
}

func (r *linkReader) money(name string, must bool) models.Money {
	typed := r.values.Get(name)
	if strings.TrimSpace(typed) == "" && !must {
		return models.Money{}
	}
	amount, ok := typedAmount(typed)
	if !ok {
		r.bad(name, "amount")
	}
	return models.Money{Amount: amount, Currency: r.currency}
}

func (r *linkReader) items() (items []models.CartItem) {
	for i := range models.MaxLinkItems {
		n := strconv.Itoa(i + 1)
		sku := r.values.Get("sku_" + n)
		if sku == "" {
			continue
		}
		quantity, ok := parseQuantity(r.values.Get("quantity_" + n))
		if !ok || !validSKU(sku) {
			r.bad("items", "quantity")
			return nil
		}
		items = append(items, models.CartItem{SKU: sku, Quantity: quantity})
	}
	return items
}

// shown are a form's values, fit to be shown again.
func shown(values url.Values) url.Values {
	out := url.Values{}
	for name := range values {
		out.Set(name, valid(values.Get(name)))
	}
	return out
}
