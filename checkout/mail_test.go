package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/internal/mailer"
	"lianlian-checkout/internal/mailer/mailtest"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// mailbox is a mailer in memory; answer, if set, says what becomes of an e-mail.
type mailbox struct {
	mu     sync.Mutex
	emails []models.Email // every try
	answer func(try int, l models.Email) error
}

func (m *mailbox) Send(_ context.Context, l models.Email) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.emails = append(m.emails, l)
	if m.answer == nil {
		return nil
	}
	return m.answer(len(m.emails), l)
}

func (m *mailbox) got() []models.Email {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]models.Email(nil), m.emails...)
}

// withMail is a checkout that sends its e-mails by m.
func withMail(t *testing.T, m *mailbox) *harness {
	t.Helper()
	return New(t, func(s *setup) { s.Checkout.Mailer = m })
}

// paid is an order that the gateway's notification paid.
func (h *harness) paid() models.Order {
	h.t.Helper()
	o := h.order()
	h.pay(o)
	return h.becomes(o, models.OrderPaid)
}

// TestOneReceipt goes the whole way, to a real mail server: fifteen notifications of one payment, one e-mail.
func TestOneReceipt(t *testing.T) {
	t.Parallel()
	server := (&mailtest.Server{Auth: true}).Start(t)
	emails, err := mailer.New(mailer.Options{
		Host: "127.0.0.1", Port: server.Port(), Username: mailtest.Username, Password: mailtest.Password, From: "shop@tea.example", FromName: "Tea House", Trust: server.Trust(),
	})
	if err != nil {
		t.Fatal(err)
	}
	h := New(t, func(s *setup) {
		s.Checkout.Mailer, s.Checkout.ReconcileInterval = emails, time.Millisecond
	})
	h.sim.SetScenario(simulator.Scenario{DuplicateNotifications: 14})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); h.Run(ctx) }()
	second := h.another()
	go second.Run(ctx)
	o := h.paid()
	h.until("fifteen notifications", func() bool { return h.times(o, models.SourceNotification) == 15 })
	h.until("the e-mail", func() bool { return len(server.Emails()) > 0 })
	h.until("the e-mail is noted", func() bool { return h.rows("SELECT COUNT(*) FROM mails WHERE next_at = 0 AND sent_at > 0") == 1 })
	stop()
	<-done
	got := server.Emails()
	if len(got) != 1 || strings.Join(got[0].To, " ") != "chan@example.com" || h.rows("SELECT COUNT(*) FROM mails") != 1 {
		t.Fatalf("%d e-mails: %+v", len(got), got)
	}
	for _, want := range []string{"Receipt for order " + o.Number, h.url + "/orders/" + o.Token, "HK$168.00"} {
		if !strings.Contains(strings.ReplaceAll(got[0].Raw, "=\r\n", ""), want) {
			t.Errorf("the e-mail doesn't say %q:\n%s", want, got[0].Raw)
		}
	}
}

