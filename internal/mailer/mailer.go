// Package mailer sends e-mails through a merchant's SMTP server.
package mailer

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"lianlian-checkout/models"
)

// The ways to speak with the server.
const (
	StartTLS = "starttls" // TLS is turned on before anything is said, or nothing is
	TLS      = "tls"      // TLS from the first byte
	None     = "none"     // in clear; for a server on this machine
)

// Options name the server and whose e-mails they are.
type Options struct {
	Host     string
	Port     int    // defaults to 587, 465 with TLS, 25 with None
	Username string // empty: without signing in
	Password string
	TLS      string // StartTLS (the default), TLS or None
	From     string // the sender's address
	FromName string // the shop's name beside it
	ReplyTo  string // where answers go; empty: to From
	// Trust is how the server's certificate is checked; nil means by the system's authorities.
	Trust *tls.Config
	// Timeout is the limit of one e-mail. Defaults to 20 seconds.
	Timeout time.Duration
}

// Mailer sends e-mails, each over a connection of its own.
type Mailer struct{ o Options }

// New checks the options.
func New(o Options) (*Mailer, error) {
	o.TLS = cmp.Or(o.TLS, StartTLS)
	o.Port = cmp.Or(o.Port, map[string]int{StartTLS: 587, TLS: 465, None: 25}[o.TLS])
	o.Timeout = cmp.Or(o.Timeout, 20*time.Second)
	m := &Mailer{o}
	if _, err := m.client(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	for _, a := range []string{o.From, cmp.Or(o.ReplyTo, o.From)} {
		if address(a) == nil {
			return nil, errors.New("mail: the sender's or the answers' address is not one")
		}
	}
	return m, nil
}

func (m *Mailer) client() (*gomail.Client, error) {
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if m.o.Trust != nil {
		trust = m.o.Trust.Clone()
	}
	trust.ServerName = cmp.Or(trust.ServerName, m.o.Host)
	options := []gomail.Option{gomail.WithPort(m.o.Port), gomail.WithTimeout(m.o.Timeout / 2), gomail.WithTLSConfig(trust), gomail.WithoutNoop()}
	switch m.o.TLS {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case TLS:
		options = append(options, gomail.WithSSL())
	case None:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		return nil, fmt.Errorf("there is no way called %q", m.o.TLS)
	}
	if m.o.Username != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if m.o.TLS == None {
			auth = gomail.SMTPAuthPlainNoEnc
		}
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(m.o.Username), gomail.WithPassword(m.o.Password))
	}
	return gomail.NewClient(m.o.Host, options...)
}

// Send hands the e-mail to the server. nil means that the server has taken it. models.ErrRefused means that it refused the
// address or the e-mail for good; every other error may pass. No error holds an address or the server's words, which may
// repeat one.
func (m *Mailer) Send(ctx context.Context, l models.Email) error {
	msg, err := m.message(l)
	if err != nil {
		return err
	}
	client, err := m.client()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, m.o.Timeout)
	done := make(chan error, 1)
	go func() {
		defer cancel()
		err := client.DialAndSendWithContext(ctx, msg)
		if msg.IsDelivered() { // and only the farewell failed
			err = nil
		}
		done <- err
	}()
	select {
	case err := <-done:
		return explain(err)
	case <-ctx.Done(): // the library looks at ctx while it dials, and at its own limits afterwards
		select {
		case err := <-done:
			return explain(err)
		default:
			return fmt.Errorf("no answer from the server: %w", ctx.Err())
		}
	}
}

// Probe connects to the server, with encryption as configured, and says goodbye. It doesn't sign in and sends nothing.
func (m *Mailer) Probe(ctx context.Context) error {
	quiet := *m
	quiet.o.Username, quiet.o.Password = "", ""
	client, err := quiet.client()
	if err != nil {
		return err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return fmt.Errorf("connect to the mail server: %w", innermost(err))
	}
	_ = client.Close()
	return nil
}

// message puts the e-mail into its envelope. Only addresses that are nothing but addresses, our own names and texts that the
// library encodes come into headers.
func (m *Mailer) message(l models.Email) (*gomail.Msg, error) {
	to := address(l.To)
	if to == nil {
		return nil, fmt.Errorf("%w: the buyer's address is not one", models.ErrRefused)
	}
	from := address(m.o.From)
	from.Name = oneLine(m.o.FromName)
	msg := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(from)
	msg.ToMailAddress(to)
	if m.o.ReplyTo != "" {
		msg.ReplyToMailAddress(address(m.o.ReplyTo))
	}
	_, domain, _ := strings.Cut(m.o.From, "@")
	msg.SetMessageIDWithValue(l.ID + "@" + domain)
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // no out-of-office answers (RFC 3834)
	msg.Subject(oneLine(l.Subject))
	msg.SetBodyString(gomail.TypeTextPlain, l.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	return msg, nil
}

// address is the address alone, or nil for anything more or less.
func address(s string) *mail.Address {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || strings.ContainsAny(s, "\r\n\x00") {
		return nil
	}
	return &mail.Address{Address: s}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// explain says what went wrong by code and stage.
func explain(err error) error {
	if err == nil {
		return nil
	}
	var sent *gomail.SendError
	if !errors.As(err, &sent) {
		return fmt.Errorf("no e-mail could be handed over: %T", innermost(err))
	}
	code := sent.ErrorCode()
	final := code >= 500 && code < 600 && sent.Reason != gomail.ErrSMTPMailFrom // a sender that isn't allowed is mended by the merchant
	if final {
		return fmt.Errorf("%w: code %d", models.ErrRefused, code)
	}
	return fmt.Errorf("the server didn't take the e-mail: %s, code %d", sent.Reason.String(), code)
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
