package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// phase is one kind of operation that is measured.
type phase struct {
	name  string // in -only and in file names
	title string // in the tables
	// small is how many operations one client does in a run, big the most of a run.
	small, big int
	target     string
	prepare    func(ctx context.Context, s *site) (work, error)
}

// site is a running program with what the phases need to know of it.
type site struct {
	*program
	place
	orders []waiting // in the database, waiting when the program starts
	first  int64     // id of the first of them
	pages  []waiting // of them, those that stay so
	before int       // orders in the database beside these
}

// work is what a phase does on a site.
type work struct {
	request func(i int, b []byte) []byte
	check   func(i int, res *http.Response, body []byte) error
	// after looks into the database whether operations 0 to n-1, all acknowledged, really were done. May be nil.
	after func(ctx context.Context, n int) error
	// note is a remark for the table. May be nil.
	note func() string
}

var phaseNames = []string{"notification", "checkout", "order", "order-304", "catalogue", "catalogue-304"}

var phases = []phase{
	{"notification", "notification: verified, durable, acknowledged", 400, 10_000, "6,000 a second and 25% of the grouped commits with 32 clients, p99 of 25 ms; on PostgreSQL half of that", notifications},
	{"checkout", "checkout: gateway called, order durable, 303", 200, 3_000, "900 a second with 32 clients, CPU of 1.5 × one signature; on PostgreSQL half of that rate", checkouts},
	{"order", "order page, rendered", 1_000, 20_000, "5,000 a second", orderPages(false)},
	{"order-304", "order page, revalidated", 2_000, 40_000, "half of the bare route's rate", orderPages(true)},
	{"catalogue", "catalogue of 50, rendered", 1_000, 20_000, "5,000 a second", catalogue(false)},
	{"catalogue-304", "catalogue of 50, revalidated", 2_000, 40_000, "half of the bare route's rate", catalogue(true)},
}

// operations is how many one run of the phase has, warmUp how many go before the first.
func (p phase) operations(clients int, scale float64) int {
	return max(int(float64(min(p.small*clients, p.big))*scale), 1)
}

func warmUp(operations int) int { return max(operations/5, 1) }

// Browsers' headers; the host is filled in.
const (
	agent   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	headers = "User-Agent: " + agent + "\r\nAccept: text/html,application/xhtml+xml\r\nAccept-Language: en-GB,en;q=0.9\r\n"
)

func notifications(_ context.Context, s *site) (work, error) {
	ack := string(lianlian.NotificationAck())
	return work{
		request: func(i int, b []byte) []byte { return append(b, s.orders[i].request...) },
		check: func(_ int, res *http.Response, body []byte) error {
			if res.StatusCode != http.StatusOK || string(body) != ack {
				return fmt.Errorf("status %d %.200s, want an acknowledgement", res.StatusCode, body)
			}
			return nil
		},
		after: func(ctx context.Context, n int) error {
			db, err := openDatabase(s.kind, s.dsn)
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }()
			found, err := db.paid(ctx, s.first, n)
			if err == nil && found != n {
				err = fmt.Errorf("%d notifications were acknowledged and %d orders are paid, once and told once", n, found)
			}
			return err
		},
	}, nil
}

func checkouts(ctx context.Context, s *site) (work, error) {
	form := checkoutForm()
	mark := models.NewToken(9) // so that another phase's intents are others
	intent := len("bench") + len(mark) + 8
	head := "POST /checkout HTTP/1.1\r\nHost: " + s.host() + "\r\n" + headers + "Content-Type: application/x-www-form-urlencoded\r\n" +
		"Origin: http://" + s.host() + "\r\nSec-Fetch-Site: same-origin\r\nCookie: cart=" + bought().Lines[0].SKU + ":2\r\n" +
		fmt.Sprintf("Content-Length: %d\r\n\r\n", len(form)+intent) + form
	db, err := openDatabase(s.kind, s.dsn)
	if err != nil {
		return work{}, err
	}
	defer func() { _ = db.Close() }()
	count := func(ctx context.Context, db *database) (n int, err error) {
		err = db.QueryRowContext(ctx, `SELECT COUNT(*) FROM orders o JOIN payments p ON p.order_id = o.id
			WHERE o.id > (SELECT MAX(id) - 1000000 FROM orders) AND o.intent LIKE 'bench%' AND o.status = 'pending' AND p.status = 'WP' AND p.web_url <> ''`).Scan(&n)
		return n, err
	}
	before, err := count(ctx, db)
	if err != nil {
		return work{}, err
	}
	return work{
		request: func(i int, b []byte) []byte {
			b = append(b, head...)
			return fmt.Appendf(b, "bench%s%08d", mark, i)
		},
		check: placed,
		after: func(ctx context.Context, n int) error {
			db, err := openDatabase(s.kind, s.dsn)
			if err != nil {
				return err
			}
			defer func() { _ = db.Close() }()
			found, err := count(ctx, db)
			if err == nil && found-before != n {
				err = fmt.Errorf("%d checkouts were answered and %d orders wait at the gateway", n, found-before)
			}
			return err
		},
	}, nil
}

