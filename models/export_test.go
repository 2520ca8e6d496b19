package models

import (
	"context"
	"database/sql"
)

// Pipelined is a transaction of PostgreSQL that sends its statements together.
type Pipelined = pipelineTx

// BeginPipelined begins one on a connection of the pool.
func BeginPipelined(ctx context.Context, pool *sql.DB) (*Pipelined, error) {
	t, err := (&pipeline{DB: pool}).BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return t.(*pipelineTx), nil
}

// Ask queues a statement; each of its rows holds one number, added to sum.
func (t *pipelineTx) Ask(sum *int64, statement string, args ...any) {
	t.ask(func(row scanner) error {
		var n int64
		err := row.Scan(&n)
		*sum += n
		return err
	}, statement, args...)
}

// Later queues a statement that may change any number of rows, Swap one that must change exactly one.
func (t *pipelineTx) Later(statement string, args ...any) { t.later(false, statement, args...) }

// Swap is Later for exactly one row.
func (t *pipelineTx) Swap(statement string, args ...any) { t.later(true, statement, args...) }

// Flush sends what is queued.
func (t *pipelineTx) Flush() error { return t.flush() }

// VerifyCopy reads a backup's copy back.
var VerifyCopy = verifyCopy
