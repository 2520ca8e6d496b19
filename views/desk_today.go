package views

import (
	"cmp"
	"slices"

	"lianlian-checkout/models"
)

// shown are the currencies with a chart: those of the last days, else the one that orders were placed in.
func (v TodayView) shown() []string {
	if list := currenciesOf(v.Takings); len(list) > 0 {
		return list
	}
	return v.Currencies[:min(1, len(v.Currencies))]
}

// on adds up the days of one currency.
func (v TodayView) on(currency string, from, to models.Day) figures {
	return sumOf(v.Takings, currency, func(t models.Taking) bool { return t.Day >= from && t.Day <= to })
}

// walletFigures are one wallet's.
type walletFigures struct {
	processor models.Processor
	figures
}

// wallets are those that brought a currency, the one that brought the most first.
func (v TodayView) wallets(currency string) (list []walletFigures) {
	for _, w := range append([]models.Processor{""}, models.Processors...) {
		f := sumOf(v.Takings, currency, func(t models.Taking) bool { return t.Processor == w })
		if f.paid > 0 || w != "" {
			list = append(list, walletFigures{w, f})
		}
	}
	slices.SortStableFunc(list, func(a, b walletFigures) int { return cmp.Compare(b.gross.Amount, a.gross.Amount) })
	return list
}

// count is a number with the language's marks of thousands.
func (p Page) count(n int64) string {
	return amount(models.Money{Amount: n * 100, Currency: "JPY"}, p.Lang)
}
