package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Settlements are the payments from one day to another, both included, by day, currency and the settlement's currency, the newest day first.
// It counts each payment: ask for a month at most.
func (s *Store) Settlements(ctx context.Context, from, to Day) (list []Settling, err error) {
	// Day by day: SQLite sorts what it groups, and many small heaps are sorted sooner than a large one.
	const ofDay = `SELECT CAST(? AS BIGINT), currency, settlement_currency, COUNT(*), CAST(SUM(amount) AS BIGINT), CAST(SUM(settlement_amount) AS BIGINT)
		FROM payments WHERE paid_at >= ? AND paid_at < ? AND paid_at > 0 GROUP BY 2, 3`
	var days []string
	var args []any
	for day := from; day <= to; day++ {
		days, args = append(days, ofDay), append(args, int64(day), day.start(), (day+1).start())
	}
	if len(days) == 0 {
		return nil, nil
	}
	err = query(s.reading(ctx), func(row scanner) error {
		var t Settling
		err := row.Scan(&t.Day, &t.Currency, &t.Settlement, &t.Payments, &t.Paid, &t.Settled)
		list = append(list, t)
		return err
	}, strings.Join(days, " UNION ALL ")+" ORDER BY 1 DESC, 2, 3", args...)
	return list, storageError(err)
}

// SettledPayments lists the payments from one day to another, both included, newest first. The cursor is Next of the page before; limit is
// 1 to 1000, or 50.
func (s *Store) SettledPayments(ctx context.Context, from, to Day, cursor string, limit int) (list SettlementList, err error) {
	if limit < 1 || limit > mostListed {
		limit = 50
	}
	where, args := "", []any{from.start(), (to + 1).start()}
	if at, id, err := readCursor(cursor); cursor != "" && err == nil {
		where, args = " AND (p.paid_at, p.id) < (?, ?)", append(args, at, id)
	}
	statement := "SELECT o.number, p.id, " + prefixed("p.", paymentColumns) + ` FROM payments p JOIN orders o ON o.id = p.order_id
		WHERE p.paid_at >= ? AND p.paid_at < ? AND p.paid_at > 0` + where + " ORDER BY p.paid_at DESC, p.id DESC LIMIT " + strconv.Itoa(limit+1)
	err = query(s.reading(ctx), func(row scanner) error {
		var p paymentRow
		var number string
		err := row.Scan(append([]any{&number, &p.ID}, p.columns()...)...)
		list.Payments = append(list.Payments, SettledPayment{p.payment(), number})
		return err
	}, statement, args...)
	if len(list.Payments) > limit {
		list.Payments = list.Payments[:limit]
		last := list.Payments[limit-1]
		list.Next = fmt.Sprintf("%d-%d", millis(last.PaidAt), last.ID)
	}
	return list, storageError(err)
}

// SettlementCursor tells whether a text can be the cursor of a page of settlements.
func SettlementCursor(text string) bool {
	_, _, err := readCursor(text)
	return err == nil
}

// readCursor reads a moment and an id, as SettledPayments writes them.
func readCursor(cursor string) (at, id int64, err error) {
	left, right, _ := strings.Cut(cursor, "-")
	if at, err = strconv.ParseInt(left, 10, 64); err == nil {
		id, err = strconv.ParseInt(right, 10, 64)
	}
	return at, id, err
}