// times is how often a source's word stands in the order's history.
func (h *harness) times(o models.Order, source models.Source) (n int) {
	events, err := h.History(h.t.Context(), o.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range events {
		if e.Source == source {
			n += e.Times
		}
	}
	return n
}

func (h *harness) rows(query string) (n int) {
	h.t.Helper()
	if err := h.db.QueryRow(query).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// TestServerDownThenUp: an e-mail waits for its server, tried less and less often; nothing is lost and nothing is sent twice.
func TestServerDownThenUp(t *testing.T) {
	t.Parallel()
	down := true
	m := &mailbox{answer: func(int, models.Email) error {
		if down {
			return errors.New("dial tcp: connection refused while sending to chan@example.com")
		}
		return nil
	}}
	h := withMail(t, m)
	first, second := h.paid(), h.paid()
	for range 12 * 60 {
		h.SendDue(t.Context())
		h.clock.Add(time.Minute)
	}
	if n := len(m.got()); n < 10 || n > 60 {
		t.Errorf("%d tries of two e-mails in twelve hours", n)
	}
	down = false
	before := len(m.got())
	for range 61 {
		h.SendDue(t.Context())
		h.clock.Add(time.Minute)
	}
	sent := m.got()[before:]
	if len(sent) != 2 || !strings.Contains(sent[0].Subject+sent[1].Subject, first.Number) || !strings.Contains(sent[0].Subject+sent[1].Subject, second.Number) {
		t.Errorf("after the server came back: %d e-mails", len(sent))
	}
	for _, l := range m.got() {
		if l.Subject == sent[0].Subject && l.ID != sent[0].ID {
			t.Errorf("the same e-mail has two names: %s and %s", l.ID, sent[0].ID)
		}
	}
	if !strings.Contains(h.log.String(), "connection refused while sending to [address]") {
		t.Error("the log doesn't say what was wrong")
	}
}

// TestGivenUp: an address that is refused is tried once, a server that stays away for a day.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer error
		most   int
		log    string
	}{
		"refused": {fmt.Errorf("%w: code 550 <chan@example.com>", models.ErrRefused), 1, "e-mail given up"},
		"away":    {errors.New("no answer"), 40, "e-mail given up after a day"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &mailbox{answer: func(int, models.Email) error { return c.answer }}
			h := withMail(t, m)
			h.paid()
			for range 26 * 6 {
				h.SendDue(t.Context())
				h.clock.Add(10 * time.Minute)
			}
			n := len(m.got())
			if n < 1 || n > c.most {
				t.Errorf("%d tries, want 1 to %d", n, c.most)
			}
			h.clock.Add(48 * time.Hour)
			h.SendDue(t.Context())
			if len(m.got()) != n || h.rows("SELECT COUNT(*) FROM mails WHERE next_at = 0 AND failed_at > 0 AND sent_at = 0") != 1 {
				t.Error("it isn't given up")
			}
			if !strings.Contains(h.log.String(), `"`+c.log+`"`) {
				t.Errorf("the log doesn't say %q", c.log)
			}
		})
	}
}

// TestRefusedFirst: one buyer's bad address keeps nobody else waiting.
func TestRefusedFirst(t *testing.T) {
	t.Parallel()
	m := &mailbox{answer: func(try int, _ models.Email) error {
		if try == 1 {
			return models.ErrRefused
		}
		return nil
	}}
	h := withMail(t, m)
	h.paid()
	h.paid()
	h.SendDue(t.Context())
	if n := len(m.got()); n != 2 {
		t.Errorf("%d e-mails in one round, want both", n)
	}
}

// TestSenderDies: a process that ends between the server's yes and its note sends the e-mail again, under the same name.
func TestSenderDies(t *testing.T) {
	t.Parallel()
	m := &mailbox{}
	h := withMail(t, m)
	m.answer = func(try int, _ models.Email) error {
		if try == 1 { // as if the process ended here: nothing is noted
			return errors.New("gone")
		}
		return nil
	}
	h.paid()
	h.SendDue(t.Context())
	h.clock.Add(2 * time.Minute)
	second := h.another()
	second.SendDue(t.Context())
	got := m.got()
	if len(got) != 2 || got[0].ID != got[1].ID || got[0].ID == "" {
		t.Errorf("e-mails = %v", got)
	}
}

// TestMoneyDoesNotWait: a mailer that hangs holds up neither notifications nor the end of the program.
func TestMoneyDoesNotWait(t *testing.T) {
	t.Parallel()
	called := make(chan struct{}, 8)
	h := New(t, func(s *setup) {
		s.Checkout.Mailer = hanging(called)
		s.Checkout.ReconcileInterval = time.Millisecond
	})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); h.Run(ctx) }()
	h.paid()
	<-called
	for range 3 {
		h.paid()
	}
	lost := h.order()
	h.pay(lost)
	h.becomes(lost, models.OrderPaid)
	stop()
	<-done
}

type hanging chan struct{}

