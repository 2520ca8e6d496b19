package lianlian_test

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"lianlian-checkout/lianlian"
)

func sums(products []lianlian.Product) (price, cost lianlian.Amount) {
	for _, p := range products {
		price += p.Price * lianlian.Amount(p.Quantity)
		cost += p.CostPrice * lianlian.Amount(p.Quantity)
	}
	return price, cost
}

func fits(t *testing.T, products []lianlian.Product) bool {
	t.Helper()
	r := request()
	r.Products = products
	for _, f := range lianlian.FieldErrors(r.Validate()) {
		if f.Field == "products" {
			return false
		}
		t.Errorf("after shortening: %v", f)
	}
	return true
}

func TestFitProducts(t *testing.T) {
	t.Parallel()
	one := request().Products[0]
	if got := lianlian.FitProducts([]lianlian.Product{one}); !reflect.DeepEqual(got, []lianlian.Product{one}) {
		t.Errorf("a cart that fits was changed: %+v", got)
	}
	if got := lianlian.FitProducts(nil); len(got) != 0 {
		t.Errorf("got %+v for nothing", got)
	}

	var some []lianlian.Product
	for range 12 {
		some = append(some, one)
	}
	before := append([]lianlian.Product(nil), some...)
	got := lianlian.FitProducts(some)
	if !reflect.DeepEqual(some, before) {
		t.Error("the argument was changed")
	}
	if len(got) != 12 || got[0].ReceiptID != "" || got[0].URL != "" || got[0].SKU == "" {
		t.Errorf("optional fields go first, and no more than must: %+v", got[0])
	}

	many := append([]lianlian.Product(nil), some...)
	for range 100 {
		many = append(many, one)
	}
	got = lianlian.FitProducts(many)
	last := got[len(got)-1]
	if last.ProductID != "summary" || last.Quantity != 1 || !strings.HasPrefix(last.Name, "T-Shirt +") || len(got) < 10 {
		t.Errorf("%d lines, the last %+v", len(got), last)
	}
	wantPrice, wantCost := sums(many)
	if price, cost := sums(got); price != wantPrice || cost != wantCost {
		t.Errorf("sums %s and %s, want %s and %s", price, cost, wantPrice, wantCost)
	}
}

func TestFitProductsLeavesFaults(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*lianlian.Product){
		"quantity":  func(p *lianlian.Product) { p.Quantity = 0 },
		"price":     func(p *lianlian.Product) { p.Price = -1 },
		"cost":      func(p *lianlian.Product) { p.CostPrice = -1 },
		"overflow":  func(p *lianlian.Product) { p.Quantity = 1 << 62 },
		"too large": func(p *lianlian.Product) { p.Price = lianlian.MaxAmount; p.Quantity = 1 },
	} {
		products := make([]lianlian.Product, 100)
		for i := range products {
			products[i] = request().Products[0]
		}
		change(&products[99])
		if got := lianlian.FitProducts(products); len(got) != 100 {
			t.Errorf("%s: merged into %d lines", name, len(got))
		}
	}
}

func TestFitProductsAlwaysFits(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	text := func(limit int) string {
		alphabet := []rune("abc \u2028字😀<&'/é")
		out := make([]rune, 1+r.IntN(limit))
		for i := range out {
			out[i] = alphabet[r.IntN(len(alphabet))]
		}
		return string(out)
	}
	merged := 0
	for range 500 {
		products := make([]lianlian.Product, 1+r.IntN(80))
		for i := range products {
			products[i] = lianlian.Product{
				ProductID: text(64), Name: text(128), CostPrice: 1 + lianlian.Amount(r.Int64N(1e7)), Price: 1 + lianlian.Amount(r.Int64N(1e7)),
				Quantity: 1 + r.Int64N(1000),
			}
			if r.IntN(2) == 0 {
				products[i].Description, products[i].SKU, products[i].URL = text(128), text(128), "https://shop.example/"+strings.Repeat("x", r.IntN(900))
			}
		}
		wantPrice, wantCost := sums(products)
		got := lianlian.FitProducts(products)
		if len(got) < 1 || len(got) > len(products) || !fits(t, got) {
			t.Fatalf("%d products became %d, which don't fit", len(products), len(got))
		}
		if price, cost := sums(got); price != wantPrice || cost != wantCost {
			t.Fatalf("sums %s and %s, want %s and %s", price, cost, wantPrice, wantCost)
		}
		if last := got[len(got)-1]; last.ProductID == "summary" {
			merged++
			if utf8.RuneCountInString(last.Name) > 128 {
				t.Fatalf("summary of %d characters", utf8.RuneCountInString(last.Name))
			}
		}
	}
	if merged < 100 {
		t.Errorf("only %d carts were merged: the test lost its teeth", merged)
	}
}
