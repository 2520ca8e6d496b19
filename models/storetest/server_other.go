//go:build !unix

package storetest

import "context"

// PostgresServer is written for Unix only.
type PostgresServer struct{}

// StartPostgres is ErrNoPostgres here.
func StartPostgres(context.Context) (*PostgresServer, error) { return nil, ErrNoPostgres }

// NewDatabase is never reached here, nor is any of those below.
func (*PostgresServer) NewDatabase(context.Context) (string, error) { return "", ErrNoPostgres }

// PID is never reached here.
func (*PostgresServer) PID() int { return 0 }

// Close is never reached here.
func (*PostgresServer) Close() error { return nil }

// Log is never reached here.
func (*PostgresServer) Log() string { return "" }
