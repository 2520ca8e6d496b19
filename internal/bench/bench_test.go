package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/models/storetest"
)

// TestMain lets the test binary play the parts that the bench's own binary plays.
func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role))
	}
	os.Exit(m.Run())
}

// small is a bench of a few seconds on SQLite.
func small(t *testing.T) options {
	t.Helper()
	return options{databases: []string{sqlite}, clients: []int{1}, growth: []int{200}, runs: 1, scale: 0.05, idle: 50 * time.Millisecond, selfProgram: true, temp: t.TempDir(), progress: t.Output()}
}

// TestSmoke runs a tiny bench of every phase, end to end: all processes start, every answer is right, what was acknowledged is
// in the database, and nothing is left behind. Seen to fail when shop.go's form has another
// fingerprint, when seed.go gives the payment another ll_transaction_id than its notification, and when bench.go's run leaves out
// os.RemoveAll.
func TestSmoke(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs every phase of the bench: not in short mode")
	}
	o := small(t)
	o.profile = filepath.Join(t.TempDir(), "profiles")
	var out strings.Builder
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	report := out.String()
	for _, p := range phases {
		if !strings.Contains(report, "### "+p.title+"\n") || !strings.Contains(report, "| "+p.title+" | sqlite | 200 |") {
			t.Errorf("no figures of %s", p.name)
		}
		for _, kind := range []string{".pprof", ".allocs.pprof", ".allocs-before.pprof"} {
			if info, err := os.Stat(filepath.Join(o.profile, p.name+"-sqlite-1"+kind)); err != nil || info.Size() == 0 {
				t.Errorf("no profile %s of %s: %v", kind, p.name, err)
			}
		}
	}
	for _, want := range []string{"RSA-2048 signatures", "through GORM", "bare gin route", "### Start, median of 7"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report has nothing of %q", want)
		}
	}
	if strings.Contains(report, "no ETag") {
		t.Error("a page gives no ETag")
	}
	if left, err := os.ReadDir(o.temp); err != nil || len(left) > 0 {
		t.Errorf("%d files are left behind, %v", len(left), err)
	}
	if t.Failed() {
		t.Log(report)
	}
}

// TestDesk asks for each page of the desk once and more on a small database.
func TestDesk(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts the program: not in short mode")
	}
	o := small(t)
	o.desk, o.scale = true, 0.001
	var out strings.Builder
	if err := run(t.Context(), o, &out); err != nil {
		t.Fatal(err)
	}
	for _, p := range deskPages() {
		if !strings.Contains(out.String(), "| "+p.name+" | sqlite |") {
			t.Errorf("no figures of %s", p.name)
		}
	}
}

// TestCancelled ends a bench that would wait for an hour: it comes back with the reason and leaves no files. Seen to fail when
// bench.go's run leaves out os.RemoveAll.
func TestCancelled(t *testing.T) {
	t.Parallel()
	o := small(t)
	o.only, o.idle = []string{"catalogue"}, time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, o, &strings.Builder{}) }()
	for !exists(filepath.Join(o.temp, "bench*", "place2", "program.log")) {
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("a bench that was cancelled ended with %v", err)
	}
	if exists(filepath.Join(o.temp, "*")) {
		t.Error("files are left behind")
	}
}

func exists(pattern string) bool {
	found, err := filepath.Glob(pattern)
	return err == nil && len(found) > 0
}

