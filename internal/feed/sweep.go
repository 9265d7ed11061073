package feed

import (
	"context"
	"slices"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/remote"
)

// A poll tells of what was written. Of what was deleted it cannot tell, nor of what came into our account's sight without having been
// written since: both are told by the list of everything that is there.

// Sweep lists RAYNET's ids completely. It asks for proof about every live link whose record is missing, and for a look at every
// record that came into sight: rights may have been given back, and nothing else would ever tell. What is listed is suspected no more:
// it is looked at as if nothing had been proven. It returns how many are missing. Nothing is concluded here.
func (f *Feed) Sweep(ctx context.Context, fence journal.Fence, pairs []journal.Pair) (int, error) {
	now := f.Now()
	listed, err := f.listIDs(ctx, pairs, now)
	if err != nil {
		return 0, err
	}
	var facts []journal.Fact
	suspected := 0
	for _, pair := range pairs {
		found, err := f.compare(ctx, pair, listed)
		if err != nil {
			return 0, err
		}
		for _, ref := range found.missing {
			facts = append(facts, journal.Suspect{Pair: pair.ID, Ref: ref, At: now})
		}
		for _, ref := range found.unseen {
			facts = append(facts, journal.ReportWork{Pair: pair.ID, Ref: ref, At: now})
		}
		for _, work := range found.cleared {
			facts = append(facts, journal.DoneWork{Pair: pair.ID, Ref: work.Ref, Generation: work.Generation},
				journal.ReportWork{Pair: pair.ID, Ref: work.Ref, At: now.Add(engine.AfterSweep)})
		}
		suspected += len(found.missing)
	}
	for part := range slices.Chunk(facts, commitFacts) {
		if err := f.Store.Commit(ctx, fence, part...); err != nil {
			return 0, err
		}
	}
	mark := journal.PutCursor{Cursor: journal.Cursor{Scope: engine.SweepScope(f.Connection), At: now, Since: now, Complete: true}}
	return suspected, f.Store.Commit(ctx, fence, mark)
}

// overlap is by how much longer ago than the last sweep a record may have been written that counts as written since: RAYNET tells the
// minute, and what is written while a list is read may not be on it.
const overlap = 3 * time.Minute

// listing is a complete list of RAYNET's ids.
type listing struct {
	from time.Time // what ended before is not on it
	rows map[remote.Ref]remote.Listed
	// concerned are the records of each pair's person, in the order of the list. A pair that is yet to be given the complete listing
	// has none: that tells it everything.
	concerned map[int64][]remote.Ref
	// since is when the list before this one was made, zero if there was none: then a pair's complete listing is taken for it.
	since time.Time
}

// listIDs lists RAYNET's ids completely.
func (f *Feed) listIDs(ctx context.Context, pairs []journal.Pair, now time.Time) (listing, error) {
	l := listing{from: now.Add(-f.Back), rows: map[remote.Ref]remote.Listed{}, concerned: map[int64][]remote.Ref{}}
	rows, err := f.Source.Sweep(ctx, kindsOf(pairs), l.from)
	if err != nil {
		return l, err
	}
	last, _, err := f.Store.Cursor(ctx, engine.SweepScope(f.Connection))
	if err != nil {
		return l, err
	}
	l.since = last.At
	byPerson, err := f.persons(ctx, pairs)
	if err != nil {
		return l, err
	}
	for _, row := range rows {
		l.rows[row.Ref] = row
		told := map[int64]bool{}
		for _, person := range row.People {
			for _, pair := range byPerson[person] {
				if pair.Kind == row.Kind && !told[pair.ID] {
					told[pair.ID] = true
					l.concerned[pair.ID] = append(l.concerned[pair.ID], row.Ref)
				}
			}
		}
	}
	return l, nil
}

// persons lists the pairs by whose records concern them, but for those that are yet to be given the complete listing.
func (f *Feed) persons(ctx context.Context, pairs []journal.Pair) (map[string][]journal.Pair, error) {
	newcomers, err := f.unseeded(ctx, pairs)
	awaits := map[int64]bool{}
	for _, pair := range newcomers {
		awaits[pair.ID] = true
	}
	out := map[string][]journal.Pair{}
	for _, pair := range pairs {
		if !awaits[pair.ID] {
			out[pair.Person] = append(out[pair.Person], pair)
			out[remote.Everybody] = append(out[remote.Everybody], pair)
		}
	}
	return out, err
}

