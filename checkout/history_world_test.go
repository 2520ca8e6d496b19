package checkout_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"database/sql"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"lianlian-checkout/checkout"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// ground is what all histories of one test share: the gateway's server, a migrated database to copy, counters.
type ground struct {
	t                                    *testing.T
	sim                                  atomic.Pointer[simulator.Simulator]
	url                                  string // of the gateway
	shop                                 *url.URL
	template                             string // a SQLite file, migrated and stocked; empty on PostgreSQL
	dsn                                  string // of PostgreSQL
	share                                int    // only each so many of rapid's histories is played; 0: each
	failed                               bool   // a history has, and is being shrunk
	drawn                                int
	histories, steps, sumOrders, sumPaid int
	deaths                               map[crash]int
	seen                                 map[string]int // what happened, to see that histories go everywhere
}

func newGround(t *testing.T, dsn string) *ground {
	t.Helper()
	g := &ground{t: t, dsn: dsn, deaths: map[crash]int{}, seen: map[string]int{}, shop: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.sim.Load().ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	g.url = server.URL
	if dsn == "" {
		g.template = filepath.Join(t.TempDir(), "template.db")
		w := &world{ground: g, clock: &clock{t: begin}, file: g.template}
		c, err := checkout.New(t.Context(), w.options(nil, histShelf()))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func (g *ground) tally() string {
	var seen []string
	for what, n := range g.seen {
		seen = append(seen, fmt.Sprintf("%s %d", what, n))
	}
	slices.Sort(seen)
	return fmt.Sprintf("%d histories, %d steps, %d orders, %d paid, crashes %v\n%s", g.histories, g.steps, g.sumOrders, g.sumPaid, g.deaths, strings.Join(seen, ", "))
}

func rapidFlag(name string) string {
	if f := flag.Lookup(name); f != nil {
		return f.Value.String()
	}
	return "?"
}

// histShelf is short, so that a history sells out: five cups, one teapot, and tea that isn't counted.
func histShelf() []models.Product { return shelf()[:3] }

// histKeys are the gateway's and the merchant's. They are short, since a history signs much and its keys aren't its subject.
var histKeys = sync.OnceValue(func() (keys [2]*rsa.PrivateKey) {
	for i := range keys {
		key, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // see above
		if err != nil {
			panic(err)
		}
		keys[i] = key
	}
	return keys
})

var seed = map[string]int64{"cup": 5, "pot": 1}

// process is one shop process with its own line to the gateway.
type process struct {
	*checkout.Checkout
	line *line
}

// letter is a notification that the gateway signed.
type letter struct {
	id, status string
	signature  string
	body       []byte
	acked      int
}

// world is one history under way.
//
// A crash is played like this. The database's file and its write-ahead log are copied at the moment of the crash, from
// within the call of the gateway or from within our answer, while nothing is being written; everything that anybody was told
// before is in the copy, if it was committed first. The step then runs to its end on the old files, cut off from the
// gateway: what it writes, and what it answers, is forgotten with them, and a new process opens the copy. A crash in the
// midst of writing cuts the copied log somewhere between what was durable when something last left the process
// (an answer, a request) and its present end; SQLite's checksums must find the last whole transaction. The index (-shm) is not
// copied: it is rebuilt, as after the death of the last process. That what is committed is also on the disk is another
// test's matter. On PostgreSQL nothing is copied: the process is cut off and abandoned, and a new one opens the database.
type world struct {
	*ground
	t      *rapid.T
	clock  *clock
	sim    *simulator.Simulator
	dir    string
	file   string // of the present database
	copies int
	db     *sql.DB // a look from outside
	a, b   *process
	mail   chan *letter
	bag    []*letter
	away   bool // the gateway is

	turn    turn
	durable walMark
	crashed bool
	dying   crash // how the step under way will end
	copied  string
	model

	mu     sync.Mutex
	faults []string
	lines  []string
}

// turn is the step under way, as far as the wire is concerned.
type turn struct {
	fates           []fate
	calls           map[string]int
	total           int
	request, answer []step
	crash           crash
	crashAt         int  // which call
	plain           bool // nothing but good calls so far
}

func (g *ground) world(t *rapid.T) *world {
	w := &world{ground: g, t: t, clock: &clock{t: begin}, mail: make(chan *letter, 64), model: newModel()}
	var err error
	w.sim, err = simulator.New(simulator.Options{
		MerchantID: merchantID, MerchantKey: &histKeys()[1].PublicKey, Key: histKeys()[0], BaseURL: g.url, NotifyAttempts: 1,
		NotifyInterval: time.Hour, PaymentTTL: 2 * time.Hour, Now: w.clock.Now, HTTPClient: &http.Client{Transport: (*postman)(w)},
	})
	w.must(err)
	g.sim.Store(w.sim)
	g.histories++
	if g.dsn == "" {
		w.dir, err = os.MkdirTemp(filepath.Dir(g.template), "h")
		w.must(err)
		w.file = filepath.Join(w.dir, "0.db")
		w.must(copyFile(w.file, g.template, -1))
	} else {
		w.must(wipe(g.dsn))
	}
	w.begin()
	w.look()
	return w
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Fatalf("the test itself: %v", err)
	}
}

func (w *world) options(l *line, products []models.Product) checkout.Options {
	database := w.file
	if w.dsn != "" {
		database = w.dsn
	}
	o := checkout.Options{
		BaseURL: w.shop, Database: database, Products: products, Log: slog.New(slog.DiscardHandler), Now: w.clock.Now,
		Client: &lianlian.Client{
			BaseURL: w.url, MerchantID: merchantID, Signer: lianlian.NewSigner(histKeys()[1]),
			Verifier: lianlian.NewVerifier(&histKeys()[0].PublicKey), Now: w.clock.Now, Timeout: time.Minute,
		},
	}
	if l != nil {
		o.Client.HTTPClient = &http.Client{Transport: l}
	}
	return o
}

// begin starts the first process on the present database.
func (w *world) begin() {
	w.a, w.b = w.process(histShelf()), nil
	var err error
	if w.dsn != "" {
		w.db, err = sql.Open("pgx", w.dsn)
	} else {
		w.db, err = sql.Open("sqlite", "file:"+w.file+"?_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	}
	w.must(err)
	w.db.SetMaxOpenConns(1)
	w.mark()
}

func (w *world) process(products []models.Product) *process {
	p := &process{line: &line{w: w}}
	var err error
	p.Checkout, err = checkout.New(context.Background(), w.options(p.line, products))
	if err != nil {
		w.t.Fatalf("the shop doesn't start again: %v", err)
	}
	return p
}

// other is the second process; it is started when first needed.
func (w *world) other() *process {
	if w.b == nil {
		w.b = w.process(nil)
	}
	return w.b
}

// end stops both processes.
func (w *world) end() {
	for _, p := range []*process{w.a, w.b} {
		if p != nil {
			w.must(p.Close())
		}
	}
	w.must(w.db.Close())
	w.a, w.b = nil, nil
}

func (w *world) close() {
	w.sim.Close()
	if w.a != nil {
		_ = w.a.Close()
	}
	if w.b != nil {
		_ = w.b.Close()
	}
	_ = w.db.Close()
	if w.dir != "" {
		_ = os.RemoveAll(w.dir)
	}
}

// walMark is how far the write-ahead log went at some time.
type walMark struct {
	size int64
	salt uint64
}

func (w *world) wal() walMark {
	if w.dsn != "" {
		return walMark{}
	}
	f, err := os.Open(w.file + "-wal")
	if err != nil {
		return walMark{}
	}
	defer f.Close()
	head := make([]byte, 32)
	if _, err := io.ReadFull(f, head); err != nil {
		return walMark{}
	}
	info, err := f.Stat()
	w.must(err)
	return walMark{info.Size(), binary.BigEndian.Uint64(head[16:24])}
}

// mark notes that what is committed now must be there after any crash: something has left the process.
func (w *world) mark() { w.durable = w.wal() }

// die takes the copy that the next process will find. cut is how much of the log's end is not yet durable, in percent, that
// gets lost.
func (w *world) die(why crash, cut int) {
	w.crashed = true
	w.deaths[why]++
	for _, p := range []*process{w.a, w.b} {
		if p != nil {
			p.line.dead.Store(true)
		}
	}
	if w.dsn != "" {
		return
	}
	w.copies++
	w.copied = filepath.Join(w.dir, fmt.Sprintf("%d.db", w.copies))
	end := int64(-1)
	if now := w.wal(); cut > 0 && now.salt == w.durable.salt && now.size > w.durable.size {
		end = now.size - (now.size-w.durable.size)*int64(cut)/100
		w.note("the log is cut from %d to %d bytes, durable were %d", now.size, end, w.durable.size)
	}
	w.must(copyFile(w.copied, w.file, -1))
	if err := copyFile(w.copied+"-wal", w.file+"-wal", end); !errors.Is(err, os.ErrNotExist) {
		w.must(err)
	}
}

// rise forgets the dead processes and starts anew on what the crash left.
func (w *world) rise() {
	w.end()
	if w.dsn == "" {
		old := w.file
		w.file = w.copied
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(old + suffix)
		}
	}
	w.crashed = false
	w.begin()
}

func copyFile(to, from string, size int64) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if size >= 0 && size < int64(len(b)) {
		b = b[:size]
	}
	return os.WriteFile(to, b, 0o600)
}

// fault notes what is wrong; the step's end reports it. Any goroutine may call it.
func (w *world) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// note adds to what the step's line tells.
func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

func (w *world) report() {
	for _, l := range w.lines {
		w.t.Logf("      %s", l)
	}
	w.lines = nil
	if len(w.faults) > 0 {
		w.failed = true
		w.t.Fatalf("%s", strings.Join(w.faults, "\n"))
	}
}

// postman takes the gateway's notifications and keeps them; the history delivers them when it pleases, or never.
type postman world

func (p *postman) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	p.mail <- &letter{signature: r.Header.Get("signature"), body: body}
	return nil, errors.New("kept")
}

// line is a process's way to the gateway.
type line struct {
	w    *world
	dead atomic.Bool
}

var errDown = errors.New("the line is down")

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	if l.dead.Load() {
		return nil, errDown
	}
	w := l.w
	id := called(r, body)
	f, request, answer, die := w.fateOf(l, id)
	if r.Method == http.MethodPost {
		w.mark() // a request leaves: what it needs is durable
	}
	if die == dieSending {
		w.die(dieSending, 0)
		return nil, errDown
	}
	for _, s := range request {
		w.note("meanwhile, before the request arrives: %s", s.do)
		w.act(w.partner(l), s, true)
	}
	var resp *http.Response
	var err error
	switch f {
	case fateDown:
		err = errDown
	case fateBusy:
		resp = plainAnswer(r, http.StatusServiceUnavailable, "<h1>busy</h1>")
	case fateLie:
		code, status := "PAYMENT_CLOSED", http.StatusUnprocessableEntity
		if r.Method == http.MethodGet {
			code, status = "OBJECT_NOT_FOUND", http.StatusNotFound
		}
		resp = plainAnswer(r, status, `{"return_code":"`+code+`","return_msg":"a lie","trace_id":"t"}`)
	case fatePass, fateLost, fateGone, fateTampered, fateUnsigned, fateRefused:
		resp, err = w.send(r, body, f)
	}
	if die == dieAccepted && err == nil {
		w.die(dieAccepted, 0)
		return nil, errDown
	}
	for _, s := range answer {
		w.note("meanwhile, before the answer arrives: %s", s.do)
		w.act(w.partner(l), s, true)
	}
	w.note("%s %s: %s", r.Method, w.name(id), f)
	return resp, err
}

