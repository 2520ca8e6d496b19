package models

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// SeedProducts brings the catalogue in line with the configuration, but for what the desk has changed: that is the desk's, and is left
// alone. Products are matched by slug and variants by SKU. Stock is set when a variant first appears; later only a changed number in the
// configuration moves it, by the difference, so that a restart never gives sold pieces back. What the configuration no longer has is
// hidden, never deleted. A product with a SKU that one of the desk's products has is left out, and logged.
func (s *Store) SeedProducts(ctx context.Context, products []Product) error {
	defer s.shelf.forget()
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := alone(tx); err != nil {
			return err
		}
		if _, err := exec(tx, "UPDATE products SET hidden = 1 WHERE edited = 0"); err != nil {
			return err
		}
		for i, p := range products {
			if err := s.seedProduct(tx, i, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) seedProduct(tx *gorm.DB, i int, p Product) error {
	row := productRow{
		Slug: p.Slug, Category: storeText(p.Category), Name: storeText(p.Name), Description: storeText(p.Description), Image: p.Image,
		FreeAmount: flag(p.FreeAmount), Hidden: flag(p.Hidden), Position: i, Version: 1, Seeded: 1,
	}
	var old productRow
	found := tx.Where("slug = ?", p.Slug).Limit(1).Find(&old)
	if found.Error != nil || old.Edited == 1 {
		return found.Error
	}
	skus := make([]string, len(p.Variants))
	for i, v := range p.Variants {
		skus[i] = v.SKU
	}
	var taken int64
	if err := tx.Model(&variantRow{}).Where("sku IN ? AND product_id IN (SELECT id FROM products WHERE edited = 1)", skus).Count(&taken).Error; err != nil {
		return err
	}
	if taken > 0 {
		s.log.Warn("a product of the configuration is left out: one of the desk's products has its SKU", "slug", p.Slug)
		return nil
	}
	if found.RowsAffected == 1 {
		row.ID, row.Version, row.Sorted = old.ID, old.Version, old.Sorted
		if old.Sorted == 1 {
			row.Position = old.Position
		}
	} else if err := queryRow(tx, []any{&row.Sorted}, "SELECT count(*) FROM products WHERE sorted = 1"); err != nil {
		return err
	} else if row.Sorted > 0 { // a new one comes last on a shelf that the desk has sorted
		row.Sorted = 1
		if err := queryRow(tx, []any{&row.Position}, "SELECT COALESCE(MAX(position), 0) + 1 FROM products"); err != nil {
			return err
		}
	}
	if err := tx.Save(&row).Error; err != nil {
		return err
	}
	return seedVariants(tx, row.ID, p.Variants)
}

// ClearShelf hides all products and forgets their stock, for a shop whose products are kept elsewhere from now on: nothing is counted
// here then. SeedProducts begins anew.
func (s *Store) ClearShelf(ctx context.Context) error {
	defer s.shelf.forget()
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := exec(tx, "UPDATE products SET hidden = 1 WHERE hidden = 0"); err != nil {
			return err
		}
		_, err := exec(tx, "UPDATE variants SET stock = NULL, seed_stock = NULL WHERE stock IS NOT NULL")
		return err
	})
}

func seedVariants(tx *gorm.DB, productID int64, variants []Variant) error {
	skus := make([]string, 0, len(variants))
	for i, v := range variants {
		skus = append(skus, v.SKU)
		row := variantRow{
			SKU: v.SKU, ProductID: productID, Name: storeText(v.Name), CostPrice: v.CostPrice.Amount, Price: v.Price.Amount,
			Currency: v.Price.Currency, Stock: v.Stock, SeedStock: v.Stock, Position: i,
		}
		var old variantRow
		found := tx.Where("sku = ?", v.SKU).Limit(1).Find(&old)
		if found.Error != nil {
			return found.Error
		}
		if found.RowsAffected == 1 && old.Stock != nil && old.SeedStock != nil && v.Stock != nil {
			moved := *old.Stock + *v.Stock - *old.SeedStock
			row.Stock = &moved
		}
		row.FirstOrder = old.FirstOrder
		if err := tx.Save(&row).Error; err != nil {
			return err
		}
	}
	// A variant that left the configuration goes; orders keep their own copy of what was bought.
	return tx.Where("product_id = ? AND sku NOT IN ?", productID, append(skus, "")).Delete(&variantRow{}).Error
}

// hold takes the order's pieces off the shelf. With force it does so even where none is left: the money
// is here already. Otherwise a line that can't be had is ErrSoldOut. counted tells whether any piece is counted at all.
func hold(tx *gorm.DB, lines []LineItem, force bool) (counted bool, err error) {
	for _, l := range inOrder(lines) {
		var stock *int64
		err := queryRow(tx, []any{&stock}, "SELECT stock FROM variants WHERE sku = ?", l.SKU)
		if errors.Is(err, gorm.ErrRecordNotFound) || (err == nil && stock == nil) {
			continue
		}
		if err != nil {
			return counted, err
		}
		counted = true
		least := l.Quantity
		if force {
			least = math.MinInt64
		}
		n, err := exec(tx, "UPDATE variants SET stock = stock - ? WHERE sku = ? AND stock >= ?", l.Quantity, l.SKU, least)
		if err != nil {
			return counted, err
		}
		if n == 0 && !force {
			return counted, ErrSoldOut
		}
	}
	return counted, nil
}

// inOrder sorts lines by SKU, so that two orders of the same things never wait for each other.
func inOrder(lines []LineItem) []LineItem {
	return slices.SortedFunc(slices.Values(lines), func(a, b LineItem) int { return strings.Compare(a.SKU, b.SKU) })
}

// release puts the order's pieces back on the shelf.
func release(tx *gorm.DB, lines []LineItem) error {
	for _, l := range inOrder(lines) {
		if _, err := exec(tx, "UPDATE variants SET stock = stock + ? WHERE sku = ? AND stock IS NOT NULL", l.Quantity, l.SKU); err != nil {
			return err
		}
	}
	return nil
}

// oversold tells whether more of a line's pieces were sold than there were.
func oversold(tx *gorm.DB, lines []LineItem) (bool, error) {
	skus := make([]string, len(lines))
	for i, l := range lines {
		skus[i] = l.SKU
	}
	var below int64
	err := tx.Model(&variantRow{}).Where("sku IN ? AND stock < 0", skus).Count(&below).Error
	return below > 0, err
}
