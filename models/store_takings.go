package models

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
)

// tallyBatch is how many orders one transaction adds to the totals: few enough that nobody who pays waits for long.
const tallyBatch = 500

// dayOfPaid is an order's Day in SQL: Day's own reckoning.
const dayOfPaid = "(paid_at + 28800000) / 86400000"

// Tally adds the orders that were paid since the last time to the day's totals, and returns how many there were. An order is marked in
// the transaction that adds it, so it is added once, whatever stops this; until then Takings finds it by itself.
func (s *Store) Tally(ctx context.Context) (added int, err error) {
	const some = "SELECT id FROM orders WHERE tallied = 0 AND paid_at > 0 LIMIT 1" // looked for first: mostly there is nothing to write
	if paid, err := s.ids(ctx, some); err != nil || len(paid) == 0 {
		return 0, storageError(err)
	}
	for {
		n := 0
		err := s.write(ctx, func(tx *gorm.DB) error {
			n = 0
			if err := lockTakings(tx); err != nil {
				return err
			}
			sums := takings{}
			err := query(tx, func(row scanner) error {
				var at int64
				t := Taking{Paid: 1}
				if err := row.Scan(&at, &t.Currency, &t.Processor, &t.Gross); err != nil {
					return err
				}
				n++
				t.Day = DayOf(fromMillis(at))
				sums.add(t)
				return nil
			}, `UPDATE orders SET tallied = 1 WHERE tallied = 0 AND id IN (SELECT id FROM orders WHERE tallied = 0 AND paid_at > 0 ORDER BY paid_at LIMIT ?)
				RETURNING paid_at, currency, processor, amount`, tallyBatch)
			if err != nil {
				return err
			}
			for _, t := range sums.list() {
				err := later(tx, `INSERT INTO takings (day, currency, processor, paid, gross) VALUES (?, ?, ?, ?, ?)
					ON CONFLICT (day, currency, processor) DO UPDATE SET paid = takings.paid + excluded.paid, gross = takings.gross + excluded.gross`,
					t.Day, t.Currency, t.Processor, t.Paid, t.Gross)
				if err != nil {
					return err
				}
			}
			return nil
		})
		added += n
		if err != nil || n < tallyBatch {
			return added, err
		}
	}
}

// lockTakings keeps other processes from writing to the totals until the transaction ends; SQLite has one writer.
func lockTakings(tx *gorm.DB) error {
	if tx.Name() != "postgres" {
		return nil
	}
	_, err := exec(tx, "LOCK TABLE takings IN SHARE ROW EXCLUSIVE MODE")
	return err
}

// Recount makes the totals anew from the orders and says which days were wrong, by currency and wallet. It reads all orders once.
func (s *Store) Recount(ctx context.Context) (wrong []Taking, err error) {
	const all = "SELECT day, currency, processor, paid, gross FROM takings"
	err = s.write(ctx, func(tx *gorm.DB) error {
		if err := lockTakings(tx); err != nil {
			return err
		}
		before, after := takings{}, takings{}
		if err := query(tx, before.scan, all); err != nil {
			return err
		}
		err := query(tx, before.scan, `SELECT `+dayOfPaid+`, currency, processor, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM orders WHERE tallied = 0 AND paid_at > 0 GROUP BY 1, 2, 3`)
		if err != nil {
			return err
		}
		// First the marks, then the sums of what is marked: an order that is paid in between stays for the next Tally.
		for _, statement := range []string{
			"UPDATE orders SET tallied = 1 WHERE tallied = 0 AND paid_at > 0",
			"DELETE FROM takings",
			`INSERT INTO takings (day, currency, processor, paid, gross) SELECT ` + dayOfPaid + `, currency, processor, COUNT(*), CAST(SUM(amount) AS BIGINT)
				FROM orders WHERE tallied = 1 AND paid_at > 0 GROUP BY 1, 2, 3`,
		} {
			if _, err := exec(tx, statement); err != nil {
				return err
			}
		}
		if err := query(tx, after.scan, all); err != nil {
			return err
		}
		wrong = before.differences(after)
		return nil
	})
	return wrong, err
}

