package storetest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
)

func hkd(amount int64) models.Money { return models.Money{Amount: amount, Currency: "HKD"} }

// bySlug is a product of the desk.
func (f *Fixture) bySlug(t *testing.T, slug string) models.Product {
	t.Helper()
	all, err := f.Store.AllProducts(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Slug == slug {
			return p
		}
	}
	t.Fatalf("there is no product %q among %d", slug, len(all))
	return models.Product{}
}

// slugs are the shelf's, in order.
func (f *Fixture) slugs(t *testing.T) string {
	t.Helper()
	shelf, err := f.Store.Shelf(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, p := range shelf.Products {
		list = append(list, p.Slug)
	}
	return strings.Join(list, " ")
}

// rules are the fields and rules of an *InvalidError.
func rules(err error) string {
	var invalid *models.InvalidError
	if !errors.As(err, &invalid) {
		return ""
	}
	var list []string
	for _, e := range invalid.Fields {
		list = append(list, e.Field+" "+e.Rule)
	}
	return strings.Join(list, ", ")
}

// deskProducts: what the desk changes shows at once, is the desk's from then on, and two editors don't overwrite each other.
func deskProducts(t *testing.T, f *Fixture) {
	f.Seed(t)
	p := models.Product{Slug: "pot", Name: models.Text{"en": "Pot", "zh-Hant": "壺"}, Image: "img/x.svg", Variants: []models.Variant{
		{SKU: "pot-s", Name: models.Text{"en": "Small"}, Price: hkd(10000), CostPrice: hkd(12000)},
		{SKU: "pot-l", Name: models.Text{"en": "Large"}, Price: hkd(20000), CostPrice: hkd(20000), Hidden: true},
	}}
	id, err := f.Store.SaveProduct(f.ctx, p)
	if err != nil {
		t.Fatalf("SaveProduct: %v", err)
	}
	stored, err := f.Store.ProductByID(f.ctx, id)
	if err != nil || !stored.Edited || stored.Seeded || stored.Version != 1 || len(stored.Variants) != 2 || stored.Name["zh-Hant"] != "壺" || !stored.Variants[1].Hidden {
		t.Fatalf("read back: %+v, %v", stored, err)
	}
	onShelf, err := f.Store.Product(f.ctx, "pot")
	if err != nil || len(onShelf.Variants) != 1 || f.slugs(t) != "cup tea pot" {
		t.Errorf("on the shelf: %+v, %v, %q; want it last, without its hidden variant", onShelf, err, f.slugs(t))
	}

	// A change, and a second one by who saw the state before.
	stored.Variants[0].Price, stored.Variants[1].Hidden = hkd(9000), false
	if _, err := f.Store.SaveProduct(f.ctx, stored); err != nil {
		t.Fatal(err)
	}
	stored.Name = models.Text{"en": "Other"}
	if _, err := f.Store.SaveProduct(f.ctx, stored); !errors.Is(err, models.ErrChanged) {
		t.Errorf("a change of what was changed meanwhile: %v, want ErrChanged", err)
	}
	onShelf, _ = f.Store.Product(f.ctx, "pot")
	if len(onShelf.Variants) != 2 || onShelf.Variants[0].Price != hkd(9000) || onShelf.Name["en"] != "Pot" {
		t.Errorf("after the change: %+v", onShelf)
	}

	// What others have can't be taken, and nothing of it is kept.
	wrong := models.Product{Slug: "tea", Name: models.Text{"en": "X"}, Variants: []models.Variant{{SKU: "new", Price: hkd(1), CostPrice: hkd(1)}, {SKU: "cup", Price: hkd(1), CostPrice: hkd(1)}}}
	if _, err := f.Store.SaveProduct(f.ctx, wrong); rules(err) != "slug taken, variants.1.sku taken" {
		t.Errorf("a taken slug and SKU: %v", err)
	}

	// The configuration leaves it alone, and what the desk edits of the configuration's.
	cup := f.bySlug(t, "cup")
	if !cup.Seeded || cup.Edited {
		t.Errorf("the configuration's: %+v", cup)
	}
	cup.Variants[0].Price, cup.Slug = hkd(15000), "mug"
	if _, err := f.Store.SaveProduct(f.ctx, cup); err != nil {
		t.Fatal(err)
	}
	changed := Products()
	changed[0].Variants[0].Price, changed[1].Variants[0].Price = hkd(1), hkd(7700)
	*changed[0].Variants[0].Stock = 50
	if err := f.Store.SeedProducts(f.ctx, changed); err != nil {
		t.Fatal(err)
	}
	if got := f.bySlug(t, "mug"); got.Variants[0].Price != hkd(15000) || *got.Variants[0].Stock != 5 || got.Hidden {
		t.Errorf("after a restart the desk's product is %+v", got)
	}
	if got := f.bySlug(t, "tea"); got.Variants[0].Price != hkd(7700) || got.Edited {
		t.Errorf("after a restart the configuration's product is %+v", got)
	}
	if f.slugs(t) != "mug tea pot" {
		t.Errorf("the shelf is %q after a restart: the cup that became a mug must not come back", f.slugs(t))
	}

	// Hiding and removing.
	tea := f.bySlug(t, "tea")
	if err := f.Store.HideProduct(f.ctx, tea.ID, true); err != nil || f.slugs(t) != "mug pot" {
		t.Errorf("hidden: %v, %q", err, f.slugs(t))
	}
	if err := f.Store.SeedProducts(f.ctx, Products()); err != nil || f.slugs(t) != "mug pot" {
		t.Errorf("after a restart what the desk has hidden is back: %v, %q", err, f.slugs(t))
	}
	if err := f.Store.HideProduct(f.ctx, tea.ID, false); err != nil || f.slugs(t) != "mug tea pot" {
		t.Errorf("shown again: %v, %q", err, f.slugs(t))
	}
	// What the desk sells under another SKU stays the desk's as well.
	tea = f.bySlug(t, "tea")
	tea.Variants = []models.Variant{{SKU: "tea-tin", Name: models.Text{"en": "Tin"}, Price: hkd(5000), CostPrice: hkd(5000)}}
	if _, err := f.Store.SaveProduct(f.ctx, tea); err != nil {
		t.Fatal(err)
	}
	if err := f.Store.SeedProducts(f.ctx, Products()); err != nil {
		t.Fatal(err)
	}
	if got := f.bySlug(t, "tea"); len(got.Variants) != 1 || got.Variants[0].SKU != "tea-tin" {
		t.Errorf("after a restart the tea in tins is %+v", got.Variants)
	}
	if err := f.Store.HideProduct(f.ctx, 4711, true); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("hiding what isn't there: %v", err)
	}
	if err := f.Store.DeleteProduct(f.ctx, id); err != nil || f.slugs(t) != "mug tea" {
		t.Errorf("deleted: %v, %q", err, f.slugs(t))
	}
	if _, err := f.Store.ProductByID(f.ctx, id); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("read what was deleted: %v", err)
	}
}

