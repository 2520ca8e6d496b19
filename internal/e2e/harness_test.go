// Package e2e drives the whole program, as a process of its own, over HTTP.
package e2e

import (
	"bufio"
	"context"
	"database/sql"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	_ "modernc.org/sqlite"

	"lianlian-checkout/internal/app"
)

// asProgram makes this test binary behave as the program: what the tests start is the real main, without a build.
const asProgram = "E2E_RUN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signalContext()
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

// program is a running checkout with its simulator.
type program struct {
	URL    string // of the shop
	Folder string // its working directory, with data/checkout.db
	cmd    *exec.Cmd
	exited chan struct{}
	log    *buffer
	rest   *buffer
}

// start runs the shipped configuration in a new folder on a free port, with CHECKOUT_ variables laid over it.
func start(t *testing.T, env ...string) *program {
	t.Helper()
	shipped, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "config.yaml"), shipped, 0o600); err != nil {
		t.Fatal(err)
	}
	return startIn(t, folder, env...)
}

// startIn runs the program in a folder that has a configuration and perhaps a database.
func startIn(t *testing.T, folder string, env ...string) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{Folder: folder, exited: make(chan struct{}), log: &buffer{}, rest: &buffer{}}
	p.cmd = exec.CommandContext(context.Background(), self)
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
	lines := bufio.NewScanner(out)
	ready := make(chan string, 1)
	go func() {
		for lines.Scan() {
			if u := regexp.MustCompile(`http://\S+`).FindString(lines.Text()); u != "" {
				select {
				case ready <- u:
				default:
				}
			}
			_, _ = p.rest.Write([]byte(lines.Text() + "\n"))
		}
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.stop(t, syscall.SIGTERM)
		if t.Failed() {
			t.Logf("the program's log:\n%s", p.log)
		}
	})
	select {
	case p.URL = <-ready:
	case <-p.exited:
		t.Fatalf("the program ended at once:\n%s%s", p.rest, p.log)
	case <-time.After(60 * time.Second):
		t.Fatalf("the program printed no URL:\n%s%s", p.rest, p.log)
	}
	return p
}

// stop sends the signal, unless the program has ended, and waits for its end.
func (p *program) stop(t *testing.T, s syscall.Signal) {
	t.Helper()
	select {
	case <-p.exited:
		return
	default:
	}
	_ = p.cmd.Process.Signal(s)
	select {
	case <-p.exited:
	case <-time.After(60 * time.Second):
		_ = p.cmd.Process.Kill()
		t.Errorf("the program didn't end after %s", s)
	}
}

// query reads one value from the program's database, from outside.
func (p *program) query(t *testing.T, statement string, args ...any) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.Folder, "data", "checkout.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var value string
	if err := db.QueryRowContext(t.Context(), statement, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

// scenario turns knobs of the simulator, by their names in its form.
func (p *program) scenario(t *testing.T, knobs ...string) {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(knobs); i += 2 {
		form.Set(knobs[i], knobs[i+1])
	}
	b := newBrowser(t, p, desktop)
	if got := b.post("/simulator/scenario", form); got.Status != http.StatusSeeOther {
		t.Fatalf("set scenario: %d %s", got.Status, got.Body)
	}
}

// The browsers that the tests are.
const (
	desktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	iphone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)

// browser is a person's browser without JavaScript: it keeps cookies and follows nothing by itself.
type browser struct {
	t     *testing.T
	base  *url.URL
	agent string
	http  *http.Client
}

func newBrowser(t *testing.T, p *program, agent string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, base: base, agent: agent, http: &http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// page is an answer.
type page struct {
	t        *testing.T
	Status   int
	Location string // absolute, where there is one
	Header   http.Header
	Body     string
}

func (b *browser) get(path string) *page { return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, form url.Values) *page { return b.do(http.MethodPost, path, form) }

func (b *browser) do(method, path string, form url.Values) *page {
	b.t.Helper()
	u, err := b.base.Parse(path)
	if err != nil {
		b.t.Fatal(err)
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(b.t.Context(), method, u.String(), body)
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("User-Agent", b.agent)
	req.Header.Set("Accept", "text/html")
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", u.Scheme+"://"+u.Host)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.http.Do(req)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	p := &page{t: b.t, Status: res.StatusCode, Header: res.Header, Body: string(content)}
	if to := res.Header.Get("Location"); to != "" {
		abs, err := u.Parse(to)
		if err != nil {
			b.t.Fatal(err)
		}
		p.Location = abs.String()
	}
	return p
}

// follow goes where a 303 leads.
func (b *browser) follow(p *page) *page {
	b.t.Helper()
	if p.Status != http.StatusSeeOther || p.Location == "" {
		b.t.Fatalf("status %d, want a redirect; body:\n%.2000s", p.Status, p.Body)
	}
	return b.get(p.Location)
}

func (p *page) doc() *goquery.Document {
	p.t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(p.Body))
	if err != nil {
		p.t.Fatal(err)
	}
	return d
}

// find is the text of the one element with the test id.
func (p *page) find(testID string) string {
	p.t.Helper()
	s := p.doc().Find(`[data-testid="` + testID + `"]`)
	if s.Length() == 0 {
		p.t.Fatalf("no %s on the page (status %d):\n%.3000s", testID, p.Status, p.Body)
	}
	return strings.Join(strings.Fields(s.First().Text()), " ")
}

// form is what a browser would send of the form that the selector finds, with the answers typed in.
func (p *page) form(selector string, answers ...string) (action string, values url.Values) {
	p.t.Helper()
	f := p.doc().Find(selector).First()
	if f.Length() == 0 {
		p.t.Fatalf("no form %s on the page (status %d):\n%.3000s", selector, p.Status, p.Body)
	}
	values = url.Values{}
	f.Find("input, select, textarea").Each(func(_ int, s *goquery.Selection) {
		name, typ, value := s.AttrOr("name", ""), s.AttrOr("type", "text"), s.AttrOr("value", "")
		_, checked := s.Attr("checked")
		switch {
		case name == "", (typ == "radio" || typ == "checkbox") && !checked, typ == "submit":
			return
		case goquery.NodeName(s) == "select":
			value = s.Find("option[selected]").AttrOr("value", s.Find("option").First().AttrOr("value", ""))
		case goquery.NodeName(s) == "textarea":
			value = s.Text()
		}
		values.Set(name, value)
	})
	for i := 0; i < len(answers); i += 2 {
		values.Set(answers[i], answers[i+1])
	}
	return f.AttrOr("action", ""), values
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			t.Fatalf("still not: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// buffer is a bytes.Buffer that two goroutines may use.
type buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