// placed checks the answer to a checkout: it leads to the order's page.
func placed(_ int, res *http.Response, body []byte) error {
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/orders/") {
		return fmt.Errorf("status %d to %q, want 303 to an order: %.300s", res.StatusCode, to, body)
	}
	return nil
}

// host is what a browser calls the shop.
func (s *site) host() string { return "localhost" + s.address[strings.LastIndexByte(s.address, ':'):] }

// errNoTag says that a page gives nothing to revalidate with.
var errNoTag = errors.New("no ETag")

// orderPages reads the pages of waiting orders; revalidated, with the ETag that each page gave.
func orderPages(revalidate bool) func(context.Context, *site) (work, error) {
	return func(ctx context.Context, s *site) (work, error) {
		paths := make([]string, len(s.pages))
		for i, w := range s.pages {
			paths[i] = "/orders/" + w.token
		}
		return pages(ctx, s, paths, revalidate)
	}
}

func catalogue(revalidate bool) func(context.Context, *site) (work, error) {
	return func(ctx context.Context, s *site) (work, error) { return pages(ctx, s, []string{"/"}, revalidate) }
}

// pages reads the paths in turn. A page whose ETag changes meanwhile, because it tells how much time is left, is asked for
// with the new one from then on, as a browser does.
func pages(ctx context.Context, s *site, paths []string, revalidate bool) (work, error) {
	request := func(path, tag string) *[]byte {
		if revalidate {
			tag = "If-None-Match: " + tag + "\r\n"
		}
		b := []byte("GET " + path + " HTTP/1.1\r\nHost: " + s.host() + "\r\n" + headers + tag + "\r\n")
		return &b
	}
	requests := make([]atomic.Pointer[[]byte], len(paths))
	for i, path := range paths {
		tag := ""
		if revalidate {
			var err error
			if tag, err = etag(ctx, "http://"+s.address+path); err != nil {
				return work{}, err
			}
		}
		requests[i].Store(request(path, tag))
	}
	var changed atomic.Int64
	return work{
		request: func(i int, b []byte) []byte { return append(b, *requests[i%len(requests)].Load()...) },
		check: func(i int, res *http.Response, body []byte) error {
			switch {
			case revalidate && res.StatusCode == http.StatusNotModified:
				return nil
			case res.StatusCode == http.StatusOK && len(body) > 2000 && strings.HasPrefix(res.Header.Get("Content-Type"), "text/html"):
				if revalidate {
					changed.Add(1)
					requests[i%len(requests)].Store(request(paths[i%len(paths)], res.Header.Get("ETag")))
				}
				return nil
			}
			return fmt.Errorf("status %d with %d bytes: %.200s", res.StatusCode, len(body), body)
		},
		note: func() string {
			if n := changed.Load(); n > 0 {
				return fmt.Sprintf("%d answers were new pages", n)
			}
			return ""
		},
	}, nil
}

// etag reads a page's.
func etag(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Accept-Language", "en-GB,en;q=0.9")
	req.Header.Set("Accept-Encoding", "identity")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: status %d", url, res.StatusCode)
	}
	if tag := res.Header.Get("ETag"); tag != "" {
		return tag, nil
	}
	return "", errNoTag
}
