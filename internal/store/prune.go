package store

import (
	"context"
	"fmt"
	"time"

	"raynetsync/internal/engine/journal"
)

// Pruned tells what Prune removed.
type Pruned struct {
	Entries, Runs, Links, Sessions, Samples int
}

// keepSamples is for how long the figures of the charts are kept.
const keepSamples = 90 * 24 * time.Hour

// pruneRows is how many rows one transaction looks at, so that pruning never keeps a cycle waiting.
const pruneRows = 1000

// Prune removes journal entries and runs from before the given time (30 days ago is what the product promises), sessions that
// have ended, and tombstones that name nothing any more. A tombstone that still names a ref is kept for good: it is what keeps a deleted
// thing from coming back. Figures of the
// charts are kept for 90 days whatever is asked for.
func (s *Store) Prune(ctx context.Context, before time.Time) (Pruned, error) {
	var done Pruned
	for {
		ids, err := s.reads.OldestEntries(ctx, pruneRows)
		if err != nil {
			return done, fmt.Errorf("prune the journal: %w", mapped(err))
		}
		if len(ids) == 0 {
			break
		}
		rows, err := s.queries.PruneJournal(ctx, ids[len(ids)-1], stamp(before))
		if err != nil {
			return done, fmt.Errorf("prune the journal: %w", mapped(err))
		}
		done.Entries += int(rows)
		if int(rows) < len(ids) {
			break
		}
	}
	rows, err := s.queries.PruneRuns(ctx, stamp(before))
	if err != nil {
		return done, fmt.Errorf("prune runs: %w", mapped(err))
	}
	done.Runs = int(rows)
	if rows, err = s.queries.PruneSamples(ctx, stamp(s.now().Add(-keepSamples))); err != nil {
		return done, fmt.Errorf("prune figures: %w", mapped(err))
	}
	done.Samples = int(rows)
	ids, err := s.reads.PruneLinks(ctx, pruneRows)
	if err != nil {
		return done, fmt.Errorf("prune tombstones: %w", mapped(err))
	}
	facts := make([]journal.Fact, len(ids))
	for i, id := range ids {
		facts[i] = journal.DropLink{ID: id}
	}
	if err := s.Commit(ctx, journal.Fence{}, facts...); err != nil {
		return done, fmt.Errorf("prune tombstones: %w", err)
	}
	done.Links = len(ids)
	if done.Sessions, err = s.PruneSessions(ctx); err != nil {
		return done, err
	}
	if err := s.ballast.restock(); err != nil {
		return done, fmt.Errorf("prune: %w", err)
	}
	return done, nil
}
