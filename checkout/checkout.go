// Package checkout is a shop's checkout for the LianLian Pay global gateway, to be mounted in any Go program: shop, cart, form, four
// wallets, live order pages, console.
//
//	c, err := checkout.New(ctx, checkout.Options{Client: client, BaseURL: base, Database: "data/checkout.db", Products: products})
//	if err != nil { … }
//	defer c.Close()
//	go c.Run(ctx)
//	mux.Handle("/pay/", c.Handler()) // BaseURL is https://shop.example/pay
//
// New makes one, Handler serves its pages, Run asks the gateway about what nobody told us, Close ends it. Several can run in one process
// side by side. The client is package lianlian's; package lianlian/simulator stands in for the gateway while there are no credentials.
// docs/go.md leads from an empty folder to a first simulated payment, and examples/ has it for net/http, gin and chi.
//
// Exported methods beside these four, CloseStreams and Ready are what the pages are made of; they may change.
package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/singleflight"
	"gorm.io/gorm"

	"lianlian-checkout/handlers"
	"lianlian-checkout/internal/requestid"
	"lianlian-checkout/internal/telemetry"
	"lianlian-checkout/internal/webhooks"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// Options are what New needs. Client, BaseURL and one of Database and DB are required; the rest has defaults.
type Options struct {
	// Client speaks with the gateway; its Verifier also reads notifications and returns. For another gateway address, proxy, trace or
	// clock set the client's own fields. There is no interface to put in its place, because what signs and verifies is what is trusted: in
	// tests use package simulator, which speaks the real protocol.
	Client *lianlian.Client
	// BaseURL is the shop's public address, with its base path if it is mounted below one: https://shop.example/pay. All absolute
	// addresses are made from it, and the gateway sends its notifications and the buyer back to it.
	BaseURL *url.URL
	// Database is a file's path, or a postgres:// URL. New opens it and Close closes it.
	Database string
	// DB is a database that is open already, in place of Database. It stays the caller's: Close leaves it open. The checkout works
	// on its pool of connections (at least 2), with its own GORM settings; its tables' names begin with checkout_ there, and it makes and
	// migrates them itself.
	//
	// SQLite has to be a file, with journal_mode WAL, synchronous FULL and a busy_timeout of 1000 ms or more on every connection. The checkout
	// writes in immediate transactions, one at a time, over one connection that it keeps; write transactions of your own should be
	// immediate too (_txlock=immediate with modernc.org/sqlite), or they fail when the other got in between. PostgreSQL has to be opened
	// through pgx, which is gorm.io/driver/postgres's own choice, with synchronous_commit not off and read committed as its isolation.
	// What doesn't fit is an error of New, naming the setting.
	DB *gorm.DB
	// Products is the shelf, kept in the database: products are known by slug and variants by SKU. Stock is set when a variant first
	// appears; later only a changed number here moves it, by the difference. What is no longer here is hidden. What the desk has changed is the
	// desk's from then on, and left alone. Nil leaves the shelf as it is.
	Products []models.Product
	// Catalogue is asked for products and prices in place of Products. Defaults to none.
	Catalogue Catalogue
	// ImageOrigins are addresses of other sites whose pictures the pages may show, like https://images.example. Those of Products and of the
	// logo count by themselves, those of a Catalogue don't.
	ImageOrigins []string
	// Discounts are the codes that buyers can enter. Without any the cart doesn't ask for one.
	Discounts []models.Discount

	ShopName     models.Text
	SupportEmail string
	TermsURL     string // https: the terms of sale, linked on every page and above the button that pays
	PrivacyURL   string // https
	Logo         string // a path below /static/ or an https URL
	Accent       string // #rrggbb
	Currency     string // three letters (guide 5.3.2). Defaults to HKD
	Country      string // of acquiring, the merchant's (guide 4.1.1). Defaults to HK
	Locale       string // en, zh-Hans or zh-Hant. Defaults to en

	Processors   []models.Processor // in order of display. Defaults to all four
	Require      []string           // customer fields that the form insists on. Nil means full_name and email
	ExtraField   *models.ExtraField // one more question on the form; nil for none
	ExpiresAfter time.Duration      // how long an order waits. Defaults to 30 minutes

	ReconcileInterval time.Duration // between looks for due payments. Defaults to 10 seconds
	ReconcileHorizon  time.Duration // after which a payment is asked about no more. Defaults to 168 hours

	// OpenID tells the WeChat id of a buyer whose page is open inside WeChat, from what your own sign-in left in the request; ""
	// when it can't. It is asked before a payment with one of WeChat's wallets is sent, and may take five seconds. An error is logged,
	// and the payment goes on without. Nil sends no openid. See docs/wallets.md.
	OpenID func(ctx context.Context, r *http.Request) (string, error)

	// Webhooks are the receivers of order events.
	Webhooks []Endpoint
	// AllowPrivateWebhooks lets receivers be http and on addresses that aren't public. For tests.
	AllowPrivateWebhooks bool
	// OnPaid is called after an order was paid, with the order as it then is: at least once, one order after the other, outside
	// of any transaction. While it returns an error or panics it is called again, with growing pauses, for three days; its
	// error is shown in the console and not logged. It has two minutes, and should end with its context. What must not happen twice must be
	// remembered by the order's ID. All processes on one database must have the same hooks.
	OnPaid func(ctx context.Context, o models.Order) error
	// OnEvent is OnPaid for every type of webhook.
	OnEvent func(ctx context.Context, e Event) error

	// Refunds lets operators and the API refund through the gateway, and closes the payments of cancelled orders there. The guide doesn't
	// describe either: their shape follows a sibling API's public reference and was never tried against the real gateway. Defaults to off; refunds in LianLian's own portal are shown either way.
	Refunds bool

	Keep    Keep    // for how long what isn't bookkeeping stays. Defaults to for ever
	Backups Backups // nightly copies of Database, when that is a SQLite file. Defaults to none

	// Checks are further lines of the go-live list, about what only the program around the checkout knows. Defaults to none.
	Checks []Check

	TrustedProxies    []string // whose X-Forwarded-For is believed. Defaults to none
	EmbedOrigins      []string // who may frame the checkout. Defaults to nobody
	APIKeys           []string // bearer keys of the session API; only their hashes are kept. Without any the API is closed
	ReturnOrigins     []string // exact origins where a session's return_url and cancel_url may lead. Defaults to none
	Limits            handlers.Limits
	AdminUsername     string // opens the console at /admin, together with
	AdminPasswordHash string // argon2id's, in its PHC form. Without both the console is closed
	// RequireSecondFactor makes the desk's people set up a second factor before anything else; AdminUsername has none.
	RequireSecondFactor bool
	Production          bool         // no http but https, strict transport security
	Simulator           http.Handler // answers below /simulator/; nil makes that a 404
	// Demo is presenter mode: the page /demo. It lets this site's own pages frame all others, so it is for demonstrations with the simulator
	// alone. Nil makes /demo a 404.
	Demo   *Demo
	Mailer Mailer // sends receipts, and the links of orders that are looked up; nil sends nothing
	// Metrics takes what is counted, under names that begin with checkout_, and is what GET /metrics answers with. Nil counts nothing. A
	// checkout needs a registry of its own.
	Metrics *prometheus.Registry
	// MetricsToken is the bearer token that opens GET /metrics, which tells takings. Without one it is answered to this machine alone, and in
	// production not at all.
	MetricsToken string
	// Traces gets a span for each request, call of the gateway and write to the database. Nil draws none.
	Traces trace.TracerProvider

	Log *slog.Logger     // takes no personal data; lines of one request have its request_id. Defaults to slog.Default()
	Now func() time.Time // the clock. Defaults to time.Now
}

