package e2e

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lianlian-checkout/internal/e2e/program"
)

// call is a system call of the program, as strace saw it. begun and ended are lines of the trace: what ended on an earlier
// line than something else began had ended before.
type call struct {
	name, path   string // path is of the file or the socket
	data         []byte // what was written
	begun, ended int
	result       int
}

// commit is a transaction in SQLite's write-ahead log.
type commit struct {
	pages [][]byte
	ended int // line of the last write
}

// startTraced runs the program under strace, and returns the file that the trace is in when the program has ended. It skips where
// that is impossible.
func startTraced(t *testing.T) (p *shop, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "trace")
	// -D leaves the program as our child; -xx spells every byte.
	strace := []string{"strace", "-D", "-f", "-y", "-xx", "-s", "65536", "-e", "signal=none", "-e", "trace=fsync,fdatasync,sync_file_range,pwrite64,pwritev,write,writev,sendto", "-o", file}
	out, err := exec.CommandContext(t.Context(), strace[0], append(strace[1:], "true")...).CombinedOutput()
	switch {
	case err == nil:
	case required("strace"):
		t.Fatalf("strace is required here: %v\n%s", err, out)
	default:
		t.Skipf("strace isn't installed or may not trace: skipped (%v)", err)
	}
	return &shop{program.StartUnder(t, strace, program.Folder(t))}, file
}

var (
	beginning = regexp.MustCompile(`^\d+ +(\w+)\(\d+<([^>]*)>(?:, "((?:\\x[0-9a-f]{2})*)")?`)
	resuming  = regexp.MustCompile(`^\d+ +<\.\.\. (\w+) resumed>`)
	returning = regexp.MustCompile(`\) += (-?\d+)[^=]*$`)
)

// readTrace reads what strace wrote, in the order in which it happened.
func readTrace(t *testing.T, file string) []*call {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var calls []*call
	open := map[string]*call{} // by thread
	for i, line := range strings.Split(string(content), "\n") {
		thread, _, _ := strings.Cut(line, " ")
		c := open[thread]
		if m := beginning.FindStringSubmatch(line); m != nil {
			c = &call{name: m[1], path: string(unspell(m[2])), data: unspell(m[3]), begun: i, ended: 1 << 60, result: -1}
			calls = append(calls, c)
			open[thread] = c
		} else if resuming.FindString(line) == "" {
			continue
		}
		if m := returning.FindStringSubmatch(line); m != nil && c != nil {
			c.ended = i
			c.result, _ = strconv.Atoi(m[1])
			delete(open, thread)
		}
	}
	return calls
}

// unspell reads bytes as -xx writes them.
func unspell(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, `\x`, ""))
	if err != nil {
		return []byte(s)
	}
	return b
}

// The lengths of what SQLite writes to its log (https://sqlite.org/fileformat2.html#the_write_ahead_log).
const (
	walHeader   = 32
	frameHeader = 24
	pageSize    = 4096
)

func (c *call) onLog() bool { return strings.HasSuffix(c.path, "/checkout.db-wal") }

// commits reads the transactions out of what was written to the log. The header of a transaction's last page holds the size of
// the database after it, that of others zero.
func commits(t *testing.T, calls []*call) []commit {
	t.Helper()
	var all []commit
	var now commit
	last := false
	for _, c := range calls {
		switch {
		case !c.onLog() || c.name == "fsync" || c.name == "fdatasync":
			continue
		case c.name != "pwrite64":
			t.Fatalf("the log is written by %s, which this test can't read", c.name)
		}
		switch len(c.data) {
		case walHeader:
		case frameHeader:
			last = binary.BigEndian.Uint32(c.data[4:8]) != 0
		case pageSize:
			now.pages = append(now.pages, c.data)
			if now.ended = c.ended; last {
				all = append(all, now)
				now = commit{}
			}
		default:
			t.Fatalf("%d bytes are written to the log at once, which this test can't read", len(c.data))
		}
	}
	return all
}

// syncedBefore tells what is missing for the mark to be safe before the call began: the first transaction that holds it must be
// written, and afterwards a sync of the log must have begun and succeeded.
func syncedBefore(calls []*call, all []commit, mark []byte, act *call) error {
	for _, tx := range all {
		if !holds(tx, mark) {
			continue
		}
		if tx.ended >= act.begun {
			return fmt.Errorf("written on line %d of the trace, after line %d", tx.ended, act.begun)
		}
		for _, c := range calls {
			if c.onLog() && (c.name == "fsync" || c.name == "fdatasync") && c.begun > tx.ended && c.ended < act.begun && c.result == 0 {
				return nil
			}
		}
		return fmt.Errorf("written on line %d of the trace and not synced before line %d", tx.ended, act.begun)
	}
	return fmt.Errorf("never written")
}

func holds(tx commit, mark []byte) bool {
	for _, page := range tx.pages {
		if bytes.Contains(page, mark) {
			return true
		}
	}
	return false
}
