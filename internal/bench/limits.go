package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lianlian-checkout/lianlian"
)

// limits is what the machine gives at most, measured in the same run: whatever the program does, it can't be faster. Each
// is a number in a second; zero wasn't measured.
type limits struct {
	signatures, verifications float64 // RSA with 2048 bits, on one core
	alone                     float64 // synced SQLite transactions of one caller
	groupedGORM, groupedSQL   float64 // callers served by synced SQLite transactions that many of them share
	postgres                  float64 // synced PostgreSQL transactions of 32 callers
	others                    float64 // most that other processes used of the cores meanwhile, 0 to 1
	bare                      map[bareKey]figures
}

// bareKey is a measurement of the bare route: the clients, and which answer's size it has.
type bareKey struct {
	clients int
	like    string // "order", "catalogue", or "short"
}

// limitSpan is how long each limit is measured, several times; the median counts.
const limitSpan = time.Second

// rate measures work several times and gives the median of operations in a second. work goes on until the time is over and
// says how many operations it did.
func (b *bench) rate(ctx context.Context, work func(span time.Duration) (operations int, err error)) (float64, error) {
	span := time.Duration(float64(limitSpan) * min(b.o.scale, 1))
	if _, err := work(span / 5); err != nil { // to warm up
		return 0, err
	}
	others := func() time.Duration { return busy() - cpu(os.Getpid()) - b.serverCPU(postgres) }
	var rates []float64
	for range b.o.runs {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		start, before := time.Now(), others()
		n, err := work(span)
		if err != nil {
			return 0, err
		}
		rates = append(rates, float64(n)/time.Since(start).Seconds())
		b.report.limits.others = max(b.report.limits.others, share(others()-before, time.Since(start)))
	}
	slices.Sort(rates)
	return rates[(len(rates)-1)/2], nil
}

// measureLimits measures all but the bare route, which is measured beside the pages.
func (b *bench) measureLimits(ctx context.Context) (err error) {
	b.progress("limits: signatures, commits")
	l := &b.report.limits
	signer, verifier := lianlian.NewSigner(b.keys.gateway), lianlian.NewVerifier(&b.keys.gateway.PublicKey)
	signing := strings.Repeat("merchant_transaction_id=0123456789&", 9)
	if l.signatures, err = b.rate(ctx, func(span time.Duration) (n int, err error) {
		for end := time.Now().Add(span); err == nil && time.Now().Before(end); n++ {
			_, err = signer.SignString(signing)
		}
		return n, err
	}); err != nil {
		return err
	}
	signature, err := signer.SignString(signing)
	if err != nil {
		return err
	}
	if l.verifications, err = b.rate(ctx, func(span time.Duration) (n int, err error) {
		for end := time.Now().Add(span); err == nil && time.Now().Before(end); n++ {
			err = verifier.VerifyString(signing, signature)
		}
		return n, err
	}); err != nil {
		return err
	}
	return errors.Join(b.sqliteLimits(ctx), b.postgresLimit(ctx))
}

// measureBare measures the bare route with so many clients, and with answers as long as the program's pages.
func (b *bench) measureBare(ctx context.Context, clients int) error {
	sizes := map[string]int{"short": 2}
	for _, r := range b.report.rows {
		if r.figures.Bytes > 0 && (r.phase.name == "order" || r.phase.name == "catalogue") {
			sizes[r.phase.name] = r.figures.Bytes
		}
	}
	c, address, err := startChild(ctx, "gin", filepath.Join(b.dir, "gin"), b.self, []string{roleVariable + "=gin"})
	if err != nil {
		return err
	}
	defer c.stop()
	if b.report.limits.bare == nil {
		b.report.limits.bare = map[bareKey]figures{}
	}
	for like, size := range sizes {
		request := fmt.Appendf(nil, "GET /bytes/%d HTTP/1.1\r\nHost: localhost\r\n%s\r\n", size, headers)
		n := phase{small: 2_000, big: 40_000}.operations(clients, b.o.scale)
		l := load{address: address, clients: clients, n: warmUp(n), request: func(_ int, b []byte) []byte { return append(b, request...) },
			check: func(_ int, res *http.Response, body []byte) error {
				if res.StatusCode != http.StatusOK || len(body) != size {
					return fmt.Errorf("status %d with %d bytes, want %d", res.StatusCode, len(body), size)
				}
				return nil
			}}
		if _, _, err := l.run(ctx); err != nil {
			return err
		}
		l.n = n
		var runs []figures
		for range b.o.runs {
			used, own := cpu(c.pid()), cpu(os.Getpid())
			latencies, elapsed, err := l.run(ctx)
			if err != nil {
				return err
			}
			f := summary(latencies, elapsed)
			f.CPU, f.Client, f.Bytes = (cpu(c.pid())-used)/time.Duration(n), (cpu(os.Getpid())-own)/time.Duration(n), size
			runs = append(runs, f)
		}
		f := median(runs)
		b.report.limits.bare[bareKey{clients, like}] = f
		b.progress("bare gin route, %d clients, %d bytes: %.0f/s", clients, size, f.Rate)
	}
	return nil
}
