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

// write is one fact, encoded and sealed, ready to be written. It may run more than once if the transaction is tried again.
type write func(ctx context.Context, t *txn) error

// prepare encodes a fact outside of the transaction, so that callers do that side by side.
func (s *Store) prepare(fact journal.Fact, now time.Time) (write, error) {
	switch f := fact.(type) {
	case journal.PutLink:
		return putLink(f.Link)
	case journal.DropLink:
		return func(ctx context.Context, t *txn) error { return t.dropLink(ctx, f.ID) }, nil
	case journal.OpenIntent:
		return s.openIntent(f.Intent)
	case journal.TouchIntent:
		return touchIntent(f), nil
	case journal.CloseIntent:
		return func(ctx context.Context, t *txn) error {
			rows, err := t.queries.CloseIntent(ctx, f.Op)
			return one(rows, err, "intent "+f.Op)
		}, nil
	case journal.AddEntry:
		return s.addEntry(f.Entry, now)
	case journal.SettleEntry:
		return settleEntry(f), nil
	case journal.Freeze:
		return func(ctx context.Context, t *txn) error { return t.freeze(ctx, f) }, nil
	case journal.ReportWork:
		return reportWork(f, now), nil
	case journal.Suspect:
		return suspect(f, now), nil
	case journal.PutWork:
		return putWork(f.Work, now), nil
	case journal.DoneWork:
		return func(ctx context.Context, t *txn) error {
			_, err := t.queries.DoneWork(ctx, f.Pair, f.Ref.String(), f.Generation)
			return err
		}, nil
	case journal.PutAside:
		return putAside(f.Aside, now), nil
	case journal.DropAside:
		return func(ctx context.Context, t *txn) error {
			_, err := t.queries.DropAside(ctx, f.Pair, f.Ref.String())
			return err
		}, nil
	case journal.PutCursor:
		return s.putCursor(f.Cursor, now)
	case journal.PutPairState:
		return func(ctx context.Context, t *txn) error {
			rows, err := t.queries.PutPairState(ctx, db.PutPairStateParams{
				ID: f.Pair, State: string(f.State), Reason: f.Reason, Detail: f.Detail, Since: stamp(now),
			})
			return one(rows, err, fmt.Sprintf("pair %d", f.Pair))
		}, nil
	case journal.PutContainer:
		return func(ctx context.Context, t *txn) error {
			rows, err := t.queries.PutContainer(ctx, f.Container, f.Pair)
			return one(rows, err, fmt.Sprintf("pair %d", f.Pair))
		}, nil
	case journal.EraseValues:
		if f.LinkID == "" {
			return nil, errors.New("erase values: no link named")
		}
		return func(ctx context.Context, t *txn) error { return t.eraseValues(ctx, f) }, nil
	}
	return nil, fmt.Errorf("unknown fact %T", fact)
}

// one turns "no row was changed" into ErrNotFound.
func one(rows int64, err error, what string) error {
	if err == nil && rows == 0 {
		return fmt.Errorf("%s: %w", what, ErrNotFound)
	}
	return err
}

func putLink(l journal.Link) (write, error) {
	row, err := linkRow(l)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, t *txn) error {
		before, err := t.queries.LinkState(ctx, row.ID)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			t.tally[tallyKey{row.Pair, row.State}]++
		case err != nil:
			return err
		case before.Pair != row.Pair:
			return fmt.Errorf("link %s belongs to pair %d and cannot move to pair %d: %w", row.ID, before.Pair, row.Pair, ErrTaken)
		case before.State != row.State:
			t.tally[tallyKey{row.Pair, before.State}]--
			t.tally[tallyKey{row.Pair, row.State}]++
		}
		err = t.queries.PutLink(ctx, row)
		if isUnique(err) {
			return fmt.Errorf("link %s of %s and %s: %w: %w", row.ID, l.Raynet.Ref, l.Outlook.Ref, ErrTaken, err)
		}
		return err
	}, nil
}

