package models

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// ErrNewer says that the database was migrated by a newer program than this one.
var ErrNewer = errors.New("the database was made by a newer version of this program")

// migrate applies the numbered migrations that the database doesn't have yet, each in a transaction of its own together with its number:
// a program that is killed meanwhile leaves whole steps only. Several processes may start at once: on PostgreSQL goose's session lock lets one of
// them migrate; on SQLite, which has no such lock, the one that comes second to a step fails, and looks again how far the other got.
func (s *Store) migrate(ctx context.Context) error {
	source, options, err := s.migrationSource()
	if err != nil {
		return err
	}
	for last := int64(-1); ; {
		at, err := s.migrateFrom(ctx, source, options)
		if err == nil || s.Shared() || errors.Is(err, ErrNewer) || at <= last {
			return err
		}
		last = at // somebody is getting on with it, or may be: with each step that was made, try once more
	}
}

// dialect is goose's name for the database, with the folder of its migrations.
func (s *Store) dialect() (goose.Dialect, string) {
	if s.writes.Name() == "postgres" {
		return goose.DialectPostgres, "migrations/postgres"
	}
	return goose.DialectSQLite3, "migrations/sqlite"
}

// migrationSource is where the migrations are read, and how.
func (s *Store) migrationSource() (fs.FS, []goose.ProviderOption, error) {
	dialect, folder := s.dialect()
	source, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, nil, err
	}
	options, err := lockOption(dialect)
	if err != nil {
		return nil, nil, err
	}
	// What a program around us registers with goose is none of ours.
	options = append(options, goose.WithDisableGlobalRegistry(true))
	if s.given {
		source = sharedMigrations(folder)
		options = append(options, goose.WithTableName(goosesTable))
	}
	return source, options, nil
}

// migrateFrom returns the step that the database is at, also when it fails; -1 when even that can't be told.
func (s *Store) migrateFrom(ctx context.Context, source fs.FS, options []goose.ProviderOption) (at int64, err error) {
	dialect, _ := s.dialect()
	provider, err := goose.NewProvider(dialect, s.pool, source, options...)
	if err != nil {
		return -1, fmt.Errorf("read migrations: %w", err)
	}
	_, err = provider.Up(ctx)
	at, newest, versionErr := provider.GetVersions(ctx) // after Up, which makes goose's table under the lock
	switch {
	case err != nil && versionErr != nil:
		return -1, fmt.Errorf("migrate the database: %w", err)
	case err != nil:
		return at, fmt.Errorf("migrate the database: %w", err)
	case versionErr != nil:
		return -1, fmt.Errorf("read the schema's version: %w", versionErr)
	case at > newest:
		return at, fmt.Errorf("%w: its schema is at step %d and this program knows %d; start the newer program, or restore the backup that was made before the upgrade", ErrNewer, at, newest)
	}
	return at, nil
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
