// Package app is the program: its commands, and how the configuration becomes a running checkout.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"

	"github.com/alecthomas/kong"

	"lianlian-checkout/internal/config"
	"lianlian-checkout/internal/requestid"
	"lianlian-checkout/internal/version"
	"lianlian-checkout/static"
)

// Process is what the operating system gives a program.
type Process struct {
	Args    []string
	Environ []string
	Shipped []byte // the config.yaml that is built in, used when no file is named and none lies in the working directory
	Stdout  io.Writer
	Stderr  io.Writer
}

// commands is the command line.
type commands struct {
	Config string `help:"Configuration file. Defaults to config.yaml in the working directory, else the one that is built in." placeholder:"FILE"`

	Serve   serveCommand     `cmd:"" default:"withargs" help:"Serve the shop (the default)."`
	Demo    demoCommand      `cmd:"" help:"Presenter mode: shop, phone, desk and wire on one screen, with stories that play by themselves. Offline, no real money."`
	Migrate migrateCommand   `cmd:"" help:"Bring the database's schema up to date and stop."`
	Recount recountCommand   `cmd:"" help:"Make the day's totals of the desk's reports anew from the orders, and say which were wrong."`
	Keygen  keygenCommand    `cmd:"" help:"Make the merchant's RSA key pair: the private half for this program, the public half for LianLian."`
	Listen  listenCommand    `cmd:"" help:"Forward each webhook of the running program to a receiver on your machine, for development."`
	Trigger triggerCommand   `cmd:"" help:"Send a signed sample of a webhook."`
	Doctor  doctorCommand    `cmd:"" help:"Check configuration, keys, clock, gateway, address, database and more: what is wrong, and what to do."`
	Sign    signCommand      `cmd:"" help:"Say why a message's signature matches or doesn't, and print the string to be signed."`
	Sim     simulatorCommand `cmd:"" name:"simulator" help:"Serve the gateway's twin alone, for shops and clients in any language."`
	Backup  backupCommand    `cmd:"" help:"Copy the SQLite database to a new file while the shop runs, and check the copy."`
	Prune   pruneCommand     `cmd:"" help:"Remove what keep.* says is too old. The running shop does it every day."`
	Health  healthCommand    `cmd:"" name:"healthcheck" help:"Ask the running program whether it is well: exit code 0 or 1. For containers, which have no curl."`
	Version versionCommand   `cmd:"" help:"Print version, commit and Go's version, and the hashes of the scripts for other sites."`
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is what the caller can put right on the command line or in the configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Run carries out the command until it is done or ctx ends, and returns the exit code.
func Run(ctx context.Context, p Process) int {
	var cli commands
	exited := -1
	parser, err := kong.New(&cli, kong.Name("lianlian-checkout"), kong.Writers(p.Stdout, p.Stderr), kong.Exit(func(code int) { exited = code }),
		kong.Description("A checkout for the LianLian Pay global gateway: Alipay and WeChat Pay, Hong Kong and mainland."))
	if err != nil {
		fmt.Fprintln(p.Stderr, err)
		return exitFailed
	}
	command, err := parser.Parse(p.Args)
	switch {
	case exited == exitOK: // --help
		return exitOK
	case err != nil:
		fmt.Fprintf(p.Stderr, "%v\nSee --help.\n", err)
		return exitUsage
	}
	command.BindTo(ctx, (*context.Context)(nil))
	if err = command.Run(&p, &cli); err == nil {
		return exitOK
	}
	fmt.Fprintln(p.Stderr, "error:", err)
	if errors.As(err, new(usageError)) {
		return exitUsage
	}
	return exitFailed
}

// load reads the configuration that the command line names.
func (c *commands) load(p *Process) (*config.Config, error) {
	var conf *config.Config
	var err error
	name := c.Config
	switch {
	case name != "":
		conf, err = config.Load(name, p.Environ, nil)
	default:
		name = "config.yaml"
		if conf, err = config.Load(name, p.Environ, nil); errors.Is(err, os.ErrNotExist) {
			name = "the built-in configuration"
			conf, err = config.Parse(p.Shipped, p.Environ)
		}
	}
	var faults config.Errors
	if errors.As(err, &faults) {
		return nil, usageError{fmt.Errorf("%s can't be used:\n%w", name, err)}
	}
	if err != nil {
		return nil, usageError{err}
	}
	return conf, nil
}

// logger logs to standard error as configured.
func logger(c *config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return requestid.Logger(slog.New(slog.NewJSONHandler(w, o)))
	}
	return requestid.Logger(slog.New(slog.NewTextHandler(w, o)))
}

type versionCommand struct{}

func (versionCommand) Run(p *Process) error {
	b := version.Read()
	_, err := fmt.Fprintf(p.Stdout, "lianlian-checkout %s\n", b.Version)
	for _, line := range [][2]string{{"commit", b.Commit}, {"date", b.Date}, {"go", b.Go}, {"system", runtime.GOOS + "/" + runtime.GOARCH}} {
		if err == nil && line[1] != "" {
			_, err = fmt.Fprintf(p.Stdout, "%-11s %s\n", line[0], line[1])
		}
	}
	for _, name := range []string{"embed.v1.js", "embed.js"} { // for the integrity attribute of other sites' script elements
		if err == nil {
			_, err = fmt.Fprintf(p.Stdout, "%-11s %s\n", name, static.Integrity(name))
		}
	}
	return err
}
