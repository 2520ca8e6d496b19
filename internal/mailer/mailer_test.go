package mailer_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/internal/mailer"
	"lianlian-checkout/internal/mailer/mailtest"
	"lianlian-checkout/models"
)

const buyer = "ming@example.com"

var email = models.Email{ID: "receipt-7K3M-Q2XD-1", To: buyer, Subject: "訂單 7K3M-Q2XD 的收據", Text: "Thank you ☕\n", HTML: "<p>Thank you ☕</p>"}

// options are those for the server.
func options(s *mailtest.Server) mailer.Options {
	return mailer.Options{
		Host: "127.0.0.1", Port: s.Port(), TLS: mailer.StartTLS, From: "shop@tea.example", FromName: "Tea & Clay", ReplyTo: "help@tea.example", Trust: s.Trust(),
	}
}

func newMailer(t *testing.T, o mailer.Options) *mailer.Mailer {
	t.Helper()
	m, err := mailer.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSendInEveryWay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, tls string
		auth      bool
	}{{"starttls", mailer.StartTLS, false}, {"starttls, signed in", mailer.StartTLS, true}, {"tls, signed in", mailer.TLS, true}, {"in clear, signed in", mailer.None, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := (&mailtest.Server{TLS: c.tls == mailer.TLS, Auth: c.auth}).Start(t)
			o := options(s)
			o.TLS = c.tls
			if c.auth {
				o.Username, o.Password = mailtest.Username, mailtest.Password
			}
			if err := newMailer(t, o).Send(t.Context(), email); err != nil {
				t.Fatal(err)
			}
			got := s.Emails()
			if len(got) != 1 || got[0].From != "shop@tea.example" || strings.Join(got[0].To, " ") != buyer {
				t.Fatalf("e-mails = %+v", got)
			}
			for name, want := range map[string]string{
				"From": `"Tea & Clay" <shop@tea.example>`, "To": "<" + buyer + ">", "Reply-To": "<help@tea.example>", "Message-Id": "<receipt-7K3M-Q2XD-1@tea.example>", "Auto-Submitted": "auto-generated",
			} {
				if have := got[0].Header.Get(name); have != want {
					t.Errorf("%s = %q, want %q", name, have, want)
				}
			}
			for _, want := range []string{"multipart/alternative", "text/plain", "text/html"} {
				if !strings.Contains(got[0].Raw, want) {
					t.Errorf("no %s in the e-mail", want)
				}
			}
		})
	}
}

func TestWhatTheServerSays(t *testing.T) {
	t.Parallel()
	words := "no such user <" + buyer + ">"
	for _, c := range []struct {
		name      string
		server    *mailtest.Server
		change    func(*mailer.Options)
		wantFinal bool
	}{
		{"recipient unknown", &mailtest.Server{OnRecipient: func(string) error { return mailtest.Refuse(550, words) }}, nil, true},
		{"e-mail refused", &mailtest.Server{OnEmail: func(string) error { return mailtest.Refuse(554, words) }}, nil, true},
		{"recipient later", &mailtest.Server{OnRecipient: func(string) error { return mailtest.Refuse(450, words) }}, nil, false},
		{"e-mail later", &mailtest.Server{OnEmail: func(string) error { return mailtest.Refuse(451, words) }}, nil, false},
		{"sender not allowed", &mailtest.Server{OnSender: func(string) error { return mailtest.Refuse(553, words) }}, nil, false},
		{"not signed in", &mailtest.Server{Auth: true}, nil, false},
		{"wrong password", &mailtest.Server{Auth: true}, func(o *mailer.Options) { o.Username, o.Password = mailtest.Username, "wrong" }, false},
		{"certificate of nobody", &mailtest.Server{}, func(o *mailer.Options) { o.Trust = nil }, false},
		{"TLS asked of a server in clear", &mailtest.Server{}, func(o *mailer.Options) { o.TLS, o.Timeout = mailer.TLS, time.Second }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.server.Start(t)
			o := options(s)
			if c.change != nil {
				c.change(&o)
			}
			err := newMailer(t, o).Send(t.Context(), email)
			if err == nil || errors.Is(err, models.ErrRefused) != c.wantFinal {
				t.Errorf("err = %v, want final %v", err, c.wantFinal)
			}
			if err != nil && (strings.Contains(err.Error(), "ming") || strings.Contains(err.Error(), "such user") || strings.Contains(err.Error(), mailtest.Password)) {
				t.Errorf("the error says too much: %v", err)
			}
			if got := s.Emails(); len(got) != 0 {
				t.Errorf("the server took %d e-mails", len(got))
			}
		})
	}
}

// A server that takes the connection and says nothing holds nobody for longer than the limit, or than the caller wants.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	o := mailer.Options{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "shop@tea.example", Timeout: time.Second}
	if err := newMailer(t, o).Send(t.Context(), email); err == nil || errors.Is(err, models.ErrRefused) {
		t.Errorf("err = %v", err)
	}
	o.Timeout = time.Hour
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newMailer(t, o).Send(ctx, email); err == nil || errors.Is(err, models.ErrRefused) {
		t.Errorf("err = %v", err)
	}
}

// Nothing that a stranger can write becomes a header or another recipient.
func TestHeadersAreOurs(t *testing.T) {
	t.Parallel()
	s := (&mailtest.Server{}).Start(t)
	o := options(s)
	o.FromName = "Tea\r\nBcc: evil@example.org\" <evil@example.org>, \"x"
	m := newMailer(t, o)
	l := email
	l.Subject = "Receipt\r\nBcc: evil@example.org\r\n\r\nbody"
	l.Text, l.HTML = "Bcc: evil@example.org\r\n.\r\nQUIT\r\n", "<p>\r\n.\r\n</p>"
	if err := m.Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	got := s.Emails()
	if len(got) != 1 || strings.Join(got[0].To, " ") != buyer || got[0].Header.Get("Bcc") != "" {
		t.Fatalf("e-mails = %+v", got)
	}
	if from, err := got[0].Header.AddressList("From"); err != nil || len(from) != 1 || from[0].Address != "shop@tea.example" {
		t.Errorf("From = %v, %v", from, err)
	}
	for _, to := range []string{
		"", "ming", "Ming <ming@example.com>", "ming@example.com, evil@example.org", "ming@example.com\r\nRCPT TO:<evil@example.org>", "ming@example.com\n",
		"<ming@example.com>", " ming@example.com", "ming@example.com\x00",
	} {
		l.To = to
		if err := m.Send(t.Context(), l); !errors.Is(err, models.ErrRefused) || strings.Contains(err.Error(), "ming") {
			t.Errorf("to %q: %v", to, err)
		}
	}
	if n := len(s.Emails()); n != 1 {
		t.Errorf("%d e-mails were taken, want the first alone", n)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]mailer.Options{
		"no host": {From: "a@b.example"}, "no sender": {Host: "h"}, "a name as sender": {Host: "h", From: "A <a@b.example>"},
		"unknown way": {Host: "h", From: "a@b.example", TLS: "ssl"}, "answers to nowhere": {Host: "h", From: "a@b.example", ReplyTo: "x"},
	} {
		if _, err := mailer.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
