package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// measure runs the phase with so many clients, after warming up, and gives the run with the median rate.
func (b *bench) measure(ctx context.Context, s *site, p phase, clients int) (figures, string, error) {
	w, err := p.prepare(ctx, s)
	if errors.Is(err, errNoTag) {
		return figures{}, "no ETag", nil
	}
	if err != nil {
		return figures{}, "", err
	}
	n := p.operations(clients, b.o.scale)
	var size atomic.Int64
	l := load{address: s.address, clients: clients, n: warmUp(n), request: w.request, check: func(i int, res *http.Response, body []byte) error {
		size.Store(int64(len(body)))
		return w.check(i, res, body)
	}}
	if _, _, err := l.run(ctx); err != nil {
		return figures{}, "", fmt.Errorf("warm up: %w", err)
	}
	l.first, l.n = l.n, n
	profile := ""
	if b.o.profile != "" {
		profile = filepath.Join(b.o.profile, fmt.Sprintf("%s-%s-%d", p.name, s.kind, clients))
		if s.before > 0 {
			profile += fmt.Sprintf("-of-%d", s.before)
		}
		if err := s.tell("start "+profile, "profile start"); err != nil {
			return figures{}, "", err
		}
	}
	var runs []figures
	for range b.o.runs {
		f, err := b.once(ctx, s, l)
		if err != nil {
			return figures{}, "", err
		}
		f.Bytes = int(size.Load())
		runs = append(runs, f)
		l.first += n
	}
	if profile != "" {
		if err := s.tell("stop "+profile, "profile stop"); err != nil {
			return figures{}, "", err
		}
		b.progress("  go tool pprof -http=: %s.pprof\n  go tool pprof -http=: -base %s.allocs-before.pprof %s.allocs.pprof", profile, profile, profile)
	}
	if w.after != nil {
		if err := w.after(ctx, l.first); err != nil {
			return figures{}, "", err
		}
	}
	note := ""
	if w.note != nil {
		note = w.note()
	}
	return median(runs), note, nil
}

// once is one run, with what it cost whom.
func (b *bench) once(ctx context.Context, s *site, l load) (figures, error) {
	reset := resetPeak(s.pid())
	before := b.spent(s)
	latencies, elapsed, err := l.run(ctx)
	if err != nil {
		return figures{}, fmt.Errorf("%w\n%s", err, s.tail())
	}
	after := b.spent(s)
	f, n := summary(latencies, elapsed), time.Duration(l.n)
	f.CPU, f.Gateway = (after.program-before.program)/n, (after.gateway-before.gateway)/n
	f.Client, f.Database = (after.client-before.client)/n, (after.database-before.database)/n
	f.Others = share(after.others()-before.others(), elapsed)
	f.Peak, f.PeakSoFar = memory(s.pid(), "VmHWM"), !reset
	return f, nil
}

// spending is the processor time that everybody has used.
type spending struct{ program, gateway, database, client, machine time.Duration }

func (b *bench) spent(s *site) spending {
	return spending{cpu(s.pid()), cpu(b.gateway.pid()), b.serverCPU(s.kind), cpu(os.Getpid()), busy()}
}

// others is what processes used that aren't part of the measurement.
func (s spending) others() time.Duration {
	return s.machine - s.program - s.gateway - s.database - s.client
}
