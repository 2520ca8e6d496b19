package models_test

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"

	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

var update = flag.Bool("update", false, "add a dump to testdata/upgrade for each step that has none; existing ones are never changed")

// migrateIn makes the test binary migrate a database until it is killed.
const migrateIn = "MODELS_TEST_MIGRATE"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(migrateIn); dsn != "" {
		os.Exit(migrateUntilKilled(dsn, os.Getenv(migrateIn+"_STEP")))
	}
	os.Exit(m.Run())
}

// engine is one of the two databases in these tests.
type engine struct {
	name   string
	driver string
	hang   string // a statement that doesn't end
	empty  func(t *testing.T) (dsn string)
}

func engines(t *testing.T) []engine {
	list := []engine{{"sqlite", "sqlite", "SELECT hang();", func(t *testing.T) string { return filepath.Join(t.TempDir(), "checkout.db") }}}
	if _, err := exec.LookPath("pg_config"); err != nil && os.Getenv("CHECKOUT_TEST_REQUIRE") == "" {
		return list
	}
	return append(list, engine{"postgres", "pgx", "SELECT pg_sleep(600);", storetest.Postgres(t)})
}

func (e engine) open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	if e.driver == "sqlite" {
		dsn = "file:" + dsn + "?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(e.driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// steps are the migrations' file names, in order.
func (e engine) steps(t *testing.T) []string {
	t.Helper()
	files, err := models.Migrations(e.name)
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil || len(names) < 6 {
		t.Fatalf("migrations: %v, %v", names, err)
	}
	return names
}

// upTo are the migrations as far as one of them, in which statement is added at its end.
func upTo(folder, last, statement string) (fs.FS, error) {
	files, err := models.Migrations(folder)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	some := fstest.MapFS{}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		if name > last {
			continue
		}
		if name == last {
			text = bytes.Replace(text, []byte("-- +goose Down"), []byte(statement+"\n\n-- +goose Down"), 1)
		}
		some[name] = &fstest.MapFile{Data: text, Mode: 0o444}
	}
	return some, nil
}

// TestUpgrade opens a database of every step that there was, with what a shop had in it, and goes on selling. Seen to fail with a dump that has another
// SKU in an order.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	for _, e := range engines(t) {
		if *update {
			e.makeDumps(t)
		}
		dumps, err := filepath.Glob(filepath.Join("testdata", "upgrade", e.name, "*.sql"))
		if err != nil || len(dumps) < 6 {
			t.Fatalf("dumps: %v, %v", dumps, err)
		}
		for _, dump := range dumps {
			t.Run(e.name+" "+filepath.Base(dump), func(t *testing.T) {
				dsn := e.empty(t)
				text, err := os.ReadFile(dump)
				if err != nil {
					t.Fatal(err)
				}
				e.run(t, dsn, string(text))
				clock := &storetest.Clock{T: storetest.Start}
				s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: dsn, Now: clock.Now, Mail: true})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = s.Close() }()
				goesOn(t, storetest.NewFixture(t.Context(), s, clock), s, filepath.Base(dump))
			})
		}
	}
}

// run executes a whole script.
func (e engine) run(t *testing.T, dsn, script string) {
	t.Helper()
	db := e.open(t, dsn)
	defer func() { _ = db.Close() }()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), script); err != nil {
		t.Fatalf("run script: %v", err)
	}
}

