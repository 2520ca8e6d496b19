package views

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"lianlian-checkout/models"

	textmessage "golang.org/x/text/message"
	textnumber "golang.org/x/text/number"
)

// symbols are what stands before a number, by currency of guide 5.3.2. A dollar or a yen always
// says whose it is, in every language; a currency whose sign few people know goes by its code.
var symbols = map[string]string{
	"AED": "AED\u00a0", "AUD": "A$", "BRL": "R$", "CAD": "CA$", "CHF": "CHF\u00a0", "CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$",
	"IDR": "Rp\u00a0", "JPY": "JP¥", "KRW": "₩", "MXN": "MX$", "MYR": "RM\u00a0", "NGN": "₦", "NPR": "NPR\u00a0", "NZD": "NZ$",
	"SGD": "S$", "THB": "฿", "INR": "₹", "USD": "US$",
}

// separators are a language's marks of thousands and of decimals, as golang.org/x/text knows them.
type separators struct{ group, decimal string }

// numberMarks are asked for once: a printer for every amount would cost more than the rest of a page.
var numberMarks = sync.OnceValue(func() map[string]separators {
	marks := map[string]separators{}
	for i, lang := range Languages {
		text := textmessage.NewPrinter(languageTags[i]).Sprint(textnumber.Decimal(1234.5, textnumber.Scale(2))) // "1,234.50"
		group, rest, _ := strings.Cut(strings.TrimPrefix(text, "1"), "234")
		marks[lang] = separators{group, strings.TrimSuffix(rest, "50")}
	}
	return marks
})

// Money writes an amount with its currency for people who read the language: "HK$1,168.00",
// "¥168.00 CNY", "JP¥1,200". Currencies without a minor unit (JPY, KRW) have no decimals.
func Money(m models.Money, lang string) string {
	text, sign := amount(m, lang), ""
	if m.Amount < 0 {
		sign = "−"
	}
	symbol, ok := symbols[m.Currency]
	if !ok {
		symbol = m.Currency + "\u00a0"
	}
	if m.Currency == "CNY" {
		return sign + symbol + text + "\u00a0CNY"
	}
	return sign + symbol + text
}

// amount is the number alone, without its sign, with the language's marks.
func amount(m models.Money, lang string) string {
	marks, ok := numberMarks()[lang]
	if !ok {
		marks = numberMarks()[Languages[0]]
	}
	hundredths := uint64(m.Amount)
	if m.Amount < 0 {
		hundredths = -hundredths
	}
	var digits [20]byte
	whole := strconv.AppendUint(digits[:0], hundredths/100, 10)
	b := make([]byte, 0, 48)
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b = append(b, marks.group...)
		}
		b = append(b, d)
	}
	if rest := byte(hundredths % 100); rest != 0 || !models.WholeUnits(m.Currency) {
		b = append(b, marks.decimal...)
		b = append(b, '0'+rest/10, '0'+rest%10)
	}
	return string(b)
}

// Money writes an amount in the page's language.
func (p Page) Money(m models.Money) string { return Money(m, p.Lang) }

// input is the amount as a number field wants it: "168", "168.50".
func input(m models.Money) string { return strings.TrimSuffix(m.Decimal(), ".00") }

var months = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
	"October", "November", "December"}

// DateTime writes a moment in the site's time zone with the zone's name: "23 November 2026, 15:04 HKT",
// "2026年11月23日 15:04 香港時間". The zero time is empty.
func (p Page) DateTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.longDay(t) + " " + p.longClock(t)
}

// longDay is the day of DateTime: "23 November 2026,".
func (p Page) longDay(t time.Time) string {
	t = t.In(p.location())
	if p.Lang == "en" {
		return strconv.Itoa(t.Day()) + " " + months[t.Month()-1] + " " + t.Format("2006,")
	}
	return t.Format("2006年1月2日")
}

// longClock is the time of DateTime with its zone: "15:04 HKT".
func (p Page) longClock(t time.Time) string {
	t = t.In(p.location())
	zone := t.Format("MST")
	if zone == "HKT" {
		zone = p.Text("zone.hkt")
	}
	return t.Format("15:04 ") + zone
}

// shortTime is a moment for tables, to the second where that helps an operator: "2026-11-23 15:04:05".
func (p Page) shortTime(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return p.day(t) + " " + p.clock(t)
}

func (p Page) day(t time.Time) string { return t.In(p.location()).Format("2006-01-02") }

func (p Page) clock(t time.Time) string { return t.In(p.location()).Format("15:04:05") }

func (p Page) location() *time.Location {
	if p.Site.Location != nil {
		return p.Site.Location
	}
	return hongKong
}

// machineTime is for <time datetime>.
func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// left writes what is left until t as minutes and seconds: "14:32"; "0:00" when it is over.
func (p Page) left(t time.Time) string {
	s := max(0, int64(t.Sub(p.Now)/time.Second))
	if s >= 3600 {
		return strconv.FormatInt(s/3600, 10) + ":" + two(s/60%60) + ":" + two(s%60)
	}
	return strconv.FormatInt(s/60, 10) + ":" + two(s%60)
}

func two(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}

// millis is for the page's script, which counts from the server's clock.
func millis(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}
