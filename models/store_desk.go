package models

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"
)

// ErrChanged says that somebody else has changed a thing since the form was shown.
var ErrChanged = fmt.Errorf("%w: changed since it was shown", ErrConflict)

// AllProducts are the products of the desk, in the shelf's order: hidden ones and hidden variants too.
func (s *Store) AllProducts(ctx context.Context) ([]Product, error) { return s.products(ctx, "id > 0") }

// ProductByID finds one of them, or ErrNotFound.
func (s *Store) ProductByID(ctx context.Context, id int64) (Product, error) {
	found, err := s.products(ctx, "id = ?", id)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Product{}, err
	}
	return found[0], nil
}

// alone keeps others from changing products until the transaction ends. Buyers go on: they only read products, and take pieces off variants.
func alone(tx *gorm.DB) error {
	if tx.Name() != "postgres" { // SQLite has one writer
		return nil
	}
	_, err := exec(tx, "LOCK TABLE products IN SHARE ROW EXCLUSIVE MODE")
	return err
}

// changeShelf runs the work alone, and lets everybody here see the result at once.
func (s *Store) changeShelf(ctx context.Context, work func(tx *gorm.DB) error) error {
	defer s.shelf.forget()
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := alone(tx); err != nil {
			return err
		}
		return work(tx)
	})
}

// SaveProduct stores what the desk says of a product: a new one without an ID, last on the shelf, or one that is there. Check it before.
// The stock counts for new variants only: ChangeStock changes it. Variants that p doesn't have any more are deleted. A taken slug or SKU
// is *InvalidError; another Version than the stored one is ErrChanged.
func (s *Store) SaveProduct(ctx context.Context, p Product) (id int64, err error) {
	err = s.changeShelf(ctx, func(tx *gorm.DB) (err error) {
		id, err = saveProduct(tx, p)
		return err
	})
	return id, err
}

func saveProduct(tx *gorm.DB, p Product) (int64, error) {
	if err := taken(tx, p); err != nil {
		return 0, err
	}
	fields := []any{p.Slug, string(storeText(p.Category)), string(storeText(p.Name)), string(storeText(p.Description)), p.Image, flag(p.FreeAmount), flag(p.Hidden)}
	if p.ID == 0 {
		var there int64
		if err := queryRow(tx, []any{&there}, "SELECT count(*) FROM products"); err != nil {
			return 0, err
		}
		if there >= MaxProducts {
			return 0, &InvalidError{Fields: []FieldError{{Field: "products", Rule: "too_long", Limit: MaxProducts}}}
		}
		err := queryRow(tx, []any{&p.ID}, `INSERT INTO products (slug, category, name, description, image, free_amount, hidden, position, version, edited, seeded, sorted)
			VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM products), 1, 1, 0, (SELECT COALESCE(MAX(sorted), 0) FROM products)) RETURNING id`, fields...)
		if err != nil {
			return 0, err
		}
	} else {
		n, err := exec(tx, `UPDATE products SET slug = ?, category = ?, name = ?, description = ?, image = ?, free_amount = ?, hidden = ?, version = version + 1, edited = 1
			WHERE id = ? AND version = ?`, append(fields, p.ID, p.Version)...)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, ErrChanged
		}
	}
	return p.ID, saveVariants(tx, p)
}

// taken tells which of the product's slug and SKUs others have.
func taken(tx *gorm.DB, p Product) error {
	in := &InvalidError{}
	var n int64
	if err := queryRow(tx, []any{&n}, "SELECT count(*) FROM products WHERE slug = ? AND id <> ?", p.Slug, p.ID); err != nil {
		return err
	}
	if n > 0 {
		in.Fields = append(in.Fields, FieldError{Field: "slug", Rule: "taken"})
	}
	for i, v := range p.Variants {
		if err := queryRow(tx, []any{&n}, "SELECT count(*) FROM variants WHERE sku = ? AND product_id <> ?", v.SKU, p.ID); err != nil {
			return err
		}
		if n > 0 {
			in.Fields = append(in.Fields, FieldError{Field: VariantField(i, "sku"), Rule: "taken"})
		}
	}
	if len(in.Fields) > 0 {
		return in
	}
	return nil
}

