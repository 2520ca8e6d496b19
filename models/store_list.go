package models

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// Shared tells whether other processes may be at work on the same database.
func (s *Store) Shared() bool { return s.group == nil }

// Versions names how the orders with the tokens stand, by token: another name means that something has changed.
func (s *Store) Versions(ctx context.Context, tokens []string) (map[string]string, error) {
	versions := make(map[string]string, len(tokens))
	if len(tokens) == 0 {
		return versions, nil
	}
	var rows []struct {
		Token, Status, Payment string
		Updated, Touched       int64
	}
	err := s.read.WithContext(ctx).Raw(`SELECT o.token, o.status, o.updated_at AS updated, MAX(p.updated_at) AS touched, MAX(p.status) AS payment
		FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.token IN ? GROUP BY o.id, o.token, o.status, o.updated_at`, tokens).Scan(&rows).Error
	for _, r := range rows {
		versions[r.Token] = fmt.Sprint(r.Status, r.Updated, r.Payment, r.Touched)
	}
	return versions, storageError(err)
}

// mostListed is how many orders one page of the list holds at most.
const mostListed = 1000

// Orders lists orders, newest first, by the time they were placed. The cursor is the id of the last order of the page before, so a page
// costs the same however many orders there are, and whoever follows the cursors sees each order once though new ones come in.
func (s *Store) Orders(ctx context.Context, f OrderFilter) (OrderList, error) {
	limit := f.Limit
	if limit < 1 || limit > mostListed {
		limit = 50
	}
	ids, err := s.pick(ctx, f, atLeast(limit+1))
	if err != nil || len(ids) == 0 {
		return OrderList{}, storageError(err)
	}
	var list OrderList
	if len(ids) > limit {
		ids = ids[:limit]
		list.Next = strconv.FormatInt(ids[limit-1], 10)
	}
	err = s.view(ctx, func(db *gorm.DB) error {
		list.Orders, err = readOrders(db, ids)
		return err
	})
	return list, err
}

// readOrders reads orders with all that belongs to them, in the order of the ids.
func readOrders(db *gorm.DB, ids []int64) ([]Order, error) {
	var rows []orderRow
	var payments []paymentRow
	if err := db.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, err
	}
	if err := db.Where("order_id IN ?", ids).Order("order_id, attempt").Find(&payments).Error; err != nil {
		return nil, err
	}
	byOrder := make(map[int64][]Payment, len(ids))
	for _, p := range payments {
		byOrder[p.OrderID] = append(byOrder[p.OrderID], p.payment())
	}
	place := make(map[int64]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b orderRow) int { return place[a.ID] - place[b.ID] })
	orders := make([]Order, len(rows))
	for i, r := range rows {
		orders[i] = r.order()
		orders[i].Payments = byOrder[r.ID]
		if err := withRefunds(db, &orders[i], r.RefundCount); err != nil {
			return nil, err
		}
	}
	return orders, nil
}

// atLeast is one of a few numbers: each makes its own statements, which are kept prepared.
func atLeast(limit int) int {
	for _, n := range []int{51, 101, 201} {
		if limit <= n {
			return n
		}
	}
	return mostListed + 1
}

// pick finds the ids of the first orders of a filter, at most limit. It names for each kind of filter the index that holds the answer in the
// list's order: a planner that guesses wrong would read a million orders for the fifty that are asked for.
func (s *Store) pick(ctx context.Context, f OrderFilter, limit int) (ids []int64, err error) {
	where, args, err := s.bounds(ctx, f)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(f.Query)
	if !storable(text) || !storable(f.Reference) {
		return nil, nil
	}
	const order = " ORDER BY created_at DESC, id DESC LIMIT "
	top := order + strconv.Itoa(limit)
	switch {
	case text != "" || f.Reference != "":
		// The first of each kind of find, merged. They are few and are sorted: no index of the order is of use ("+ 0").
		residue, values := residual(f)
		finds, keys := finds(text, f.Reference)
		rest := " AND " + where + residue + " ORDER BY created_at + 0 DESC, id DESC LIMIT " + strconv.Itoa(limit)
		parts, all := make([]string, len(finds)), []any(nil)
		for i, find := range finds {
			parts[i] = "SELECT * FROM (SELECT created_at, id FROM orders WHERE " + find + rest + ") part"
			all = slices.Concat(all, keys[i], args, values)
		}
		return s.ids(ctx, "SELECT id FROM ("+strings.Join(parts, " UNION ")+") parts"+top, all...)
	case f.Attention:
		residue, values := residual(f)
		return s.ids(ctx, "SELECT id FROM orders WHERE attention <> '' AND "+where+residue+top, slices.Concat(args, values)...)
	case f.LinkID != 0:
		residue, values := residual(f)
		return s.ids(ctx, "SELECT id FROM orders WHERE link_id > 0 AND link_id = ? AND "+where+residue+top, slices.Concat([]any{f.LinkID}, args, values)...)
	case f.Status != "" || f.Waiting || f.Processor != "" || f.Currency != "":
		// One stretch of the index orders_listed for each status, currency and wallet that may be, merged.
		groups, err := s.groups(ctx, f)
		if err != nil || len(groups) == 0 {
			return nil, err
		}
		part := "SELECT * FROM (SELECT created_at, id FROM orders WHERE status = ? AND currency = ? AND processor = ? AND " + where + top + ") part"
		parts, values := make([]string, len(groups)), []any(nil)
		for i, g := range groups {
			parts[i] = part
			values = append(append(values, g.status, g.currency, g.processor), args...)
		}
		return s.ids(ctx, "SELECT id FROM ("+strings.Join(parts, " UNION ALL ")+") parts"+top, values...)
	}
	return s.ids(ctx, "SELECT id FROM orders WHERE "+where+top, args...)
}

