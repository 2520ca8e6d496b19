package models

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"
)

// Fates are the tables and columns about which it is decided what becomes of them; true are those that statements of Erase name.
func Fates() map[string]bool {
	all := map[string]bool{}
	for table, columns := range fates {
		for column, f := range columns {
			all[table+"."+column] = f == erased || f == masked
		}
	}
	return all
}

// Migrations are the embedded ones.
func Migrations(folder string) (fs.FS, error) { return fs.Sub(migrations, "migrations/"+folder) }

// MigrateFrom applies migrations to a database; the schema of a real one isn't touched otherwise.
func MigrateFrom(ctx context.Context, dsn string, source fs.FS) (err error) {
	s := &Store{now: time.Now}
	open := s.openSQLite
	if isPostgres(dsn) {
		open = s.openPostgres
	}
	if err := open(StoreOptions{DSN: dsn, Log: slog.New(slog.DiscardHandler), Now: time.Now}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	_, options, err := s.migrationSource()
	if err != nil {
		return err
	}
	_, err = s.migrateFrom(ctx, source, options)
	return err
}
