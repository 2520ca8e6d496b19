package storetest

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/models"
)

// ErrNoPostgres says that there is no PostgreSQL on this machine to start a server of.
var ErrNoPostgres = errors.New("PostgreSQL isn't installed (pg_config, initdb)")

// Postgres starts a PostgreSQL server of its own in a temporary folder, for the time of the test, and returns a
// function that makes an empty database and gives its DSN. Where PostgreSQL isn't installed the test is
// skipped, unless CHECKOUT_TEST_REQUIRE names postgres.
func Postgres(t *testing.T) (newDSN func(t *testing.T) string) {
	t.Helper()
	server, err := StartPostgres(t.Context())
	if errors.Is(err, ErrNoPostgres) {
		if strings.Contains(os.Getenv("CHECKOUT_TEST_REQUIRE"), "postgres") {
			t.Fatal("PostgreSQL is required here and isn't installed")
		}
		t.Skip("PostgreSQL isn't installed (pg_config, initdb): skipped")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Close()
		if t.Failed() {
			t.Logf("PostgreSQL's log:\n%.8000s", server.Log())
		}
	})
	return func(t *testing.T) string {
		t.Helper()
		dsn, err := server.NewDatabase(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return dsn
	}
}

// OpenPostgres opens stores in empty databases of the server.
func OpenPostgres(newDSN func(t *testing.T) string) func(t *testing.T, now func() time.Time) *models.Store {
	return func(t *testing.T, now func() time.Time) *models.Store {
		t.Helper()
		s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: newDSN(t), Now: now, Mail: true})
		if err != nil {
			t.Fatalf("OpenStore: %v", err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}
