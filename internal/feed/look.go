package feed

import (
	"context"
	"slices"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/remote"
)

// Look reads what Poll would read, and with sweep also what Sweep would, and returns for each pair what it would be given. It
// commits nothing and leaves the rows that Poll keeps alone. A pair that was never given the complete listing gets it, like
// one that is in no database yet.
func (f *Feed) Look(ctx context.Context, pairs []journal.Pair, sweep bool) (map[int64]*engine.Look, error) {
	now := f.Now()
	cache := &Cache{InZone: f.Cache.InZone}
	looks := make(map[int64]*engine.Look, len(pairs))
	for _, pair := range pairs {
		looks[pair.ID] = &engine.Look{At: now, Rows: cache}
	}
	round, to, err := f.peek(ctx, pairs)
	if err != nil {
		return nil, err
	}
	err = f.hand(ctx, round, to, cache, now, func(pair int64, ref remote.Ref) {
		looks[pair].Reported = append(looks[pair].Reported, ref)
	})
	if err != nil || !sweep {
		return looks, err
	}
	listed, err := f.listIDs(ctx, pairs, now)
	if err != nil {
		return nil, err
	}
	for _, pair := range pairs {
		found, err := f.compare(ctx, pair, listed)
		if err != nil {
			return nil, err
		}
		look := looks[pair.ID]
		look.Swept, look.Missing = true, found.missing
		for _, work := range found.cleared {
			look.Cleared = append(look.Cleared, work.Ref)
		}
		for _, ref := range found.unseen {
			if !slices.Contains(look.Reported, ref) {
				look.Reported = append(look.Reported, ref)
			}
		}
	}
	return looks, nil
}

// peek reads the round that Poll would read, and says to which pairs it would be handed.
func (f *Feed) peek(ctx context.Context, pairs []journal.Pair) (remote.Round, []journal.Pair, error) {
	begin := func(to []journal.Pair) (remote.Round, []journal.Pair, error) {
		round, err := f.Source.Begin(ctx, kindsOf(to), f.Now().Add(-f.Back))
		return round, to, err
	}
	cursor, known, err := f.Store.Cursor(ctx, CursorScope(f.Connection))
	if err != nil {
		return remote.Round{}, nil, err
	}
	unseeded, err := f.unseeded(ctx, pairs)
	switch {
	case err != nil:
		return remote.Round{}, nil, err
	case !known, !slices.ContainsFunc(pairs, func(p journal.Pair) bool { return !p.Full }):
		return begin(pairs)
	case len(unseeded) > 0:
		return begin(unseeded)
	}
	round, err := f.Source.Poll(ctx, kindsOf(pairs), cursor.Token)
	if remote.KindOf(err) == remote.CursorDead && err != nil {
		return begin(pairs)
	}
	return round, pairs, err
}
