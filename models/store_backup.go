package models

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Backup is a copy of a SQLite database that was read back and found whole.
type Backup struct {
	File     string
	Bytes    int64
	Orders   int64
	Payments int64
	Events   int64 // entries of the orders' histories
}

// ErrBackupExists says that a backup would have overwritten a file.
var ErrBackupExists = errors.New("there is a file already; a backup never overwrites one")

// partial is the name of a backup that isn't whole yet. One that a killed program left is removed by a later backup into the same folder.
const (
	partial       = ".checkout-backup-"
	partialSuffix = ".partial"
	partialStale  = 24 * time.Hour
)

// appended are the tables that rows are only added to: a copy holds at least what was there before it was begun, and at most what is there afterwards.
var appended = []string{"orders", "payments", "events"}

// BackupSQLite copies the database of a path or file: URI to a new file, while others read and write it: the copy is what one moment's reader
// saw (VACUUM INTO), and writers don't wait. It appears under its name only when it is on the disk, is readable by its owner only, has passed
// SQLite's integrity check and holds all orders, payments and histories that there were at the beginning; otherwise nothing is left.
func BackupSQLite(ctx context.Context, dsn, file string) (b Backup, err error) {
	source, _, err := sqlitePath(dsn)
	if err != nil {
		return b, err
	}
	if _, err := os.Stat(source); err != nil {
		return b, fmt.Errorf("there is no database to back up: %w", err)
	}
	if _, err := os.Lstat(file); err == nil {
		return b, fmt.Errorf("%s: %w", file, ErrBackupExists)
	}
	folder := filepath.Dir(file)
	removeStale(folder)
	temporary := filepath.Join(folder, partial+strings.ToLower(rand.Text())+partialSuffix)
	empty, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // where the operator wants it
	if err != nil {
		return b, fmt.Errorf("make the backup's file: %w", err)
	}
	defer func() { _ = os.Remove(temporary) }()
	if err := empty.Close(); err != nil {
		return b, err
	}
	if b, err = copySQLite(ctx, source, temporary); err != nil {
		return b, err
	}
	if err := syncFile(temporary); err != nil {
		return b, fmt.Errorf("sync the backup: %w", err)
	}
	if err := publish(temporary, file); err != nil {
		return b, err
	}
	b.File = file
	return b, syncFolder(folder)
}

func copySQLite(ctx context.Context, source, to string) (b Backup, err error) {
	db, err := openRaw(source, "mode=rw&_pragma=busy_timeout(5000)")
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	before, err := counts(ctx, db)
	if err != nil {
		return b, fmt.Errorf("read the database: %w", err)
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return b, fmt.Errorf("copy the database: %w", err)
	}
	after, err := counts(ctx, db)
	if err != nil {
		return b, fmt.Errorf("read the database: %w", err)
	}
	return verifyCopy(ctx, to, before, after)
}

// verifyCopy reads a copy back.
func verifyCopy(ctx context.Context, file string, before, after map[string]int64) (b Backup, err error) {
	db, err := openRaw(file, "mode=ro&immutable=1")
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil || verdict != "ok" {
		return b, fmt.Errorf("the copy isn't whole: %s %w", verdict, errors.Join(err, errCopy))
	}
	has, err := counts(ctx, db)
	if err != nil {
		return b, fmt.Errorf("read the copy: %w", err)
	}
	for _, table := range appended {
		if n := has[table]; n < before[table] || n > after[table] {
			return b, fmt.Errorf("%w: it has %d rows of %s, the database had %d before and %d after", errCopy, n, table, before[table], after[table])
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		return b, err
	}
	return Backup{Bytes: info.Size(), Orders: has["orders"], Payments: has["payments"], Events: has["events"]}, nil
}

var errCopy = errors.New("the copy doesn't hold what the database does")

// openRaw opens a SQLite file as it is: nothing is made or migrated.
func openRaw(path, query string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+query)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func counts(ctx context.Context, db *sql.DB) (map[string]int64, error) {
	all := map[string]int64{}
	for _, table := range appended {
		var n int64
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			return nil, err
		}
		all[table] = n
	}
	return all, nil
}

// publish gives the finished file its name, and never another file's: a link fails where the name is taken. Where the file system has no links
// the name is looked at once more.
func publish(from, to string) error {
	err := os.Link(from, to)
	if err == nil {
		return nil
	}
	if _, statErr := os.Lstat(to); errors.Is(err, fs.ErrExist) || statErr == nil {
		return fmt.Errorf("%s: %w", to, ErrBackupExists)
	}
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("name the backup: %w", err)
	}
	return nil
}

func removeStale(folder string) {
	left, _ := filepath.Glob(filepath.Join(folder, partial+"*"+partialSuffix+"*"))
	for _, name := range left {
		if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > partialStale {
			_ = os.Remove(name)
		}
	}
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0) //nolint:gosec // our own file
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncFolder makes a new name in the folder durable. Windows has no such thing.
func syncFolder(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(name) //nolint:gosec // where the operator wants it
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// PostgresBackup is the command that backs a PostgreSQL database up, without its password.
func PostgresBackup(dsn, file string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return "pg_dump --format=custom --no-owner --file=" + quoted(file)
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	q.Del("password")
	u.RawQuery = q.Encode()
	return "pg_dump --format=custom --no-owner --file=" + quoted(file) + " --dbname=" + quoted(u.String())
}

// quoted is an argument for a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
