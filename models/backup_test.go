package models_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

// TestBackupUnderLoad copies a database that is being written to: every order that was acknowledged before the copy was begun is in it, whole, and the
// shop goes on in it. Seen to fail with the copy made by reading the file's bytes.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	clock := &storetest.Clock{T: storetest.Start}
	path := filepath.Join(folder, "checkout.db")
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: path, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	f := storetest.NewFixture(t.Context(), s, clock)
	f.Seed(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var done sync.Map
	var count atomic.Int64
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				n := f.New(t, fmt.Sprintf("load-%d-%d", w, i), 1)
				n.Cart.Lines[0].SKU, n.Cart.Lines[0].ProductSlug = "tea-50", "tea" // which isn't counted
				o, _, err := s.CreateOrder(t.Context(), n)
				if err != nil {
					t.Errorf("CreateOrder: %v", err)
					return
				}
				ev := f.Say(o, models.SourceNotification, models.StatusPaid)
				if _, err := s.ApplyEvidence(t.Context(), ev); err != nil {
					t.Errorf("ApplyEvidence: %v", err)
					return
				}
				done.Store(o.Token, true)
				count.Add(1)
			}
		})
	}
	waitFor(t, func() bool { return count.Load() > 50 })
	var before []string
	done.Range(func(k, _ any) bool { before = append(before, k.(string)); return true })
	file := filepath.Join(folder, "copy.db")
	b, err := models.BackupSQLite(t.Context(), path, file)
	if err != nil {
		t.Fatal(err)
	}
	after := count.Load()
	waitFor(t, func() bool { return count.Load() > after }) // nobody was stopped
	stop()
	wg.Wait()
	if b.Orders < int64(len(before)) || b.Payments < b.Orders || b.Events < b.Orders || b.Bytes == 0 {
		t.Errorf("%+v, want at least %d orders", b, len(before))
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	copied, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: file, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = copied.Close() }()
	for _, token := range before {
		if o, err := copied.Order(t.Context(), token); err != nil || o.Status != models.OrderPaid {
			t.Fatalf("%s was paid before the copy and is %q there: %v", token, o.Status, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".checkout-backup-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestBackupIsReadBack: a copy that lacks rows, has others, or is damaged is none.
func TestBackupIsReadBack(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path, file := filepath.Join(folder, "checkout.db"), filepath.Join(folder, "copy.db")
	clock := &storetest.Clock{T: storetest.Start}
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: path, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	storetest.NewFixture(t.Context(), s, clock).Order(t, "the one")
	b, err := models.BackupSQLite(t.Context(), path, file)
	if err != nil {
		t.Fatal(err)
	}
	rows := func(orders int64) map[string]int64 {
		return map[string]int64{"orders": orders, "payments": b.Payments, "events": b.Events}
	}
	for name, tt := range map[string]struct {
		before, after int64
		want          string
	}{
		"as it was": {1, 1, ""}, "written to meanwhile": {0, 2, ""}, "a row is missing": {2, 2, "it has 1 rows of orders"}, "a row is strange": {0, 0, "it has 1 rows of orders"},
	} {
		if _, err := models.VerifyCopy(t.Context(), file, rows(tt.before), rows(tt.after)); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(content); i += 64 {
		content[i] ^= 0x5a
	}
	damaged := filepath.Join(folder, "damaged.db")
	if err := os.WriteFile(damaged, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := models.VerifyCopy(t.Context(), damaged, rows(0), rows(2)); err == nil || !strings.Contains(err.Error(), "isn't whole") {
		t.Errorf("damaged: %v", err)
	}
}

// TestBackupRefuses: nothing is overwritten, nothing half is left.
func TestBackupRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "checkout.db")
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	taken, broken := filepath.Join(folder, "taken"), filepath.Join(folder, "broken.db")
	stale := filepath.Join(folder, ".checkout-backup-x.partial")
	for _, name := range []string{taken, broken, stale} {
		if err := os.WriteFile(name, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(stale, time.Time{}, time.Now().Add(-48*time.Hour)); err != nil {
		t.Fatal(err)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name, dsn, file string
		ctx             context.Context
		want            string
	}{
		{"a file that is there", path, taken, t.Context(), "never overwrites"},
		{"no database", filepath.Join(folder, "none.db"), filepath.Join(folder, "a"), t.Context(), "no database"},
		{"no database at all", broken, filepath.Join(folder, "b"), t.Context(), "not a database"},
		{"no folder", path, filepath.Join(folder, "none", "c"), t.Context(), "no such file"},
		{"interrupted", path, filepath.Join(folder, "d"), over, "canceled"},
		{"in memory", ":memory:", filepath.Join(folder, "e"), t.Context(), "in memory"},
	} {
		if _, err := models.BackupSQLite(tt.ctx, tt.dsn, tt.file); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if _, err := os.Stat(tt.file); tt.file != taken && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s left a file", tt.name)
		}
	}
	if text, _ := os.ReadFile(taken); string(text) != "precious" {
		t.Error("a file was overwritten")
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".checkout-backup-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if got := models.PostgresBackup("postgres://shop:hunter2@db/x?sslmode=require&password=hunter2", "it's.dump"); strings.Contains(got, "hunter2") ||
		got != `pg_dump --format=custom --no-owner --file='it'\''s.dump' --dbname='postgres://shop@db/x?sslmode=require'` {
		t.Errorf("for PostgreSQL: %s", got)
	}
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("still not")
		}
	}
}
