package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /admin/products/new is the form for a new product.
func (h *Handler) newProduct(c *gin.Context) {
	if !h.o.Shop.OwnShelf() {
		h.fail(c, errNotFound)
		return
	}
	h.productForm(c, http.StatusOK, views.ProductEdit{Values: url.Values{"shown": {"1"}}, Rows: 1})
}

// GET /admin/products/{id} is a product's form.
func (h *Handler) editProduct(c *gin.Context) {
	p, ok := h.productOf(c)
	if !ok {
		return
	}
	f := views.ProductEdit{Product: p, Values: views.ProductValues(p), Rows: len(p.Variants)}
	f.Notice = noticeOf(c, views.NoticeProductMade, views.NoticeProductSaved, views.NoticeVariantsKept, views.NoticeStockChanged, views.NoticeStockMoved,
		views.NoticeStockBelow, views.NoticeStockNumber)
	h.productForm(c, http.StatusOK, f)
}

func (h *Handler) productForm(c *gin.Context, status int, f views.ProductEdit) {
	var err error
	if f.Deletable, err = h.o.Shop.Deletable(c.Request.Context(), f.Product); err != nil {
		h.fail(c, err)
		return
	}
	f.Currency, f.Origin = h.o.Currency, h.o.BaseURL.Host
	page := h.page(c)
	if f.Product.ID == 0 {
		page.Path = "/admin/products/new"
	}
	h.render(c, status, views.DeskProduct(page, f))
}

// POST /admin/products makes a product.
func (h *Handler) makeProduct(c *gin.Context) { h.saveProduct(c, models.Product{}) }

// POST /admin/products/{id} changes one.
func (h *Handler) changeProductForm(c *gin.Context) {
	if p, ok := h.productOf(c); ok {
		h.saveProduct(c, p)
	}
}

func (h *Handler) saveProduct(c *gin.Context, stored models.Product) {
	if !h.o.Shop.OwnShelf() {
		h.fail(c, errNotFound)
		return
	}
	values, file, err := upload(c, "picture")
	if err != nil {
		h.fail(c, err)
		return
	}
	read := productReader{linkReader{values: values, currency: h.o.Currency}}
	f := views.ProductEdit{Product: stored, Values: typedValues(values), Rows: read.rows()}
	if len(file) > 0 {
		name, err := h.o.Shop.SavePicture(c.Request.Context(), file, false)
		var invalid *models.InvalidError
		switch {
		case errors.As(err, &invalid):
			read.wrong = append(read.wrong, invalid.Fields...)
		case err != nil:
			h.fail(c, err)
			return
		default:
			values.Set("image", name)
			f.Values = typedValues(values)
		}
	}
	if values.Has("more") && len(read.wrong) == 0 {
		f.Rows = min(f.Rows+1, models.MaxVariants)
		h.productForm(c, http.StatusOK, f)
		return
	}
	p := read.product(stored)
	id, kept := int64(0), []string(nil)
	if len(read.wrong) == 0 {
		id, kept, err = h.o.Shop.SaveProduct(c.Request.Context(), p)
	} else if checked := p.Check(h.o.Currency); checked != nil { // all that is wrong at once
		err = checked
	}
	var invalid *models.InvalidError
	switch {
	case errors.As(err, &invalid):
		for _, e := range invalid.Fields {
			if !slices.ContainsFunc(read.wrong, func(w models.FieldError) bool { return w.Field == e.Field || w.Field == read.rowField(e.Field) }) {
				e.Field = read.rowField(e.Field)
				read.wrong = append(read.wrong, e)
			}
		}
	case errors.Is(err, models.ErrChanged):
		now, err := h.o.Shop.ProductByID(c.Request.Context(), stored.ID)
		if err != nil {
			h.fail(c, err)
			return
		}
		f.Product, f.Notice = now, string(views.NoticeProductChanged)
		f.Values["version"] = []string{strconv.FormatInt(now.Version, 10)}
		h.productForm(c, http.StatusConflict, f)
		return
	case err != nil:
		h.fail(c, err)
		return
	}
	if len(read.wrong) > 0 {
		f.Errors = read.wrong
		h.productForm(c, http.StatusUnprocessableEntity, f)
		return
	}
	notice := views.NoticeProductSaved
	if stored.ID == 0 {
		notice = views.NoticeProductMade
		h.record(c, "product.added", p.Slug)
	} else {
		h.record(c, "product.changed", p.Slug)
	}
	if len(kept) > 0 {
		notice = views.NoticeVariantsKept
	}
	h.redirect(c, h.path(productPath(id, notice)))
}