// sorting: up and down, to the ends and no further, and the configuration sorts no more.
func sorting(t *testing.T, f *Fixture) {
	f.Seed(t)
	if _, err := f.Store.SaveProduct(f.ctx, models.Product{Slug: "pot", Name: models.Text{"en": "Pot"}, Variants: []models.Variant{{SKU: "pot", Price: hkd(100), CostPrice: hkd(100)}}}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		slug string
		by   int
		want string
	}{{"pot", -1, "cup pot tea"}, {"cup", 1, "pot cup tea"}, {"pot", -1, "pot cup tea"}, {"pot", 1000, "cup tea pot"}, {"tea", -1000, "tea cup pot"}} {
		if err := f.Store.MoveProduct(f.ctx, f.bySlug(t, step.slug).ID, step.by); err != nil || f.slugs(t) != step.want {
			t.Errorf("%s by %d: %q, %v; want %q", step.slug, step.by, f.slugs(t), err, step.want)
		}
	}
	more := append(Products(), models.Product{Slug: "zest", Name: models.Text{"en": "Zest"}, Variants: []models.Variant{{SKU: "zest", Price: hkd(100), CostPrice: hkd(100)}}})
	slices.Reverse(more)
	if err := f.Store.SeedProducts(f.ctx, more); err != nil || f.slugs(t) != "tea cup pot zest" {
		t.Errorf("after a restart: %q, %v", f.slugs(t), err)
	}
	if err := f.Store.MoveProduct(f.ctx, 4711, 1); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("moving what isn't there: %v", err)
	}
}

