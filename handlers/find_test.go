package handlers_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/handlers"
	"lianlian-checkout/models"
)

const buyer = "ming@example.com"

// bought is a shop with one order of the buyer's.
func bought() *fakeShop {
	shop := newShop()
	o := pendingOrder()
	o.Customer.Email = buyer
	shop.put(o)
	return shop
}

func TestFindWithoutMail(t *testing.T) {
	t.Parallel()
	h := newHandler(t, bought())
	wantStatus(t, get(h, "/find"), 200)
	for _, number := range []string{"7K3M-Q2XD", "7k3m-q2xd", " 7K3MQ2XD ", "7k3m q2xd", "＃７Ｋ３Ｍ－Ｑ２ＸＤ", "7K3M–Q2XD"} {
		wantRedirect(t, post(h, "/find", values("number", number, "email", " Ming@Example.com ")), "/orders/"+token)
	}
	cases := []struct{ name, number, email, wantError string }{
		{"nothing", "", "", "number"},
		{"no number", "", buyer, "number"},
		{"no address", "7K3M-Q2XD", "", "email"},
		{"short number", "7K3M", buyer, "number"},
		{"long number", strings.Repeat("7", 500), buyer, "number"},
		{"number of another kind", "7K3M-Q2X<", buyer, "number"},
		{"broken number", "7K3M-Q2X\xff", buyer, "number"},
		{"no such address", "7K3M-Q2XD", "ming", "email"},
		{"broken address", "7K3M-Q2XD", "ming\x00@example.com", "email"},
	}
	for _, c := range cases {
		w := post(h, "/find", values("number", c.number, "email", c.email))
		wantStatus(t, w, 422)
		if document(t, w).Find("[data-testid=error-"+c.wantError+"]").Length() != 1 {
			t.Errorf("%s: no error at %s", c.name, c.wantError)
		}
	}
	shop := bought()
	shop.orderErr = models.ErrUnavailable
	wantStatus(t, post(newHandler(t, shop), "/find", values("number", "7K3M-Q2XD", "email", buyer)), 503)
}

// A wrong number and a wrong address get the same answer to the byte, but for what was typed.
func TestFindTellsGuessersNothing(t *testing.T) {
	t.Parallel()
	h := newHandler(t, bought())
	answer := func(number, email string) string {
		w := post(h, "/find", values("number", number, "email", email))
		wantStatus(t, w, 422)
		var headers []string
		for name, v := range w.Header() {
			if name != "X-Request-Id" {
				headers = append(headers, name+": "+strings.Join(v, ", "))
			}
		}
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("Cache-Control = %q", w.Header().Get("Cache-Control"))
		}
		return strings.NewReplacer(`value="`+number, "NUMBER", `value="`+email, "ADDRESS").Replace(w.Body.String()) + fmt.Sprint(len(headers))
	}
	noSuchOrder, wrongAddress := answer("2222-2222", buyer), answer("7K3M-Q2XD", "else@example.com")
	if noSuchOrder != wrongAddress {
		t.Errorf("the answers differ: %s", cmp.Diff(noSuchOrder, wrongAddress))
	}
	if strings.Contains(noSuchOrder, token) {
		t.Error("the answer holds the order's token")
	}
}

// Where e-mails are sent nobody learns anything from the page: the right pair, too, gets the same.
func TestFindWithMail(t *testing.T) {
	t.Parallel()
	shop := bought()
	h := newHandler(t, shop, func(o *handlers.Options) { o.Mails = true })
	for _, pair := range [][2]string{{"7K3M-Q2XD", buyer}, {"7k3mq2xd", "MING@example.com"}, {"2222-2222", buyer}, {"7K3M-Q2XD", "else@example.com"}} {
		w := post(h, "/find", values("number", pair[0], "email", pair[1]))
		wantRedirect(t, w, "/find?sent=1")
		if w.Body.Len() != 0 {
			t.Errorf("body = %q", w.Body)
		}
	}
	want := []string{"7K3M-Q2XD " + buyer, "7K3M-Q2XD MING@example.com", "2222-2222 " + buyer, "7K3M-Q2XD else@example.com"}
	if diff := cmp.Diff(want, shop.mailed); diff != "" {
		t.Error(diff)
	}
	if document(t, get(h, "/find?sent=1")).Find("[data-testid=find-sent]").Length() != 1 {
		t.Error("the page doesn't say that a link was sent")
	}
	if document(t, get(newHandler(t, bought()), "/find?sent=1")).Find("[data-testid=find-sent]").Length() != 0 {
		t.Error("without e-mails the page says that one was sent")
	}
}

func TestFindIsLimited(t *testing.T) {
	t.Parallel()
	clock := noon
	tries := func(h *handlers.Handler, n int, pair func(i int) (number, email string)) (passed int) {
		for i := range n {
			number, email := pair(i)
			if w := post(h, "/find", values("number", number, "email", email)); w.Code != 429 {
				passed++
			} else if !regexp.MustCompile(`^[1-9]\d*$`).MatchString(w.Header().Get("Retry-After")) {
				t.Errorf("Retry-After = %q", w.Header().Get("Retry-After"))
			}
		}
		return passed
	}
	number := func(i int) string { return fmt.Sprintf("2222-%04d", i) }
	newLimited := func(perAddress int) *handlers.Handler {
		return newHandler(t, bought(), func(o *handlers.Options) {
			o.Limits.Find = perAddress
			o.Now = func() time.Time { return clock }
		})
	}
	if got := tries(newLimited(0), 40, func(i int) (string, string) { return number(i), fmt.Sprintf("a%d@example.com", i) }); got != 10 {
		t.Errorf("%d tries of one visitor within a minute, want 10", got)
	}
	h := newLimited(-1)
	if got := tries(h, 40, func(i int) (string, string) { return "7K3M-Q2XD", fmt.Sprintf("b%d@example.com", i) }); got != 10 {
		t.Errorf("%d addresses tried for one number, want 10", got)
	}
	if got := tries(h, 1, func(int) (string, string) { return "7k3m q2xd", "else@example.com" }); got != 0 {
		t.Error("the same number written otherwise is counted anew")
	}
	if got := tries(h, 40, func(i int) (string, string) { return number(i), buyer }); got != 10 {
		t.Errorf("%d numbers tried for one address, want 10", got)
	}
	if got := tries(h, 1, func(int) (string, string) { return "2222-9999", strings.ToUpper(buyer) }); got != 0 {
		t.Error("the same address written otherwise is counted anew")
	}
	clock = clock.Add(time.Hour)
	if got := tries(h, 1, func(int) (string, string) { return "7K3M-Q2XD", buyer }); got != 1 {
		t.Error("an hour later the buyer is still kept out")
	}
}

// What was typed must not come into the log.
func TestFindLogsNothing(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := newHandler(t, bought(), func(o *handlers.Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	post(h, "/find", values("number", "7K3M-Q2XD", "email", buyer))
	post(h, "/find", values("number", "2222-2222", "email", buyer))
	if got := log.String(); got == "" || strings.Contains(got, buyer) || strings.Contains(got, "7K3M") || strings.Contains(got, "2222") || strings.Contains(got, token) {
		t.Errorf("log = %q", got)
	}
}
