package models

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gorm.io/gorm"
)

// Inspection is how a database is really set up.
type Inspection struct {
	Kind     string // SQLite or PostgreSQL
	Folder   string // where the file is; empty for PostgreSQL
	File     string
	Settings string // as name=value, for people
	Faults   []string
	Step     int64 // of the schema
	Newest   int64 // that this program knows
}

// Inspect looks at the database over the connection that writes.
func (s *Store) Inspect(ctx context.Context) (in Inspection, err error) {
	if in, err = s.settings(ctx); err != nil {
		return in, storageError(err)
	}
	table := "goose_db_version"
	if s.given {
		table = goosesTable
	}
	_ = queryRow(s.read.WithContext(ctx), []any{&in.Step}, "SELECT COALESCE(MAX(version_id), 0) FROM "+table) // which isn't there before the first start
	_, folder := s.dialect()
	for name := range migrationFiles(folder) {
		var n int64
		if _, err := fmt.Sscanf(filepath.Base(name), "%d_", &n); err == nil {
			in.Newest = max(in.Newest, n)
		}
	}
	return in, nil
}

// InspectDatabase looks at a database without changing it. One that doesn't exist yet is ErrNotFound.
func InspectDatabase(ctx context.Context, o StoreOptions) (in Inspection, err error) {
	s := &Store{now: time.Now}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Now = time.Now
	switch {
	case o.DB != nil:
		err = s.openGiven(ctx, o)
	case isPostgres(o.DSN):
		err = s.openPostgres(o)
	default:
		var path string
		if path, _, err = sqlitePath(o.DSN); err == nil {
			if _, statErr := os.Stat(path); errors.Is(statErr, os.ErrNotExist) {
				return Inspection{Kind: "SQLite", File: path, Folder: filepath.Dir(path)}, ErrNotFound
			}
			err = s.openSQLite(o)
		}
	}
	if err != nil {
		return in, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Inspect(ctx)
}

// wanted is a setting that durability rests on.
type wanted struct {
	name, ask string
	good      []string
}

var (
	wantedSQLite = []wanted{
		{"journal_mode", "PRAGMA journal_mode", []string{"wal"}}, {"synchronous", "PRAGMA synchronous", []string{"2", "3"}},
		{"foreign_keys", "PRAGMA foreign_keys", []string{"1"}}, {"busy_timeout", "PRAGMA busy_timeout", nil},
	}
	wantedPostgres = []wanted{
		{"synchronous_commit", "SHOW synchronous_commit", []string{"on", "local", "remote_write", "remote_apply"}}, {"fsync", "SHOW fsync", []string{"on"}},
		{"full_page_writes", "SHOW full_page_writes", []string{"on"}}, {"server_version", "SHOW server_version", nil},
	}
)

func (s *Store) settings(ctx context.Context) (in Inspection, err error) {
	in.Kind, in.Settings = "PostgreSQL", ""
	list := wantedPostgres
	read := func(statement string) (v string, err error) {
		err = queryRow(s.read.WithContext(ctx), []any{&v}, statement)
		return v, err
	}
	if !s.Shared() {
		in.Kind, list = "SQLite", wantedSQLite
		read = func(statement string) (v string, err error) { // the writer's: a reader's synchronous says nothing
			err = s.group.do(ctx, func(tx *gorm.DB) error { return queryRow(tx, []any{&v}, statement) })
			return v, err
		}
		if in.File, err = read("SELECT file FROM pragma_database_list WHERE name = 'main'"); err != nil {
			return in, err
		}
		in.Folder = filepath.Dir(in.File)
	}
	var all []string
	for _, w := range list {
		is, err := read(w.ask)
		if err != nil {
			return in, err
		}
		all = append(all, w.name+"="+is)
		good := w.good == nil || s.given && w.name == "foreign_keys" // which we don't rest on
		for _, g := range w.good {
			good = good || strings.EqualFold(is, g)
		}
		if !good {
			in.Faults = append(in.Faults, w.name+"="+is)
		}
	}
	in.Settings = strings.Join(all, ", ")
	return in, nil
}
