package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/db"
)

// JournalFilter says which entries are wanted. Fields that are zero do not narrow; of ID, LinkID and Ref only the first one
// that is set counts.
type JournalFilter struct {
	ID     int64
	LinkID string
	// Ref finds the entries that name this thing.
	Ref  remote.Ref
	Run  string
	Pair int64
	// Since leaves out what is older.
	Since time.Time
	// BeforeID continues a listing: the id of the last entry of the page before.
	BeforeID int64
	Limit    int
}

// Journal returns entries, the newest first, with their values.
func (s *Store) Journal(ctx context.Context, f JournalFilter) ([]journal.Entry, error) {
	rows, err := s.journalRows(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", mapped(err))
	}
	entries := make([]journal.Entry, 0, len(rows))
	for _, row := range rows {
		e, err := s.entryOf(row)
		if err != nil {
			return nil, fmt.Errorf("read the journal: %w", err)
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// journalRows runs the query that the most selective part of the filter has an index for.
func (s *Store) journalRows(ctx context.Context, f JournalFilter) ([]db.Journal, error) {
	before, since, limit := f.BeforeID, stamp(f.Since), bounded(f.Limit)
	if before <= 0 {
		before = math.MaxInt64
	}
	switch {
	case f.ID != 0:
		row, err := s.reads.Entry(ctx, f.ID)
		if err != nil {
			return nil, absent(err)
		}
		return []db.Journal{row}, nil
	case f.LinkID != "":
		return s.reads.EntriesOfLink(ctx, db.EntriesOfLinkParams{
			Link: f.LinkID, BeforeID: before, Since: since, Run: f.Run, Pair: f.Pair, MaxRows: limit,
		})
	case f.Ref.Side == record.Outlook:
		return s.reads.EntriesOfOutlook(ctx, db.EntriesOfOutlookParams{
			Outlook: refText(f.Ref), BeforeID: before, Since: since, Run: f.Run, Pair: f.Pair, MaxRows: limit,
		})
	case !f.Ref.IsZero():
		return s.reads.EntriesOfRaynet(ctx, db.EntriesOfRaynetParams{
			Raynet: refText(f.Ref), BeforeID: before, Since: since, Run: f.Run, Pair: f.Pair, MaxRows: limit,
		})
	case f.Run != "":
		return s.reads.EntriesOfRun(ctx, db.EntriesOfRunParams{
			Run: f.Run, BeforeID: before, Since: since, Pair: f.Pair, MaxRows: limit,
		})
	case f.Pair != 0:
		return s.reads.EntriesOfPair(ctx, db.EntriesOfPairParams{Pair: f.Pair, BeforeID: before, Since: since, MaxRows: limit})
	}
	return s.reads.Entries(ctx, before, since, limit)
}
