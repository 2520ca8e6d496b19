package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lianlian-checkout/models"
)

// payLink makes a link for one sum that may be paid so often.
func (f *Fixture) payLink(t *testing.T, most int64) models.Link {
	t.Helper()
	l, err := f.Store.MakeLink(f.ctx, models.Link{
		LinkPart:  models.LinkPart{Title: models.Text{"en": "Table 4", "zh-Hant": "四號檯"}, ExpiresAt: f.Clock.T.Add(time.Hour)},
		LinkTerms: models.LinkTerms{Amount: models.Money{Amount: 10000, Currency: "HKD"}, Reference: "T4", Question: models.Text{"en": "Your name"}, MaxPayments: most},
	})
	if err != nil {
		t.Fatalf("MakeLink: %v", err)
	}
	return l
}

// at is a new order of a link.
func (f *Fixture) at(t *testing.T, l models.Link, intent string) models.NewOrder {
	t.Helper()
	n := f.New(t, intent, 1)
	n.Cart, n.LinkID = l.Cart(0, nil, "HKD"), l.ID
	return n
}

// counts checks how many orders of a link are paid and wait.
func (f *Fixture) counts(t *testing.T, l models.Link, paid, waiting int64, state models.LinkState) {
	t.Helper()
	got, err := f.Store.Link(f.ctx, l.Code)
	if err != nil || got.Paid != paid || got.Waiting != waiting || got.State(f.Clock.T) != state {
		t.Errorf("%d paid, %d waiting, %s, %v; want %d, %d, %s", got.Paid, got.Waiting, got.State(f.Clock.T), err, paid, waiting, state)
	}
}

