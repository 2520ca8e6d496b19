//go:build !unix

package storetest

import (
	"testing"
	"time"

	"lianlian-checkout/models"
)

// Postgres skips the test: starting a server is written for Unix only.
func Postgres(t *testing.T) (newDSN func(t *testing.T) string) {
	t.Helper()
	t.Skip("PostgreSQL is started on Unix only: skipped")
	return nil
}

// OpenPostgres is never reached here.
func OpenPostgres(func(t *testing.T) string) func(t *testing.T, now func() time.Time) *models.Store {
	return nil
}
