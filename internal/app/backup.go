package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/config"
	"lianlian-checkout/models"
)

type backupCommand struct {
	File string `arg:"" help:"Where to put the copy. An existing file is never overwritten." placeholder:"FILE"`
}

// Run copies the configured SQLite database while the shop runs on it. For PostgreSQL it names the command that does.
func (b backupCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	conf, err := cli.load(p)
	if err != nil {
		return err
	}
	if conf.Database.DSN.IsPostgres() {
		return usageError{fmt.Errorf("PostgreSQL is backed up by its own tool, while the shop runs. Give the password in PGPASSFILE or PGPASSWORD:\n%s",
			models.PostgresBackup(conf.Database.DSN.Value(), b.File))}
	}
	made, err := checkout.Backup(ctx, conf.Database.DSN.Value(), b.File)
	if errors.Is(err, models.ErrBackupExists) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Stdout, "Backed up to %s: %d bytes, %d orders, %d payments; read back and found whole.\nIt holds your customers' data: keep it as you keep the database.\n",
		made.File, made.Bytes, made.Orders, made.Payments)
	return err
}

type pruneCommand struct {
	DryRun bool `help:"Only count."`
}

// Run removes what keep.* says is too old, as the running shop does every day.
func (c pruneCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	conf, err := cli.load(p)
	if err != nil {
		return err
	}
	o := checkout.Options{Database: conf.Database.DSN.Value(), Log: logger(conf, p.Stderr), Keep: keep(conf)}
	if o.Keep == (checkout.Keep{}) {
		_, err = fmt.Fprintln(p.Stdout, "Everything is kept for ever: keep.personal_data and keep.deliveries are 0.")
		return err
	}
	gone, err := checkout.Prune(ctx, o, c.DryRun)
	words := "Removed"
	if c.DryRun {
		words = "Would remove"
	}
	_, printErr := fmt.Fprintf(p.Stdout, "%s the buyers' data of %d orders, and %d webhooks.\n", words, gone.Orders, gone.Deliveries)
	return errors.Join(err, printErr)
}

const day = 24 * time.Hour

func keep(conf *config.Config) checkout.Keep {
	return checkout.Keep{PersonalData: time.Duration(conf.Keep.PersonalData) * day, Deliveries: time.Duration(conf.Keep.Deliveries) * day}
}
