package store

import (
	"context"
	"fmt"

	"raynetsync/internal/engine/journal"
)

// WorkWhy returns what of a pair waits for one reason, in the order of refs; at most so much as fits a page of the store.
func (s *Store) WorkWhy(ctx context.Context, pair int64, why journal.Why) ([]journal.Work, error) {
	return worksOf(s.reads.WorkByWhy(ctx, pair, string(why), maxRows))
}

// WorkReason counts what waits for one reason.
type WorkReason struct {
	Why    journal.Why
	Reason string
	Things int
}

// WorkReasons counts what of a connection waits for a person or was set aside, by reason.
func (s *Store) WorkReasons(ctx context.Context, connection string) ([]WorkReason, error) {
	rows, err := s.reads.WorkReasons(ctx, connection)
	if err != nil {
		return nil, fmt.Errorf("count what waits for a person: %w", mapped(err))
	}
	out := make([]WorkReason, 0, len(rows))
	for _, row := range rows {
		out = append(out, WorkReason{Why: journal.Why(row.Why), Reason: row.Reason, Things: int(row.Things)})
	}
	return out, nil
}
