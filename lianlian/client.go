package lianlian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The gateway's base URLs (guide 1.2, 4.1).
const (
	TestURL         = "https://celer-api.lianlianpay-inc.com"
	ProductionURL   = "https://gpapi.lianlianpay.com"
	ProductionHKURL = "https://gpapi-hk.lianlianpay.com" // for merchants on the Hong Kong network
)

// DefaultTimeout is the limit of one call if Client.Timeout isn't set.
const DefaultTimeout = 10 * time.Second

// maxAnswer is the length in bytes beyond which an answer isn't read.
const maxAnswer = 1 << 20

// defaultHTTPClient keeps many connections to the one host open, so that a busy shop doesn't pay for a TLS
// handshake per payment.
var defaultHTTPClient = &http.Client{Transport: &http.Transport{
	Proxy:                 http.ProxyFromEnvironment,
	DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
	ForceAttemptHTTP2:     true,
	MaxIdleConns:          64,
	MaxIdleConnsPerHost:   64,
	IdleConnTimeout:       90 * time.Second,
	TLSHandshakeTimeout:   5 * time.Second,
	ExpectContinueTimeout: time.Second,
	DisableCompression:    true,
}}

// DefaultTransport is how calls travel when Client.HTTPClient isn't set, for who wants to put something of their own around it.
func DefaultTransport() http.RoundTripper { return defaultHTTPClient.Transport }

// Client calls the gateway (guide 2.1, 4.1). Set the fields before first use; then it is safe for concurrent
// use.
type Client struct {
	// BaseURL is the gateway's, such as TestURL: https, or http on a loopback address.
	BaseURL string
	// MerchantID is given by LianLian, 32 characters of 0-9 A-Z a-z _ and -.
	MerchantID string
	// Signer holds the merchant's private key.
	Signer *Signer
	// Verifier holds LianLian's public key.
	Verifier *Verifier
	// HTTPClient does the calls; its redirect policy is not used, as redirects are never followed.
	// Defaults to one that keeps up to 64 idle connections.
	HTTPClient *http.Client
	// Timezone is the zone of times without one, and is named in the timezone header. Defaults to
	// DefaultTimezone, as does time.Local, which has no name.
	Timezone *time.Location
	// Timestamp is how times are sent. Defaults to TimestampMillis.
	Timestamp TimestampForm
	// RefundAPI is the version in the path of refunds and cancelpay, which the guide doesn't describe. Defaults to
	// DefaultRefundAPI.
	RefundAPI string
	// Timeout is the limit of one call, the reading of the answer included. Defaults to 10 seconds.
	Timeout time.Duration
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Trace, if set, is told of each call after it ended, whatever its outcome; it must be quick and safe
	// for concurrent use. What it gets holds personal data: see Exchange.Redacted.
	Trace func(Exchange)
}

// CreatePayment asks for a payment (guide 4.1.1). Empty MerchantID, Country and TransactionTime are filled in
// with the client's, HK and the present; products too long are shortened by FitProducts; then the request must
// pass Validate, whose error comes back before anything is sent.
//
// The answer counts only if its status is 200, its return_code SUCCESS, its signature matches, and its
// merchant_transaction_id, amount and currency are those of the request. Otherwise the error
//   - matches ErrOutcomeUnknown if the payment may exist all the same: the call timed out or broke off, was
//     answered with a server error, SYSTEM_BUSY, INTERNAL_SERVER_ERROR or something unreadable, or the answer
//     can't be believed (ErrSignature, ErrMalformed, ErrMismatch tell why). Query, or send the same request again;
//   - is an *Error if the gateway refused. An *Error may also accompany ErrOutcomeUnknown, so ask for that first.
func (c *Client) CreatePayment(ctx context.Context, r PaymentRequest) (*Payment, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("create payment: %w", err)
	}
	if r.MerchantID == "" {
		r.MerchantID = c.MerchantID
	}
	if r.Country == "" {
		r.Country = defaultCountry
	}
	if r.TransactionTime.IsZero() {
		r.TransactionTime = c.now()
	}
	r.Products = FitProducts(r.Products)
	err := r.Validate()
	if r.MerchantID != c.MerchantID {
		err = errors.Join(err, &FieldError{Field: "merchant_id", Rule: "must be the client's"})
	}
	if err != nil {
		return nil, fmt.Errorf("create payment: %w", err)
	}
	var p *Payment
	body, err := r.body(c.Timestamp, c.zone())
	if err == nil {
		err = c.call(ctx, http.MethodPost, c.path(), body, func(a *answer) (err error) {
			p, err = a.payment(&r)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("create payment %s: %w", r.MerchantTransactionID, err)
	}
	return p, nil
}

// QueryPayment asks how a payment stands (guide 4.1.3). The answer counts only if its status is 200, its
// return_code SUCCESS, its signature matches, and it is about the payment that was asked for; errors are
// those of CreatePayment. For an id that the gateway doesn't know, the *Error holds OBJECT_NOT_FOUND.
func (c *Client) QueryPayment(ctx context.Context, merchantTransactionID string) (*PaymentState, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("query payment: %w", err)
	}
	var fields checker
	fields.identifier("merchant_transaction_id", merchantTransactionID, 64)
	if err := errors.Join(fields.errs...); err != nil {
		return nil, fmt.Errorf("query payment: %w", err)
	}
	var s *PaymentState
	err := c.call(ctx, http.MethodGet, c.path(merchantTransactionID), nil, func(a *answer) (err error) {
		s, err = a.state(c.MerchantID, merchantTransactionID, c.zone())
		return err
	}, fieldNames[fieldMerchantID], c.MerchantID, fieldNames[fieldMerchantTransactionID], merchantTransactionID)
	if err != nil {
		return nil, fmt.Errorf("query payment %s: %w", merchantTransactionID, err)
	}
	return s, nil
}

