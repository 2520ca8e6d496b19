// Package handlers is the shop's HTTP side: it reads requests, calls the Shop, and answers with pages,
// redirects, JSON and streams. It decides nothing about money.
package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"

	"lianlian-checkout/internal/requestid"
	"lianlian-checkout/models"
)

// Options are what New needs. Shop, People, Site and BaseURL are required; the rest has defaults.
type Options struct {
	Shop   Shop
	People PeopleShop
	Site   *Site
	// BasePath is where everything is mounted: "" or like "/pay". Requests arrive with it in their path.
	BasePath string
	// BaseURL is the shop's public address. Links and cookies follow it, never a request's Host header.
	BaseURL *url.URL
	// Processors are the wallets on offer, in their order of display. Defaults to all four.
	Processors []models.Processor
	// Require names the customer fields (guide 3.2) that the checkout form insists on. Nil means full_name and email.
	Require []string
	// ExtraField is the merchant's own question on the form. Defaults to none.
	ExtraField *models.ExtraField
	// Currency is the shop's: what a buyer's own price is checked in. Defaults to HKD.
	Currency string
	// Locale is the language when the browser names none that we have. Defaults to en.
	Locale string
	// TrustedProxies are addresses or networks whose X-Forwarded-For is believed. Defaults to none.
	TrustedProxies []string
	// Images are addresses of pictures on other sites that pages may show; the shop's logo counts by itself.
	Images []string
	// APIKeys are the bearer keys of the session API; New keeps their hashes alone. Without any the API is closed.
	APIKeys []string
	// ReturnOrigins are the exact origins that a session's return_url and cancel_url may lead to. Defaults to none.
	ReturnOrigins []string
	// EmbedOrigins may frame the pages below /embed/. Defaults to none.
	EmbedOrigins []string
	Limits       Limits
	// Mails says that the shop sends e-mails: a looked-up order's link goes to the buyer's address, not to whoever asked.
	Mails bool
	// AdminUsername and AdminPasswordHash (argon2id in its PHC form) open the console; without both it is closed.
	AdminUsername     string
	AdminPasswordHash string
	// Refunds says that refunds can be made here: see lianlian.refunds.
	Refunds bool
	// RequireSecondFactor makes everybody but the configured operator set up a second factor before anything else.
	RequireSecondFactor bool
	// Production refuses http payment pages on loopback and turns on HSTS when BaseURL is https.
	Production bool
	// Simulator answers everything below /simulator/; it gets the request's path unchanged. Nil makes that a 404.
	Simulator http.Handler
	// Demo is presenter mode; nil makes /demo a 404.
	Demo *Demo
	// OpenID tells the WeChat id of a buyer whose page is open inside WeChat, or "". Nil sends none.
	OpenID func(ctx context.Context, r *http.Request) (string, error)
	// Observer is told of every request; nil for nobody.
	Observer Observer
	// Metrics answers GET /metrics; nil makes that a 404. MetricsToken is the bearer token that opens it, of which New keeps the hash alone.
	// Without one it answers callers on this machine, and in production nobody.
	Metrics      http.Handler
	MetricsToken string
	// Log defaults to slog.Default().
	Log *slog.Logger
	// Now defaults to time.Now.
	Now func() time.Time
	// MaxStreams is how many status streams may be open at once. Defaults to 1000.
	MaxStreams int
}

// Limits are requests per minute for one address (an IPv6 address counts as its /64 network).
// Zero takes the default; a negative number means no limit.
type Limits struct {
	Checkout int // orders made, retried and continued. Defaults to 60
	Login    int // tries to sign in; wrong API keys. Defaults to 10
	API      int // status requests, streams opened, cart changes; requests of one API key. Defaults to 600
	Find     int // orders looked up. Defaults to 10
	Discount int // discount codes that don't exist. Defaults to 10
	Notify   int // refused notifications that are logged; all of them are answered. Defaults to 60
}

// Handler serves the shop.
type Handler struct {
	o         Options
	engine    *gin.Engine
	secure    bool   // BaseURL is https
	images    string // further origins of pictures, for the CSP
	cross     *http.CrossOriginProtection
	sessions  *scs.SessionManager
	hashing   chan struct{} // one place for each password hash under way
	streams   *streams
	codes     codes
	pictures  pictureCache
	look      looks
	examining chan struct{} // one place for the go-live check under way
	began     string        // names this process in the tags of pages
	keys      *keyRing
	watchers  []apiKey // who may read metrics and the parts of readiness

	checkoutLimit, loginLimit, apiLimit, notifyLimit, lookUpLimit, codeLimit *limiter

	keyLimit, wrongKeyLimit *limiter // of one API key; of addresses with a wrong one

	findLimit *limiter // of one number, and of one e-mail address

	pairLimit, nameLimit *limiter // of tries to sign in under one name: from one network, and from browsers that nobody signed in with
	refusals             *limiter // of refused sign-ins in the audit log, by name
}