func (s *Store) ids(ctx context.Context, statement string, args ...any) (ids []int64, err error) {
	err = query(s.reading(ctx), func(row scanner) error {
		ids = append(ids, 0)
		return row.Scan(&ids[len(ids)-1])
	}, statement, args...)
	return ids, err
}

// bounds are the ends of the stretch that the filter's days and cursor leave.
func (s *Store) bounds(ctx context.Context, f OrderFilter) (where string, args []any, err error) {
	where = "created_at >= ?"
	args = []any{millis(f.From)}
	if !f.To.IsZero() {
		where, args = where+" AND created_at < ?", append(args, millis(f.To))
	}
	if id, err := strconv.ParseInt(f.Cursor, 10, 64); err == nil {
		// The order itself may be gone; then the one before it was placed no later.
		placed, err := s.ids(ctx, "SELECT created_at FROM orders WHERE id <= ? ORDER BY id DESC LIMIT 1", id)
		if err != nil {
			return "", nil, err
		}
		if len(placed) == 0 {
			return "created_at < 0", nil, nil
		}
		where, args = where+" AND (created_at, id) < (?, ?)", append(args, placed[0], id)
	}
	return where, args, nil
}

// finds are the ways in which orders have the text as a number or id, whole, each with its values.
func finds(text, reference string) (conditions []string, values [][]any) {
	const referred = "reference <> '' AND reference = ?"
	if text == "" {
		return []string{referred}, [][]any{{reference}}
	}
	conditions = []string{
		"number = ?", "email <> '' AND email = ?", referred,
		"id IN (SELECT order_id FROM payments WHERE merchant_transaction_id = ?)",
		"id IN (SELECT order_id FROM payments WHERE ll_transaction_id <> '' AND ll_transaction_id = ?)",
		"id IN (SELECT order_id FROM payments WHERE trace_id <> '' AND trace_id = ?)",
	}
	values = [][]any{{strings.ToUpper(text)}, {strings.ToLower(text)}, {text}, {text}, {text}, {text}}
	if reference != "" {
		for i := range conditions {
			conditions[i], values[i] = conditions[i]+" AND reference || '' = ?", append(values[i], reference)
		}
	}
	return conditions, values
}

// residual is what is left of a filter when another part of it has chosen the index. The empty text keeps the columns' own index out of it.
func residual(f OrderFilter) (where string, args []any) {
	if list := f.statuses(); len(list) < len(OrderStatuses) {
		where += " AND status || '' IN (?" + strings.Repeat(", ?", len(list)-1) + ")"
		for _, st := range list {
			args = append(args, st)
		}
	}
	for _, c := range []struct{ column, value string }{{"processor", string(f.Processor)}, {"currency", f.Currency}} {
		if c.value != "" {
			where, args = where+" AND "+c.column+" || '' = ?", append(args, c.value)
		}
	}
	if f.Attention {
		where += " AND attention <> ''"
	}
	if f.LinkID != 0 {
		where, args = where+" AND link_id + 0 = ?", append(args, f.LinkID)
	}
	return where, args
}

// orderGroup is one stretch of the index orders_listed.
type orderGroup struct {
	status    OrderStatus
	currency  string
	processor Processor
}

// groups are the stretches that a filter's orders lie in.
func (s *Store) groups(ctx context.Context, f OrderFilter) (groups []orderGroup, err error) {
	currencies := []string{f.Currency}
	if f.Currency == "" {
		if currencies, err = s.Currencies(ctx); err != nil {
			return nil, err
		}
	}
	statuses, processors := f.statuses(), wallets
	if f.Processor != "" {
		processors = []Processor{f.Processor}
	}
	for _, c := range currencies {
		for _, st := range statuses {
			for _, p := range processors {
				groups = append(groups, orderGroup{st, c, p})
			}
		}
	}
	return groups, nil
}

// waiting are the statuses of orders that wait for their buyer or for the gateway.
var waiting = []OrderStatus{OrderOpen, OrderPending, OrderProcessing}

// statuses are those that the filter lets through.
func (f OrderFilter) statuses() []OrderStatus {
	switch {
	case f.Waiting:
		return waiting
	case f.Status != "":
		return []OrderStatus{f.Status}
	}
	return OrderStatuses
}

// wallets are what an order's processor may be: none while nobody has chosen.
var wallets = append([]Processor{""}, Processors...)

// Currencies are those that orders were placed in, in the alphabet's order.
func (s *Store) Currencies(ctx context.Context) (list []string, err error) {
	const part = "SELECT MIN(currency) AS next FROM orders WHERE status = ? AND currency > ?" // of one status: the index goes to it at once
	statement := "SELECT MIN(next) FROM (" + part + strings.Repeat(" UNION ALL "+part, len(OrderStatuses)-1) + ") parts"
	for last := ""; ; list = append(list, last) {
		var args []any
		for _, st := range OrderStatuses {
			args = append(args, st, last)
		}
		var next *string
		if err := queryRow(s.reading(ctx), []any{&next}, statement, args...); err != nil || next == nil {
			return list, storageError(err)
		}
		last = *next
	}
}
