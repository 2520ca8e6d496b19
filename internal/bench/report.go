package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// row is one line of the figures.
type row struct {
	kind    string
	clients int
	before  int // orders in the database beside the measured ones
	phase   phase
	figures figures
	note    string
}

// noisy is the share of the cores from which on other processes are said to have disturbed a figure.
const noisy = 0.1

// notes are a line's remarks.
func (x row) notes() (out []string) {
	if x.note != "" {
		out = append(out, x.note)
	}
	if x.figures.Others >= noisy {
		out = append(out, fmt.Sprintf("disturbed: other processes used %.0f%% of the cores", 100*x.figures.Others))
	}
	return out
}

// report collects what is printed.
type report struct {
	machine   []string
	remarks   []string
	limits    limits
	rows      []row
	starts    []start
	desk      []deskRow
	runs      int
	cores     int
	unchecked bool
	took      time.Duration
}

func (r *report) remark(format string, args ...any) {
	r.remarks = append(r.remarks, fmt.Sprintf(format, args...))
}

// markdown is the whole report.
func (r *report) markdown() string {
	var b strings.Builder
	for _, m := range r.machine {
		fmt.Fprintf(&b, "- %s\n", m)
	}
	if len(r.desk) > 0 {
		r.deskTable(&b)
		return b.String()
	}
	fmt.Fprintf(&b, "\nA closed loop; of %d runs of each phase the one with the median rate is shown. The program, the fake gateway, the load generator and PostgreSQL share the cores. "+
		"The program runs as shipped (log level info, into a file), with its request limits wide open and reconciliation only at its start; pages aren't compressed. "+
		"CPU is processor time for one operation, counted in steps of 10 ms a run. PostgreSQL has its shipped settings; what its autovacuum does to new rows is done before. It took %s.\n", r.runs, r.took.Round(time.Second))
	if r.unchecked {
		b.WriteString("\nThe fake gateway didn't verify what it was sent.\n")
	}
	for _, m := range r.remarks {
		fmt.Fprintf(&b, "\n%s\n", m)
	}
	r.limitTable(&b)
	for _, p := range phases {
		r.phaseTable(&b, p)
	}
	r.growthTable(&b)
	r.startTable(&b)
	return b.String()
}

// table writes a table's head; columns that begin with > are figures, aligned to the right.
func table(b *strings.Builder, title string, columns ...string) {
	fmt.Fprintf(b, "\n### %s\n\n|", title)
	for _, c := range columns {
		b.WriteString(" " + strings.TrimPrefix(c, ">") + " |")
	}
	b.WriteString("\n|")
	for _, c := range columns {
		if strings.HasPrefix(c, ">") {
			b.WriteString("--:|")
		} else {
			b.WriteString("---|")
		}
	}
	b.WriteString("\n")
}

func line(b *strings.Builder, cells ...string) {
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// limitTable lists the limits that were measured.
func (r *report) limitTable(b *strings.Builder) {
	table(b, "Limits of the machine", "limit", ">per second", ">each")
	for _, x := range []struct {
		name string
		rate float64
	}{
		{"RSA-2048 signatures, one core", r.limits.signatures},
		{"RSA-2048 verifications, one core", r.limits.verifications},
		{"SQLite, synced commits of one row by one caller", r.limits.alone},
		{"SQLite, rows of 32 callers in shared synced commits, through GORM", r.limits.groupedGORM},
		{"the same with prepared statements of database/sql", r.limits.groupedSQL},
		{"PostgreSQL, synced commits of one row by 32 callers", r.limits.postgres},
	} {
		if x.rate > 0 {
			line(b, x.name, thousands(x.rate), short(time.Duration(float64(time.Second)/x.rate)))
		}
	}
	if r.limits.others >= noisy {
		fmt.Fprintf(b, "\nDisturbed: other processes used up to %.0f%% of the cores meanwhile.\n", 100*r.limits.others)
	}
	if len(r.limits.bare) == 0 {
		return
	}
	keys := make([]bareKey, 0, len(r.limits.bare))
	for k := range r.limits.bare {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b bareKey) int { return 2*(a.clients-b.clients) + strings.Compare(b.like, a.like) })
	table(b, "A bare gin route in a process of its own", ">clients", ">bytes", ">per second", ">p50", ">p99", ">CPU each", ">clients' CPU")
	for _, k := range keys {
		f := r.limits.bare[k]
		line(b, fmt.Sprint(k.clients), thousands(float64(f.Bytes)), thousands(f.Rate), short(f.P50), short(f.P99), short(f.CPU), short(f.Client))
	}
}

