package checkout_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"lianlian-checkout/models"
)

// product is one of the desk's, by its slug.
func (h *harness) product(slug string) models.Product {
	h.t.Helper()
	all, err := h.AllProducts(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(p models.Product) bool { return p.Slug == slug })
	if i < 0 {
		h.t.Fatalf("no product %q", slug)
	}
	return all[i]
}

// TestDeskChangesAPriceMeanwhile: a buyer whose form shows the old price is told, and charged nothing.
func TestDeskChangesAPriceMeanwhile(t *testing.T) {
	t.Parallel()
	h := New(t)
	req := request("meanwhile")
	cart, err := h.PriceCart(t.Context(), req.Items, req.Discount)
	if err != nil {
		t.Fatal(err)
	}
	req.Fingerprint = cart.Fingerprint()
	p := h.product("cup")
	p.Variants[0].Price.Amount += 100
	p.Variants[0].CostPrice = p.Variants[0].Price
	if _, _, err := h.SaveProduct(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if o, err := h.StartPayment(t.Context(), req); !errors.Is(err, models.ErrConflict) || o.ID != 0 {
		t.Errorf("paying the old price: order %d, %v; want none, ErrConflict", o.ID, err)
	}
	now, err := h.PriceCart(t.Context(), req.Items, req.Discount)
	if err != nil || now.Fingerprint() == req.Fingerprint {
		t.Errorf("the form is shown the old price again: %v", err)
	}
}

// TestDeskKeepsWhatWasSold: a variant that was sold is hidden instead of removed, and its product can't be deleted.
func TestDeskKeepsWhatWasSold(t *testing.T) {
	t.Parallel()
	h := New(t)
	thing := func(sku string) models.Variant {
		return models.Variant{SKU: sku, Name: models.Text{"en": sku}, Price: models.Money{Amount: 100, Currency: "HKD"}, CostPrice: models.Money{Amount: 100, Currency: "HKD"}}
	}
	p := models.Product{Slug: "fan", Name: models.Text{"en": "Fan"}, Variants: []models.Variant{thing("fan-a"), thing("fan-b")}}
	id, _, err := h.SaveProduct(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if can, err := h.Deletable(t.Context(), h.product("fan")); err != nil || !can {
		t.Errorf("a product that nobody bought: deletable %v, %v", can, err)
	}
	req := request("fan")
	req.Items, req.Fingerprint = []models.CartItem{{SKU: "fan-a", Quantity: 1}}, ""
	if _, err := h.StartPayment(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	p = h.product("fan")
	p.Variants = []models.Variant{thing("fan-c")}
	_, kept, err := h.SaveProduct(t.Context(), p)
	if err != nil || !slices.Equal(kept, []string{"fan-a"}) {
		t.Fatalf("kept %v, %v; want fan-a alone", kept, err)
	}
	p = h.product("fan")
	if a, there := p.Variant("fan-a"); !there || !a.Hidden || len(p.Variants) != 2 {
		t.Errorf("after removing both: %+v", p.Variants)
	}
	if err := h.DeleteProduct(t.Context(), id); !errors.Is(err, models.ErrConflict) {
		t.Errorf("deleting what was sold: %v, want ErrConflict", err)
	}
	if err := h.DeleteProduct(t.Context(), h.product("cup").ID); !errors.Is(err, models.ErrConflict) {
		t.Errorf("deleting what the configuration has: %v, want ErrConflict", err)
	}
}

func TestDeskPicture(t *testing.T) {
	t.Parallel()
	h := New(t)
	var upload bytes.Buffer
	if err := png.Encode(&upload, image.NewGray(image.Rect(0, 0, 400, 500))); err != nil {
		t.Fatal(err)
	}
	name, err := h.SavePicture(t.Context(), upload.Bytes(), false)
	id, uploaded := models.PictureID(name)
	if err != nil || !uploaded {
		t.Fatalf("%q, %v", name, err)
	}
	if p, err := h.Picture(t.Context(), id, 320); err != nil || p.Width != 320 || p.Type != "image/jpeg" {
		t.Errorf("read back: %d %s, %v", p.Width, p.Type, err)
	}
	for file, rule := range map[string]string{"<svg>": "svg", "GIF89a": "type", "\xff\xd8\xff": "broken"} {
		var invalid *models.InvalidError
		if _, err := h.SavePicture(t.Context(), []byte(file), true); !errors.As(err, &invalid) || invalid.Fields[0].Rule != rule {
			t.Errorf("%q: %v, want %s", file, err, rule)
		}
	}
	p := h.product("cup")
	p.Image = models.PictureName(strings.Repeat("0", 32))
	var invalid *models.InvalidError
	if _, _, err := h.SaveProduct(t.Context(), p); !errors.As(err, &invalid) || invalid.Fields[0].Rule != "gone" {
		t.Errorf("a picture that isn't there: %v", err)
	}
}