// Checkout is a running checkout. Its methods may be called from many goroutines.
type Checkout struct {
	o       Options
	store   *models.Store
	pages   *handlers.Handler
	watch   watchers
	seen    seen
	sending singleflight.Group // by payment, wallet and method: a double click sends once
	asking  singleflight.Group // by payment
	recent  recently
	post    post
	wire    *wireLog
	outbox  *outbox
	sender  *webhooks.Sender
	secrets map[string]string // of the configured endpoints, by URL

	telemetry *telemetry.Telemetry // nil without
	alive     pulse
	keys      error // why the keys can't be used

	discounts map[string]models.Discount // by code
	countries []models.Country
	states    map[string][]models.State
	life      *life
}

// New opens the database, brings its schema and the shelf up to date, and builds the pages. The caller serves
// Handler, calls Run in the background, and Close at the end.
func New(ctx context.Context, o Options) (*Checkout, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	c := &Checkout{o: o, states: map[string][]models.State{}, discounts: map[string]models.Discount{}, post: newPost(), life: newLife(),
		outbox: newOutbox(), secrets: map[string]string{}, sender: webhooks.New(webhooks.Sender{AllowPrivate: o.AllowPrivateWebhooks, Now: o.Now})}
	for _, d := range o.Discounts {
		c.discounts[d.Code] = d
	}
	for _, country := range lianlian.Countries() {
		c.countries = append(c.countries, models.Country{Code: country.Code, Name: country.Name})
		for _, s := range lianlian.States(country.Code) {
			c.states[country.Code] = append(c.states[country.Code], models.State{Country: s.Country, Code: s.Code, Name: s.Name})
		}
	}
	var err error
	if c.telemetry, err = telemetry.New(o.Metrics, o.Traces); err != nil {
		return nil, fmt.Errorf("checkout: Options.Metrics: %w", err)
	}
	c.o.Client = observed(o.Client, c.telemetry)
	c.alive.at.Store(time.Now().UnixNano())
	c.keys = tryKeys(o.Client)
	so := models.StoreOptions{DSN: o.Database, DB: o.DB, Log: o.Log, Now: o.Now, Mail: o.Mailer != nil}
	if c.telemetry != nil {
		so.Observer = c.telemetry
	}
	if c.store, err = models.OpenStore(ctx, so); err != nil {
		return nil, fmt.Errorf("checkout: %w", err)
	}
	c.wire = &wireLog{save: c.store.SaveExchanges, fail: func(lost int, err error) {
		o.Log.Error("calls to the gateway are missing from the wire log", "calls", lost, "error", err.Error())
	}}
	if o.Catalogue != nil {
		if err := c.store.ClearShelf(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("clear the shop's own shelf: %w", err), c.store.Close())
		}
	}
	if o.Products != nil {
		if err := c.store.SeedProducts(ctx, o.Products); err != nil {
			return nil, errors.Join(fmt.Errorf("stock the shop: %w", err), c.store.Close())
		}
	}
	if err := c.store.SeedDiscounts(ctx, o.Discounts); err != nil {
		return nil, errors.Join(fmt.Errorf("make the discount codes known: %w", err), c.store.Close())
	}
	if err := c.setEndpoints(ctx); err != nil {
		return nil, errors.Join(err, c.store.Close())
	}
	if c.pages, err = c.newPages(); err != nil {
		return nil, errors.Join(err, c.store.Close())
	}
	c.o.APIKeys, c.o.MetricsToken = nil, "" // the pages have their hashes
	if err := c.telemetry.Watch(o.Metrics, telemetry.Sources{Pulse: c.store.Pulse, Parts: c.Parts, Streams: c.pages.OpenStreams}); err != nil {
		return nil, errors.Join(fmt.Errorf("checkout: Options.Metrics: %w", err), c.store.Close())
	}
	return c, nil
}

