package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/config"
	"lianlian-checkout/lianlian/simulator"
)

// stopWithin is how long requests under way may take to end when the program is told to stop.
const stopWithin = 15 * time.Second

// collectAt is how much the heap may grow, in percent of what is in use, before garbage is collected. A shop uses less than 10 MB: Go's
// own 100 would collect many times a second under load, and take a tenth of the time.
const collectAt = 200

type serveCommand struct{}

// Run serves until ctx ends: it takes no new requests then, lets those under way end, and closes the database.
func (serveCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	conf, err := cli.load(p)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	log := logger(conf, p.Stderr)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", conf.Server.Address)
	if err != nil {
		return fmt.Errorf("server.address: %w", err)
	}
	base, err := url.Parse(conf.BaseURL(listener.Addr()))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	seen, err := overlook(ctx, conf, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer seen.close()
	a, err := assemble(ctx, conf, base, listener.Addr(), log, seen)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	seen.serve(conf, log)
	handler := &resting{Handler: a.checkout.Handler()}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	var background sync.WaitGroup
	running, stop := context.WithCancel(ctx)
	defer stop()
	background.Go(func() { a.checkout.Run(running) })
	background.Go(func() { handler.rest(running, debug.FreeOSMemory) })

	fmt.Fprintln(p.Stdout, a.greeting)
	err = serveUntil(ctx, server, listener, func() {
		log.Info("stopping")
		a.release()
	})
	stop()
	background.Wait()
	return errors.Join(err, a.close())
}

// serveUntil serves until ctx ends. release then lets go of everybody who is only waiting, for whom Shutdown would wait too; other requests under way
// may take stopWithin to end.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener, release func()) error {
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	release()
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	err := server.Shutdown(limit)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	return err
}

// assembly is the checkout with what stands beside it.
type assembly struct {
	checkout  *checkout.Checkout
	simulator *simulator.Simulator // nil when the gateway is LianLian's
	greeting  string
}

// release lets go of everybody who is only waiting: Shutdown would wait for them.
func (a *assembly) release() {
	a.checkout.CloseStreams()
	if a.simulator != nil {
		a.simulator.Close()
	}
}

func (a *assembly) close() error {
	if a.simulator != nil {
		a.simulator.Close()
	}
	return a.checkout.Close()
}

// knownHash hashes a password that stands in the configuration, or on the screen, in clear: a hash that is hard to break would
// protect nothing, and take 64 MiB and most of the time that the program needs to start. The same password has the same hash at each start,
// so that open sessions go on; the hash isn't kept anywhere.
func knownHash(password, username, host string) string {
	const memory = 4 << 10 // KiB
	salt := sha256.Sum256([]byte("admin.password\x00" + username + "\x00" + host))
	key := argon2.IDKey([]byte(password), salt[:16], 1, memory, 1, 32)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=1,p=1$%s$%s", argon2.Version, memory, base64.RawStdEncoding.EncodeToString(salt[:16]), base64.RawStdEncoding.EncodeToString(key))
}

// assemble builds the checkout as configured. base is the shop's public address, listening where this machine
// reaches it. further changes the options at last.
func assemble(ctx context.Context, conf *config.Config, base *url.URL, listening net.Addr, log *slog.Logger, seen *overlooked, further ...func(*checkout.Options, *simulator.Simulator)) (*assembly, error) {
	a := &assembly{greeting: "Shop open at " + base.String()}
	now := time.Now
	if skew := conf.Clock.Skew; skew != 0 {
		now = func() time.Time { return time.Now().Add(skew) }
	}
	gate, err := gateway(conf, base, listening, log, now)
	if err != nil {
		return nil, usageError{err}
	}
	o := checkout.Options{
		Client: gate.client, BaseURL: base, Database: conf.Database.DSN.Value(), Products: conf.Products(), Discounts: conf.Discounts(),
		ShopName: conf.Shop.Name, SupportEmail: conf.Shop.SupportEmail, TermsURL: conf.Shop.TermsURL, PrivacyURL: conf.Shop.PrivacyURL, Logo: conf.Shop.Logo, Accent: conf.Shop.Accent,
		Currency: conf.Shop.Currency, Country: conf.Shop.Country, Locale: conf.Shop.Locale,
		Processors: conf.Checkout.Processors, Require: conf.Checkout.Require, ExpiresAfter: conf.Checkout.ExpiresAfter,
		ReconcileInterval: conf.Reconcile.Interval, ReconcileHorizon: conf.Reconcile.Horizon,
		TrustedProxies: conf.Server.TrustedProxies, EmbedOrigins: conf.Embed.Origins,
		APIKeys: conf.API.Texts(), ReturnOrigins: conf.API.ReturnOrigins,
		Limits:        checkout.Limits{Checkout: conf.Limits.Checkout, Login: conf.Limits.Login, API: conf.Limits.API, Find: conf.Limits.LookUp, Discount: conf.Limits.Discount},
		Refunds:       conf.LianLian.Refunds.On(),
		AdminUsername: conf.Admin.Username, AdminPasswordHash: conf.Admin.PasswordHash.Value(),
		RequireSecondFactor: conf.Admin.RequireSecondFactor,
		Production:          conf.LianLian.Mode == config.ModeProduction, Log: log, Now: now,
	}
	o.Metrics, o.MetricsToken, o.Traces = seen.registry, conf.Metrics.Token.Value(), seen.traces()
	o.Webhooks, o.AllowPrivateWebhooks = receivers(conf), conf.Webhooks.AllowPrivate
	o.Checks = []checkout.Check{files(conf, os.Environ())}
	o.Keep, o.Backups = keep(conf), checkout.Backups{Folder: conf.Database.BackupFolder, Keep: conf.Database.BackupKeep}
	if o.Mailer, err = emails(conf); err != nil {
		return nil, usageError{err}
	}
	if extra := conf.Checkout.ExtraField; extra.Label.In("en") != "" {
		o.ExtraField = &checkout.ExtraField{Label: extra.Label, Hint: extra.Hint, Required: extra.Required, MaxLength: extra.MaxLength}
	}
	if a.simulator = gate.simulator; a.simulator != nil {
		o.Simulator = a.simulator
		a.greeting += "\nNo real money: payments go to the built-in simulator, at " + base.Path + "/simulator/"
	}
	password := conf.Admin.Password.Value()
	if password == "" && o.AdminPasswordHash == "" && gate.simulator != nil {
		password, o.AdminUsername = rand.Text()[:12], "admin"
		a.greeting += "\nConsole at " + base.Path + "/admin: user admin, password for this run " + strings.ToLower(password)
		password = strings.ToLower(password)
	}
	if password != "" {
		o.AdminPasswordHash = knownHash(password, o.AdminUsername, base.Host)
	} else if o.AdminPasswordHash == "" {
		log.Info("the configuration names no operator: set admin.username and admin.password_hash to sign in at the console and add people")
	}
	if len(o.APIKeys) == 0 {
		log.Info("the configuration has no API key: make one in the console, or set api.keys or CHECKOUT_API_KEYS")
	}
	for _, f := range further {
		f(&o, a.simulator)
	}
	a.checkout, err = checkout.New(ctx, o)
	if err == nil && gate.shop != nil {
		gate.shop.shop.Store(a.checkout)
	}
	conf.API.Keys = nil // the checkout has their hashes
	return a, err
}
