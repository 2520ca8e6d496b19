package checkout

import (
	"context"
	"time"

	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// Keep says for how long what isn't bookkeeping stays. Zero is for ever: nothing is removed unless somebody says so.
type Keep struct {
	// PersonalData is how long after the last that was heard of a finished order its buyer's data stay: name, addresses, device, note, and the
	// buyer's fields in messages. Amounts, lines, states, ids and the history stay for ever. Orders that need attention are left alone.
	PersonalData time.Duration
	// Deliveries is how long webhooks that were delivered or given up are shown, with their tries.
	Deliveries time.Duration
}

// How removing is spread out: money goes first.
const (
	keepEvery = 24 * time.Hour
	keepFirst = 10 * time.Minute // after the start
	keepBatch = 20
	keepPause = 20 * time.Millisecond
)

// Removed is what Prune removed, or would.
type Removed struct {
	Orders     int64 // whose buyers' data are gone
	Deliveries int64
}

// forget removes what is old once a day, until ctx ends.
func (c *Checkout) forget(ctx context.Context) {
	if c.o.Keep == (Keep{}) {
		return
	}
	next := time.NewTimer(keepFirst)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		gone, err := prune(ctx, c.store, c.o.Keep, c.o.Now())
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			c.o.Log.ErrorContext(ctx, "remove what is old", "error", err.Error())
		case gone != Removed{}:
			c.o.Log.InfoContext(ctx, "removed what is old", "orders", gone.Orders, "deliveries", gone.Deliveries)
		}
		next.Reset(keepEvery)
	}
}

// prune works in small transactions, and rests between them for longer than they took.
func prune(ctx context.Context, store *models.Store, k Keep, now time.Time) (gone Removed, err error) {
	if k.PersonalData > 0 {
		for after := int64(0); ; {
			began := time.Now()
			n, next, err := store.Erase(ctx, now.Add(-k.PersonalData), after, keepBatch, lianlian.Redact)
			if gone.Orders += int64(n); err != nil {
				return gone, err
			}
			if after = next; next == 0 {
				break
			}
			if n > 0 {
				rest(ctx, began)
			}
		}
	}
	for k.Deliveries > 0 {
		began := time.Now()
		n, err := store.PruneDeliveries(ctx, now.Add(-k.Deliveries), keepBatch)
		if gone.Deliveries += n; err != nil || n == 0 {
			return gone, err
		}
		rest(ctx, began)
	}
	return gone, ctx.Err()
}

func rest(ctx context.Context, began time.Time) {
	t := time.NewTimer(keepPause + 3*time.Since(began))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Prune removes what Options.Keep says is too old, at once; with dry it only counts. Run does it daily. Of o Database, DB, Keep, Log and Now are used.
func Prune(ctx context.Context, o Options, dry bool) (gone Removed, err error) {
	if err := o.oneDatabase(); err != nil {
		return gone, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	store, err := models.OpenStore(ctx, models.StoreOptions{DSN: o.Database, DB: o.DB, Log: o.Log, Now: o.Now})
	if err != nil {
		return gone, err
	}
	defer func() { _ = store.Close() }()
	if !dry {
		return prune(ctx, store, o.Keep, o.Now())
	}
	if o.Keep.PersonalData > 0 {
		if gone.Orders, err = store.Erasable(ctx, o.Now().Add(-o.Keep.PersonalData)); err != nil {
			return gone, err
		}
	}
	if o.Keep.Deliveries > 0 {
		gone.Deliveries, err = store.OldDeliveries(ctx, o.Now().Add(-o.Keep.Deliveries))
	}
	return gone, err
}

// Backup copies a SQLite database to a new file while the program that uses it runs, and reads the copy back before it returns.
func Backup(ctx context.Context, database, file string) (models.Backup, error) {
	return models.BackupSQLite(ctx, database, file)
}
