package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lianlian-checkout/models"
)

// deskOrders is how many orders the desk's pages are measured with; scale makes them fewer.
const deskOrders = 1_000_000

// deskRequests is how often each page is asked for, with other parameters each time.
const deskRequests = 100

// deskLimit is what a page of the desk may take.
const deskLimit = 100 * time.Millisecond

// deskPassword is the operator's, in a configuration that is thrown away.
const deskPassword = "a bench's own password"

// deskPage is one kind of page. address makes the next one's path and query of an order that is there.
type deskPage struct {
	name    string
	address func(o deskOrder, r *rand.Rand) string
}

// deskOrder is an order that is in the database.
type deskOrder struct {
	id                                                      int64
	number, email, reference, transaction, gateway, traceID string
	placed                                                  time.Time
}

// deskRow is a page's figures on one database.
type deskRow struct {
	page, kind            string
	p50, p95, p99, mostly time.Duration
}

// deskPages are what is measured: the list with each filter and their combinations, each kind of search, today, the reports.
func deskPages() []deskPage {
	at := func(path string) func(deskOrder, *rand.Rand) string {
		return func(deskOrder, *rand.Rand) string { return path }
	}
	list := func(q string) func(deskOrder, *rand.Rand) string {
		return func(o deskOrder, _ *rand.Rand) string {
			day := models.DayOf(o.placed)
			return "/admin/orders?" + strings.NewReplacer("{id}", fmt.Sprint(o.id), "{day}", day.String(), "{month}", (day-30).String()).Replace(q)
		}
	}
	search := func(of func(deskOrder) string) func(deskOrder, *rand.Rand) string {
		return func(o deskOrder, _ *rand.Rand) string { return "/admin/orders?q=" + url.QueryEscape(of(o)) }
	}
	today := models.DayOf(time.Now())
	reports := func(path string, days models.Day) func(deskOrder, *rand.Rand) string {
		return at(path + "?from=" + (today - days + 1).String() + "&to=" + today.String())
	}
	return []deskPage{
		{"today", at("/admin")},
		{"orders, first page", at("/admin/orders")}, {"orders, deep cursor", list("cursor={id}")},
		{"status", at("/admin/orders?status=paid")}, {"rare status", at("/admin/orders?status=charged_back")}, {"waiting", at("/admin/orders?status=waiting")},
		{"wallet", at("/admin/orders?wallet=wechatcn")}, {"currency", at("/admin/orders?currency=USD")}, {"attention", at("/admin/orders?attention=1")},
		{"payment link", at("/admin/orders?link=1")}, {"a day", list("from={day}&to={day}")}, {"a month", list("from={month}&to={day}")},
		{"status, deep cursor", list("status=paid&cursor={id}")}, {"status, wallet", at("/admin/orders?status=failed&wallet=alipayhk")},
		{"status, wallet, currency, month, deep cursor", list("status=paid&wallet=alipaycn&currency=CNY&from={month}&to={day}&cursor={id}")},
		{"wallet, month, deep cursor", list("wallet=wechathk&from={month}&to={day}&cursor={id}")}, {"attention, status, wallet", at("/admin/orders?attention=1&status=paid&wallet=alipayhk")},
		{"payment link, rare status", at("/admin/orders?link=1&status=charged_back")}, {"filters that match nothing", at("/admin/orders?status=paid&wallet=alipayhk&currency=JPY")},
		{"search: number", search(func(o deskOrder) string { return o.number })}, {"search: e-mail", search(func(o deskOrder) string { return o.email })},
		{"search: reference", search(func(o deskOrder) string { return o.reference })},
		{"search: merchant transaction id", search(func(o deskOrder) string { return o.transaction })},
		{"search: gateway id", search(func(o deskOrder) string { return o.gateway })}, {"search: trace id", search(func(o deskOrder) string { return o.traceID })},
		{"search: nothing found", search(func(o deskOrder) string { return o.number + "x" })},
		{"search: e-mail of 10,000 orders", at("/admin/orders?q=counter@example.com")},
		{"search: e-mail, status, month", func(o deskOrder, _ *rand.Rand) string {
			day := models.DayOf(o.placed)
			return "/admin/orders?status=paid&q=" + url.QueryEscape(o.email) + "&from=" + (day - 30).String() + "&to=" + day.String()
		}},
		{"daily report, 30 days", reports("/admin/reports", 30)}, {"daily report, a year", reports("/admin/reports", 366)},
		{"settlement, 7 days", reports("/admin/reports/settlement", 7)}, {"settlement, 31 days", reports("/admin/reports/settlement", 31)},
	}
}

