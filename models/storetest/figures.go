package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/models"
)

// tea makes an order of the wallet, currency and amount now.
func (f *Fixture) tea(t *testing.T, w models.Processor, currency string, amount int64) models.Order {
	t.Helper()
	catalogue, err := f.Store.Catalogue(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	n := f.New(t, "", 1)
	n.Cart = models.NewCart([]models.CartItem{{SKU: "tea-50", Quantity: 1}}, catalogue, "HKD")
	n.Cart.Total = models.Money{Amount: amount, Currency: currency}
	n.Processor = w
	o, _, err := f.Store.CreateOrder(f.ctx, n)
	if err != nil {
		t.Fatalf("CreateOrder: %v", err)
	}
	return o
}

// moved brings an order into a state at the gateway.
func (f *Fixture) moved(t *testing.T, o models.Order, states ...models.Status) models.Order {
	t.Helper()
	for _, s := range states {
		source := models.SourceQuery
		if s == models.StatusWaitingPayment {
			source = models.SourceCreate
		}
		ev := f.Say(f.Get(t, o), source, s)
		ev.LLTransactionID = fmt.Sprintf("20261123%08d", o.ID)
		f.Apply(t, ev, models.VerdictApplied)
	}
	return f.Get(t, o)
}

// a walk's orders: wallets, currencies, states and days, so that each filter finds some.
func (f *Fixture) mixed(t *testing.T, n int) []models.Order {
	t.Helper()
	ends := [][]models.Status{
		{}, {models.StatusWaitingPayment}, {models.StatusWaitingPayment, models.StatusPaid}, {models.StatusWaitingPayment, models.StatusFailed},
		{models.StatusWaitingPayment, models.StatusProcessing}, {models.StatusPaid, models.StatusRefundPending, models.StatusRefunded},
	}
	wallets := append([]models.Processor{""}, models.Processors...)
	var all []models.Order
	for i := range n {
		currency := "HKD"
		if i%5 == 0 {
			currency = "CNY"
		}
		o := f.tea(t, wallets[i%len(wallets)], currency, int64(1000+i))
		if o.Payment().Processor != "" {
			o = f.moved(t, o, ends[i%len(ends)]...)
		}
		if i%7 == 0 {
			ev := f.Say(o, models.SourceQuery, models.StatusPaid)
			ev.Money.Amount++
			f.Apply(t, ev, models.VerdictMismatch)
		}
		if i%3 == 0 { // now and then two orders of the same millisecond, now and then a clock that was put back
			f.Clock.T = f.Clock.T.Add(time.Duration(i%4-1) * 7 * time.Hour)
		}
		all = append(all, f.Get(t, o))
	}
	return all
}

// filters: whoever follows the cursors of a filter finds each of its orders once, the newest first, whatever comes in meanwhile.
func filters(t *testing.T, f *Fixture) {
	f.Seed(t)
	all := f.mixed(t, 60)
	middle := models.DayOf(Start) + 1
	for _, day := range []models.Day{middle, middle + 1} { // the days' first moments belong to them
		f.Clock.T = day.Start()
		all = append(all, f.tea(t, models.AlipayHK, "HKD", 700))
	}
	newest := f.Clock.T
	for _, o := range all {
		if o.CreatedAt.After(newest) {
			newest = o.CreatedAt
		}
	}
	for _, c := range []models.OrderFilter{
		{}, {Status: models.OrderPaid}, {Waiting: true}, {Processor: models.WeChatCN}, {Currency: "CNY"}, {Currency: "JPY"}, {Attention: true},
		{From: middle.Start()}, {To: middle.Start()}, {From: middle.Start(), To: (middle + 1).Start()},
		{Status: models.OrderPaid, Currency: "HKD"}, {Status: models.OrderPending, Processor: models.AlipayCN, From: middle.Start()},
		{Processor: models.AlipayHK, Currency: "HKD", To: (middle + 1).Start()}, {Attention: true, Currency: "CNY"}, {Attention: true, Waiting: true, From: middle.Start()},
		{Query: "chan@example.com"}, {Query: "CHAN@example.com", Status: models.OrderFailed, Currency: "HKD"}, {Query: all[4].Number}, {Query: all[8].Payment().LLTransactionID},
		{Query: all[9].Payment().MerchantTransactionID, Attention: true}, {LinkID: 4}, {Query: "chan@example.com", Attention: true, Processor: models.WeChatHK},
	} {
		var want []int64
		for _, o := range slices.SortedFunc(slices.Values(all), func(a, b models.Order) int {
			if d := b.CreatedAt.Compare(a.CreatedAt); d != 0 {
				return d
			}
			return int(b.ID - a.ID)
		}) {
			if matches(c, o) {
				want = append(want, o.ID)
			}
		}
		var got []int64
		c.Limit = 7
		for pages := 0; ; pages++ {
			list, err := f.Store.Orders(f.ctx, c)
			if err != nil {
				t.Fatalf("Orders(%+v): %v", c, err)
			}
			for _, o := range list.Orders {
				got = append(got, o.ID)
			}
			if list.Next == "" || pages > 20 {
				break
			}
			c.Cursor = list.Next
			newest = newest.Add(time.Second)
			f.Clock.T = newest
			f.moved(t, f.tea(t, models.AlipayHK, "HKD", 500), models.StatusPaid)
		}
		// What came in between is newer than the first page, and no part of the walk.
		c.Cursor = ""
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v:\n%s", c, diff)
		}
		for _, o := range f.all(t) {
			if !slices.ContainsFunc(all, func(a models.Order) bool { return a.ID == o.ID }) {
				all = append(all, o)
			}
		}
	}
	if list, err := f.Store.Orders(f.ctx, models.OrderFilter{Query: "a\x00b"}); err != nil || len(list.Orders) > 0 {
		t.Errorf("a text that can't be stored finds %d, %v", len(list.Orders), err)
	}
	if got, err := f.Store.Currencies(f.ctx); err != nil || !slices.Equal(got, []string{"CNY", "HKD"}) {
		t.Errorf("Currencies = %v, %v", got, err)
	}
}

