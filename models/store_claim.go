package models

import (
	"context"

	"gorm.io/gorm"
)

// claim takes up to limit of the rows that were read as due. take puts a row off by compare-and-swap on when it was due, and returns how many
// rows that changed: 0 when another process was quicker. It may be called again for a row, with a fresh copy.
func claim[T any](ctx context.Context, s *Store, due []T, limit int, take func(tx *gorm.DB, row *T) (int64, error)) (claimed []T, err error) {
	if len(due) == 0 {
		return nil, nil
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		claimed = nil
		for _, row := range due {
			n, err := take(tx, &row)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			if claimed = append(claimed, row); len(claimed) == limit {
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return claimed, nil
}
