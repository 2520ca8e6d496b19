package models

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"
)

// finished are the states in which nothing is expected of an order any more.
var finished = []OrderStatus{OrderPaid, OrderFailed, OrderExpired, OrderCancelled, OrderPartiallyRefunded, OrderRefunded, OrderChargedBack}

// erasable selects finished orders of which nothing was heard since a time and that no operator has to look at.
var erasable = sync.OnceValue(func() string {
	var states []string
	for _, s := range finished {
		states = append(states, "'"+string(s)+"'")
	}
	return "erased_at = 0 AND updated_at < ? AND attention = '' AND status IN (" + strings.Join(states, ", ") + ")"
})

// erasing are the statements that empty an order's columns, and those that read what has to be masked, by table; of orders first.
type erasing struct {
	empty string
	read  string
	write string
	cols  int // how many are masked
}

var erasings = sync.OnceValue(func() []erasing {
	var list []erasing
	for _, table := range slices.Sorted(maps.Keys(fates)) {
		var empty, mask []string
		for _, column := range slices.Sorted(maps.Keys(fates[table])) {
			switch value := "''"; fates[table][column] {
			case erased:
				if emptyObject[table+"."+column] {
					value = "'{}'"
				}
				empty = append(empty, column+" = "+value)
			case masked:
				mask = append(mask, column)
			case kept, aged:
			}
		}
		e := erasing{cols: len(mask)}
		if len(empty) > 0 && table != "orders" {
			e.empty = "UPDATE " + table + " SET " + strings.Join(empty, ", ") + " WHERE order_id = ?"
		}
		if table == "orders" {
			e.empty = "UPDATE orders SET " + strings.Join(empty, ", ") + ", erased_at = ? WHERE id = ? AND " + erasable()
		}
		if len(mask) > 0 {
			e.read = "SELECT id, " + strings.Join(mask, ", ") + " FROM " + table + " WHERE order_id = ? AND (" + strings.Join(mask, " <> '' OR ") + " <> '')"
			e.write = "UPDATE " + table + " SET " + strings.Join(mask, " = ?, ") + " = ? WHERE id = ?"
		}
		if table == "orders" {
			list = slices.Insert(list, 0, e)
		} else if e.empty != "" || e.read != "" {
			list = append(list, e)
		}
	}
	return list
})

// Erasable counts the finished orders of which nothing was heard since before and that still have their buyers' data.
func (s *Store) Erasable(ctx context.Context, before time.Time) (n int64, err error) {
	err = queryRow(s.read.WithContext(ctx), []any{&n}, "SELECT count(*) FROM orders WHERE "+erasable(), millis(before))
	return n, storageError(err)
}

// eraseWindow is how many orders are looked through in one go.
const eraseWindow = 2000

// Erase removes the buyers' data of up to limit finished orders whose id is above after, in one transaction, when nothing was heard of
// them since before: name, addresses, device, note, and the buyer's fields in messages, which mask covers. Amounts, lines, states, ids, the
// history and the outbox stay. next is where to go on, 0 at the end. A second time finds nothing to do.
func (s *Store) Erase(ctx context.Context, before time.Time, after int64, limit int, mask func([]byte) []byte) (n int, next int64, err error) {
	var ids []int64
	last, seen := after, 0
	err = query(s.read.WithContext(ctx), func(r scanner) error {
		var id int64
		var due bool
		if err := r.Scan(&id, &due); err != nil {
			return err
		}
		if len(ids) < limit {
			last = id
			if due {
				ids = append(ids, id)
			}
		}
		seen++
		return nil
	}, "SELECT id, "+erasable()+" FROM orders WHERE id > ? ORDER BY id LIMIT ?", millis(before), after, eraseWindow)
	if err != nil || seen == 0 {
		return 0, 0, storageError(err)
	}
	if len(ids) == 0 {
		return 0, last, nil
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		n = 0
		for _, id := range ids {
			done, err := s.eraseOrder(tx, id, before, mask)
			if err != nil {
				return err
			}
			if done {
				n++
			}
		}
		return nil
	})
	if err != nil {
		return 0, after, err
	}
	return n, last, nil
}

func (s *Store) eraseOrder(tx *gorm.DB, id int64, before time.Time, mask func([]byte) []byte) (done bool, err error) {
	now := millis(s.now())
	for i, e := range erasings() {
		if i == 0 { // orders, where it is decided
			if n, err := exec(tx, e.empty, now, id, millis(before)); err != nil || n == 0 {
				return false, err
			}
			continue
		}
		if e.empty != "" {
			if _, err := exec(tx, e.empty, id); err != nil {
				return false, err
			}
		}
		if err := e.mask(tx, id, mask); err != nil {
			return false, err
		}
	}
	return true, addEvent(tx, eventRow{OrderID: id, At: now, Kind: EventErased})
}

func (e erasing) mask(tx *gorm.DB, orderID int64, mask func([]byte) []byte) error {
	if e.read == "" {
		return nil
	}
	var changed [][]any
	err := query(tx, func(r scanner) error {
		var id int64
		texts := make([]string, e.cols)
		into := []any{&id}
		for i := range texts {
			into = append(into, &texts[i])
		}
		if err := r.Scan(into...); err != nil {
			return err
		}
		var row []any
		differs := false
		for _, text := range texts {
			now := text
			if text != "" {
				now = rawText(mask([]byte(text)))
			}
			differs = differs || now != text
			row = append(row, now)
		}
		if differs {
			changed = append(changed, append(row, id))
		}
		return nil
	}, e.read, orderID)
	for _, row := range changed {
		if err == nil {
			_, err = exec(tx, e.write, row...)
		}
	}
	return err
}

// oldDeliveries selects webhooks that were delivered or given up before a time.
const oldDeliveries = "state <> 'pending' AND done_at > 0 AND done_at < ?"

// OldDeliveries counts the webhooks that were delivered or given up before a time.
func (s *Store) OldDeliveries(ctx context.Context, before time.Time) (n int64, err error) {
	err = queryRow(s.read.WithContext(ctx), []any{&n}, "SELECT count(*) FROM deliveries WHERE "+oldDeliveries, millis(before))
	return n, storageError(err)
}

// PruneDeliveries removes up to limit of them, with their tries. What was to be told stays in the outbox, so that nothing is told twice.
func (s *Store) PruneDeliveries(ctx context.Context, before time.Time, limit int) (n int64, err error) {
	var ids []int64
	err = query(s.read.WithContext(ctx), func(r scanner) error {
		ids = append(ids, 0)
		return r.Scan(&ids[len(ids)-1])
	}, "SELECT id FROM deliveries WHERE "+oldDeliveries+" ORDER BY id LIMIT ?", millis(before), limit)
	if err != nil || len(ids) == 0 {
		return 0, storageError(err)
	}
	err = s.write(ctx, func(tx *gorm.DB) error {
		n = 0
		for _, id := range ids {
			// An operator may have sent it again meanwhile.
			if _, err := exec(tx, "DELETE FROM tries WHERE delivery_id IN (SELECT id FROM deliveries WHERE id = ? AND "+oldDeliveries+")", id, millis(before)); err != nil {
				return err
			}
			gone, err := exec(tx, "DELETE FROM deliveries WHERE id = ? AND "+oldDeliveries, id, millis(before))
			if err != nil {
				return err
			}
			n += gone
		}
		return nil
	})
	return n, err
}
