package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"
)

// shelfAge is how long this process may not notice that another one has changed the catalogue. What is bought is checked
// in the database whatever the shelf shows: a piece can't be sold twice.
const shelfAge = time.Second

// Shelf is what the shop offers, in order. It is shared: nobody may change it.
type Shelf struct {
	Products []Product
	// Version names the content: the same version is the same shelf.
	Version string

	bySlug, bySKU map[string]Product
	index         shelfIndex
}

// shelf keeps the last reading of the catalogue.
type shelf struct {
	mu   sync.Mutex
	last *Shelf
	at   time.Time
}

// forget makes the next reader read anew. Call it after the commit of what changed the catalogue: a reading under way
// then is waited for and forgotten too.
func (s *shelf) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = nil
}

// Shelf reads the catalogue, from memory when it was read less than a second ago and this process hasn't changed it since.
func (s *Store) Shelf(ctx context.Context) (*Shelf, error) {
	s.shelf.mu.Lock()
	defer s.shelf.mu.Unlock()
	if s.shelf.last != nil && time.Since(s.shelf.at) < shelfAge {
		return s.shelf.last, nil
	}
	at := time.Now()
	products, err := s.products(ctx, "hidden = 0")
	if err != nil {
		return nil, err
	}
	read := NewShelf(products)
	s.shelf.last, s.shelf.at = read, at
	return read, nil
}

// NewShelf lays out the products, in order, without what is hidden and without products that have no variant. Of two with the same slug or SKU the
// first counts.
func NewShelf(products []Product) *Shelf {
	s := &Shelf{bySlug: map[string]Product{}, bySKU: map[string]Product{}}
	for _, p := range products {
		if p.Variants = p.offered(); p.Hidden || len(p.Variants) == 0 {
			continue
		}
		s.Products = append(s.Products, p)
		if _, taken := s.bySlug[p.Slug]; !taken {
			s.bySlug[p.Slug] = p
		}
		for _, v := range p.Variants {
			if _, taken := s.bySKU[v.SKU]; !taken {
				s.bySKU[v.SKU] = p
			}
		}
	}
	sum := sha256.Sum256([]byte(toJSON(s.Products)))
	s.Version = hex.EncodeToString(sum[:8])
	return s
}

// BySKU are the shelf's products by the SKUs of their variants. It is shared: nobody may change it.
func (s *Shelf) BySKU() map[string]Product { return s.bySKU }

// Product finds a product on the shelf by its slug, or ErrNotFound.
func (s *Shelf) Product(slug string) (Product, error) {
	p, ok := s.bySlug[slug]
	if !ok {
		return Product{}, ErrNotFound
	}
	return p, nil
}

// products reads those that the condition finds, hidden variants too, in order.
func (s *Store) products(ctx context.Context, where string, args ...any) ([]Product, error) {
	db := s.reading(ctx)
	var products []Product
	at := map[int64]int{}
	err := query(db, func(row scanner) error {
		var r productRow
		if err := row.Scan(&r.ID, &r.Slug, &r.Category, &r.Name, &r.Description, &r.Image, &r.FreeAmount, &r.Hidden, &r.Position, &r.Version, &r.Edited, &r.Seeded); err != nil {
			return err
		}
		at[r.ID] = len(products)
		products = append(products, r.product())
		return nil
	}, "SELECT id, slug, category, name, description, image, free_amount, hidden, position, version, edited, seeded FROM products WHERE "+where+" ORDER BY position, id", args...)
	if err != nil {
		return nil, storageError(err)
	}
	err = query(db, func(row scanner) error {
		var r variantRow
		if err := row.Scan(&r.SKU, &r.ProductID, &r.Name, &r.CostPrice, &r.Price, &r.Currency, &r.Stock, &r.Position, &r.Hidden); err != nil {
			return err
		}
		if i, known := at[r.ProductID]; known {
			products[i].Variants = append(products[i].Variants, r.variant())
		}
		return nil
	}, "SELECT sku, product_id, name, cost_price, price, currency, stock, position, hidden FROM variants WHERE product_id IN (SELECT id FROM products WHERE "+where+
		") ORDER BY product_id, position, sku", args...)
	return products, storageError(err)
}

// Product finds a product on the shelf by its slug, or ErrNotFound.
func (s *Store) Product(ctx context.Context, slug string) (Product, error) {
	shelf, err := s.Shelf(ctx)
	if err != nil {
		return Product{}, err
	}
	return shelf.Product(slug)
}

// Catalogue is what the shelf holds, by SKU. It is shared: nobody may change it.
func (s *Store) Catalogue(ctx context.Context) (map[string]Product, error) {
	shelf, err := s.Shelf(ctx)
	if err != nil {
		return nil, err
	}
	return shelf.bySKU, nil
}
