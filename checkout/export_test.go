package checkout

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"time"

	"lianlian-checkout/models"
)

// BackUpIfDue is one look of the nightly backup.
func BackUpIfDue(ctx context.Context, b Backups, database string, now time.Time) (made models.Backup, due bool, err error) {
	if !b.due(now) {
		return made, false, nil
	}
	made, err = b.make(ctx, database, now)
	return made, true, err
}

// Surroundings are what an examination looks at beside the options.
type Surroundings struct {
	Inspection models.Inspection
	InspectErr error
	Addresses  map[string]string // of names
	Outside    *http.Client
	Free       uint64
}

// ExamineIn is Examine with other surroundings.
func ExamineIn(ctx context.Context, o Options, w Surroundings) []Finding {
	if err := o.complete(); err != nil {
		panic(err)
	}
	e := newExamination(o)
	e.inspect = func(context.Context) (models.Inspection, error) { return w.Inspection, w.InspectErr }
	e.targets = func(context.Context) (list []string, err error) {
		for _, e := range o.Webhooks {
			list = append(list, e.URL)
		}
		return list, nil
	}
	e.lookup = func(_ context.Context, host string) ([]netip.Addr, error) {
		if a := w.Addresses[host]; a != "" {
			return []netip.Addr{netip.MustParseAddr(a)}, nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if w.Outside != nil {
		e.outside = w.Outside
		if t, ok := w.Outside.Transport.(*http.Transport); ok && t.TLSClientConfig != nil {
			e.roots = t.TLSClientConfig.RootCAs
		}
	}
	e.space = func(string) (uint64, bool) { return w.Free, true }
	return e.run(ctx)
}
