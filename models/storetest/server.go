//go:build unix

package storetest

import (
	"bytes"
	"context"
	"errors"
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
	"time"
)

// PostgresServer is a PostgreSQL server of our own in a temporary folder, with its shipped settings (every commit synced)
// but for more connections.
type PostgresServer struct {
	bin, folder string
	port        int
	as          *syscall.SysProcAttr
	process     *exec.Cmd
	log         bytes.Buffer
	databases   atomic.Int64
}

// StartPostgres starts a server; end it with Close. Where PostgreSQL isn't installed the error is ErrNoPostgres.
func StartPostgres(ctx context.Context) (*PostgresServer, error) {
	out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output()
	s := &PostgresServer{bin: strings.TrimSpace(string(out)), as: &syscall.SysProcAttr{}}
	if _, statErr := os.Stat(filepath.Join(s.bin, "initdb")); err != nil || statErr != nil {
		return nil, ErrNoPostgres
	}
	// PostgreSQL refuses to run as root and wants a short path for its socket.
	if s.folder, err = os.MkdirTemp("", "pg"); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *PostgresServer) start(ctx context.Context) error {
	if os.Getuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return fmt.Errorf("PostgreSQL can't run as root, and there is no user postgres: %w", err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(s.folder, uid, gid); err != nil {
			return err
		}
		s.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)} //nolint:gosec // ids fit
	}
	data := filepath.Join(s.folder, "data")
	initdb := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = s.as, s.folder
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	var err error
	if s.port, err = freePort(); err != nil {
		return err
	}
	// max_connections is raised because every test opens a pool of its own.
	server := exec.Command(filepath.Join(s.bin, "postgres"), "-D", data, "-k", s.folder, "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-c", "max_connections=600") //nolint:noctx // ended by Close
	server.SysProcAttr, server.Dir, server.Stderr = s.as, s.folder, &s.log
	if err := server.Start(); err != nil {
		return err
	}
	s.process = server
	for deadline := time.Now().Add(30 * time.Second); ; {
		err := s.psql(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return fmt.Errorf("PostgreSQL doesn't answer: %w", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *PostgresServer) psql(ctx context.Context, statement string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "psql"), "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-U", "shop", "-d", "postgres", "-q", "-c", statement)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// NewDatabase makes an empty database and gives its DSN.
func (s *PostgresServer) NewDatabase(ctx context.Context) (dsn string, err error) {
	name := fmt.Sprintf("shop%d", s.databases.Add(1))
	if err := s.psql(ctx, "CREATE DATABASE "+name); err != nil {
		return "", err
	}
	return fmt.Sprintf("postgres://shop@127.0.0.1:%d/%s?sslmode=disable", s.port, name), nil
}

// PID is the server's main process, the parent of those that serve connections.
func (s *PostgresServer) PID() int { return s.process.Process.Pid }

// Close ends the server, without waiting for its clients, and removes its folder.
func (s *PostgresServer) Close() error {
	if s.process != nil {
		_ = s.process.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = s.process.Wait()
	}
	return os.RemoveAll(s.folder)
}

// Log is what the server has written; read it after Close.
func (s *PostgresServer) Log() string { return s.log.String() }

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