// payLinks: a link is kept, listed and changed, and its orders hold it as they hold their pieces.
func payLinks(t *testing.T, f *Fixture) {
	f.Seed(t)
	l := f.payLink(t, 1)
	got, err := f.Store.LinkByID(f.ctx, l.ID)
	if err != nil || len(got.Code) != 12 || got.Title["zh-Hant"] != "四號檯" || got.Amount != l.Amount || got.Reference != "T4" || got.Question["en"] != "Your name" ||
		got.MaxPayments != 1 || !got.ExpiresAt.Equal(l.ExpiresAt) || !got.CreatedAt.Equal(f.Clock.T) {
		t.Errorf("read back: %+v, %v", got, err)
	}
	for _, code := range []string{"", "none", strings.ToLower(l.Code) + "x", "\x00", "\xff"} {
		if _, err := f.Store.Link(f.ctx, code); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("Link(%q): %v, want ErrNotFound", code, err)
		}
	}
	if err := f.Store.ChangeLink(f.ctx, 4711, l.LinkPart); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("changing a link that isn't there: %v, want ErrNotFound", err)
	}
	f.counts(t, l, 0, 0, models.LinkOpen)

	one, created, err := f.Store.CreateOrder(f.ctx, f.at(t, l, "one"))
	if err != nil || !created || f.Get(t, one).LinkID != l.ID {
		t.Fatalf("CreateOrder = %v, %v, of link %d", created, err, one.LinkID)
	}
	if again, created, err := f.Store.CreateOrder(f.ctx, f.at(t, l, "one")); err != nil || created || again.ID != one.ID {
		t.Errorf("the same intent again = %v, %v", created, err)
	}
	f.counts(t, l, 0, 1, models.LinkTaken)
	if _, _, err := f.Store.CreateOrder(f.ctx, f.at(t, l, "two")); !errors.Is(err, models.ErrLink) {
		t.Errorf("a second order of a link for one: %v, want ErrLink", err)
	}

	// The first payer's time runs out, a second one takes the link, and the first one's money comes all the same.
	f.Apply(t, f.Say(one, models.SourceCreate, models.StatusWaitingPayment), models.VerdictApplied)
	f.Clock.T = f.Clock.T.Add(31 * time.Minute)
	if done, err := f.Store.Expire(f.ctx, one.ID); err != nil || !done {
		t.Fatalf("Expire = %v, %v", done, err)
	}
	f.counts(t, l, 0, 0, models.LinkOpen)
	two, _, err := f.Store.CreateOrder(f.ctx, f.at(t, l, "two"))
	if err != nil {
		t.Fatalf("the link came free again: %v", err)
	}
	g := models.GoOn{OrderID: one.ID, Processor: models.AlipayHK, Method: models.WebPay, ExpiresAt: f.Clock.T.Add(time.Hour), QueryAt: f.Clock.T}
	if _, err := f.Store.GoOn(f.ctx, g); !errors.Is(err, models.ErrLink) {
		t.Errorf("going on while another holds the link: %v, want ErrLink", err)
	}
	f.Apply(t, f.Say(one, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
	f.Apply(t, f.Say(two, models.SourceQuery, models.StatusPaid), models.VerdictApplied)
	f.counts(t, l, 2, 0, models.LinkUsedUp)
	for _, o := range []models.Order{one, two} {
		want := ""
		if o.ID == one.ID {
			want = models.AttentionLink
		}
		if got := f.Get(t, o); got.Status != models.OrderPaid || got.Attention != want {
			t.Errorf("order %d is %s, attention %q; want paid, %q", o.ID, got.Status, got.Attention, want)
		}
	}

	// Without a limit, until it is switched off or over.
	free := f.payLink(t, 0)
	for i := range 3 {
		if _, _, err := f.Store.CreateOrder(f.ctx, f.at(t, free, fmt.Sprint("free", i))); err != nil {
			t.Errorf("order %d of a link without limit: %v", i, err)
		}
	}
	f.counts(t, free, 0, 3, models.LinkOpen)
	part := free.LinkPart
	part.Inactive, part.Title = true, models.Text{"en": "Table 5"}
	if err := f.Store.ChangeLink(f.ctx, free.ID, part); err != nil {
		t.Fatal(err)
	}
	f.counts(t, free, 0, 3, models.LinkInactive)
	if _, _, err := f.Store.CreateOrder(f.ctx, f.at(t, free, "off")); !errors.Is(err, models.ErrLink) {
		t.Errorf("a link that is switched off: %v, want ErrLink", err)
	}
	part.Inactive = false
	if err := f.Store.ChangeLink(f.ctx, free.ID, part); err != nil {
		t.Fatal(err)
	}
	f.Clock.T = part.ExpiresAt
	f.counts(t, free, 0, 3, models.LinkExpired)
	if _, _, err := f.Store.CreateOrder(f.ctx, f.at(t, free, "late")); !errors.Is(err, models.ErrLink) {
		t.Errorf("a link that is over: %v, want ErrLink", err)
	}

	list, err := f.Store.Links(f.ctx, "", 1)
	if err != nil || len(list.Links) != 1 || list.Links[0].ID != free.ID || list.Links[0].Title["en"] != "Table 5" || list.Next == "" {
		t.Fatalf("first page: %+v, %v", list, err)
	}
	if list, err = f.Store.Links(f.ctx, list.Next, 1); err != nil || len(list.Links) != 1 || list.Links[0].ID != l.ID || list.Links[0].Paid != 2 || list.Next != "" {
		t.Errorf("second page: %+v, %v", list, err)
	}
}

// payLinkRush: many payers at once never get a link more often than it may be paid, and one whose money comes late at the same
// moment is flagged.
func payLinkRush(t *testing.T, f *Fixture) {
	f.Seed(t)
	for _, most := range []int64{1, 3} {
		l := f.payLink(t, most)
		var mu sync.Mutex
		var wg sync.WaitGroup
		made, refused := int64(0), int64(0)
		for i := range 12 {
			n := f.at(t, l, fmt.Sprint("payer", most, i))
			wg.Go(func() {
				_, created, err := f.Store.CreateOrder(f.ctx, n)
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && created:
					made++
				case errors.Is(err, models.ErrLink):
					refused++
				default:
					t.Errorf("CreateOrder = %v, %v", created, err)
				}
			})
		}
		wg.Wait()
		if made != most || refused != 12-most {
			t.Errorf("%d orders made, %d refused; want %d and %d", made, refused, most, 12-most)
		}
		f.counts(t, l, 0, most, models.LinkTaken)
	}

	for i := range 8 {
		l := f.payLink(t, 1)
		late, _, err := f.Store.CreateOrder(f.ctx, f.at(t, l, fmt.Sprint("late", i)))
		if err != nil {
			t.Fatal(err)
		}
		f.Apply(t, f.Say(late, models.SourceQuery, models.StatusFailed), models.VerdictApplied)
		n := f.at(t, l, fmt.Sprint("next", i))
		var wg sync.WaitGroup
		var refused bool
		wg.Go(func() {
			_, _, err := f.Store.CreateOrder(f.ctx, n)
			refused = errors.Is(err, models.ErrLink)
			if err != nil && !refused {
				t.Errorf("CreateOrder: %v", err)
			}
		})
		f.Apply(t, f.Say(late, models.SourceNotification, models.StatusPaid), models.VerdictApplied)
		wg.Wait()
		if flagged := f.Get(t, late).Attention == models.AttentionLink; flagged == refused {
			t.Errorf("the next payer was refused: %v; the late one is flagged: %v", refused, flagged)
		}
	}
}
