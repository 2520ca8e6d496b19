package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models/storetest"
)

// bench is a run of everything that was asked for.
type bench struct {
	o       options
	dir     string // temporary, removed at the end
	started time.Time
	self    string // this binary
	binary  string // the program
	places  int

	keys           keyPairs
	gateway        *child
	gatewayAddress string
	postgres       *storetest.PostgresServer // nil without PostgreSQL
	newDatabase    func(ctx context.Context) (dsn string, err error)
	orders         []waiting

	report report
}

// pageOrders is how many waiting orders the order page's clients look at in turn.
const pageOrders = 100

// run measures and prints the report. Everything that it started has ended when it returns.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	b := &bench{o: o, started: time.Now()}
	if b.dir, err = os.MkdirTemp(o.temp, "bench"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	defer b.gateway.stop()
	if b.postgres != nil {
		defer func() { err = errors.Join(err, b.postgres.Close()) }()
	}
	if err := b.everything(ctx); err != nil {
		return err
	}
	b.report.took = time.Since(b.started)
	b.report.unchecked, b.report.runs, b.report.cores = b.o.unchecked, b.o.runs, runtime.NumCPU()
	_, err = io.WriteString(out, b.report.markdown())
	return err
}

// progress tells who waits what is going on.
func (b *bench) progress(format string, args ...any) {
	fmt.Fprintf(b.o.progress, "%5.0fs "+format+"\n", append([]any{time.Since(b.started).Seconds()}, args...)...)
}

// prepare makes keys, program, fake gateway and notifications.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.o.profile != "" {
		if b.o.profile, err = filepath.Abs(b.o.profile); err != nil {
			return err
		}
		if err := os.MkdirAll(b.o.profile, 0o755); err != nil {
			return err
		}
	}
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	b.binary = b.self
	if !b.o.selfProgram {
		b.progress("building the program")
		if b.binary, err = build(ctx, b.dir); err != nil {
			return err
		}
	}
	if b.o.profile != "" {
		b.report.remark("Measured with profiles: the program is the bench's own binary, which needs more memory, and the profiles take time themselves.")
	}
	if b.keys, err = makeKeys(keyFolder(b.dir)); err != nil {
		return err
	}
	b.report.machine = describeMachine(b.dir)
	n := b.needed()
	b.progress("signing %d notifications", n)
	if b.orders, err = signWaiting(ctx, n+pageOrders, lianlian.NewSigner(b.keys.gateway)); err != nil {
		return err
	}
	if slices.Contains(b.o.databases, postgres) {
		b.postgres, err = storetest.StartPostgres(ctx)
		switch {
		case errors.Is(err, storetest.ErrNoPostgres):
			b.report.remark("PostgreSQL isn't measured: %v.", err)
			b.o.databases = slices.DeleteFunc(slices.Clone(b.o.databases), func(s string) bool { return s == postgres })
		case err != nil:
			return err
		default:
			b.newDatabase = b.postgres.NewDatabase
		}
	}
	verify := "verify"
	if b.o.unchecked {
		verify = "believe"
	}
	b.gateway, b.gatewayAddress, err = startChild(ctx, "gateway", filepath.Join(b.dir, "gateway"), b.self, []string{roleVariable + "=gateway " + keyFolder(b.dir) + " " + verify})
	if err != nil && b.postgres != nil {
		err = errors.Join(err, b.postgres.Close())
	}
	return err
}

// needed is how many notifications the largest phase sends.
func (b *bench) needed() int {
	if b.o.desk || !b.o.wants("notification") {
		return 0
	}
	most := 0
	for _, clients := range append(slices.Clone(b.o.clients), growthClients) {
		n := phases[0].operations(clients, b.o.scale)
		most = max(most, warmUp(n)+b.o.runs*n)
	}
	return most
}

// everything measures the limits, the databases with every number of clients, and the growth.
func (b *bench) everything(ctx context.Context) error {
	if b.o.desk {
		for _, kind := range b.o.databases {
			if err := b.measureDesk(ctx, kind); err != nil {
				return fmt.Errorf("%s, desk: %w", kind, err)
			}
		}
		return nil
	}
	if err := b.measureLimits(ctx); err != nil {
		return fmt.Errorf("limits: %w", err)
	}
	var measured []phase
	for _, p := range phases {
		if b.o.wants(p.name) {
			measured = append(measured, p)
		}
	}
	for i, kind := range b.o.databases {
		for _, clients := range b.o.clients {
			if err := b.level(ctx, kind, clients, measured); err != nil {
				return fmt.Errorf("%s, %d clients: %w", kind, clients, err)
			}
			if i > 0 {
				continue
			}
			if err := b.measureBare(ctx, clients); err != nil {
				return fmt.Errorf("bare route, %d clients: %w", clients, err)
			}
		}
		if len(b.o.growth) == 0 {
			if err := b.grow(ctx, kind, startOrders, nil); err != nil {
				return fmt.Errorf("%s, start: %w", kind, err)
			}
		}
		for _, orders := range b.o.growth {
			if err := b.grow(ctx, kind, orders, measured); err != nil {
				return fmt.Errorf("%s, %d orders: %w", kind, orders, err)
			}
		}
	}
	return nil
}

// startOrders is how many orders there are when only the start is measured.
const startOrders = 1000

// level measures the phases with so many clients on a fresh database.
func (b *bench) level(ctx context.Context, kind string, clients int, measured []phase) error {
	p, err := b.newPlace(ctx, kind)
	if err != nil {
		return err
	}
	defer p.remove()
	return b.measureAll(ctx, p, clients, 0, measured)
}

// measureAll measures the phases one after the other on one running program. before is how many orders are in the database
// beside the measured ones.
func (b *bench) measureAll(ctx context.Context, p place, clients, before int, measured []phase) error {
	s, err := b.open(ctx, p)
	if err != nil {
		return err
	}
	defer s.stop()
	s.before = before
	for _, phase := range measured {
		f, note, err := b.measure(ctx, s, phase, clients)
		if err != nil {
			return fmt.Errorf("%s: %w", phase.name, err)
		}
		b.progress("%s, %d clients, %s: %.0f/s, p50 %s, p99 %s, CPU %s %s", p.kind, clients, phase.name, f.Rate, short(f.P50), short(f.P99), short(f.CPU), note)
		b.report.rows = append(b.report.rows, row{kind: p.kind, clients: clients, before: before, phase: phase, figures: f, note: note})
	}
	return nil
}

// open puts the waiting orders into the place's database and starts the program on it.
func (b *bench) open(ctx context.Context, p place) (*site, error) {
	db, err := openDatabase(p.kind, p.dsn)
	if err != nil {
		return nil, err
	}
	first, err := db.seedWaiting(ctx, b.orders)
	if err == nil {
		err = db.settle(ctx, p.dsn)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	prog, err := b.startProgram(ctx, p)
	if err != nil {
		return nil, err
	}
	return &site{program: prog, place: p, orders: b.orders, first: first, pages: b.orders[len(b.orders)-pageOrders:]}, nil
}

// serverCPU is what the PostgreSQL server has used; zero on SQLite, whose work is the program's own.
func (b *bench) serverCPU(kind string) time.Duration {
	if kind != postgres || b.postgres == nil {
		return 0
	}
	return family(b.postgres.PID())
}
