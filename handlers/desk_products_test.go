package handlers_test

import (
	"bytes"
	"errors"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/models"
)

// multi is a form with a file, as a browser sends it.
func multi(t *testing.T, values url.Values, control string, file []byte) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for name, list := range values {
		for _, v := range list {
			if err := w.WriteField(name, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	part, err := w.CreateFormFile(control, "../../etc/passwd.svg")
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}

// newOne is the form of a new product with one variant.
func newOne() url.Values {
	return url.Values{"rows": {"1"}, "shown": {"1"}, "name_en": {"Gaiwan, white"}, "name_zh-Hant": {"白瓷蓋碗"}, "v0_price": {"168"}, "v0_list_price": {"200.00"}, "v0_stock": {"4"}}
}

func TestDeskProductForm(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(url.Values)
		status int
		wrong  string // the control whose error is shown
	}{
		"as it should be":       {func(url.Values) {}, http.StatusSeeOther, ""},
		"no name":               {func(v url.Values) { v.Del("name_en"); v.Del("name_zh-Hant"); v.Set("slug", "x") }, http.StatusUnprocessableEntity, "error-name"},
		"no address to be made": {func(v url.Values) { v.Del("name_en") }, http.StatusUnprocessableEntity, "error-slug"},
		"a bad address":         {func(v url.Values) { v.Set("slug", "Tea & <b>") }, http.StatusUnprocessableEntity, "error-slug"},
		"no price":              {func(v url.Values) { v.Set("v0_price", "") }, http.StatusUnprocessableEntity, "error-v0_price"},
		"no number":             {func(v url.Values) { v.Set("v0_price", "1e3") }, http.StatusUnprocessableEntity, "error-v0_price"},
		"below the price":       {func(v url.Values) { v.Set("v0_list_price", "1") }, http.StatusUnprocessableEntity, "error-v0_list_price"},
		"half a piece":          {func(v url.Values) { v.Set("v0_stock", "1.5") }, http.StatusUnprocessableEntity, "error-v0_stock"},
		"a quote":               {func(v url.Values) { v.Set("description_en", `12" wide`) }, http.StatusUnprocessableEntity, "error-description"},
		"a long name":           {func(v url.Values) { v.Set("name_en", strings.Repeat("茶", 129)) }, http.StatusUnprocessableEntity, "error-name"},
		"no variant":            {func(v url.Values) { v.Del("v0_price"); v.Del("v0_list_price"); v.Del("v0_stock") }, http.StatusUnprocessableEntity, "error-variants"},
		"one more row":          {func(v url.Values) { v.Set("more", "1") }, http.StatusOK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop()
			b := operator(t, s)
			values := newOne()
			tt.change(values)
			page := b.post("/admin/products", values)
			if page.status != tt.status {
				t.Fatalf("status %d, want %d", page.status, tt.status)
			}
			if tt.status == http.StatusSeeOther {
				want := models.Product{Slug: "gaiwan-white"}
				if len(s.saved) != 1 || s.saved[0].Slug != want.Slug || s.saved[0].Variants[0].SKU != want.Slug || *s.saved[0].Variants[0].Stock != 4 || s.saved[0].Variants[0].CostPrice != hkd(20000) || s.saved[0].Hidden {
					t.Errorf("saved %+v", s.saved)
				}
				return
			}
			if len(s.saved) != 0 {
				t.Error("it was saved all the same")
			}
			if tt.wrong != "" && page.find(`[data-testid="`+tt.wrong+`"]`).Length() != 1 {
				t.Errorf("no error at %s: %s", tt.wrong, page.find("[data-testid=error-summary]").Text())
			}
			for control, want := range values {
				if control == "rows" || control == "more" || control == "shown" {
					continue
				}
				if field := page.find(`[name="` + control + `"]`); field.AttrOr("value", field.Text()) != want[0] {
					t.Errorf("what was typed as %s is lost: %q, want %q", control, field.AttrOr("value", field.Text()), want[0])
				}
			}
			if rows := page.find("[data-testid=variant-row]").Length(); name == "one more row" && rows != 2 {
				t.Errorf("%d rows, want 2", rows)
			}
		})
	}
}

