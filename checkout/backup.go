package checkout

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lianlian-checkout/models"
)

// Backups says where copies of a SQLite database are put every night. Without a Folder none are made.
type Backups struct {
	Folder string
	Keep   int // how many of the newest stay. Defaults to 14
}

const (
	backupPrefix = "checkout-"
	backupSuffix = ".db"
	backupTime   = "20060102T150405Z"
	backupEvery  = 24 * time.Hour
	backupLook   = 10 * time.Minute
	backupHour   = 19 // UTC: three in the morning in Hong Kong
)

// backUp makes a copy each night, and one at the start when the last one is older than a day, until ctx ends.
func (c *Checkout) backUp(ctx context.Context) {
	if c.o.Backups.Folder == "" || c.store.Shared() || c.o.Database == "" {
		return
	}
	tick := time.NewTicker(backupLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !c.o.Backups.due(c.o.Now().UTC()) {
			continue
		}
		b, err := c.o.Backups.make(ctx, c.o.Database, c.o.Now().UTC())
		switch {
		case err == nil:
			c.o.Log.InfoContext(ctx, "backed up", "file", b.File, "bytes", b.Bytes, "orders", b.Orders)
		case ctx.Err() == nil:
			c.o.Log.ErrorContext(ctx, "back up", "error", err.Error())
		}
	}
}

// due tells whether it is time: at the hour when there is none of today's night, and at any hour when the last one is older than a day.
func (b Backups) due(now time.Time) bool {
	list := b.list()
	if len(list) == 0 {
		return true
	}
	age := now.Sub(list[len(list)-1].at)
	return age >= backupEvery || now.Hour() == backupHour && age >= 2*time.Hour
}

type backupFile struct {
	name string
	at   time.Time
}

// list is what is there, the oldest first: only files that are named as make names them.
func (b Backups) list() (list []backupFile) {
	entries, _ := os.ReadDir(b.Folder)
	for _, e := range entries {
		text, ok := strings.CutPrefix(strings.TrimSuffix(e.Name(), backupSuffix), backupPrefix)
		at, err := time.Parse(backupTime, text)
		if ok && err == nil && e.Type().IsRegular() && strings.HasSuffix(e.Name(), backupSuffix) {
			list = append(list, backupFile{e.Name(), at})
		}
	}
	slices.SortFunc(list, func(a, b backupFile) int { return a.at.Compare(b.at) })
	return list
}

// make copies, and only after that removes the oldest.
func (b Backups) make(ctx context.Context, database string, now time.Time) (models.Backup, error) {
	if err := os.MkdirAll(b.Folder, 0o700); err != nil {
		return models.Backup{}, fmt.Errorf("make the backups' folder: %w", err)
	}
	made, err := models.BackupSQLite(ctx, database, filepath.Join(b.Folder, backupPrefix+now.Format(backupTime)+backupSuffix))
	if err != nil {
		return made, err
	}
	keep := b.Keep
	if keep < 1 {
		keep = 14
	}
	list := b.list()
	for i := 0; i < len(list)-keep; i++ {
		if err := os.Remove(filepath.Join(b.Folder, list[i].name)); err != nil {
			return made, fmt.Errorf("remove an old backup: %w", err)
		}
	}
	return made, nil
}
