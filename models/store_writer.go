package models

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"gorm.io/gorm"
)

// maxGroup bounds how many callers' work shares one transaction, and so how long the first of them waits.
const maxGroup = 256

// groupWriter turns many callers' writes into few transactions: one sync of the disk serves all that
// came while the last one was under way. Each caller's work has its own savepoint, so that its
// failure is its own; nobody is answered before the commit.
type groupWriter struct {
	db      *gorm.DB
	jobs    chan *writeJob
	done    chan struct{}
	observe Observer // nil for nobody

	mu     sync.RWMutex
	closed bool
}

type writeJob struct {
	ctx  context.Context
	work func(tx *gorm.DB) error
	err  error
	done chan struct{}
}

func newGroupWriter(db *gorm.DB, observe Observer) *groupWriter {
	w := &groupWriter{db: db, observe: observe, jobs: make(chan *writeJob, maxGroup), done: make(chan struct{})}
	go w.run()
	return w
}

// do runs the work in a transaction and returns after its commit. The work may run when ctx has
// ended meanwhile; do always waits for its end, so that the work may write to the caller's variables.
func (w *groupWriter) do(ctx context.Context, work func(tx *gorm.DB) error) error {
	j := &writeJob{ctx: ctx, work: work, done: make(chan struct{})}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return fmt.Errorf("%w: the store is closed", ErrUnavailable)
	}
	select {
	case w.jobs <- j:
		w.mu.RUnlock()
	case <-ctx.Done():
		w.mu.RUnlock()
		return ctx.Err()
	}
	<-j.done
	return j.err
}

func (w *groupWriter) close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		close(w.jobs)
	}
	w.mu.Unlock()
	<-w.done
}

func (w *groupWriter) run() {
	defer close(w.done)
	batch := make([]*writeJob, 0, maxGroup)
	for j := range w.jobs {
		batch = append(batch[:0], j)
	fill:
		for len(batch) < maxGroup {
			select {
			case more, ok := <-w.jobs:
				if !ok {
					break fill
				}
				batch = append(batch, more)
			default:
				break fill
			}
		}
		w.commit(batch)
	}
}

func (w *groupWriter) commit(batch []*writeJob) {
	began := time.Now()
	err := w.db.Transaction(func(tx *gorm.DB) error {
		if len(batch) == 1 { // whose failure may undo the whole transaction
			j := batch[0]
			if j.err = j.ctx.Err(); j.err == nil {
				j.err = safely(tx.WithContext(context.WithoutCancel(j.ctx)), j.work)
			}
			return j.err
		}
		for _, j := range batch {
			if j.err = j.ctx.Err(); j.err != nil {
				continue
			}
			if _, err := exec(tx, "SAVEPOINT job"); err != nil {
				return err
			}
			j.err = safely(tx.WithContext(context.WithoutCancel(j.ctx)), j.work)
			if j.err != nil {
				if _, err := exec(tx, "ROLLBACK TO job"); err != nil {
					return err
				}
			}
			if _, err := exec(tx, "RELEASE job"); err != nil {
				return err
			}
		}
		return nil
	})
	if w.observe != nil {
		w.observe.Commit(len(batch), time.Since(began))
	}
	for _, j := range batch {
		if err != nil && j.err == nil {
			j.err = err
		}
		close(j.done)
	}
}

// safely turns a panic of one caller's work into that caller's error.
func safely(tx *gorm.DB, work func(*gorm.DB) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("write to the database: panic: %v", r)
		}
	}()
	return work(tx)
}

// write runs the work in one durable transaction. A fault of the storage comes back as ErrUnavailable;
// the shop's own errors as they are.
func (s *Store) write(ctx context.Context, work func(tx *gorm.DB) error) (err error) {
	if s.observe != nil {
		var ended func(error)
		ctx, ended = s.observe.Write(ctx)
		defer func() { ended(err) }()
	}
	if s.group != nil {
		err = s.group.do(ctx, work)
	} else {
		err = s.writes.WithContext(ctx).Transaction(work)
	}
	return storageError(err)
}

// storageError marks what isn't one of the shop's own errors as a fault of the storage.
func storageError(err error) error {
	var invalid *InvalidError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gorm.ErrRecordNotFound):
		return ErrNotFound
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrConflict), errors.Is(err, ErrUnavailable), errors.As(err, &invalid),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
