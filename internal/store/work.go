package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/db"
)

// Work returns the pair's work whose RetryAt is not after due, what waits longest first. A zero RetryAt is due at once, except
// for work under review (WhyReview), which then waits for a person and is never due. limit 0 reads all of it: what one side
// brought must be compared with all that the other one did.
func (s *Store) Work(ctx context.Context, pair int64, due time.Time, limit int) ([]journal.Work, error) {
	rows := int32(math.MaxInt32)
	if limit > 0 {
		rows = bounded(limit)
	}
	return worksOf(s.reads.WorkDue(ctx, pair, sql.NullInt64{Int64: due.UnixMilli(), Valid: true}, rows))
}

// WorkOf returns what any pair still has to do for ref.
func (s *Store) WorkOf(ctx context.Context, ref remote.Ref) ([]journal.Work, error) {
	return worksOf(s.reads.WorkOfRef(ctx, ref.String()))
}

// WorkOfConnection returns what any pair of a connection still has to do for ref.
func (s *Store) WorkOfConnection(ctx context.Context, connection string, ref remote.Ref) ([]journal.Work, error) {
	works, err := s.WorkOf(ctx, ref)
	if err != nil || len(works) == 0 {
		return nil, err
	}
	pairs, err := s.Pairs(ctx, connection)
	return slices.DeleteFunc(works, func(w journal.Work) bool {
		return !slices.ContainsFunc(pairs, func(p journal.Pair) bool { return p.ID == w.Pair })
	}), err
}

// WorkAt returns the pair's work for the given refs, due or not; refs without work are absent.
func (s *Store) WorkAt(ctx context.Context, pair int64, refs []remote.Ref) ([]journal.Work, error) {
	var works []journal.Work
	for _, ref := range refs {
		row, err := s.reads.WorkOfPairRef(ctx, pair, ref.String())
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read work: %w", mapped(err))
		}
		w, err := workOf(row)
		if err != nil {
			return nil, err
		}
		works = append(works, w)
	}
	return works, nil
}

// WorkAll returns a page of all work of the pair, due or not, in the order of refs; after is the last ref of the page before,
// zero for the first page.
func (s *Store) WorkAll(ctx context.Context, pair int64, after remote.Ref, limit int) ([]journal.Work, error) {
	return worksOf(s.reads.WorkOfPair(ctx, pair, after.String(), bounded(limit)))
}

// WorkCounts returns how much work of the pair waits for each reason; reasons without work are absent.
func (s *Store) WorkCounts(ctx context.Context, pair int64) (map[journal.Why]int, error) {
	rows, err := s.reads.WorkCounts(ctx, pair)
	if err != nil {
		return nil, fmt.Errorf("count work: %w", mapped(err))
	}
	counts := map[journal.Why]int{}
	for _, row := range rows {
		counts[journal.Why(row.Why)] = int(row.Things)
	}
	return counts, nil
}

func worksOf(rows []db.Work, err error) ([]journal.Work, error) {
	if err != nil {
		return nil, fmt.Errorf("read work: %w", mapped(err))
	}
	works := make([]journal.Work, 0, len(rows))
	for _, row := range rows {
		w, err := workOf(row)
		if err != nil {
			return nil, err
		}
		works = append(works, w)
	}
	return works, nil
}

// Intents returns the pair's open intents in the order of their op ids.
func (s *Store) Intents(ctx context.Context, pair int64) ([]journal.Intent, error) {
	return s.intentsOf(s.reads.Intents(ctx, pair))
}

// IntentsOfConnection returns the open intents of all pairs of a connection in the order of their op ids.
func (s *Store) IntentsOfConnection(ctx context.Context, connection string) ([]journal.Intent, error) {
	return s.intentsOf(s.reads.IntentsOfConnection(ctx, connection))
}

func (s *Store) intentsOf(rows []db.Intent, err error) ([]journal.Intent, error) {
	if err != nil {
		return nil, fmt.Errorf("read open intents: %w", mapped(err))
	}
	intents := make([]journal.Intent, 0, len(rows))
	for _, row := range rows {
		in, err := s.intentOf(row)
		if err != nil {
			return nil, fmt.Errorf("read open intents: %w", err)
		}
		intents = append(intents, in)
	}
	return intents, nil
}

// IntentCount returns how many intents of the pair are open.
func (s *Store) IntentCount(ctx context.Context, pair int64) (int, error) {
	count, err := s.reads.IntentCount(ctx, pair)
	if err != nil {
		return 0, fmt.Errorf("count open intents: %w", mapped(err))
	}
	return int(count), nil
}