// schema is an empty database of the kind, with the program's schema.
func schema(t *testing.T, kind string) (*database, place) {
	t.Helper()
	b := &bench{o: small(t), dir: t.TempDir()}
	if kind == postgres {
		newDSN := storetest.Postgres(t)
		b.newDatabase = func(context.Context) (string, error) { return newDSN(t), nil }
	}
	var err error
	if b.binary, err = os.Executable(); err != nil {
		t.Fatal(err)
	}
	if _, err = makeKeys(keyFolder(b.dir)); err != nil {
		t.Fatal(err)
	}
	b.gatewayAddress = "127.0.0.1:1"
	p, err := b.newPlace(t.Context(), kind)
	if err != nil {
		t.Fatal(err)
	}
	db, err := openDatabase(kind, p.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db, p
}

// TestSeed fills a database of each kind with a past and with waiting orders, and counts those that a notification paid: only
// what is paid, told once and in the history once counts. Seen to fail when each of paid's conditions on events, outbox and
// status is taken out, when seedWaiting leaves setval out (PostgreSQL), and when past.go's numbers lose their U.
func TestSeed(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{sqlite, postgres} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			db, _ := schema(t, kind)
			ctx := t.Context()
			const past = 300
			if err := db.seedPast(ctx, past); err != nil {
				t.Fatal(err)
			}
			for table, want := range map[string]int{
				"orders": past, "payments": past, "events": 3 * past, "outbox": past, "orders WHERE status = 'paid' AND paid_at > 0 AND number LIKE '____-___U'": past * 86 / 100,
				"orders WHERE length(token) = 32 AND length(code) = 16": past, "payments WHERE length(merchant_transaction_id) = 44": past,
			} {
				if got := count(t, db, table); got != want {
					t.Errorf("%d %s, want %d", got, table, want)
				}
			}
			orders := make([]waiting, 5)
			for i := range orders {
				orders[i] = waiting{token: strings.Repeat("t", 30) + string(rune('a'+i)), code: string(rune('a' + i)), id: "id" + string(rune('a'+i)), ll: "ll" + string(rune('a'+i))}
			}
			first, err := db.seedWaiting(ctx, orders)
			if err != nil || first != past+1 {
				t.Fatalf("first = %d, %v, want %d", first, err, past+1)
			}
			exec := func(statement string, args ...any) {
				t.Helper()
				if _, err := db.ExecContext(ctx, db.bind(statement), args...); err != nil {
					t.Fatalf("%s: %v", statement, err)
				}
			}
			// The first is paid; of the others each lacks one thing: told, told once, in the history, in status PS.
			for i := range int64(len(orders)) {
				id := first + i
				status := "PS"
				if i == 4 {
					status = "WP"
				}
				exec("UPDATE payments SET status = ? WHERE order_id = ?", status, id)
				exec("UPDATE orders SET status = 'paid', paid_at = 1 WHERE id = ?", id)
				if i != 1 {
					exec("INSERT INTO outbox (fact, order_id, type, created_at) VALUES (?, ?, 'order.paid', 1)", orders[i].id, id)
				}
				if i == 2 {
					exec("INSERT INTO outbox (fact, order_id, type, created_at) VALUES ('twice', ?, 'order.paid', 1)", id)
				}
				if i != 3 {
					exec("INSERT INTO events (order_id, at, last_at, kind, source, verdict) VALUES (?, 1, 1, 'evidence', 'notification', 'applied')", id)
				}
			}
			if got, err := db.paid(ctx, first, len(orders)); err != nil || got != 1 {
				t.Errorf("paid = %d, %v, want 1", got, err)
			}
			// The program's own next order gets the next id.
			exec("INSERT INTO orders (number, token, code, status, lines, amount, currency, created_at, updated_at, expires_at) VALUES ('number', 'token', 'code', 'open', '[]', 1, 'HKD', 1, 1, 1)")
		})
	}
}

// TestAcknowledgedInVain asks for orders that aren't in the database. Seen to fail when the comparison in each phase's after is
// taken out.
func TestAcknowledgedInVain(t *testing.T) {
	t.Parallel()
	_, p := schema(t, sqlite)
	s := &site{place: p, program: &program{address: "127.0.0.1:1"}, first: 1}
	for name, prepare := range map[string]func(context.Context, *site) (work, error){"notifications": notifications, "checkouts": checkouts} {
		w, err := prepare(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.after(t.Context(), 0); err != nil {
			t.Errorf("%s: none was acknowledged, and: %v", name, err)
		}
		if err := w.after(t.Context(), 1); err == nil {
			t.Errorf("%s: one was acknowledged, none is in the database, and nobody minds", name)
		}
	}
}

func count(t *testing.T, db *database, from string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+from).Scan(&n); err != nil {
		t.Fatalf("%s: %v", from, err)
	}
	return n
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args    string
		wrong   string
		clients []int
		growth  int
	}{
		{args: "", clients: []int{1, 8, 32, 128}, growth: 3},
		{args: "-quick", clients: []int{32}},
		{args: "-clients 4,5 -growth=false -only order,order-304 -db postgres", clients: []int{4, 5}},
		{args: "-clients many", wrong: "-clients many"},
		{args: "-clients 0", wrong: "-clients 0"},
		{args: "-only notifications", wrong: "there is no such phase"},
		{args: "-db mysql", wrong: "-db mysql"},
		{args: "-runs 0", wrong: "can't be empty"},
	} {
		o, err := parse(strings.Fields(tt.args))
		if tt.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wrong) {
				t.Errorf("%s: error %v, want one that says %q", tt.args, err, tt.wrong)
			}
			continue
		}
		if err != nil || !slices.Equal(o.clients, tt.clients) || len(o.growth) != tt.growth {
			t.Errorf("%s: clients %v, growth %v, %v, want %v and %d sizes", tt.args, o.clients, o.growth, err, tt.clients, tt.growth)
		}
	}
}
