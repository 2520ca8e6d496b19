package models_test

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

func openSQLite(t *testing.T, now func() time.Time) *models.Store {
	t.Helper()
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: storetest.Migrated(t), Now: now, Mail: true})
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

// TestPostgreSQLOpensAtOnce starts several processes' stores on one empty database: one of them migrates, all of them open.
func TestPostgreSQLOpensAtOnce(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	for range 2 {
		shared := dsn(t)
		var wg sync.WaitGroup
		for range 12 { // with four, a missing lock is noticed only now and then
			wg.Go(func() {
				s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: shared})
				if err != nil {
					t.Errorf("OpenStore: %v", err)
					return
				}
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
		}
		wg.Wait()
	}
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	storetest.Exercise(t, storetest.OpenPostgres(storetest.Postgres(t)))
}

// TestMailTurnedOnLater: orders that were paid while e-mails were off get none, not even when a refund fails later.
func TestMailTurnedOnLater(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "checkout.db")
	clock := &storetest.Clock{T: storetest.Start}
	var o models.Order
	for _, on := range []bool{false, true} {
		s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: path, Now: clock.Now, Mail: on})
		if err != nil {
			t.Fatal(err)
		}
		f := storetest.NewFixture(t.Context(), s, clock)
		if !on {
			o = f.Order(t, "x")
			f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
		} else {
			clock.T = clock.T.Add(time.Hour)
			f.Apply(t, f.Say(o, models.SourceQuery, models.StatusRefundPending), models.VerdictApplied)
			f.Apply(t, f.Say(o, models.SourceQuery, models.StatusPaid), models.VerdictApplied)
		}
		if m, found, err := s.ClaimMail(t.Context(), func(models.Mail) time.Time { return clock.T }); found || err != nil {
			t.Errorf("e-mails on %v: claimed %+v, %v", on, m, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