// Takings are what was paid from one day to another, both included, by day, currency and wallet.
func (s *Store) Takings(ctx context.Context, from, to Day) ([]Taking, error) {
	sums := takings{}
	// One statement sees the totals and the orders that aren't in them yet as of one moment.
	err := query(s.reading(ctx), sums.scan, `SELECT day, currency, processor, paid, gross FROM takings WHERE day >= ? AND day <= ?
		UNION ALL SELECT `+dayOfPaid+`, currency, processor, COUNT(*), CAST(SUM(amount) AS BIGINT)
		FROM orders WHERE tallied = 0 AND paid_at > 0 AND paid_at >= ? AND paid_at < ? GROUP BY 1, 2, 3`, from, to, from.start(), (to + 1).start())
	return sums.list(), storageError(err)
}

// PaidBetween is what was paid from one moment until another, by currency; Day is from's. It reads each of those orders: ask for a day at most.
func (s *Store) PaidBetween(ctx context.Context, from, to time.Time) ([]Taking, error) {
	sums := takings{}
	err := query(s.reading(ctx), func(row scanner) error {
		t := Taking{Day: DayOf(from)}
		if err := row.Scan(&t.Currency, &t.Paid, &t.Gross); err != nil {
			return err
		}
		sums.add(t)
		return nil
	}, `SELECT currency, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM orders WHERE tallied IN (0, 1) AND paid_at > 0 AND paid_at >= ? AND paid_at < ? GROUP BY currency`,
		millis(from), millis(to))
	return sums.list(), storageError(err)
}

// Placed is how the orders stand that were placed from one moment until another. It counts each of them: ask for a day at most.
func (s *Store) Placed(ctx context.Context, from, to time.Time) (map[OrderStatus]int64, error) {
	return s.countByStatus(ctx, OrderStatuses, " AND created_at >= ? AND created_at < ?", millis(from), millis(to))
}

// DeskNow counts what waits, and what somebody should look at.
func (s *Store) DeskNow(ctx context.Context) (now DeskNow, err error) {
	counts, err := s.countByStatus(ctx, waiting, "")
	if err != nil {
		return now, err
	}
	for _, n := range counts {
		now.Waiting += n
	}
	err = queryRow(s.reading(ctx), []any{&now.Attention}, "SELECT COUNT(*) FROM orders WHERE attention <> ''")
	return now, storageError(err)
}

// countByStatus counts in the stretches of the index orders_listed that the statuses have.
func (s *Store) countByStatus(ctx context.Context, statuses []OrderStatus, where string, args ...any) (map[OrderStatus]int64, error) {
	counts := map[OrderStatus]int64{}
	currencies, err := s.Currencies(ctx)
	if err != nil || len(currencies) == 0 {
		return counts, err
	}
	values := []any{}
	in := func(column string, n int, value func(i int) any) string {
		for i := range n {
			values = append(values, value(i))
		}
		return column + " IN (?" + strings.Repeat(", ?", n-1) + ")"
	}
	statement := "SELECT status, COUNT(*) FROM orders WHERE " + in("status", len(statuses), func(i int) any { return statuses[i] }) +
		" AND " + in("currency", len(currencies), func(i int) any { return currencies[i] }) +
		" AND " + in("processor", len(wallets), func(i int) any { return wallets[i] }) + where + " GROUP BY status"
	err = query(s.reading(ctx), func(row scanner) error {
		var status OrderStatus
		var n int64
		err := row.Scan(&status, &n)
		counts[status] = n
		return err
	}, statement, append(values, args...)...)
	return counts, storageError(err)
}

// takings sums by day, currency and wallet.
type takings map[Taking]Taking

func (m takings) add(t Taking) {
	key := Taking{Day: t.Day, Currency: t.Currency, Processor: t.Processor}
	sum := m[key]
	key.Paid, key.Gross, key.Refunded = sum.Paid+t.Paid, sum.Gross+t.Gross, sum.Refunded+t.Refunded
	m[Taking{Day: t.Day, Currency: t.Currency, Processor: t.Processor}] = key
}

func (m takings) scan(row scanner) error {
	var t Taking
	err := row.Scan(&t.Day, &t.Currency, &t.Processor, &t.Paid, &t.Gross)
	m.add(t)
	return err
}

// list is the sums by day, currency and wallet.
func (m takings) list() []Taking {
	list := make([]Taking, 0, len(m))
	for _, t := range m {
		list = append(list, t)
	}
	slices.SortFunc(list, func(a, b Taking) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Processor, b.Processor))
	})
	return list
}

// differences are the sums as they were where others are right.
func (m takings) differences(right takings) []Taking {
	wrong := takings{}
	for key, t := range m {
		if right[key] != t {
			wrong.add(t)
		}
	}
	for key := range right {
		if _, ok := m[key]; !ok {
			wrong.add(key)
		}
	}
	return wrong.list()
}
