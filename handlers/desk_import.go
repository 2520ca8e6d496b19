package handlers

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// GET /admin/products/export.csv is the shelf as a file for spreadsheets, hidden products too.
func (h *Handler) exportProducts(c *gin.Context) {
	products, err := h.o.Shop.AllProducts(c.Request.Context())
	if err != nil {
		h.fail(c, err)
		return
	}
	var b bytes.Buffer
	if err := models.WriteProducts(&b, products); err != nil {
		h.fail(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="products-`+h.o.Now().In(h.o.Site.Location).Format("2006-01-02")+`.csv"`)
	h.write(c, http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
}

// GET /admin/products/import asks for a file.
func (h *Handler) importForm(c *gin.Context) {
	h.importPage(c, http.StatusOK, views.ImportView{})
}

func (h *Handler) importPage(c *gin.Context, status int, v views.ImportView) {
	if !h.o.Shop.OwnShelf() {
		h.fail(c, errNotFound)
		return
	}
	v.Columns = models.CSVColumns()
	h.render(c, status, views.DeskImport(h.page(c), v))
}

// POST /admin/products/import shows what a file would do; with content and fingerprint, as that page sends them, it does it.
func (h *Handler) importProducts(c *gin.Context) {
	values, file, err := upload(c, "file")
	if err != nil {
		h.fail(c, err)
		return
	}
	ctx := c.Request.Context()
	if fingerprint := values.Get("fingerprint"); fingerprint != "" {
		if file, err = base64.StdEncoding.DecodeString(values.Get("content")); err != nil {
			h.fail(c, badRequest("the content isn't base64"))
			return
		}
		plan, err := h.o.Shop.ImportProducts(ctx, file, fingerprint)
		if err == nil {
			h.record(c, "products.imported", strconv.Itoa(len(plan.Lines)))
			h.redirect(c, h.path("/admin/products?notice="+string(views.NoticeImported)))
			return
		}
		var invalid *models.InvalidError
		if !errors.Is(err, models.ErrConflict) && !errors.As(err, &invalid) {
			h.fail(c, err)
			return
		}
		h.dryRun(c, http.StatusConflict, file, string(views.NoticeImportChanged))
		return
	}
	h.dryRun(c, http.StatusOK, file, "")
}

// dryRun shows what the file would do now.
func (h *Handler) dryRun(c *gin.Context, status int, file []byte, notice string) {
	plan, err := h.o.Shop.PlanImport(c.Request.Context(), file)
	var invalid *models.InvalidError
	switch {
	case errors.As(err, &invalid):
		h.importPage(c, http.StatusUnprocessableEntity, views.ImportView{Error: &invalid.Fields[0]})
		return
	case err != nil:
		h.fail(c, err)
		return
	}
	if plan.Refused() > 0 && status == http.StatusOK {
		status = http.StatusUnprocessableEntity
	}
	h.importPage(c, status, views.ImportView{Plan: &plan, Content: base64.StdEncoding.EncodeToString(file), Notice: notice})
}