// send lets the gateway have the request and spoils the answer.
func (w *world) send(r *http.Request, body []byte, f fate) (*http.Response, error) {
	if f == fateRefused && r.Method == http.MethodPost {
		w.sim.SetScenario(simulator.Scenario{CreateReturnCode: lianlian.CodeCustomerHasRestrictions, CreateDeclineCode: lianlian.DeclineDoNotHonor})
		defer w.sim.SetScenario(simulator.Scenario{})
	}
	out := r.Clone(r.Context())
	out.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodPost { // never two at once
		w.observe()
	}
	switch f {
	case fateLost:
		return nil, io.ErrUnexpectedEOF
	case fateGone:
		return plainAnswer(r, http.StatusBadGateway, "<h1>bad gateway</h1>"), nil
	case fateTampered:
		for _, s := range []string{"WP", "PP", "PF", "PC", "PS", "RP"} {
			other := "PS"
			if s == "PS" || s == "RP" {
				other = "PC"
			}
			text = bytes.Replace(text, []byte(`"transaction_status":"`+s+`"`), []byte(`"transaction_status":"`+other+`"`), 1)
		}
		text = bytes.Replace(text, []byte("/pay/"), []byte("/thief/"), 1)
	case fateUnsigned:
		resp.Header.Del("signature")
	case fatePass, fateRefused, fateDown, fateBusy, fateLie:
	}
	resp.Body = io.NopCloser(bytes.NewReader(text))
	return resp, nil
}

