package models

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"
)

// StockChange is what the desk does to a variant's stock. Exactly one of its first three says what.
type StockChange struct {
	Add     int64  // pieces that came, or went: nothing sold meanwhile is lost
	Set     *int64 // so many are there now
	Uncount bool   // none are counted any more
	Seen    *int64 // for Set and Uncount: the stock as it was shown; ErrChanged when it is another by now
}

// ChangeStock changes a variant's stock, or is ErrNotFound. What would leave less than nothing is *InvalidError.
func (s *Store) ChangeStock(ctx context.Context, productID int64, sku string, c StockChange) error {
	if !storable(sku) {
		return ErrNotFound
	}
	return s.changeShelf(ctx, func(tx *gorm.DB) error {
		if err := edited(tx, productID); err != nil {
			return err
		}
		return changeStock(tx, productID, sku, c)
	})
}

func changeStock(tx *gorm.DB, productID int64, sku string, c StockChange) error {
	var there, n int64
	if err := queryRow(tx, []any{&there}, "SELECT count(*) FROM variants WHERE sku = ? AND product_id = ?", sku, productID); err != nil || there == 0 {
		if err == nil {
			err = ErrNotFound
		}
		return err
	}
	var err error
	switch {
	case c.Uncount || c.Set != nil:
		n, err = exec(tx, "UPDATE variants SET stock = ? WHERE sku = ? AND stock IS NOT DISTINCT FROM ?", c.Set, sku, c.Seen)
		if err == nil && n == 0 {
			err = ErrChanged
		}
	default:
		least := int64(0)
		if c.Add > 0 { // more were sold than there were: what comes is counted too
			least = -MaxStock
		}
		n, err = exec(tx, "UPDATE variants SET stock = stock + ? WHERE sku = ? AND stock + ? BETWEEN ? AND ?", c.Add, sku, c.Add, least, MaxStock)
		if err == nil && n == 0 {
			err = &InvalidError{Fields: []FieldError{{Field: "stock", Rule: "below"}}}
		}
	}
	return err
}

// lookBack is how many orders are looked through for a mention.
const lookBack = 100_000

// Sold tells whether an order may hold one of the SKUs. It looks through the newest orders; where more than 100,000 were made since the thing
// itself, they may.
func (s *Store) Sold(ctx context.Context, skus ...string) (bool, error) {
	for _, sku := range skus {
		var since int64
		err := queryRow(s.reading(ctx), []any{&since}, "SELECT first_order FROM variants WHERE sku = ?", sku)
		if errors.Is(err, gorm.ErrRecordNotFound) {
			continue
		}
		if err != nil {
			return false, storageError(err)
		}
		if sold, err := s.mentioned(ctx, since, `"SKU":`+toJSON(sku)); sold || err != nil {
			return sold, err
		}
	}
	return false, nil
}

// mentioned tells whether an order after the one with the id may hold the text in its lines.
func (s *Store) mentioned(ctx context.Context, since int64, text string) (bool, error) {
	db := s.reading(ctx)
	var newest, n int64
	if err := queryRow(db, []any{&newest}, "SELECT COALESCE(MAX(id), 0) FROM orders"); err != nil {
		return false, storageError(err)
	}
	if newest-since > lookBack {
		return true, nil
	}
	pattern := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
	err := queryRow(db, []any{&n}, "SELECT count(*) FROM (SELECT id FROM orders WHERE id > ? AND lines LIKE ? ESCAPE '!' LIMIT 1) found", since, pattern)
	return n > 0, storageError(err)
}
