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

// paidByHand is 1 in SQL for an order that an operator confirmed.
const paidByHand = "CASE WHEN confirmed_at > 0 THEN 1 ELSE 0 END"

// untallied are the sums of a condition's orders, as takings has them. In a condition "paid_at > 0", which lets the partial index be used, comes after
// the bounds of the time: SQLite seeks to the first lower bound that it reads, and would read a million orders for a day's.
func untallied(where string) string {
	return "SELECT " + dayOfPaid + ", currency, processor, " + paidByHand + ", COUNT(*), CAST(SUM(amount) AS BIGINT) FROM orders WHERE " + where + " GROUP BY 1, 2, 3, 4"
}

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
				var at, confirmed int64
				t := Taking{Paid: 1}
				if err := row.Scan(&at, &t.Currency, &t.Processor, &confirmed, &t.Gross); err != nil {
					return err
				}
				n++
				t.Day, t.ByHand = DayOf(fromMillis(at)), confirmed > 0
				sums.add(t)
				return nil
			}, `UPDATE orders SET tallied = 1 WHERE tallied = 0 AND id IN (SELECT id FROM orders WHERE tallied = 0 AND paid_at > 0 ORDER BY paid_at LIMIT ?)
				RETURNING paid_at, currency, processor, confirmed_at, amount`, tallyBatch)
			if err != nil {
				return err
			}
			for _, t := range sums.list() {
				err := later(tx, `INSERT INTO takings (day, currency, processor, by_hand, paid, gross) VALUES (?, ?, ?, ?, ?, ?)
					ON CONFLICT (day, currency, processor, by_hand) DO UPDATE SET paid = takings.paid + excluded.paid, gross = takings.gross + excluded.gross`,
					t.Day, t.Currency, t.Processor, flag(t.ByHand), t.Paid, t.Gross)
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
	const all = "SELECT day, currency, processor, by_hand, paid, gross FROM takings"
	err = s.write(ctx, func(tx *gorm.DB) error {
		if err := lockTakings(tx); err != nil {
			return err
		}
		before, after := takings{}, takings{}
		if err := query(tx, before.scan, all); err != nil {
			return err
		}
		err := query(tx, before.scan, untallied("tallied = 0 AND paid_at > 0"))
		if err != nil {
			return err
		}
		// First the marks, then the sums of what is marked: an order that is paid in between stays for the next Tally.
		for _, statement := range []string{
			"UPDATE orders SET tallied = 1 WHERE tallied = 0 AND paid_at > 0",
			"DELETE FROM takings",
			"INSERT INTO takings (day, currency, processor, by_hand, paid, gross) " + untallied("tallied = 1 AND paid_at > 0"),
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
	err := query(s.reading(ctx), sums.scan, "SELECT day, currency, processor, by_hand, paid, gross FROM takings WHERE day >= ? AND day <= ? UNION ALL "+
		untallied("tallied = 0 AND paid_at >= ? AND paid_at < ? AND paid_at > 0"), from, to, from.start(), (to + 1).start())
	if err == nil {
		err = s.addRefunds(ctx, sums, from, to)
	}
	return sums.list(), storageError(err)
}

// addRefunds adds what went back to buyers, on the day on which it was done. There are few refunds: they are added up when somebody asks.
// Those made elsewhere are missing: the gateway tells a payment's state, and no sum.
func (s *Store) addRefunds(ctx context.Context, sums takings, from, to Day) error {
	return query(s.reading(ctx), func(row scanner) error {
		var t Taking
		err := row.Scan(&t.Day, &t.Currency, &t.Processor, &t.Refunded)
		sums.add(t)
		return err
	}, `SELECT (r.done_at + 28800000) / 86400000, r.currency, o.processor, CAST(SUM(r.amount) AS BIGINT) FROM refunds r JOIN orders o ON o.id = r.order_id
		WHERE r.status = ? AND r.done_at >= ? AND r.done_at < ? AND r.done_at > 0 GROUP BY 1, 2, 3`, RefundSucceeded, from.start(), (to + 1).start())
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
	}, `SELECT currency, COUNT(*), CAST(SUM(amount) AS BIGINT) FROM orders WHERE tallied IN (0, 1) AND paid_at >= ? AND paid_at < ? AND paid_at > 0 GROUP BY currency`,
		millis(from), millis(to))
	return sums.list(), storageError(err)
}

// Placed is how the orders stand that were placed from one moment until another. It counts each of them: ask for a day at most.
func (s *Store) Placed(ctx context.Context, from, to time.Time) (map[OrderStatus]int64, error) {
	return s.countByStatus(ctx, OrderStatuses, " AND created_at >= ? AND created_at < ?", millis(from), millis(to))
}

// DeskNow counts what waits.
func (s *Store) DeskNow(ctx context.Context) (now DeskNow, err error) {
	counts, err := s.countByStatus(ctx, waiting, "")
	for _, n := range counts {
		now.Waiting += n
	}
	return now, err
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

// takings sums by day, currency, wallet and whether it was confirmed by hand.
type takings map[Taking]Taking

func (m takings) add(t Taking) {
	key := t.key()
	sum := m[key]
	t.Paid, t.Gross, t.Refunded = sum.Paid+t.Paid, sum.Gross+t.Gross, sum.Refunded+t.Refunded
	m[key] = t
}

// key is what takings are added up by.
func (t Taking) key() Taking {
	t.Paid, t.Gross, t.Refunded = 0, 0, 0
	return t
}

func (m takings) scan(row scanner) error {
	var t Taking
	var byHand int64
	err := row.Scan(&t.Day, &t.Currency, &t.Processor, &byHand, &t.Paid, &t.Gross)
	t.ByHand = byHand == 1
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
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Processor, b.Processor), cmp.Compare(flag(a.ByHand), flag(b.ByHand)))
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
