package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// ProductShop is what the desk needs of products, and the shop's pages of their pictures.
type ProductShop interface {
	// OwnShelf tells whether the desk can change the products; otherwise they are a Go program's.
	OwnShelf() bool
	// AllProducts are the products in the shelf's order, hidden ones too.
	AllProducts(ctx context.Context) ([]models.Product, error)
	// ProductByID finds one, or models.ErrNotFound.
	ProductByID(ctx context.Context, id int64) (models.Product, error)
	// SaveProduct stores a new or a changed product; kept are the SKUs of variants that were to go and are hidden instead, because they were
	// sold. All that is wrong with it is *models.InvalidError; models.ErrChanged: somebody else was quicker.
	SaveProduct(ctx context.Context, p models.Product) (id int64, kept []string, err error)
	// HideProduct takes one off the shelf, or puts it back.
	HideProduct(ctx context.Context, id int64, hidden bool) error
	// MoveProduct moves one by so many places, up when by is negative.
	MoveProduct(ctx context.Context, id int64, by int) error
	// ChangeStock changes a variant's stock. models.ErrChanged: it isn't what the form had shown.
	ChangeStock(ctx context.Context, id int64, sku string, change models.StockChange) error
	// Deletable tells whether no order and no configuration has the product; DeleteProduct deletes it then.
	Deletable(ctx context.Context, p models.Product) (bool, error)
	DeleteProduct(ctx context.Context, id int64) error
	// PlanImport says what a file of products would do; ImportProducts does it, when it is still what the fingerprint names.
	PlanImport(ctx context.Context, file []byte) (models.Import, error)
	ImportProducts(ctx context.Context, file []byte, fingerprint string) (models.Import, error)
	// SavePicture keeps an upload as a picture and returns its name. What can't be taken is *models.InvalidError of "picture".
	SavePicture(ctx context.Context, upload []byte, logo bool) (string, error)
	// Picture is one size of a picture, or models.ErrNotFound.
	Picture(ctx context.Context, id string, width int) (models.Picture, error)
}

// productsOnPage are the rows of the desk's list.
const productsOnPage = 50

