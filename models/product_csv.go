package models

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Limits of a file of products.
const (
	MaxImportBytes = 1 << 20
	MaxImportLines = 5000
)

// unlimited is the word for a stock that isn't counted.
const unlimited = "unlimited"

// languageTags are the shop's languages, in the order of a file's columns.
var languageTags = []string{"en", "zh-Hant", "zh-Hans"}

// csvColumn is one column of a file of products. of is the cell of a product's variant; whole says that it is the product's.
type csvColumn struct {
	name  string
	whole bool
	of    func(p Product, v Variant) string
}

var csvColumns = allColumns()

func allColumns() []csvColumn {
	list := []csvColumn{
		{"slug", true, func(p Product, _ Variant) string { return p.Slug }},
		{"sku", false, func(_ Product, v Variant) string { return v.SKU }},
	}
	text := func(name string, whole bool, of func(p Product, v Variant) Text) {
		for _, tag := range languageTags {
			list = append(list, csvColumn{name + "_" + tag, whole, func(p Product, v Variant) string { return of(p, v)[tag] }})
		}
	}
	text("name", true, func(p Product, _ Variant) Text { return p.Name })
	text("variant", false, func(_ Product, v Variant) Text { return v.Name })
	list = append(list,
		csvColumn{"price", false, func(_ Product, v Variant) string { return v.Price.Decimal() }},
		csvColumn{"list_price", false, func(_ Product, v Variant) string {
			if !v.OnSale() {
				return ""
			}
			return v.CostPrice.Decimal()
		}},
		csvColumn{"stock", false, func(_ Product, v Variant) string { return stockCell(v.Stock) }},
		csvColumn{"hidden", true, func(p Product, _ Variant) string { return yesNo(p.Hidden) }},
		csvColumn{"variant_hidden", false, func(_ Product, v Variant) string { return yesNo(v.Hidden) }},
		csvColumn{"free_amount", true, func(p Product, _ Variant) string { return yesNo(p.FreeAmount) }},
	)
	text("category", true, func(p Product, _ Variant) Text { return p.Category })
	text("description", true, func(p Product, _ Variant) Text { return p.Description })
	return append(list, csvColumn{"image", true, func(p Product, _ Variant) string { return p.Image }})
}

func stockCell(n *int64) string {
	if n == nil {
		return unlimited
	}
	return strconv.FormatInt(*n, 10)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// byteOrderMark tells Excel that a file is UTF-8.
const byteOrderMark = "\ufeff"

// WriteProducts writes products as CSV, one line for each variant.
func WriteProducts(w io.Writer, products []Product) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	row := make([]string, len(csvColumns))
	for i, c := range csvColumns {
		row[i] = c.name
	}
	if err := out.Write(row); err != nil {
		return err
	}
	for _, p := range products {
		for _, v := range p.Variants {
			for i, c := range csvColumns {
				row[i] = SafeCell(c.of(p, v))
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

// CSVColumns are the columns that a file of products may have, in the order in which they are written.
func CSVColumns() []string {
	var names []string
	for _, c := range csvColumns {
		names = append(names, c.name)
	}
	return names
}

func isColumn(name string) bool {
	return slices.ContainsFunc(csvColumns, func(c csvColumn) bool { return c.name == name })
}

// boolean reads a cell that says yes or no.
func boolean(s string) (is, ok bool) {
	switch strings.ToLower(s) {
	case "yes", "y", "true", "1":
		return true, true
	case "no", "n", "false", "0", "":
		return false, true
	}
	return false, false
}
