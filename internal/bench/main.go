// Command bench measures the real program, as a process of its own, against a fake gateway that is another process, and
// prints what it found as Markdown tables beside the limits of the same machine, measured in the same run.
//
//	go run ./internal/bench          # everything: about a quarter of an hour
//	go run ./internal/bench -quick   # SQLite, 32 clients: about a minute
//	go run ./internal/bench -desk    # the desk's pages with a million orders
//
// The load is a closed loop: each client sends its next request when it has read the answer to the last one. It gives
// figures and no verdict.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	only      []string // phases; empty means all
	databases []string // sqlite, postgres
	clients   []int
	growth    []int // numbers of orders; empty leaves the growth out
	runs      int   // of each phase; the one with the median throughput is shown
	profile   string
	desk      bool // measures the desk's pages, and nothing else
	unchecked bool // the fake gateway doesn't verify what it is sent

	scale       float64       // of the numbers of operations
	progress    io.Writer     // takes what is going on
	temp        string        // folder of what is temporary; empty means the system's
	selfProgram bool          // the program is this binary, called again
	idle        time.Duration // before a started program's memory is read
}

func main() {
	if role := os.Getenv(roleVariable); role != "" {
		os.Exit(play(role))
	}
	o, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, o, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// parse reads the flags.
func parse(args []string) (options, error) {
	o := options{progress: os.Stderr, scale: 1, idle: 3 * time.Second}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	quick := f.Bool("quick", false, "SQLite and 32 clients only, without growth")
	only := f.String("only", "", "phases to measure, separated by commas: "+strings.Join(phaseNames, ",")+" (default all)")
	databases := f.String("db", "sqlite,postgres", "databases")
	clients := f.String("clients", "1,8,32,128", "numbers of clients")
	growth := f.Bool("growth", true, "measure with 1,000, 100,000 and 1,000,000 orders too")
	f.IntVar(&o.runs, "runs", 3, "runs of each phase; the one with the median throughput is shown")
	f.StringVar(&o.profile, "profile", "", "folder for CPU and allocation profiles of the program, one of each phase")
	f.BoolVar(&o.desk, "desk", false, "measure the desk's pages with 1,000,000 orders, and nothing else")
	f.BoolVar(&o.unchecked, "unchecked", false, "let the fake gateway believe every request without verifying its signature")
	f.Float64Var(&o.scale, "scale", 1, "multiplies the numbers of operations")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if *quick {
		*databases, *clients, *growth = "sqlite", "32", false
	}
	if *growth {
		o.growth = []int{1_000, 100_000, 1_000_000}
	}
	o.only, o.databases = list(*only), list(*databases)
	for _, name := range o.only {
		if !slices.Contains(phaseNames, name) {
			return o, fmt.Errorf("-only %s: there is no such phase; use %s", name, strings.Join(phaseNames, ", "))
		}
	}
	for _, name := range o.databases {
		if name != sqlite && name != postgres {
			return o, fmt.Errorf("-db %s: use sqlite or postgres", name)
		}
	}
	for _, s := range list(*clients) {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 1024 {
			return o, fmt.Errorf("-clients %s: use numbers from 1 to 1024", s)
		}
		o.clients = append(o.clients, n)
	}
	if o.runs < 1 || o.scale <= 0 || len(o.clients) == 0 || len(o.databases) == 0 {
		return o, fmt.Errorf("-runs, -scale, -clients and -db can't be empty")
	}
	o.selfProgram = o.profile != ""
	return o, nil
}

func list(s string) []string {
	return slices.DeleteFunc(strings.Split(s, ","), func(s string) bool { return s == "" })
}

// wants tells whether the phase is to be measured.
func (o options) wants(phase string) bool { return len(o.only) == 0 || slices.Contains(o.only, phase) }
