package e2e

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"lianlian-checkout/internal/e2e/program"
)

// TestFullDisk is I1 when nothing more can be written, twice: under a limit of the files' size, which anybody can set, and on a
// small disk that is full. Notifications are refused with 503 while reading goes on; once there is room the same
// notifications are recorded, once, beside all that was acknowledged before. Seen to fail when models/store_writer.go lets a failed
// commit pass (commit, j.err = err) or answers all of a group but the first before its commit, and when handlers/notify.go answers
// before Shop.Notify returns.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	t.Run("limit", func(t *testing.T) {
		t.Parallel()
		p := start(t)
		fills(t, p, func() {
			wal, err := os.Stat(filepath.Join(p.Folder, "data", "checkout.db-wal"))
			if err != nil {
				t.Fatal(err)
			}
			p.LimitFileSize(t, wal.Size())
		}, func() { p.LimitFileSize(t, 0) })
	})
	t.Run("disk", func(t *testing.T) {
		t.Parallel()
		folder := program.Folder(t)
		data := filepath.Join(folder, "data")
		mountSmall(t, data)
		p := &shop{program.StartIn(t, folder)}
		filler := filepath.Join(data, "filler")
		fills(t, p, func() { fill(t, filler) }, func() {
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// fills takes the program's disk from it and gives it back.
func fills(t *testing.T, p *shop, full, room func()) {
	t.Helper()
	load := newPaidLoad(t, p)
	notices := load.notices(t, p, 24)
	before, meanwhile := notices[:8], notices[8:]
	acknowledge := func(list []notice, when string) {
		t.Helper()
		for i, a := range sendAll(p, list) {
			if !a.acknowledged() {
				t.Errorf("notification %d %s: %d %s %v", i, when, a.status, a.body, a.err)
			}
		}
	}
	acknowledge(before, "before the disk is full")
	for range 2 { // what fails must be able to fail again
		full()
		refusesMoney(t, p, load, meanwhile, "disk full")
		reads(t, p, meanwhile[0], "disk full")
		eventually(t, "not ready, on a full disk", func() bool { return ask(p, "/readyz").status == http.StatusServiceUnavailable })
		refusesMoney(t, p, load, meanwhile[:1], "disk still full")
		recordedOnce(t, p, before)
		if p.Ended(0) {
			t.Fatal("the program ended")
		}
		room()
		acknowledge(meanwhile[:8], "after there is room")
		before, meanwhile = slices.Concat(before, meanwhile[:8]), meanwhile[8:]
	}
	recordedOnce(t, p, notices)
	p.Stop(t, syscall.SIGKILL)
	p = &shop{program.StartIn(t, p.Folder)}
	recordedOnce(t, p, notices)
	acknowledge(notices, "after the restart, again")
	recordedOnce(t, p, notices)
}

// mountSmall makes the folder a disk of its own, of 16 MiB.
func mountSmall(t *testing.T, folder string) {
	t.Helper()
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	switch err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=16m,mode=700"); {
	case err == nil:
	case errors.Is(err, os.ErrPermission) && !required("tmpfs"):
		t.Skip("only root may mount a disk to fill: skipped (the limit of the files' size is tested)")
	default:
		t.Fatalf("mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(folder, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
}

// fill writes until the disk is full.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
}

// required tells whether this machine must have what CHECKOUT_TEST_REQUIRE names, separated by commas.
func required(what string) bool {
	return slices.Contains(strings.Split(os.Getenv("CHECKOUT_TEST_REQUIRE"), ","), what)
}
