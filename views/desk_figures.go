package views

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"time"

	"lianlian-checkout/models"
)

// TodayDays is how many days the charts of the page Today show.
const TodayDays = 30

// TodayView is today at a glance. Takings are those of the last TodayDays.
type TodayView struct {
	Day                           models.Day
	Now                           models.DeskNow
	Attention                     int // how many things somebody should look at
	Takings                       []models.Taking
	Placed, PlacedBefore          map[models.OrderStatus]int64 // today, and all of yesterday
	ByNowYesterday, ByNowLastWeek []models.Taking              // until the same time of day
	Currencies                    []string                     // that orders were placed in; none in a new shop
}

// DayRange is days of a report, both included.
type DayRange struct{ From, To models.Day }

// String names the days in a file's name: "2026-11-01_2026-11-30".
func (r DayRange) String() string { return r.From.String() + "_" + r.To.String() }

func (r DayRange) query() string {
	return url.Values{"from": {r.From.String()}, "to": {r.To.String()}}.Encode()
}

// ReportView is the daily report.
type ReportView struct {
	Days    DayRange
	Takings []models.Taking
}

// SettlementView is what the gateway says it settles.
type SettlementView struct {
	Days   DayRange
	Cursor string
	Sums   []models.Settling
	List   models.SettlementList
}

// figures are takings added up; currencies never are.
type figures struct {
	paid                 int64
	gross, refunded, net models.Money
}

func sumOf(list []models.Taking, currency string, of func(models.Taking) bool) figures {
	f := figures{gross: models.Money{Currency: currency}, refunded: models.Money{Currency: currency}, net: models.Money{Currency: currency}}
	for _, t := range list {
		if t.Currency == currency && of(t) {
			f.paid += t.Paid
			f.gross.Amount += t.Gross
			f.refunded.Amount += t.Refunded
			f.net.Amount += t.Net()
		}
	}
	return f
}

func anyTaking(models.Taking) bool { return true }

// currenciesOf are those of the takings, the one with the most orders first.
func currenciesOf(list []models.Taking) []string {
	paid := map[string]int64{}
	var names []string
	for _, t := range list {
		if _, ok := paid[t.Currency]; !ok {
			names = append(names, t.Currency)
		}
		paid[t.Currency] += t.Paid
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(paid[b], paid[a]), cmp.Compare(a, b)) })
	return names
}

// paidOn is how many orders were paid on the day, in all currencies.
func (v TodayView) paidOn(d models.Day) (n int64) {
	for _, t := range v.Takings {
		if t.Day == d {
			n += t.Paid
		}
	}
	return n
}

// conversion is how many orders were placed and how many of them brought money.
func conversion(placed map[models.OrderStatus]int64) (all, paid int64) {
	for status, n := range placed {
		all += n
		switch status {
		case models.OrderPaid, models.OrderRefundPending, models.OrderPartiallyRefunded, models.OrderRefunded, models.OrderChargedBack:
			paid += n
		case models.OrderOpen, models.OrderPending, models.OrderProcessing, models.OrderFailed, models.OrderExpired, models.OrderCancelled:
		}
	}
	return all, paid
}

// percent is part of all, rounded: "74%".
func percent(part, all int64) string {
	if all == 0 {
		return "–"
	}
	return strconv.FormatInt((part*200+all)/(2*all), 10) + "%"
}

// compared says in words how a sum stands against one before it: key is the sentence's beginning, like "today.than_yesterday".
func (p Page) compared(key string, now, before models.Money) string {
	than := p.Text(key, "Before", p.Money(before))
	difference := now.Amount - before.Amount
	switch {
	case before.Amount == 0 && now.Amount == 0:
		return p.Text(key + ".none")
	case before.Amount == 0:
		return p.Text(key + ".first")
	case difference == 0:
		return p.Text("today.same", "Than", than)
	case difference > 0:
		return p.Text("today.more", "Percent", percent(difference, before.Amount), "Than", than)
	}
	return p.Text("today.less", "Percent", percent(-difference, before.Amount), "Than", than)
}

// dayWords is a day for people: "Thu 26 Nov", "11月26日 週四".
func (p Page) dayWords(d models.Day) string {
	t := d.Start().In(hongKong)
	weekday := p.Text("weekday." + strconv.Itoa(int(d.Weekday())))
	if p.Lang == "en" {
		return weekday + " " + strconv.Itoa(t.Day()) + " " + t.Format("Jan")
	}
	return strconv.Itoa(int(t.Month())) + "月" + strconv.Itoa(t.Day()) + "日 " + weekday
}

// dayMonth is a day on an axis, where there is little room: "26 Nov", "11/26".
func (p Page) dayMonth(d models.Day) string {
	t := d.Start().In(hongKong)
	if p.Lang == "en" {
		return strconv.Itoa(t.Day()) + " " + t.Format("Jan")
	}
	return strconv.Itoa(int(t.Month())) + "/" + strconv.Itoa(t.Day())
}

// walletName is a wallet with its region; an order for which nobody chose one has none.
func (p Page) walletName(w models.Processor) string {
	if w == "" {
		return "–"
	}
	return p.wallet(w)
}

// ranges are the stretches that a report's links offer.
func (p Page) ranges(path string, now time.Time, days DayRange) []chip {
	today := models.DayOf(now)
	local := now.In(hongKong)
	month := func(y int, m time.Month) models.Day { return models.DayOf(time.Date(y, m, 1, 0, 0, 0, 0, hongKong)) }
	this := month(local.Year(), local.Month())
	last := month(local.Year(), local.Month()-1)
	var list []chip
	for _, r := range []struct {
		key string
		DayRange
	}{
		{"reports.range.today", DayRange{today, today}}, {"reports.range.week", DayRange{today - 6, today}},
		{"reports.range.month", DayRange{this, today}}, {"reports.range.last_month", DayRange{last, this - 1}},
	} {
		list = append(list, chip{p.Text(r.key), p.URL(path + "?" + r.query()), r.DayRange == days})
	}
	return list
}
