// Package mailtest is a mail server on loopback for tests.
package mailtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Username and Password are what a server with Auth asks for.
const (
	Username = "shop"
	Password = "s3cret-for-mail"
)

// Server keeps what it is sent. Set its fields before Start.
type Server struct {
	TLS  bool // from the first byte; otherwise STARTTLS is offered
	Auth bool // e-mails only after signing in
	// OnSender, OnRecipient and OnEmail, if set, may refuse with an *smtp.SMTPError.
	OnSender, OnRecipient func(address string) error
	OnEmail               func(body string) error

	server *smtp.Server
	addr   net.Addr
	trust  *tls.Config

	mu     sync.Mutex
	emails []Email
}

// Email is one that the server took.
type Email struct {
	From   string
	To     []string
	Raw    string
	Header mail.Header
}

// Refuse is an answer of the server's.
func Refuse(code int, words string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: words}
}

// Start listens on a free port of loopback until the test ends.
func (s *Server) Start(t testing.TB) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.serve(t, l)
	return s
}

// Restart listens on the same port as before Stop.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", s.addr.String())
	if err != nil {
		t.Fatal(err)
	}
	s.serve(t, l)
}

func (s *Server) serve(t testing.TB, l net.Listener) {
	t.Helper()
	s.addr = l.Addr()
	cert, trust := certificate(t)
	if s.trust == nil {
		s.trust = trust
	}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	s.server.Domain, s.server.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{cert}}
	s.server.AllowInsecureAuth = true
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	if s.TLS {
		l = tls.NewListener(l, s.server.TLSConfig)
	}
	server := s.server
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
}

// Stop ends the server; connections are refused afterwards.
func (s *Server) Stop() { _ = s.server.Close() }

// Port is where it listens, on 127.0.0.1.
func (s *Server) Port() int { return s.addr.(*net.TCPAddr).Port }

// Trust is how a client believes its certificate.
func (s *Server) Trust() *tls.Config { return s.trust }

// Emails are those that it took.
func (s *Server) Emails() []Email {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Email(nil), s.emails...)
}

var kept = struct {
	sync.Once
	cert  tls.Certificate
	trust *tls.Config
	err   error
}{}

// certificate is one for 127.0.0.1, and how to believe it.
func certificate(t testing.TB) (tls.Certificate, *tls.Config) {
	t.Helper()
	kept.Do(func() {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			kept.err = err
			return
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail of a test"}, NotBefore: time.Now().Add(-48 * time.Hour),
			NotAfter: time.Now().Add(48 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			kept.err = err
			return
		}
		parsed, err := x509.ParseCertificate(der)
		kept.err = err
		kept.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
		pool := x509.NewCertPool()
		pool.AddCert(parsed)
		kept.trust = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	})
	if kept.err != nil {
		t.Fatal(kept.err)
	}
	return kept.cert, kept.trust
}

type session struct {
	server *Server
	signed bool
	email  Email
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, username, password string) error {
		if username != Username || password != Password {
			return errors.New("wrong name or password")
		}
		s.signed = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.server.Auth && !s.signed {
		return smtp.ErrAuthRequired
	}
	s.email = Email{From: from}
	return ask(s.server.OnSender, from)
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.email.To = append(s.email.To, to)
	return ask(s.server.OnRecipient, to)
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := ask(s.server.OnEmail, string(raw)); err != nil {
		return err
	}
	parsed, err := mail.ReadMessage(strings.NewReader(string(raw)))
	if err != nil {
		return err
	}
	s.email.Raw, s.email.Header = string(raw), parsed.Header
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.emails = append(s.server.emails, s.email)
	return nil
}

func (s *session) Reset() { s.email = Email{} }

func (s *session) Logout() error { return nil }

func ask(f func(string) error, about string) error {
	if f == nil {
		return nil
	}
	return f(about)
}
