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

// Acquire takes the lease called name for ttl, in one conditional statement, and returns the number under which the caller
// commits from now on. It succeeds if the lease is free, has ended, or is held by the same holder, which is how a process that
// was killed gets its own lease back at once; so a holder's name must belong to one process at a time. Each success gives a
// greater number, so whoever held the lease before can write no more. The error is a *HeldError (ErrHeld) if somebody else
// holds it.
func (s *Store) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (journal.Fence, error) {
	now := s.now()
	number, err := s.queries.Acquire(ctx, db.AcquireParams{
		Name: name, Holder: holder, Until: stamp(now.Add(ttl)), Now: stamp(now),
	})
	if err == nil {
		return journal.Fence{Lease: name, Number: number}, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return journal.Fence{}, fmt.Errorf("acquire lease %s: %w", name, mapped(err))
	}
	held, err := s.queries.Lease(ctx, name)
	if err != nil {
		return journal.Fence{}, fmt.Errorf("acquire lease %s: %w", name, mapped(err))
	}
	return journal.Fence{}, &HeldError{Lease: name, Holder: held.Holder, Until: moment(held.Until)}
}

// Renew makes the lease last for ttl from now. ErrFenced: somebody else has taken it. A lease that has ended but was taken by
// nobody is renewed.
func (s *Store) Renew(ctx context.Context, fence journal.Fence, ttl time.Duration) error {
	rows, err := s.queries.Renew(ctx, stamp(s.now().Add(ttl)), fence.Lease, fence.Number)
	if err == nil && rows == 0 {
		err = ErrFenced
	}
	if err != nil {
		return fmt.Errorf("renew lease %s: %w", fence.Lease, mapped(err))
	}
	return nil
}

// Holds returns nil if nobody has taken the lease since, also when it has ended, and ErrFenced if somebody has. The zero Fence is no
// lease, and nobody takes it.
func (s *Store) Holds(ctx context.Context, fence journal.Fence) error {
	if fence == (journal.Fence{}) {
		return nil
	}
	row, err := s.reads.Lease(ctx, fence.Lease)
	if err == nil && row.Number != fence.Number || errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("number %d is not the last: %w", fence.Number, ErrFenced)
	}
	if err != nil {
		return fmt.Errorf("look whether lease %s is still ours: %w", fence.Lease, mapped(err))
	}
	return nil
}

// Release gives the lease back. A lease that somebody else has taken since stays theirs; that is no error. The number is
// not used again.
func (s *Store) Release(ctx context.Context, fence journal.Fence) error {
	if _, err := s.queries.Release(ctx, fence.Lease, fence.Number); err != nil {
		return fmt.Errorf("release lease %s: %w", fence.Lease, mapped(err))
	}
	return nil
}

// Leased returns who holds a lease and until when; ok is false if it is free.
func (s *Store) Leased(ctx context.Context, name string) (holder string, until time.Time, ok bool, err error) {
	row, err := s.reads.Lease(ctx, name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, false, nil
	}
	if err != nil {
		return "", time.Time{}, false, fmt.Errorf("read lease %s: %w", name, mapped(err))
	}
	until = moment(row.Until)
	return row.Holder, until, row.Holder != "" && until.After(s.now()), nil
}