// phaseTable lists one phase's figures, without those of the growth.
func (r *report) phaseTable(b *strings.Builder, p phase) {
	begun := false
	for _, x := range r.rows {
		if x.phase.name != p.name || x.before > 0 {
			continue
		}
		if !begun {
			begun = true
			table(b, p.title, "database", ">clients", ">per second", ">p50", ">p99", ">CPU", ">gateway's CPU", ">database's CPU", ">clients' CPU", ">peak memory", "beside its limit")
		}
		f, notes := x.figures, x.notes()
		if f.Operations == 0 {
			line(b, x.kind, fmt.Sprint(x.clients), "", "", "", "", "", "", "", "", strings.Join(notes, "; "))
			continue
		}
		peak := megabytes(f.Peak)
		if f.PeakSoFar {
			peak += " since its start"
		}
		line(b, x.kind, fmt.Sprint(x.clients), thousands(f.Rate), short(f.P50), short(f.P99), short(f.CPU), short(f.Gateway), short(f.Database), short(f.Client),
			peak, strings.Join(append(r.ratios(x), notes...), "; "))
	}
	if begun {
		fmt.Fprintf(b, "\nTarget: %s.\n", p.target)
	}
}

// ratios sets a line beside the limits that bound it.
func (r *report) ratios(x row) (out []string) {
	f, l := x.figures, r.limits
	say := func(value, limit float64, format string) {
		if value > 0 && limit > 0 {
			out = append(out, fmt.Sprintf(format, value/limit))
		}
	}
	percent := func(value, limit float64, name string) { say(100*value, limit, "%.0f%% of "+name) }
	switch x.phase.name {
	case "notification":
		if x.kind == sqlite {
			percent(f.Rate, l.groupedGORM, "grouped commits")
			percent(f.Rate, l.groupedSQL, "those without GORM")
		} else {
			percent(f.Rate, l.postgres, "commits")
		}
		percent(f.Rate, l.verifications*float64(r.cores), "verifications on all cores")
	case "checkout":
		say(f.CPU.Seconds(), 1/max(l.signatures, 1e-9), "CPU %.2f × one signature")
		percent(f.Rate, l.signatures*float64(r.cores)/2, "two signatures each on all cores")
	case "order", "catalogue":
		percent(f.Rate, l.bare[bareKey{x.clients, x.phase.name}].Rate, "the bare route with as many bytes")
	case "order-304", "catalogue-304":
		percent(f.Rate, l.bare[bareKey{x.clients, "short"}].Rate, "the bare route")
	}
	if x.kind == postgres {
		for _, y := range r.rows {
			if y.kind == sqlite && y.phase.name == x.phase.name && y.clients == x.clients && y.before == x.before {
				say(f.Rate, y.figures.Rate, "%.2f × SQLite")
			}
		}
	}
	return out
}

// growthTable sets the figures on databases of different sizes beside each other.
func (r *report) growthTable(b *strings.Builder) {
	begun := false
	for _, x := range r.rows {
		if x.before == 0 {
			continue
		}
		if !begun {
			begun = true
			table(b, fmt.Sprintf("Growth, %d clients", growthClients), "", "database", ">orders before", ">per second", ">p50", ">p99", ">CPU", ">peak memory", "slower than with the fewest")
		}
		f := x.figures
		if f.Operations == 0 {
			line(b, x.phase.title, x.kind, thousands(float64(x.before)), "", "", "", "", "", x.note)
			continue
		}
		notes := []string{}
		if i := slices.IndexFunc(r.rows, func(y row) bool { return y.before > 0 && y.kind == x.kind && y.phase.name == x.phase.name }); r.rows[i].before != x.before {
			notes = append(notes, fmt.Sprintf("%.2f ×", r.rows[i].figures.Rate/f.Rate))
		}
		notes = append(notes, x.notes()...)
		line(b, x.phase.title, x.kind, thousands(float64(x.before)), thousands(f.Rate), short(f.P50), short(f.P99), short(f.CPU), megabytes(f.Peak), strings.Join(notes, "; "))
	}
	if begun {
		b.WriteString("\nTarget: nothing slower than 1.5 × between 1,000 and 1,000,000 orders.\n")
	}
}

// startTable lists how long the program takes to start.
func (r *report) startTable(b *strings.Builder) {
	if len(r.starts) == 0 {
		return
	}
	table(b, fmt.Sprintf("Start, median of %d", starts), "database", ">orders", ">to the first 200 of /healthz", ">to the first answer of /", ">resident when idle")
	for _, s := range r.starts {
		line(b, s.kind, thousands(float64(s.orders)), short(s.healthy), short(s.page), megabytes(s.idle))
	}
	b.WriteString("\nTarget: 150 ms to the first answer, 40 MB resident when idle.\n")
}

// thousands writes a number with separators: 11,042.
func thousands(n float64) string {
	s := fmt.Sprintf("%.0f", n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// short writes a duration with two or three digits: 840 µs, 3.2 ms, 120 ms, 1.2 s. Zero is a dash: it wasn't measured.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return "–"
	case d < time.Microsecond:
		return "< 1 µs"
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// megabytes writes bytes in millions. Zero is a dash: it wasn't measured.
func megabytes(n int64) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}
