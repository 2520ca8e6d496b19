// Package walk is a person without JavaScript at a shop that is mounted below a path: it buys, it looks at every page that it can
// reach, and it fails the test when anything leads out of that path.
package walk

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
)

// The browsers.
const (
	Desktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	Phone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)

// Walker is one browser. Base is the shop's address with its path.
type Walker struct {
	t     testing.TB
	Base  *url.URL
	agent string
	http  *http.Client
	links []string // what was found on pages, in order
}

// New is a browser for the shop at base.
func New(t testing.TB, base, agent string) *Walker {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Walker{t: t, Base: u, agent: agent, http: &http.Client{
		Jar: jar, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Page is an answer.
type Page struct {
	URL      *url.URL
	Status   int
	Header   http.Header
	Location string // absolute, where there is one
	Body     string
}

// Get asks for a path below the base, or for an absolute address.
func (w *Walker) Get(address string) *Page {
	w.t.Helper()
	return w.do(http.MethodGet, address, nil)
}

// Post sends a form.
func (w *Walker) Post(address string, form url.Values) *Page {
	w.t.Helper()
	return w.do(http.MethodPost, address, form)
}

func (w *Walker) do(method, address string, form url.Values) *Page {
	w.t.Helper()
	u, err := w.Base.Parse(address)
	if err == nil && strings.HasPrefix(address, "/") && !w.inside(u) {
		u, err = w.Base.Parse(w.Base.Path + address)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	var body io.Reader = http.NoBody
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, u.String(), body)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("User-Agent", w.agent)
	req.Header.Set("Accept", "text/html")
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", u.Scheme+"://"+u.Host)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	resp, err := w.http.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, u, err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, u, err)
	}
	p := &Page{URL: u, Status: resp.StatusCode, Header: resp.Header, Body: string(content)}
	if resp.StatusCode >= http.StatusInternalServerError {
		w.t.Errorf("%s %s: %d", method, u, resp.StatusCode)
	}
	w.look(p)
	return p
}

// Follow goes where a redirect leads, and on.
func (w *Walker) Follow(p *Page) *Page {
	w.t.Helper()
	for range 5 {
		if p.Location == "" {
			return p
		}
		p = w.Get(p.Location)
	}
	w.t.Fatalf("%s: too many redirects", p.URL)
	return nil
}

func (w *Walker) inside(u *url.URL) bool {
	return u.Scheme == w.Base.Scheme && u.Host == w.Base.Host && strings.HasPrefix(u.Path+"/", w.Base.Path+"/")
}

var (
	inCSS = regexp.MustCompile(`url\(\s*["']?(/[^)"']*)`)
	inJS  = regexp.MustCompile("[\"'`](/[a-z][a-z/-]*)")
)

// look finds whatever leads out of the base path: links, forms, pictures, redirects, cookies, and addresses in scripts and styles.
func (w *Walker) look(p *Page) {
	w.t.Helper()
	check := func(what, address string) {
		w.t.Helper()
		u, err := p.URL.Parse(address)
		switch {
		case err != nil:
			w.t.Errorf("%s: %s %q: %v", p.URL, what, address, err)
		case u.Scheme == "mailto", u.Scheme == "data", u.Scheme == "tel":
		case !w.inside(u):
			w.t.Errorf("%s: %s leads out of %s: %s", p.URL, what, w.Base.Path, address)
		case (what == "href" || what == "src") && p.Status < http.StatusBadRequest: // an error page links to itself in other languages
			w.links = append(w.links, u.String())
		}
	}
	if to := p.Header.Get("Location"); to != "" {
		check("a redirect", to)
		if u, err := p.URL.Parse(to); err == nil {
			p.Location = u.String()
		}
	}
	for _, c := range (&http.Response{Header: p.Header}).Cookies() {
		if !strings.HasPrefix(c.Path+"/", w.Base.Path+"/") {
			w.t.Errorf("%s: cookie %s is for %q", p.URL, c.Name, c.Path)
		}
	}
	kind, _, _ := strings.Cut(p.Header.Get("Content-Type"), ";")
	switch kind {
	case "text/css":
		for _, m := range inCSS.FindAllStringSubmatch(p.Body, -1) {
			check("a picture of the style", m[1])
		}
	case "text/javascript", "application/javascript":
		for _, m := range inJS.FindAllStringSubmatch(p.Body, -1) {
			check("the script", m[1])
		}
	case "text/html":
		doc, err := goquery.NewDocumentFromReader(strings.NewReader(p.Body))
		if err != nil {
			w.t.Fatal(err)
		}
		doc.Find("*").Each(func(_ int, s *goquery.Selection) {
			for _, a := range s.Nodes[0].Attr {
				switch {
				case a.Key == "href", a.Key == "src", a.Key == "action", a.Key == "formaction", a.Key == "poster":
					check(a.Key, a.Val)
				case strings.HasPrefix(a.Val, "/") && s.AttrOr("name", "") != "next", strings.HasPrefix(a.Val, "http://"): // data-events and the like
					check(a.Key, a.Val)
				}
			}
		})
	}
}

// Crawl looks at everything that is linked from what was seen so far, and from there on.
func (w *Walker) Crawl() (pages int) {
	w.t.Helper()
	seen := map[string]bool{}
	for len(w.links) > 0 && pages < 400 {
		u, err := url.Parse(w.links[0])
		w.links = w.links[1:]
		if err != nil {
			w.t.Fatal(err)
		}
		u.Fragment = ""
		if seen[u.String()] {
			continue
		}
		seen[u.String()] = true
		pages++
		p := w.Get(u.String())
		if p.Status >= http.StatusBadRequest && p.Status != http.StatusGone { // the code of an order that is paid meanwhile
			w.t.Errorf("%s is linked, and answers %d", u, p.Status)
		}
		if p.Location != "" {
			w.links = append(w.links, p.Location)
		}
	}
	return pages
}

// Form is what a browser would send of the form that the selector finds, with the answers typed in.
func (w *Walker) Form(p *Page, selector string, answers ...string) (action string, values url.Values) {
	w.t.Helper()
	doc, err := goquery.NewDocumentFromReader(bytes.NewBufferString(p.Body))
	if err != nil {
		w.t.Fatal(err)
	}
	f := doc.Find(selector).First()
	if f.Length() == 0 {
		w.t.Fatalf("%s: no form %s (status %d):\n%.2000s", p.URL, selector, p.Status, p.Body)
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
	action = f.AttrOr("action", "")
	if u, err := p.URL.Parse(action); err == nil {
		action = u.String()
	}
	return action, values
}

// Text is the text of the first element that the selector finds.
func (w *Walker) Text(p *Page, selector string) string {
	w.t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(p.Body))
	if err != nil {
		w.t.Fatal(err)
	}
	s := doc.Find(selector)
	if s.Length() == 0 {
		w.t.Fatalf("%s: no %s (status %d):\n%.2000s", p.URL, selector, p.Status, p.Body)
	}
	return s.First().AttrOr("value", strings.Join(strings.Fields(s.First().Text()), " "))
}
