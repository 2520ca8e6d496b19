package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/config"
	"lianlian-checkout/internal/webhooks"
	"lianlian-checkout/models"
)

// receivers are the configured endpoints.
func receivers(conf *config.Config) []checkout.Endpoint {
	var list []checkout.Endpoint
	for _, e := range conf.Webhooks.Endpoints {
		list = append(list, checkout.Endpoint{URL: e.URL, Secret: e.Secret.Value(), Events: e.Events})
	}
	return list
}

// secretFile keeps the secret of a developer's receivers, beside the database.
const secretFile = "webhook_secret"

// developerSecret is the same each time: it is made at its first use.
func developerSecret(conf *config.Config) (string, error) {
	name := filepath.Join(keyFolder(conf.Database.DSN), secretFile)
	text, err := os.ReadFile(name) //nolint:gosec // beside the database
	if errors.Is(err, fs.ErrNotExist) {
		raw := make([]byte, 32)
		rand.Read(raw) // never fails
		secret := webhooks.Prefix + base64.StdEncoding.EncodeToString(raw)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return "", fmt.Errorf("keep the webhooks' secret: %w", err)
		}
		return secret, os.WriteFile(name, []byte(secret+"\n"), 0o600)
	}
	if err != nil {
		return "", fmt.Errorf("read the webhooks' secret: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if err := webhooks.CheckSecret(secret); err != nil {
		return "", usageError{fmt.Errorf("the secret in %s %w; delete the file to have a new one", name, err)}
	}
	return secret, nil
}

// secretOf is the configured secret of a receiver, else the developer's, with the words to name it by: only the developer's own is
// printed.
func secretOf(conf *config.Config, to string) (secret, words string, err error) {
	for _, e := range conf.Webhooks.Endpoints {
		if e.URL == to {
			return e.Secret.Value(), "the one in webhooks.endpoints", nil
		}
	}
	secret, err = developerSecret(conf)
	return secret, secret, err
}

type listenCommand struct {
	ForwardTo string `required:"" help:"Where to post them, like http://localhost:3000/webhooks." placeholder:"URL"`
}

// How often the outbox is looked at, and how far behind its end: PostgreSQL gives numbers before it commits, so a fact may
// turn up before others that were seen already.
const (
	listenEvery  = 300 * time.Millisecond
	listenBehind = 200
	listenBatch  = 1000
)

// Run reads the outbox of the configured database, without writing to it, and posts what happens from now on until ctx ends. The
// program that takes the payments runs beside it.
func (l listenCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	conf, err := cli.load(p)
	if err != nil {
		return err
	}
	if err := webhooks.CheckURL(l.ForwardTo, true); err != nil {
		return usageError{fmt.Errorf("--forward-to %w", err)}
	}
	secret, words, err := secretOf(conf, l.ForwardTo)
	if err != nil {
		return err
	}
	store, err := models.OpenStore(ctx, models.StoreOptions{DSN: conf.Database.DSN.Value(), Log: logger(conf, p.Stderr)})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	begin, err := store.OutboxEnd(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.Stdout, "Forwarding webhooks to %s\nSecret: %s\nWaiting for what happens from now on; Ctrl-C ends.\n", l.ForwardTo, words)
	f := forwarder{store: store, sender: webhooks.New(webhooks.Sender{AllowPrivate: true}), to: l.ForwardTo, secret: secret, process: p, begin: begin, last: begin, seen: map[int64]bool{}}
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	for {
		if err := f.forward(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// forwarder posts what is new in the outbox.
type forwarder struct {
	store       *models.Store
	sender      *webhooks.Sender
	to, secret  string
	process     *Process
	begin, last int64 // ids: before the first that counts, and the highest seen
	seen        map[int64]bool
}

func (f *forwarder) forward(ctx context.Context) error {
	facts, err := f.store.Outbox(ctx, max(f.begin, f.last-listenBehind), listenBatch)
	if err != nil {
		return err
	}
	for _, fact := range facts {
		if f.seen[fact.ID] {
			continue
		}
		o, err := f.store.OrderByID(ctx, fact.OrderID)
		if err != nil {
			return err
		}
		m := webhooks.Message{ID: fact.MessageID(o), Body: checkout.WebhookBody(fact.Type, fact.At, o)}
		say(ctx, f.process, f.sender, f.to, f.secret, fact.Type+" "+o.Number, m)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // told to stop: what wasn't forwarded is at the next start
		}
		f.seen[fact.ID], f.last = true, max(f.last, fact.ID)
	}
	return nil
}

// say sends one message, three times at most, and prints a line for each try.
func say(ctx context.Context, p *Process, s *webhooks.Sender, to, secret, what string, m webhooks.Message) {
	for try := range time.Duration(3) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(try * time.Second):
		}
		if sendOnce(ctx, p, s, to, secret, what, m) == nil {
			return
		}
	}
}

