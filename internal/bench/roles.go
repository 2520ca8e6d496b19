package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"lianlian-checkout/internal/app"
)

// roleVariable makes this binary play a part in another process: the fake gateway, the bare route, or the program with
// profiles. Its value is the role and its arguments, separated by blanks.
const roleVariable = "BENCH_ROLE"

// play plays the role and returns the exit code.
func play(role string) int {
	f := strings.Fields(role)
	var err error
	switch f[0] {
	case "gateway":
		err = serveGateway(f[1], f[2] == "verify")
	case "gin":
		err = serveBare()
	case "program": // "program led" obeys
		return selfProgram(len(f) > 1)
	default:
		err = fmt.Errorf("unknown role %q", role)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// selfProgram is the program as main runs it. Led, it makes profiles at its parent's command: "start FILE" and "stop FILE" on
// standard input begin and end a CPU profile in FILE.pprof, with the allocations before and after beside it; it ends when
// standard input does.
func selfProgram(led bool) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if led {
		go func() {
			obey()
			stop()
		}()
	}
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, roleVariable+"=") {
			env = append(env, v)
		}
	}
	return app.Run(ctx, app.Process{Args: os.Args[1:], Environ: env, Stdout: os.Stdout, Stderr: os.Stderr})
}

// obey carries out the parent's commands until it has gone.
func obey() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		verb, file, _ := strings.Cut(lines.Text(), " ")
		if err := profile(verb, file); err != nil {
			fmt.Println("profile failed:", err)
			continue
		}
		fmt.Println("profile", verb)
	}
}

var cpuFile *os.File

func profile(verb, file string) (err error) {
	switch verb {
	case "start":
		if err := allocations(file + ".allocs-before.pprof"); err != nil {
			return err
		}
		if cpuFile, err = os.Create(file + ".pprof"); err != nil {
			return err
		}
		return pprof.StartCPUProfile(cpuFile)
	case "stop":
		pprof.StopCPUProfile()
		if err := cpuFile.Close(); err != nil {
			return err
		}
		return allocations(file + ".allocs.pprof")
	}
	return fmt.Errorf("unknown command %q", verb)
}

func allocations(file string) error {
	runtime.GC() // so that the profile is up to date
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := pprof.Lookup("allocs").WriteTo(f, 0); err != nil {
		return err
	}
	return f.Close()
}

// child is a process of ours.
type child struct {
	name   string
	cmd    *exec.Cmd
	stdin  *os.File // its end tells the child that we have gone
	lines  chan string
	exited chan struct{}
	log    string // file of its standard error
}

// startChild starts a process whose first line with a URL says that it is ready, and returns its address. The process ends
// with ctx at the latest.
func startChild(ctx context.Context, name, dir, binary string, env []string, args ...string) (c *child, address string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", err
	}
	c = &child{name: name, lines: make(chan string, 16), exited: make(chan struct{}), log: filepath.Join(dir, name+".log")}
	// The context kills; stop asks first.
	c.cmd = exec.CommandContext(context.WithoutCancel(ctx), binary, args...)
	c.cmd.Dir, c.cmd.Env = dir, append(environ(), env...)
	// A terminal's Ctrl-C goes to us alone: we end the children in order.
	c.cmd.SysProcAttr = ownGroup()
	log, err := os.Create(c.log)
	if err != nil {
		return nil, "", err
	}
	defer log.Close()
	c.cmd.Stderr = log
	read, write, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	c.cmd.Stdin, c.stdin = read, write
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	_ = read.Close()
	if err != nil {
		_ = write.Close()
		return nil, "", err
	}
	ready := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if u := readyURL.FindStringSubmatch(lines.Text()); u != nil {
				select {
				case ready <- u[1]:
				default:
				}
			}
			select {
			case c.lines <- lines.Text():
			default:
			}
		}
		_ = c.cmd.Wait()
		close(c.exited)
	}()
	select {
	case port := <-ready:
		return c, "127.0.0.1:" + port, nil
	case <-c.exited:
		err = fmt.Errorf("%s ended at once: %s", name, c.tail())
	case <-time.After(patience):
		err = fmt.Errorf("%s doesn't get ready: %s", name, c.tail())
	case <-ctx.Done():
		err = ctx.Err()
	}
	c.stop()
	return nil, "", err
}

var readyURL = regexp.MustCompile(`http://(?:localhost|127\.0\.0\.1):(\d+)`)

func (c *child) pid() int { return c.cmd.Process.Pid }

// tail is the end of the child's log.
func (c *child) tail() string {
	text, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-2000):]))
}

// stop asks the child to end, and kills it should it not.
func (c *child) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	_ = c.stdin.Close()
	select {
	case <-c.exited:
	case <-time.After(patience):
		_ = c.cmd.Process.Kill()
		<-c.exited
	}
}

// tell sends a line to the child and waits for an answer that begins with the given word.
func (c *child) tell(line, answer string) error {
	if _, err := fmt.Fprintln(c.stdin, line); err != nil {
		return err
	}
	for {
		select {
		case got := <-c.lines:
			switch {
			case strings.HasPrefix(got, answer):
				return nil
			case strings.Contains(got, "failed"):
				return fmt.Errorf("%s: %s", c.name, got)
			}
		case <-c.exited:
			return fmt.Errorf("%s ended: %s", c.name, c.tail())
		case <-time.After(patience):
			return fmt.Errorf("%s doesn't answer", c.name)
		}
	}
}
