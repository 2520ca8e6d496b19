package checkout_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lianlian-checkout/checkout"
	"lianlian-checkout/models"
	"lianlian-checkout/models/storetest"
)

// TestPrune removes what is old when it is told to, and nothing otherwise; the messages keep what is about money. Seen to fail with a mask that masks nothing.
func TestPrune(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "checkout.db")
	clock := &storetest.Clock{T: storetest.Start}
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: path, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	f := storetest.NewFixture(t.Context(), s, clock)
	var paid models.Order
	f.Seed(t)
	for i := range 23 { // more than are removed in one go
		n := f.New(t, strings.Repeat("x", i+1), 1)
		n.Cart.Lines[0].SKU, n.Cart.Lines[0].ProductSlug = "tea-50", "tea" // which isn't counted
		if paid, _, err = s.CreateOrder(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		ev := f.Say(paid, models.SourceNotification, models.StatusPaid)
		ev.Raw = []byte(`{"transaction_status":"PS","customer":{"full_name":"Chan Tai Man"},"transaction_amount":"168.00"}`)
		f.Apply(t, ev, models.VerdictApplied)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	year := 365 * 24 * time.Hour
	o := checkout.Options{Database: path, Now: func() time.Time { return storetest.Start.Add(400 * 24 * time.Hour) }}
	for _, step := range []struct {
		name string
		keep checkout.Keep
		dry  bool
		want int64
	}{
		{"kept for ever", checkout.Keep{}, false, 0},
		{"young", checkout.Keep{PersonalData: 2 * year}, false, 0},
		{"counted", checkout.Keep{PersonalData: year}, true, 23},
		{"removed", checkout.Keep{PersonalData: year, Deliveries: year}, false, 23},
		{"removed again", checkout.Keep{PersonalData: year}, false, 0},
	} {
		o.Keep = step.keep
		if gone, err := checkout.Prune(t.Context(), o, step.dry); err != nil || gone.Orders != step.want {
			t.Errorf("%s: %+v, %v; want %d orders", step.name, gone, err, step.want)
		}
	}
	if s, err = models.OpenStore(t.Context(), models.StoreOptions{DSN: path}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	history, err := s.History(t.Context(), paid.ID)
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, e := range history {
		all += e.Raw
	}
	if strings.Contains(all, "Chan") || !strings.Contains(all, `"transaction_amount":"168.00"`) {
		t.Errorf("messages: %s", all)
	}
}

// TestNightlyBackups makes one copy a night and keeps the newest, and touches nothing else in the folder. Seen to fail without the look at age.
func TestNightlyBackups(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "checkout.db")
	if err := checkout.Migrate(t.Context(), checkout.Options{Database: path}); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "copies")
	b := checkout.Backups{Folder: folder, Keep: 2}
	night := time.Date(2026, 11, 26, 19, 5, 0, 0, time.UTC)
	for _, step := range []struct {
		name string
		at   time.Time
		due  bool
	}{
		{"the first", night.Add(-5 * time.Hour), true},
		{"the same night", night.Add(-5*time.Hour + 10*time.Minute), false},
		{"at night", night, true},
		{"ten minutes later", night.Add(10 * time.Minute), false},
		{"the next day", night.Add(14 * time.Hour), false},
		{"missed a night", night.Add(30 * time.Hour), true},
	} {
		if step.name == "at night" {
			if err := os.WriteFile(filepath.Join(folder, "checkout-mine.db"), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, due, err := checkout.BackUpIfDue(t.Context(), b, path, step.at); err != nil || due != step.due {
			t.Errorf("%s: due %v, %v; want %v", step.name, due, err, step.due)
		}
	}
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(names) != 3 || filepath.Base(names[0]) != "checkout-20261126T190500Z.db" || filepath.Base(names[2]) != "checkout-mine.db" {
		t.Errorf("left: %v, %v", names, err)
	}
}
