package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/db"
)

// settleEntry tells the outcome of the entry that was committed with an intent. An intent without entry has nothing to tell.
func settleEntry(f journal.SettleEntry) write {
	row := db.SettleEntryParams{
		At: stamp(f.At), Event: string(f.Event), Reason: f.Reason, Op: f.Op,
		Raynet: refText(f.Raynet), Outlook: refText(f.Outlook),
	}
	return func(ctx context.Context, t *txn) error {
		_, err := t.queries.SettleEntry(ctx, row)
		return err
	}
}

// freeze says until when a link rests; one that is gone rests for ever.
func (t *txn) freeze(ctx context.Context, f journal.Freeze) error {
	row, err := t.queries.Link(ctx, f.LinkID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	link, err := linkOf(row)
	if err != nil {
		return err
	}
	link.FrozenUntil = f.Until
	put, err := putLink(link)
	if err != nil {
		return err
	}
	return put(ctx, t)
}

// reportWork notes what a feed reported beside whatever waits for the thing already.
func reportWork(f journal.ReportWork, now time.Time) write {
	row := db.ReportWorkParams{Pair: f.Pair, Ref: f.Ref.String(), Since: stamp(orNow(f.At, now))}
	return func(ctx context.Context, t *txn) error {
		t.generation++
		row.Generation = t.generation
		return t.queries.ReportWork(ctx, row)
	}
}

// suspect asks for proof of a removal; proof that is being gathered goes on as it is.
func suspect(f journal.Suspect, now time.Time) write {
	row := db.SuspectParams{Pair: f.Pair, Ref: f.Ref.String(), Since: stamp(orNow(f.At, now))}
	return func(ctx context.Context, t *txn) error {
		t.generation++
		row.Generation = t.generation
		return t.queries.Suspect(ctx, row)
	}
}

// LinksAfter pages through the live links of a pair in the order of their ids; after is the last id of the page before.
func (s *Store) LinksAfter(ctx context.Context, pair int64, after string, limit int) ([]journal.Link, error) {
	return linksOf(s.reads.LinksAfter(ctx, pair, after, bounded(limit)))
}

// AsidesByRule pages through what a rule leaves out, in the order of the refs; after is the last ref of the page before.
func (s *Store) AsidesByRule(ctx context.Context, pair int64, rule remote.Rule, after remote.Ref, limit int) ([]journal.Aside, error) {
	return asidesOf(s.reads.AsidesByRule(ctx, db.AsidesByRuleParams{Pair: pair, Rule: string(rule), After: after.String(), MaxRows: bounded(limit)}))
}
