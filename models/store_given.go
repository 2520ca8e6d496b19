package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// leastBusyTimeout is how long, in milliseconds, a connection of a given SQLite database must be ready to wait for another writer.
const leastBusyTimeout = 1000

// given knows our tables by their names in a database that isn't ours alone.
type given struct{ pool gorm.ConnPool }

func (g given) PrepareContext(ctx context.Context, statement string) (*sql.Stmt, error) {
	return g.pool.PrepareContext(ctx, sharedName(statement))
}

func (g given) ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	return g.pool.ExecContext(ctx, sharedName(statement), args...)
}

func (g given) QueryContext(ctx context.Context, statement string, args ...any) (*sql.Rows, error) {
	return g.pool.QueryContext(ctx, sharedName(statement), args...)
}

func (g given) QueryRowContext(ctx context.Context, statement string, args ...any) *sql.Row {
	return g.pool.QueryRowContext(ctx, sharedName(statement), args...)
}

// givenDB is the pool of a database that somebody else opened, and closes. GORM can't find the pool in it, and so can't close it when
// something fails.
type givenDB struct {
	given
	db *sql.DB
}

func (g givenDB) BeginTx(ctx context.Context, o *sql.TxOptions) (gorm.ConnPool, error) {
	tx, err := g.db.BeginTx(ctx, o)
	if err != nil {
		return nil, err
	}
	return &givenTx{given{tx}, tx}, nil
}

type givenTx struct {
	given
	tx *sql.Tx
}

func (g *givenTx) Commit() error   { return g.tx.Commit() }
func (g *givenTx) Rollback() error { return g.tx.Rollback() }
func (g *givenTx) StmtContext(ctx context.Context, stmt *sql.Stmt) *sql.Stmt {
	return g.tx.StmtContext(ctx, stmt)
}

// openGiven works in a database that somebody else opened. Of o.DB it takes the pool and the kind of database alone: its logger
// might print values, its naming strategy and plugins would change our rows.
func (s *Store) openGiven(ctx context.Context, o StoreOptions) error {
	pool, err := o.DB.DB()
	if err != nil {
		return fmt.Errorf("the given database has no pool of connections: %w", err)
	}
	s.pool, s.given = pool, true
	if most := pool.Stats().MaxOpenConnections; most == 1 {
		return errors.New("the given database: SetMaxOpenConns(1) is too few, the checkout's writer keeps a connection: it must be at least 2")
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to the given database: %w", err)
	}
	defer func() { _ = conn.Close() }()
	switch name := o.DB.Name(); name {
	case "sqlite":
		if err := durableSQLite(ctx, conn); err != nil {
			return err
		}
		return s.openGivenSQLite(o)
	case "postgres":
		if err := durablePostgres(ctx, conn); err != nil {
			return err
		}
		return s.openGivenPostgres(o, conn)
	default:
		return fmt.Errorf("the given database is %q: the checkout knows sqlite and postgres", name)
	}
}

func (s *Store) openGivenSQLite(o StoreOptions) (err error) {
	open := func() (*gorm.DB, error) {
		return gorm.Open(sqlite.Dialector{Conn: givenDB{given{s.pool}, s.pool}}, givenConfig(o, true))
	}
	if s.writes, err = open(); err != nil {
		return fmt.Errorf("open the given database: %w", err)
	}
	if s.read, err = open(); err != nil {
		return fmt.Errorf("open the given database: %w", err)
	}
	s.pin(&pinned{pool: s.pool, check: durableSQLite, named: sharedName})
	return nil
}

func (s *Store) openGivenPostgres(o StoreOptions, conn *sql.Conn) (err error) {
	pgx := false
	if err := conn.Raw(func(c any) error { _, pgx = c.(*stdlib.Conn); return nil }); err != nil {
		return err
	}
	if !pgx { // our transactions send several statements at once, which database/sql can't
		return errors.New("the given database: its driver must be pgx itself, as gorm.io/driver/postgres opens it without a DriverName")
	}
	if s.read, err = gorm.Open(postgres.New(postgres.Config{Conn: givenDB{given{s.pool}, s.pool}}), givenConfig(o, false)); err != nil {
		return fmt.Errorf("open the given database: %w", err)
	}
	s.writes, err = gorm.Open(postgres.New(postgres.Config{Conn: &pipeline{DB: s.pool, named: sharedName}}), givenConfig(o, false))
	return err
}

// givenConfig keeps GORM from looking for a pool that it could ping, and close.
func givenConfig(o StoreOptions, prepare bool) *gorm.Config {
	c := gormConfig(o, prepare)
	c.DisableAutomaticPing = true
	return c
}

// durableSQLite tells all that keeps a connection from our promise: what was acknowledged survives a power cut, and a writer waits
// for another one instead of failing.
func durableSQLite(ctx context.Context, conn *sql.Conn) error {
	var file, journal string
	var synchronous, busy, queryOnly int
	for pragma, into := range map[string]any{
		"journal_mode": &journal, "synchronous": &synchronous, "busy_timeout": &busy, "query_only": &queryOnly,
	} {
		if err := conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(into); err != nil {
			return fmt.Errorf("the given database: PRAGMA %s: %w", pragma, err)
		}
	}
	if err := conn.QueryRowContext(ctx, "SELECT coalesce(file, '') FROM pragma_database_list WHERE name = 'main'").Scan(&file); err != nil {
		return fmt.Errorf("the given database: PRAGMA database_list: %w", err)
	}
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("the given database: "+format, args...))
	}
	if file == "" {
		fault("it is in memory: it must be a file, or paid orders are lost with the program")
	}
	if file != "" && !strings.EqualFold(journal, "wal") {
		fault("PRAGMA journal_mode is %s: it must be WAL, or readers and the writer wait for each other", journal)
	}
	if synchronous < 2 {
		fault("PRAGMA synchronous is %d: it must be FULL (2), or a power cut loses payments that were acknowledged", synchronous)
	}
	if busy < leastBusyTimeout {
		fault("PRAGMA busy_timeout is %d: it must be at least %d (milliseconds), or a write fails while another one is under way", busy, leastBusyTimeout)
	}
	if queryOnly != 0 {
		fault("PRAGMA query_only is on: the checkout writes")
	}
	return errors.Join(faults...)
}

// durablePostgres is the same for PostgreSQL.
func durablePostgres(ctx context.Context, conn *sql.Conn) error {
	var faults []error
	for _, want := range []struct {
		setting string
		good    func(is string) bool
		why     string
	}{
		{"synchronous_commit", func(is string) bool { return is != "off" }, "it must not be off, or a crash loses payments that were acknowledged"},
		{"default_transaction_isolation", func(is string) bool { return is == "read committed" }, "it must be read committed: the checkout locks what it changes"},
		{"default_transaction_read_only", func(is string) bool { return is == "off" }, "the checkout writes"},
	} {
		var is string
		if err := conn.QueryRowContext(ctx, "SHOW "+want.setting).Scan(&is); err != nil {
			return fmt.Errorf("the given database: SHOW %s: %w", want.setting, err)
		}
		if !want.good(is) {
			faults = append(faults, fmt.Errorf("the given database: %s is %s: %s", want.setting, is, want.why))
		}
	}
	return errors.Join(faults...)
}