func (t *txn) dropLink(ctx context.Context, id string) error {
	before, err := t.queries.LinkState(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	t.tally[tallyKey{before.Pair, before.State}]--
	_, err = t.queries.DropLink(ctx, id)
	return err
}

func (s *Store) openIntent(in journal.Intent) (write, error) {
	if in.Op == "" {
		return nil, errors.New("an intent needs an op id")
	}
	body, err := s.intentBody(in)
	if err != nil {
		return nil, err
	}
	row := db.OpenIntentParams{
		Op: in.Op, Pair: in.Pair, Link: in.Link.ID, Target: intentTarget(in), Key: text(in.Request.Key),
		Tries: int64(in.Tries), LastSent: stamp(in.LastSent), NotBefore: stamp(in.NotBefore), SealedBody: body,
	}
	return func(ctx context.Context, t *txn) error {
		rows, err := t.queries.OpenIntent(ctx, row)
		if isUnique(err) {
			return fmt.Errorf("open intent %s on %s: %w: %w", in.Op, in.Request.Ref, ErrBusy, err)
		}
		return one(rows, err, fmt.Sprintf("pair %d", in.Pair))
	}, nil
}

func touchIntent(f journal.TouchIntent) write {
	row := db.TouchIntentParams{
		Op: f.Op, Tries: int64(f.Tries), LastSent: stamp(f.LastSent), NotBefore: stamp(f.NotBefore),
	}
	return func(ctx context.Context, t *txn) error {
		rows, err := t.queries.TouchIntent(ctx, row)
		return one(rows, err, "intent "+f.Op)
	}
}

func (s *Store) addEntry(e journal.Entry, now time.Time) (write, error) {
	e.At = orNow(e.At, now)
	row, err := s.entryRow(e)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, t *txn) error { return t.queries.AddEntry(ctx, row) }, nil
}

func putWork(w journal.Work, now time.Time) write {
	row := db.PutWorkParams{
		Pair: w.Pair, Ref: w.Ref.String(), Why: string(w.Why), Reason: w.Reason, Detail: w.Detail, Tries: int64(w.Tries),
		Since:   stamp(orNow(w.Since, now)),
		RetryAt: sql.NullInt64{Int64: stamp(w.RetryAt), Valid: w.Why != journal.WhyReview || !w.RetryAt.IsZero()},
	}
	return func(ctx context.Context, t *txn) error {
		t.generation++
		row.Generation = t.generation
		return t.queries.PutWork(ctx, row)
	}
}

func putAside(a journal.Aside, now time.Time) write {
	row := db.PutAsideParams{
		Pair: a.Pair, Ref: a.Ref.String(), Rule: string(a.Rule), Version: string(a.Version), Since: stamp(orNow(a.Since, now)),
		Span: string(a.Span.Value()), Series: a.Group, NaturalKey: text(string(a.Natural)), Twin: text(string(a.Twin)),
		Source: text(string(a.Source)),
	}
	return func(ctx context.Context, t *txn) error { return t.queries.PutAside(ctx, row) }
}

func (s *Store) putCursor(c journal.Cursor, now time.Time) (write, error) {
	token, err := s.vault.Seal([]byte(c.Token), boundCursor(c.Scope))
	if err != nil {
		return nil, err
	}
	row := db.PutCursorParams{
		Scope: c.Scope, SealedToken: token, At: stamp(orNow(c.At, now)), WindowFrom: stamp(c.From), WindowTill: stamp(c.Till),
		Since: stamp(c.Since), Complete: flag(c.Complete),
	}
	return func(ctx context.Context, t *txn) error { return t.queries.PutCursor(ctx, row) }, nil
}

// eraseValues removes what people wrote from the journal and from the open intents of a link. An intent keeps its target, its
// key and its digests, so that it can still be looked up and settled; without its bytes it can never be sent again.
func (t *txn) eraseValues(ctx context.Context, f journal.EraseValues) error {
	if err := t.queries.EraseEntries(ctx, f.LinkID, f.Pair); err != nil {
		return err
	}
	rows, err := t.queries.IntentsOfLink(ctx, f.LinkID, f.Pair)
	if err != nil {
		return err
	}
	for _, row := range rows {
		in, err := t.store.intentOf(row)
		if err != nil {
			return err
		}
		in.Request.Body, in.Request.Shows, in.Follow = "", nil, nil
		in.Entry.Author, in.Entry.Changes = "", nil
		body, err := t.store.intentBody(in)
		if err != nil {
			return err
		}
		if err := t.queries.ReplaceIntentBody(ctx, body, row.Op); err != nil {
			return err
		}
	}
	return nil
}
