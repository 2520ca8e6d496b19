package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// describeMachine is what a reader must know of the machine, as Markdown list items.
func describeMachine(dir string) []string {
	model := first("/proc/cpuinfo", "model name")
	if model == "" {
		model = runtime.GOARCH
	}
	items := []string{fmt.Sprintf("%s, %d cores, %s of memory", model, runtime.NumCPU(), first("/proc/meminfo", "MemTotal"))}
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	items = append(items, fmt.Sprintf("%s %s, %s", runtime.GOOS, strings.TrimSpace(string(kernel)), runtime.Version()))
	if took, err := syncTime(dir); err == nil {
		items = append(items, fmt.Sprintf("writing 4 KiB and syncing it takes %s on the file system of %s (median of 200)", took.Round(time.Microsecond), filepath.Dir(dir)))
	}
	return items
}

// first is the value of a key of a file with lines "key: value", like those in /proc.
func first(file, key string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// syncTime is how long the file system takes to append 4 KiB durably.
func syncTime(dir string) (time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	block := make([]byte, 4096)
	took := make([]time.Duration, 200)
	for i := range took {
		start := time.Now()
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took[i] = time.Since(start)
	}
	slices.Sort(took)
	return middle(took), nil
}
