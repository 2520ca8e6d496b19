package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"gorm.io/gorm"
)

// maxStatements bounds how many prepared statements the writer keeps.
const maxStatements = 256

// pinned is the writer's one connection with the statements prepared on it. GORM's own cache of prepared statements
// prepares anew in each transaction, because database/sql ties a statement to the transaction that made it: that was a
// quarter of the writer's time.
type pinned struct {
	pool  *sql.DB
	check func(ctx context.Context, conn *sql.Conn) error // of a new connection; nil for one that we set up ourselves
	named func(statement string) string                   // the statement with the tables' names there; nil where they are our own
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// BeginTx starts a transaction that takes SQLite's write lock at once, on a new connection should the last one have gone bad.
func (p *pinned) BeginTx(ctx context.Context, _ *sql.TxOptions) (gorm.ConnPool, error) {
	if p.conn == nil {
		conn, err := p.pool.Conn(ctx)
		if err != nil {
			return nil, err
		}
		if p.check != nil {
			if err := p.check(ctx, conn); err != nil {
				return nil, errors.Join(err, conn.Close())
			}
		}
		p.conn, p.stmts = conn, map[string]*sql.Stmt{}
	}
	if _, err := p.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		p.drop()
		return nil, err
	}
	return &pinnedTx{p}, nil
}

// drop gives the connection up, if there is one, with all that was prepared on it. It doesn't go back into the pool, where the next one
// would find an open transaction; the statements must be closed before it, or SQLite's library reads freed memory.
func (p *pinned) drop() {
	if p.conn == nil {
		return
	}
	for _, s := range p.stmts {
		_ = s.Close()
	}
	_ = p.conn.Raw(func(any) error { return driver.ErrBadConn })
	_ = p.conn.Close()
	p.conn, p.stmts = nil, nil
}

// GetDBConn lets gorm.DB.DB find the pool.
func (p *pinned) GetDBConn() (*sql.DB, error) { return p.pool, nil }

func (p *pinned) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := p.stmts[query]; ok {
		return s, nil
	}
	if p.conn == nil {
		return nil, errors.New("statement outside a transaction of the writer")
	}
	text := query
	if p.named != nil {
		text = p.named(query)
	}
	s, err := p.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if len(p.stmts) >= maxStatements {
		for q, old := range p.stmts {
			_ = old.Close()
			delete(p.stmts, q)
		}
	}
	p.stmts[query] = s
	return s, nil
}

func (p *pinned) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := p.PrepareContext(ctx, query) //nolint:sqlclosecheck // kept for the next time
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (p *pinned) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := p.PrepareContext(ctx, query) //nolint:sqlclosecheck // kept for the next time
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (p *pinned) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	s, err := p.PrepareContext(ctx, query) //nolint:sqlclosecheck // kept for the next time
	if err != nil {
		return p.conn.QueryRowContext(ctx, query, args...) // a Row that holds the same error
	}
	return s.QueryRowContext(ctx, args...)
}

// pinnedTx is a transaction under way.
type pinnedTx struct{ *pinned }

func (t *pinnedTx) Commit() error {
	_, err := t.ExecContext(context.Background(), "COMMIT")
	return err
}

// Rollback also ends a transaction whose commit failed. A connection that can't even do that is given up.
func (t *pinnedTx) Rollback() error {
	_, err := t.ExecContext(context.Background(), "ROLLBACK")
	if err != nil {
		t.drop()
	}
	return err
}
