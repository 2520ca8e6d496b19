package models_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"lianlian-checkout/models"
)

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

func money(amount int64, currency string) models.Money {
	return models.Money{Amount: amount, Currency: currency}
}

// oneLine is a cart of one product, quantity times at the price.
func oneLine(price, quantity int64, currency string) models.Cart {
	p := models.Product{Slug: "thing", Variants: []models.Variant{{SKU: "thing", CostPrice: money(price, currency), Price: money(price, currency)}}}
	return models.NewCart([]models.CartItem{{SKU: "thing", Quantity: quantity}}, map[string]models.Product{"thing": p}, currency)
}

func TestDiscount(t *testing.T) {
	t.Parallel()
	hkd := func(n int64) models.Money { return money(n, "HKD") }
	for _, tt := range []struct {
		name     string
		cart     models.Cart
		discount models.Discount
		used     int64
		total    int64
		lines    string // price × quantity of each
		problem  models.DiscountProblem
	}{
		{"a tenth", oneLine(16800, 1, "HKD"), models.Discount{Percent: 10}, 0, 15120, "151.20×1", ""},
		{"a tenth of several", oneLine(16800, 3, "HKD"), models.Discount{Percent: 10}, 0, 45360, "151.20×3", ""},
		{"half a cent is rounded up", oneLine(5, 1, "HKD"), models.Discount{Percent: 50}, 0, 2, "0.02×1", ""},
		{"a line that must be split", oneLine(10000, 3, "HKD"), models.Discount{Amount: hkd(10000)}, 0, 20000, "66.66×1 66.67×2", ""},
		{"everything leaves a cent a piece", oneLine(10000, 2, "HKD"), models.Discount{Percent: 100}, 0, 2, "0.01×2", ""},
		{"more than there is", oneLine(500, 1, "HKD"), models.Discount{Amount: hkd(99900)}, 0, 1, "0.01×1", ""},
		{"yen stay whole", oneLine(100000, 3, "JPY"), models.Discount{Percent: 33}, 0, 201000, "670.00×3", ""},
		{"yen are split by one yen", oneLine(100000, 3, "JPY"), models.Discount{Amount: money(10000, "JPY")}, 0, 290000, "966.00×1 967.00×2", ""},
		{"everything leaves a yen a piece", oneLine(100000, 2, "JPY"), models.Discount{Percent: 100}, 0, 200, "1.00×2", ""},
		{"nothing to take", oneLine(1, 4, "HKD"), models.Discount{Percent: 50}, 0, 4, "0.01×4", models.DiscountProducts},
		{"another product", oneLine(10000, 1, "HKD"), models.Discount{Percent: 10, Products: []string{"other"}}, 0, 10000, "100.00×1", models.DiscountProducts},
		{"its product", oneLine(10000, 1, "HKD"), models.Discount{Percent: 10, Products: []string{"other", "thing"}}, 0, 9000, "90.00×1", ""},
		{"below the least", oneLine(9999, 1, "HKD"), models.Discount{Percent: 10, MinTotal: hkd(10000)}, 0, 9999, "99.99×1", models.DiscountMinTotal},
		{"at the least", oneLine(10000, 1, "HKD"), models.Discount{Percent: 10, MinTotal: hkd(10000)}, 0, 9000, "90.00×1", ""},
		{"the last moment", oneLine(10000, 1, "HKD"), models.Discount{Percent: 10, Expires: noon.Add(1)}, 0, 9000, "90.00×1", ""},
		{"too late", oneLine(10000, 1, "HKD"), models.Discount{Percent: 10, Expires: noon}, 0, 10000, "100.00×1", models.DiscountExpired},
		{"the last use", oneLine(10000, 1, "HKD"), models.Discount{Percent: 10, MaxUses: 2}, 1, 9000, "90.00×1", ""},
		{"used up", oneLine(10000, 1, "HKD"), models.Discount{Percent: 10, MaxUses: 2}, 2, 10000, "100.00×1", models.DiscountUsedUp},
		{"the most money", oneLine(models.MaxAmount, 1, "HKD"), models.Discount{Percent: 99}, 0, 1000000000000, "10000000000.00×1", ""},
		{"nothing in the cart", models.NewCart(nil, nil, "HKD"), models.Discount{Percent: 10}, 0, 0, "", models.DiscountProducts},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.discount.Code = "TEA10"
			c := tt.cart.WithDiscount(tt.discount, tt.used, noon)
			if c.Total.Amount != tt.total || c.Discount.Problem != tt.problem {
				t.Errorf("total %s, problem %q; want %d, %q", c.Total, c.Discount.Problem, tt.total, tt.problem)
			}
			if got := written(c.Lines); got != tt.lines {
				t.Errorf("lines = %s, want %s", got, tt.lines)
			}
			if c.Discount.Off.Amount != tt.cart.Total.Amount-tt.total || models.Discounted(c.Lines) != c.Discount.Off.Amount {
				t.Errorf("off = %s, of the lines %d", c.Discount.Off, models.Discounted(c.Lines))
			}
			if (c.DiscountCode() == "") != (tt.problem != "") {
				t.Errorf("code = %q", c.DiscountCode())
			}
		})
	}
}

