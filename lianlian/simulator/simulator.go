package simulator

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"lianlian-checkout/lianlian"
)

const (
	maxPayments   = 10_000 // the oldest is forgotten beyond this
	maxLogged     = 1_000  // payments whose wire log is kept
	maxDeliveries = 16     // notifications on the wire at once
)

// Options configures a [Simulator].
type Options struct {
	// MerchantID is the one merchant that the simulator knows. Mandatory.
	MerchantID string
	// MerchantName is shown to the buyer. Defaults to MerchantID.
	MerchantName string
	// MerchantKey verifies what the merchant signs. Mandatory.
	MerchantKey *rsa.PublicKey
	// Key is the gateway's own: it signs answers, notifications and returns. Mandatory.
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
	// HTTPClient sends notifications; its redirect policy is ignored: none is followed. Defaults to an http.Client.
	HTTPClient *http.Client
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
	// Logger receives one line per payment event, without bodies. Defaults to slog.DiscardHandler.
	Logger *slog.Logger
	// Locale chooses the language of a page: en, zh-Hans or zh-Hant. ?lang= is stronger; Accept-Language is the default.
	Locale func(*http.Request) string
}

// Simulator is the gateway's twin. It is safe for concurrent use. Make one with [New].
type Simulator struct {
	opts     Options
	base     *url.URL
	verifier *lianlian.Verifier
	signer   *lianlian.Signer
	forger   func() (*lianlian.Signer, error)
	client   http.Client
	handler  http.Handler

	ctx       context.Context // ends with Close: cuts deliveries and held answers
	cancel    context.CancelFunc
	wg        sync.WaitGroup
	inFlight  chan struct{}
	closeOnce sync.Once

	mu        sync.Mutex // guards everything below
	closed    bool
	speed     float64
	scenario  Scenario
	payments  *registry[*payment]
	refunds   map[string]*refund // by their own ids, of the payments that are kept
	tokens    map[string]link
	scenarios *registry[Scenario] // of single payments, also of ones not yet created
	pending   map[*notice]struct{}
	refused   []LogEntry
}

