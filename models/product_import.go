package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
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