// all reads every order by the list without a filter.
func (f *Fixture) all(t *testing.T) (all []models.Order) {
	t.Helper()
	for c := (models.OrderFilter{Limit: 1000}); ; {
		list, err := f.Store.Orders(f.ctx, c)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list.Orders...)
		if c.Cursor = list.Next; c.Cursor == "" {
			return all
		}
	}
}

// matches is the filter as it reads.
func matches(c models.OrderFilter, o models.Order) bool {
	p := o.Payment()
	switch {
	case c.Status != "" && o.Status != c.Status,
		c.Waiting && o.Status.Settled(),
		c.Processor != "" && p.Processor != c.Processor,
		c.Currency != "" && o.Total.Currency != c.Currency,
		c.Attention && o.Attention == "",
		c.LinkID != 0 && o.LinkID != c.LinkID,
		o.CreatedAt.Before(c.From),
		!c.To.IsZero() && !o.CreatedAt.Before(c.To):
		return false
	}
	return c.Query == "" || slices.Contains([]string{o.Number, p.LLTransactionID, p.MerchantTransactionID}, c.Query) ||
		(o.Customer.Email == "Chan@Example.com" && (c.Query == "chan@example.com" || c.Query == "CHAN@example.com"))
}

// reckoning: whatever happens to orders, and whenever totals are made, they are the orders' own sums.
func reckoning(t *testing.T, f *Fixture) {
	f.Seed(t)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's histories
	t.Logf("seed %d", seed)
	states := []models.Status{
		models.StatusWaitingPayment, models.StatusProcessing, models.StatusPaid, models.StatusPaid, models.StatusFailed, models.StatusCancelled,
		models.StatusRefundPending, models.StatusRefunded, models.StatusPartlyRefunded, models.StatusChargeback,
	}
	check := func(when string) {
		t.Helper()
		want := map[models.Taking]bool{}
		sums := map[models.Taking]models.Taking{}
		for _, o := range f.all(t) {
			if o.PaidAt.IsZero() {
				continue
			}
			key := models.Taking{Day: models.DayOf(o.PaidAt), Currency: o.Total.Currency, Processor: o.Payment().Processor}
			sum, ok := sums[key]
			if !ok {
				sum = key
			}
			sum.Paid, sum.Gross = sum.Paid+1, sum.Gross+o.Total.Amount
			sums[key] = sum
		}
		for _, s := range sums {
			want[s] = true
		}
		list, err := f.Store.Takings(f.ctx, 0, models.DayOf(f.Clock.T)+400)
		if err != nil {
			t.Fatal(err)
		}
		got := map[models.Taking]bool{}
		for _, s := range list {
			got[s] = true
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) != len(list) {
			t.Fatalf("%s, seed %d: %s", when, seed, diff)
		}
	}
	var orders []models.Order
	for i := range 150 {
		f.Clock.T = f.Clock.T.Add(time.Duration(random.IntN(5*60)) * time.Minute)
		switch {
		case len(orders) == 0 || random.IntN(3) == 0:
			orders = append(orders, f.tea(t, models.Processors[random.IntN(4)], []string{"HKD", "CNY"}[random.IntN(2)], int64(100+random.IntN(100000))))
		case random.IntN(12) == 0:
			if _, err := f.Store.Tally(f.ctx); err != nil {
				t.Fatal(err)
			}
		case random.IntN(12) == 0: // the buyer takes another wallet
			o := f.Get(t, orders[random.IntN(len(orders))])
			if !o.Payable(f.Clock.T) || o.Payment().Status.Closed() { // a second attempt may be paid beside the first
				break
			}
			if _, err := f.Store.GoOn(f.ctx, models.GoOn{OrderID: o.ID, Processor: models.Processors[random.IntN(4)], Method: models.WebPay, ExpiresAt: f.Clock.T.Add(time.Hour), QueryAt: f.Clock.T}); err != nil {
				t.Fatal(err)
			}
		default:
			o := f.Get(t, orders[random.IntN(len(orders))])
			ev := f.Say(o, models.SourceQuery, states[random.IntN(len(states))])
			ev.LLTransactionID = fmt.Sprintf("20261123%08d", o.ID)
			if ev.Status.Received() { // the gateway tells days later
				ev.PaidAt = f.Clock.T.Add(-time.Duration(random.IntN(72)) * time.Hour)
			}
			if _, err := f.Store.ApplyEvidence(f.ctx, ev); err != nil {
				t.Fatal(err)
			}
		}
		if i%25 == 0 {
			check("on the way")
		}
	}
	check("before the last tally")
	if _, err := f.Store.Tally(f.ctx); err != nil {
		t.Fatal(err)
	}
	check("after it")
	if n, err := f.Store.Tally(f.ctx); n != 0 || err != nil {
		t.Errorf("a second Tally added %d, %v", n, err)
	}
	wrong, err := f.Store.Recount(f.ctx)
	if err != nil || len(wrong) > 0 {
		t.Errorf("Recount finds %v wrong, %v", wrong, err)
	}
	check("after a recount")
}

