package store

import (
	"context"
	"fmt"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/db"
)

// PairsWithLinks returns the ids of the pairs that have links in a state, from the pair called first on, ascending.
func (s *Store) PairsWithLinks(ctx context.Context, connection string, state journal.LinkState, first int64) ([]int64, error) {
	ids, err := s.reads.PairsWithLinks(ctx, connection, string(state), first)
	if err != nil {
		return nil, fmt.Errorf("find pairs with links: %w", mapped(err))
	}
	return ids, nil
}

// PairsWithWork returns the ids of the pairs that have work which waits for a reason, from the pair called first on, ascending.
func (s *Store) PairsWithWork(ctx context.Context, connection string, why journal.Why, first int64) ([]int64, error) {
	ids, err := s.reads.PairsWithWork(ctx, string(why), connection, first)
	if err != nil {
		return nil, fmt.Errorf("find pairs with work: %w", mapped(err))
	}
	return ids, nil
}

// LinksInState returns a page of the pair's links in a state, in the order of their ids; after is the last one of the page before.
func (s *Store) LinksInState(ctx context.Context, pair int64, state journal.LinkState, after string, limit int) ([]journal.Link, error) {
	return linksOf(s.reads.LinksInState(ctx, db.LinksInStateParams{Pair: pair, State: string(state), After: after, MaxRows: bounded(limit)}))
}

// WorkInState returns a page of the pair's work that waits for a reason, in the order of refs.
func (s *Store) WorkInState(ctx context.Context, pair int64, why journal.Why, after remote.Ref, limit int) ([]journal.Work, error) {
	return worksOf(s.reads.WorkInState(ctx, db.WorkInStateParams{Pair: pair, Why: string(why), After: after.String(), MaxRows: bounded(limit)}))
}

// AsidesOfPair returns a page of what the pair leaves out, in the order of refs.
func (s *Store) AsidesOfPair(ctx context.Context, pair int64, after remote.Ref, limit int) ([]journal.Aside, error) {
	return asidesOf(s.reads.AsidesOfPair(ctx, pair, after.String(), bounded(limit)))
}
