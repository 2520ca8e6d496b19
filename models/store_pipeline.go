package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/gorm"
)

// rollbackWithin is how long PostgreSQL may take to undo a transaction before its connection is given up.
const rollbackWithin = 5 * time.Second

// pipeline is PostgreSQL's pool for transactions that send several statements in one round trip: a notification took eight
// of them, and each woke both sides.
type pipeline struct {
	*sql.DB
	named func(statement string) string // the statement with the tables' names there; nil where they are our own
}

// BeginTx takes a connection for a transaction. BEGIN goes out together with the first statement.
func (p *pipeline) BeginTx(ctx context.Context, _ *sql.TxOptions) (gorm.ConnPool, error) {
	conn, err := p.Conn(ctx)
	if err != nil {
		return nil, err
	}
	t := &pipelineTx{Conn: conn, pool: p.DB, ctx: ctx, batch: &pgx.Batch{}, named: p.named}
	if t.named == nil {
		t.named = func(statement string) string { return statement }
	}
	t.batch.Queue("BEGIN")
	return t, nil
}

// GetDBConn lets gorm.DB.DB find the pool.
func (p *pipeline) GetDBConn() (*sql.DB, error) { return p.DB, nil }

// pipelineTx is a transaction under way. What was queued is sent before whatever must be answered.
type pipelineTx struct {
	*sql.Conn
	pool  *sql.DB
	ctx   context.Context // of the transaction, which begins and ends within one call
	batch *pgx.Batch
	named func(statement string) string
}

// flush sends what is queued, in one round trip, and returns the first error.
func (t *pipelineTx) flush() error {
	if t.batch.Len() == 0 {
		return nil
	}
	batch := t.batch
	t.batch = &pgx.Batch{}
	return t.Raw(func(conn any) error {
		return conn.(*stdlib.Conn).Conn().SendBatch(t.ctx, batch).Close()
	})
}

// ask queues a statement whose rows go to scan when the queue is sent.
func (t *pipelineTx) ask(scan func(row scanner) error, statement string, args ...any) {
	t.batch.Queue(t.named(statement), args...).Query(func(rows pgx.Rows) error {
		defer rows.Close()
		for rows.Next() {
			if err := scan(rows); err != nil {
				return err
			}
		}
		return rows.Err()
	})
}

// later queues a statement; one says that it must change exactly one row.
func (t *pipelineTx) later(one bool, statement string, args ...any) {
	t.batch.Queue(t.named(statement), args...).Exec(func(tag pgconn.CommandTag) error {
		if one && tag.RowsAffected() != 1 {
			return errChanged
		}
		return nil
	})
}

// The statements that GORM builds.

func (t *pipelineTx) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	return t.Conn.PrepareContext(ctx, t.named(query))
}

func (t *pipelineTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	return t.Conn.ExecContext(ctx, t.named(query), args...)
}

func (t *pipelineTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := t.flush(); err != nil {
		return nil, err
	}
	return t.Conn.QueryContext(ctx, t.named(query), args...)
}

func (t *pipelineTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if err := t.flush(); err != nil {
		failed, cancel := context.WithCancelCause(ctx)
		cancel(err)
		return t.pool.QueryRowContext(failed, query, args...) // a Row that holds an error; asking the connection would give it up
	}
	return t.Conn.QueryRowContext(ctx, t.named(query), args...)
}

// Commit sends what is queued and then COMMIT, which PostgreSQL answers with ROLLBACK if anything in the transaction had failed.
func (t *pipelineTx) Commit() error {
	if err := t.flush(); err != nil {
		return err
	}
	t.batch.Queue("COMMIT").Exec(func(tag pgconn.CommandTag) error {
		if tag.String() != "COMMIT" {
			return fmt.Errorf("commit: the database answered %s", tag)
		}
		return nil
	})
	if err := t.flush(); err != nil {
		return err
	}
	return t.Close()
}

// Rollback undoes the transaction. A connection that can't even do that is given up.
func (t *pipelineTx) Rollback() error {
	t.batch = &pgx.Batch{}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), rollbackWithin)
	defer cancel()
	err := t.Raw(func(conn any) error {
		c := conn.(*stdlib.Conn).Conn()
		if c.IsClosed() {
			return driver.ErrBadConn
		}
		if c.PgConn().TxStatus() == 'I' { // it hadn't begun
			return nil
		}
		if _, err := c.Exec(ctx, "ROLLBACK"); err != nil {
			return driver.ErrBadConn
		}
		return nil
	})
	return errors.Join(err, t.Close())
}
