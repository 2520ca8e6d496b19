package checkout

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

// Finding is one line of the go-live list.
type Finding = models.Finding

// Check is a line of the go-live list that the program around the checkout adds, such as one about its files.
type Check func(ctx context.Context) []Finding

// checkWithin is how long one check may take.
const checkWithin = 15 * time.Second

// examination is one go through the list. Each check looks by itself and has its own time; what takes long waits for the network.
type examination struct {
	o       Options
	inspect func(ctx context.Context) (models.Inspection, error)
	targets func(ctx context.Context) ([]string, error) // URLs of the webhooks' endpoints
	lookup  func(ctx context.Context, host string) ([]netip.Addr, error)
	outside *http.Client   // goes to our own public address, as the gateway would
	roots   *x509.CertPool // who may have signed that address's certificate; nil: whom the system trusts
	space   func(folder string) (bytes uint64, known bool)
}

func newExamination(o Options) examination {
	return examination{o: o, space: freeSpace,
		lookup: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		},
		outside: &http.Client{
			Timeout:       8 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport:     &http.Transport{DisableKeepAlives: true, TLSHandshakeTimeout: 5 * time.Second},
		},
	}
}

// Examine goes through everything that has to be right before the shop can take money, as far as it can be told from here, and changes nothing. The
// lines come in the order of models.CheckReasons. It takes about as long as the slowest of them, 15 seconds at most.
func (c *Checkout) Examine(ctx context.Context) []Finding {
	e := newExamination(c.o)
	e.inspect = c.store.Inspect
	e.targets = func(ctx context.Context) (list []string, err error) {
		endpoints, err := c.store.Endpoints(ctx)
		for _, e := range endpoints {
			if e.On() && e.Kind != models.EndpointHook {
				list = append(list, e.URL)
			}
		}
		return list, err
	}
	return e.run(ctx)
}

// Examine is Checkout.Examine for a checkout that isn't running in this process: it opens the database beside the one that is, and migrates nothing.
func Examine(ctx context.Context, o Options) []Finding {
	if err := o.complete(); err != nil {
		return []Finding{models.NewFinding("configuration", models.GradeFail, "incomplete", "Why", err.Error())}
	}
	e := newExamination(o)
	e.inspect = func(ctx context.Context) (models.Inspection, error) {
		return models.InspectDatabase(ctx, models.StoreOptions{DSN: o.Database, DB: o.DB})
	}
	e.targets = func(context.Context) (list []string, err error) {
		for _, e := range o.Webhooks {
			list = append(list, e.URL)
		}
		return list, nil
	}
	return e.run(ctx)
}

func (e *examination) run(ctx context.Context) []Finding {
	checks := []Check{e.mode, e.keys, e.gateway, e.address, e.notification, e.database, e.backups, e.desk, e.mail, e.webhooks}
	checks = append(checks, e.o.Checks...)
	found := make([][]Finding, len(checks))
	var wg sync.WaitGroup
	for i, check := range checks {
		wg.Go(func() { found[i] = limited(ctx, check) })
	}
	wg.Wait()
	all := append([]Finding{models.NewFinding("configuration", models.GradePass, "ok")}, slices.Concat(found...)...)
	slices.SortStableFunc(all, func(a, b Finding) int { return rank(a) - rank(b) })
	return all
}

// limited ends a check that doesn't end.
func limited(ctx context.Context, check Check) []Finding {
	ctx, cancel := context.WithTimeout(ctx, checkWithin)
	defer cancel()
	done := make(chan []Finding, 1)
	go func() {
		var list []Finding
		defer func() {
			if v := recover(); v != nil {
				list = []Finding{models.NewFinding("configuration", models.GradeFail, "panic", "Why", fmt.Sprint(v))}
			}
			done <- list
		}()
		list = check(ctx)
	}()
	select {
	case list := <-done:
		return list
	case <-time.After(checkWithin + time.Second):
		return []Finding{models.NewFinding("configuration", models.GradeFail, "slow")}
	}
}

func rank(f Finding) int {
	for i, c := range models.CheckReasons {
		if c.Check == f.Check {
			return i
		}
	}
	return len(models.CheckReasons)
}

