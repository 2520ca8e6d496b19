package e2e

import (
	"context"
	"database/sql"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"lianlian-checkout/internal/e2e/program"
)

// lockDatabase takes SQLite's write lock from another process than the program's, until unlock is called.
func lockDatabase(t *testing.T, p *shop, begin string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(p.Folder, "data", "checkout.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(t.Context(), begin); err != nil {
		t.Fatalf("%s: %v", begin, err)
	}
	return func() {
		if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
			t.Errorf("unlock: %v", err)
		}
	}
}

// reads asks for what only reads, and finds it as ever.
func reads(t *testing.T, p *shop, n notice, while string) {
	t.Helper()
	b := newBrowser(t, p, desktop)
	for path, want := range map[string]string{
		"/healthz": "ok", "/": "HK$", "/products/teapot-tee": "HK$100.00", "/cart": "</html>", "/orders/" + n.token: "HK$100.00", "/orders/" + n.token + "/status": `"status":`,
	} {
		start := time.Now()
		if got := b.get(path); got.Status != http.StatusOK || !strings.Contains(got.Body, want) {
			t.Errorf("%s: %s: %d, want 200 with %s\n%.500s", while, strings.Replace(path, n.token, "{token}", 1), got.Status, want, got.Body)
		}
		if took := time.Since(start); took > 4*time.Second {
			t.Errorf("%s: %s took %v: it waited for the writer", while, path, took)
		}
	}
}

// refusesMoney finds that money can't be taken, and that this is said politely: no 200, no 500, and not a word about why.
func refusesMoney(t *testing.T, p *shop, load *paidLoad, notices []notice, while string) {
	t.Helper()
	order := make(chan answer)
	go func() { order <- load.order(p, load.newForm("refused")) }()
	for i, a := range sendAll(p, notices) {
		if a.err != nil || a.status != http.StatusServiceUnavailable {
			t.Errorf("%s: notification %d: %d %q %v, want 503", while, i, a.status, a.body, a.err)
		}
		if a.took > 15*time.Second {
			t.Errorf("%s: notification %d was answered after %v", while, i, a.took)
		}
		discreet(t, a.body)
	}
	if a := <-order; a.err != nil || a.status != http.StatusServiceUnavailable {
		t.Errorf("%s: POST /checkout: %d %v, want 503\n%.500s", while, a.status, a.err, a.body)
	} else {
		discreet(t, a.body)
	}
}

// discreet finds nothing of the storage in an answer.
func discreet(t *testing.T, body string) {
	t.Helper()
	for _, word := range []string{"sqlite", "SQLITE", "database", "disk", "checkout.db", "goroutine", ".go:"} {
		if strings.Contains(body, word) {
			t.Errorf("the answer tells of %q:\n%.500s", word, body)
		}
	}
}

// TestLockedLong is I1 while somebody else keeps the database locked for longer than busy_timeout: whoever wants to write is told
// 503 in time, whoever reads notices nothing, and what was refused is recorded once when it comes again. Seen to fail when
// models/open.go waits 20 s instead of 5 (busy_timeout), when its readers share the writer's connection (s.read = s.writes), and
// when handlers/notify.go answers before Shop.Notify returns.
func TestLockedLong(t *testing.T) {
	t.Parallel()
	p := start(t)
	load := newPaidLoad(t, p)
	notices := load.notices(t, p, 8)
	if a := notices[0].send(p); !a.acknowledged() {
		t.Fatalf("before the lock: %d %s %v", a.status, a.body, a.err)
	}
	unlock := lockDatabase(t, p, "BEGIN EXCLUSIVE")
	refused := make(chan struct{})
	go func() {
		defer close(refused)
		ready := make(chan answer)
		go func() { ready <- ask(p, "/readyz") }()
		refusesMoney(t, p, load, notices[1:], "while locked")
		if a := <-ready; a.err != nil || a.status != http.StatusServiceUnavailable {
			t.Errorf("/readyz while locked: %d %v, want 503", a.status, a.err)
		} else {
			discreet(t, regexp.MustCompile(`(?m)^\w+: (ok|failing)$`).ReplaceAllString(a.body, "")) // who asks from this machine is told the parts
		}
	}()
	for waiting := true; waiting; {
		reads(t, p, notices[1], "while locked")
		select {
		case <-refused:
			waiting = false
		case <-time.After(200 * time.Millisecond):
		}
	}
	unlock()
	for i, a := range sendAll(p, notices) {
		if !a.acknowledged() {
			t.Errorf("notification %d after the lock: %d %s %v", i, a.status, a.body, a.err)
		}
	}
	eventually(t, "ready after the lock", func() bool { return ask(p, "/readyz").status == http.StatusOK })
	recordedOnce(t, p, notices)
}

// TestLockedShortly holds the lock for less than busy_timeout: what came meanwhile waits, is acknowledged only then, and is there
// after the program was killed at once. Seen to fail without busy_timeout in models/open.go (refused instead of waiting), and
// when handlers/notify.go answers before Shop.Notify returns.
func TestLockedShortly(t *testing.T) {
	t.Parallel()
	p := start(t)
	load := newPaidLoad(t, p)
	notices := load.notices(t, p, 8)
	unlock := lockDatabase(t, p, "BEGIN IMMEDIATE")
	answered := make(chan answer, len(notices))
	for _, n := range notices {
		go func() { answered <- n.send(p) }()
	}
	select {
	case a := <-answered:
		t.Fatalf("answered while nothing could be written: %d %s %v", a.status, a.body, a.err)
	case <-time.After(1500 * time.Millisecond):
	}
	unlock()
	for range notices {
		if a := <-answered; !a.acknowledged() {
			t.Errorf("after a short lock: %d %s %v", a.status, a.body, a.err)
		}
	}
	p.Stop(t, syscall.SIGKILL)
	p = &shop{program.StartIn(t, p.Folder)}
	recordedOnce(t, p, notices)
}