func written(lines []models.LineItem) string {
	s := ""
	for i, l := range lines {
		if i > 0 {
			s += " "
		}
		s += l.Price.Decimal() + "×" + string(rune('0'+l.Quantity))
	}
	return s
}

// TestDiscountSums is I4 with codes: whatever the cart and the code, the lines sum up to the total, every piece costs something,
// nothing costs more than before, and yen stay whole.
func TestDiscountSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		currency := rapid.SampledFrom([]string{"HKD", "JPY", "KRW", "USD"}).Draw(t, "currency")
		unit := int64(1)
		if models.WholeUnits(currency) {
			unit = 100
		}
		amount := func(name string) models.Money {
			return money(unit*rapid.OneOf(rapid.Int64Range(1, 50), rapid.Int64Range(1, 1_000_000), rapid.Int64Range(1, models.MaxAmount/100)).Draw(t, name), currency)
		}
		var items []models.CartItem
		catalogue := map[string]models.Product{}
		for i := range rapid.IntRange(0, 6).Draw(t, "lines") {
			sku := string(rune('a' + i))
			v := models.Variant{SKU: sku, Price: amount("price")}
			v.CostPrice = v.Price
			if rapid.Bool().Draw(t, "on sale") {
				v.CostPrice.Amount += unit * rapid.Int64Range(0, 1000).Draw(t, "more")
			}
			catalogue[sku] = models.Product{Slug: sku, FreeAmount: rapid.IntRange(0, 5).Draw(t, "free") == 0, Variants: []models.Variant{v}}
			items = append(items, models.CartItem{SKU: sku, Quantity: rapid.Int64Range(0, 40).Draw(t, "quantity"), Amount: v.Price.Amount})
		}
		d := models.Discount{Code: "CODE", Products: rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "z"}), 0, 3).Draw(t, "products")}
		if rapid.Bool().Draw(t, "percentage") {
			d.Percent = rapid.Int64Range(1, 100).Draw(t, "percent")
		} else {
			d.Amount = amount("off")
		}
		before := models.NewCart(items, catalogue, currency)
		c := before.WithDiscount(d, 0, noon)

		var sum, pieces int64
		for _, l := range c.Lines {
			if c.Problems[l.SKU] != "" {
				continue
			}
			sum += l.Total.Amount
			pieces += l.Quantity
			if want, err := l.Price.Times(l.Quantity); err != nil || want != l.Total || l.Quantity < 1 {
				t.Fatalf("%d × %s isn't %s", l.Quantity, l.Price, l.Total)
			}
			if l.Price.Check() != nil || l.CostPrice.Amount < l.Price.Amount || (!l.Before.IsZero() && l.Before.Amount < l.Price.Amount) {
				t.Fatalf("a piece at %s, before %s, list %s: %v", l.Price, l.Before, l.CostPrice, l.Price.Check())
			}
			if l.FreeAmount && !l.Before.IsZero() {
				t.Fatal("a price that is the buyer's own was made less")
			}
		}
		switch {
		case sum != c.Total.Amount:
			t.Fatalf("the lines sum up to %d, the total is %s", sum, c.Total)
		case c.Total.Amount != before.Total.Amount-c.Discount.Off.Amount || c.Discount.Off.Amount < 0:
			t.Fatalf("%s less %s isn't %s", before.Total, c.Discount.Off, c.Total)
		case models.Discounted(c.Lines) != c.Discount.Off.Amount:
			t.Fatalf("the lines lost %d, the total %s", models.Discounted(c.Lines), c.Discount.Off)
		case before.Buyable() != c.Buyable():
			t.Fatalf("buyable before %v, after %v", before.Buyable(), c.Buyable())
		case (c.Discount.Off.Amount > 0) != (c.DiscountCode() != ""):
			t.Fatalf("off %s, code %q", c.Discount.Off, c.DiscountCode())
		case c.DiscountCode() != "" && c.Fingerprint() == before.Fingerprint():
			t.Fatal("the fingerprint doesn't know of the discount")
		}
		shown := models.Shown(c.Lines)
		if len(shown) != len(before.Lines) {
			t.Fatalf("%d lines are shown of %d", len(shown), len(before.Lines))
		}
		for i, l := range shown {
			if b := before.Lines[i]; l.SKU != b.SKU || l.Quantity != b.Quantity || l.Price != b.Price || l.Total != b.Total {
				t.Fatalf("shown %+v, bought %+v", l, b)
			}
		}
		if got, want := c.Items(), before.Items(); len(got) != len(want) {
			t.Fatalf("items %v, want %v", got, want)
		}
		if d.Percent > 0 && c.Discount.Off.Amount > before.Total.Amount {
			t.Fatal("more was taken off than there was")
		}
	})
}

