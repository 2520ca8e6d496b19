package app

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"os"

	"lianlian-checkout/checkout"
	"lianlian-checkout/models"
)

type keygenCommand struct {
	Out string `help:"Where to write the private key. An existing file is never overwritten." default:"merchant_private_key.pem" placeholder:"FILE"`
}

// Run writes a new 2048-bit private key, readable by its owner only, and prints the public half in the one-line
// form that LianLian asks for (guide 1.2).
func (k keygenCommand) Run(p *Process) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return fmt.Errorf("make key: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(k.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return usageError{fmt.Errorf("write private key: %w", err)}
	}
	if err := pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: private}); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "Private key written to %s: name that file in lianlian.private_key and show it to nobody.\nPublic key, for LianLian:\n%s\n",
		k.Out, base64.StdEncoding.EncodeToString(public))
	return err
}

type migrateCommand struct{}

// Run opens the database, which brings its schema up to date, and closes it.
func (migrateCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	conf, err := cli.load(p)
	if err != nil {
		return err
	}
	if err := checkout.Migrate(ctx, checkout.Options{Database: conf.Database.DSN.Value(), Log: logger(conf, p.Stderr)}); err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.Stdout, "The database's schema is up to date.")
	return err
}

type recountCommand struct{}

// Run makes the day's totals anew from the orders and says which were wrong.
func (recountCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	conf, err := cli.load(p)
	if err != nil {
		return err
	}
	wrong, err := checkout.Recount(ctx, checkout.Options{Database: conf.Database.DSN.Value(), Log: logger(conf, p.Stderr)})
	if err != nil {
		return err
	}
	for _, t := range wrong {
		if _, err := fmt.Fprintf(p.Stdout, "%s %s %s was %d orders, %s\n", t.Day, t.Currency, t.Processor, t.Paid, models.Money{Amount: t.Gross, Currency: t.Currency}); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(p.Stdout, "The day's totals agree with the orders; %d were put right.\n", len(wrong))
	return err
}
