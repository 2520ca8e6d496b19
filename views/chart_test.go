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
