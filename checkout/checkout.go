// Package checkout is the product: a shop's checkout for the LianLian Pay global gateway. New makes one,
// Handler serves its pages, Run asks the gateway about what nobody told us, Close ends it.
package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// Options are what New needs. Client, BaseURL and Database are required; the rest has defaults.
type Options struct {
	// Client speaks with the gateway; its Verifier also reads notifications and returns.
	Client *lianlian.Client
	// BaseURL is the shop's public address, with its base path if it is mounted below one. The gateway sends its
	// notifications and the buyer back to it.
	BaseURL *url.URL
	// Database is a file's path, or a postgres:// URL.
	Database string
	// Products is the shelf as configured; see models.Store.SeedProducts. Nil leaves the shelf as it is.
	Products []models.Product
	// Discounts are the codes that buyers can enter. Without any the cart doesn't ask for one.
	Discounts []models.Discount

	ShopName     models.Text
	SupportEmail string
	Logo         string // a path below /static/ or an https URL
	Accent       string // #rrggbb
	Currency     string // guide 5.3.2. Defaults to HKD
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

	TrustedProxies    []string // whose X-Forwarded-For is believed. Defaults to none
	EmbedOrigins      []string
	APIKeys           []string // bearer keys of the session API; only their hashes are kept. Without any the API is closed
	ReturnOrigins     []string // exact origins where a session's return_url and cancel_url may lead. Defaults to none
	Limits            handlers.Limits
	AdminUsername     string
	AdminPasswordHash string
	Production        bool         // no http but https, strict transport security
	Simulator         http.Handler // answers below /simulator/; nil makes that a 404
	Mailer            Mailer       // sends receipts, and the links of orders that are looked up; nil sends nothing
	Log               *slog.Logger // Defaults to slog.Default()
	Now               func() time.Time
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

	discounts map[string]models.Discount // by code
	countries []models.Country
	states    map[string][]models.State
	closing   sync.Once
}

// New opens the database, brings its schema and the shelf up to date, and builds the pages. The caller serves
// Handler, calls Run in the background, and Close at the end.
func New(ctx context.Context, o Options) (*Checkout, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	c := &Checkout{o: o, states: map[string][]models.State{}, discounts: map[string]models.Discount{}, post: newPost()}
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
	if c.store, err = models.OpenStore(ctx, models.StoreOptions{DSN: o.Database, Log: o.Log, Now: o.Now, Mail: o.Mailer != nil}); err != nil {
		return nil, err
	}
	if o.Products != nil {
		if err := c.store.SeedProducts(ctx, o.Products); err != nil {
			return nil, errors.Join(fmt.Errorf("stock the shop: %w", err), c.store.Close())
		}
	}
	if err := c.store.SeedDiscounts(ctx, o.Discounts); err != nil {
		return nil, errors.Join(fmt.Errorf("make the discount codes known: %w", err), c.store.Close())
	}
	if c.pages, err = c.newPages(); err != nil {
		return nil, errors.Join(err, c.store.Close())
	}
	c.o.APIKeys = nil // the pages have their hashes
	return c, nil
}

func (c *Checkout) newPages() (*handlers.Handler, error) {
	o, base := c.o, strings.TrimSuffix(c.o.BaseURL.Path, "/")
	site, err := handlers.NewSite(handlers.Site{
		ShopName: o.ShopName.In(o.Locale), ShopNames: o.ShopName, SupportEmail: o.SupportEmail, Logo: o.Logo, Accent: o.Accent, BasePath: base,
		Simulator: o.Simulator != nil, Mails: o.Mailer != nil, Discounts: len(o.Discounts) > 0,
	})
	if err != nil {
		return nil, err
	}
	var images []string
	for _, p := range o.Products {
		images = append(images, p.Image)
	}
	return handlers.New(handlers.Options{
		Shop: c, Images: images, Site: site, BaseURL: o.BaseURL, BasePath: base, Currency: o.Currency, Locale: o.Locale, Processors: o.Processors, Require: o.Require, ExtraField: o.ExtraField,
		APIKeys: o.APIKeys, ReturnOrigins: o.ReturnOrigins,
		OpenID: o.OpenID, TrustedProxies: o.TrustedProxies, EmbedOrigins: o.EmbedOrigins, Limits: o.Limits, AdminUsername: o.AdminUsername,
		AdminPasswordHash: o.AdminPasswordHash, Production: o.Production, Simulator: o.Simulator, Mails: o.Mailer != nil, Log: o.Log, Now: o.Now,
	})
}

func (o *Options) complete() error {
	switch {
	case o.Client == nil || o.Client.Signer == nil || o.Client.Verifier == nil:
		return errors.New("checkout: Options.Client with its keys is missing")
	case o.BaseURL == nil || o.BaseURL.Host == "" || (o.BaseURL.Scheme != "https" && o.BaseURL.Scheme != "http"):
		return errors.New("checkout: Options.BaseURL must be an absolute http or https URL")
	case o.Database == "":
		return errors.New("checkout: Options.Database is missing")
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
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return nil
}

// Handler serves the shop, its checkout and its console.
func (c *Checkout) Handler() http.Handler { return c.pages }

// CloseStreams ends the live status streams. Call it before the server's Shutdown, which waits for them.
func (c *Checkout) CloseStreams() { c.pages.CloseStreams() }

// Close closes the database after what is being written. Nothing may be called afterwards.
func (c *Checkout) Close() error {
	var err error
	c.closing.Do(func() {
		c.pages.CloseStreams()
		err = c.store.Close()
	})
	return err
}

// Ready tells why money can't be taken at the moment; nil when it can.
func (c *Checkout) Ready(ctx context.Context) error { return c.store.Ready(ctx) }