func (c *Checkout) newPages() (*handlers.Handler, error) {
	o, base := c.o, strings.TrimSuffix(c.o.BaseURL.Path, "/")
	site, err := handlers.NewSite(handlers.Site{
		ShopName: o.ShopName.In(o.Locale), ShopNames: o.ShopName, SupportEmail: o.SupportEmail, TermsURL: o.TermsURL, PrivacyURL: o.PrivacyURL, Logo: o.Logo, Accent: o.Accent, BasePath: base,
		Simulator: o.Simulator != nil, Mails: o.Mailer != nil, Discounts: len(o.Discounts) > 0,
	})
	if err != nil {
		return nil, err
	}
	images := slices.Clone(o.ImageOrigins)
	for _, p := range o.Products {
		images = append(images, p.Image)
	}
	ho := handlers.Options{
		Shop: c, People: c.store, RequireSecondFactor: o.RequireSecondFactor, Images: images, Site: site, BaseURL: o.BaseURL, BasePath: base, Currency: o.Currency, Locale: o.Locale, Processors: o.Processors, Require: o.Require, ExtraField: o.ExtraField,
		APIKeys: o.APIKeys, ReturnOrigins: o.ReturnOrigins, Refunds: o.Refunds,
		OpenID: o.OpenID, TrustedProxies: o.TrustedProxies, EmbedOrigins: o.EmbedOrigins, Limits: o.Limits, AdminUsername: o.AdminUsername,
		AdminPasswordHash: o.AdminPasswordHash, Production: o.Production, Simulator: o.Simulator, Mails: o.Mailer != nil, Log: o.Log, Now: o.Now,
		MetricsToken: o.MetricsToken, Demo: o.Demo,
	}
	if o.Metrics != nil {
		ho.Metrics = telemetry.Handler(o.Metrics)
	}
	if c.telemetry != nil {
		ho.Observer = c.telemetry
	}
	return handlers.New(ho)
}

