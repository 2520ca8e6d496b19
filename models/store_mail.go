package models

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
)

// queueReceipt makes a receipt due together with the outbox row that says for the first time that the order is paid; what an
// order was told before e-mails were turned on stays told.
func (s *Store) queueReceipt(tx *gorm.DB, orderID int64, now time.Time) error {
	if !s.mails {
		return nil
	}
	return later(tx, `INSERT INTO mails (fact, order_id, kind, created_at, next_at)
		SELECT fact, order_id, 'receipt', created_at, created_at FROM outbox WHERE fact = ? AND created_at = ? ON CONFLICT (fact) DO NOTHING`,
		paidFact(orderID), millis(now))
}

// QueueLink makes an e-mail with the order's link due. Two asked for within a minute are one.
func (s *Store) QueueLink(ctx context.Context, orderID int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		now := s.now()
		_, err := exec(tx, "INSERT INTO mails (fact, order_id, kind, created_at, next_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (fact) DO NOTHING",
			fmt.Sprintf("%d:link:%d", orderID, now.Unix()/60), orderID, MailLink, millis(now), millis(now))
		return err
	})
}

// ClaimMail takes one e-mail whose time has come, by compare-and-swap on next_at, so that several processes never
// send the same one at once. next says when it is due again, should this try fail or this process die before MailDone.
// An e-mail whose sender dies between the server's yes and MailDone is sent twice; none is lost.
// found is false when none is due.
func (s *Store) ClaimMail(ctx context.Context, next func(Mail) time.Time) (m Mail, found bool, err error) {
	type dueMail struct {
		Mail
		nextAt int64
	}
	var due []dueMail // more than one, because others may take the first
	err = query(s.read.WithContext(ctx), func(r scanner) error {
		var d dueMail
		var created int64
		err := r.Scan(&d.ID, &d.OrderID, &d.Kind, &d.Tries, &created, &d.nextAt)
		d.CreatedAt = fromMillis(created)
		due = append(due, d)
		return err
	}, "SELECT id, order_id, kind, tries, created_at, next_at FROM mails WHERE next_at > 0 AND next_at <= ? ORDER BY next_at, id LIMIT 16", millis(s.now()))
	if err != nil {
		return Mail{}, false, storageError(err)
	}
	claimed, err := claim(ctx, s, due, 1, func(tx *gorm.DB, d *dueMail) (int64, error) {
		d.Tries++
		return exec(tx, "UPDATE mails SET next_at = ?, tries = ? WHERE id = ? AND next_at = ?", millis(next(d.Mail)), d.Tries, d.ID, d.nextAt)
	})
	if err != nil || len(claimed) == 0 {
		return Mail{}, false, err
	}
	return claimed[0].Mail, true, nil
}

// MailDone notes that an e-mail was sent, or given up, and that it isn't due any more.
func (s *Store) MailDone(ctx context.Context, id int64, sent bool) error {
	statement := "UPDATE mails SET next_at = 0, sent_at = ? WHERE id = ?"
	if !sent { // an order without an address is no failure that anybody need see
		statement = `UPDATE mails SET next_at = 0, failed_at = ?,
			seen_at = CASE WHEN (SELECT email FROM orders WHERE orders.id = mails.order_id) = '' THEN 1 ELSE 0 END WHERE id = ?`
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := exec(tx, statement, millis(s.now()), id)
		return err
	})
}

// FindOrder finds the order that has both the number and the e-mail address, or ErrNotFound. One statement compares
// both, so that a wrong address looks like a wrong number.
func (s *Store) FindOrder(ctx context.Context, number, email string) (Order, error) {
	if !storable(number) || !storable(email) || email == "" {
		return Order{}, ErrNotFound
	}
	var id int64
	err := queryRow(s.read.WithContext(ctx), []any{&id}, "SELECT id FROM orders WHERE number = ? AND email = ?", number, strings.ToLower(email))
	if err != nil {
		return Order{}, storageError(err)
	}
	return s.OrderByID(ctx, id)
}
