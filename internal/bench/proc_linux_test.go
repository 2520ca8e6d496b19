package main

import (
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// TestProcess reads this process's own figures, beside what the system call tells. Seen to fail when stat takes its fields one
// too early.
func TestProcess(t *testing.T) {
	t.Parallel()
	own := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			t.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before, machine := own(), busy()
	for deadline := time.Now().Add(20 * time.Second); own() < before+20*tick || busy() < machine+10*tick; {
		for range 1_000_000 { // user's time rather than the system's
		}
		if time.Now().After(deadline) {
			t.Fatalf("this process used %s and the machine %s", own()-before, busy()-machine)
		}
	}
	least := own()
	if used, most := cpu(os.Getpid()), own(); used < least-2*tick || used > most+2*tick {
		t.Errorf("this process used %s, want %s to %s", used, least, most)
	}
	if parent, _, _ := stat(os.Getpid()); parent != os.Getppid() {
		t.Errorf("parent = %d, want %d", parent, os.Getppid())
	}
	if now, most := memory(os.Getpid(), "VmRSS"), memory(os.Getpid(), "VmHWM"); now < 1<<20 || most < now/2 {
		t.Errorf("%d bytes resident, at most %d", now, most)
	}
	if got := share(500*time.Millisecond, time.Second) * float64(runtime.NumCPU()); got != 0.5 {
		t.Errorf("half of one core is %v cores", got)
	}
}
