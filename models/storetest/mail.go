package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
)

// again is the time of the next try in these tests.
func (f *Fixture) again(models.Mail) time.Time { return f.Clock.T.Add(time.Minute) }

// claim takes the e-mail that is due, or none.
func (f *Fixture) claim(t *testing.T) (models.Mail, bool) {
	t.Helper()
	m, found, err := f.Store.ClaimMail(f.ctx, f.again)
	if err != nil {
		t.Fatalf("ClaimMail: %v", err)
	}
	return m, found
}

// emails: one for each order.paid, whatever comes afterwards; due again until somebody says that it is done.
func emails(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	if m, found := f.claim(t); found {
		t.Fatalf("an e-mail is due before anything was paid: %+v", m)
	}
	for i := range 15 {
		want := models.VerdictRepeated
		if i == 0 {
			want = models.VerdictApplied
		}
		f.Apply(t, f.Say(o, models.SourceNotification, models.StatusPaid), want)
	}
	m, found := f.claim(t)
	if !found || m.OrderID != o.ID || m.Kind != models.MailReceipt || m.Tries != 1 || !m.CreatedAt.Equal(f.Clock.T) {
		t.Fatalf("claimed %+v, %v; want the receipt", m, found)
	}
	if other, found := f.claim(t); found {
		t.Fatalf("claimed at once again: %+v", other)
	}
	f.Clock.T = f.Clock.T.Add(time.Minute)
	if m, found = f.claim(t); !found || m.Tries != 2 {
		t.Fatalf("a minute later: %+v, %v; a try that nobody reports on must be repeated", m, found)
	}
	if err := f.Store.MailDone(f.ctx, m.ID, true); err != nil {
		t.Fatal(err)
	}
	// A refund that fails makes the order paid once more: that is no news.
	for _, s := range []models.Status{models.StatusRefundPending, models.StatusPaid} {
		f.Clock.T = f.Clock.T.Add(time.Hour)
		f.Apply(t, f.Say(o, models.SourceQuery, s), models.VerdictApplied)
	}
	if m, found := f.claim(t); found {
		t.Errorf("a sent e-mail is due again: %+v", m)
	}
}

// links are due once a minute at most.
func links(t *testing.T, f *Fixture) {
	o := f.Order(t, "x")
	for range 2 {
		if err := f.Store.QueueLink(f.ctx, o.ID); err != nil {
			t.Fatal(err)
		}
	}
	if m, found := f.claim(t); !found || m.Kind != models.MailLink || m.OrderID != o.ID {
		t.Fatalf("claimed %+v, %v; want the link", m, found)
	}
	if m, found := f.claim(t); found {
		t.Errorf("two links within a minute: %+v", m)
	}
	f.Clock.T = f.Clock.T.Add(time.Minute)
	if err := f.Store.QueueLink(f.ctx, o.ID); err != nil {
		t.Fatal(err)
	}
	ids := map[int64]bool{}
	for range 2 {
		m, _ := f.claim(t)
		ids[m.ID] = true
		if err := f.Store.MailDone(f.ctx, m.ID, false); err != nil {
			t.Fatal(err)
		}
	}
	if len(ids) != 2 || ids[0] {
		t.Errorf("claimed %v, want the first again and the second", ids)
	}
	f.Clock.T = f.Clock.T.Add(48 * time.Hour)
	if m, found := f.claim(t); found {
		t.Errorf("an e-mail that was given up is due again: %+v", m)
	}
}

// senders compete: each e-mail is had by one of them.
func senders(t *testing.T, f *Fixture) {
	f.Seed(t)
	for i := range 5 {
		o, _, err := f.Store.CreateOrder(f.ctx, f.New(t, string(rune('a'+i)), 1))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Store.QueueLink(f.ctx, o.ID); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	had := map[int64]int{}
	for range 4 {
		wg.Go(func() {
			for range 20 {
				m, found, err := f.Store.ClaimMail(f.ctx, f.again)
				if err != nil {
					t.Error(err)
				}
				if found {
					mu.Lock()
					had[m.ID]++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if len(had) != 5 {
		t.Errorf("%d e-mails were had, want 5", len(had))
	}
	for id, n := range had {
		if n != 1 {
			t.Errorf("e-mail %d was had %d times", id, n)
		}
	}
}

// finding an order takes its number and its address together.
func finding(t *testing.T, f *Fixture) {
	o := f.Order(t, "x") // of Chan@Example.com
	for _, c := range []struct {
		name, number, email string
		want                bool
	}{
		{"both", o.Number, "chan@example.com", true},
		{"both, in other letters", o.Number, "CHAN@example.COM", true},
		{"wrong address", o.Number, "chan@example.org", false},
		{"wrong number", "2222-2222", "chan@example.com", false},
		{"no address", o.Number, "", false},
		{"no number", "", "chan@example.com", false},
		{"patterns", o.Number, "%", false},
		{"broken text", o.Number + "\x00", "chan@example.com", false},
		{"broken UTF-8", o.Number, "chan@example.com\xff", false},
	} {
		got, err := f.Store.FindOrder(f.ctx, c.number, c.email)
		if c.want && (err != nil || got.Token != o.Token) || !c.want && !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%s: %q, %v", c.name, got.Token, err)
		}
	}
}
