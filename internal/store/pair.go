package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/store/db"
)

// Pairs returns all pairs of a connection in the order in which they were made.
func (s *Store) Pairs(ctx context.Context, connection string) ([]journal.Pair, error) {
	rows, err := s.reads.Pairs(ctx, connection)
	if err != nil {
		return nil, fmt.Errorf("read pairs: %w", mapped(err))
	}
	pairs := make([]journal.Pair, len(rows))
	for i, row := range rows {
		pairs[i] = pairOf(row)
	}
	return pairs, nil
}

// Pair returns one pair, or ErrNotFound.
func (s *Store) Pair(ctx context.Context, id int64) (journal.Pair, error) {
	row, err := s.reads.Pair(ctx, id)
	if err != nil {
		return journal.Pair{}, fmt.Errorf("read pair %d: %w", id, absent(err))
	}
	return pairOf(row), nil
}

// absent turns "no row" into ErrNotFound and names driver errors.
func absent(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return mapped(err)
}

// UpsertPair makes the pair of p's connection, kind and mailbox, or updates its address, person, zone and container, and
// returns its id; p.ID is not looked at. State, reason, since and generation of a pair that exists are kept; an empty State
// of a new one means running. Full is set if p has it and otherwise kept; see SetPairFull.
func (s *Store) UpsertPair(ctx context.Context, p journal.Pair) (int64, error) {
	if p.State == "" {
		p.State = journal.PairRunning
	}
	id, err := s.queries.UpsertPair(ctx, db.UpsertPairParams{
		Connection: p.Connection, Kind: string(p.Kind), Mailbox: p.Mailbox, Address: p.Address, Person: p.Person, Zone: p.Zone,
		Container: p.Container, State: string(p.State), Reason: p.Reason, Detail: p.Detail, Since: stamp(orNow(p.Since, s.now())),
		Generation: p.Generation, FullRead: flag(p.Full),
	})
	if err != nil {
		return 0, fmt.Errorf("write pair of %s: %w", p.Mailbox, mapped(err))
	}
	return id, nil
}

// BumpPair adds one to the pair's generation and returns it, durably: whoever triggers a pair does it before asking for a job,
// so that a trigger that arrives while the pair's job runs is seen when that job ends. ErrNotFound.
func (s *Store) BumpPair(ctx context.Context, id int64) (int64, error) {
	generation, err := s.queries.BumpPair(ctx, id)
	if err != nil {
		return 0, fmt.Errorf("trigger pair %d: %w", id, absent(err))
	}
	return generation, nil
}

// SetPairFull asks for a complete reading of the pair at its next cycle, or notes that it was done. ErrNotFound.
func (s *Store) SetPairFull(ctx context.Context, id int64, full bool) error {
	rows, err := s.queries.SetPairFull(ctx, flag(full), id)
	if err := one(rows, err, fmt.Sprintf("pair %d", id)); err != nil {
		return fmt.Errorf("ask for a complete reading: %w", mapped(err))
	}
	return nil
}
