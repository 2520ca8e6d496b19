package checkout_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // reads the database from outside

	"lianlian-checkout/checkout"
	"lianlian-checkout/models/storetest"
)

// The same histories on PostgreSQL. A crash there cuts the process off from the gateway and abandons it; what it still writes
// stays, so this is the weaker of the two: see world. All histories share one database, emptied each time, and only each fourth
// of those drawn is played: it takes three times as long as on SQLite.
func TestHistoriesPostgres(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	dsn := storetest.Postgres(t)(t)
	g := newGround(t, dsn)
	g.share = 4
	w := &world{ground: g, clock: &clock{t: begin}}
	c, err := checkout.New(t.Context(), w.options(nil, histShelf())) // makes the tables
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	runHistories(t, g, stormy)
}

// wipe empties the database.
func wipe(dsn string) error {
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err = db.ExecContext(ctx, "TRUNCATE outbox, events, payments, orders, variants, products RESTART IDENTITY CASCADE")
	return err
}
