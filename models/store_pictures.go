package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"gorm.io/gorm"
)

// strayAge is after which a picture that nothing shows is deleted: its form was given up.
const strayAge = 24 * time.Hour

// SavePicture keeps the sizes of one picture and returns its ID, which is made of their content: the same picture is kept once. Pictures that
// nothing has shown for a day are deleted.
func (s *Store) SavePicture(ctx context.Context, sizes []Picture) (id string, err error) {
	sum := sha256.New()
	for _, p := range sizes {
		sum.Write(p.Data)
	}
	id = hex.EncodeToString(sum.Sum(nil)[:16])
	now := millis(s.now())
	err = s.write(ctx, func(tx *gorm.DB) error {
		for _, p := range sizes {
			_, err := exec(tx, `INSERT INTO pictures (id, width, height, type, data, first_order, made_at) VALUES (?, ?, ?, ?, ?, (SELECT COALESCE(MAX(id), 0) FROM orders), ?)
				ON CONFLICT (id, width) DO UPDATE SET made_at = excluded.made_at`, id, p.Width, p.Height, p.Type, p.Data, now)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	return id, s.dropStrays(ctx)
}

// dropStrays deletes pictures that are a day old and that no product, no order and no setting names.
func (s *Store) dropStrays(ctx context.Context) error {
	old := map[string]int64{}
	err := query(s.reading(ctx), func(row scanner) error {
		var id string
		var since int64
		if err := row.Scan(&id, &since); err != nil {
			return err
		}
		old[id] = since
		return nil
	}, `SELECT p.id, MIN(p.first_order) FROM pictures p WHERE p.made_at < ? AND NOT EXISTS (SELECT 1 FROM products r WHERE r.image = 'pictures/' || p.id)
		AND NOT EXISTS (SELECT 1 FROM branding b WHERE b.value LIKE '%' || p.id || '%') GROUP BY p.id LIMIT 20`, millis(s.now().Add(-strayAge)))
	if err != nil {
		return storageError(err)
	}
	for id, since := range old {
		if shown, err := s.mentioned(ctx, since, `"Image":`+toJSON(PictureName(id))); err != nil || shown {
			if err != nil {
				return err
			}
			continue
		}
		err := s.write(ctx, func(tx *gorm.DB) error {
			_, err := exec(tx, `DELETE FROM pictures WHERE id = ? AND NOT EXISTS (SELECT 1 FROM products r WHERE r.image = ?)`, id, PictureName(id))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Picture is the smallest size of a picture that is as wide as asked, else its largest; or ErrNotFound.
func (s *Store) Picture(ctx context.Context, id string, width int) (Picture, error) {
	p := Picture{ID: id}
	if _, ok := PictureID(PictureName(id)); !ok {
		return p, ErrNotFound
	}
	err := queryRow(s.reading(ctx), []any{&p.Width, &p.Height, &p.Type, &p.Data}, `SELECT width, height, type, data FROM pictures WHERE id = ?
		ORDER BY CASE WHEN width >= ? THEN width ELSE 1000000 - width END LIMIT 1`, id, width)
	return p, storageError(err)
}
