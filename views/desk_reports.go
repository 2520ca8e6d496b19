package views

import "lianlian-checkout/models"

func (v ReportView) of(currency string) (list []models.Taking) {
	for _, t := range v.Takings {
		if t.Currency == currency {
			list = append(list, t)
		}
	}
	return list
}

func (v ReportView) day(currency string, d models.Day) (list []models.Taking) {
	for _, t := range v.of(currency) {
		if t.Day == d {
			list = append(list, t)
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