// path gives the path of the merchant's payments, or of one of them (guide 4.1.1, 4.1.3).
func (c *Client) path(ids ...string) string {
	path := "/v4/merchants/" + url.PathEscape(c.MerchantID) + "/payments"
	for _, id := range ids {
		path += "/" + url.PathEscape(id)
	}
	return path
}

// check finds faults of the configuration.
func (c *Client) check() error {
	u, err := url.Parse(c.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return errors.New("base URL must be https, or http on a loopback address")
	case !identifier(c.MerchantID, 32):
		return errors.New("merchant id must be 1 to 32 characters of 0-9 A-Z a-z _ and -")
	case c.Signer == nil:
		return errors.New("no signer")
	case c.Verifier == nil:
		return errors.New("no verifier")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}

func (c *Client) zone() *time.Location {
	if c.Timezone == time.Local {
		return hongKong
	}
	return zone(c.Timezone)
}

// call signs and sends one request and gives read a successful answer whose signature matches. A request
// without a body signs its parameters, given as name, value, name, value in signing order.
func (c *Client) call(ctx context.Context, method, path string, body []byte, read func(*answer) error, parameters ...string) error {
	if err := ctx.Err(); err != nil {
		return err // nothing was sent, so the outcome is known
	}
	signing, err := signingOf(body, parameters)
	if err != nil {
		return err
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.BaseURL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if err := c.header(req, signing); err != nil {
		return err
	}
	started := time.Now()
	status, header, raw, err := c.roundTrip(req)
	if err != nil {
		err = unknown(err)
	} else if a, refusal := readAnswer(c.Verifier, status, header, raw); refusal != nil {
		err = refusal
	} else if err = read(a); err != nil {
		err = unknown(err)
	}
	if also := tracer(ctx); c.Trace != nil || also != nil {
		x := Exchange{
			Method: method, URL: req.URL.String(), RequestHeader: req.Header, RequestBody: body, SigningString: signing,
			Status: status, ResponseHeader: header, ResponseBody: raw, Duration: time.Since(started), Err: err,
		}
		for _, trace := range []func(Exchange){c.Trace, also} {
			if trace != nil {
				trace(x)
			}
		}
	}
	return err
}

// header sets the headers of guide 2.1.1.
func (c *Client) header(req *http.Request, signing string) error {
	signature, err := c.Signer.SignString(signing)
	if err != nil {
		return err
	}
	req.Header.Set("signature", signature)
	req.Header.Set("timestamp", FormatTimestamp(c.now(), c.Timestamp, c.zone()))
	req.Header.Set("timezone", c.zone().String())
	req.Header.Set("sign-type", "RSA")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "identity")
	if req.Method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	return nil
}

func (c *Client) roundTrip(req *http.Request) (int, http.Header, []byte, error) {
	client := defaultHTTPClient
	if c.HTTPClient != nil {
		client = c.HTTPClient
	}
	once := *client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := once.Do(req)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(raw) > maxAnswer {
		err = malformed("answer longer than %d bytes", maxAnswer)
	}
	return resp.StatusCode, resp.Header, raw, err
}

func signingOf(body []byte, parameters []string) (string, error) {
	if body != nil {
		return SigningString(body)
	}
	var b strings.Builder
	for i := 0; i < len(parameters); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(parameters[i] + "=" + parameters[i+1])
	}
	return b.String(), nil
}

func unknown(err error) error {
	return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
}
