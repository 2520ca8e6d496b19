package app

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lianlian-checkout/internal/config"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/lianlian/simulator"
)

type simulatorCommand struct {
	Address     string `help:"Where to listen; port 0 picks a free one. Defaults to simulator.address." placeholder:"HOST:PORT"`
	BaseURL     string `help:"URL under which shops and buyers reach it. Defaults to simulator.base_url, else from the address." placeholder:"URL"`
	MerchantID  string `help:"The merchant that it knows. Defaults to simulator.merchant_id." placeholder:"ID"`
	MerchantKey string `help:"The merchant's public key: PEM, one line of base64, or a file. Defaults to simulator.merchant_key, else a key pair is made." placeholder:"KEY"`
	State       string `help:"File that keeps its payments over a restart. Defaults to simulator.state_file." placeholder:"FILE"`
	Speed       int    `help:"How much faster than real time its schedule runs. Defaults to simulator.speed." placeholder:"N"`
}

// Run serves the simulator alone until ctx ends, and prints what a shop's configuration needs to use it.
func (c simulatorCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	conf, err := cli.load(p)
	if err != nil {
		return err
	}
	c.lay(&conf.Simulator)
	log := logger(conf, p.Stderr)
	o, privateFile, err := c.options(conf)
	if err != nil {
		return usageError{err}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", conf.Simulator.Address)
	if err != nil {
		return usageError{fmt.Errorf("simulator.address: %w", err)}
	}
	if o.BaseURL = strings.TrimRight(conf.Simulator.BaseURL, "/"); o.BaseURL == "" {
		o.BaseURL = "http://" + local(listener.Addr())
	}
	o.Logger = log
	sim, err := newSimulator(o, conf.Simulator)
	if err != nil {
		return usageError{errors.Join(err, listener.Close())}
	}
	defer sim.Close()
	if err := describeSimulator(p.Stdout, o, sim.PublicKey(), privateFile); err != nil {
		return errors.Join(err, listener.Close())
	}
	return serveSimulator(ctx, listener, sim, log)
}

// lay lays the flags over the configuration.
func (c simulatorCommand) lay(s *config.Simulator) {
	for _, f := range []struct {
		to   *string
		text string
	}{{&s.Address, c.Address}, {&s.BaseURL, c.BaseURL}, {&s.MerchantID, c.MerchantID}, {&s.StateFile, c.State}} {
		if f.text != "" {
			*f.to = f.text
		}
	}
	if c.Speed != 0 {
		s.Speed = c.Speed
	}
}

// options are the simulator's but for its URL. Where no key of the merchant is given, a pair is made beside the database, and
// privateFile is the half that the shop signs with.
func (c simulatorCommand) options(conf *config.Config) (o simulator.Options, privateFile string, err error) {
	folder := keyFolder(conf.Database.DSN)
	text := c.MerchantKey
	if text == "" {
		text = conf.Simulator.MerchantKey.Value()
	} else if content, err := readMessage(text); err == nil {
		text = string(content)
	}
	if text != "" {
		if o.MerchantKey, err = lianlian.ParsePublicKey(text); err != nil {
			return o, "", fmt.Errorf("the merchant's public key: %w", err)
		}
	}
	o.MerchantID, o.StateFile = conf.Simulator.MerchantID, conf.Simulator.StateFile
	if o.MerchantID == "" {
		o.MerchantID = simulator.DemoMerchantID
	}
	if o.MerchantKey == nil || o.StateFile == "" {
		keys, err := simulator.LoadKeys(folder)
		if err != nil {
			return o, "", err
		}
		if o.StateFile == "" { // else the state has the gateway's key
			o.Key = keys.Gateway
		}
		if o.MerchantKey == nil {
			o.MerchantKey, privateFile = &keys.Merchant.PublicKey, filepath.Join(folder, "merchant_private.pem")
		}
	}
	return o, privateFile, nil
}

// newSimulator makes a simulator that behaves as configured. A speed of 1 leaves what a state file has.
func newSimulator(o simulator.Options, c config.Simulator) (*simulator.Simulator, error) {
	if o.StateFile = c.StateFile; c.Speed != 1 {
		o.Speed = float64(c.Speed)
	}
	sim, err := simulator.New(o)
	if err == nil && len(c.Scenario) > 0 {
		sim.SetScenario(c.Misbehaviour())
	}
	return sim, err
}

// describeSimulator prints what a shop's config.yaml needs. No private key is printed.
func describeSimulator(w io.Writer, o simulator.Options, key *rsa.PublicKey, privateFile string) error {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return err
	}
	private := "# private_key: the half that belongs to the public key you gave"
	if privateFile != "" {
		if abs, err := filepath.Abs(privateFile); err == nil {
			privateFile = abs
		}
		private = fmt.Sprintf("private_key: %q", privateFile)
	}
	_, err = fmt.Fprintf(w, "Simulator open at %s/ (no real money)\nA shop's config.yaml:\n\nlianlian:\n  mode: test\n  base_url: %s\n  merchant_id: %q\n  %s\n  public_key: %s\n",
		o.BaseURL, o.BaseURL, o.MerchantID, private, base64.StdEncoding.EncodeToString(der))
	return err
}

// serveSimulator has no limit for writing: answers are held back on purpose.
func serveSimulator(ctx context.Context, listener net.Listener, sim *simulator.Simulator, log *slog.Logger) error {
	server := &http.Server{
		Handler: sim, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	err := serveUntil(ctx, server, listener, sim.Close)
	if errors.Is(err, os.ErrClosed) || errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return err
}
