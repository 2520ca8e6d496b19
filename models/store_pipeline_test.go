package models_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib"

	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

// TestPipeline: transactions whose statements go out together, as they should and with what can go wrong in the middle.
func TestPipeline(t *testing.T) {
	t.Parallel()
	dsn := storetest.Postgres(t)(t)
	for name, test := range map[string]func(*testing.T, string){
		"keeps all": pipelineKeepsAll, "error": pipelineError, "broken": pipelineBroken, "cancelled": pipelineCancelled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, dsn)
		})
	}
}

var stocks atomic.Int64

// pipelines is a pool of two connections to a schema of its own with one table, stock, of one row: thing, 5.
func pipelines(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	schema := fmt.Sprintf("stock%d", stocks.Add(1))
	pool, err := sql.Open("pgx", dsn+"&search_path="+schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	pool.SetMaxOpenConns(2)
	for _, statement := range []string{"CREATE SCHEMA " + schema, "CREATE TABLE stock (name text PRIMARY KEY, pieces bigint NOT NULL CHECK (pieces >= 0))", "INSERT INTO stock VALUES ('thing', 5)"} {
		if _, err := pool.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return pool
}

const take = "UPDATE stock SET pieces = pieces - $1 WHERE name = $2"

// begin begins a transaction that has taken one piece, sent and answered.
func begin(t *testing.T, ctx context.Context, pool *sql.DB) *models.Pipelined { //nolint:revive // the test comes first
	t.Helper()
	tx, err := models.BeginPipelined(ctx, pool)
	if err != nil {
		t.Fatal(err)
	}
	tx.Swap(take, 1, "thing")
	if err := tx.Flush(); err != nil {
		t.Fatal(err)
	}
	return tx
}

// untouched says what a failed transaction has left behind: in the table, as a lock, or as a connection in use.
func untouched(t *testing.T, pool *sql.DB, want int64) {
	t.Helper()
	if n := pool.Stats().InUse; n != 0 {
		t.Errorf("%d connections are still in use", n)
	}
	for range 2 { // more than one connection, one after the other
		tx, err := models.BeginPipelined(t.Context(), pool)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		tx.Later("SET LOCAL lock_timeout = '5s'")
		var pieces int64
		tx.Ask(&pieces, "SELECT pieces FROM stock FOR SHARE")
		if err := tx.Flush(); err != nil || pieces != want {
			t.Errorf("afterwards %d pieces, %v; want %d", pieces, err, want)
		}
	}
}

// pipelineKeepsAll: what is queued goes out in its order, and what is asked is answered with it.
func pipelineKeepsAll(t *testing.T, dsn string) {
	t.Helper()
	pool := pipelines(t, dsn)
	tx := begin(t, t.Context(), pool)
	var before, after int64
	tx.Ask(&before, "SELECT pieces FROM stock")
	tx.Later(take, 2, "thing")
	tx.Later(take, 1, "nothing") // changes no row, and needn't
	tx.Ask(&after, "SELECT pieces FROM stock")
	if _, err := tx.ExecContext(t.Context(), "INSERT INTO stock VALUES ('other', 7)"); err != nil { // sends the queue first
		t.Fatal(err)
	}
	if before != 4 || after != 2 {
		t.Errorf("%d pieces, then %d; want 4 and 2", before, after)
	}
	tx.Later(take, 1, "thing") // goes out with the commit
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	var sum int64
	if err := pool.QueryRow("SELECT sum(pieces) FROM stock").Scan(&sum); err != nil || sum != 8 {
		t.Errorf("%d pieces in all, %v; want 8", sum, err)
	}
}

// pipelineError: whichever queued statement fails, its error is told, nothing of the transaction stays, no later statement
// of it counts, and the connection serves the next one.
func pipelineError(t *testing.T, dsn string) {
	t.Helper()
	for name, tt := range map[string]struct {
		fails func(tx *models.Pipelined)
		is    func(error) bool
	}{
		"a rule of the table":  {func(tx *models.Pipelined) { tx.Later(take, 100, "thing") }, sqlState("23514")},
		"a statement unknown":  {func(tx *models.Pipelined) { tx.Later("SELEKT 1") }, sqlState("42601")},
		"no row to change":     {func(tx *models.Pipelined) { tx.Swap(take, 1, "nothing") }, func(err error) bool { return errors.Is(err, models.ErrUnavailable) }},
		"more rows than one":   {func(tx *models.Pipelined) { tx.Swap("UPDATE stock SET pieces = 9") }, func(err error) bool { return errors.Is(err, models.ErrUnavailable) }},
		"a row that can't fit": {func(tx *models.Pipelined) { var n int64; tx.Ask(&n, "SELECT name FROM stock") }, func(err error) bool { return err != nil }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := pipelines(t, dsn)
			if name == "more rows than one" {
				if _, err := pool.ExecContext(t.Context(), "INSERT INTO stock VALUES ('second', 0)"); err != nil {
					t.Fatal(err)
				}
			}
			for how, send := range map[string]func(*models.Pipelined) error{
				"flush":  (*models.Pipelined).Flush,
				"commit": (*models.Pipelined).Commit,
				"exec":   func(tx *models.Pipelined) error { _, err := tx.ExecContext(t.Context(), "SELECT 1"); return err },
				"query": func(tx *models.Pipelined) error {
					rows, err := tx.QueryContext(t.Context(), "SELECT 1")
					if err != nil {
						return err
					}
					defer rows.Close()
					return rows.Err()
				},
				"prepare": func(tx *models.Pipelined) error { _, err := tx.PrepareContext(t.Context(), "SELECT 1"); return err }, //nolint:sqlclosecheck // there is never one
			} {
				tx := begin(t, t.Context(), pool)
				var before, after int64
				tx.Ask(&before, "SELECT pg_backend_pid()")
				if err := tx.Flush(); err != nil {
					t.Fatal(err)
				}
				tx.Later(take, 1, "thing")
				tt.fails(tx)
				tx.Later("INSERT INTO stock VALUES ('after', 1)")
				if err := send(tx); !tt.is(err) {
					t.Errorf("%s: %v", how, err)
				}
				if err := tx.Rollback(); err != nil {
					t.Errorf("%s: rolled back: %v", how, err)
				}
				if err := pool.QueryRow("SELECT pg_backend_pid()").Scan(&after); err != nil || after != before {
					t.Errorf("%s: the connection was %d, now it is %d, %v", how, before, after, err)
				}
				var rows int64
				if err := pool.QueryRow("SELECT count(*) FROM stock WHERE name = 'after' OR (name = 'thing' AND pieces != 5)").Scan(&rows); err != nil || rows != 0 {
					t.Errorf("%s: %d rows of it are left, %v", how, rows, err)
				}
			}
			if name != "more rows than one" {
				untouched(t, pool, 5)
			}
		})
	}
	t.Run("a row that holds the error", func(t *testing.T) {
		t.Parallel()
		pool := pipelines(t, dsn)
		tx := begin(t, t.Context(), pool)
		tx.Later(take, 100, "thing")
		if err := tx.QueryRowContext(t.Context(), "SELECT 1").Scan(new(int)); err == nil {
			t.Error("the statement before has failed, and the row is there")
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
		untouched(t, pool, 5)
	})
	t.Run("committed all the same", func(t *testing.T) {
		t.Parallel()
		pool := pipelines(t, dsn)
		tx := begin(t, t.Context(), pool)
		tx.Later(take, 100, "thing")
		if err := tx.Flush(); err == nil {
			t.Fatal("a rule of the table was broken")
		}
		if err := tx.Commit(); err == nil || !strings.Contains(err.Error(), "ROLLBACK") {
			t.Errorf("PostgreSQL answers COMMIT with ROLLBACK, Commit with %v", err)
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
		untouched(t, pool, 5)
	})
}

func sqlState(code string) func(error) bool {
	return func(err error) bool {
		var fault *pgconn.PgError
		return errors.As(err, &fault) && fault.Code == code
	}
}

// pipelineBroken: the server ends the connection between two sendings and in the middle of one. The transaction fails, the
// connection isn't used again, and the next transaction gets another.
func pipelineBroken(t *testing.T, dsn string) {
	t.Helper()
	pid := func(t *testing.T, tx *models.Pipelined) (n int64) {
		t.Helper()
		tx.Ask(&n, "SELECT pg_backend_pid()")
		if err := tx.Flush(); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for name, broken := range map[string]func(t *testing.T, pool *sql.DB, tx *models.Pipelined, of int64){
		"between": func(t *testing.T, pool *sql.DB, _ *models.Pipelined, of int64) {
			t.Helper()
			if _, err := pool.ExecContext(t.Context(), "SELECT pg_terminate_backend($1, 10000)", of); err != nil {
				t.Fatal(err)
			}
		},
		"in the middle": func(_ *testing.T, _ *sql.DB, tx *models.Pipelined, _ int64) {
			tx.Later("SELECT pg_terminate_backend(pg_backend_pid())")
		},
	} {
		for how, send := range map[string]func(*models.Pipelined) error{"flush": (*models.Pipelined).Flush, "commit": (*models.Pipelined).Commit} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				pool := pipelines(t, dsn)
				tx := begin(t, t.Context(), pool)
				of := pid(t, tx)
				broken(t, pool, tx, of)
				tx.Later(take, 1, "thing")
				if err := send(tx); err == nil {
					t.Error("sent over a connection that is gone")
				}
				if err := tx.Rollback(); err == nil {
					t.Error("rolled back over a connection that is gone")
				}
				again := begin(t, t.Context(), pool)
				if pid(t, again) == of {
					t.Error("the broken connection serves again")
				}
				if err := again.Rollback(); err != nil {
					t.Error(err)
				}
				untouched(t, pool, 5)
			})
		}
	}
}

// pipelineCancelled: the context ends before a sending, and while the server waits for a lock in the middle of one. Nothing stays, and
// nobody waits for what is given up.
func pipelineCancelled(t *testing.T, dsn string) {
	t.Helper()
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		pool := pipelines(t, dsn)
		ctx, cancel := context.WithCancel(t.Context())
		tx := begin(t, ctx, pool)
		tx.Later(take, 1, "thing")
		cancel()
		if err := tx.Commit(); !errors.Is(err, context.Canceled) {
			t.Errorf("committed after its context's end: %v", err)
		}
		_ = tx.Rollback() // on the connection if that still serves; what matters is what is left
		untouched(t, pool, 5)
	})
	t.Run("before anything was sent", func(t *testing.T) {
		t.Parallel()
		pool := pipelines(t, dsn)
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := models.BeginPipelined(ctx, pool)
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := tx.Rollback(); err != nil {
			t.Errorf("nothing had begun: %v", err)
		}
		untouched(t, pool, 5)
		if _, err := models.BeginPipelined(ctx, pool); !errors.Is(err, context.Canceled) {
			t.Errorf("begun after its context's end: %v", err)
		}
	})
	t.Run("while it waits", func(t *testing.T) {
		t.Parallel()
		pool := pipelines(t, dsn)
		holder := begin(t, t.Context(), pool) // has the row's lock
		ctx, cancel := context.WithCancel(t.Context())
		tx, err := models.BeginPipelined(ctx, pool)
		if err != nil {
			t.Fatal(err)
		}
		tx.Later("INSERT INTO stock VALUES ('mine', 1)")
		tx.Swap(take, 1, "thing")
		tx.Later("INSERT INTO stock VALUES ('after', 1)")
		ended := make(chan error, 1)
		go func() { ended <- tx.Commit() }()
		for waiting := int64(0); waiting == 0; { // until the server holds it up
			holder.Ask(&waiting, "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
			if err := holder.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("committed though it was given up: %v", err)
		}
		_ = tx.Rollback()
		if err := holder.Commit(); err != nil {
			t.Errorf("the one that had the lock: %v", err)
		}
		untouched(t, pool, 4)
	})
}