// today: what waits, what came until a moment, how today's orders stand; and what the gateway settles.
func today(t *testing.T, f *Fixture) {
	f.Seed(t)
	day := models.DayOf(f.Clock.T)
	f.Clock.T = day.Start() // the day's first moment
	first := f.moved(t, f.tea(t, models.AlipayHK, "HKD", 10000), models.StatusWaitingPayment, models.StatusPaid)
	f.Clock.T = (day + 1).Start().Add(-time.Millisecond)
	last := f.tea(t, models.WeChatCN, "HKD", 5000)
	ev := f.Say(last, models.SourceNotification, models.StatusPaid)
	ev.Settlement = &models.Money{Amount: 4900, Currency: "HKD"}
	f.Apply(t, ev, models.VerdictApplied)
	f.moved(t, f.tea(t, models.AlipayCN, "CNY", 300), models.StatusFailed)
	f.Clock.T = (day + 1).Start()
	f.moved(t, f.tea(t, models.AlipayHK, "HKD", 77), models.StatusPaid)
	f.tea(t, "", "HKD", 100)

	got, err := f.Store.Takings(f.ctx, day, day)
	want := []models.Taking{{Day: day, Currency: "HKD", Processor: models.AlipayHK, Paid: 1, Gross: 10000}, {Day: day, Currency: "HKD", Processor: models.WeChatCN, Paid: 1, Gross: 5000}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Takings: %v %s", err, diff)
	}
	for range 2 { // counted already or not
		got, err = f.Store.PaidBetween(f.ctx, day.Start(), (day + 1).Start().Add(-time.Millisecond))
		if diff := cmp.Diff([]models.Taking{{Day: day, Currency: "HKD", Paid: 1, Gross: 10000}}, got); diff != "" || err != nil {
			t.Errorf("PaidBetween: %v %s", err, diff)
		}
		if _, err := f.Store.Tally(f.ctx); err != nil {
			t.Fatal(err)
		}
	}
	placed, err := f.Store.Placed(f.ctx, day.Start(), (day + 1).Start())
	if diff := cmp.Diff(map[models.OrderStatus]int64{models.OrderPaid: 2, models.OrderFailed: 1}, placed); diff != "" || err != nil {
		t.Errorf("Placed: %v %s", err, diff)
	}
	if now, err := f.Store.DeskNow(f.ctx); err != nil || now != (models.DeskNow{Waiting: 1}) {
		t.Errorf("DeskNow = %+v, %v", now, err)
	}
	sums, err := f.Store.Settlements(f.ctx, day, day)
	if diff := cmp.Diff([]models.Settling{
		{Day: day, Currency: "HKD", Payments: 1, Paid: 10000}, {Day: day, Currency: "HKD", Settlement: "HKD", Payments: 1, Paid: 5000, Settled: 4900},
	}, sums); diff != "" || err != nil {
		t.Errorf("Settlements: %v %s", err, diff)
	}
	var numbers []string
	cursor := ""
	for range 5 {
		list, err := f.Store.SettledPayments(f.ctx, day, day, cursor, 1)
		if err != nil || len(list.Payments) != 1 {
			t.Fatalf("SettledPayments = %+v, %v", list, err)
		}
		numbers = append(numbers, list.Payments[0].Number)
		if cursor = list.Next; cursor == "" {
			break
		}
	}
	if !slices.Equal(numbers, []string{last.Number, first.Number}) {
		t.Errorf("SettledPayments finds %v, want %v", numbers, []string{last.Number, first.Number})
	}
	f.Clock.T = f.Clock.T.Add(24 * time.Hour)
	f.paid(t, "the day after")
	several, err := f.Store.Settlements(f.ctx, day-1, day+2)
	if err != nil || len(several) != 4 || several[0].Day != day+2 || several[0].Paid != 16800 || several[1].Day != day+1 || several[1].Paid != 77 || !slices.Equal(several[2:], sums) {
		t.Errorf("Settlements of several days: %+v, %v", several, err)
	}
	if none, err := f.Store.Settlements(f.ctx, day, day-1); err != nil || len(none) != 0 {
		t.Errorf("Settlements of no day: %+v, %v", none, err)
	}
}

