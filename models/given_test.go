package models_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

const goodSQLite = "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)"

// hosts is how a program around us may have set up its GORM, and what it may have in its database: nothing of it is ours.
func hosts() *gorm.Config {
	return &gorm.Config{
		NamingStrategy: schema.NamingStrategy{TablePrefix: "host_", NoLowerCase: true, SingularTable: true}, PrepareStmt: true, DryRun: true,
	}
}

const hostsTables = `CREATE TABLE orders (id TEXT); CREATE TABLE products (id TEXT); CREATE TABLE events (id TEXT); CREATE TABLE goose_db_version (x TEXT);
	CREATE INDEX orders_status ON orders (id); INSERT INTO orders VALUES ('theirs')`

func hostsSQLite(t *testing.T, query string) *gorm.DB {
	t.Helper()
	db, err := gorm.Open(sqlite.Dialector{DriverName: "sqlite", DSN: "file:" + filepath.Join(t.TempDir(), "host.db") + query}, hosts())
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, db)
}

// closing closes the host's pool after the test, by itself: the store must have left it open.
func closing(t *testing.T, db *gorm.DB) *gorm.DB {
	t.Helper()
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pool.Ping(); err != nil {
			t.Errorf("the given pool afterwards: %v", err)
		}
		pool.Close()
	})
	return db
}

// openGiven opens a store in a host's database and looks at the host's own tables afterwards.
func openGiven(t *testing.T, db *gorm.DB, now func() time.Time) *models.Store {
	t.Helper()
	pool, err := db.DB()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pool.Exec(hostsTables); err != nil {
		t.Fatal(err)
	}
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DB: db, Now: now, Mail: true})
	if err != nil {
		t.Fatalf("OpenStore: %v", err)
	}
	t.Cleanup(func() {
		var theirs string
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := pool.QueryRow("SELECT count(*) || ' ' || min(id) FROM orders").Scan(&theirs); err != nil || theirs != "1 theirs" {
			t.Errorf("the host's own orders: %q, %v", theirs, err)
		}
		var ours int
		if err := pool.QueryRow("SELECT count(*) FROM checkout_orders").Scan(&ours); err != nil {
			t.Errorf("our orders in the host's database: %v", err)
		}
		if n := pool.Stats().InUse; n != 0 {
			t.Errorf("%d of the host's connections are still in use", n)
		}
	})
	return s
}

func TestGivenSQLite(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	storetest.Exercise(t, func(t *testing.T, now func() time.Time) *models.Store {
		return openGiven(t, hostsSQLite(t, goodSQLite), now)
	})
}

func TestGivenPostgreSQL(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	dsn := storetest.Postgres(t)
	storetest.Exercise(t, func(t *testing.T, now func() time.Time) *models.Store {
		db, err := gorm.Open(postgres.Open(dsn(t)), hosts())
		if err != nil {
			t.Fatal(err)
		}
		return openGiven(t, closing(t, db), now)
	})
}

func init() { sql.Register("around pgx", around{}) }

// around is a driver as tracing libraries make them: pgx behind another type.
type around struct{}

func (around) Open(dsn string) (driver.Conn, error) {
	c, err := stdlib.GetDefaultDriver().Open(dsn)
	if err != nil {
		return nil, err
	}
	return traced{c.(*stdlib.Conn)}, nil
}

type traced struct{ *stdlib.Conn }

// TestGivenOnce: two stores in one database share its tables, and the second finds them made.
func TestGivenOnce(t *testing.T) {
	t.Parallel()
	db := hostsSQLite(t, goodSQLite)
	for range 2 {
		s, err := models.OpenStore(t.Context(), models.StoreOptions{DB: db})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SeedProducts(context.WithoutCancel(t.Context()), storetest.Products()); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestGivenRefused(t *testing.T) {
	t.Parallel()
	set := func(pragmas string) func(*testing.T) *gorm.DB {
		return func(t *testing.T) *gorm.DB { return hostsSQLite(t, pragmas) }
	}
	for name, tt := range map[string]struct {
		db   func(t *testing.T) *gorm.DB
		says []string
	}{
		"as the driver ships": {set(""), []string{"PRAGMA journal_mode is delete", "PRAGMA busy_timeout is 0"}},
		"NORMAL":              {set(strings.Replace(goodSQLite, "FULL", "NORMAL", 1)), []string{"PRAGMA synchronous is 1", "FULL"}},
		"OFF":                 {set(strings.Replace(goodSQLite, "FULL", "OFF", 1)), []string{"PRAGMA synchronous is 0"}},
		"no wait":             {set(strings.Replace(goodSQLite, "5000", "50", 1)), []string{"PRAGMA busy_timeout is 50", "1000"}},
		"reading only":        {set(goodSQLite + "&_pragma=query_only(1)"), []string{"PRAGMA query_only"}},
		"in memory": {func(t *testing.T) *gorm.DB {
			db, err := gorm.Open(sqlite.Dialector{DriverName: "sqlite", DSN: "file::memory:" + goodSQLite}, hosts())
			if err != nil {
				t.Fatal(err)
			}
			return closing(t, db)
		}, []string{"in memory"}},
		"one connection": {func(t *testing.T) *gorm.DB {
			db := hostsSQLite(t, goodSQLite)
			pool, _ := db.DB()
			pool.SetMaxOpenConns(1)
			return db
		}, []string{"SetMaxOpenConns(1)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := tt.db(t)
			s, err := models.OpenStore(t.Context(), models.StoreOptions{DB: db})
			if err == nil {
				s.Close()
				t.Fatal("was opened")
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want %q in it", err, want)
				}
			}
		})
	}
}

// TestGivenPostgreSQLRefused is about the settings of the host's sessions.
func TestGivenPostgreSQLRefused(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)
	for setting, value := range map[string]string{
		"synchronous_commit": "off", "default_transaction_isolation": "serializable", "default_transaction_read_only": "on",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			refused(t, postgres.Open(dsn(t)+"&"+setting+"="+value), setting+" is "+value)
		})
	}
	t.Run("a driver around pgx", func(t *testing.T) {
		t.Parallel()
		refused(t, postgres.New(postgres.Config{DriverName: "around pgx", DSN: dsn(t)}), "its driver must be pgx itself")
	})
}

func refused(t *testing.T, d gorm.Dialector, says string) {
	t.Helper()
	db, err := gorm.Open(d, hosts())
	if err != nil {
		t.Fatal(err)
	}
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DB: closing(t, db)})
	if err == nil {
		s.Close()
		t.Fatal("was opened")
	}
	if !strings.Contains(err.Error(), says) {
		t.Errorf("error %q, want %q in it", err, says)
	}
}

// TestGivenLaterSetting: a connection that comes later with worse settings is refused too, before anything is written through it.
func TestGivenLaterSetting(t *testing.T) {
	t.Parallel()
	db := hostsSQLite(t, goodSQLite)
	s := openGiven(t, db, nil)
	pool, _ := db.DB()
	for range 8 { // every idle connection, so that the writer's first one is among them
		if _, err := pool.Exec("PRAGMA synchronous = OFF"); err != nil {
			t.Fatal(err)
		}
	}
	err := s.SeedProducts(t.Context(), storetest.Products())
	if err == nil || !strings.Contains(err.Error(), "PRAGMA synchronous is 0") {
		t.Errorf("a write through a connection that doesn't sync: %v", err)
	}
}