// New checks the options and builds the route table.
func New(o Options) (*Handler, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	h := &Handler{
		o:             o,
		secure:        o.BaseURL.Scheme == "https",
		images:        imageOrigins(append([]string{o.Site.Logo}, o.Images...)),
		cross:         http.NewCrossOriginProtection(),
		sessions:      newSessions(o),
		hashing:       make(chan struct{}, maxHashes),
		streams:       newStreams(o.MaxStreams),
		pictures:      pictureCache{kept: newRecent[models.Picture](maxPictures)},
		codes:         codes{drawn: newRecent[[]byte](maxCodes)},
		began:         rand.Text(),
		examining:     make(chan struct{}, 1),
		checkoutLimit: newLimiter(o.Limits.Checkout, o.Now),
		loginLimit:    newLimiter(o.Limits.Login, o.Now),
		apiLimit:      newLimiter(o.Limits.API, o.Now),
		notifyLimit:   newLimiter(o.Limits.Notify, o.Now),
		lookUpLimit:   newLimiter(o.Limits.Find, o.Now),
		findLimit:     newSlowLimiter(triesForOne, triesWithin, o.Now),
		codeLimit:     newLimiter(o.Limits.Discount, o.Now),
		keyLimit:      newLimiter(o.Limits.API, o.Now),
		wrongKeyLimit: newLimiter(o.Limits.Login, o.Now),
		pairLimit:     newSlowLimiter(triesOfPair, pairWithin, o.Now),
		nameLimit:     newSlowLimiter(triesOfName, nameWithin, o.Now),
		refusals:      newLimiter(refusalsKept, o.Now),
		keys:          newKeyRing(o),
	}
	if o.Limits.Login < 0 {
		h.pairLimit.most, h.nameLimit.most = -1, -1
	}
	if o.MetricsToken != "" {
		h.watchers = hashKeys([]string{o.MetricsToken})
	}
	h.o.APIKeys, h.o.MetricsToken = nil, ""
	if err := h.cross.AddTrustedOrigin(o.BaseURL.Scheme + "://" + o.BaseURL.Host); err != nil {
		return nil, fmt.Errorf("base URL %s: %w", o.BaseURL, err)
	}
	if err := h.routes(); err != nil {
		return nil, err
	}
	return h, nil
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.engine.ServeHTTP(w, r) }

// OpenStreams is how many status streams are open.
func (h *Handler) OpenStreams() int { return h.streams.count() }

// CloseStreams ends all status streams and opens no more. Call it before the server's Shutdown, which waits for them.
func (h *Handler) CloseStreams() { h.streams.close() }

// complete fills in defaults and says everything that is wrong.
func (o *Options) complete() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if o.Shop == nil {
		bad("shop is missing")
	}
	if o.People == nil {
		bad("people are missing")
	}
	if o.Site == nil {
		bad("site is missing")
	}
	if o.BaseURL == nil || o.BaseURL.Host == "" || (o.BaseURL.Scheme != "http" && o.BaseURL.Scheme != "https") {
		bad("base URL is missing or not like https://shop.example")
	}
	if o.BasePath != "" && (!strings.HasPrefix(o.BasePath, "/") || strings.HasSuffix(o.BasePath, "/") || strings.ContainsAny(o.BasePath, ":*?#")) {
		bad("base path %q: write it like /pay", o.BasePath)
	}
	for _, name := range o.Require {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			bad("require %q: there is no such customer field", name)
		}
	}
	for _, p := range o.Processors {
		if !p.Known() {
			bad("processor %q is unknown", p)
		}
	}
	if o.AdminPasswordHash != "" {
		if _, _, _, err := argon2id.DecodeHash(o.AdminPasswordHash); err != nil {
			bad("admin password hash is not argon2id's: %w", err)
		}
	}
	o.defaults()
	return errors.Join(errs...)
}

func (o *Options) defaults() {
	if o.Processors == nil {
		o.Processors = models.Processors
	}
	if o.Require == nil {
		o.Require = []string{"full_name", "email"}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Log = requestid.Logger(o.Log)
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Currency = cmp.Or(o.Currency, "HKD")
	o.Locale = cmp.Or(o.Locale, "en")
	o.MaxStreams = cmp.Or(o.MaxStreams, 1000)
	o.Limits.Checkout = cmp.Or(o.Limits.Checkout, 60)
	o.Limits.Login = cmp.Or(o.Limits.Login, 10)
	o.Limits.API = cmp.Or(o.Limits.API, 600)
	o.Limits.Find = cmp.Or(o.Limits.Find, 10)
	o.Limits.Discount = cmp.Or(o.Limits.Discount, 10)
	o.Limits.Notify = cmp.Or(o.Limits.Notify, 60)
}
