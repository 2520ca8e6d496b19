// Package program starts the whole checkout, with its simulator, as a process of its own for tests that drive it from
// outside.
//
// What starts is the test binary itself: Main, called from TestMain, makes it behave as the program when Start asks for
// it. Nothing has to be built first.
package program

import (
	"bufio"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // reads the program's database from outside

	"lianlian-checkout/internal/app"
)

// asProgram tells the test binary to behave as the program.
const asProgram = "E2E_RUN_AS_PROGRAM"

// patience is how long the program may take to start and to end, on a busy machine.
const patience = 60 * time.Second

// Main ends the process: with the exit code of the program when Start made this process, else with that of run, which
// is the tests.
func Main(run func() int) {
	if os.Getenv(asProgram) == "" {
		os.Exit(run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := app.Run(ctx, app.Process{Args: os.Args[1:], Environ: environ(), Stdout: os.Stdout, Stderr: os.Stderr})
	stop()
	os.Exit(code)
}

// environ is the environment without what only the tests need.
func environ() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, asProgram) && !strings.HasPrefix(v, "CHECKOUT_TEST_") {
			env = append(env, v)
		}
	}
	return env
}

// Program is a running checkout with its simulator.
type Program struct {
	URL    string // of the shop, without a slash at its end
	Folder string // the working directory; the database is data/checkout.db

	cmd    *exec.Cmd
	exited chan struct{}
	out    *buffer
	log    *buffer
}

// Start runs the shipped configuration in a new folder on a free port, with CHECKOUT_ variables laid over it, until the
// test ends. The limits are off and the reconciliation looks every second, unless env says otherwise.
func Start(t testing.TB, env ...string) *Program {
	t.Helper()
	return StartIn(t, Folder(t), env...)
}

// Folder is a new folder with the shipped configuration.
func Folder(t testing.TB) string {
	t.Helper()
	shipped, err := os.ReadFile(filepath.Join(root(t), "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "config.yaml"), shipped, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// StartIn runs the program in a folder that has a configuration and perhaps a database.
func StartIn(t testing.TB, folder string, env ...string) *Program {
	t.Helper()
	return StartUnder(t, nil, folder, env...)
}

// StartUnder is StartIn under another program, such as strace: command and its arguments, to which the program's file is
// added. It must leave the program as the process that was started, so that signals reach it.
func StartUnder(t testing.TB, command []string, folder string, env ...string) *Program {
	t.Helper()
	return start(t, command, nil, folder, env...)
}

// StartCommand runs another command of the program than serve, one that prints a URL: its name and arguments.
func StartCommand(t testing.TB, args ...string) *Program {
	t.Helper()
	return start(t, nil, args, Folder(t))
}

func start(t testing.TB, command, args []string, folder string, env ...string) *Program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{Folder: folder, exited: make(chan struct{}), out: &buffer{}, log: &buffer{}}
	run := slices.Concat(command, []string{self}, args)
	p.cmd = exec.CommandContext(context.Background(), run[0], run[1:]...)
	p.cmd.Dir = folder
	p.cmd.Env = append(os.Environ(), append([]string{asProgram + "=1", "CHECKOUT_SERVER_ADDRESS=127.0.0.1:0", "CHECKOUT_LIMITS_CHECKOUT=100000",
		"CHECKOUT_LIMITS_API=100000", "CHECKOUT_RECONCILE_INTERVAL=1s"}, env...)...)
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.out.add(lines.Text() + "\n")
			if u := url.FindString(lines.Text()); u != "" {
				select {
				case ready <- u:
				default:
				}
			}
		}
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.Stop(t, syscall.SIGTERM)
		if t.Failed() {
			t.Logf("the program's log:\n%s", p.Log())
		}
	})
	select {
	case p.URL = <-ready:
	case <-p.exited:
		t.Fatalf("the program ended at once:\n%s%s", p.Printed(), p.Log())
	case <-time.After(patience):
		t.Fatalf("the program printed no URL:\n%s%s", p.Printed(), p.Log())
	}
	return p
}

var url = regexp.MustCompile(`http://\S+`)

// root is the project's folder, the next one above that has a go.mod.
func root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		above := filepath.Dir(folder)
		if above == folder {
			t.Fatal("there is no go.mod above the test's folder")
		}
		folder = above
	}
}

// Stop sends the signal, unless the program has ended, and waits for its end.
func (p *Program) Stop(t testing.TB, s syscall.Signal) {
	t.Helper()
	select {
	case <-p.exited:
		return
	default:
	}
	_ = p.cmd.Process.Signal(s)
	select {
	case <-p.exited:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		t.Errorf("the program didn't end after %s", s)
	}
}

// Ended tells whether the program has ended with the exit code.
func (p *Program) Ended(code int) bool {
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode() == code
	default:
		return false
	}
}

// Printed is what the program wrote to its standard output so far.
func (p *Program) Printed() string { return p.out.String() }

// Log is what the program wrote to its standard error so far.
func (p *Program) Log() string { return p.log.String() }

// Query reads one value from the program's database, from outside.
func (p *Program) Query(t testing.TB, statement string, args ...any) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.Folder, "data", "checkout.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var value string
	if err := db.QueryRowContext(t.Context(), statement, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// buffer is a strings.Builder that two goroutines may use.
type buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.add(string(p))
	return len(p), nil
}

func (b *buffer) add(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b.WriteString(s)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
