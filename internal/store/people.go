package store

import (
	"context"
	"errors"
	"fmt"

	"raynetsync/internal/store/db"
)

// People is one transaction over accounts, sessions and the audit, in which what was decided and the line that tells of it
// are written together or not at all. It is valid inside Store.People only and belongs to one goroutine.
type People struct {
	store   *Store
	queries *db.Queries
}

// People runs do in one transaction; if do returns an error nothing is written and the error is returned as it is. Nobody else
// writes to the database meanwhile, so do must be quick and must not call methods of Store that write. ctx is looked at before
// it begins; what has begun is brought to its end.
func (s *Store) People(ctx context.Context, do func(ctx context.Context, p *People) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("change people: %w", err)
	}
	whole := context.WithoutCancel(ctx)
	tx, queries, err := s.writing.begin(whole)
	if err != nil {
		return fmt.Errorf("change people: %w", mapped(err))
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it does nothing; before one the first error counts
	if err := do(whole, &People{store: s, queries: queries}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("change people: %w", mapped(err))
	}
	return nil
}

// Recall is Store.Recall within the transaction.
func (p *People) Recall(ctx context.Context, key string) (value []byte, ok bool, err error) {
	return p.store.recall(ctx, p.queries, key)
}

// Remember is Store.Remember within the transaction.
func (p *People) Remember(ctx context.Context, key string, value []byte) error {
	return p.store.remember(ctx, p.queries, key, value)
}

// Forget is Store.Forget within the transaction.
func (p *People) Forget(ctx context.Context, key string) error {
	if err := p.queries.Forget(ctx, key); err != nil {
		return fmt.Errorf("forget %s: %w", key, mapped(err))
	}
	return nil
}

// none reports whether err says that there is no such row.
func none(err error) bool { return errors.Is(absent(err), ErrNotFound) }
