package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"
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

// Orders lists orders, newest first. The cursor is the id of the last order of the page before, so a page
// costs the same however many orders there are.
func (s *Store) Orders(ctx context.Context, f OrderFilter) (OrderList, error) {
	limit := f.Limit
	if limit < 1 || limit > 200 {
		limit = 50
	}
	q := s.read.WithContext(ctx).Model(&orderRow{}).Order("id DESC").Limit(limit + 1)
	if f.Status != "" {
		q = q.Where("status = ?", f.Status)
	}
	if f.LinkID != 0 {
		q = q.Where("link_id > 0 AND link_id = ?", f.LinkID)
	}
	if f.Attention {
		q = q.Where("attention <> ''")
	}
	if f.Reference != "" {
		if !storable(f.Reference) {
			return OrderList{}, nil
		}
		q = q.Where("reference <> '' AND reference = ?", f.Reference)
	}
	if before, err := strconv.ParseInt(f.Cursor, 10, 64); err == nil {
		q = q.Where("id < ?", before)
	}
	if text := strings.TrimSpace(f.Query); text != "" {
		if !storable(text) {
			return OrderList{}, nil
		}
		q = q.Where(`id IN (SELECT id FROM orders WHERE number = ? UNION SELECT id FROM orders WHERE email <> '' AND email = ?
			UNION SELECT id FROM orders WHERE reference <> '' AND reference = ? UNION SELECT order_id FROM payments WHERE merchant_transaction_id = ?
			UNION SELECT order_id FROM payments WHERE ll_transaction_id <> '' AND ll_transaction_id = ?
			UNION SELECT order_id FROM payments WHERE trace_id <> '' AND trace_id = ?)`,
			strings.ToUpper(text), strings.ToLower(text), text, text, text, text)
	}
	var rows []orderRow
	if err := q.Find(&rows).Error; err != nil {
		return OrderList{}, storageError(err)
	}
	var list OrderList
	if len(rows) > limit {
		rows = rows[:limit]
		list.Next = strconv.FormatInt(rows[limit-1].ID, 10)
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	var payments []paymentRow
	if err := s.read.WithContext(ctx).Where("order_id IN ?", ids).Order("order_id, attempt").Find(&payments).Error; err != nil {
		return OrderList{}, storageError(err)
	}
	byOrder := map[int64][]Payment{}
	for _, p := range payments {
		byOrder[p.OrderID] = append(byOrder[p.OrderID], p.payment())
	}
	for _, r := range rows {
		o := r.order()
		o.Payments = byOrder[r.ID]
		list.Orders = append(list.Orders, o)
	}
	return list, nil
}