// measureDesk fills a database and asks for each page, one at a time, by the program's own HTTP.
func (b *bench) measureDesk(ctx context.Context, kind string) error {
	p, err := b.newPlace(ctx, kind)
	if err != nil {
		return err
	}
	defer p.remove()
	orders := max(1000, int(deskOrders*b.o.scale))
	began := time.Now()
	sample, err := fillDesk(ctx, p, orders)
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	b.progress("%s: %d orders in %s", kind, orders, time.Since(began).Round(time.Second))
	config := filepath.Join(p.dir, "config.yaml")
	text, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	if err := os.WriteFile(config, fmt.Appendf(text, "admin: {username: bench, password: %q}\n", deskPassword), 0o600); err != nil {
		return err
	}
	prog, err := b.startProgram(ctx, p)
	if err != nil {
		return err
	}
	defer prog.stop()
	desk, err := signIn(ctx, "http://"+prog.address)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // which orders are looked at
	for _, page := range deskPages() {
		row, err := desk.measure(ctx, page, sample, random)
		if err != nil {
			return fmt.Errorf("%s: %w", page.name, err)
		}
		row.kind = kind
		b.progress("%s, %s: p50 %s, p95 %s, p99 %s, most %s", kind, page.name, short(row.p50), short(row.p95), short(row.p99), short(row.mostly))
		b.report.desk = append(b.report.desk, row)
	}
	return nil
}

// fillDesk seeds the orders and returns some of them.
func fillDesk(ctx context.Context, p place, orders int) (sample []deskOrder, err error) {
	db, err := openDatabase(p.kind, p.dsn)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	if err := db.seedPast(ctx, orders); err != nil {
		return nil, err
	}
	if err := db.settle(ctx, p.dsn); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // which orders are looked at
	for range deskRequests {
		id := 1 + random.Int64N(int64(orders)/10)*10 // those have a reference
		var o deskOrder
		var placed int64
		err := db.QueryRowContext(ctx, db.bind(`SELECT o.id, o.number, o.email, o.reference, p.merchant_transaction_id, p.ll_transaction_id, p.trace_id, o.created_at
			FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id = ?`), id).Scan(&o.id, &o.number, &o.email, &o.reference, &o.transaction, &o.gateway, &o.traceID, &placed)
		if err != nil {
			return nil, err
		}
		o.placed = time.UnixMilli(placed)
		sample = append(sample, o)
	}
	return sample, db.Close()
}

// deskClient is an operator who is signed in.
type deskClient struct {
	*http.Client
	base string
}

func signIn(ctx context.Context, base string) (*deskClient, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	d := &deskClient{&http.Client{Jar: jar}, base}
	form := url.Values{"username": {"bench"}, "password": {deskPassword}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/admin/login", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := d.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.Request.URL.Path != "/admin" {
		return nil, fmt.Errorf("signing in leads to %s, status %d", res.Request.URL.Path, res.StatusCode)
	}
	return d, nil
}

// measure asks for the page again and again; the first answer, which fills caches, counts too.
func (d *deskClient) measure(ctx context.Context, page deskPage, sample []deskOrder, r *rand.Rand) (row deskRow, err error) {
	took := make([]time.Duration, 0, len(sample))
	for _, o := range sample {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+page.address(o, r), nil)
		if err != nil {
			return row, err
		}
		began := time.Now()
		res, err := d.Do(req)
		if err != nil {
			return row, err
		}
		_, err = io.Copy(io.Discard, res.Body)
		took = append(took, time.Since(began))
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			return row, fmt.Errorf("%s: status %d, %w", req.URL, res.StatusCode, err)
		}
	}
	slices.Sort(took)
	return deskRow{page: page.name, p50: percentile(took, 50), p95: percentile(took, 95), p99: percentile(took, 99), mostly: took[len(took)-1]}, nil
}

// deskTable is the figures, the databases beside each other.
func (r *report) deskTable(b *strings.Builder) {
	table(b, "The desk", "page", "database", ">p50", ">p95", ">p99", ">longest", "")
	for _, x := range r.desk {
		note := ""
		if x.p99 > deskLimit {
			note = "over the limit"
		}
		line(b, x.page, x.kind, short(x.p50), short(x.p95), short(x.p99), short(x.mostly), note)
	}
	fmt.Fprintf(b, "\nTarget: %s for each page with %s orders.\n", deskLimit, thousands(deskOrders))
}