func saveVariants(tx *gorm.DB, p Product) error {
	var there []string
	err := query(tx, func(row scanner) error {
		var sku string
		if err := row.Scan(&sku); err != nil {
			return err
		}
		there = append(there, sku)
		return nil
	}, "SELECT sku FROM variants WHERE product_id = ?", p.ID)
	if err != nil {
		return err
	}
	for i, v := range p.Variants {
		name := string(storeText(v.Name))
		if !slices.Contains(there, v.SKU) {
			_, err = exec(tx, `INSERT INTO variants (sku, product_id, name, cost_price, price, currency, stock, position, hidden, first_order)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT COALESCE(MAX(id), 0) FROM orders))`,
				v.SKU, p.ID, name, v.CostPrice.Amount, v.Price.Amount, v.Price.Currency, v.Stock, i, flag(v.Hidden))
		} else {
			_, err = exec(tx, "UPDATE variants SET name = ?, cost_price = ?, price = ?, currency = ?, position = ?, hidden = ? WHERE sku = ? AND product_id = ?",
				name, v.CostPrice.Amount, v.Price.Amount, v.Price.Currency, i, flag(v.Hidden), v.SKU, p.ID)
		}
		if err != nil {
			return err
		}
		there = slices.DeleteFunc(there, func(sku string) bool { return sku == v.SKU })
	}
	for _, sku := range there {
		if _, err := exec(tx, "DELETE FROM variants WHERE sku = ? AND product_id = ?", sku, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// edited marks a product as the desk's. What isn't there is ErrNotFound.
func edited(tx *gorm.DB, id int64) error {
	n, err := exec(tx, "UPDATE products SET version = version + 1, edited = 1 WHERE id = ?", id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// HideProduct takes a product off the shelf, or puts it back, or is ErrNotFound.
func (s *Store) HideProduct(ctx context.Context, id int64, hidden bool) error {
	return s.changeShelf(ctx, func(tx *gorm.DB) error {
		if err := edited(tx, id); err != nil {
			return err
		}
		_, err := exec(tx, "UPDATE products SET hidden = ? WHERE id = ?", flag(hidden), id)
		return err
	})
}

// DeleteProduct removes a product, or is ErrNotFound. Whether it may go is for the caller to find out: orders keep their own copy.
func (s *Store) DeleteProduct(ctx context.Context, id int64) error {
	return s.changeShelf(ctx, func(tx *gorm.DB) error {
		if _, err := exec(tx, "DELETE FROM variants WHERE product_id = ?", id); err != nil {
			return err
		}
		n, err := exec(tx, "DELETE FROM products WHERE id = ?", id)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
}

// MoveProduct moves a product by so many places on the shelf, up when by is negative, as far as there are places; or is ErrNotFound. From then
// on the configuration sorts nothing any more.
func (s *Store) MoveProduct(ctx context.Context, id int64, by int) error {
	return s.changeShelf(ctx, func(tx *gorm.DB) error {
		var order []int64
		err := query(tx, func(row scanner) error {
			var id int64
			if err := row.Scan(&id); err != nil {
				return err
			}
			order = append(order, id)
			return nil
		}, "SELECT id FROM products ORDER BY position, id")
		if err != nil {
			return err
		}
		from := slices.Index(order, id)
		if from < 0 {
			return ErrNotFound
		}
		to := min(max(from+by, 0), len(order)-1)
		order = slices.Insert(slices.Delete(order, from, from+1), to, id)
		for i, id := range order {
			if _, err := exec(tx, "UPDATE products SET position = ?, sorted = 1 WHERE id = ? AND (position <> ? OR sorted = 0)", i, id, i); err != nil {
				return err
			}
		}
		return nil
	})
}

// ImportProducts does all that an import says, or nothing of it: ErrChanged when the desk has changed one of its products since the plan was made.
func (s *Store) ImportProducts(ctx context.Context, in Import) error {
	if in.Refused() > 0 {
		return ErrConflict
	}
	return s.changeShelf(ctx, func(tx *gorm.DB) error {
		ids := map[string]int64{}
		for _, p := range in.products {
			id, err := saveProduct(tx, p)
			if err != nil {
				return err
			}
			ids[p.Slug] = id
		}
		for _, c := range in.stock {
			if err := changeStock(tx, ids[c.slug], c.sku, c.change); err != nil {
				return err
			}
		}
		return nil
	})
}