// fateOf says what becomes of this call of the step. Calls about several payments at once are told apart by payment, so that
// a history is the same each time.
func (w *world) fateOf(l *line, id string) (f fate, request, answer []step, die crash) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f = fatePass
	if t := &w.turn; t.calls != nil && l == w.turnOf {
		k := t.calls[id]
		t.calls[id]++
		t.total++
		if len(t.fates) > 0 {
			f = t.fates[(w.index(id)+k)%len(t.fates)]
		}
		if t.total == 1 {
			request, answer = t.request, t.answer
		}
		if t.total == t.crashAt {
			die = t.crash
		}
	}
	if w.away && f != fateLie {
		f = fateDown
	}
	if f != fatePass {
		w.turn.plain = false
	}
	w.seen["wire "+string(f)]++
	return f, request, answer, die
}

// called is the merchant_transaction_id that a request is about.
func called(r *http.Request, body []byte) string {
	if r.Method == http.MethodGet {
		return r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	}
	id, _ := decode(bytes.NewReader(body))["merchant_transaction_id"].(string)
	return id
}

func plainAnswer(r *http.Request, status int, text string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)),
	}
}

// partner is the process that isn't waiting.
func (w *world) partner(l *line) *process {
	if w.a.line == l {
		return w.other()
	}
	return w.a
}