// GET /admin/products lists products: ?q= searches, ?show= is shown, hidden or sold_out, ?page= counts from 1.
func (h *Handler) deskProducts(c *gin.Context) {
	products, err := h.o.Shop.AllProducts(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	v := views.ProductsView{Query: models.CleanSearch(c.Query("q")), Show: c.Query("show"), ReadOnly: !h.o.Shop.OwnShelf(), All: len(products)}
	v.Notice = noticeOf(c, views.NoticeProductMade, views.NoticeProductSaved, views.NoticeProductDeleted, views.NoticeImported)
	found := models.MatchProducts(products, v.Query)
	for _, p := range found {
		hit := true
		switch v.Show {
		case "shown":
			hit = !p.Hidden
		case "hidden":
			hit = p.Hidden
		case "sold_out":
			hit = p.SoldOut()
		default:
			v.Show = ""
		}
		if hit {
			v.Products = append(v.Products, p)
		}
	}
	v.Found = len(v.Products)
	v.Pages = max(1, (v.Found+productsOnPage-1)/productsOnPage)
	v.Page, _ = strconv.Atoi(c.Query("page"))
	v.Page = min(max(v.Page, 1), v.Pages)
	v.First = (v.Page - 1) * productsOnPage
	v.Products = v.Products[v.First:min(v.First+productsOnPage, v.Found)]
	h.render(c, http.StatusOK, views.DeskProducts(h.page(c), v))
}

// POST /admin/products/{id}/move moves a product on the shelf: by=-1 up, by=1 down.
func (h *Handler) moveProduct(c *gin.Context) {
	values, p, ok := h.aboutProduct(c)
	if !ok {
		return
	}
	by, err := strconv.Atoi(values.Get("by"))
	if err != nil || by < -models.MaxProducts || by > models.MaxProducts {
		h.fail(c, badRequest("by is a number of places"))
		return
	}
	if err := h.o.Shop.MoveProduct(c.Request.Context(), p.ID, by); err != nil {
		h.fail(c, err)
		return
	}
	h.record(c, "product.moved", p.Slug)
	page, _ := strconv.Atoi(values.Get("page"))
	h.redirect(c, h.path("/admin/products?page="+strconv.Itoa(max(page, 1))+"#product-"+strconv.FormatInt(p.ID, 10)))
}

// POST /admin/products/{id}/hide takes a product off the shelf; hidden=0 puts it back.
func (h *Handler) hideProduct(c *gin.Context) {
	values, p, ok := h.aboutProduct(c)
	if !ok {
		return
	}
	hidden := values.Get("hidden") != "0"
	if err := h.o.Shop.HideProduct(c.Request.Context(), p.ID, hidden); err != nil {
		h.fail(c, err)
		return
	}
	if hidden {
		h.record(c, "product.hidden", p.Slug)
	} else {
		h.record(c, "product.shown", p.Slug)
	}
	h.redirect(c, h.path(productPath(p.ID, views.NoticeProductSaved)))
}

// POST /admin/products/{id}/delete deletes a product that nothing refers to.
func (h *Handler) deleteProduct(c *gin.Context) {
	_, p, ok := h.aboutProduct(c)
	if !ok {
		return
	}
	if err := h.o.Shop.DeleteProduct(c.Request.Context(), p.ID); err != nil {
		h.fail(c, err)
		return
	}
	h.record(c, "product.deleted", p.Slug)
	h.redirect(c, h.path("/admin/products?notice="+string(views.NoticeProductDeleted)))
}

// POST /admin/products/{id}/stock changes what is left of a variant: do is add, remove, set or uncount.
func (h *Handler) changeStock(c *gin.Context) {
	values, p, ok := h.aboutProduct(c)
	if !ok {
		return
	}
	notice := views.NoticeStockNumber
	if change, ok := stockChange(values); ok {
		err := h.o.Shop.ChangeStock(c.Request.Context(), p.ID, values.Get("sku"), change)
		var invalid *models.InvalidError
		switch {
		case err == nil:
			notice = views.NoticeStockChanged
			h.record(c, "product.restocked", p.Slug)
		case errors.Is(err, models.ErrChanged):
			notice = views.NoticeStockMoved
		case errors.As(err, &invalid):
			notice = views.NoticeStockBelow
		default:
			h.fail(c, err)
			return
		}
	}
	h.redirect(c, h.path(productPath(p.ID, notice)))
}

// stockChange reads the form; ok is false where its number can't be read.
func stockChange(values url.Values) (change models.StockChange, ok bool) {
	if seen, err := strconv.ParseInt(values.Get("seen"), 10, 64); err == nil {
		change.Seen = &seen
	}
	if values.Get("do") == "uncount" {
		change.Uncount = true
		return change, true
	}
	n, err := strconv.ParseInt(strings.TrimSpace(values.Get("pieces")), 10, 64)
	if err != nil || n < 0 || n > models.MaxStock {
		return change, false
	}
	switch values.Get("do") {
	case "add":
		change.Add = n
	case "remove":
		change.Add = -n
	case "set":
		change.Set = &n
	default:
		return change, false
	}
	return change, true
}

// aboutProduct is a small form about the path's product; when it can't be read the answer is given already.
func (h *Handler) aboutProduct(c *gin.Context) (url.Values, models.Product, bool) {
	values, err := form(c)
	if err != nil {
		h.fail(c, err)
		return nil, models.Product{}, false
	}
	p, ok := h.productOf(c)
	return values, p, ok
}

// productOf is the path's product; when there is none the answer is given already.
func (h *Handler) productOf(c *gin.Context) (models.Product, bool) {
	id, err := orderID(c)
	if err == nil {
		var p models.Product
		if p, err = h.o.Shop.ProductByID(c.Request.Context(), id); err == nil {
			return p, true
		}
	}
	h.fail(c, err)
	return models.Product{}, false
}

func productPath(id int64, notice views.Notice) string {
	return "/admin/products/" + strconv.FormatInt(id, 10) + "?notice=" + string(notice)
}