// stockChanges: what is sold meanwhile isn't lost, whatever the desk does.
func stockChanges(t *testing.T, f *Fixture) {
	f.Seed(t)
	cup := f.bySlug(t, "cup")
	change := func(sku string, c models.StockChange) error { return f.Store.ChangeStock(f.ctx, cup.ID, sku, c) }
	five, seven := int64(5), int64(7)
	if _, _, err := f.Store.CreateOrder(f.ctx, f.New(t, "one", 2)); err != nil {
		t.Fatal(err)
	}
	if err := change("cup", models.StockChange{Add: 4}); err != nil || f.Stock(t) != 7 {
		t.Errorf("4 more while 2 of 5 were sold: %d, %v; want 7", f.Stock(t), err)
	}
	if err := change("cup", models.StockChange{Set: &five, Seen: &five}); !errors.Is(err, models.ErrChanged) || f.Stock(t) != 7 {
		t.Errorf("set by who saw 5: %v, %d; want ErrChanged and 7", err, f.Stock(t))
	}
	if err := change("cup", models.StockChange{Set: &five, Seen: &seven}); err != nil || f.Stock(t) != 5 {
		t.Errorf("set by who saw 7: %v, %d", err, f.Stock(t))
	}
	if err := change("cup", models.StockChange{Add: -6}); rules(err) != "stock below" || f.Stock(t) != 5 {
		t.Errorf("6 of 5 gone: %v, %d", err, f.Stock(t))
	}
	for _, sku := range []string{"tea-50", "nothing", "\x00", "\xff"} {
		if err := change(sku, models.StockChange{Add: 1}); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("the stock of %q of a cup: %v, want ErrNotFound", sku, err)
		}
	}
	if err := change("cup", models.StockChange{Uncount: true, Seen: &five}); err != nil {
		t.Fatal(err)
	}
	if got := f.bySlug(t, "cup"); got.Variants[0].Stock != nil || !got.Edited {
		t.Errorf("not counted any more: %+v", got)
	}
	if err := change("cup", models.StockChange{Add: 1}); rules(err) != "stock below" {
		t.Errorf("one more of what isn't counted: %v", err)
	}
	if err := change("cup", models.StockChange{Set: &five}); err != nil || f.Stock(t) != 5 {
		t.Errorf("counted again: %v, %d", err, f.Stock(t))
	}

	// Sales and deliveries at once: nothing is lost.
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			if _, _, err := f.Store.CreateOrder(f.ctx, f.New(t, "rush"+string(rune('a'+i)), 1)); err != nil && !errors.Is(err, models.ErrSoldOut) {
				t.Errorf("order %d: %v", i, err)
			}
		})
		wg.Go(func() {
			if err := change("cup", models.StockChange{Add: 1}); err != nil {
				t.Errorf("delivery %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	list, err := f.Store.Orders(f.ctx, models.OrderFilter{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	if sold := int64(len(list.Orders) - 1); f.Stock(t) != 5+10-sold {
		t.Errorf("%d left of 15 after %d were sold", f.Stock(t), sold)
	}
}

// sold: a variant is known to be in an order, and one that only looks like it isn't.
func sold(t *testing.T, f *Fixture) {
	f.Seed(t)
	if _, err := f.Store.SaveProduct(f.ctx, models.Product{Slug: "c_p", Name: models.Text{"en": "X"}, Variants: []models.Variant{{SKU: "c_p", Price: hkd(100), CostPrice: hkd(100)}}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Store.CreateOrder(f.ctx, f.New(t, "one", 1)); err != nil {
		t.Fatal(err)
	}
	for sku, want := range map[string]bool{"cup": true, "tea-50": false, "c_p": false, "nothing": false} {
		if got, err := f.Store.Sold(f.ctx, sku); err != nil || got != want {
			t.Errorf("Sold(%q) = %v, %v; want %v", sku, got, err, want)
		}
	}
}

// imports: all of a file or nothing of it, and sales between look and deed stay sold.
func imports(t *testing.T, f *Fixture) {
	f.Seed(t)
	plan := func(file string) models.Import {
		t.Helper()
		all, err := f.Store.AllProducts(f.ctx)
		if err != nil {
			t.Fatal(err)
		}
		in, err := models.PlanImport([]byte(file), all, "HKD")
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	in := plan("slug,sku,name_en,price,stock\ncup,cup,Cup,150.00,8\ntea,tea-50,Tea,88.00,\nfan,fan,Fan,20,3\n")
	if len(in.Lines) != 2 || in.Same != 1 || in.Refused() != 0 {
		t.Fatalf("plan: %+v", in)
	}
	if _, _, err := f.Store.CreateOrder(f.ctx, f.New(t, "one", 2)); err != nil {
		t.Fatal(err)
	}
	if err := f.Store.ImportProducts(f.ctx, in); err != nil {
		t.Fatal(err)
	}
	cup, fan := f.bySlug(t, "cup"), f.bySlug(t, "fan")
	if cup.Variants[0].Price != hkd(15000) || *cup.Variants[0].Stock != 6 || *fan.Variants[0].Stock != 3 || f.slugs(t) != "cup tea fan" {
		t.Errorf("after the import: %+v, %+v, %q; want 8 cups less the 2 that were sold", cup, fan, f.slugs(t))
	}
	if err := f.Store.ImportProducts(f.ctx, in); !errors.Is(err, models.ErrConflict) && rules(err) == "" {
		t.Errorf("the same plan again: %v", err)
	}

	// The second product fails, so the first one stays as it was.
	both := plan("slug,sku,price\ncup,cup,1.00\nfan,fan,2.00\n")
	if err := f.Store.HideProduct(f.ctx, fan.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := f.Store.ImportProducts(f.ctx, both); !errors.Is(err, models.ErrChanged) {
		t.Errorf("a plan that is out of date: %v, want ErrChanged", err)
	}
	if got := f.bySlug(t, "cup"); got.Variants[0].Price != hkd(15000) {
		t.Errorf("half of an import was done: the cup costs %s", got.Variants[0].Price)
	}
}

// keptPictures: a picture is kept once, found by its widths, and goes when nothing has shown it for a day.
func keptPictures(t *testing.T, f *Fixture) {
	f.Seed(t)
	save := func(content string) string {
		t.Helper()
		id, err := f.Store.SavePicture(f.ctx, []models.Picture{{Width: 1280, Height: 1600, Type: "image/jpeg", Data: []byte(content)}, {Width: 320, Height: 400, Type: "image/jpeg", Data: []byte("small " + content)}})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	shown, sold, stray := save("shown"), save("sold"), save("stray")
	if again := save("shown"); again != shown || len(shown) != 32 || shown == stray {
		t.Errorf("the same picture is %s, then %s; another %s", shown, again, stray)
	}
	for asked, want := range map[int]int{1: 320, 320: 320, 321: 1280, 640: 1280, 9999: 1280} {
		if p, err := f.Store.Picture(f.ctx, shown, asked); err != nil || p.Width != want || p.Type != "image/jpeg" || len(p.Data) == 0 {
			t.Errorf("asked for %d: %d wide, %v; want %d", asked, p.Width, err, want)
		}
	}
	for _, id := range []string{"", "x", strings.Repeat("0", 32), "\x00", strings.ToUpper(shown)} {
		if _, err := f.Store.Picture(f.ctx, id, 320); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("Picture(%q): %v, want ErrNotFound", id, err)
		}
	}
	show := func(id string) {
		t.Helper()
		cup := f.bySlug(t, "cup")
		cup.Image = models.PictureName(id)
		if _, err := f.Store.SaveProduct(f.ctx, cup); err != nil {
			t.Fatal(err)
		}
	}
	show(sold)
	if _, _, err := f.Store.CreateOrder(f.ctx, f.New(t, "one", 1)); err != nil {
		t.Fatal(err)
	}
	show(shown)
	logo := save("logo")
	if err := f.Store.SetBranding(f.ctx, models.Branding{Logo: models.PictureName(logo)}); err != nil {
		t.Fatal(err)
	}
	f.Clock.T = f.Clock.T.Add(25 * time.Hour)
	save("new")
	for name, id := range map[string]string{"shown": shown, "in an order": sold, "logo": logo} {
		if _, err := f.Store.Picture(f.ctx, id, 320); err != nil {
			t.Errorf("the picture that is %s: %v", name, err)
		}
	}
	if _, err := f.Store.Picture(f.ctx, stray, 320); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("a picture that nothing shows, a day later: %v, want ErrNotFound", err)
	}
}

// branding: kept, changed by who saw the last one, and given back.
func branding(t *testing.T, f *Fixture) {
	if b, err := f.Store.Branding(f.ctx); err != nil || b.Version != 0 || !b.IsZero() {
		t.Errorf("at first: %+v, %v", b, err)
	}
	want := models.Branding{ShopName: models.Text{"en": "Kiln", "zh-Hant": "窯"}, Accent: "#112233", TermsURL: "https://a.example/t"}
	if err := f.Store.SetBranding(f.ctx, want); err != nil {
		t.Fatal(err)
	}
	got, err := f.Store.Branding(f.ctx)
	if err != nil || got.ShopName["zh-Hant"] != "窯" || got.Accent != want.Accent || got.TermsURL != want.TermsURL || got.Version != 1 {
		t.Errorf("read back: %+v, %v", got, err)
	}
	if err := f.Store.SetBranding(f.ctx, want); !errors.Is(err, models.ErrChanged) {
		t.Errorf("by who saw nothing: %v, want ErrChanged", err)
	}
	got.Accent = "#445566"
	if err := f.Store.SetBranding(f.ctx, got); err != nil {
		t.Fatal(err)
	}
	if b, err := f.Store.Branding(f.ctx); err != nil || b.Version != 2 || b.Accent != "#445566" || b.TermsURL != want.TermsURL {
		t.Errorf("changed by who saw the last: %+v, %v", b, err)
	}
	if err := f.Store.SetBranding(f.ctx, got); !errors.Is(err, models.ErrChanged) {
		t.Errorf("changed twice by who saw the first: %v, want ErrChanged", err)
	}
	if err := f.Store.SetBranding(f.ctx, models.Branding{Version: 2}); err != nil {
		t.Fatal(err)
	}
	if b, err := f.Store.Branding(f.ctx); err != nil || b.Version != 3 || !b.IsZero() {
		t.Errorf("given back: %+v, %v", b, err)
	}
}
