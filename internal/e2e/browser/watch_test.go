package browser

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// watch sees what happens in a tab behind the page: what the console says, what is asked of whom.
type watch struct {
	shop   string   // host and port of the only server that may be asked
	others []string // more of them

	mu      sync.Mutex
	faults  []string
	asked   []string // paths of the requests, in their order
	allowed []*regexp.Regexp
	wire    map[network.RequestID]*transfer // since the last time that they were weighed or forgotten
	slow    string                          // what weighing waits for
}

func newWatch(shop string, others ...string) *watch {
	w := &watch{wire: map[network.RequestID]*transfer{}}
	for _, address := range append([]string{shop}, others...) {
		u, err := url.Parse(address)
		if err != nil {
			panic(err)
		}
		w.others = append(w.others, u.Host)
	}
	w.shop, w.others = w.others[0], w.others[1:]
	return w
}

// see takes the browser's events.
func (w *watch) see(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert || e.Type == runtime.ConsoleAPICalledTypeWarning {
			var words []string
			for _, a := range e.Args {
				words = append(words, string(a.Value), a.Description)
			}
			w.fault("console %s: %s", e.Type, strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		thrown := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			thrown += " " + e.ExceptionDetails.Exception.Description
		}
		w.fault("exception: %s", thrown)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			w.fault("log %s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	case *audits.EventIssueAdded:
		w.issue(e.Issue)
	case *network.EventRequestWillBeSent:
		w.request(e.Request.URL)
		w.begin(e)
	case *network.EventResponseReceived:
		w.policy(e)
	case *network.EventDataReceived:
		w.received(e.RequestID, e.EncodedDataLength, false)
	case *network.EventLoadingFinished:
		w.received(e.RequestID, int64(e.EncodedDataLength), true)
	case *network.EventLoadingFailed:
		w.received(e.RequestID, 0, true)
	}
}

func (w *watch) issue(i *audits.InspectorIssue) {
	detail := ""
	if d := i.Details; d != nil && d.ContentSecurityPolicyIssueDetails != nil {
		detail = fmt.Sprintf("%s blocked %s", d.ContentSecurityPolicyIssueDetails.ViolatedDirective, d.ContentSecurityPolicyIssueDetails.BlockedURL)
	}
	w.fault("issue %s %s", i.Code, detail)
}

func (w *watch) request(address string) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "data" && u.Host != w.shop && !slices.Contains(w.others, u.Host)) {
		w.fault("request to another host: %s", address)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, u.Path)
}

func (w *watch) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

// allow lets a fault pass that the test means to cause.
func (w *watch) allow(pattern string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allowed = append(w.allowed, regexp.MustCompile(pattern))
}

// count is how many requests went to paths that end so.
func (w *watch) count(suffix string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, path := range w.asked {
		if strings.HasSuffix(path, suffix) {
			n++
		}
	}
	return n
}

func (w *watch) report(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
next:
	for _, f := range w.faults {
		for _, a := range w.allowed {
			if a.MatchString(f) {
				continue next
			}
		}
		t.Error(f)
	}
}
