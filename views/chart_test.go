package views_test

import (
	"slices"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// TestTakingsChart reads a chart back: a bar for each of the last 30 days, as high as the day's sum in one currency, between lines of round amounts.
func TestTakingsChart(t *testing.T) {
	t.Parallel()
	doc := parse(t, render(t, views.Today(page("en"), views.TodayView{Day: deskDay, Currencies: []string{"CNY", "HKD"}, Takings: []models.Taking{
		{Day: deskDay - 30, Currency: "HKD", Processor: models.AlipayHK, Paid: 1, Gross: 1_00}, // a day too early
		{Day: deskDay - 29, Currency: "HKD", Processor: models.AlipayHK, Paid: 1, Gross: 1},
		{Day: deskDay - 7, Currency: "HKD", Processor: models.AlipayHK, Paid: 1, Gross: 1000_00},
		{Day: deskDay, Currency: "HKD", Processor: models.AlipayHK, Paid: 1, Gross: 1000_00},
		{Day: deskDay, Currency: "HKD", Processor: models.WeChatHK, Paid: 1, Gross: 800_00},
		{Day: deskDay, Currency: "CNY", Processor: models.AlipayCN, Paid: 1, Gross: 9000_00},
	}})))
	all := func(selector string, of func(*goquery.Selection) string) (list []string) {
		doc.Find("[data-currency=HKD] .chart " + selector).Each(func(_ int, el *goquery.Selection) { list = append(list, of(el)) })
		return list
	}
	attr := func(names ...string) func(*goquery.Selection) string {
		return func(el *goquery.Selection) (s string) {
			for _, name := range names {
				s += el.AttrOr(name, "-") + " "
			}
			return s
		}
	}
	text := func(el *goquery.Selection) string { return el.Text() }
	if got := all(".chart-axis ~ svg .chart-line", attr("y1")); !slices.Equal(got, []string{"168.0 ", "128.0 ", "88.0 ", "48.0 ", "8.0 "}) {
		t.Errorf("lines at %q", got)
	}
	ticks := []string{}
	doc.Find("[data-currency=HKD] .chart-axis text").Each(func(_ int, el *goquery.Selection) { ticks = append(ticks, el.Text()) })
	if !slices.Equal(ticks, []string{"0", "500", "1,000", "1,500", "2,000"}) {
		t.Errorf("the lines are called %q", ticks)
	}
	want := slices.Repeat([]string{"168.0 0.0 "}, 30)
	want[0], want[22], want[29] = "166.0 2.0 ", "88.0 80.0 ", "24.0 144.0 " // a cent is to be seen too
	if got := all(".chart-bar", attr("y", "height")); !slices.Equal(got, want) {
		t.Errorf("bars %q, want %q", got, want)
	}
	if got := all(".chart-today title", text); !slices.Equal(got, []string{"Mon 23 Nov: HK$1,800.00"}) {
		t.Errorf("today's bar is called %q", got)
	}
	if got := all(".chart-day", text); !slices.Equal(got, []string{"26 Oct", "2 Nov", "9 Nov", "16 Nov", "23 Nov"}) {
		t.Errorf("days %q", got)
	}
	if got := all("~ .meters .chart-bar", attr("width")); !slices.Equal(got, []string{"100.00% ", "39.98% ", "0 ", "0 "}) {
		t.Errorf("wallets' bars %q", got)
	}
}

// TestComparisons: how the day stands against others, in rounded percent, and the stretches that a report offers.
func TestComparisons(t *testing.T) {
	t.Parallel()
	hk := func(day models.Day, gross int64) models.Taking {
		return models.Taking{Day: day, Currency: "HKD", Processor: models.AlipayHK, Paid: 1, Gross: gross}
	}
	doc := parse(t, render(t, views.Today(page("en"), views.TodayView{
		Day: deskDay, Currencies: []string{"HKD"}, Takings: []models.Taking{hk(deskDay-10, 700_00), hk(deskDay-1, 500_00), hk(deskDay, 200_00)},
		ByNowYesterday: []models.Taking{hk(deskDay-1, 120_00)}, ByNowLastWeek: []models.Taking{hk(deskDay-7, 600_00)},
		Placed: map[models.OrderStatus]int64{models.OrderPaid: 2, models.OrderExpired: 1},
	})))
	var got []string
	doc.Find("[data-currency=HKD] .takings-now p, [data-testid=conversion] tr:first-child .muted").Each(func(_ int, el *goquery.Selection) { got = append(got, el.Text()) })
	want := []string{
		"HK$200.00", "67% more than HK$120.00 by this time yesterday", "67% less than HK$600.00 by this time a week ago",
		"HK$700.00", "As much as HK$700.00 in the 7 days before", "HK$1,400.00", "3 orders paid", "67%",
	}
	if !slices.Equal(got, want) {
		t.Errorf("says %q, want %q", got, want)
	}
	got = nil
	doc = parse(t, render(t, views.Reports(page("en"), views.ReportView{Days: views.DayRange{From: deskDay - 6, To: deskDay}})))
	doc.Find(".filters .chips a").Each(func(_ int, el *goquery.Selection) {
		got = append(got, el.AttrOr("href", "")+el.AttrOr("aria-current", ""))
	})
	want = []string{
		"/pay/admin/reports?from=2026-11-23&to=2026-11-23", "/pay/admin/reports?from=2026-11-17&to=2026-11-23true", "/pay/admin/reports?from=2026-11-01&to=2026-11-23",
		"/pay/admin/reports?from=2026-10-01&to=2026-10-31",
	}
	if !slices.Equal(got, want) {
		t.Errorf("offers %q, want %q", got, want)
	}
}
