package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"raynetsync/internal/store/db"
)

// statements prepares what a pool is asked, each text when it is first needed and once: a process that starts would pay for
// hundreds of texts of which it needs a few.
type statements struct {
	pool *sql.DB

	mu    sync.Mutex
	known map[string]*sql.Stmt
	// wanted are texts that a transaction asked first. The one connection of a pool that writes is then taken, so they are prepared
	// before the next transaction begins.
	wanted map[string]bool
}

func newStatements(pool *sql.DB) *statements {
	return &statements{pool: pool, known: map[string]*sql.Stmt{}, wanted: map[string]bool{}}
}

// PrepareContext returns the statement of a text, which stays the property of s: it must not be closed.
func (s *statements) PrepareContext(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	stmt := s.known[text]
	s.mu.Unlock()
	if stmt != nil {
		return stmt, nil
	}
	stmt, err := s.pool.PrepareContext(ctx, text) // waits for a connection, so nobody may wait for s meanwhile
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if first := s.known[text]; first != nil {
		return first, stmt.Close()
	}
	s.known[text] = stmt
	return stmt, nil
}

// ExecContext runs a text outside a transaction.
func (s *statements) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	stmt, err := s.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args...)
}

// QueryContext asks a text outside a transaction.
func (s *statements) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	stmt, err := s.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// QueryRowContext asks a text outside a transaction. What cannot be prepared is asked as it is, for the row to tell the error.
func (s *statements) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	stmt, err := s.PrepareContext(ctx, text)
	if err != nil {
		return s.pool.QueryRowContext(ctx, text, args...)
	}
	return stmt.QueryRowContext(ctx, args...)
}

// begin begins a transaction, with what former ones wanted prepared. What cannot be prepared tells so where it is asked.
func (s *statements) begin(ctx context.Context) (*sql.Tx, *db.Queries, error) {
	s.mu.Lock()
	wanted := make([]string, 0, len(s.wanted))
	for text := range s.wanted { // any order
		wanted = append(wanted, text)
	}
	clear(s.wanted)
	s.mu.Unlock()
	for _, text := range wanted {
		_, _ = s.PrepareContext(ctx, text)
	}
	tx, err := s.pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	return tx, db.New(within{tx: tx, statements: s}), nil
}

// close closes every statement; the pool stays open.
func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for text, stmt := range s.known { // any order
		errs = append(errs, stmt.Close())
		delete(s.known, text)
	}
	return errors.Join(errs...)
}

// within asks within a transaction.
type within struct {
	tx         *sql.Tx
	statements *statements
}

// stmt returns the statement of a text within the transaction, or nil if it was not prepared yet.
func (w within) stmt(ctx context.Context, text string) *sql.Stmt {
	w.statements.mu.Lock()
	stmt := w.statements.known[text]
	if stmt == nil {
		w.statements.wanted[text] = true
	}
	w.statements.mu.Unlock()
	if stmt == nil {
		return nil
	}
	return w.tx.StmtContext(ctx, stmt)
}

func (w within) PrepareContext(ctx context.Context, text string) (*sql.Stmt, error) {
	return w.tx.PrepareContext(ctx, text)
}

func (w within) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if stmt := w.stmt(ctx, text); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return w.tx.ExecContext(ctx, text, args...)
}

func (w within) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if stmt := w.stmt(ctx, text); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return w.tx.QueryContext(ctx, text, args...)
}

func (w within) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if stmt := w.stmt(ctx, text); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return w.tx.QueryRowContext(ctx, text, args...)
}
