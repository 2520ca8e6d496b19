package models

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// migrate applies the numbered migrations that the database doesn't have yet. Several processes may
// start at once on PostgreSQL: goose's session lock lets one of them migrate.
func (s *Store) migrate(ctx context.Context) error {
	dialect, folder := goose.DialectSQLite3, "migrations/sqlite"
	if s.writes.Name() == "postgres" {
		dialect, folder = goose.DialectPostgres, "migrations/postgres"
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	options, err := lockOption(dialect)
	if err != nil {
		return err
	}
	// What a program around us registers with goose is none of ours.
	options = append(options, goose.WithDisableGlobalRegistry(true))
	if s.given {
		files = sharedMigrations(folder)
		options = append(options, goose.WithTableName(goosesTable))
	}
	provider, err := goose.NewProvider(dialect, s.pool, files, options...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// lockOption makes only one process migrate a shared PostgreSQL; SQLite's own lock does for a file.
func lockOption(d goose.Dialect) ([]goose.ProviderOption, error) {
	if d != goose.DialectPostgres {
		return nil, nil
	}
	// The others look every second whether it is free, for up to five minutes.
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, err
	}
	return []goose.ProviderOption{goose.WithSessionLocker(locker)}, nil
}
