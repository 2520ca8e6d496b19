package models

import (
	"context"
	"errors"
	"math"

	"gorm.io/gorm"
)

// SeedDiscounts tells the database how often each code may be used. How often it was used stays: also for a code that leaves the
// configuration and comes back.
func (s *Store) SeedDiscounts(ctx context.Context, discounts []Discount) error {
	if len(discounts) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		for _, d := range discounts {
			_, err := exec(tx, "INSERT INTO discounts (code, used, most) VALUES (?, 0, ?) ON CONFLICT (code) DO UPDATE SET most = excluded.most", d.Code, d.MaxUses)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// DiscountUses is how many orders that are paid or wait have the code. An order that ends unpaid gives its use back.
func (s *Store) DiscountUses(ctx context.Context, code string) (int64, error) {
	if !storable(code) {
		return 0, nil
	}
	var used int64
	err := queryRow(s.reading(ctx), []any{&used}, "SELECT used FROM discounts WHERE code = ?", code)
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return 0, nil
	}
	return used, storageError(err)
}

// holdOrder takes what an order needs: its pieces (see hold), then a use of its discount code. Always in this order, so that
// two orders never wait for each other. With force the use is counted even past the limit: the money is here already.
func holdOrder(tx *gorm.DB, lines []LineItem, code string, force bool) (counted bool, err error) {
	if counted, err = hold(tx, lines, force); err != nil || code == "" {
		return counted, err
	}
	past := int64(0)
	if force {
		past = math.MaxInt64
	}
	n, err := exec(tx, "UPDATE discounts SET used = used + 1 WHERE code = ? AND (most = 0 OR used < most OR used < ?)", code, past)
	if err == nil && n == 0 && !force {
		err = ErrDiscountUsedUp
	}
	return counted, err
}

// releaseOrder gives back what holdOrder took.
func releaseOrder(tx *gorm.DB, lines []LineItem, code string) error {
	if err := release(tx, lines); err != nil || code == "" {
		return err
	}
	_, err := exec(tx, "UPDATE discounts SET used = used - 1 WHERE code = ? AND used > 0", code)
	return err
}