func (c hanging) Send(ctx context.Context, _ models.Email) error {
	c <- struct{}{}
	<-ctx.Done()
	return ctx.Err()
}

// TestLinkIsMailed: whoever knows number and address gets the link by e-mail; whoever doesn't, nothing.
func TestLinkIsMailed(t *testing.T) {
	t.Parallel()
	m := &mailbox{}
	h := New(t, func(s *setup) { s.Checkout.Mailer, s.Checkout.ReconcileInterval = m, time.Millisecond })
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); h.Run(ctx) }()
	o := h.order() // which nobody has paid
	for _, wrong := range [][2]string{{"2222-2222", "chan@example.com"}, {o.Number, "evil@example.org"}, {o.Number, ""}, {"", ""}, {o.Number + "\x00", "chan@example.com\xff"}} {
		h.MailLink(wrong[0], wrong[1])
	}
	h.MailLink(o.Number, "chan@example.com")
	h.until("the e-mail", func() bool { return len(m.got()) > 0 })
	stop()
	<-done
	got := m.got()
	if len(got) != 1 || got[0].To != "chan@example.com" || !strings.Contains(got[0].Text, h.url+"/orders/"+o.Token) || strings.Contains(got[0].Subject, "Receipt") {
		t.Errorf("e-mails = %d", len(got))
	}
	for range 200 { // nobody takes them any more
		h.MailLink(o.Number, "chan@example.com")
	}
}

func TestFindOrder(t *testing.T) {
	t.Parallel()
	h := New(t)
	o := h.order()
	if got, err := h.FindOrder(t.Context(), o.Number, "Chan@Example.com"); err != nil || got != o.Token {
		t.Errorf("FindOrder = %q, %v", got, err)
	}
	if got, err := h.FindOrder(t.Context(), o.Number, "evil@example.org"); !errors.Is(err, models.ErrNotFound) || got != "" {
		t.Errorf("FindOrder = %q, %v", got, err)
	}
	h.pay(o)
	h.becomes(o, models.OrderPaid)
	if n := h.rows("SELECT COUNT(*) FROM mails"); n != 0 {
		t.Errorf("without a mailer %d e-mails are due", n)
	}
}

// TestEmailToNobody: a stranger's words don't become addresses or headers, and an order without an address gets no e-mail.
func TestEmailToNobody(t *testing.T) {
	t.Parallel()
	server := (&mailtest.Server{}).Start(t)
	emails, err := mailer.New(mailer.Options{Host: "127.0.0.1", Port: server.Port(), From: "shop@tea.example", Trust: server.Trust()})
	if err != nil {
		t.Fatal(err)
	}
	h := New(t, func(s *setup) { s.Checkout.Mailer = emails })
	pay := func(email, name string) {
		o := h.paid()
		if _, err := h.db.Exec("UPDATE orders SET customer = ? WHERE id = ?", `{"email":`+quote(email)+`,"full_name":`+quote(name)+`}`, o.ID); err != nil {
			t.Fatal(err)
		}
	}
	pay("a@example.com\r\nRCPT TO:<evil@example.org>", "x")
	pay("a@example.com, evil@example.org", "x")
	pay("", "x")
	pay("ming@example.net", "Ming\r\nBcc: evil@example.org\r\n\r\n")
	h.SendDue(t.Context())
	got := server.Emails()
	if len(got) != 1 || strings.Join(got[0].To, " ") != "ming@example.net" || got[0].Header.Get("Bcc") != "" {
		t.Errorf("e-mails = %+v", got)
	}
	if n := h.rows("SELECT COUNT(*) FROM mails WHERE failed_at > 0"); n != 3 {
		t.Errorf("%d e-mails were given up, want 3", n)
	}
	if strings.Contains(h.log.String(), "evil") || strings.Contains(h.log.String(), "ming@") {
		t.Error("the log holds an address")
	}
}

func quote(s string) string {
	return `"` + strings.NewReplacer("\r", `\r`, "\n", `\n`, `"`, `\"`).Replace(s) + `"`
}
