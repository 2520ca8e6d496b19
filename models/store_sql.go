package models

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
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

// query runs a statement and hands each of its rows to scan.
func query(db *gorm.DB, scan func(row *sql.Rows) error, statement string, args ...any) (err error) {
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
	err := query(db, func(row *sql.Rows) error {
		found = true
		return row.Scan(into...)
	}, statement, args...)
	if err == nil && !found {
		return gorm.ErrRecordNotFound
	}
	return err
}

// update sets columns of the row with the id where further conditions hold; column names are the program's own.
func update(tx *gorm.DB, table string, id int64, set map[string]any, and string, args ...any) (int64, error) {
	var b strings.Builder
	values := make([]any, 0, len(set)+1+len(args))
	b.WriteString("UPDATE " + table + " SET ")
	for i, column := range slices.Sorted(maps.Keys(set)) {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(column + " = ?")
		values = append(values, set[column])
	}
	b.WriteString(" WHERE id = ?" + and)
	return exec(tx, b.String(), append(append(values, id), args...)...)
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

// forUpdate makes PostgreSQL serialise those who change the same order; SQLite has one writer anyway.
func forUpdate(tx *gorm.DB) string {
	if tx.Name() == "postgres" {
		return " FOR UPDATE"
	}
	return ""
}

// reading is the readers' pool. SQLite answers from memory or the disk's cache, sooner than a watcher of ctx is set up.
func (s *Store) reading(ctx context.Context) *gorm.DB {
	if s.group != nil {
		ctx = context.WithoutCancel(ctx)
	}
	return s.read.WithContext(ctx)
}

const orderColumns = `number, token, code, intent, status, lines, amount, currency, customer, email, terminal, language, reference, return_url, ` +
	`cancel_url, note, attention, held, created_at, updated_at, expires_at, expired_at, paid_at`

func (r *orderRow) columns() []any {
	return []any{
		&r.Number, &r.Token, &r.Code, &r.Intent, &r.Status, &r.Lines, &r.Amount, &r.Currency, &r.Customer, &r.Email, &r.Terminal, &r.Language,
		&r.Reference, &r.ReturnURL, &r.CancelURL, &r.Note, &r.Attention, &r.Held, &r.CreatedAt, &r.UpdatedAt, &r.ExpiresAt, &r.ExpiredAt, &r.PaidAt,
	}
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

// insert stores a row and returns its id, or gorm.ErrRecordNotFound when onConflict left it out.
func insert(tx *gorm.DB, table, columns string, values []any, onConflict string) (id int64, err error) {
	marks := strings.Repeat("?, ", len(values)-1) + "?"
	err = queryRow(tx, []any{&id}, "INSERT INTO "+table+" ("+columns+") VALUES ("+marks+") "+onConflict+" RETURNING id", values...)
	return id, err
}
