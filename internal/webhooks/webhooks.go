// Package webhooks sends one signed message to one receiver, as Standard Webhooks has it, and refuses to be led to where it
// shouldn't go.
package webhooks

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Limits of one exchange.
const (
	Timeout    = 10 * time.Second // from the look-up of the name to the last byte that is read
	answerKept = 2 << 10          // bytes of the answer's body that are read
	headerKept = 32 << 10
)

// Prefix begins every secret.
const Prefix = "whsec_"

// CheckSecret says what is wrong with a secret, without repeating it.
func CheckSecret(secret string) error {
	body, found := strings.CutPrefix(secret, Prefix)
	raw, err := base64.StdEncoding.DecodeString(body)
	if !found || err != nil || len(raw) < 24 || len(raw) > 64 {
		return errors.New("isn't whsec_ and the base64 of 24 to 64 bytes")
	}
	return nil
}

// CheckURL says what is wrong with a receiver's URL, without repeating it. With allowPrivate it may be http.
func CheckURL(raw string, allowPrivate bool) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.Fragment != "":
		return errors.New("isn't the URL of a receiver, like https://shop.example.com/webhooks")
	case u.Scheme == "http" && !allowPrivate:
		return errors.New("isn't https")
	}
	return nil
}

// Message is what is sent, the same with every try.
type Message struct {
	ID   string
	Body []byte
}

// Answer is what came of a try.
type Answer struct {
	Status int    // 0 when there was none
	Body   string // its beginning
	// Err is why the message doesn't count as received: anything but 2xx within the time.
	Err error
}

// Sender sends messages. Its fields are read at the first.
type Sender struct {
	// AllowPrivate lets receivers be http and on addresses that aren't public.
	AllowPrivate bool
	// Now is the clock that signs. Defaults to time.Now.
	Now func() time.Time
	// Timeout defaults to Timeout.
	Timeout time.Duration
	// Resolver and Trust are for tests: who knows names, and whose certificates are believed.
	Resolver *net.Resolver
	Trust    *tls.Config

	client *http.Client
}

// New prepares a sender.
func New(s Sender) *Sender {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Timeout == 0 {
		s.Timeout = Timeout
	}
	dialer := &net.Dialer{Timeout: s.Timeout, Resolver: s.Resolver}
	if !s.AllowPrivate {
		dialer.Control = refusePrivate
	}
	s.client = &http.Client{
		Transport: &http.Transport{
			Proxy:       nil, // a proxy would look names up and connect in our place, where refusePrivate can't see it
			DialContext: dialer.DialContext, TLSClientConfig: s.Trust, ForceAttemptHTTP2: true,
			DisableCompression: true, MaxResponseHeaderBytes: headerKept, MaxIdleConns: 32, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &s
}

// Send signs the message with the time of this try, posts it, and reads the beginning of the answer.
func (s *Sender) Send(ctx context.Context, to, secret string, m Message) Answer {
	if err := CheckURL(to, s.AllowPrivate); err != nil {
		return Answer{Err: fmt.Errorf("the URL %w", err)}
	}
	if err := CheckSecret(secret); err != nil {
		return Answer{Err: fmt.Errorf("the secret %w", err)}
	}
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	req, err := s.request(ctx, to, secret, m)
	if err != nil {
		return Answer{Err: err}
	}
	res, err := s.client.Do(req)
	if err != nil {
		return Answer{Err: s.explain(err)}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, answerKept))
	a := Answer{Status: res.StatusCode, Body: string(body)}
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		a.Err = errors.New("redirects aren't followed")
	case res.StatusCode < 200 || res.StatusCode > 299:
		a.Err = fmt.Errorf("answered %d", res.StatusCode)
	case err != nil:
		a.Err = s.explain(err)
	}
	return a
}

func (s *Sender) request(ctx context.Context, to, secret string, m Message) (*http.Request, error) {
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, errors.New("the secret isn't base64")
	}
	now := s.Now()
	signature, err := signer.Sign(m.ID, now, m.Body)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(string(m.Body)))
	if err != nil {
		return nil, errors.New("the URL can't be asked for")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "lianlian-checkout")
	req.Header.Set(standardwebhooks.HeaderWebhookID, m.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	return req, nil
}

// explain is an error without the URL, whose query may be a secret.
func (s *Sender) explain(err error) error {
	var in *url.Error
	if errors.As(err, &in) {
		err = in.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no whole answer within %s", s.Timeout)
	}
	return err
}
