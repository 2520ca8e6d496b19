package main

import (
	"cmp"
	"slices"
	"time"
)

// figures is what one run of a phase gave.
type figures struct {
	Operations int
	Rate       float64 // operations in a second
	P50, P99   time.Duration
	// CPU is the program's processor time for one operation, Gateway and Database that of the fake gateway and of the
	// PostgreSQL server, Client that of the load generator. Zero where it can't be measured.
	CPU, Gateway, Database, Client time.Duration
	Peak                           int64   // bytes resident at most while it ran
	PeakSoFar                      bool    // Peak is since the program's start
	Others                         float64 // share of the cores that other processes used meanwhile, 0 to 1
	Bytes                          int     // of one answer's body
}

// percentile is the least latency that p of 100 operations didn't exceed (nearest rank). latencies must be sorted.
func percentile(latencies []time.Duration, p int) time.Duration {
	if len(latencies) == 0 {
		return 0
	}
	rank := (len(latencies)*p + 99) / 100
	return latencies[max(rank, 1)-1]
}

// summary makes figures of a run's latencies.
func summary(latencies []time.Duration, elapsed time.Duration) figures {
	slices.Sort(latencies)
	f := figures{Operations: len(latencies), P50: percentile(latencies, 50), P99: percentile(latencies, 99)}
	if elapsed > 0 {
		f.Rate = float64(len(latencies)) / elapsed.Seconds()
	}
	return f
}

// median is the run with the median rate, the lower one of two in the middle. All its figures belong together.
func median(runs []figures) figures {
	sorted := slices.SortedFunc(slices.Values(runs), func(a, b figures) int { return cmp.Compare(a.Rate, b.Rate) })
	return sorted[(len(sorted)-1)/2]
}

// middle is the median of durations, the lower one of two in the middle.
func middle(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[(len(sorted)-1)/2]
}