// differences are between a list of ids and what a pair remembers.
type differences struct {
	missing []remote.Ref   // records of live links that the list should have
	unseen  []remote.Ref   // records on the list that the pair has not looked at since they came into sight
	cleared []journal.Work // suspicions about records that the list has: what proof there was is none
}

// compare holds a list of ids against what a pair remembers.
func (f *Feed) compare(ctx context.Context, pair journal.Pair, l listing) (differences, error) {
	var found differences
	if l.since.IsZero() {
		seeded, _, err := f.Store.Cursor(ctx, seedScope(pair.ID))
		if err != nil {
			return found, err
		}
		l.since = seeded.At
	}
	live := map[remote.Ref]bool{}
	for after := ""; ; {
		links, err := f.Store.LinksAfter(ctx, pair.ID, after, 1000)
		if err != nil {
			return found, err
		}
		if len(links) == 0 {
			break
		}
		for _, link := range links {
			after = link.ID
			ref := link.Raynet.Ref
			row, listed := l.rows[ref]
			live[ref] = true
			switch {
			case listed && l.written(row, link.Raynet.Version):
				found.unseen = append(found.unseen, ref)
			case !listed && !ref.IsZero() && (link.Span.IsZero() || link.Span.Overlaps(l.from, farFuture)):
				found.missing = append(found.missing, ref)
			}
		}
	}
	for _, ref := range l.concerned[pair.ID] {
		if live[ref] {
			continue
		}
		known, err := f.knows(ctx, pair, ref)
		if err != nil {
			return found, err
		}
		if !known || l.written(l.rows[ref], "") {
			found.unseen = append(found.unseen, ref)
		}
	}
	var err error
	if found.unseen, err = f.idle(ctx, pair, found.unseen); err != nil {
		return found, err
	}
	found.cleared, err = f.suspects(ctx, pair, l)
	return found, err
}

// suspects lists the suspicions of a pair about records that are listed.
func (f *Feed) suspects(ctx context.Context, pair journal.Pair, l listing) ([]journal.Work, error) {
	var out []journal.Work
	for after := (remote.Ref{}); ; {
		works, err := f.Store.WorkInState(ctx, pair.ID, journal.WhyAbsent, after, 1000)
		if err != nil || len(works) == 0 {
			return out, err
		}
		for _, work := range works {
			after = work.Ref
			if _, listed := l.rows[work.Ref]; listed {
				out = append(out, work)
			}
		}
	}
}

// written reports whether a record was written since the list before, in another version than is known. It may have been out of
// sight at that moment, and then no poll told of it. Longer ago it was either seen, or missing from the list before.
func (l listing) written(row remote.Listed, known remote.Version) bool {
	return !l.since.IsZero() && row.Modified.After(l.since.Add(-overlap)) && (known == "" || row.Version == "" || row.Version != known)
}

// knows reports whether a pair remembers why a record is not linked. That it could not be seen is no reason any more.
func (f *Feed) knows(ctx context.Context, pair journal.Pair, ref remote.Ref) (bool, error) {
	links, err := f.Store.LinksOfRef(ctx, f.Connection, ref)
	if err != nil {
		return false, err
	}
	for _, link := range links {
		if link.Pair == pair.ID {
			return link.State != journal.Released || link.Reason != plan.NotVisible, nil
		}
	}
	asides, err := f.Store.AsidesOfRef(ctx, ref)
	return slices.ContainsFunc(asides, func(a journal.Aside) bool { return a.Pair == pair.ID }), err
}

// idle leaves out what the pair has work about: that is looked at when its time comes.
func (f *Feed) idle(ctx context.Context, pair journal.Pair, refs []remote.Ref) ([]remote.Ref, error) {
	var out []remote.Ref
	for _, ref := range refs {
		work, err := f.Store.WorkOf(ctx, ref)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(work, func(w journal.Work) bool { return w.Pair == pair.ID }) {
			out = append(out, ref)
		}
	}
	return out, nil
}

// farFuture is after everything people plan.
var farFuture = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
