package simulator

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Options configures a [Simulator].
type Options struct {
	// MerchantID is the one merchant that the simulator knows. Mandatory.
	MerchantID string
	// MerchantName is shown to the buyer. Defaults to MerchantID.
	MerchantName string
	// MerchantKey verifies what the merchant signs. Mandatory.
	MerchantKey *rsa.PublicKey
	// Key is the gateway's own: it signs answers, notifications and returns. Mandatory without StateFile; with it, one is made
	// and kept there.
	Key *rsa.PrivateKey
	// BaseURL is the public URL under which the handler is reachable, such as http://127.0.0.1:8080/simulator.
	// payment_url and the links of the pages are made from it. Mandatory.
	BaseURL string
	// PathPrefix is removed from the paths that come in: "/simulator" or "".
	PathPrefix string
	// NotifyInterval is the time from one attempt to notify to the next. Defaults to 10 minutes (guide 4.1.2).
	NotifyInterval time.Duration
	// NotifyAttempts is how often one notification is sent at most. Defaults to 15 (guide 4.1.2).
	NotifyAttempts int
	// PaymentTTL is how long a payment waits for its buyer before it closes, from its first request on.
	// Defaults to 2 hours; the guide gives no time.
	PaymentTTL time.Duration
	// Speed is how many seconds of the gateway's own time pass in one: NotifyInterval, PaymentTTL and the delays of
	// notifications, refunds and late successes become so much shorter. Times in messages are still those of Now. From 1,
	// the default, to MaxSpeed; [Simulator.SetSpeed] changes it.
	Speed float64
	// StateFile keeps payments, refunds, links, scenarios, speed, what is scheduled, and a key that was made here over a restart:
	// JSON, put in place in one step and readable by its owner only. It is written before the merchant hears of a change. A file that
	// holds anything else is an error, never overwritten. One simulator at a time has it: another one's New fails while a file of the same
	// name with .lock at its end is held, which a process that ends, however it does, lets go of. Defaults to none.
	StateFile string
	// HTTPClient sends notifications; its redirect policy is ignored: none is followed. Defaults to an http.Client.
	HTTPClient *http.Client
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger receives one line per payment event, without bodies. Defaults to slog.DiscardHandler.
	Logger *slog.Logger
	// Shop tells what the shop in this process made of a payment: the pages show it beside each mischief. Errors: [ErrNoOrder]. Defaults
	// to none.
	Shop func(ctx context.Context, merchantTransactionID, locale string) (Reaction, error)
	// Locale chooses the language of a page: en, zh-Hans or zh-Hant. ?lang= is stronger; Accept-Language is the default.
	Locale func(*http.Request) string
}

// check says what can't be, and reads BaseURL.
func (o *Options) check() (*url.URL, error) {
	if o.MerchantID == "" || o.MerchantKey == nil || o.Key == nil && o.StateFile == "" {
		return nil, errors.New("MerchantID, MerchantKey and Key are mandatory")
	}
	base, err := url.Parse(strings.TrimRight(o.BaseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("BaseURL: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("BaseURL %q is not an absolute http(s) URL without query", o.BaseURL)
	}
	if o.PathPrefix != "" && (!strings.HasPrefix(o.PathPrefix, "/") || strings.HasSuffix(o.PathPrefix, "/")) {
		return nil, fmt.Errorf("PathPrefix %q must begin with a slash and not end with one", o.PathPrefix)
	}
	if o.NotifyInterval < 0 || o.NotifyAttempts < 0 || o.PaymentTTL < 0 {
		return nil, errors.New("NotifyInterval, NotifyAttempts and PaymentTTL must not be negative")
	}
	if o.Speed != 0 && !(o.Speed >= 1 && o.Speed <= MaxSpeed) {
		return nil, fmt.Errorf("Speed is from 1 to %d", MaxSpeed)
	}
	return base, nil
}

func (o *Options) setDefaults() {
	if o.MerchantName == "" {
		o.MerchantName = o.MerchantID
	}
	if o.NotifyInterval == 0 {
		o.NotifyInterval = 10 * time.Minute
	}
	if o.NotifyAttempts == 0 {
		o.NotifyAttempts = 15
	}
	if o.PaymentTTL == 0 {
		o.PaymentTTL = 2 * time.Hour
	}
	if o.HTTPClient == nil {
		o.HTTPClient = &http.Client{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// errLocked says that another simulator has a state file.
var errLocked = errors.New("another simulator has it")

// lock takes the state file for this simulator; nil without one. Beside a file that holds anything else nothing is put.
func (o *Options) lock() (*os.File, error) {
	if o.StateFile == "" {
		return nil, nil //nolint:nilnil // nothing to lock is no error
	}
	if _, err := readState(o.StateFile); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(o.StateFile), 0o700); err != nil {
		return nil, err
	}
	f, err := lockFile(o.StateFile + ".lock")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.StateFile, err)
	}
	return f, nil
}

// before reads what a state file holds, and gives a gateway without a key the one from there or a new one, which is then to be kept.
func (o *Options) before() (kept *savedState, ownKey []byte, err error) {
	if o.StateFile == "" {
		return nil, nil, nil
	}
	if kept, err = readState(o.StateFile); err != nil {
		return nil, nil, err
	}
	if kept != nil && kept.MerchantID != o.MerchantID {
		return nil, nil, fmt.Errorf("%s belongs to merchant %s", o.StateFile, kept.MerchantID)
	}
	if o.Key != nil {
		return kept, nil, nil
	}
	if o.Key, err = gatewayKey(kept); err != nil {
		return nil, nil, fmt.Errorf("the key of %s: %w", o.StateFile, err)
	}
	ownKey, err = x509.MarshalPKCS8PrivateKey(o.Key)
	return kept, ownKey, err
}
