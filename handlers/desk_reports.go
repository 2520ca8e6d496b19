package handlers

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
	"lianlian-checkout/views"
)

// How many days a report shows, and at most.
const (
	reportDays       = 30
	mostReportDays   = 366
	settlementDays   = 7
	mostSettledDays  = 31
	settledAPage     = 100
	settledAPart     = 500
	settlementCursor = "cursor"
)

// reportRange reads ?from= and ?to=, both days that count; without them it is the last so many.
func (h *Handler) reportRange(q *deskQuery, usual, most models.Day) views.DayRange {
	to, given := q.day("to")
	if !given {
		to = models.DayOf(h.o.Now())
	}
	from, given := q.day("from")
	if !given {
		from = to - usual + 1
	}
	switch {
	case from > to:
		q.refuse("order", "from")
	case to-from >= most:
		q.refuse("range", strconv.Itoa(int(most)))
	}
	return views.DayRange{From: from, To: to}
}

// GET /admin/reports is the daily report: ?from=, ?to=.
func (h *Handler) adminReports(c *gin.Context) {
	days, list, err := h.takings(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.Reports(h.page(c), views.ReportView{Days: days, Takings: list}))
}

func (h *Handler) takings(c *gin.Context) (views.DayRange, []models.Taking, error) {
	q := readDeskQuery(c.Request.URL.RawQuery, "from", "to")
	days := h.reportRange(q, reportDays, mostReportDays)
	if err := q.err(); err != nil {
		return days, nil, err
	}
	list, err := h.o.Shop.Takings(c.Request.Context(), days.From, days.To)
	return days, list, err
}

// GET /admin/reports.csv is the daily report as a file, a line for each day, currency and wallet.
func (h *Handler) adminReportsCSV(c *gin.Context) {
	days, list, err := h.takings(c)
	if err != nil {
		h.fail(c, err)
		return
	}
	t := newTable(c, "takings-"+days.String(), "day", "currency", "wallet", "confirmed_by", "orders_paid", "gross", "refunded", "net")
	if c.Request.Method == http.MethodHead {
		return
	}
	h.record(c, "report.exported", days.String())
	for _, d := range list {
		sum := func(amount int64) string { return models.Money{Amount: amount, Currency: d.Currency}.Decimal() }
		by := "gateway"
		if d.ByHand {
			by = "hand"
		}
		t.row(d.Day.String(), d.Currency, string(d.Processor), by, strconv.FormatInt(d.Paid, 10), sum(d.Gross), sum(d.Refunded), sum(d.Net()))
	}
	t.send()
}

// GET /admin/reports/settlement is what the gateway says it settles: ?from=, ?to=, ?cursor=.
func (h *Handler) adminSettlement(c *gin.Context) {
	q := readDeskQuery(c.Request.URL.RawQuery, "from", "to", settlementCursor)
	v := views.SettlementView{Days: h.reportRange(q, settlementDays, mostSettledDays), Cursor: q.text(settlementCursor)}
	if v.Cursor != "" && !models.SettlementCursor(v.Cursor) {
		q.refuse("value", settlementCursor)
	}
	err := q.err()
	ctx := c.Request.Context()
	if err == nil {
		v.Sums, err = h.o.Shop.Settlements(ctx, v.Days.From, v.Days.To)
	}
	if err == nil {
		v.List, err = h.o.Shop.SettledPayments(ctx, v.Days.From, v.Days.To, v.Cursor, settledAPage)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	h.render(c, http.StatusOK, views.Settlement(h.page(c), v))
}

// GET /admin/reports/settlement.csv is the same as a file, a line for each payment, newest first.
func (h *Handler) adminSettlementCSV(c *gin.Context) {
	q := readDeskQuery(c.Request.URL.RawQuery, "from", "to")
	days := h.reportRange(q, settlementDays, mostReportDays)
	err := q.err()
	ctx := c.Request.Context()
	var list models.SettlementList
	if err == nil {
		list, err = h.o.Shop.SettledPayments(ctx, days.From, days.To, "", settledAPart)
	}
	if err != nil {
		h.fail(c, err)
		return
	}
	t := newTable(c, "settlement-"+days.String(), "day", "paid_at", "order_id", "number", "attempt", "wallet", "status", "currency", "paid",
		"settlement_currency", "settlement_amount", "difference", "merchant_transaction_id", "ll_transaction_id")
	if c.Request.Method == http.MethodHead {
		return
	}
	h.record(c, "settlement.exported", days.String())
	for {
		for _, p := range list.Payments {
			t.row(settlementCells(p)...)
		}
		if !t.send() || list.Next == "" {
			return
		}
		if list, err = h.o.Shop.SettledPayments(ctx, days.From, days.To, list.Next, settledAPart); err != nil {
			h.o.Log.ErrorContext(ctx, "settlement.csv ended early", "error", err, "request_id", c.GetString(requestIDKey))
			t.broken()
		}
	}
}

func settlementCells(p models.SettledPayment) []string {
	currency, settled, difference := "", "", ""
	if p.Settlement != nil {
		currency, settled = p.Settlement.Currency, p.Settlement.Decimal()
	}
	if d, ok := p.Difference(); ok {
		difference = d.Decimal()
	}
	return []string{models.DayOf(p.PaidAt).String(), isoTime(p.PaidAt), strconv.FormatInt(p.OrderID, 10), p.Number, strconv.Itoa(p.Attempt), string(p.Processor), string(p.Status),
		p.Money.Currency, p.Money.Decimal(), currency, settled, difference, p.MerchantTransactionID, p.LLTransactionID}
}
