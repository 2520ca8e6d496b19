package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// leastDisk is how many bytes must be free where the database's file lies: a rush of notifications, and its log's checkpoint.
const leastDisk = 8 << 20

// Parts says of each part of the storage whether money can be taken with it.
func (s *Store) Parts(ctx context.Context) []Part {
	return []Part{{"database", s.Ready(ctx)}, {"disk", s.disk()}, {"migrations", s.current(ctx)}}
}

func (s *Store) disk() error {
	if free := s.diskFree(); free >= 0 && free < leastDisk {
		return fmt.Errorf("%d bytes are free; it needs %d", free, leastDisk)
	}
	return nil
}

// diskFree is how many bytes are free where the database's file lies, -1 where that isn't known: PostgreSQL's disk is its own.
func (s *Store) diskFree() int64 {
	if s.folder == "" {
		return -1
	}
	return freeBytes(s.folder)
}

// current tells whether the schema is the one that this program was written for: somebody may have put an older backup in its place.
func (s *Store) current(ctx context.Context) error {
	table := "goose_db_version"
	if s.given {
		table = goosesTable
	}
	var is int64
	if err := s.read.WithContext(ctx).Raw("SELECT COALESCE(MAX(version_id), 0) FROM " + table).Scan(&is).Error; err != nil {
		return err
	}
	if want := newest(); is != want {
		return fmt.Errorf("the database's schema is number %d, this program's %d", is, want)
	}
	return nil
}

// newest is the number of the last migration.
func newest() (last int64) {
	files, _ := fs.Glob(migrations, "migrations/sqlite/*.sql") // its only error is of the pattern
	for _, name := range files {
		number, _, _ := strings.Cut(strings.TrimPrefix(name, "migrations/sqlite/"), "_")
		n, _ := strconv.ParseInt(number, 10, 64)
		last = max(last, n)
	}
	return last
}

// NotReady joins what is wrong with parts; nil when nothing is.
func NotReady(parts []Part) error {
	var errs []error
	for _, p := range parts {
		if p.Err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.Name, p.Err))
		}
	}
	return errors.Join(errs...)
}
