package models

import (
	"context"
	"strconv"
	"strings"
)

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
	if f.Attention {
		q = q.Where("attention <> ''")
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
