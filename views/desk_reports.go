package views

import (
	"slices"

	"lianlian-checkout/models"
)

// currencyReport is one currency's days, the last one first.
type currencyReport struct {
	currency string
	days     []dayReport
}

// dayReport is one day's takings, by wallet.
type dayReport struct {
	day     models.Day
	takings []models.Taking
}

// reports are the takings by currency and day. They come sorted by day: a year's are gone through once.
func (v ReportView) reports() []currencyReport {
	var list []currencyReport
	at := map[string]int{}
	for _, c := range currenciesOf(v.Takings) {
		at[c] = len(list)
		list = append(list, currencyReport{currency: c})
	}
	for _, t := range slices.Backward(v.Takings) {
		r := &list[at[t.Currency]]
		if n := len(r.days); n == 0 || r.days[n-1].day != t.Day {
			r.days = append(r.days, dayReport{day: t.Day})
		}
		d := &r.days[len(r.days)-1]
		d.takings = append(d.takings, t)
	}
	for _, r := range list {
		for _, d := range r.days {
			slices.Reverse(d.takings)
		}
	}
	return list
}

// reportTabs lead from one report to the other, with the same days.
func (p Page) reportTabs(days DayRange) []chip {
	var list []chip
	for _, t := range []struct{ key, path string }{{"reports.daily", "/admin/reports"}, {"settlement.title", "/admin/reports/settlement"}} {
		list = append(list, chip{p.Text(t.key), p.URL(t.path + "?" + days.query()), p.Path == t.path})
	}
	return list
}

// region is a wallet's tag; without a wallet there is none.
func (p Page) region(w models.Processor) string {
	if w == "" {
		return ""
	}
	return p.Text(walletRegion(w))
}

// dash is an amount, or a dash for nothing.
func (p Page) dash(m models.Money) string {
	if m.Amount == 0 {
		return "–"
	}
	return p.Money(m)
}

// unknown is how many payments the gateway has told no settlement of.
func (v SettlementView) unknown() (n int64) {
	for _, s := range v.Sums {
		if s.Settlement == "" {
			n += s.Payments
		}
	}
	return n
}

func (p Page) settled(s models.Settling) string {
	if s.Settlement == "" {
		return p.Text("settlement.not_yet")
	}
	return p.Money(models.Money{Amount: s.Settled, Currency: s.Settlement})
}

func (p Page) settledLess(s models.Settling) string {
	if s.Settlement != s.Currency {
		return "–"
	}
	return p.Money(models.Money{Amount: s.Paid - s.Settled, Currency: s.Currency})
}

func (p Page) settledOne(s models.SettledPayment) string {
	if s.Settlement == nil {
		return p.Text("settlement.not_yet")
	}
	return p.Money(*s.Settlement)
}

func (p Page) difference(s models.SettledPayment) string {
	d, ok := s.Difference()
	if !ok {
		return "–"
	}
	return p.Money(d)
}
