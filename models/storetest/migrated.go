package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"lianlian-checkout/models"
)

// migrated is a SQLite database with all its tables and nothing in them. Making one takes longer than most tests do, with the race
// detector several seconds.
var migrated = sync.OnceValues(func() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "checkout-migrated-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "checkout.db")
	s, err := models.OpenStore(context.Background(), models.StoreOptions{DSN: path})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path) //nolint:gosec // ours
})

// Migrated puts an empty database with all its tables into a new folder, and returns its path.
func Migrated(t testing.TB) string {
	t.Helper()
	content, err := migrated()
	if err != nil {
		t.Fatalf("make the tables: %v", err)
	}
	path := filepath.Join(t.TempDir(), "checkout.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
