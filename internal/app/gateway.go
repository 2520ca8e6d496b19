package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
	_ "time/tzdata" // a machine without time zone files still knows Asia/Hong_Kong

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/config"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// gatewaySide is who the shop speaks with: LianLian, or the simulator in this process.
type gatewaySide struct {
	client    *lianlian.Client
	simulator *simulator.Simulator
	shop      *reactions // nil without the simulator
}

// reactions lets the simulator ask a shop that is made after it.
type reactions struct {
	shop atomic.Pointer[checkout.Checkout]
}

func (r *reactions) to(ctx context.Context, merchantTransactionID, locale string) (simulator.Reaction, error) {
	shop := r.shop.Load()
	if shop == nil {
		return simulator.Reaction{}, simulator.ErrNoOrder
	}
	status, lines, address, err := shop.Told(ctx, merchantTransactionID, locale)
	if errors.Is(err, models.ErrNotFound) {
		err = simulator.ErrNoOrder
	}
	return simulator.Reaction{Status: status, Lines: lines, URL: address}, err
}

func gateway(conf *config.Config, base *url.URL, listening net.Addr, log *slog.Logger, now func() time.Time) (*gatewaySide, error) {
	zone, err := time.LoadLocation(conf.LianLian.Timezone)
	if err != nil {
		return nil, fmt.Errorf("lianlian.timezone: %w", err)
	}
	client := &lianlian.Client{
		BaseURL: conf.LianLian.BaseURL, MerchantID: conf.LianLian.MerchantID, Timezone: zone,
		Timestamp: lianlian.TimestampForm(conf.LianLian.Timestamp), Timeout: conf.LianLian.Timeout, Now: now,
	}
	if conf.LianLian.Refunds.On() {
		client.RefundAPI = string(conf.LianLian.Refunds)
	}
	if conf.LianLian.Mode == config.ModeSimulator && client.BaseURL == "" {
		return simulated(conf, client, base, listening, log, now)
	}
	private, err := lianlian.ParsePrivateKey(conf.LianLian.PrivateKey.Value())
	if err != nil {
		return nil, fmt.Errorf("lianlian.private_key: %w", err)
	}
	public, err := lianlian.ParsePublicKey(conf.LianLian.PublicKey.Value())
	if err != nil {
		return nil, fmt.Errorf("lianlian.public_key: %w", err)
	}
	if lianlian.SamePair(private, public) {
		return nil, fmt.Errorf("lianlian.public_key is the public half of lianlian.private_key: it must be the key that LianLian gave you")
	}
	for key, warning := range map[string]string{
		"lianlian.private_key": lianlian.KeyWarning(&private.PublicKey), "lianlian.public_key": lianlian.KeyWarning(public),
	} {
		if warning != "" {
			log.Warn("weak key", "key", key, "warning", warning)
		}
	}
	client.Signer, client.Verifier = lianlian.NewSigner(private), lianlian.NewVerifier(public)
	return &gatewaySide{client: client}, nil
}

// simulated makes the gateway's twin under /simulator of this same server. The shop calls it over HTTP, with
// real keys both ways, as it would call LianLian.
func simulated(conf *config.Config, client *lianlian.Client, base *url.URL, listening net.Addr, log *slog.Logger, now func() time.Time) (*gatewaySide, error) {
	keys, err := simulator.LoadKeys(keyFolder(conf.Database.DSN))
	if err != nil {
		return nil, fmt.Errorf("the simulator's keys: %w", err)
	}
	o := keys.Options(base.JoinPath("simulator").String())
	shop := &reactions{}
	o.Shop, o.Locale = shop.to, pageLanguage
	o.MerchantName, o.Now, o.Logger = conf.Shop.Name.In(conf.Shop.Locale), now, log
	sim, err := newSimulator(o, conf.Simulator)
	if err != nil {
		return nil, err
	}
	twin := keys.Client("http://" + local(listening) + o.PathPrefix)
	client.BaseURL, client.MerchantID, client.Signer, client.Verifier = twin.BaseURL, twin.MerchantID, twin.Signer, twin.Verifier
	return &gatewaySide{client: client, simulator: sim, shop: shop}, nil
}

// pageLanguage is what the buyer chose in the shop, which is on the same host.
func pageLanguage(r *http.Request) string {
	c, err := r.Cookie("lang")
	if err != nil {
		return ""
	}
	return c.Value
}

// local is where this machine reaches what it listens on.
func local(a net.Addr) string {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return a.String()
	}
	if tcp.IP == nil || tcp.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
	}
	return tcp.String()
}

// keyFolder is beside the database's file, or data when the database is elsewhere.
func keyFolder(dsn config.DSN) string {
	if dsn.IsPostgres() {
		return "data"
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(dsn.Value(), "file:"), "?")
	return filepath.Dir(path)
}
