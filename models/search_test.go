package models_test

import (
	"path/filepath"
	"strings"
	"testing"

	"lianlian-checkout/models"
)

func TestFind(t *testing.T) {
	t.Parallel()
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: filepath.Join(t.TempDir(), "checkout.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	one := func(slug, sku string, category, name, description models.Text) models.Product {
		return models.Product{Slug: slug, Category: category, Name: name, Description: description, Variants: []models.Variant{
			{SKU: sku, Name: models.Text{"en": "50 g tin"}, CostPrice: money(100, "HKD"), Price: money(100, "HKD")}}}
	}
	tea, ware := models.Text{"en": "Tea", "zh-Hant": "茶葉", "zh-Hans": "茶叶"}, models.Text{"zh-Hant": "茶具"}
	err = s.SeedProducts(t.Context(), []models.Product{
		one("pearls", "TEA-JASMINE", tea, models.Text{"en": "Jasmine Pearls", "zh-Hant": "茉莉龍珠", "zh-Hans": "茉莉龙珠"}, models.Text{"en": "Rolled by hand 100%"}),
		one("pot", "WARE_POT", ware, models.Text{"en": "Straße teapot"}, models.Text{"en": "Rolled too"}),
		one("tip", "TIP", nil, models.Text{"en": "Tip"}, nil),
		{Slug: "secret", Hidden: true, Name: models.Text{"en": "Jasmine secret"}, Variants: []models.Variant{{SKU: "SECRET", Price: money(1, "HKD")}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	shelf, err := s.Shelf(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ query, category, want string }{
		{"", "", "pearls pot tip"}, {"   ", "", "pearls pot tip"}, {"jasmine", "", "pearls"}, {"JASMINE", "", "pearls"}, {"ｊａｓｍｉｎｅ　ｐｅａｒｌｓ", "", "pearls"},
		{"pearls jasmine", "", "pearls"}, {"jasm", "", "pearls"}, {"龍珠", "", "pearls"}, {"龙珠", "", "pearls"}, {"龙葉", "", ""}, {"茶葉", "", "pearls"}, {"茶", "", "pearls pot"},
		{"rolled", "", "pearls pot"}, {"rolled by", "", "pearls"}, {"tea-jas", "", "pearls"}, {"strasse", "", "pot"}, {"STRASSE", "", "pot"}, {"50 g", "", "pearls pot tip"},
		{"%", "", "pearls"}, {"_", "", "pot"}, {"' OR 1=1 --", "", ""}, {"\x00\xff", "", "pearls pot tip"}, {"coffee", "", ""}, {"secret", "", ""},
		{"", "Tea", "pearls"}, {"", "茶具", "pot"}, {"rolled", "茶具", "pot"}, {"jasmine", "茶具", ""}, {"", "nothing", ""},
	} {
		var got []string
		for _, p := range shelf.Find(models.CleanSearch(tt.query), tt.category) {
			got = append(got, p.Slug)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%q in %q: %v, want %s", tt.query, tt.category, got, tt.want)
		}
	}
	if c := shelf.Categories(); len(c) != 2 || c[0].In("zh-Hans") != "茶叶" || c[1].In("en") != "茶具" {
		t.Errorf("categories = %v", c)
	}
}

func TestCleanSearch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ typed, want string }{
		{"  tea\t cup \n", "tea cup"}, {"茶　杯", "茶 杯"}, {"a\x00b\u200bc\u202ed", "abcd"}, {"\xff\xfe", ""}, {strings.Repeat("茶", 65), strings.Repeat("茶", 64)},
		{strings.Repeat("x", 1<<20), strings.Repeat("x", 64)}, {strings.Repeat(" x", 40), strings.TrimSpace(strings.Repeat("x ", 32))},
	} {
		if got := models.CleanSearch(tt.typed); got != tt.want {
			t.Errorf("%.40q = %q, want %q", tt.typed, got, tt.want)
		}
	}
}
