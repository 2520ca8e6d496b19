package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// growthClients is how many clients measure the growth.
const growthClients = 32

// starts is how often the program is started to measure how long that takes; the median counts.
const starts = 7

// start is what starting the program on a database takes.
type start struct {
	kind    string
	orders  int
	healthy time.Duration // from the process's start to the first 200 of /healthz
	page    time.Duration // … to the whole first answer of GET /
	idle    int64         // bytes resident some seconds later
}

// grow measures the program on a database that holds so many orders already. Without phases only its start is measured.
func (b *bench) grow(ctx context.Context, kind string, orders int, measured []phase) error {
	p, err := b.newPlace(ctx, kind)
	if err != nil {
		return err
	}
	defer p.remove()
	b.progress("%s: seeding %d orders", kind, orders)
	db, err := openDatabase(kind, p.dsn)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.seedPast(ctx, orders); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if err := db.settle(ctx, p.dsn); err != nil {
		return err
	}
	if err := db.Close(); err != nil {
		return err
	}
	s, err := b.measureStart(ctx, p, orders)
	if err != nil {
		return err
	}
	b.progress("%s, %d orders: healthy after %s, page after %s, %s idle", kind, orders, s.healthy, s.page, megabytes(s.idle))
	b.report.starts = append(b.report.starts, s)
	if len(measured) == 0 {
		return nil
	}
	return b.measureAll(ctx, p, growthClients, orders, measured)
}

// measureStart starts the program several times.
func (b *bench) measureStart(ctx context.Context, p place, orders int) (start, error) {
	s := start{kind: p.kind, orders: orders}
	var healthy, page []time.Duration
	for i := range starts {
		began := time.Now()
		prog, err := b.startProgram(ctx, p)
		if err != nil {
			return s, err
		}
		err = fetch(ctx, "http://"+prog.address+"/healthz")
		healthy = append(healthy, time.Since(began))
		if err == nil {
			err = fetch(ctx, "http://"+prog.address+"/")
		}
		page = append(page, time.Since(began))
		if err == nil && i == starts-1 {
			select {
			case <-time.After(b.o.idle):
			case <-ctx.Done():
			}
			s.idle = memory(prog.pid(), "VmRSS")
		}
		prog.stop()
		if err != nil {
			return s, err
		}
	}
	s.healthy, s.page = middle(healthy), middle(page)
	return s, ctx.Err()
}

// fetch reads a page and wants 200.
func fetch(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", url, res.StatusCode)
	}
	return nil
}

// settle brings what was seeded to the disk, so that nobody's first commit pays for it. On PostgreSQL it also does what the
// server's autovacuum would begin within a minute, in the middle of the measurement.
func (d *database) settle(ctx context.Context, dsn string) error {
	if d.kind == postgres {
		for _, statement := range []string{"VACUUM ANALYZE", "CHECKPOINT"} {
			if _, err := d.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	}
	if _, err := d.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	f, err := os.OpenFile(dsn, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// seedPast writes so many orders of the past year into an empty database, made by the database itself: their keys are random
// like real ones, most are paid, and each has its payment, three entries of history and a row of the outbox.
func (d *database) seedPast(ctx context.Context, orders int) error {
	settings := []string{"SET synchronous_commit = off"}
	if d.kind == sqlite {
		settings = []string{"PRAGMA journal_mode = OFF", "PRAGMA cache_size = -1000000"}
	}
	for _, s := range settings {
		if _, err := d.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	const chunk = 100_000
	for from := 1; from <= orders; from += chunk {
		if err := d.seedChunk(ctx, from, min(from+chunk-1, orders), orders); err != nil {
			return err
		}
	}
	_, err := d.ExecContext(ctx, `INSERT INTO takings (day, currency, processor, by_hand, paid, gross) SELECT (paid_at + 28800000) / 86400000, currency, processor, 0, COUNT(*), CAST(SUM(amount) AS BIGINT)
		FROM orders WHERE paid_at > 0 GROUP BY 1, 2, 3`)
	return err
}

func (d *database) seedChunk(ctx context.Context, from, to, orders int) error {
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	values := pastValues(from, to, orders)
	for _, statement := range pastStatements {
		if _, err := tx.ExecContext(ctx, d.past(statement, values)); err != nil {
			return fmt.Errorf("%.40s…: %w", strings.TrimSpace(statement), err)
		}
	}
	return tx.Commit()
}