// New checks o and returns a simulator without payments, in the well-behaved zero [Scenario]. Call Close when done.
func New(o Options) (*Simulator, error) {
	if o.MerchantID == "" || o.MerchantKey == nil || o.Key == nil {
		return nil, errors.New("new simulator: MerchantID, MerchantKey and Key are mandatory")
	}
	base, err := url.Parse(strings.TrimRight(o.BaseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("new simulator: BaseURL: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("new simulator: BaseURL %q is not an absolute http(s) URL without query", o.BaseURL)
	}
	if o.PathPrefix != "" && (!strings.HasPrefix(o.PathPrefix, "/") || strings.HasSuffix(o.PathPrefix, "/")) {
		return nil, fmt.Errorf("new simulator: PathPrefix %q must begin with a slash and not end with one", o.PathPrefix)
	}
	if o.NotifyInterval < 0 || o.NotifyAttempts < 0 || o.PaymentTTL < 0 {
		return nil, errors.New("new simulator: NotifyInterval, NotifyAttempts and PaymentTTL must not be negative")
	}
	o.setDefaults()
	if !(o.Speed >= 1 && o.Speed <= MaxSpeed) {
		return nil, fmt.Errorf("new simulator: Speed is from 1 to %d", MaxSpeed)
	}
	s := &Simulator{
		opts: o, base: base,
		verifier: lianlian.NewVerifier(o.MerchantKey), signer: lianlian.NewSigner(o.Key),
		forger: sync.OnceValues(newForger), client: *o.HTTPClient,
		speed: o.Speed, inFlight: make(chan struct{}, maxDeliveries),
		payments: newRegistry[*payment](maxPayments), scenarios: newRegistry[Scenario](maxPayments),
		tokens: map[string]link{}, pending: map[*notice]struct{}{}, refunds: map[string]*refund{},
	}
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.handler, err = s.routes(); err != nil {
		return nil, fmt.Errorf("new simulator: %w", err)
	}
	return s, nil
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
	if o.Speed == 0 {
		o.Speed = 1
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

// routes is the whole route table. Forms are guarded against other sites; the API needs no such guard: it is signed.
func (s *Simulator) routes() (http.Handler, error) {
	guard := http.NewCrossOriginProtection()
	if err := guard.AddTrustedOrigin(s.base.Scheme + "://" + s.base.Host); err != nil {
		return nil, err
	}
	pages := http.NewServeMux()
	pages.HandleFunc("GET /{$}", s.showOverview)
	pages.HandleFunc("POST /scenario", s.changeScenario)
	pages.HandleFunc("POST /speed", s.changeSpeed)
	pages.HandleFunc("POST /mischief", s.makeMischief)
	pages.HandleFunc("POST /reset", s.resetAll)
	pages.HandleFunc("GET /payments/{merchant_transaction_id}", s.showPayment)
	pages.HandleFunc("POST /payments/{merchant_transaction_id}/{action}", s.actOnPayment)
	pages.HandleFunc("POST /refunds/{merchant_transaction_id}/{action}", s.actOnRefund)
	pages.HandleFunc("GET /pay/{token}", s.showPay)
	pages.HandleFunc("GET /pay/{token}/return", s.showReturn)
	pages.HandleFunc("POST /pay/{token}/{action}", s.actAsBuyer)
	pages.HandleFunc("GET /assets/{file}", s.showAsset)
	pages.HandleFunc("/", s.showNotFound)

	mux := http.NewServeMux()
	mux.HandleFunc("POST /v4/merchants/{merchant_id}/payments", s.createPayment)
	mux.HandleFunc("GET /v4/merchants/{merchant_id}/payments/{merchant_transaction_id}", s.queryPayment)
	for _, version := range []string{"/v3", "/v4"} { // which one the refunds of this gateway have isn't known
		mux.HandleFunc("POST "+version+"/merchants/{merchant_id}/payments/{merchant_transaction_id}/refunds", s.createRefund)
		mux.HandleFunc("POST "+version+"/merchants/{merchant_id}/payments/{merchant_transaction_id}/cancelpay", s.cancelPayment)
		mux.HandleFunc("GET "+version+"/merchants/{merchant_id}/refunds/{merchant_transaction_id}", s.queryRefund)
		mux.HandleFunc(version+"/", s.unknownOperation)
	}
	mux.Handle("/", withPageHeaders(guard.Handler(pages)))
	return mux, nil
}

// ServeHTTP answers the gateway's API and shows its pages. A path outside PathPrefix is not found.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.opts.PathPrefix != "" && r.URL.Path == s.opts.PathPrefix {
		http.Redirect(w, r, s.path("/"), http.StatusSeeOther)
		return
	}
	// ServeMux would redirect a path that isn't clean to one without the prefix.
	clean := path.Clean(r.URL.Path)
	if !strings.HasPrefix(r.URL.Path, s.opts.PathPrefix+"/") || clean != r.URL.Path && clean+"/" != r.URL.Path {
		http.NotFound(w, r)
		return
	}
	http.StripPrefix(s.opts.PathPrefix, s.handler).ServeHTTP(w, r)
}

// Close stops the notifications that wait, cuts those on their way and the answers held back, and returns when none is
// left. Payments made after it are not notified.
func (s *Simulator) Close() {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		s.closed = true
		for n := range s.pending {
			s.drop(n)
		}
		s.mu.Unlock()
		s.cancel()
	})
	s.wg.Wait()
}

// Reset forgets every payment and the scenarios, and stops the notifications that wait.
func (s *Simulator) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := range s.pending {
		s.drop(n)
	}
	s.scenario = Scenario{}
	s.payments, s.scenarios = newRegistry[*payment](maxPayments), newRegistry[Scenario](maxPayments)
	s.tokens, s.refunds = map[string]link{}, map[string]*refund{}
	s.refused = nil
}

// path returns the public path of a page, below the one of BaseURL.
func (s *Simulator) path(p string) string { return s.base.EscapedPath() + p }

// newForger makes a signer whose key nobody knows, for [Scenario.ForgeNotification] and its like.
func newForger() (*lianlian.Signer, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make the forger's key: %w", err)
	}
	return lianlian.NewSigner(key), nil
}

// signerFor is the gateway's signer, or a forger's.
func (s *Simulator) signerFor(forge bool) (*lianlian.Signer, error) {
	if forge {
		return s.forger()
	}
	return s.signer, nil
}

// randomHex returns 32 random hexadecimal digits, 128 bits.
func randomHex() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: it ends the process instead
	return hex.EncodeToString(b)
}
