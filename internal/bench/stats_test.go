package main

import (
	"strings"
	"testing"
	"time"
)

// TestPercentile is nearest rank, by hand. Seen to fail when percentile rounds its rank down instead of up.
func TestPercentile(t *testing.T) {
	t.Parallel()
	upTo := func(n int) (d []time.Duration) {
		for i := range n {
			d = append(d, time.Duration(i+1))
		}
		return d
	}
	for _, tt := range []struct {
		n, p int
		want time.Duration
	}{
		{0, 50, 0}, {1, 50, 1}, {1, 99, 1}, {2, 50, 1}, {3, 50, 2}, {4, 50, 2}, {10, 99, 10}, {100, 50, 50}, {100, 99, 99}, {101, 99, 100}, {1000, 99, 990}, {200, 1, 2},
	} {
		if got := percentile(upTo(tt.n), tt.p); got != tt.want {
			t.Errorf("percentile %d of 1 to %d = %d, want %d", tt.p, tt.n, got, tt.want)
		}
	}
}

// TestSummary sorts before it picks. Seen to fail when summary leaves slices.Sort out.
func TestSummary(t *testing.T) {
	t.Parallel()
	f := summary([]time.Duration{9, 1, 5, 7, 3}, 2*time.Second)
	if f.Operations != 5 || f.Rate != 2.5 || f.P50 != 5 || f.P99 != 9 {
		t.Errorf("summary = %+v, want 5 operations, 2.5 a second, p50 5, p99 9", f)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rates []float64
		want  float64
	}{{[]float64{7}, 7}, {[]float64{9, 1}, 1}, {[]float64{9, 1, 5}, 5}, {[]float64{2, 9, 1, 5}, 2}} {
		var runs []figures
		for _, r := range tt.rates {
			runs = append(runs, figures{Rate: r})
		}
		if got := median(runs).Rate; got != tt.want {
			t.Errorf("median of %v = %v, want %v", tt.rates, got, tt.want)
		}
	}
	if got := middle([]time.Duration{5, 1, 3}); got != 3 {
		t.Errorf("middle = %d, want 3", got)
	}
}

// TestReport prints figures that are made up. Seen to fail when ratios divides by the other limit, when thousands loses its
// separators, and when a line has a cell more than its head.
func TestReport(t *testing.T) {
	t.Parallel()
	r := report{machine: []string{"a machine"}, cores: 2, runs: 3, limits: limits{
		signatures: 1000, verifications: 40_000, alone: 5000, groupedGORM: 20_000, groupedSQL: 50_000, postgres: 10_000,
		bare: map[bareKey]figures{{32, "short"}: {Operations: 9, Rate: 60_000, Bytes: 2}, {32, "order"}: {Operations: 9, Rate: 50_000, Bytes: 8000}},
	}}
	add := func(name, kind string, before int, f figures, note string) {
		for _, p := range phases {
			if p.name == name {
				r.rows = append(r.rows, row{kind: kind, clients: 32, before: before, phase: p, figures: f, note: note})
			}
		}
	}
	add("notification", sqlite, 0, figures{Operations: 10, Rate: 10_000, P50: 900 * time.Microsecond, P99: 3200 * time.Microsecond, CPU: 120 * time.Microsecond, Peak: 52_400_000}, "")
	add("notification", postgres, 0, figures{Operations: 10, Rate: 5000, Database: time.Millisecond, Peak: 1e6, PeakSoFar: true, Others: 0.25}, "")
	add("checkout", sqlite, 0, figures{Operations: 10, Rate: 500, CPU: 1500 * time.Microsecond}, "")
	add("order", sqlite, 0, figures{Operations: 10, Rate: 12_500}, "")
	add("order-304", sqlite, 0, figures{}, "no ETag")
	add("notification", sqlite, 1000, figures{Operations: 10, Rate: 9000}, "")
	add("notification", sqlite, 1_000_000, figures{Operations: 10, Rate: 6000}, "")
	r.starts = []start{{sqlite, 1_000_000, 120 * time.Millisecond, 1200 * time.Millisecond, 41e6}}
	text := r.markdown()
	for _, want := range []string{
		"- a machine\n",
		"| RSA-2048 signatures, one core | 1,000 | 1.0 ms |",
		"| 32 | 8,000 | 50,000 |",
		"| sqlite | 32 | 10,000 | 900 µs | 3.2 ms | 120 µs | – | – | – | 52 MB | 50% of grouped commits; 20% of those without GORM; 12% of verifications on all cores |",
		"| 1.0 ms | – | 1 MB since its start | 50% of commits; 6% of verifications on all cores; 0.50 × SQLite; disturbed: other processes used 25% of the cores |",
		"CPU 1.50 × one signature; 50% of two signatures each on all cores |",
		"| 25% of the bare route with as many bytes |",
		"| sqlite | 32 |  |  |  |  |  |  |  |  | no ETag |",
		"| sqlite | 1,000,000 | 6,000 | – | – | – | – | 1.50 × |",
		"| sqlite | 1,000,000 | 120 ms | 1.2 s | 41 MB |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the report lacks %q", want)
		}
	}
	columns := 0
	for line := range strings.Lines(text) {
		n := strings.Count(line, "|")
		if n > 0 && columns > 0 && n != columns {
			t.Errorf("a line with %d bars in a table of %d: %s", n, columns, line)
		}
		columns = n
	}
	if t.Failed() {
		t.Log(text)
	}
}
