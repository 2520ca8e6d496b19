//go:build unix

package storetest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lianlian-checkout/models"
)

// Postgres starts a PostgreSQL server of its own in a temporary folder, for the time of the test, and returns a
// function that makes an empty database and gives its DSN. Where PostgreSQL isn't installed the test is
// skipped, unless CHECKOUT_TEST_REQUIRE names postgres.
func Postgres(t *testing.T) (newDSN func(t *testing.T) string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "pg_config", "--bindir").Output()
	bin := strings.TrimSpace(string(out))
	if _, statErr := os.Stat(filepath.Join(bin, "initdb")); err != nil || statErr != nil {
		if strings.Contains(os.Getenv("CHECKOUT_TEST_REQUIRE"), "postgres") {
			t.Fatal("PostgreSQL is required here and isn't installed")
		}
		t.Skip("PostgreSQL isn't installed (pg_config, initdb): skipped")
	}
	// PostgreSQL refuses to run as root and wants a short path for its socket.
	folder, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	as := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Fatalf("PostgreSQL can't run as root, and there is no user postgres: %v", err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(folder, uid, gid); err != nil {
			t.Fatal(err)
		}
		as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)} //nolint:gosec // ids fit
	}
	data := filepath.Join(folder, "data")
	initdb := exec.CommandContext(t.Context(), filepath.Join(bin, "initdb"), "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, folder
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	port := freePort(t)
	// max_connections is raised because every test opens a pool of its own.
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", folder, "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-c", "max_connections=600") //nolint:noctx // ended below
	var log bytes.Buffer
	server.SysProcAttr, server.Dir, server.Stderr = as, folder, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = server.Wait()
		if t.Failed() {
			t.Logf("PostgreSQL's log:\n%.8000s", log.String())
		}
	})
	psql := func(t *testing.T, statement string) error {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "psql"), "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-U", "shop", "-d", "postgres", "-q", "-c", statement)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	for deadline := time.Now().Add(30 * time.Second); ; {
		err := psql(t, "SELECT 1")
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("PostgreSQL doesn't answer: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	var n atomic.Int64
	return func(t *testing.T) string {
		t.Helper()
		name := fmt.Sprintf("shop%d", n.Add(1))
		if err := psql(t, "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("postgres://shop@127.0.0.1:%d/%s?sslmode=disable", port, name)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// OpenPostgres opens stores in empty databases of the server.
func OpenPostgres(newDSN func(t *testing.T) string) func(t *testing.T, now func() time.Time) *models.Store {
	return func(t *testing.T, now func() time.Time) *models.Store {
		t.Helper()
		s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: newDSN(t), Now: now})
		if err != nil {
			t.Fatalf("OpenStore: %v", err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}
