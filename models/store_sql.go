package models

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"gorm.io/gorm"
)

// The money path's statements are written out and run on GORM's connection and transaction: building them by
// reflection took twice the time that SQLite needs to run them (docs/decisions/0006).

// exec runs a statement and returns how many rows it changed. Its parameters are written "?" for both databases.
func exec(tx *gorm.DB, statement string, args ...any) (int64, error) {
	res, err := tx.Statement.ConnPool.ExecContext(tx.Statement.Context, placed(tx, statement), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// scanner is one row that a statement found.
type scanner interface{ Scan(into ...any) error }

// query runs a statement and hands each of its rows to scan.
func query(db *gorm.DB, scan func(row scanner) error, statement string, args ...any) (err error) {
	if t, ok := db.Statement.ConnPool.(*pipelineTx); ok {
		t.ask(scan, placed(db, statement), args...)
		return t.flush()
	}
	rows, err := db.Statement.ConnPool.QueryContext(db.Statement.Context, placed(db, statement), args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// queryRow runs a statement that finds one row, or none: gorm.ErrRecordNotFound.
func queryRow(db *gorm.DB, into []any, statement string, args ...any) error {
	found := false
	err := query(db, func(row scanner) error {
		found = true
		return row.Scan(into...)
	}, statement, args...)
	if err == nil && !found {
		return gorm.ErrRecordNotFound
	}
	return err
}

// errChanged says that a row wasn't what it had been read as: a lock is missing somewhere.
var errChanged = fmt.Errorf("%w: changed meanwhile", ErrUnavailable)

// later runs a statement whose result nobody waits for before the commit: PostgreSQL gets all of them in one round trip.
func later(tx *gorm.DB, statement string, args ...any) error {
	if t, ok := tx.Statement.ConnPool.(*pipelineTx); ok {
		t.later(false, placed(tx, statement), args...)
		return nil
	}
	_, err := exec(tx, statement, args...)
	return err
}

// swap is later for a statement that must change exactly one row.
func swap(tx *gorm.DB, statement string, args ...any) error {
	if t, ok := tx.Statement.ConnPool.(*pipelineTx); ok {
		t.later(true, placed(tx, statement), args...)
		return nil
	}
	if n, err := exec(tx, statement, args...); err != nil || n != 1 {
		return cmp.Or(err, errChanged)
	}
	return nil
}

var numbered sync.Map // statement → the same with PostgreSQL's $1, $2, …

// placed is the statement with the database's own parameters. Our statements hold no "?" but parameters.
func placed(db *gorm.DB, statement string) string {
	if db.Name() != "postgres" {
		return statement
	}
	if s, ok := numbered.Load(statement); ok {
		return s.(string)
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(statement, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	numbered.Store(statement, b.String())
	return b.String()
}

// reading is the readers' pool. SQLite answers from memory or the disk's cache, sooner than a watcher of ctx is set up.
func (s *Store) reading(ctx context.Context) *gorm.DB {
	if s.group != nil {
		ctx = context.WithoutCancel(ctx)
	}
	return s.read.WithContext(ctx)
}

// view reads several things as they were at one moment: between two statements somebody else may commit.
func (s *Store) view(ctx context.Context, read func(db *gorm.DB) error) error {
	return storageError(s.reading(ctx).Transaction(read, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}))
}

const orderColumns = `number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, reference, return_url, ` +
	`cancel_url, note, attention, held, created_at, updated_at, expires_at, expired_at, paid_at, discount, session, cancelled_at, link_id, processor, refund_count, confirmed_at`

func (r *orderRow) columns() []any {
	return []any{
		&r.Number, &r.Token, &r.Code, &r.Intent, &r.Status, &r.Lines, &r.Amount, &r.Currency, &r.Customer, &r.Email, &r.Terminal, &r.Language,
		&r.Reference, &r.ReturnURL, &r.CancelURL, &r.Note, &r.Attention, &r.Held, &r.CreatedAt, &r.UpdatedAt, &r.ExpiresAt, &r.ExpiredAt, &r.PaidAt, &r.Discount,
		&r.Session, &r.CancelledAt, &r.LinkID, &r.Processor, &r.RefundCount, &r.ConfirmedAt,
	}
}

// saveOrder writes what settling may have changed.
func saveOrder(tx *gorm.DB, r *orderRow) error {
	return swap(tx, "UPDATE orders SET status = ?, held = ?, updated_at = ?, expired_at = ?, paid_at = ?, cancelled_at = ?, processor = ?, confirmed_at = ? WHERE id = ?",
		r.Status, r.Held, r.UpdatedAt, r.ExpiredAt, r.PaidAt, r.CancelledAt, r.Processor, r.ConfirmedAt, r.ID)
}

const paymentColumns = `order_id, attempt, merchant_id, merchant_transaction_id, ll_transaction_id, ll_transaction_ids, processor, method, status, ` +
	`amount, currency, web_url, wap_url, qr_content, return_code, decline_code, trace_id, settlement_amount, settlement_currency, created_at, ` +
	`updated_at, paid_at, scanned_at, next_query_at, queries`

func (r *paymentRow) columns() []any {
	return []any{
		&r.OrderID, &r.Attempt, &r.MerchantID, &r.MerchantTransactionID, &r.LLTransactionID, &r.LLTransactionIDs, &r.Processor, &r.Method, &r.Status,
		&r.Amount, &r.Currency, &r.WebURL, &r.WapURL, &r.QRContent, &r.ReturnCode, &r.DeclineCode, &r.TraceID, &r.SettlementAmount,
		&r.SettlementCurrency, &r.CreatedAt, &r.UpdatedAt, &r.PaidAt, &r.ScannedAt, &r.NextQueryAt, &r.Queries,
	}
}

// savePayment writes what evidence may have changed, by compare-and-swap on the status.
func savePayment(tx *gorm.DB, r *paymentRow, from Status) error {
	return swap(tx, `UPDATE payments SET ll_transaction_id = ?, ll_transaction_ids = ?, method = ?, status = ?, web_url = ?, wap_url = ?, qr_content = ?,
		return_code = ?, decline_code = ?, trace_id = ?, settlement_amount = ?, settlement_currency = ?, updated_at = ?, paid_at = ?, next_query_at = ?
		WHERE id = ? AND status = ?`,
		r.LLTransactionID, r.LLTransactionIDs, r.Method, r.Status, r.WebURL, r.WapURL, r.QRContent, r.ReturnCode, r.DeclineCode, r.TraceID,
		r.SettlementAmount, r.SettlementCurrency, r.UpdatedAt, r.PaidAt, r.NextQueryAt, r.ID, from)
}

// insert stores a row and returns its id, or gorm.ErrRecordNotFound when onConflict left it out.
func insert(tx *gorm.DB, table, columns string, values []any, onConflict string) (id int64, err error) {
	marks := strings.Repeat("?, ", len(values)-1) + "?"
	err = queryRow(tx, []any{&id}, "INSERT INTO "+table+" ("+columns+") VALUES ("+marks+") "+onConflict+" RETURNING id", values...)
	return id, err
}
