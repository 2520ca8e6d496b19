// Package e2e drives the whole program, as a process of its own, over HTTP.
package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/internal/e2e/program"
)

func TestMain(m *testing.M) { program.Main(m.Run) }

// shop is a running checkout with its simulator.
type shop struct{ *program.Program }

func start(t *testing.T, env ...string) *shop {
	t.Helper()
	return &shop{program.Start(t, env...)}
}

// query reads one value from the program's database, from outside.
func (p *shop) query(t *testing.T, statement string, args ...any) string {
	t.Helper()
	return p.Query(t, statement, args...)
}

// scenario turns knobs of the simulator, by their names in its form.
func (p *shop) scenario(t *testing.T, knobs ...string) {
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

func newBrowser(t *testing.T, p *shop, agent string) *browser {
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
