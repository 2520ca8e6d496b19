package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/config"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

type doctorCommand struct {
	JSON     bool   `help:"Print JSON, for programs."`
	Language string `help:"Language of the lines: en, zh-Hans or zh-Hant." default:"en" enum:"en,zh-Hans,zh-Hant"`
}

// errUnwell makes the exit code 1; every line was printed already.
var errUnwell = errors.New("at least one line failed")

// Run goes through the go-live list and prints what each check found. It changes nothing, and may run beside the shop.
func (d doctorCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	found := diagnose(ctx, p, cli)
	lines := checkout.Describe(found, d.Language)
	failed := slices.ContainsFunc(found, func(f checkout.Finding) bool { return f.Grade == models.GradeFail })
	var err error
	if d.JSON {
		out := json.NewEncoder(p.Stdout)
		out.SetIndent("", "  ")
		err = out.Encode(struct {
			OK     bool                 `json:"ok"`
			Checks []checkout.CheckLine `json:"checks"`
		}{!failed, lines})
	} else {
		for _, l := range lines {
			_, err = fmt.Fprintf(p.Stdout, "%s  %s: %s\n", strings.ToUpper(string(l.Grade)), l.Name, l.Found)
			if l.Remedy != "" {
				fmt.Fprintf(p.Stdout, "      → %s\n", l.Remedy)
			}
		}
	}
	if err == nil && failed {
		err = errUnwell
	}
	return err
}

// diagnose reads the configuration as serve does, and examines what it describes.
func diagnose(ctx context.Context, p *Process, cli *commands) []checkout.Finding {
	conf, err := cli.load(p)
	var faults config.Errors
	if errors.As(err, &faults) {
		var list []checkout.Finding
		for _, f := range faults {
			list = append(list, models.NewFinding("configuration", models.GradeFail, "fault", "Key", f.Key, "Problem", f.Problem, "Remedy", f.Remedy))
		}
		return list
	}
	if err != nil {
		return []checkout.Finding{models.NewFinding("configuration", models.GradeFail, "incomplete", "Why", err.Error())}
	}
	o, list := examined(conf, p)
	if list != nil {
		return list
	}
	o.Log = logger(conf, p.Stderr)
	return checkout.Examine(ctx, o)
}

// examined are the options that serve would use, as far as they are examined; or why there are none.
func examined(conf *config.Config, p *Process) (o checkout.Options, faults []checkout.Finding) {
	listening := listens(conf.Server.Address)
	base, err := url.Parse(conf.BaseURL(listening))
	if err != nil {
		return o, []checkout.Finding{models.NewFinding("configuration", models.GradeFail, "incomplete", "Why", err.Error())}
	}
	o = checkout.Options{
		BaseURL: base, Database: conf.Database.DSN.Value(), TrustedProxies: conf.Server.TrustedProxies, Webhooks: receivers(conf),
		AllowPrivateWebhooks: conf.Webhooks.AllowPrivate, AdminUsername: conf.Admin.Username, AdminPasswordHash: conf.Admin.PasswordHash.Value(),
		Production: conf.LianLian.Mode == config.ModeProduction, Backups: checkout.Backups{Folder: conf.Database.BackupFolder, Keep: conf.Database.BackupKeep},
		Checks: []checkout.Check{files(conf, p.Environ)},
	}
	if o.AdminPasswordHash == "" {
		o.AdminPasswordHash = conf.Admin.Password.Value()
	}
	if conf.LianLian.Mode != config.ModeSimulator {
		if faults = keyFaults(conf); faults != nil {
			return o, faults
		}
	}
	now := time.Now
	if skew := conf.Clock.Skew; skew != 0 {
		now = func() time.Time { return time.Now().Add(skew) }
	}
	apart := *conf
	apart.Simulator.StateFile = "" // the running shop's
	gate, err := gateway(&apart, base, listening, logger(conf, p.Stderr), now)
	if err != nil {
		return o, []checkout.Finding{models.NewFinding("configuration", models.GradeFail, "incomplete", "Why", err.Error())}
	}
	o.Client, o.Now = gate.client, now
	if gate.simulator != nil {
		gate.simulator.Close()
		o.Simulator, o.AdminUsername, o.AdminPasswordHash = gate.simulator, "admin", "printed at the start"
	}
	if o.Mailer, err = emails(conf); err != nil {
		return o, []checkout.Finding{models.NewFinding("mail", models.GradeFail, "fails", "Why", err.Error())}
	}
	return o, nil
}

// keyFaults are why the keys can't be used at all.
func keyFaults(conf *config.Config) (list []checkout.Finding) {
	private, err := lianlian.ParsePrivateKey(conf.LianLian.PrivateKey.Value())
	if err != nil {
		list = append(list, models.NewFinding("private_key", models.GradeFail, "unreadable", "Why", err.Error()))
	}
	public, err := lianlian.ParsePublicKey(conf.LianLian.PublicKey.Value())
	if err != nil {
		return append(list, models.NewFinding("public_key", models.GradeFail, "unreadable", "Why", err.Error()))
	}
	if private != nil && lianlian.SamePair(private, public) {
		list = append(list, models.NewFinding("public_key", models.GradeFail, "own"))
	}
	return list
}

// listens is the address that serve would listen on.
func listens(address string) net.Addr {
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return &net.TCPAddr{}
	}
	return a
}

// files looks who may read the database and the files with secrets. Windows has other means than the mode.
func files(conf *config.Config, environ []string) checkout.Check {
	return func(context.Context) []checkout.Finding {
		if runtime.GOOS == "windows" {
			return nil
		}
		names := append([]string{}, conf.Files()...)
		for _, v := range environ {
			if name, value, ok := strings.Cut(v, "="); ok && strings.HasPrefix(name, "CHECKOUT_") && strings.HasSuffix(name, "_FILE") {
				names = append(names, value)
			}
		}
		if !conf.Database.DSN.IsPostgres() {
			path, _, _ := strings.Cut(strings.TrimPrefix(conf.Database.DSN.Value(), "file:"), "?")
			if folder, err := os.Stat(filepath.Dir(path)); err != nil || folder.Mode().Perm()&0o077 != 0 { // else nobody comes near it
				names = append(names, path, path+"-wal")
			}
		}
		if conf.LianLian.Mode == config.ModeSimulator {
			names = append(names, filepath.Join(keyFolder(conf.Database.DSN), "merchant_private.pem"))
		}
		var open []string
		for _, name := range names {
			info, err := os.Stat(name)
			if err != nil { // most often it is not there
				continue
			}
			if info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0 {
				open = append(open, name)
			}
		}
		if len(open) > 0 {
			return []checkout.Finding{models.NewFinding("files", models.GradeFail, "open", "Files", strings.Join(open, ", "))}
		}
		return []checkout.Finding{models.NewFinding("files", models.GradePass, "ok")}
	}
}
