package models

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// SearchFrom is how many products make a shop that its visitors search instead of looking through it.
const SearchFrom = 12

// longestSearch is how many characters of a search are read.
const longestSearch = 64

// shelfIndex is the shelf's text as Find compares it, made when somebody first searches.
type shelfIndex struct {
	once  sync.Once
	texts []string
}

// Find are the products that match, in the shelf's order. Every word of the query must be in the product's names, category,
// description or SKUs, in whichever of the shop's languages; small and capital letters and the widths of a Chinese keyboard are the same,
// Traditional and Simplified characters are not: each finds the text that is written so. A category that isn't empty must be the
// product's, by its CategoryKey.
func (s *Shelf) Find(query, category string) []Product {
	words := strings.Fields(folded(query))
	if len(words) == 0 && category == "" {
		return s.Products
	}
	if len(words) > 0 {
		s.index.once.Do(func() {
			for _, p := range s.Products {
				s.index.texts = append(s.index.texts, p.searchText())
			}
		})
	}
	var found []Product
next:
	for i, p := range s.Products {
		if category != "" && p.CategoryKey() != category {
			continue
		}
		for _, w := range words {
			if !strings.Contains(s.index.texts[i], w) {
				continue next
			}
		}
		found = append(found, p)
	}
	return found
}

// searchText is all that is written of a product, a line each, folded.
func (p Product) searchText() string {
	var parts []string
	add := func(t Text) {
		for _, s := range t {
			parts = append(parts, s)
		}
	}
	add(p.Name)
	add(p.Category)
	add(p.Description)
	for _, v := range p.Variants {
		parts = append(parts, v.SKU)
		add(v.Name)
	}
	return folded(strings.Join(parts, "\n"))
}

func folded(s string) string { return cases.Fold().String(norm.NFKC.String(s)) }

// CleanSearch is a search as it can be shown and looked for: one line of at most 64 characters, without what can't be seen.
func CleanSearch(typed string) string {
	if len(typed) > 4*longestSearch {
		typed = typed[:4*longestSearch]
	}
	typed = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(typed, ""))
	typed = strings.Join(strings.Fields(typed), " ")
	if r := []rune(typed); len(r) > longestSearch {
		typed = strings.TrimSpace(string(r[:longestSearch]))
	}
	return typed
}

// CategoryKey names the product's category in addresses: its text in English, else in the first language that has one.
func (p Product) CategoryKey() string { return p.Category.In("en") }

// Categories are the shelf's categories, each once, in the order of their first products; what has none is left out.
func (s *Shelf) Categories() []Text {
	var all []Text
	seen := map[string]bool{"": true}
	for _, p := range s.Products {
		if key := p.CategoryKey(); !seen[key] {
			seen[key] = true
			all = append(all, p.Category)
		}
	}
	return all
}

// MatchProducts are those of the products that Find would find by the query, hidden or not.
func MatchProducts(products []Product, query string) []Product {
	return (&Shelf{Products: products}).Find(query, "")
}
