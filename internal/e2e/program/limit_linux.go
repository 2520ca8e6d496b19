package program

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// resourceFileSize is RLIMIT_FSIZE of setrlimit(2).
const resourceFileSize = 1

// LimitFileSize makes every write of the program beyond so many bytes of a file fail with EFBIG. Zero ends the limit.
func (p *Program) LimitFileSize(t testing.TB, bytes int64) {
	t.Helper()
	limit := syscall.Rlimit{Cur: ^uint64(0), Max: ^uint64(0)}
	if bytes > 0 {
		limit.Cur = uint64(bytes)
	}
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(p.cmd.Process.Pid), resourceFileSize, uintptr(unsafe.Pointer(&limit)), 0, 0, 0); errno != 0 {
		t.Fatalf("limit the size of the program's files to %d: %v", bytes, errno)
	}
}

// PeakMemory is the most memory, in bytes, that the program has held at once since the last call.
func (p *Program) PeakMemory(t testing.TB) int64 {
	t.Helper()
	folder := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	status, err := os.ReadFile(folder + "status")
	if err != nil {
		t.Fatal(err)
	}
	var peak int64
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(after, &peak); err != nil {
		t.Fatalf("VmHWM: %v", err)
	}
	if err := os.WriteFile(folder+"clear_refs", []byte("5"), 0); err != nil { // proc(5): sets the peak to the present
		t.Fatal(err)
	}
	return peak << 10
}