// goesOn finds everything in its place and sells.
func goesOn(t *testing.T, f *storetest.Fixture, s *models.Store, dump string) {
	t.Helper()
	ctx := t.Context()
	paid, err := s.Order(ctx, "oldtokenpaid00000000000000000001")
	if err != nil || paid.Status != models.OrderPaid || paid.Total != (models.Money{Amount: 16800, Currency: "HKD"}) || len(paid.Lines) != 1 || paid.Lines[0].SKU != "old-cup" ||
		paid.PaidAt.UnixMilli() != 1760000060000 || paid.Customer.FullName != "Chan Tai Man" || *paid.Payment().Settlement != (models.Money{Amount: 2150, Currency: "USD"}) {
		t.Errorf("the paid order: %+v, %v", paid, err)
	}
	history, err := s.History(ctx, paid.ID)
	if err != nil || len(history) != 2 || history[1].Times != 2 {
		t.Errorf("its history: %+v, %v", history, err)
	}
	if found, err := s.FindOrder(ctx, "AAAA-2222", "chan@example.com"); err != nil || found.ID != paid.ID {
		t.Errorf("found by number and e-mail: %+v, %v", found, err)
	}
	waiting, err := s.Order(ctx, "oldtokenwait00000000000000000002")
	if err != nil || waiting.Status != models.OrderPending {
		t.Fatalf("the waiting order: %+v, %v", waiting, err)
	}
	ev := f.Say(waiting, models.SourceNotification, models.StatusPaid)
	ev.LLTransactionID = "2025100900000002"
	f.Apply(t, ev, models.VerdictApplied)
	if got := f.Get(t, waiting); got.Status != models.OrderPaid {
		t.Errorf("the waiting order was paid and is %s", got.Status)
	}
	if over, err := s.Order(ctx, "oldtokenover00000000000000000003"); err != nil || over.Status != models.OrderExpired {
		t.Errorf("the expired order: %+v, %v", over, err)
	}
	if dump >= "0003" && waiting.Discount != "OLD10" {
		t.Errorf("its discount is %q", waiting.Discount)
	}
	if list, err := s.Deliveries(ctx, models.DeliveryFilter{}); dump >= "0004" && (err != nil || len(list.Deliveries) != 1 || list.Deliveries[0].MessageID != "msg_old1") {
		t.Errorf("deliveries: %+v, %v", list, err)
	}
	if o, err := s.Order(ctx, "oldtokensess00000000000000000004"); dump >= "0005" && (err != nil || !o.Session || o.Status != models.OrderCancelled || o.Reference != "ticket-7") {
		t.Errorf("the session's order: %+v, %v", o, err)
	}
	if l, err := s.Link(ctx, "oldlink000000001"); dump >= "0006" && (err != nil || l.Paid != 1) {
		t.Errorf("the payment link: %+v, %v", l, err)
	}
	if u, err := s.UserByName(ctx, "mei@old.example"); dump >= "0007" && (err != nil || u.Role != models.RoleStaff || !u.Active()) {
		t.Errorf("the member of staff: %+v, %v", u, err)
	}
	if calls, err := s.Exchanges(ctx, paid.ID); dump >= "0008" && (err != nil || len(calls) != 1 || calls[0].Status != 200) {
		t.Errorf("the wire log: %+v, %v", calls, err)
	}
	if linked, err := s.Order(ctx, "oldtokenlink00000000000000000005"); dump >= "0009" && (err != nil || linked.Status != models.OrderPartiallyRefunded || linked.Refunded() != (models.Money{Amount: 1000, Currency: "HKD"})) {
		t.Errorf("the refunded order: %+v, %v", linked, err)
	}
	o := f.Order(t, "after the upgrade")
	f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	if err := s.Ready(ctx); err != nil {
		t.Error(err)
	}
}

// TestNewerDatabase: an older program doesn't touch what a newer one made.
func TestNewerDatabase(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	for _, e := range engines(t) {
		dsn := e.empty(t)
		s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
		e.run(t, dsn, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9001, "+map[string]string{"sqlite": "1", "postgres": "true"}[e.name]+")")
		s, err = models.OpenStore(t.Context(), models.StoreOptions{DSN: dsn})
		if err == nil {
			_ = s.Close()
		}
		if !errors.Is(err, models.ErrNewer) || !strings.Contains(err.Error(), "its schema is at step 9001 and this program knows ") {
			t.Errorf("%s: OpenStore = %v, want ErrNewer", e.name, err)
		}
	}
}

// TestSQLiteOpensAtOnce starts several stores on one empty file: one of them makes each step, all of them open. Seen to fail without the loop in migrate.
func TestSQLiteOpensAtOnce(t *testing.T) {
	t.Parallel()
	for range 3 {
		dsn := filepath.Join(t.TempDir(), "checkout.db")
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: dsn})
				if err != nil {
					t.Errorf("OpenStore: %v", err)
					return
				}
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
		}
		wg.Wait()
	}
}

// TestKilledMigration kills a program at the end of each step, before its commit: the database is as it was before the step, and the next start brings it to
// the end. Seen to fail with "-- +goose NO TRANSACTION" in a migration.
func TestKilledMigration(t *testing.T) {
	t.Parallel()
	storetest.Alone(t)
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			dsn, last := e.empty(t), ""
			for _, step := range e.steps(t) {
				if last != "" {
					e.migrate(t, dsn, last)
				}
				before := e.schema(t, dsn)
				e.killIn(t, dsn, step)
				if after := e.schema(t, dsn); after != before {
					t.Fatalf("%s was killed and left\n%s\nbefore it was\n%s", step, after, before)
				}
				last = step
			}
			s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: dsn})
			if err != nil {
				t.Fatal(err)
			}
			_ = s.Close()
		})
	}
}

func (e engine) migrate(t *testing.T, dsn, last string) {
	t.Helper()
	source, err := upTo(e.name, last, "")
	if err == nil {
		err = models.MigrateFrom(t.Context(), dsn, source)
	}
	if err != nil {
		t.Fatalf("migrate to %s: %v", last, err)
	}
}

