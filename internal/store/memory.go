package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/store/db"
)

// Cursor returns the place in a feed; ok is false if the feed was never read.
func (s *Store) Cursor(ctx context.Context, scope string) (c journal.Cursor, ok bool, err error) {
	row, err := s.reads.Cursor(ctx, scope)
	if errors.Is(err, sql.ErrNoRows) {
		return journal.Cursor{}, false, nil
	}
	if err != nil {
		return journal.Cursor{}, false, fmt.Errorf("read cursor %s: %w", scope, mapped(err))
	}
	token, err := s.vault.Open(row.SealedToken, boundCursor(scope))
	if err != nil {
		return journal.Cursor{}, false, fmt.Errorf("read cursor %s: %w", scope, err)
	}
	return journal.Cursor{
		Scope: row.Scope, Token: string(token), At: moment(row.At), From: moment(row.WindowFrom), Till: moment(row.WindowTill),
		Since: moment(row.Since), Complete: row.Complete == 1,
	}, true, nil
}

// Run is one thing the program did as a whole: a cycle, a first synchronisation, a restore.
type Run struct {
	ID string
	// What names the kind of run.
	What    string
	Started time.Time
	// Ended is zero while it runs, and forever if the process died.
	Ended time.Time
	// Report is the report's JSON; it is sealed at rest. It may be empty.
	Report []byte
}

// SaveRun writes a run, new or changed.
func (s *Store) SaveRun(ctx context.Context, r Run) error {
	var sealed []byte
	if len(r.Report) > 0 {
		var err error
		if sealed, err = s.vault.Seal(r.Report, boundRun(r.ID)); err != nil {
			return fmt.Errorf("write run: %w", err)
		}
	}
	err := s.queries.SaveRun(ctx, db.SaveRunParams{
		ID: r.ID, What: r.What, Started: stamp(r.Started), Ended: stamp(r.Ended), SealedReport: sealed,
	})
	if err != nil {
		return fmt.Errorf("write run %s: %w", r.ID, mapped(err))
	}
	return nil
}

// Run returns one run, or ErrNotFound.
func (s *Store) Run(ctx context.Context, id string) (Run, error) {
	row, err := s.reads.Run(ctx, id)
	if err != nil {
		return Run{}, fmt.Errorf("read run %s: %w", id, absent(err))
	}
	return s.runOf(row)
}

// Runs returns the newest runs, the newest first.
func (s *Store) Runs(ctx context.Context, limit int) ([]Run, error) {
	rows, err := s.reads.Runs(ctx, bounded(limit))
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", mapped(err))
	}
	runs := make([]Run, 0, len(rows))
	for _, row := range rows {
		r, err := s.runOf(row)
		if err != nil {
			return nil, err
		}
		runs = append(runs, r)
	}
	return runs, nil
}

func (s *Store) runOf(row db.Run) (Run, error) {
	r := Run{ID: row.ID, What: row.What, Started: moment(row.Started), Ended: moment(row.Ended)}
	if row.SealedReport == nil {
		return r, nil
	}
	var err error
	if r.Report, err = s.vault.Open(row.SealedReport, boundRun(r.ID)); err != nil {
		return Run{}, fmt.Errorf("read run %s: %w", r.ID, err)
	}
	return r, nil
}

// PutSecret keeps a secret, sealed.
func (s *Store) PutSecret(ctx context.Context, name string, value []byte) error {
	sealed, err := s.vault.Seal(value, boundSecret(name))
	if err == nil {
		err = mapped(s.queries.PutSecret(ctx, name, sealed, stamp(s.now())))
	}
	if err != nil {
		return fmt.Errorf("keep secret %s: %w", name, err)
	}
	return nil
}

// Secret returns a secret, or ErrNotFound.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	sealed, err := s.reads.Secret(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, absent(err))
	}
	value, err := s.vault.Open(sealed, boundSecret(name))
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, err)
	}
	return value, nil
}

// DropSecret forgets a secret; one that is not there is no error.
func (s *Store) DropSecret(ctx context.Context, name string) error {
	if err := s.queries.DropSecret(ctx, name); err != nil {
		return fmt.Errorf("drop secret %s: %w", name, mapped(err))
	}
	return nil
}

// Remember keeps a small setting of the program's own (a refused login, what a service can do, the mapping of users), sealed.
func (s *Store) Remember(ctx context.Context, key string, value []byte) error {
	return s.remember(ctx, s.queries, key, value)
}

func (s *Store) remember(ctx context.Context, q *db.Queries, key string, value []byte) error {
	sealed, err := s.vault.Seal(value, boundMemory(key))
	if err == nil {
		err = mapped(q.Remember(ctx, key, sealed, stamp(s.now())))
	}
	if err != nil {
		return fmt.Errorf("remember %s: %w", key, err)
	}
	return nil
}

// Recall returns what was remembered; ok is false if nothing was.
func (s *Store) Recall(ctx context.Context, key string) (value []byte, ok bool, err error) {
	return s.recall(ctx, s.reads, key)
}

func (s *Store) recall(ctx context.Context, q *db.Queries, key string) (value []byte, ok bool, err error) {
	sealed, err := q.Recall(ctx, key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err == nil {
		value, err = s.vault.Open(sealed, boundMemory(key))
	}
	if err != nil {
		return nil, false, fmt.Errorf("recall %s: %w", key, mapped(err))
	}
	return value, true, nil
}

// Forget removes what was remembered; nothing is no error.
func (s *Store) Forget(ctx context.Context, key string) error {
	if err := s.queries.Forget(ctx, key); err != nil {
		return fmt.Errorf("forget %s: %w", key, mapped(err))
	}
	return nil
}