func (e *examination) mode(context.Context) []Finding {
	switch {
	case e.o.Simulator != nil:
		return one("mode", models.GradeWarn, "simulator")
	case !e.o.Production:
		return one("mode", models.GradeWarn, "test", "URL", e.o.Client.BaseURL)
	case !isProductionURL(e.o.Client.BaseURL):
		return one("mode", models.GradeFail, "url", "URL", e.o.Client.BaseURL)
	}
	return one("mode", models.GradePass, "ok", "URL", e.o.Client.BaseURL)
}

func one(check string, grade models.Grade, reason string, facts ...string) []Finding {
	return []Finding{models.NewFinding(check, grade, reason, facts...)}
}

func (e *examination) database(ctx context.Context) []Finding {
	in, err := e.inspect(ctx)
	if errors.Is(err, models.ErrNotFound) {
		return one("database", models.GradeWarn, "none", "File", in.File)
	}
	if err != nil {
		return one("database", models.GradeFail, "unavailable", "Why", plain(err))
	}
	list := one("database", models.GradePass, "ok", "Kind", in.Kind, "Settings", in.Settings)
	if len(in.Faults) > 0 {
		list = one("database", models.GradeFail, "weak", "Kind", in.Kind, "Settings", fmt.Sprint(in.Faults))
	}
	step, newest := fmt.Sprint(in.Step), fmt.Sprint(in.Newest)
	switch {
	case in.Step > in.Newest:
		list = append(list, models.NewFinding("schema", models.GradeFail, "newer", "Step", step, "Newest", newest))
	case in.Step < in.Newest:
		list = append(list, models.NewFinding("schema", models.GradeWarn, "pending", "Step", step, "Newest", newest))
	default:
		list = append(list, models.NewFinding("schema", models.GradePass, "ok", "Step", step))
	}
	if in.Folder == "" {
		return list
	}
	return append(list, diskFinding(in.Folder, e.space)...)
}

// The free space below which it is time to do something, and too late.
const (
	lowSpace  = 1 << 30
	lastSpace = 100 << 20
)

func diskFinding(folder string, space func(string) (uint64, bool)) []Finding {
	free, known := space(folder)
	text := fmt.Sprintf("%.1f GB", float64(free)/(1<<30))
	switch {
	case !known:
		return nil
	case free < lastSpace:
		return one("disk", models.GradeFail, "full", "Free", text, "Folder", folder)
	case free < lowSpace:
		return one("disk", models.GradeWarn, "low", "Free", text, "Folder", folder)
	}
	return one("disk", models.GradePass, "ok", "Free", text, "Folder", folder)
}

func (e *examination) backups(context.Context) []Finding {
	b := e.o.Backups
	if b.Folder == "" {
		if e.o.DB != nil || e.o.Database == "" || models.IsPostgres(e.o.Database) {
			return one("backup", models.GradeWarn, "elsewhere")
		}
		return one("backup", models.GradeWarn, "off")
	}
	list := b.list()
	if len(list) == 0 {
		return one("backup", models.GradeWarn, "none", "Folder", b.Folder)
	}
	age := e.o.Now().Sub(list[len(list)-1].at)
	hours := fmt.Sprint(int(age.Hours()))
	if age > 2*backupEvery {
		return one("backup", models.GradeFail, "old", "Folder", b.Folder, "Hours", hours)
	}
	return one("backup", models.GradePass, "ok", "Folder", b.Folder, "Hours", hours)
}

func (e *examination) desk(context.Context) []Finding {
	switch {
	case e.o.AdminPasswordHash == "" || e.o.AdminUsername == "":
		return one("desk", models.GradeWarn, "closed")
	case e.o.Simulator != nil:
		return one("desk", models.GradePass, "ok")
	}
	return one("desk", models.GradePass, "password")
}

func (e *examination) mail(ctx context.Context) []Finding {
	if e.o.Mailer == nil {
		return one("mail", models.GradeWarn, "off")
	}
	m := e.o.Mailer
	if g, ok := m.(guardedMailer); ok {
		m = g.Mailer
	}
	probe, ok := m.(interface {
		Probe(ctx context.Context) error
	})
	if !ok {
		return one("mail", models.GradePass, "own")
	}
	if err := probe.Probe(ctx); err != nil {
		return one("mail", models.GradeFail, "fails", "Why", plain(err))
	}
	return one("mail", models.GradePass, "ok")
}

// CheckLine is a finding in words.
type CheckLine = handlers.CheckLine

// Describe words findings in a language of the pages: en, zh-Hans or zh-Hant.
func Describe(list []Finding, language string) []CheckLine {
	return handlers.DescribeFindings(list, language)
}