func (o *Options) complete() error {
	switch {
	case o.Client == nil || o.Client.Signer == nil || o.Client.Verifier == nil:
		return errors.New("checkout: Options.Client with its keys is missing")
	case o.BaseURL == nil || o.BaseURL.Host == "" || (o.BaseURL.Scheme != "https" && o.BaseURL.Scheme != "http"):
		return errors.New("checkout: Options.BaseURL must be an absolute http or https URL")
	case o.TermsURL != "" && !models.IsHTTPS(o.TermsURL) || o.PrivacyURL != "" && !models.IsHTTPS(o.PrivacyURL):
		return errors.New("checkout: Options.TermsURL and PrivacyURL must be https URLs")
	case o.Catalogue != nil && o.Products != nil:
		return errors.New("checkout: Options.Products and Options.Catalogue are both set; products come from one of them")
	}
	if err := o.oneDatabase(); err != nil {
		return err
	}
	// Processors, Require and Limits are the pages' alone, and defaulted there.
	o.Currency = cmp.Or(o.Currency, "HKD")
	o.Country = cmp.Or(o.Country, "HK")
	o.Locale = cmp.Or(o.Locale, "en")
	o.ExpiresAfter = cmp.Or(max(o.ExpiresAfter, 0), 30*time.Minute)
	o.ReconcileInterval = cmp.Or(max(o.ReconcileInterval, 0), 10*time.Second)
	o.ReconcileHorizon = cmp.Or(max(o.ReconcileHorizon, 0), 168*time.Hour)
	if err := models.CheckDiscounts(o.Discounts, o.Currency); err != nil {
		return fmt.Errorf("checkout: %w", err)
	}
	if err := o.checkWebhooks(); err != nil {
		return err
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Log = requestid.Logger(o.Log)
	if o.Now == nil {
		o.Now = time.Now
	}
	o.guard()
	return nil
}

func (o *Options) oneDatabase() error {
	if (o.Database == "") == (o.DB == nil) {
		return errors.New("checkout: set one of Options.Database and Options.DB")
	}
	return nil
}

// Handler serves the shop, its checkout and its console, below BaseURL's path. Requests must come with that path, as net/http's
// ServeMux, gin and chi pass them on when nothing strips it. A context value of the request reaches Catalogue and OpenID.
func (c *Checkout) Handler() http.Handler { return c.pages }

// CloseStreams ends the live status streams. Call it before the server's Shutdown, which waits for them.
func (c *Checkout) CloseStreams() { c.pages.CloseStreams() }

// Close ends Run and live streams, waits for what is being written, and closes the database unless it was given as Options.DB. Nothing
// may be called afterwards, but Close itself. End the server before.
func (c *Checkout) Close() error {
	if !c.life.close() {
		return nil
	}
	c.pages.CloseStreams()
	c.wire.close()
	return c.store.Close()
}

// Ready tells why money can't be taken at the moment; nil when it can.
func (c *Checkout) Ready(ctx context.Context) error { return models.NotReady(c.Parts(ctx)) }
