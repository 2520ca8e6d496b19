package e2e

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/lianlian"
)

// notice is a genuine notification, ready to be sent, that an order of its own is paid.
type notice struct {
	id, token       string // merchant_transaction_id, the order's token
	signature, body string
}

// newForm is the filled-in checkout form with an intention of its own.
func (l *paidLoad) newForm(intent string) url.Values {
	mine := url.Values{}
	for k, v := range l.form {
		mine[k] = v
	}
	mine.Set("intent", intent+strings.Repeat("k", 30-len(intent)))
	return mine
}

// notices places as many orders and signs a notification for each, without sending it. No two have the same payment_time.
func (l *paidLoad) notices(t *testing.T, p *shop, count int) []notice {
	t.Helper()
	list := make([]notice, count)
	b, now := newBrowser(t, p, desktop), time.Now()
	for i := range list {
		placed := b.post("/checkout", l.newForm(strconv.FormatUint(rand.Uint64(), 10)))
		if placed.Status != http.StatusSeeOther {
			t.Fatalf("order %d: %d\n%.500s", i, placed.Status, placed.Body)
		}
		token := placed.Location[strings.LastIndex(placed.Location, "/")+1:]
		n, ok := l.payment(t, p, token)
		if !ok {
			t.Fatalf("order %d doesn't wait at the gateway", i)
		}
		n.PaymentTime = now.Add(-time.Duration(i) * time.Millisecond)
		signature, body, err := lianlian.SignNotification(l.signer, n)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = notice{id: n.MerchantTransactionID, token: token, signature: signature, body: string(body)}
	}
	return list
}

// answer is how a notification was answered.
type answer struct {
	status int
	header http.Header
	body   string
	took   time.Duration
	err    error // nobody answered
}

// acknowledged tells whether the gateway would stop repeating it.
func (a answer) acknowledged() bool {
	return a.err == nil && a.status == http.StatusOK && a.body == string(lianlian.NotificationAck())
}

// send sends the notification on a connection of its own.
func (n notice) send(p *shop) answer {
	req, err := http.NewRequest(http.MethodPost, p.URL+"/lianlian/notify", strings.NewReader(n.body))
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("signature", n.signature)
	return fetch(req)
}

// ask reads an address as a browser does, with alternating names and values of headers.
func ask(p *shop, path string, header ...string) answer {
	req, err := http.NewRequest(http.MethodGet, p.URL+path, nil)
	if err != nil {
		return answer{err: err}
	}
	return fetch(req, header...)
}

// order sends the checkout form.
func (l *paidLoad) order(p *shop, form url.Values, header ...string) answer {
	req, err := http.NewRequest(http.MethodPost, p.URL+"/checkout", strings.NewReader(form.Encode()))
	if err != nil {
		return answer{err: err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", desktop)
	return fetch(req, header...)
}

// fetch does one request on a connection of its own, within a minute.
func fetch(req *http.Request, header ...string) answer {
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "text/html")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := http.Client{
		Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	start := time.Now()
	res, err := client.Do(req)
	if err != nil {
		return answer{err: err, took: time.Since(start)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return answer{status: res.StatusCode, header: res.Header, body: string(body), took: time.Since(start), err: err}
}

// sendAll sends all at once.
func sendAll(p *shop, notices []notice) []answer {
	answers := make([]answer, len(notices))
	done := make(chan int)
	for i, n := range notices {
		go func() { answers[i] = n.send(p); done <- i }()
	}
	for range notices {
		<-done
	}
	return answers
}

// recordedOnce checks from outside that each is paid, told once, applied once, and that the database is whole.
func recordedOnce(t *testing.T, p *shop, notices []notice) {
	t.Helper()
	l := &paidLoad{acks: map[string]bool{}}
	for _, n := range notices {
		l.acks[n.id] = true
	}
	l.check(t, p)
}

// The most that health and a genuine notification may take under abuse, and, since a busy machine may stop anybody for a
// while, one in twenty.
const (
	promptly = time.Second
	atMost   = 5 * time.Second
)

// measure asks for the health page and sends the notifications, in turn, one of each every 60 ms, while something else goes on.
// All must be answered as ever, nineteen in twenty promptly.
func measure(t *testing.T, p *shop, during string, notices []notice) {
	t.Helper()
	var health, money []time.Duration
	pace := time.NewTicker(60 * time.Millisecond)
	defer pace.Stop()
	for _, n := range notices {
		a := ask(p, "/healthz")
		if a.err != nil || a.status != http.StatusOK {
			t.Errorf("during %s: health: %d %v after %v", during, a.status, a.err, a.took)
		}
		health = append(health, a.took)
		if a = n.send(p); !a.acknowledged() {
			t.Errorf("during %s: genuine notification: %d %q %v after %v", during, a.status, a.body, a.err, a.took)
		}
		money = append(money, a.took)
		if t.Failed() && len(health) > 3 {
			break // and more
		}
		<-pace.C
	}
	for what, took := range map[string][]time.Duration{"health": health, "genuine notification": money} {
		slices.Sort(took)
		median, most := took[len(took)/2], took[len(took)-1]
		usual := took[min(len(took)*19/20, len(took)-1)]
		t.Logf("during %s: %s: %d times, median %v, 95 %% within %v, slowest %v", during, what, len(took),
			median.Round(time.Millisecond/10), usual.Round(time.Millisecond/10), most.Round(time.Millisecond/10))
		if usual > promptly || most > atMost {
			t.Errorf("during %s: %s took %v, slowest %v; want 19 of 20 within %v and all within %v", during, what, usual, most, promptly, atMost)
		}
	}
}