func TestNewDiscountCode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		typed, want string
		ok          bool
	}{
		{"TEA10", "TEA10", true}, {" tea10 ", "TEA10", true}, {"ｔｅａ１０", "TEA10", true}, {"new-year-2026", "NEW-YEAR-2026", true},
		{"AB", "", false}, {"", "", false}, {"TEA 10", "", false}, {"茶10", "", false}, {"TEA_10", "", false}, {"<b>", "", false},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", true}, {"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456", "", false},
		{"\xff\xfe\x00", "", false}, {string(make([]byte, 1<<16)), "", false}, {"ﷺﷺﷺﷺﷺﷺ", "", false}, {"ıßſ", "", false},
	} {
		if got, ok := models.NewDiscountCode(tt.typed); ok != tt.ok || (ok && got != tt.want) {
			t.Errorf("%.40q = %q, %v; want %q, %v", tt.typed, got, ok, tt.want, tt.ok)
		}
	}
}

func TestDiscountCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		d    models.Discount
		ok   bool
	}{
		{"percent", models.Discount{Code: "ABC", Percent: 100}, true},
		{"amount", models.Discount{Code: "ABC", Amount: money(500, "HKD"), MinTotal: money(1000, "HKD"), MaxUses: 1}, true},
		{"neither", models.Discount{Code: "ABC"}, false},
		{"both", models.Discount{Code: "ABC", Percent: 1, Amount: money(500, "HKD")}, false},
		{"101 percent", models.Discount{Code: "ABC", Percent: 101}, false},
		{"less than nothing", models.Discount{Code: "ABC", Amount: money(-500, "HKD")}, false},
		{"another currency", models.Discount{Code: "ABC", Amount: money(500, "USD")}, false},
		{"small letters", models.Discount{Code: "abc", Percent: 1}, false},
		{"negative uses", models.Discount{Code: "ABC", Percent: 1, MaxUses: -1}, false},
	} {
		if err := tt.d.Check("HKD"); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	twice := []models.Discount{{Code: "ABC", Percent: 1}, {Code: "ABC", Percent: 2}}
	if models.CheckDiscounts(twice, "HKD") == nil || models.CheckDiscounts(twice[:1], "HKD") != nil {
		t.Error("a code that is there twice isn't told from one that is there once")
	}
}
