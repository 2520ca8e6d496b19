package models_test

import (
	"testing"

	"pgregory.net/rapid"

	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

func shelf() map[string]models.Product {
	products := append(storetest.Products(), models.Product{Slug: "tip", Name: models.Text{"en": "Tip"}, FreeAmount: true, Variants: []models.Variant{
		{SKU: "tip", CostPrice: models.Money{Amount: 500, Currency: "HKD"}, Price: models.Money{Amount: 500, Currency: "HKD"}},
	}}, models.Product{Slug: "foreign", Variants: []models.Variant{
		{SKU: "foreign", Price: models.Money{Amount: 500, Currency: "USD"}},
	}}, models.Product{Slug: "hidden", Hidden: true, Variants: []models.Variant{{SKU: "hidden", Price: models.Money{Amount: 500, Currency: "HKD"}}}})
	all := map[string]models.Product{}
	for _, p := range products {
		for _, v := range p.Variants {
			all[v.SKU] = p
		}
	}
	return all
}

func TestCart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		items    []models.CartItem
		total    int64
		problems map[string]models.CartProblem
	}{
		{"two lines", []models.CartItem{{SKU: "cup", Quantity: 2}, {SKU: "tea-100", Quantity: 1}}, 48600, nil},
		{"the same twice", []models.CartItem{{SKU: "cup", Quantity: 2}, {SKU: "cup", Quantity: 1}}, 50400, nil},
		{"unknown", []models.CartItem{{SKU: "nope", Quantity: 1}}, 0, map[string]models.CartProblem{"nope": models.ProblemUnknown}},
		{"hidden", []models.CartItem{{SKU: "hidden", Quantity: 1}}, 0, map[string]models.CartProblem{"hidden": models.ProblemUnknown}},
		{"zero", []models.CartItem{{SKU: "cup"}}, 0, map[string]models.CartProblem{"cup": models.ProblemQuantity}},
		{"negative", []models.CartItem{{SKU: "cup", Quantity: -1}, {SKU: "tea-50", Quantity: 1}}, 8800, map[string]models.CartProblem{"cup": models.ProblemQuantity}},
		{"10^12", []models.CartItem{{SKU: "tea-50", Quantity: 1e12}}, 0, map[string]models.CartProblem{"tea-50": models.ProblemQuantity}},
		{"more than there is", []models.CartItem{{SKU: "cup", Quantity: 6}}, 0, map[string]models.CartProblem{"cup": models.ProblemTooMany}},
		{"own price", []models.CartItem{{SKU: "tip", Quantity: 1, Amount: 2500}}, 2500, nil},
		{"own price too low", []models.CartItem{{SKU: "tip", Quantity: 1, Amount: 499}}, 0, map[string]models.CartProblem{"tip": models.ProblemAmount}},
		{"own price past the end", []models.CartItem{{SKU: "tip", Quantity: 9999, Amount: models.MaxAmount}}, 0, map[string]models.CartProblem{"tip": models.ProblemOverflow}},
		{"a price of one's own for a cup", []models.CartItem{{SKU: "cup", Quantity: 1, Amount: 1}}, 16800, nil},
		{"another currency", []models.CartItem{{SKU: "foreign", Quantity: 1}}, 0, map[string]models.CartProblem{"foreign": models.ProblemCurrency}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := models.NewCart(tt.items, shelf(), "HKD")
			if c.Total.Amount != tt.total || c.Total.Currency != "HKD" {
				t.Errorf("total = %v, want %d", c.Total, tt.total)
			}
			if len(c.Problems) != len(tt.problems) || c.Buyable() != (len(tt.problems) == 0) {
				t.Errorf("problems = %v, buyable %v; want %v", c.Problems, c.Buyable(), tt.problems)
			}
			for sku, want := range tt.problems {
				if c.Problems[sku] != want {
					t.Errorf("problem of %s = %q, want %q", sku, c.Problems[sku], want)
				}
			}
		})
	}
}

// TestCartSums is I4: whatever a browser sends, the lines' sum is the total, and prices are the shelf's.
func TestCartSums(t *testing.T) {
	t.Parallel()
	all := shelf()
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) models.CartItem {
			return models.CartItem{
				SKU:      rapid.SampledFrom([]string{"cup", "tea-50", "tea-100", "tip", "foreign", "hidden", "nope"}).Draw(t, "sku"),
				Quantity: rapid.Int64().Draw(t, "quantity"), Amount: rapid.Int64().Draw(t, "amount"),
			}
		}), 0, 8).Draw(t, "items")
		c := models.NewCart(items, all, "HKD")
		var sum int64
		for _, l := range c.Lines {
			if c.Problems[l.SKU] != "" {
				continue
			}
			if l.SKU != "tip" && l.Price != all[l.SKU].Variants[0].Price && l.Price != all[l.SKU].Variants[len(all[l.SKU].Variants)-1].Price {
				t.Fatalf("price of %s is %v, not the shelf's", l.SKU, l.Price)
			}
			sum += l.Price.Amount * l.Quantity
		}
		if sum != c.Total.Amount || sum < 0 || sum > models.MaxAmount {
			t.Fatalf("lines add up to %d, total is %v", sum, c.Total)
		}
	})
}

func TestFingerprintNoticesPrices(t *testing.T) {
	t.Parallel()
	items := []models.CartItem{{SKU: "cup", Quantity: 1}}
	before := models.NewCart(items, shelf(), "HKD").Fingerprint()
	if again := models.NewCart(items, shelf(), "HKD").Fingerprint(); again != before {
		t.Error("the same cart has two fingerprints")
	}
	dearer := shelf()
	p := dearer["cup"]
	p.Variants[0].Price.Amount++
	dearer["cup"] = p
	if models.NewCart(items, dearer, "HKD").Fingerprint() == before {
		t.Error("a changed price wasn't noticed")
	}
}
