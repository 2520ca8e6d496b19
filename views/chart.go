package views

import (
	"strconv"

	"lianlian-checkout/models"
)

// A chart's height in pixels: the plot, and the line of days below it. Widths are percentages, so that texts keep their size at any width.
const (
	plotTop    = 8
	plotHeight = 160
	chartBelow = 28
)

// chart is one currency's takings by day, as the attributes of SVG elements.
type chart struct {
	axis  int // width of the amounts' column in pixels
	ticks []chartTick
	bars  []chartBar
	days  []chartDay
}

// chartTick is a line across the plot with its amount.
type chartTick struct{ y, text string }

// chartBar is one day. Hit is the day's whole stretch, for whoever points at it.
type chartBar struct {
	hit, hitWidth, x, width, y, height string
	title                              string
	today                              bool
}

// chartDay is a day's name below the plot.
type chartDay struct{ x, anchor, text string }

// takingsChart draws the days until the last one, which is today.
func (p Page) takingsChart(list []models.Taking, currency string, last models.Day) chart {
	var amounts [TodayDays]int64
	var most int64
	for _, t := range list {
		if i := int(t.Day - last + TodayDays - 1); t.Currency == currency && i >= 0 && i < TodayDays {
			amounts[i] += t.Gross
			most = max(most, amounts[i])
		}
	}
	step := niceStep(most)
	steps := max(1, (most+step-1)/step)
	top := steps * step
	c := chart{}
	for i := int64(0); i <= steps; i++ {
		text := amount(models.Money{Amount: i * step, Currency: "JPY"}, p.Lang) // whole units, as all steps are
		c.axis = max(c.axis, 8+7*len(text))
		c.ticks = append(c.ticks, chartTick{y: pixels(plotTop + plotHeight - float64(i)*plotHeight/float64(steps)), text: text})
	}
	const slot = 100.0 / TodayDays
	for i, a := range amounts {
		day := last - TodayDays + 1 + models.Day(i)
		height := float64(a) * plotHeight / float64(top)
		if a > 0 {
			height = max(height, 2) // a day with little isn't one with nothing
		}
		c.bars = append(c.bars, chartBar{
			hit: share(float64(i) * slot), hitWidth: share(slot), x: share((float64(i) + 0.15) * slot), width: share(0.7 * slot),
			y: pixels(plotTop + plotHeight - height), height: pixels(height), today: day == last,
			title: p.dayWords(day) + p.Text("today.colon") + p.Money(models.Money{Amount: a, Currency: currency}),
		})
		if back := last - day; back%7 == 0 {
			d := chartDay{share((float64(i) + 0.5) * slot), "middle", p.dayMonth(day)}
			if back == 0 {
				d.x, d.anchor = "100%", "end"
			}
			c.days = append(c.days, d)
		}
	}
	return c
}

// niceStep is the distance of a chart's lines: 1, 2 or 5 times a power of ten, at most five of them up to the most.
func niceStep(most int64) int64 {
	for step := int64(100); ; step *= 10 {
		for _, times := range []int64{1, 2, 5} {
			if step*times*4 >= most {
				return step * times
			}
		}
	}
}

func share(percent float64) string { return strconv.FormatFloat(percent, 'f', 2, 64) + "%" }

func pixels(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }

// part is a length as a share of the longest, at least a sliver when there is anything.
func part(n, longest int64) string {
	if n <= 0 || longest <= 0 {
		return "0"
	}
	return share(max(1, float64(n)*100/float64(longest)))
}