// TestDeskProductRemoves: only a ticked variant goes, and what another editor added stays.
func TestDeskProductRemoves(t *testing.T) {
	t.Parallel()
	s := newShop()
	s.products[0].Variants = append(s.products[0].Variants, models.Variant{SKU: "oolong-200", Name: models.Text{"en": "200 g"}, Price: hkd(1), CostPrice: hkd(1)},
		models.Variant{SKU: "unseen", Name: models.Text{"en": "New"}, Price: hkd(1), CostPrice: hkd(1)})
	s.keeps = []string{"oolong-200"}
	b := operator(t, s)
	values := url.Values{"rows": {"2"}, "version": {"7"}, "slug": {"oolong"}, "name_en": {"Oolong"}, "v0_sku": {"oolong-100"}, "v0_there": {"1"}, "v0_price": {"99"}, "v0_name_en": {"100 g"},
		"v1_sku": {"oolong-200"}, "v1_there": {"1"}, "v1_price": {"1"}, "v1_remove": {"1"}, "image": {"https://evil.example/x.png"}}
	page := b.post("/admin/products/1", values)
	if page.status != http.StatusSeeOther || !strings.Contains(page.header.Get("Location"), "variants_kept") || len(s.saved) != 1 {
		t.Fatalf("status %d to %s, saved %d", page.status, page.header.Get("Location"), len(s.saved))
	}
	got := s.saved[0]
	if len(got.Variants) != 2 || got.Variants[0].SKU != "oolong-100" || got.Variants[0].Price != hkd(9900) || got.Variants[1].SKU != "unseen" || got.Version != 7 || !got.Hidden || got.Image != "" {
		t.Errorf("saved %+v", got)
	}
	s.saveErr, s.products[0].Version = models.ErrChanged, 9
	page = b.post("/admin/products/1", values)
	if page.status != http.StatusConflict || page.find(`[name=version]`).AttrOr("value", "") != "9" || page.find(`[name=v0_price]`).AttrOr("value", "") != "99" || page.find(`[data-notice=product_changed]`).Length() != 1 {
		t.Errorf("the second editor: status %d, %q", page.status, page.find("[data-testid=notice]").Text())
	}
}

func TestDeskUpload(t *testing.T) {
	t.Parallel()
	s := newShop()
	b := operator(t, s)
	send := func(file []byte, values url.Values) *answer {
		kind, body := multi(t, values, "picture", file)
		r := httptest.NewRequest(http.MethodPost, "https://shop.example/admin/products", body)
		r.Header.Set("Content-Type", kind)
		return b.do(r)
	}
	if page := send([]byte("picture"), newOne()); page.status != http.StatusSeeOther || len(s.saved) != 1 || s.saved[0].Image != "pictures/"+pictureID || string(s.uploads[0]) != "picture" {
		t.Errorf("with a picture: status %d, %+v", page.status, s.saved)
	}
	// Much more than may be read of a form elsewhere; what was typed beside it isn't lost.
	s.pictureOf = &models.InvalidError{Fields: []models.FieldError{{Field: "picture", Rule: "too_large"}}}
	page := send(make([]byte, 9<<20), newOne())
	if page.status != http.StatusUnprocessableEntity || page.find("[data-testid=error-picture]").Length() != 1 || page.find("#name_en").AttrOr("value", "") != "Gaiwan, white" || len(s.uploads[1]) != 8<<20+1 {
		t.Errorf("9 MB: status %d, %s", page.status, page.find("[data-testid=error-summary]").Text())
	}
	if page := send(make([]byte, 33<<20), newOne()); page.status != http.StatusRequestEntityTooLarge {
		t.Errorf("33 MB: status %d, want 413", page.status)
	}
	big := newOne()
	big.Set("name_en", strings.Repeat("x", 300<<10))
	if page := send(nil, big); page.status != http.StatusRequestEntityTooLarge {
		t.Errorf("300 KB typed: status %d, want 413", page.status)
	}
	// A picture that is there already and a mistake elsewhere: it is kept in the form.
	s.pictureOf = nil
	wrong := newOne()
	wrong.Set("v0_price", "")
	if page := send([]byte("x"), wrong); page.find("[name=image]").AttrOr("value", "") != "pictures/"+pictureID {
		t.Error("the uploaded picture is lost with a mistake elsewhere")
	}
}

