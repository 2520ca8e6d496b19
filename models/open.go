package models

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	modernc "modernc.org/sqlite" // the pure-Go driver: a fresh machine needs no C compiler
)

// StoreOptions says where the data lives.
type StoreOptions struct {
	// DSN is a file's path, a file: URI (SQLite), or a postgres:// URL. Parent folders are made.
	DSN string
	// DB is a database that the caller opened and closes, in place of DSN. Its settings are checked; the tables' names begin with
	// checkout_ there.
	DB *gorm.DB
	// Log takes slow and failing statements, without their values. Defaults to slog.Default().
	Log *slog.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Observer is told how long writes take; nil for nobody.
	Observer Observer
	// Mail makes a receipt due with every order.paid; somebody has to send them.
	Mail bool
}

// Store keeps the shop's data. Its methods may be called from many goroutines.
type Store struct {
	read   *gorm.DB
	writes *gorm.DB
	group  *groupWriter // nil on PostgreSQL, which groups commits itself
	pinned *pinned      // the group writer's connection
	pool   *sql.DB      // what the migrations go through
	given  bool         // the pool is somebody else's: it isn't closed
	now    func() time.Time
	log    *slog.Logger
	mails  bool // receipts are wanted
	// telling is whether anybody is to be told of what happens: an endpoint that is on.
	telling atomic.Bool
	shelf   shelf
	brand   brand
	ready   readiness
	counted counted
	folder  string   // of the database's file; "" when it isn't known
	observe Observer // nil for nobody
}

// OpenStore opens the database and brings its schema up to date. On SQLite every commit is synced
// (synchronous=FULL): an acknowledged payment must survive a power cut.
func OpenStore(ctx context.Context, o StoreOptions) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{now: func() time.Time { return o.Now().UTC() }, log: o.Log, mails: o.Mail, observe: o.Observer}
	var err error
	switch {
	case o.DB != nil:
		err = s.openGiven(ctx, o)
	case isPostgres(o.DSN):
		err = s.openPostgres(o)
	default:
		err = s.openSQLite(o)
	}
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if _, err := s.Endpoints(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// IsPostgres tells whether a DSN is a PostgreSQL URL; all others are SQLite's.
func IsPostgres(dsn string) bool { return isPostgres(dsn) }

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func (s *Store) openPostgres(o StoreOptions) error {
	db, err := gorm.Open(postgres.Open(o.DSN), gormConfig(o, false)) // pgx prepares by itself
	if err != nil {
		return fmt.Errorf("open PostgreSQL: %w", err)
	}
	pool, err := db.DB()
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(32)
	pool.SetMaxIdleConns(32)
	s.read, s.pool = db, pool
	s.writes, err = gorm.Open(postgres.New(postgres.Config{Conn: &pipeline{DB: pool}}), gormConfig(o, false))
	return err
}

// openWithin is how long SQLite may say that the file is busy when it is opened.
const openWithin = 10 * time.Second

// isBusy tells whether SQLite says that somebody else has the file (SQLITE_BUSY, and its kinds).
func isBusy(err error) bool {
	var e *modernc.Error
	return errors.As(err, &e) && e.Code()&0xff == 5
}

func (s *Store) openSQLite(o StoreOptions) error {
	path, query, err := sqlitePath(o.DSN)
	if err != nil {
		return err
	}
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("make the database's folder: %w", err)
		}
	}
	s.folder = filepath.Dir(path)
	// A new file holds buyers' data: its owner alone reads it, whatever the umask is. SQLite gives the files beside it the same mode.
	if f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err == nil { //nolint:gosec // where the operator wants it
		_ = f.Close()
	}
	open := func(extra string, conns int) (*gorm.DB, error) {
		dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query +
			"_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=wal_autocheckpoint(4000)" + extra
		var db *gorm.DB
		var err error
		// Several that make a new file WAL at once can refuse each other, whatever busy_timeout says.
		for until := time.Now().Add(openWithin); ; time.Sleep(20 * time.Millisecond) {
			db, err = gorm.Open(sqlite.Dialector{DriverName: "sqlite", DSN: dsn}, gormConfig(o, true))
			if !isBusy(err) || time.Now().After(until) {
				break
			}
		}
		if err != nil {
			return nil, fmt.Errorf("open database %s: %w", path, err)
		}
		pool, err := db.DB()
		if err != nil {
			return nil, err
		}
		pool.SetMaxOpenConns(conns)
		pool.SetMaxIdleConns(conns)
		return db, nil
	}
	if s.writes, err = open("&_txlock=immediate", 1); err != nil {
		return err
	}
	if s.read, err = open("&_pragma=query_only(1)", max(4, runtime.NumCPU())); err != nil {
		return errors.Join(err, closeDB(s.writes))
	}
	pool, err := s.writes.DB()
	if err != nil {
		return err
	}
	s.pool = pool
	s.pin(&pinned{pool: pool})
	return nil
}

// pin makes p the connection that all is written through.
func (s *Store) pin(p *pinned) {
	s.pinned = p
	s.writes.Statement.ConnPool = p
	s.group = newGroupWriter(s.writes, s.observe)
}

// sqlitePath splits a path or a file: URI into the file and its own query parameters.
func sqlitePath(dsn string) (path, query string, err error) {
	rest, uri := strings.CutPrefix(dsn, "file:")
	if uri {
		rest, query, _ = strings.Cut(rest, "?")
		if query != "" {
			query += "&"
		}
		if rest, err = url.PathUnescape(strings.TrimPrefix(rest, "//")); err != nil {
			return "", "", fmt.Errorf("database.dsn: %w", err)
		}
	}
	if rest == "" || strings.HasPrefix(rest, ":memory:") {
		return "", "", errors.New("database.dsn: name a file or a postgres:// URL; a database in memory would lose paid orders")
	}
	return rest, query, nil
}

func gormConfig(o StoreOptions, prepare bool) *gorm.Config {
	return &gorm.Config{
		// Our own transactions are explicit; one around every statement would double the round trips.
		SkipDefaultTransaction: true,
		PrepareStmt:            prepare,
		NowFunc:                func() time.Time { return o.Now().UTC() },
		// Values never reach the log: they hold names and addresses.
		Logger: logger.NewSlogLogger(o.Log, logger.Config{
			SlowThreshold: time.Second, LogLevel: logger.Warn, IgnoreRecordNotFoundError: true, ParameterizedQueries: true,
		}),
	}
}

// Close ends the writer after what is queued, and closes the database unless it was given.
func (s *Store) Close() error {
	s.ready.forget()
	if s.group != nil {
		s.group.close()
		s.pinned.drop()
	}
	if s.given {
		if kept, ok := s.read.ConnPool.(*gorm.PreparedStmtDB); ok {
			kept.Close()
		}
		return nil
	}
	err := closeDB(s.writes)
	if s.read != s.writes {
		err = errors.Join(err, closeDB(s.read))
	}
	return err
}

func closeDB(db *gorm.DB) error {
	if db == nil {
		return nil
	}
	pool, err := db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}