// schema is all tables, columns and indexes, with the version, but for goose's own table.
func (e engine) schema(t *testing.T, dsn string) string {
	t.Helper()
	statement := "SELECT name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE '%goose%' AND name <> 'sqlite_sequence' ORDER BY 1"
	if e.name == "postgres" {
		statement = `SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'goose_db_version'
			UNION ALL SELECT indexname || ' ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'goose_db_version' ORDER BY 1`
	}
	db := e.open(t, dsn)
	defer func() { _ = db.Close() }()
	var lines []string
	rows, err := db.QueryContext(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	var version sql.NullInt64
	_ = db.QueryRowContext(t.Context(), "SELECT max(version_id) FROM goose_db_version").Scan(&version)
	return strings.Join(append(lines, fmt.Sprint("version ", version.Int64)), "\n")
}

// killIn migrates in another process and kills it when it has done all of the step but its commit.
func (e engine) killIn(t *testing.T, dsn, step string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), migrateIn+"="+dsn, migrateIn+"_STEP="+e.name+" "+step)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Wait() }()
	defer func() { _ = child.Process.Kill() }()
	if e.name == "sqlite" {
		if _, err := out.Read(make([]byte, 64)); err != nil {
			t.Fatalf("%s didn't reach its end: %v", step, err)
		}
		return
	}
	// PostgreSQL notices that a client is gone when its statement ends; here it is told.
	db := e.open(t, dsn)
	defer func() { _ = db.Close() }()
	for deadline := time.Now().Add(time.Minute); ; {
		var pid int
		err := db.QueryRowContext(t.Context(), "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query LIKE 'SELECT pg_sleep%'").Scan(&pid)
		if err == nil {
			_ = child.Process.Kill()
			_, _ = db.ExecContext(t.Context(), "SELECT pg_terminate_backend($1, 10000)", pid)
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s didn't reach its end: %v", step, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// migrateUntilKilled is the other process.
func migrateUntilKilled(dsn, step string) int {
	name, last, _ := strings.Cut(step, " ")
	hang := "SELECT pg_sleep(600);"
	if name == "sqlite" {
		hang = "SELECT hang();"
		sqlite.MustRegisterScalarFunction("hang", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
			fmt.Println("hanging")
			select {}
		})
	}
	source, err := upTo(name, last, hang)
	if err == nil {
		go func() { time.Sleep(2 * time.Minute); os.Exit(3) }() // whose parent is gone
		err = models.MigrateFrom(context.Background(), dsn, source)
	}
	fmt.Fprintln(os.Stderr, "the migration ended:", err)
	return 1
}

// makeDumps adds what is missing.
func (e engine) makeDumps(t *testing.T) {
	t.Helper()
	dsn := e.empty(t)
	for _, step := range e.steps(t) {
		e.migrate(t, dsn, step)
		number := step[:4]
		if sample, err := os.ReadFile(filepath.Join("testdata", "upgrade", "sample", number+".sql")); err == nil {
			e.run(t, dsn, string(sample))
		}
		file := filepath.Join("testdata", "upgrade", e.name, number+".sql")
		if _, err := os.Stat(file); err == nil {
			continue
		}
		var text string
		if e.name == "sqlite" {
			text = e.dumpSQLite(t, dsn)
		} else {
			text = e.dumpPostgres(t, dsn)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (e engine) dumpSQLite(t *testing.T, dsn string) string {
	t.Helper()
	db := e.open(t, dsn)
	defer func() { _ = db.Close() }()
	lines := func(statement string) (list []string) {
		rows, err := db.QueryContext(t.Context(), statement)
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Fatal(err)
			}
			list = append(list, line)
		}
		if rows.Err() != nil {
			t.Fatal(rows.Err())
		}
		return list
	}
	var out []string
	for _, table := range lines("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid") {
		out = append(out, lines("SELECT sql || ';' FROM sqlite_master WHERE type = 'table' AND name = '"+table+"'")...)
		columns := lines("SELECT name FROM pragma_table_info('" + table + "')")
		var values []string
		for _, c := range columns {
			values = append(values, `quote("`+c+`")`)
		}
		out = append(out, lines("SELECT 'INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES (' || "+strings.Join(values, " || ', ' || ")+" || ');' FROM "+table)...)
	}
	out = append(out, lines("SELECT sql || ';' FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid")...)
	return strings.Join(out, "\n") + "\n"
}

func (e engine) dumpPostgres(t *testing.T, dsn string) string {
	t.Helper()
	db := e.open(t, dsn)
	defer func() { _ = db.Close() }()
	for _, table := range []string{"products", "orders", "payments", "events", "outbox", "mails", "endpoints", "deliveries", "tries", "links"} {
		_, _ = db.ExecContext(t.Context(), "SELECT setval(pg_get_serial_sequence('"+table+"', 'id'), (SELECT max(id) FROM "+table+"))")
	}
	bin, err := exec.CommandContext(t.Context(), "pg_config", "--bindir").Output()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(strings.TrimSpace(string(bin)), "pg_dump"), "--inserts", "--no-owner", "--no-privileges", "--schema=public", dsn).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	unwanted := regexp.MustCompile(`^(--|\\|SET |SELECT pg_catalog.set_config|CREATE SCHEMA|COMMENT ON SCHEMA)`)
	kept := slices.DeleteFunc(strings.Split(string(out), "\n"), func(l string) bool { return strings.TrimSpace(l) == "" || unwanted.MatchString(l) })
	return strings.Join(kept, "\n") + "\n"
}
