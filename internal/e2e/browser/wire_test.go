package browser

import (
	"strings"
	"time"

	"github.com/chromedp/cdproto/network"
)

// transfer is one request and what came over the wire for it, headers and all.
type transfer struct {
	path  string
	bytes int64
	done  bool
}

// begin notes a request. A redirect is the same request once more; what its first answer weighed is added.
func (w *watch) begin(e *network.EventRequestWillBeSent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := &transfer{path: e.Request.URL}
	if e.RedirectResponse != nil {
		t.bytes = int64(e.RedirectResponse.EncodedDataLength)
	}
	if strings.HasPrefix(e.Request.URL, "data:") {
		t.done = true
	}
	w.wire[e.RequestID] = t
}

// received adds bytes of an answer that is still coming, or notes all that the whole answer weighed.
func (w *watch) received(id network.RequestID, bytes int64, whole bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.wire[id]
	switch {
	case t == nil:
	case whole:
		t.bytes, t.done = max(t.bytes, bytes), true
	default:
		t.bytes += bytes
	}
}

// policy checks that a page comes with a strict Content-Security-Policy.
func (w *watch) policy(e *network.EventResponseReceived) {
	if e.Type != network.ResourceTypeDocument || !strings.HasPrefix(e.Response.MimeType, "text/html") {
		return
	}
	for name, value := range e.Response.Headers {
		policy, _ := value.(string)
		if strings.EqualFold(name, "Content-Security-Policy") && strings.Contains(policy, "default-src 'none'") && !strings.Contains(policy, "unsafe") {
			return
		}
	}
	w.fault("no strict policy comes with %s", e.Response.URL)
}

// weigh is how many bytes have come over the wire since the last time, once all that is asked for has come. A stream of
// events, which never ends, counts with what it sent.
func (b *tab) weigh() int64 {
	b.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(15 * time.Millisecond) {
		if sum, done := b.weighed(); done {
			return sum
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("still loading %s at %s", b.slow, b.where())
		}
	}
}

// forget begins anew.
func (w *watch) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.wire)
}

func (w *watch) weighed() (sum int64, done bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.wire {
		if !t.done && !strings.HasSuffix(t.path, "/events") {
			w.slow = t.path
			return 0, false
		}
		sum += t.bytes
	}
	clear(w.wire)
	return sum, true
}
