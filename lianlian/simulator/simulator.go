package simulator

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"strings"
	"sync"

	"lianlian-checkout/lianlian"
)

const (
	maxPayments   = 10_000 // the oldest is forgotten beyond this
	maxLogged     = 1_000  // payments whose wire log is kept
	maxDeliveries = 16     // notifications on the wire at once
)

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
	journal   *journal
	ownKey    []byte // PKCS #8, kept in the state file; nil when Options.Key was given
	wg        sync.WaitGroup
	inFlight  chan struct{}
	closeOnce sync.Once
	lock      *os.File // held while the state file is ours; nil without one

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
	tried     map[string]string // mischiefs' names, and the payment with which each was tried last

	generation uint64 // grows with each change of what a state file holds

	saving sync.Mutex // of the state file; locked before mu
	saved  uint64     // the generation that the file holds
}

// New checks o and returns a simulator without payments, in the well-behaved zero [Scenario]. Call Close when done.
func New(o Options) (*Simulator, error) {
	base, err := o.check()
	if err != nil {
		return nil, fmt.Errorf("new simulator: %w", err)
	}
	o.setDefaults()
	lock, err := o.lock()
	if err != nil {
		return nil, fmt.Errorf("new simulator: %w", err)
	}
	s, err := newSimulator(o, base)
	if err != nil {
		if lock != nil {
			_ = lock.Close()
		}
		return nil, fmt.Errorf("new simulator: %w", err)
	}
	s.lock = lock
	return s, nil
}

// newSimulator makes one of options that are complete, and that nobody else has the state of.
func newSimulator(o Options, base *url.URL) (*Simulator, error) {
	kept, ownKey, err := o.before()
	if err != nil {
		return nil, err
	}
	s := &Simulator{
		opts: o, base: base,
		verifier: lianlian.NewVerifier(o.MerchantKey), signer: lianlian.NewSigner(o.Key),
		forger: sync.OnceValues(newForger), client: *o.HTTPClient,
		speed: max(o.Speed, 1), ownKey: ownKey, journal: newJournal(), inFlight: make(chan struct{}, maxDeliveries),
		payments: newRegistry[*payment](maxPayments), scenarios: newRegistry[Scenario](maxPayments),
		tokens: map[string]link{}, pending: map[*notice]struct{}{}, refunds: map[string]*refund{}, tried: map[string]string{},
	}
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.ctx, s.cancel = context.WithCancel(context.Background())
	if s.handler, err = s.routes(); err != nil {
		return nil, err
	}
	if kept != nil {
		s.restore(kept)
	}
	s.changed()
	if err := s.save(); err != nil {
		s.Close()
		return nil, fmt.Errorf("keep the state: %w", err)
	}
	return s, nil
}

// PublicKey is the public half of the gateway's key: what a merchant knows as LianLian's (guide 1.2).
func (s *Simulator) PublicKey() *rsa.PublicKey { return s.signer.PublicKey() }

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
	pages.HandleFunc("GET /journal", s.showJournal)
	pages.HandleFunc("POST /journal/{exchange}", s.compareStrings)
	pages.HandleFunc("GET /journal.json", s.serveJournal)
	pages.HandleFunc("GET /journal/events", s.streamJournal)
	pages.HandleFunc("GET /wire", s.showWire)
	pages.HandleFunc("GET /wire/messages", s.serveWire)
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
		waiting := make([]*notice, 0, len(s.pending))
		for n := range s.pending {
			waiting = append(waiting, n)
			s.drop(n)
		}
		s.mu.Unlock()
		s.cancel()
		s.wg.Wait()
		s.mu.Lock()
		for _, n := range waiting { // so that the state file has them
			s.pending[n] = struct{}{}
		}
		s.changed()
		s.mu.Unlock()
		s.keepState()
		if s.lock != nil {
			_ = s.lock.Close()
		}
	})
	s.wg.Wait()
}

// Reset forgets every payment and the scenarios, and stops the notifications that wait.
func (s *Simulator) Reset() {
	s.mu.Lock()
	for n := range s.pending {
		s.drop(n)
	}
	s.scenario = Scenario{}
	s.payments, s.scenarios = newRegistry[*payment](maxPayments), newRegistry[Scenario](maxPayments)
	s.tokens, s.refunds = map[string]link{}, map[string]*refund{}
	s.refused, s.tried = nil, map[string]string{}
	s.changed()
	s.mu.Unlock()
	s.keepState()
}

// path returns the public path of a page, below the one of BaseURL.
func (s *Simulator) path(p string) string { return s.base.EscapedPath() + p }

func newKey() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }

// newForger makes a signer whose key nobody knows, for [Scenario.ForgeNotification] and its like.
func newForger() (*lianlian.Signer, error) {
	key, err := newKey()
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
