package models_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strconv"
	"strings"
	"testing"

	"lianlian-checkout/models"
)

// hostileShelf has texts that a spreadsheet would run.
func hostileShelf() []models.Product {
	three, oversold := int64(3), int64(-2)
	m := func(n int64) models.Money { return models.Money{Amount: n, Currency: "HKD"} }
	return []models.Product{
		{ID: 1, Slug: "-x", Name: models.Text{"en": `=HYPERLINK("http://evil")`, "zh-Hant": "+1, 茶"}, Category: models.Text{"en": "@SUM(A1)"}, Description: models.Text{"en": "'=quoted"}, Image: "img/x.svg", Variants: []models.Variant{
			{SKU: "-a", Name: models.Text{"en": "''-two"}, Price: m(100), CostPrice: m(200), Stock: &oversold},
			{SKU: "b", Name: models.Text{"en": "it's"}, Price: m(100), CostPrice: m(100), Stock: &three, Hidden: true},
		}},
		{ID: 2, Slug: "tip", Name: models.Text{"zh-Hans": "小费"}, FreeAmount: true, Hidden: true, Variants: []models.Variant{{SKU: "007", Price: m(1000), CostPrice: m(1000)}}},
	}
}

// TestExportIsSafeAndComesBack: no cell begins like a formula, and the file changes nothing when it comes back.
func TestExportIsSafeAndComesBack(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	if err := models.WriteProducts(&b, hostileShelf()); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(b.String(), "\ufeff")
	if !marked {
		t.Error("there is no byte order mark: Excel would misread it")
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d lines, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") && cell != "-2" { // a number, oversold
				t.Errorf("the cell %q is a formula", cell)
			}
		}
	}
	for _, file := range []string{b.String(), text, strings.ReplaceAll(b.String(), "\r\n", "\n")} {
		in, err := models.PlanImport([]byte(file), hostileShelf(), "HKD")
		if err != nil || !in.Empty() || in.Same != 3 {
			t.Errorf("what was exported comes back as %+v, %v", in, err)
		}
	}
	for _, s := range []string{"", "=1", "'=1", "''@", "'", "''", "it's", "-", "\t", "1-1", "茶", "-2", "'-2", "-2-", "  =1", "'  =1", " '@", "　＝1", "＋", "'－", "\r\n=", "\n", "'\t", "x;=1",
		"x;'=1", "x| \"-;;''+;=", "=;=", "';'＠"} {
		if got := models.ReadCell(models.SafeCell(s)); got != s {
			t.Errorf("%q comes back as %q", s, got)
		}
	}
}

func TestPlanImport(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file string
		want string // the first line's first problem or change
	}{
		"a price":              {"slug,sku,price\n-x,-a,1.50\n", "2 price: 1.00 → 1.50"},
		"with semicolons":      {"slug;sku;price\n-x;b;1.50\n", "2 price: 1.00 → 1.50"},
		"stock by word":        {"slug,sku,stock\n-x,b,Unlimited\n", "2 stock: 3 → unlimited"},
		"an empty stock":       {"slug,sku,stock\n-x,b,\n", ""},
		"no list price":        {"slug,sku,list_price\n-x,-a,\n", "2 list_price: 2.00 → "},
		"yes":                  {"slug,sku,hidden\ntip,007,NO\n", "2 hidden: yes → no"},
		"a new one":            {"slug,sku,name_en,price\nfan,fan,Fan,20\n", "2 name_en:  → Fan"},
		"after an empty line":  {"slug,sku,price\n\n,,\n-x,b,9\n", "4 price: 1.00 → 9.00"},
		"a bad price":          {"slug,sku,price\n-x,b,1e3\n", "2 price! amount"},
		"no price":             {"slug,sku,price\n-x,b,\n", "2 price! amount"},
		"nothing to pay":       {"slug,sku,price\n-x,b,0\n", "2 price! required"},
		"above the list price": {"slug,sku,price,list_price\n-x,b,9,8\n", "2 list_price! below_price"},
		"a new one, no name":   {"slug,sku,price\nfan,fan,20\n", "2 name_en! required"},
		"another's SKU":        {"slug,sku\ntip,b\n", "2 sku! taken"},
		"twice":                {"slug,sku,stock\n-x,b,4\n-x,b,5\n", "3 sku! twice"},
		"two names":            {"slug,sku,name_en\n-x,-a,A\n-x,b,B\n", "3 name_en! differs"},
		"a bad address":        {"slug,sku\nA B,b\n", "2 slug! form"},
		"half a piece":         {"slug,sku,stock\n-x,b,1.5\n", "2 stock! format"},
		"maybe":                {"slug,sku,hidden\n-x,b,maybe\n", "2 hidden! yes_no"},
		"another's picture":    {"slug,sku,image\n-x,b,https://evil.example/x\n", "2 image! unknown"},
		"a quote":              {"slug,sku,description_en\n-x,b,\"12\"\" wide\"\n", "2 description_en! quote"},
	} {
		in, err := models.PlanImport([]byte(tt.file), hostileShelf(), "HKD")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := ""
		for _, l := range in.Lines {
			if len(l.Problems) > 0 {
				got = strings.TrimSpace(strings.Join([]string{number(l.Line), l.Problems[0].Column + "!", l.Problems[0].Rule}, " "))
				break
			}
			if len(l.Changes) > 0 && got == "" {
				c := l.Changes[0]
				got = number(l.Line) + " " + c.Column + ": " + c.From + " → " + c.To
			}
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	for file, want := range map[string]string{
		"": "file empty", "slug,sku,colour\n": "column colour", "slug,slug,sku\n": "column slug", "slug,name_en\n": "file columns", "slug,sku\na\n": "file cells", "slug,sku\n\"a\n": "file csv",
		"slug,sku\n\xff,b\n": "file encoding", "slug,sku\na\x00,b\n": "file encoding", strings.Repeat("x", models.MaxImportBytes+1): "file too_large",
		"slug,sku\n" + strings.Repeat("a,b\n", models.MaxImportLines+1): "file lines",
	} {
		_, err := models.PlanImport([]byte(file), nil, "HKD")
		var invalid *models.InvalidError
		if !errors.As(err, &invalid) || invalid.Fields[0].Field+" "+invalid.Fields[0].Rule != want {
			t.Errorf("%.30q: %v, want %s", file, err, want)
		}
	}
}

func number(n int) string { return strconv.Itoa(n) }

// FuzzPlanImport: no file makes it panic, and what it takes for the same file is the same.
func FuzzPlanImport(f *testing.F) {
	var b bytes.Buffer
	if err := models.WriteProducts(&b, hostileShelf()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("slug;sku\na;b"))
	f.Fuzz(func(t *testing.T, file []byte) {
		one, err := models.PlanImport(file, hostileShelf(), "HKD")
		if err != nil {
			return
		}
		if again, err := models.PlanImport(file, hostileShelf(), "HKD"); err != nil || again.Refused() != one.Refused() || one.Refused() == 0 && again.Fingerprint != one.Fingerprint {
			t.Errorf("the same file again: %+v, %v", again, err)
		}
	})
}
