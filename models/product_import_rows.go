package models

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// csvRow is one line, by column.
type csvRow struct {
	line  int
	cells map[string]string
}

func badFile(rule string, line int) error {
	return &InvalidError{Fields: []FieldError{{Field: "file", Rule: rule, Limit: line}}}
}

func readRows(file []byte) ([]csvRow, error) {
	if len(file) > MaxImportBytes {
		return nil, badFile("too_large", 0)
	}
	if !utf8.Valid(file) || bytes.IndexByte(file, 0) >= 0 {
		return nil, badFile("encoding", 0)
	}
	text := strings.TrimPrefix(string(file), byteOrderMark)
	in := csv.NewReader(strings.NewReader(text))
	if first, _, _ := strings.Cut(text, "\n"); !strings.Contains(first, ",") { // as spreadsheets of some countries save it
		switch {
		case strings.Contains(first, ";"):
			in.Comma = ';'
		case strings.Contains(first, "\t"):
			in.Comma = '\t'
		}
	}
	in.FieldsPerRecord = -1
	head, err := in.Read()
	if err != nil {
		return nil, badFile("empty", 0)
	}
	for i := range head {
		head[i] = strings.TrimSpace(head[i])
		if !isColumn(head[i]) || slices.Index(head, head[i]) < i {
			return nil, &InvalidError{Fields: []FieldError{{Field: "column", Rule: head[i], Limit: i + 1}}}
		}
	}
	if !slices.Contains(head, "slug") || !slices.Contains(head, "sku") {
		return nil, badFile("columns", 1)
	}
	var rows []csvRow
	for {
		record, err := in.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case errors.As(err, &parse):
			return nil, badFile("csv", parse.StartLine)
		case err != nil:
			return nil, badFile("csv", 0)
		}
		line, _ := in.FieldPos(0)
		if strings.TrimSpace(strings.Join(record, "")) == "" {
			continue
		}
		if len(record) != len(head) {
			return nil, badFile("cells", line)
		}
		if len(rows) == MaxImportLines {
			return nil, badFile("lines", MaxImportLines)
		}
		row := csvRow{line, map[string]string{}}
		for i, name := range head {
			row.cells[name] = ReadCell(strings.TrimSpace(record[i]))
		}
		rows = append(rows, row)
	}
}

type importer struct {
	currency      string
	before, after []Product
	at            map[string]int    // by slug
	owner         map[string]string // slugs by SKU
	images        map[string]bool
	seen          map[string]bool // SKUs of the file
	lines         []ImportLine
	rows          []csvRow
	first         map[string]int // the product's first line, by slug
	stock         []importedStock
}

func (r *importer) read(row csvRow) {
	slug, sku := row.cells["slug"], row.cells["sku"]
	line := ImportLine{Line: row.line, Slug: slug, SKU: sku}
	bad := func(column, rule string, limit int) {
		line.Problems = append(line.Problems, ImportProblem{column, rule, limit})
	}
	defer func() { r.lines, r.rows = append(r.lines, line), append(r.rows, row) }()
	code("slug", slug, slugCharacters, bad)
	code("sku", sku, skuCharacters, bad)
	if r.seen[sku] {
		bad("sku", "twice", 0)
	}
	if owner, taken := r.owner[sku]; taken && owner != slug {
		bad("sku", "taken", 0)
	}
	if len(line.Problems) > 0 {
		return
	}
	r.seen[sku], r.owner[sku] = true, slug
	i, there := r.at[slug]
	if !there {
		i = len(r.after)
		r.at[slug] = i
		r.before, r.after = append(r.before, Product{}), append(r.after, Product{Slug: slug, Name: Text{}, Category: Text{}, Description: Text{}})
	}
	if r.first == nil {
		r.first = map[string]int{}
	}
	p := &r.after[i]
	if first, again := r.first[slug]; again {
		for _, c := range csvColumns {
			if cell, has := row.cells[c.name]; has && c.whole && cell != "" && cell != r.rows[first].cells[c.name] {
				bad(c.name, "differs", 0)
			}
		}
	} else {
		r.first[slug] = len(r.lines)
		r.product(p, row, bad)
	}
	j := slices.IndexFunc(p.Variants, func(v Variant) bool { return v.SKU == sku })
	if j < 0 {
		line.Added = true
		p.Variants = append(p.Variants, Variant{SKU: sku, Name: Text{}, Price: Money{0, r.currency}, CostPrice: Money{0, r.currency}})
		j = len(p.Variants) - 1
	}
	r.variant(p, j, row, line.Added, bad)
}

func (r *importer) product(p *Product, row csvRow, bad func(column, rule string, limit int)) {
	for name, t := range map[string]*Text{"name": &p.Name, "category": &p.Category, "description": &p.Description} {
		if *t == nil {
			*t = Text{}
		}
		setTexts(*t, name, row)
	}
	r.flag(&p.Hidden, "hidden", row, bad)
	r.flag(&p.FreeAmount, "free_amount", row, bad)
	if image, has := row.cells["image"]; has {
		if !r.images[image] {
			bad("image", "unknown", 0)
		} else {
			p.Image = image
		}
	}
}

func setTexts(t Text, name string, row csvRow) {
	for _, tag := range languageTags {
		cell, has := row.cells[name+"_"+tag]
		if has && cell == "" {
			delete(t, tag)
		} else if has {
			t[tag] = cell
		}
	}
}

func (r *importer) flag(b *bool, name string, row csvRow, bad func(column, rule string, limit int)) {
	cell, has := row.cells[name]
	is, ok := boolean(cell)
	if has && !ok {
		bad(name, "yes_no", 0)
	} else if has {
		*b = is
	}
}

func (r *importer) variant(p *Product, j int, row csvRow, added bool, bad func(column, rule string, limit int)) {
	v := &p.Variants[j]
	name := maps.Clone(v.Name)
	if name == nil {
		name = Text{}
	}
	setTexts(name, "variant", row)
	v.Name = name
	r.flag(&v.Hidden, "variant_hidden", row, bad)
	onSale := v.OnSale()
	if cell, has := row.cells["price"]; has {
		r.amount(&v.Price, "price", cell, bad)
		if !onSale {
			v.CostPrice = v.Price
		}
	}
	if cell := row.cells["list_price"]; cell != "" {
		r.amount(&v.CostPrice, "list_price", cell, bad)
	} else if _, has := row.cells["list_price"]; has {
		v.CostPrice = v.Price
	}
	cell := row.cells["stock"]
	if cell == "" {
		return
	}
	var to *int64
	if !strings.EqualFold(cell, unlimited) {
		n, err := strconv.ParseInt(cell, 10, 64)
		if err != nil || n > MaxStock || n < -MaxStock {
			bad("stock", "format", 0)
			return
		}
		to = &n
	}
	if added {
		v.Stock = to
		return
	}
	switch from := v.Stock; {
	case from == nil && to == nil, from != nil && to != nil && *from == *to:
		return
	case from != nil && to != nil: // by the difference, so that what is sold until then stays sold
		r.stock = append(r.stock, importedStock{p.Slug, v.SKU, StockChange{Add: *to - *from}})
	default:
		r.stock = append(r.stock, importedStock{p.Slug, v.SKU, StockChange{Set: to, Uncount: to == nil, Seen: from}})
	}
	v.Stock = to
}

func (r *importer) amount(m *Money, column, cell string, bad func(column, rule string, limit int)) {
	n, err := ParseAmount(strings.ReplaceAll(cell, ",", ""))
	if err != nil {
		bad(column, "amount", 0)
		return
	}
	*m = Money{n, r.currency}
}