func TestPictures(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, newShop())
	page := b.get("/pictures/" + pictureID + "/640")
	if page.status != http.StatusOK || page.header.Get("Content-Type") != "image/jpeg" || page.header.Get("X-Content-Type-Options") != "nosniff" ||
		page.header.Get("Cache-Control") != "public, max-age=31536000, immutable" {
		t.Errorf("status %d, %v", page.status, page.header)
	}
	for _, path := range []string{"/pictures/" + pictureID, "/pictures/" + pictureID + "/0", "/pictures/" + pictureID + "/-1", "/pictures/" + pictureID + "/99999999999999999999", "/pictures/x/640",
		"/pictures/" + strings.Repeat("0", 32) + "/640", "/pictures/" + strings.ToUpper(pictureID) + "/640", "/pictures/%2e%2e/640"} {
		if page := b.get(path); page.status != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, page.status)
		}
	}
}

func TestDeskStock(t *testing.T) {
	t.Parallel()
	seven := int64(7)
	for name, tt := range map[string]struct {
		form   url.Values
		err    error
		notice string
		want   *models.StockChange
	}{
		"add":       {url.Values{"do": {"add"}, "pieces": {" 7 "}}, nil, "stock_changed", &models.StockChange{Add: 7}},
		"subtract":  {url.Values{"do": {"remove"}, "pieces": {"7"}}, nil, "stock_changed", &models.StockChange{Add: -7}},
		"set":       {url.Values{"do": {"set"}, "pieces": {"7"}, "seen": {"7"}}, nil, "stock_changed", &models.StockChange{Set: &seven, Seen: &seven}},
		"uncount":   {url.Values{"do": {"uncount"}, "pieces": {"x"}, "seen": {"7"}}, nil, "stock_changed", &models.StockChange{Uncount: true, Seen: &seven}},
		"no number": {url.Values{"do": {"add"}, "pieces": {"many"}}, nil, "stock_number", nil},
		"negative":  {url.Values{"do": {"add"}, "pieces": {"-7"}}, nil, "stock_number", nil},
		"moved":     {url.Values{"do": {"set"}, "pieces": {"7"}}, models.ErrChanged, "stock_moved", &models.StockChange{Set: &seven}},
		"below":     {url.Values{"do": {"remove"}, "pieces": {"7"}}, &models.InvalidError{}, "stock_below", &models.StockChange{Add: -7}},
	} {
		s := newShop()
		s.stockErr = tt.err
		tt.form.Set("sku", "cup")
		page := operator(t, s).post("/admin/products/2/stock", tt.form)
		if page.status != http.StatusSeeOther || !strings.HasSuffix(page.header.Get("Location"), tt.notice) {
			t.Errorf("%s: status %d to %s, want %s", name, page.status, page.header.Get("Location"), tt.notice)
		}
		var want []models.StockChange
		if tt.want != nil {
			want = append(want, *tt.want)
		}
		if diff := cmp.Diff(want, s.stock); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDeskProducts(t *testing.T) {
	t.Parallel()
	s := newShop()
	b := operator(t, s)
	slugs := func(path string) string {
		var list []string
		page := b.get(path)
		for _, n := range page.find("[data-testid=product-row]").Nodes {
			for _, a := range n.Attr {
				if a.Key == "data-slug" {
					list = append(list, a.Val)
				}
			}
		}
		return strings.Join(list, " ")
	}
	for path, want := range map[string]string{
		"/admin/products": "oolong cup pot tip secret", "/admin/products?show=hidden": "secret", "/admin/products?show=sold_out": "pot", "/admin/products?q=CUP": "cup",
		"/admin/products?show=nonsense&page=99": "oolong cup pot tip secret", "/admin/products?q=%00%ff": "oolong cup pot tip secret", "/admin/products?q=nothing": "",
	} {
		if got := slugs(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	for path, want := range map[string]string{"/admin/products/1/move": "move 1 -1", "/admin/products/1/hide": "hide 1 true"} {
		b.post(path, url.Values{"by": {"-1"}})
		if s.acted[len(s.acted)-1] != want {
			t.Errorf("%s did %q, want %q", path, s.acted, want)
		}
	}
	if page := b.post("/admin/products/1/delete", url.Values{"x": {"1"}}); page.status != http.StatusConflict {
		t.Errorf("deleting what was sold: status %d, want 409", page.status)
	}
	for _, path := range []string{"/admin/products/999", "/admin/products/x", "/admin/products/-1"} {
		if page := b.get(path); page.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, page.status)
		}
	}
	s.foreign = true
	page := b.get("/admin/products")
	if page.find("[data-testid=read-only]").Length() != 1 || page.find("[data-testid=new-product]").Length()+page.find("table a").Length() != 0 {
		t.Error("a Go program's products can be changed, or nothing says why not")
	}
	if page := b.post("/admin/products", newOne()); page.status != http.StatusNotFound || len(s.saved) != 0 {
		t.Errorf("a new one there: status %d", page.status)
	}
}

func TestDeskImport(t *testing.T) {
	t.Parallel()
	s := newShop()
	b := operator(t, s)
	send := func(values url.Values, file string) *answer {
		kind, body := multi(t, values, "file", []byte(file))
		r := httptest.NewRequest(http.MethodPost, "https://shop.example/admin/products/import", body)
		r.Header.Set("Content-Type", kind)
		return b.do(r)
	}
	page := send(nil, "slug,sku,price\ncup,cup,95\n")
	do := url.Values{"content": {page.find("[name=content]").AttrOr("value", "")}, "fingerprint": {page.find("[name=fingerprint]").AttrOr("value", "")}}
	if page.status != http.StatusOK || page.find("[data-testid=import-line]").Length() != 1 || do.Get("fingerprint") == "" || len(s.imported) != 0 {
		t.Fatalf("look: status %d, %q", page.status, page.find("main").Text())
	}
	if page := b.post("/admin/products/import", url.Values{"content": {"eHg="}, "fingerprint": do["fingerprint"]}); page.status == http.StatusSeeOther || len(s.imported) != 0 {
		t.Errorf("another file than the one that was shown: status %d", page.status)
	}
	if page := b.post("/admin/products/import", do); page.status != http.StatusSeeOther || len(s.imported) != 1 || s.imported[0] != "slug,sku,price\ncup,cup,95\n" {
		t.Errorf("do it: status %d, %q", page.status, s.imported)
	}
	s.products[1].Version++ // somebody edits meanwhile
	if page := b.post("/admin/products/import", do); page.status != http.StatusConflict || page.find("[data-notice=import_changed]").Length() != 1 || len(s.imported) != 1 {
		t.Errorf("out of date: status %d, %d imported", page.status, len(s.imported))
	}
	for name, file := range map[string]string{"empty": "", "no columns": "a,b\n1,2\n", "broken": "slug,sku\n\"cup,cup\n", "not UTF-8": "slug,sku\n\xff,x\n", "cells": "slug,sku\ncup\n"} {
		if page := send(nil, file); page.status != http.StatusUnprocessableEntity || page.find("[data-testid=error-file]").Length() != 1 {
			t.Errorf("%s: status %d, no error", name, page.status)
		}
	}
	if page := send(nil, "slug,sku,price\ncup,cup,-1\n"); page.status != http.StatusUnprocessableEntity || page.find("[data-testid=import-refused]").Length() != 1 || page.find("[name=fingerprint]").Length() != 0 {
		t.Errorf("a line that can't be taken: status %d", page.status)
	}
	if page := b.get("/admin/products/export.csv"); page.status != http.StatusOK || !strings.HasPrefix(page.body, "\ufeffslug,sku,") || !strings.Contains(page.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("export: status %d, %.40q", page.status, page.body)
	}
}

func TestDeskBranding(t *testing.T) {
	t.Parallel()
	s := newShop()
	b := operator(t, s)
	good := url.Values{"version": {"0"}, "name_en": {"Kiln <b>"}, "accent": {"#FFEE00"}, "support_email": {"a@b.example"}, "terms_url": {"https://a.example/terms"}, "privacy_url": {"https://a.example/p"}}
	preview := url.Values{"preview": {"1"}}
	for k, v := range good {
		preview[k] = v
	}
	if page := b.post("/admin/settings/branding", preview); page.status != http.StatusOK || s.brand.Version != 0 || !strings.Contains(page.find("[data-testid=branding-samples]").Text(), "Made darker") {
		t.Errorf("preview: status %d, %+v, %q", page.status, s.brand, page.find("[data-testid=branding-samples]").Text())
	}
	before := b.get("/theme.css").header.Get("ETag")
	if page := b.post("/admin/settings/branding", good); page.status != http.StatusSeeOther || s.brand.Accent != "#ffee00" || s.brand.Version != 1 {
		t.Fatalf("status %d, %+v", page.status, s.brand)
	}
	home := b.get("/")
	if home.find(".brand").Text() == "" || !strings.Contains(home.find(".brand").Text(), "Kiln <b>") || home.find("[data-testid=terms]").AttrOr("href", "") != "https://a.example/terms" {
		t.Errorf("the shop isn't called so: %q, %s", home.find(".brand").Text(), home.find("footer").Text())
	}
	if after := b.get("/theme.css"); after.header.Get("ETag") == before || !strings.Contains(after.body, "#ffee00") {
		t.Errorf("the colour is still the old one: %s", after.body)
	}
	if page := b.post("/admin/settings/branding", good); page.status != http.StatusConflict {
		t.Errorf("by who saw the old one: status %d", page.status)
	}
	for field, value := range map[string]string{"accent": "red", "support_email": "a@b?bcc=c@d.example", "terms_url": "javascript:alert(1)", "privacy_url": "http://a.example/"} {
		wrong := url.Values{"version": {"1"}, field: {value}}
		if page := b.post("/admin/settings/branding", wrong); page.status != http.StatusUnprocessableEntity || page.find("[data-testid=error-"+field+"]").Length() != 1 {
			t.Errorf("%s = %q: status %d", field, value, page.status)
		}
	}
	if page := b.post("/admin/settings/branding", url.Values{"reset": {"1"}}); page.status != http.StatusSeeOther || !s.brand.IsZero() {
		t.Errorf("back to the configuration: status %d, %+v", page.status, s.brand)
	}
	s.brandErr = errors.New("the database is away")
	if page := b.get("/"); page.status != http.StatusOK {
		t.Errorf("the shop while the branding can't be read: status %d", page.status)
	}
}

// deskBrowser is an operator's browser, or with no cookie anybody's.
type deskBrowser struct {
	t      *testing.T
	h      http.Handler
	cookie string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	page   *goquery.Document
}

func (a *answer) find(selector string) *goquery.Selection { return a.page.Find(selector) }

func operator(t *testing.T, s *fakeShop) *deskBrowser {
	t.Helper()
	h := console(t, s)
	return &deskBrowser{t, h, signIn(t, h)}
}

func newBrowser(t *testing.T, s *fakeShop) *deskBrowser {
	return &deskBrowser{t: t, h: newHandler(t, s)}
}

func (d *deskBrowser) do(r *http.Request) *answer {
	d.t.Helper()
	if d.cookie != "" {
		r.Header.Set("Cookie", d.cookie)
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	page, err := goquery.NewDocumentFromReader(strings.NewReader(w.Body.String()))
	if err != nil {
		d.t.Fatal(err)
	}
	return &answer{w.Code, w.Header(), w.Body.String(), page}
}

func (d *deskBrowser) get(path string) *answer {
	d.t.Helper()
	return d.do(httptest.NewRequest(http.MethodGet, "https://shop.example"+path, nil))
}

func (d *deskBrowser) post(path string, values url.Values) *answer {
	d.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "https://shop.example"+path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.do(r)
}