// sendOnce sends a message and prints what came of it.
func sendOnce(ctx context.Context, p *Process, s *webhooks.Sender, to, secret, what string, m webhooks.Message) error {
	began := time.Now()
	a := s.Send(ctx, to, secret, m)
	result := strconv.Itoa(a.Status)
	if a.Err != nil {
		result = a.Err.Error()
	}
	fmt.Fprintf(p.Stdout, "%s  %s  %s  %s  %d ms\n", began.Format(time.TimeOnly), what, m.ID, result, time.Since(began).Milliseconds())
	return a.Err
}

type triggerCommand struct {
	Event string `arg:"" help:"Like order.paid."`
	To    string `help:"Where to post it. Defaults to the endpoints of the configuration that ask for it." placeholder:"URL"`
}

// Run sends a sample, which is no order of the database.
func (t triggerCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	conf, err := cli.load(p)
	if err != nil {
		return err
	}
	sample, known := sampleOrder(t.Event, time.Now().UTC())
	if !known {
		return usageError{fmt.Errorf("%q is not an event; use %s", t.Event, strings.Join(models.Tells, ", "))}
	}
	targets, err := t.targets(p, conf)
	if err != nil {
		return err
	}
	s := webhooks.New(webhooks.Sender{AllowPrivate: t.To != "" || conf.Webhooks.AllowPrivate})
	m := webhooks.Message{ID: "msg_sample_" + models.NewToken(16), Body: checkout.WebhookBody(t.Event, time.Now(), sample)}
	failed := false
	for _, to := range targets {
		u, _ := url.Parse(to.URL) // whose path and query may be secrets
		failed = sendOnce(ctx, p, s, to.URL, to.Secret, t.Event+" to "+u.Host, m) != nil || failed
	}
	if failed {
		return errors.New("the sample wasn't taken")
	}
	return nil
}

// targets are who gets the sample. Without --to, a production shop's receivers get none: they would take it for an order.
func (t triggerCommand) targets(p *Process, conf *config.Config) ([]checkout.Endpoint, error) {
	if t.To != "" {
		if err := webhooks.CheckURL(t.To, true); err != nil {
			return nil, usageError{fmt.Errorf("--to %w", err)}
		}
		secret, words, err := secretOf(conf, t.To)
		if err == nil {
			fmt.Fprintf(p.Stdout, "Secret: %s\n", words)
		}
		return []checkout.Endpoint{{URL: t.To, Secret: secret}}, err
	}
	if conf.LianLian.Mode == config.ModeProduction {
		return nil, usageError{errors.New("in production, name the receiver of a sample: --to URL")}
	}
	var list []checkout.Endpoint
	for _, e := range receivers(conf) {
		if (models.Endpoint{Events: e.Events}).Wants(t.Event) {
			list = append(list, e)
		}
	}
	if len(list) == 0 {
		return nil, usageError{errors.New("no endpoint of webhooks.endpoints asks for it; name a receiver: --to URL")}
	}
	return list, nil
}

// sampleOrder is an order as it may be when the event is told.
func sampleOrder(event string, now time.Time) (o models.Order, known bool) {
	hkd := func(hundredths int64) models.Money { return models.Money{Amount: hundredths, Currency: "HKD"} }
	o = models.Order{
		ID: 999_999_999, Number: "SMPL-2345", Total: hkd(33600), Reference: "sample", Language: "en", CreatedAt: now.Add(-4 * time.Minute), ExpiresAt: now.Add(26 * time.Minute),
		Lines: []models.LineItem{{SKU: "TEA-JASMINE-100", Name: models.Text{"en": "Jasmine Dragon Pearls, 100 g"}, Price: hkd(16800), CostPrice: hkd(19800), Quantity: 2, Total: hkd(33600)}},
	}
	pay := models.Payment{Attempt: 1, MerchantTransactionID: models.NewMerchantTransactionID(), Processor: models.AlipayHK, Method: models.WebPay, Money: o.Total}
	switch event {
	case models.TellPaid:
		o.Status, pay.Status = models.OrderPaid, models.StatusPaid
	case models.TellFailed:
		o.Status, pay.Status = models.OrderFailed, models.StatusFailed
	case models.TellExpired:
		o.Status, pay.Status, o.ExpiresAt = models.OrderExpired, models.StatusCancelled, now
	case models.TellRefunded:
		o.Status, pay.Status = models.OrderRefunded, models.StatusRefunded
	case models.TellPartiallyRefunded:
		o.Status, pay.Status = models.OrderPartiallyRefunded, models.StatusPartlyRefunded
	case models.TellChargedBack:
		o.Status, pay.Status = models.OrderChargedBack, models.StatusChargeback
	case models.TellAttention:
		o.Status, pay.Status, o.Attention = models.OrderPaid, models.StatusPaid, models.AttentionDoublePayment
	default:
		return o, false
	}
	if pay.Status.Received() {
		o.PaidAt = now.Add(-time.Minute)
	}
	o.Payments = []models.Payment{pay}
	return o, true
}
