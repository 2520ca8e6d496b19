package models

import (
	"context"
	"strconv"
	"time"

	"gorm.io/gorm"
)

const deliverySelect = `SELECT d.id, b.order_id, o.number, b.type, b.message, b.body, d.state, d.created_at, d.next_at, d.done_at, d.step, d.tries,
	d.tried_at, d.status, d.error, e.id, e.url, e.kind, e.secret, e.events, e.created_at, e.disabled_at, e.reason
	FROM deliveries d JOIN outbox b ON b.id = d.outbox_id JOIN orders o ON o.id = b.order_id JOIN endpoints e ON e.id = d.endpoint_id `

// tail is the last columns of a row, read as if they were the row.
type tail struct {
	scanner
	head []any
}

func (t tail) Scan(into ...any) error { return t.scanner.Scan(append(t.head, into...)...) }

func (s *Store) deliveries(ctx context.Context, where string, args ...any) (list []Delivery, err error) {
	err = query(s.read.WithContext(ctx), func(r scanner) (err error) {
		var d Delivery
		var created, next, done, tried int64
		d.Endpoint, err = scanEndpoint(tail{r, []any{&d.ID, &d.OrderID, &d.OrderNumber, &d.Type, &d.MessageID, &d.Body, &d.State, &created, &next, &done,
			&d.Step, &d.Tries, &tried, &d.Last.Status, &d.Last.Error}})
		d.CreatedAt, d.NextAt, d.DoneAt, d.Last.At = fromMillis(created), fromMillis(next), fromMillis(done), fromMillis(tried)
		list = append(list, d)
		return err
	}, deliverySelect+where, args...)
	return list, storageError(err)
}

// ClaimDeliveries takes up to limit deliveries of an endpoint whose time has come, by compare-and-swap on next_at, so that several
// processes never send the same one at once. until is when they are due again, should this process die before DeliveryTried:
// a delivery whose sender dies between the receiver's answer and that note is sent twice; none is lost.
func (s *Store) ClaimDeliveries(ctx context.Context, endpoint int64, limit int, until time.Time) ([]Delivery, error) {
	due, err := s.deliveries(ctx, "WHERE d.endpoint_id = ? AND d.next_at > 0 AND d.next_at <= ? ORDER BY d.next_at, d.id LIMIT ?", endpoint, millis(s.now()), limit)
	if err != nil {
		return nil, err
	}
	return claim(ctx, s, due, limit, func(tx *gorm.DB, d *Delivery) (int64, error) {
		was, step := d.NextAt, d.Step
		d.NextAt, d.Step = until, step+1
		return exec(tx, "UPDATE deliveries SET next_at = ?, step = ? WHERE id = ? AND next_at = ? AND step = ?", millis(until), d.Step, d.ID, millis(was), step)
	})
}

// DeliveryTried notes a try of a claimed delivery: it is done when next is zero, delivered or dead by what came of it, else due
// then. What an operator has asked for meanwhile stands.
func (s *Store) DeliveryTried(ctx context.Context, d Delivery, t Try, next time.Time) error {
	state, done := DeliveryPending, int64(0)
	if next.IsZero() {
		state, done = DeliveryDead, millis(s.now())
		if t.Sent() {
			state = DeliveryDelivered
		}
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		err := later(tx, "INSERT INTO tries (delivery_id, at, took, status, answer, error) VALUES (?, ?, ?, ?, ?, ?)",
			d.ID, millis(t.At), t.Took.Milliseconds(), t.Status, rawText([]byte(t.Answer)), rawText([]byte(t.Error)))
		if err != nil {
			return err
		}
		err = later(tx, "UPDATE deliveries SET tries = tries + 1, tried_at = ?, status = ?, error = ? WHERE id = ?", millis(t.At), t.Status, rawText([]byte(t.Error)), d.ID)
		if err != nil {
			return err
		}
		return later(tx, "UPDATE deliveries SET state = ?, next_at = ?, done_at = ? WHERE id = ? AND next_at = ? AND step = ?",
			state, millis(next), done, d.ID, millis(d.NextAt), d.Step)
	})
}

// EndpointGone turns an endpoint off that answered 410 and gives its deliveries up.
func (s *Store) EndpointGone(ctx context.Context, id int64) error {
	return s.write(ctx, func(tx *gorm.DB) error { return turnOff(tx, id, ReasonGone, millis(s.now())) })
}

// NextDelivery is when the endpoint's next delivery is due; zero when none is.
func (s *Store) NextDelivery(ctx context.Context, endpoint int64) (time.Time, error) {
	var at int64
	err := queryRow(s.read.WithContext(ctx), []any{&at}, "SELECT COALESCE(MIN(next_at), 0) FROM deliveries WHERE endpoint_id = ? AND next_at > 0", endpoint)
	return fromMillis(at), storageError(err)
}

// Deliveries lists them for the console, newest first. The cursor is the id of the last one of the page before.
func (s *Store) Deliveries(ctx context.Context, f DeliveryFilter) (DeliveryList, error) {
	limit := f.Limit
	if limit < 1 || limit > 200 {
		limit = 50
	}
	where, args := "WHERE d.id > 0", []any{}
	if f.State != "" {
		where, args = where+" AND d.state = ?", append(args, f.State)
	}
	if f.Endpoint > 0 {
		where, args = where+" AND d.endpoint_id = ?", append(args, f.Endpoint)
	}
	if before, err := strconv.ParseInt(f.Cursor, 10, 64); err == nil {
		where, args = where+" AND d.id < ?", append(args, before)
	}
	list, err := s.deliveries(ctx, where+" ORDER BY d.id DESC LIMIT ?", append(args, limit+1)...)
	if err != nil || len(list) <= limit {
		return DeliveryList{Deliveries: list}, err
	}
	return DeliveryList{Deliveries: list[:limit], Next: strconv.FormatInt(list[limit-1].ID, 10)}, nil
}

// Delivery finds one with all its tries, the last one first.
func (s *Store) Delivery(ctx context.Context, id int64) (Delivery, []Try, error) {
	list, err := s.deliveries(ctx, "WHERE d.id = ?", id)
	if err != nil {
		return Delivery{}, nil, err
	}
	if len(list) == 0 {
		return Delivery{}, nil, ErrNotFound
	}
	var tries []Try
	err = query(s.read.WithContext(ctx), func(r scanner) error {
		var t Try
		var at, took int64
		err := r.Scan(&at, &took, &t.Status, &t.Answer, &t.Error)
		t.At, t.Took = fromMillis(at), time.Duration(took)*time.Millisecond
		tries = append(tries, t)
		return err
	}, "SELECT at, took, status, answer, error FROM tries WHERE delivery_id = ? ORDER BY id DESC LIMIT 100", id)
	return list[0], tries, storageError(err)
}

// SendAgain makes a delivery due now, whatever became of it, with the same message, and its schedule from the beginning. One
// whose endpoint is off is ErrConflict.
func (s *Store) SendAgain(ctx context.Context, id int64) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		n, err := exec(tx, `UPDATE deliveries SET state = ?, step = 0, next_at = ?, done_at = 0, seen_at = 0
			WHERE id = ? AND endpoint_id IN (SELECT id FROM endpoints WHERE disabled_at = 0)`, DeliveryPending, millis(s.now()), id)
		if err != nil || n == 1 {
			return err
		}
		var there int
		if err := queryRow(tx, []any{&there}, "SELECT 1 FROM deliveries WHERE id = ?", id); err != nil {
			return err
		}
		return ErrConflict
	})
}