// productReader reads the desk's form of a product. Its rows are its variants; rowOf says which row each of the product's variants came from.
type productReader struct {
	linkReader
}

func (r *productReader) rows() int {
	n, err := strconv.Atoi(r.values.Get("rows"))
	if err != nil {
		return 1
	}
	return min(max(n, 1), models.MaxVariants)
}

// rowField is the form's name for a variant's field: the control of the row that has its SKU.
func (r *productReader) rowField(field string) string {
	rest, ok := strings.CutPrefix(field, "variants.")
	if !ok {
		return field
	}
	index, name, _ := strings.Cut(rest, ".")
	i, _ := strconv.Atoi(index)
	n := 0
	for row := range r.rows() {
		if r.skipped(row) {
			continue
		}
		if n == i {
			return views.RowName(row, name)
		}
		n++
	}
	return "variants"
}

// skipped tells whether a row is no variant: it is to go, or is empty.
func (r *productReader) skipped(row int) bool {
	if r.row(row, "remove") != "" {
		return true
	}
	if r.row(row, "there") != "" {
		return false
	}
	for _, name := range []string{"sku", "price", "list_price", "stock", "name_en", "name_zh-Hant", "name_zh-Hans"} {
		if strings.TrimSpace(r.row(row, name)) != "" {
			return false
		}
	}
	return true
}

func (r *productReader) row(i int, name string) string { return r.values.Get(views.RowName(i, name)) }

// product is the stored product as the form wants it. Variants that the form has no row for stay as they are.
func (r *productReader) product(stored models.Product) models.Product {
	p := stored
	p.Name, p.Category, p.Description = r.texts("name"), r.texts("category"), r.texts("description")
	p.Slug = strings.TrimSpace(r.values.Get("slug"))
	if p.Slug == "" && stored.ID == 0 {
		p.Slug = slugOf(p.Name["en"])
	}
	p.FreeAmount, p.Hidden = r.values.Get("free_amount") != "", r.values.Get("shown") == ""
	p.Version, _ = strconv.ParseInt(r.values.Get("version"), 10, 64)
	switch image := r.values.Get("image"); {
	case r.values.Get("picture_remove") != "":
		p.Image = ""
	case image != stored.Image:
		if _, uploaded := models.PictureID(image); uploaded {
			p.Image = image
		}
	}
	p.Variants = nil
	known := map[string]bool{}
	for row := range r.rows() {
		sku := strings.TrimSpace(r.row(row, "sku"))
		known[sku] = true
		if !r.skipped(row) {
			p.Variants = append(p.Variants, r.variant(row, sku, stored))
		}
	}
	if len(p.Variants) == 1 && p.Variants[0].SKU == "" && stored.ID == 0 {
		p.Variants[0].SKU = p.Slug
	}
	for _, v := range stored.Variants {
		if !known[v.SKU] {
			p.Variants = append(p.Variants, v)
		}
	}
	return p
}

func (r *productReader) variant(row int, sku string, stored models.Product) models.Variant {
	v, there := stored.Variant(sku)
	v.SKU, v.Name, v.Hidden = sku, r.texts(views.RowName(row, "name")), r.row(row, "hidden") != ""
	v.Price = r.money(views.RowName(row, "price"), true)
	v.CostPrice = v.Price
	if strings.TrimSpace(r.row(row, "list_price")) != "" {
		v.CostPrice = r.money(views.RowName(row, "list_price"), true)
	}
	if typed := strings.TrimSpace(r.row(row, "stock")); typed != "" && !there {
		n, err := strconv.ParseInt(typed, 10, 64)
		if err != nil || n < 0 {
			r.bad(views.RowName(row, "stock"), ruleFormat)
		}
		v.Stock = &n
	}
	return v
}

// slugOf makes an address of an English name.
func slugOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLower(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := strings.Trim(b.String(), "-")
	return strings.Trim(slug[:min(len(slug), 64)], "-")
}

// typedValues are a form's values, fit to be shown again: whatever is longer than any field may be is cut.
func typedValues(values url.Values) url.Values {
	const most = 4096
	out := url.Values{}
	for name := range values {
		v := values.Get(name)
		out.Set(name, strings.ToValidUTF8(strings.ReplaceAll(v[:min(len(v), most)], "\x00", ""), "\uFFFD"))
	}
	return out
}
