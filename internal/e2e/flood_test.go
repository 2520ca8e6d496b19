package e2e

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

// flood sends what next makes over and over from as many connections, each as fast as it is answered, until stop is called, which
// tells how often each status came.
func flood(connections int, next func(i int) *http.Request) (stop func() map[int]int) {
	var (
		wg      sync.WaitGroup
		mu      sync.Mutex
		answers = map[int]int{}
		end     = make(chan struct{})
	)
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for i := range connections {
		wg.Go(func() {
			for n := i; ; n += connections {
				select {
				case <-end:
					return
				default:
				}
				status := 0
				if res, err := client.Do(next(n)); err == nil {
					_, _ = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
					status = res.StatusCode
				}
				mu.Lock()
				answers[status]++
				mu.Unlock()
			}
		})
	}
	return func() map[int]int {
		close(end)
		wg.Wait()
		client.CloseIdleConnections()
		return answers
	}
}

// request is for tests' own words, which are never malformed.
func request(method, address, body string, header ...string) *http.Request {
	req, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

// TestForgedFlood is I13 at the address that can't be limited: 24 connections send forged notifications at full speed, with the
// wrong signature, signed by another key, and nested to 64 KiB. Genuine ones from the same address are recorded all the while, and
// the forged ones change nothing. Seen to fail when handlers/notify.go answers 429 to whom its limiter knows, and when
// checkout/settle.go checks one signature at a time and takes 50 ms for it.
func TestForgedFlood(t *testing.T) {
	if testing.Short() {
		t.Skip("floods the program: skipped with -short")
	}
	p := start(t)
	load := newPaidLoad(t, p)
	notices := load.notices(t, p, 52)
	keys, err := simulator.LoadKeys(p.Folder + "/data")
	if err != nil {
		t.Fatal(err)
	}
	victim := notices[len(notices)-1]
	another, err := lianlian.NewSigner(keys.Merchant).Sign([]byte(victim.body))
	if err != nil {
		t.Fatal(err)
	}
	nested := `{"a":` + strings.Repeat("[", 32<<10-8) + strings.Repeat("]", 32<<10-8) + "}"
	forged := [][2]string{{victim.body, notices[0].signature}, {victim.body, another}, {nested, victim.signature}}
	stop := flood(24, func(i int) *http.Request {
		f := forged[i%len(forged)]
		return request(http.MethodPost, p.URL+"/lianlian/notify", f[0], "signature", f[1], "Content-Type", "application/json")
	})
	begun := time.Now()
	measure(t, p, "a flood of forged notifications", notices[:len(notices)-1])
	answers := stop()
	t.Logf("%v forged in %v", answers, time.Since(begun).Round(time.Millisecond))
	for status, times := range answers {
		if status != http.StatusUnauthorized && status != http.StatusBadRequest {
			t.Errorf("%d forged notifications were answered with %d", times, status)
		}
	}
	if got := p.query(t, `SELECT status FROM payments WHERE merchant_transaction_id = ?`, victim.id); got != "WP" {
		t.Errorf("the forged payment is %s", got)
	}
	recordedOnce(t, p, notices[:len(notices)-1])
}

// mostFloodMemory is how much more the program may hold, in bytes, in a flood: two passwords are hashed at once, of 64 MiB each,
// and several more wait for the garbage collector (576 MiB were seen on a busy machine, 4 GiB without the bound).
const mostFloodMemory = 1 << 30

// TestFloods is I13 on the pages: 32 connections read, place orders, or sign in, without a limit that would stop them, as fast as
// they are answered. Genuine notifications are recorded all the while, and memory stays bounded. Seen to fail when
// handlers/admin_login.go hashes as many passwords at once as come (maxHashes).
func TestFloods(t *testing.T) {
	if testing.Short() {
		t.Skip("floods the program: skipped with -short")
	}
	hash, err := argon2id.CreateHash("a long password that nobody guesses", argon2id.DefaultParams) // what an operator would configure: 64 MiB
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, "CHECKOUT_SERVER_TRUSTED_PROXIES=127.0.0.1", "CHECKOUT_ADMIN_USERNAME=admin", "CHECKOUT_ADMIN_PASSWORD_HASH="+hash)
	load := newPaidLoad(t, p)
	notices := load.notices(t, p, 3*40)
	begun := time.Now()
	for i, tt := range []struct {
		name string
		next func(n int) *http.Request
		want int
	}{
		{"a flood of GET /", func(int) *http.Request { return request(http.MethodGet, p.URL+"/", "", "Accept", "text/html") }, http.StatusOK},
		{"a flood of POST /checkout", func(n int) *http.Request {
			return request(http.MethodPost, p.URL+"/checkout", load.newForm(fmt.Sprintf("f%dx%d", n, begun.UnixNano())).Encode(),
				"Content-Type", "application/x-www-form-urlencoded", "User-Agent", desktop)
		}, http.StatusSeeOther},
		{"a flood of sign-ins from everywhere", func(int) *http.Request {
			return request(http.MethodPost, p.URL+"/admin/login", url.Values{"username": {"admin"}, "password": {"guess"}}.Encode(),
				"Content-Type", "application/x-www-form-urlencoded", "X-Forwarded-For", fmt.Sprintf("192.0.%d.%d", rand.IntN(256), rand.IntN(256)))
		}, http.StatusUnauthorized},
	} {
		p.PeakMemory(t)
		before := p.PeakMemory(t)
		stop := flood(32, tt.next)
		begun := time.Now()
		measure(t, p, tt.name, notices[i*40:(i+1)*40])
		answers := stop()
		grown := p.PeakMemory(t) - before
		t.Logf("%s: %v in %v, %d MiB more", tt.name, answers, time.Since(begun).Round(time.Millisecond), grown>>20)
		if grown > mostFloodMemory {
			t.Errorf("%s: the program took %d MiB more, want at most %d", tt.name, grown>>20, mostFloodMemory>>20)
		}
		if answers[tt.want] == 0 || answers[0] > 0 || answers[http.StatusInternalServerError] > 0 {
			t.Errorf("%s: answers %v, want %d", tt.name, answers, tt.want)
		}
	}
	recordedOnce(t, p, notices)
}
