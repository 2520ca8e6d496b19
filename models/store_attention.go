package models

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
)

// mostAttention is how many of a kind are listed and counted.
const mostAttention = 100

// AttentionCount is how many things an operator should look at; of each kind no more than mostAttention are counted. Each is looked up by an
// index that holds nothing else.
func (s *Store) AttentionCount(ctx context.Context) (n int, err error) {
	err = queryRow(s.reading(ctx), []any{&n}, `SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE attention <> '' LIMIT 100) a)
		+ (SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE status = 'refund_pending' AND updated_at < ? AND attention = '' LIMIT 100) b)
		+ (SELECT COUNT(*) FROM endpoints WHERE reason = 'gone' OR (reason = '' AND EXISTS (SELECT 1 FROM deliveries d WHERE d.endpoint_id = endpoints.id AND d.state = 'dead' AND d.seen_at = 0)))
		+ (SELECT COUNT(*) FROM (SELECT 1 FROM mails WHERE failed_at > 0 AND seen_at = 0 LIMIT 100) c)`, millis(s.now().Add(-RefundSlow)))
	return n, storageError(err)
}

// Attention lists what an operator should look at.
func (s *Store) Attention(ctx context.Context) (list AttentionList, err error) {
	flagged, err := s.Orders(ctx, OrderFilter{Attention: true, Limit: mostAttention})
	if err != nil {
		return list, err
	}
	list.Orders = flagged.Orders
	pending, err := s.Orders(ctx, OrderFilter{Status: OrderRefundPending, Limit: mostAttention})
	if err != nil {
		return list, err
	}
	for _, o := range pending.Orders {
		if o.Attention == "" && o.UpdatedAt.Before(s.now().Add(-RefundSlow)) {
			list.Refunds = append(list.Refunds, o)
		}
	}
	if list.Endpoints, err = s.troubledEndpoints(ctx); err != nil {
		return list, err
	}
	if list.Lost, err = s.deliveries(ctx, "WHERE d.state = 'dead' AND d.seen_at = 0 ORDER BY d.id DESC LIMIT 20"); err != nil {
		return list, err
	}
	err = query(s.read.WithContext(ctx), func(r scanner) error {
		var m LostMail
		var created, failed int64
		err := r.Scan(&m.ID, &m.OrderID, &m.Kind, &m.Tries, &created, &failed, &m.OrderNumber)
		m.CreatedAt, m.FailedAt = fromMillis(created), fromMillis(failed)
		list.Mails = append(list.Mails, m)
		return err
	}, `SELECT m.id, m.order_id, m.kind, m.tries, m.created_at, m.failed_at, o.number FROM mails m JOIN orders o ON o.id = m.order_id
		WHERE m.failed_at > 0 AND m.seen_at = 0 ORDER BY m.id DESC LIMIT ?`, mostAttention)
	return list, storageError(err)
}

// troubledEndpoints are those that answered 410, and those with deliveries that were given up and that nobody has seen.
func (s *Store) troubledEndpoints(ctx context.Context) (list []Endpoint, err error) {
	lost := map[int64]int{}
	err = query(s.read.WithContext(ctx), func(r scanner) error {
		var id int64
		var n int
		err := r.Scan(&id, &n)
		lost[id] = n
		return err
	}, "SELECT endpoint_id, COUNT(*) FROM deliveries WHERE state = 'dead' AND seen_at = 0 GROUP BY endpoint_id")
	if err != nil {
		return nil, storageError(err)
	}
	all, err := s.Endpoints(ctx)
	for _, e := range all {
		if e.Dead = lost[e.ID]; e.Reason == ReasonGone || (e.On() && e.Dead > 0) {
			list = append(list, e)
		}
	}
	return list, err
}

