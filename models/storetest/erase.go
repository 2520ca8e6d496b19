package storetest

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/models"
)

// erasing removes buyers' data of old finished orders, and of no others; twice is once. Seen to fail without the condition on attention, and with the
// customer left.
func erasing(t *testing.T, f *Fixture) {
	mask := func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("Tai Man"), []byte("***")) }
	paid := f.Order(t, "erase paid")
	ev := f.Say(paid, models.SourceNotification, models.StatusPaid)
	ev.Raw = []byte(`{"said":"PS","buyer":"Tai Man"}`)
	f.Apply(t, ev, models.VerdictApplied)
	waiting := f.Order(t, "erase waiting")
	flagged := f.Order(t, "erase flagged")
	wrong := f.Say(flagged, models.SourceNotification, models.StatusPaid)
	wrong.Money.Amount++
	f.Apply(t, wrong, models.VerdictMismatch)
	f.Apply(t, f.Say(flagged, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	f.Clock.T = f.Clock.T.Add(400 * 24 * time.Hour)
	young := f.Order(t, "erase young")
	f.Apply(t, f.Say(young, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	before := f.Clock.T.Add(-365 * 24 * time.Hour)

	if n, err := f.Store.Erasable(f.ctx, before); err != nil || n != 1 {
		t.Errorf("Erasable = %d, %v; want 1", n, err)
	}
	total := 0
	for range 2 {
		for after, first := int64(0), true; first || after > 0; first = false {
			n, next, err := f.Store.Erase(f.ctx, before, after, 1, mask)
			if err != nil {
				t.Fatal(err)
			}
			total, after = total+n, next
		}
	}
	if total != 1 {
		t.Errorf("%d orders were erased, want 1", total)
	}
	got := f.Get(t, paid)
	if got.Customer != (models.Customer{}) || got.Terminal != (models.Terminal{}) || got.Note != "" || got.Payment().WebURL != "" {
		t.Errorf("left of the buyer: %+v", got)
	}
	if got.Status != models.OrderPaid || got.Total != paid.Total || len(got.Lines) != 1 || got.PaidAt.IsZero() || got.Payment().LLTransactionID == "" || got.Number != paid.Number {
		t.Errorf("the bookkeeping isn't whole: %+v", got)
	}
	history, err := f.Store.History(f.ctx, paid.ID)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, e := range history {
		if strings.Contains(e.Raw, "Tai Man") {
			t.Errorf("a message still has the buyer: %s", e.Raw)
		}
		if e.Kind == models.EventErased {
			told++
		}
	}
	if told != 1 || !strings.Contains(history[len(history)-2].Raw, `"said":"PS"`) {
		t.Errorf("the history: %+v", history)
	}
	if _, err := f.Store.FindOrder(f.ctx, paid.Number, "chan@example.com"); err == nil {
		t.Error("the order is still found by its buyer's e-mail")
	}
	for _, o := range []models.Order{waiting, flagged, young} {
		if f.Get(t, o).Customer.FullName == "" {
			t.Errorf("order %d was erased", o.ID)
		}
	}
}

// pruning removes old deliveries that are done, and tells nothing twice.
func pruning(t *testing.T, f *Fixture) {
	f.tells(t)
	f.Apply(t, f.Say(f.Order(t, "prune"), models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	f.fan(t)
	d := f.try(t, models.Try{Status: 204}, time.Time{})
	before := f.Clock.T.Add(time.Hour)
	if n, err := f.Store.OldDeliveries(f.ctx, before); err != nil || n != 1 {
		t.Errorf("OldDeliveries = %d, %v; want 1", n, err)
	}
	for _, want := range []int64{1, 0} {
		if n, err := f.Store.PruneDeliveries(f.ctx, before, 10); err != nil || n != want {
			t.Errorf("PruneDeliveries = %d, %v; want %d", n, err, want)
		}
	}
	if _, _, err := f.Store.Delivery(f.ctx, d.ID); err == nil {
		t.Error("it is still there")
	}
	if n, err := f.Store.FanOut(f.ctx, 10, func(models.Fact, models.Order) string { return "" }); err != nil || n != 0 {
		t.Errorf("FanOut = %d, %v; want nothing to tell", n, err)
	}
}
