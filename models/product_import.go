package models

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ImportLine is what one line of a file does.
type ImportLine struct {
	Line     int
	Slug     string
	SKU      string
	Name     Text // the product's, as it will be
	Added    bool
	Changes  []ImportChange
	Problems []ImportProblem
}

// ImportChange is one cell that becomes another.
type ImportChange struct{ Column, From, To string }

// ImportProblem is one cell that can't be taken: a rule as a FieldError has it. Column is empty where the whole line is meant.
type ImportProblem struct {
	Column string
	Rule   string
	Limit  int
}

// Import is what a file would do to the shelf as it is now.
type Import struct {
	Lines []ImportLine // those that change something or can't be taken
	Same  int          // lines that change nothing
	// Fingerprint names the file and what it does: the same fingerprint is the same change.
	Fingerprint string

	products []Product
	stock    []importedStock
}

type importedStock struct {
	slug, sku string
	change    StockChange
}

// Refused counts the lines that can't be taken. While there are any, nothing is.
func (i Import) Refused() (n int) {
	for _, l := range i.Lines {
		if len(l.Problems) > 0 {
			n++
		}
	}
	return n
}

// Empty tells whether there is nothing to do.
func (i Import) Empty() bool { return len(i.Lines) == 0 }

// PlanImport reads a file as WriteProducts writes it, for a shelf that holds these products and sells in the currency. Columns that the file
// doesn't have stay as they are, and so do products and variants that aren't in it. All that is wrong with a line is in its Problems; a file
// that can't be read at all is *InvalidError of the field "file", with the line as its limit where one is known.
func PlanImport(file []byte, shelf []Product, currency string) (Import, error) {
	rows, err := readRows(file)
	if err != nil {
		return Import{}, err
	}
	r := &importer{currency: currency, images: map[string]bool{"": true}, at: map[string]int{}, owner: map[string]string{}, seen: map[string]bool{}}
	for _, p := range shelf {
		r.images[p.Image] = true
		r.at[p.Slug] = len(r.before)
		r.before = append(r.before, p)
		for _, v := range p.Variants {
			r.owner[v.SKU] = p.Slug
		}
	}
	r.after = make([]Product, len(r.before))
	for i, p := range r.before {
		p.Variants, p.Name, p.Category, p.Description = slices.Clone(p.Variants), maps.Clone(p.Name), maps.Clone(p.Category), maps.Clone(p.Description)
		r.after[i] = p
	}
	for _, row := range rows {
		r.read(row)
	}
	return r.plan(file), nil
}

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

// plan compares the shelf before and after, line by line.
func (r *importer) plan(file []byte) Import {
	var out Import
	for slug, first := range r.first {
		p := r.after[r.at[slug]]
		var invalid *InvalidError
		if errors.As(p.Check(r.currency), &invalid) {
			for _, e := range invalid.Fields {
				r.blame(p, first, e)
			}
		}
	}
	touched := map[string]bool{}
	for n := range r.lines {
		line := &r.lines[n]
		if i, known := r.at[line.Slug]; known && len(line.Problems) == 0 {
			before, after := r.before[i], r.after[i]
			line.Name = after.Name
			was, _ := before.Variant(line.SKU)
			is, _ := after.Variant(line.SKU)
			for _, c := range csvColumns {
				if c.whole && r.first[line.Slug] != n || before.ID == 0 && c.name == "slug" || line.Added && c.name == "sku" {
					continue
				}
				from, to := c.of(before, was), c.of(after, is)
				if line.Added && !c.whole || before.ID == 0 {
					from = ""
				}
				if from != to {
					line.Changes = append(line.Changes, ImportChange{c.name, from, to})
				}
			}
			touched[line.Slug] = touched[line.Slug] || len(line.Changes) > 0 || line.Added
		}
		if line.Added || len(line.Changes)+len(line.Problems) > 0 {
			out.Lines = append(out.Lines, *line)
		} else {
			out.Same++
		}
	}
	for _, p := range r.after {
		if touched[p.Slug] {
			out.products = append(out.products, p)
		}
	}
	out.stock = r.stock
	seen := make([]string, 0, len(out.products))
	for _, p := range out.products {
		seen = append(seen, p.Slug+" "+strconv.FormatInt(p.Version, 10))
	}
	sum := sha256.Sum256([]byte(toJSON([]any{file, out.Lines, seen})))
	out.Fingerprint = hex.EncodeToString(sum[:16])
	return out
}

// blame puts what is wrong with a product to the line and the column that say it.
func (r *importer) blame(p Product, first int, e FieldError) {
	n, column := first, e.Field
	if rest, ok := strings.CutPrefix(e.Field, "variants."); ok {
		index, field, _ := strings.Cut(rest, ".")
		i, _ := strconv.Atoi(index)
		sku := p.Variants[min(i, len(p.Variants)-1)].SKU
		if at := slices.IndexFunc(r.lines, func(l ImportLine) bool { return l.Slug == p.Slug && l.SKU == sku }); at >= 0 {
			n = at
		}
		column = field
		if field == "name" {
			column = "variant_en"
		}
	} else if slices.Contains([]string{"name", "category", "description"}, e.Field) {
		column += "_en"
	}
	line := &r.lines[n]
	if !slices.ContainsFunc(line.Problems, func(p ImportProblem) bool { return p.Column == column }) {
		line.Problems = append(line.Problems, ImportProblem{column, e.Rule, e.Limit})
	}
}
