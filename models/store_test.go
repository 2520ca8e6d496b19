package models_test

import (
	"path/filepath"
	"testing"
	"time"

	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

func openSQLite(t *testing.T, now func() time.Time) *models.Store {
	t.Helper()
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: filepath.Join(t.TempDir(), "shop", "checkout.db"), Now: now})
	if err != nil {
		t.Fatalf("OpenStore: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Exercise(t, openSQLite)
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	storetest.Exercise(t, storetest.OpenPostgres(storetest.Postgres(t)))
}
