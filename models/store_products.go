package models

import (
	"context"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// SeedProducts brings the catalogue in line with the configuration: products are matched by slug and
// variants by SKU. Stock is set when a variant first appears; later only a changed number in the
// configuration moves it, by the difference, so that a restart never gives sold pieces back. What the
// configuration no longer has is hidden, never deleted.
func (s *Store) SeedProducts(ctx context.Context, products []Product) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE products SET hidden = 1").Error; err != nil {
			return err
		}
		for i, p := range products {
			row := productRow{
				Slug: p.Slug, Category: storeText(p.Category), Name: storeText(p.Name), Description: storeText(p.Description), Image: p.Image,
				FreeAmount: flag(p.FreeAmount), Hidden: flag(p.Hidden), Position: i,
			}
			err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "slug"}}, UpdateAll: true}).Omit("ID").Create(&row).Error
			if err != nil {
				return err
			}
			if err := tx.Model(&productRow{}).Where("slug = ?", p.Slug).Select("id").Scan(&row.ID).Error; err != nil {
				return err
			}
			if err := seedVariants(tx, row.ID, p.Variants); err != nil {
				return err
			}
		}
		return nil
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
		if err := tx.Save(&row).Error; err != nil {
			return err
		}
	}
	// A variant that left the configuration goes; orders keep their own copy of what was bought.
	return tx.Where("product_id = ? AND sku NOT IN ?", productID, append(skus, "")).Delete(&variantRow{}).Error
}

// Products lists what is on the shelf, in order.
func (s *Store) Products(ctx context.Context) ([]Product, error) {
	var rows []productRow
	if err := s.read.WithContext(ctx).Where("hidden = 0").Order("position, id").Find(&rows).Error; err != nil {
		return nil, storageError(err)
	}
	return s.withVariants(ctx, rows)
}

// Product finds a product on the shelf by its slug, or ErrNotFound.
func (s *Store) Product(ctx context.Context, slug string) (Product, error) {
	if !storable(slug) {
		return Product{}, ErrNotFound
	}
	var rows []productRow
	if err := s.read.WithContext(ctx).Where("slug = ? AND hidden = 0", slug).Limit(1).Find(&rows).Error; err != nil {
		return Product{}, storageError(err)
	}
	products, err := s.withVariants(ctx, rows)
	if err != nil {
		return Product{}, err
	}
	if len(products) == 0 {
		return Product{}, ErrNotFound
	}
	return products[0], nil
}

// Catalogue finds the products that have the SKUs, keyed by SKU; unknown ones are missing from it.
func (s *Store) Catalogue(ctx context.Context, skus []string) (map[string]Product, error) {
	skus = slices.DeleteFunc(slices.Clone(skus), func(sku string) bool { return !storable(sku) })
	if len(skus) == 0 {
		return nil, nil
	}
	var rows []productRow
	err := s.read.WithContext(ctx).Where("hidden = 0 AND id IN (SELECT product_id FROM variants WHERE sku IN ?)", skus).Find(&rows).Error
	if err != nil {
		return nil, storageError(err)
	}
	products, err := s.withVariants(ctx, rows)
	if err != nil {
		return nil, err
	}
	bySKU := make(map[string]Product, len(skus))
	for _, p := range products {
		for _, v := range p.Variants {
			bySKU[v.SKU] = p
		}
	}
	return bySKU, nil
}

func (s *Store) withVariants(ctx context.Context, rows []productRow) ([]Product, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var variants []variantRow
	if err := s.read.WithContext(ctx).Where("product_id IN ?", ids).Order("product_id, position").Find(&variants).Error; err != nil {
		return nil, storageError(err)
	}
	byProduct := map[int64][]Variant{}
	for _, v := range variants {
		byProduct[v.ProductID] = append(byProduct[v.ProductID], v.variant())
	}
	products := make([]Product, 0, len(rows))
	for _, r := range rows {
		p := r.product()
		p.Variants = byProduct[r.ID]
		products = append(products, p)
	}
	return products, nil
}

// hold takes the order's pieces off the shelf. With force it does so even where none is left: the money
// is here already. Otherwise a line that can't be had is ErrSoldOut.
func hold(tx *gorm.DB, lines []LineItem, force bool) error {
	for _, l := range lines {
		q := tx.Model(&variantRow{}).Where("sku = ? AND stock IS NOT NULL", l.SKU)
		if !force {
			q = q.Where("stock >= ?", l.Quantity)
		}
		res := q.Update("stock", gorm.Expr("stock - ?", l.Quantity))
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 1 || force {
			continue
		}
		var counted int64
		if err := tx.Model(&variantRow{}).Where("sku = ? AND stock IS NOT NULL", l.SKU).Count(&counted).Error; err != nil {
			return err
		}
		if counted > 0 {
			return ErrSoldOut
		}
	}
	return nil
}

// release puts the order's pieces back on the shelf.
func release(tx *gorm.DB, lines []LineItem) error {
	for _, l := range lines {
		err := tx.Model(&variantRow{}).Where("sku = ? AND stock IS NOT NULL", l.SKU).Update("stock", gorm.Expr("stock + ?", l.Quantity)).Error
		if err != nil {
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