// sumsByHand: what an operator confirmed stands apart, whether it was added up already or not, and after a recount.
func sumsByHand(t *testing.T, f *Fixture) {
	day := models.DayOf(f.Clock.T)
	f.paid(t, "the gateway's word")
	f.Apply(t, f.hand(f.Order(t, "the operator's"), "the buyer showed the receipt"), models.VerdictApplied)
	want := []models.Taking{
		{Day: day, Currency: "HKD", Processor: models.AlipayHK, Paid: 1, Gross: 16800}, {Day: day, Currency: "HKD", Processor: models.AlipayHK, ByHand: true, Paid: 1, Gross: 16800},
	}
	for _, when := range []string{"at once", "added up", "recounted"} {
		got, err := f.Store.Takings(f.ctx, day, day)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", when, err, diff)
		}
		if _, err = f.Store.Tally(f.ctx); when == "added up" {
			_, err = f.Store.Recount(f.ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	f.paid(t, "later that day")
	want[0].Paid, want[0].Gross = 2, 2*16800
	for _, when := range []string{"one more", "added to what was there"} {
		got, err := f.Store.Takings(f.ctx, day, day)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", when, err, diff)
		}
		if _, err := f.Store.Tally(f.ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// takenBack: a refund counts on the day on which it is done, with the wallet that had paid, and one that isn't done doesn't count.
func takenBack(t *testing.T, f *Fixture) {
	o := f.paid(t, "x")
	day := models.DayOf(f.Clock.T)
	f.Clock.T = (day + 1).Start()
	r := f.wished(t, f.wish(o, 5000, "part"))
	f.tell(t, f.told(r, models.SourceQuery, models.RefundSucceeded), models.VerdictApplied)
	f.wished(t, f.wish(o, 100, "not yet"))
	got, err := f.Store.Takings(f.ctx, day, day+1)
	want := []models.Taking{
		{Day: day, Currency: "HKD", Processor: models.AlipayHK, Paid: 1, Gross: 16800}, {Day: day + 1, Currency: "HKD", Processor: models.AlipayHK, Refunded: 5000},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if got, err = f.Store.Takings(f.ctx, day, day); err != nil || len(got) != 1 {
		t.Errorf("the first day alone: %+v, %v", got, err)
	}
}