// SettleAttention notes that an operator has dealt with what the order's attention says, with a note. seen is the attention as it was shown:
// when something has been added since, nothing happens and it is ErrConflict.
func (s *Store) SettleAttention(ctx context.Context, orderID int64, seen, note string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		now := millis(s.now())
		order, _, err := lockOrder(tx, "id = ?", orderID)
		switch {
		case err != nil:
			return err
		case order.Attention == "" || order.Attention != seen:
			return ErrConflict
		}
		if err := swap(tx, "UPDATE orders SET attention = '', updated_at = ? WHERE id = ? AND attention = ?", now, orderID, seen); err != nil {
			return err
		}
		return addEvent(tx, eventRow{OrderID: orderID, At: now, Kind: EventSeen, Detail: rawText([]byte(note)), Raw: seen})
	})
}

// DeliveriesSeen takes the endpoint's deliveries that were given up off the list of what needs attention.
func (s *Store) DeliveriesSeen(ctx context.Context, endpointID int64) error {
	return s.write(ctx, func(tx *gorm.DB) error { return lostSeen(tx, endpointID, millis(s.now())) })
}

func lostSeen(tx *gorm.DB, endpointID, now int64) error {
	_, err := exec(tx, "UPDATE deliveries SET seen_at = ? WHERE endpoint_id = ? AND state = 'dead' AND seen_at = 0", now, endpointID)
	return err
}

// MailSeen takes an e-mail that was given up off the list of what needs attention.
func (s *Store) MailSeen(ctx context.Context, id int64) error {
	return s.lostMail(ctx, "UPDATE mails SET seen_at = ? WHERE id = ? AND failed_at > 0 AND seen_at = 0", millis(s.now()), id)
}

// MailAgain makes an e-mail that was given up due now, with its schedule from the beginning.
func (s *Store) MailAgain(ctx context.Context, id int64) error {
	now := millis(s.now())
	return s.lostMail(ctx, "UPDATE mails SET failed_at = 0, tries = 0, created_at = ?, next_at = ? WHERE id = ? AND failed_at > 0 AND seen_at = 0", now, now, id)
}

// lostMail changes one e-mail that was given up; any other is ErrNotFound.
func (s *Store) lostMail(ctx context.Context, statement string, args ...any) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, statement, args...)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
}

// AddNote appends an operator's note to the order's history. The same note by the same person within a minute is one.
func (s *Store) AddNote(ctx context.Context, orderID int64, text string) error {
	text = rawText([]byte(text))
	return s.write(ctx, func(tx *gorm.DB) error {
		var id int64
		if err := queryRow(tx, []any{&id}, "SELECT id FROM orders WHERE id = ?", orderID); err != nil {
			return err
		}
		now := s.now()
		digest := strings.Join([]string{string(EventNoted), Operator(ctx), fmt.Sprint(now.Unix() / 60), text}, "\x00")
		return addEvent(tx, eventRow{OrderID: orderID, Digest: []byte(digest), At: millis(now), Kind: EventNoted, Detail: text})
	})
}

// receiptAgain is how soon after a receipt was asked for another may be; between one and two of them.
const receiptAgain = 5 * time.Minute

// QueueReceipt makes another receipt of a paid order due. One that was never paid, has no address, or had one asked for within the last five
// minutes, is ErrConflict.
func (s *Store) QueueReceipt(ctx context.Context, orderID int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		now := s.now()
		slot := now.Unix() / int64(receiptAgain/time.Second)
		fact := func(slot int64) string { return fmt.Sprintf("%d:receipt:%d", orderID, slot) }
		n, err := exec(tx, `INSERT INTO mails (fact, order_id, kind, created_at, next_at)
			SELECT ?, id, 'receipt', ?, ? FROM orders WHERE id = ? AND paid_at > 0 AND email <> ''
			AND NOT EXISTS (SELECT 1 FROM mails WHERE fact = ?) ON CONFLICT (fact) DO NOTHING`,
			fact(slot), millis(now), millis(now), orderID, fact(slot-1))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrConflict
		}
		return addEvent(tx, eventRow{OrderID: orderID, At: millis(now), Kind: EventMailed})
	})
}
