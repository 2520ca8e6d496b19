package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of processor times in /proc, the same on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// cpu is the processor time, user's and system's, that the process has used; zero where /proc doesn't tell.
func cpu(pid int) time.Duration {
	_, used, _ := stat(pid)
	return used
}

// family is the processor time of a process and its children, those that have ended included.
func family(pid int) time.Duration {
	_, used, ended := stat(pid)
	total := used + ended
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, e := range entries {
		child, err := strconv.Atoi(filepath.Base(e))
		if err != nil {
			continue
		}
		if parent, used, ended := stat(child); parent == pid {
			total += used + ended
		}
	}
	return total
}

// stat reads a process's parent, its own processor time, and that of its children that have ended.
func stat(pid int) (parent int, used, ended time.Duration) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, 0
	}
	// The second field is the program's name, which may hold blanks and parentheses.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 15 {
		return 0, 0, 0
	}
	parent, _ = strconv.Atoi(fields[1])
	var ticks [4]int64 // user's, system's, and both of the ended children
	for i := range ticks {
		ticks[i], _ = strconv.ParseInt(fields[11+i], 10, 64)
	}
	return parent, time.Duration(ticks[0]+ticks[1]) * tick, time.Duration(ticks[2]+ticks[3]) * tick
}

// memory reads VmRSS, what is resident now, or VmHWM, the most there was, in bytes; zero where /proc doesn't tell.
func memory(pid int, name string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// resetPeak lets VmHWM begin anew and tells whether it could.
func resetPeak(pid int) bool {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0) == nil
}

// busy is the processor time that the whole machine has used, what a hypervisor took away included; zero where /proc
// doesn't tell.
func busy() (total time.Duration) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), "\n")
	// cpu user nice system idle iowait irq softirq steal guest guest_nice; the guests' are in user and nice already.
	for i, field := range strings.Fields(first) {
		if ticks, err := strconv.ParseInt(field, 10, 64); err == nil && i != 4 && i != 5 && i < 9 {
			total += time.Duration(ticks) * tick
		}
	}
	return total
}

// share is how much of the machine's cores a processor time was during a span, 0 to 1.
func share(used, span time.Duration) float64 {
	if used <= 0 || span <= 0 {
		return 0
	}
	return float64(used) / float64(span) / float64(runtime.NumCPU())
}
