package models

import (
	"context"
	"errors"
	"sync"
	"time"

	"gorm.io/gorm"
)

// brandAge is how long this process may not notice that another one has changed the shop's look.
const brandAge = 2 * time.Second

// brand keeps the last reading of the branding.
type brand struct {
	mu   sync.Mutex
	last Branding
	at   time.Time
}

// Branding is what the desk says of the shop's look: from memory when it was read less than two seconds ago and this process hasn't changed it since.
func (s *Store) Branding(ctx context.Context) (Branding, error) {
	s.brand.mu.Lock()
	defer s.brand.mu.Unlock()
	if !s.brand.at.IsZero() && time.Since(s.brand.at) < brandAge {
		return s.brand.last, nil
	}
	at := time.Now()
	var b Branding
	var value string
	err := queryRow(s.reading(ctx), []any{&value, &b.Version}, "SELECT value, version FROM branding WHERE id = 1")
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return Branding{}, storageError(err)
	}
	fromJSON(value, &b)
	s.brand.last, s.brand.at = b, at
	return b, nil
}

// SetBranding stores it. Another Version than the stored one is ErrChanged. Check it before.
func (s *Store) SetBranding(ctx context.Context, b Branding) error {
	err := s.write(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, `INSERT INTO branding (id, value, version, updated_at) VALUES (1, ?, 1, ?)
			ON CONFLICT (id) DO UPDATE SET value = excluded.value, version = branding.version + 1, updated_at = excluded.updated_at WHERE branding.version = ?`,
			toJSON(b), millis(s.now()), b.Version)
		if err == nil && n == 0 {
			err = ErrChanged
		}
		return err
	})
	s.brand.mu.Lock()
	s.brand.at = time.Time{}
	s.brand.mu.Unlock()
	return err
}
