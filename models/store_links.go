package models

import (
	"context"
	"strconv"
	"time"

	"gorm.io/gorm"
)

// AttentionLink is the reason for a look when money came for an order of a payment link that others had paid as often as may be.
const AttentionLink = "paid after its payment link had been used up: serve this order too, or refund it"

const linkColumns = "code, title, terms, max_payments, inactive, expires_at, created_at"

// Both counts read the index orders_link alone.
const selectLink = `SELECT l.id, l.code, l.title, l.terms, l.max_payments, l.inactive, l.expires_at, l.created_at,
	(SELECT count(*) FROM orders WHERE link_id > 0 AND link_id = l.id AND paid_at > 0),
	(SELECT count(*) FROM orders WHERE link_id > 0 AND link_id = l.id AND held = 1 AND paid_at = 0) FROM links l WHERE `

// MakeLink stores a new payment link, whose code and time the store draws. Check it before.
func (s *Store) MakeLink(ctx context.Context, l Link) (Link, error) {
	l.Code, l.CreatedAt, l.Paid, l.Waiting = NewToken(linkCodeLength), fromMillis(millis(s.now())), 0, 0
	err := s.write(ctx, func(tx *gorm.DB) (err error) {
		l.ID, err = insert(tx, "links", linkColumns, []any{
			l.Code, string(storeText(l.Title)), toJSON(l.LinkTerms), l.MaxPayments, flag(l.Inactive), millis(l.ExpiresAt), millis(l.CreatedAt),
		}, "")
		return err
	})
	return l, err
}

// ChangeLink changes what may be changed of a link, or is ErrNotFound.
func (s *Store) ChangeLink(ctx context.Context, id int64, p LinkPart) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, "UPDATE links SET title = ?, inactive = ?, expires_at = ? WHERE id = ?", string(storeText(p.Title)), flag(p.Inactive), millis(p.ExpiresAt), id)
		if err == nil && n == 0 {
			err = gorm.ErrRecordNotFound
		}
		return err
	})
}

// Link finds a payment link by its code, or ErrNotFound.
func (s *Store) Link(ctx context.Context, code string) (Link, error) {
	if !storable(code) {
		return Link{}, ErrNotFound
	}
	return s.linkWhere(ctx, "l.code = ?", code)
}

// LinkByID finds a payment link, or ErrNotFound.
func (s *Store) LinkByID(ctx context.Context, id int64) (Link, error) {
	return s.linkWhere(ctx, "l.id = ?", id)
}

func (s *Store) linkWhere(ctx context.Context, where string, key any) (Link, error) {
	links, err := s.linksWhere(ctx, where, key)
	if err == nil && len(links) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Link{}, err
	}
	return links[0], nil
}

func (s *Store) linksWhere(ctx context.Context, where string, args ...any) (links []Link, err error) {
	err = query(s.reading(ctx), func(row scanner) error {
		var (
			l                          Link
			title                      jsonText
			terms                      string
			inactive, expires, created int64
		)
		if err := row.Scan(&l.ID, &l.Code, &title, &terms, &l.MaxPayments, &inactive, &expires, &created, &l.Paid, &l.Waiting); err != nil {
			return err
		}
		most := l.MaxPayments
		fromJSON(terms, &l.LinkTerms)
		l.MaxPayments, l.Title, l.Inactive, l.ExpiresAt, l.CreatedAt = most, title.text(), inactive == 1, fromMillis(expires), fromMillis(created)
		links = append(links, l)
		return nil
	}, selectLink+where, args...)
	return links, storageError(err)
}

// Links lists payment links, newest first. The cursor is the id of the last one of the page before; limit is 1 to 200, or 50.
func (s *Store) Links(ctx context.Context, cursor string, limit int) (LinkList, error) {
	if limit < 1 || limit > 200 {
		limit = 50
	}
	before, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil {
		before = 1<<63 - 1
	}
	links, err := s.linksWhere(ctx, "l.id < ? ORDER BY l.id DESC LIMIT ?", before, limit+1)
	list := LinkList{Links: links}
	if len(links) > limit {
		list.Links = links[:limit]
		list.Next = strconv.FormatInt(links[limit-1].ID, 10)
	}
	return list, err
}

// holdLink makes sure that an order may hold its payment link: it holds it as it holds its pieces, by "held". Call it after
// holdOrder, so that two orders never wait for each other. A link that can't be paid is ErrLink.
func holdLink(tx *gorm.DB, link, order int64, now time.Time) error {
	if link == 0 {
		return nil
	}
	var l Link
	var inactive, expires int64
	err := queryRow(tx, []any{&l.MaxPayments, &inactive, &expires}, "SELECT max_payments, inactive, expires_at FROM links WHERE id = ?", link)
	if err != nil {
		return err
	}
	l.Inactive, l.ExpiresAt = inactive == 1, fromMillis(expires)
	if l.Waiting, err = others(tx, link, order, l.MaxPayments); err != nil {
		return err
	}
	if l.State(now) != LinkOpen {
		return ErrLink
	}
	return nil
}

// overpaid tells whether an order whose money came late is one more than its link may have.
func overpaid(tx *gorm.DB, link, order int64) (bool, error) {
	if link == 0 {
		return false, nil
	}
	var most int64
	if err := queryRow(tx, []any{&most}, "SELECT max_payments FROM links WHERE id = ?", link); err != nil {
		return false, err
	}
	n, err := others(tx, link, order, most)
	return most > 0 && n >= most, err
}

// others counts the orders that hold a link besides one, and keeps more from taking it until the transaction ends. A link without
// a limit isn't counted, and nobody waits for it.
func others(tx *gorm.DB, link, but, most int64) (n int64, err error) {
	if most == 0 {
		return 0, nil
	}
	if tx.Name() == "postgres" { // SQLite has one writer
		if err := queryRow(tx, []any{&n}, "SELECT id FROM links WHERE id = ? FOR UPDATE", link); err != nil {
			return 0, err
		}
	}
	err = queryRow(tx, []any{&n}, "SELECT count(*) FROM orders WHERE link_id > 0 AND link_id = ? AND held = 1 AND id <> ?", link, but)
	return n, err
}
