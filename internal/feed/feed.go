// Package feed brings what changed in RAYNET to the pairs it concerns. RAYNET is read once per connection, never once per
// mailbox, because its daily budget is shared by everybody: one poll is handed out to every pair.
//
// What a poll reported becomes waiting work of each pair in the same transaction that moves the cursor, so a pair that is
// halted, slow or broken misses nothing and holds up nobody. The rows themselves are kept in memory for a while (Rows), since
// they may not lie on disk; a pair that comes too late for them reads again.
//
// It refuses to know what the records mean. Start reading at Feed.Poll; what no poll can tell is found by Feed.Sweep.
package feed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// Source is what the feed needs of the RAYNET client.
type Source interface {
	// Begin lists everything of the kinds that has no end or ends at or after from; the round is Full.
	Begin(ctx context.Context, kinds []record.Kind, from time.Time) (remote.Round, error)
	// Poll reads what changed of the kinds since the cursor, in as many requests as there are lists when nothing did. A kind that
	// the cursor does not know yet is read from where the others stand.
	Poll(ctx context.Context, kinds []record.Kind, cursor string) (remote.Round, error)
	// Sweep lists everything of the kinds that has no end or ends at or after from, completely or not at all, and asks for nothing more.
	Sweep(ctx context.Context, kinds []record.Kind, from time.Time) ([]remote.Listed, error)
}

// Store is what the feed needs of the durable memory.
type Store interface {
	Cursor(ctx context.Context, scope string) (cursor journal.Cursor, ok bool, err error)
	Commit(ctx context.Context, fence journal.Fence, facts ...journal.Fact) error
	Known
}

// Known is what pairs remember of records.
type Known interface {
	LinksOfRef(ctx context.Context, connection string, ref remote.Ref) ([]journal.Link, error)
	LinksAfter(ctx context.Context, pair int64, after string, limit int) ([]journal.Link, error)
	AsidesOfRef(ctx context.Context, ref remote.Ref) ([]journal.Aside, error)
	WorkOf(ctx context.Context, ref remote.Ref) ([]journal.Work, error)
	WorkInState(ctx context.Context, pair int64, why journal.Why, after remote.Ref, limit int) ([]journal.Work, error)
}

// Feed is the feed of one connection. It is used by one goroutine at a time (the holder of the connection's lease).
type Feed struct {
	Connection string
	Source     Source
	Store      Store
	Cache      *Cache
	Now        func() time.Time
	// Back is how far into the past records are looked at.
	Back time.Duration
	// Started is when the process began: its first poll is noted even if it brought nothing new.
	Started time.Time
}

// Report is what a poll did.
type Report struct {
	Changed int     // records reported
	Pairs   []int64 // pairs that have work now, ascending
	Full    bool    // everything was listed
}

// CursorScope names the cursor of a connection's RAYNET feed.
func CursorScope(connection string) string { return "raynet/" + connection }

// ErrUnread says that RAYNET has not been read since the process began. Until then no cycle writes anything: the database may be
// an old one that was brought back, and what was made since must be seen before anything is made again. What a person decides or
// takes back does not wait, because a command line that does only that reads no feed: it reads the things concerned as they are, and
// asks for what was made of them before it makes anything.
var ErrUnread = errors.New("RAYNET has not been read since the start")

// Ready returns ErrUnread until some process has read RAYNET since this one began.
func (f *Feed) Ready(ctx context.Context) error {
	cursor, known, err := f.Store.Cursor(ctx, CursorScope(f.Connection))
	if err == nil && (!known || cursor.At.Before(f.Started)) {
		err = ErrUnread
	}
	return err
}

// seedScope names the mark that a pair was given the complete listing; it is complete until somebody asks for another one.
func seedScope(pair int64) string { return fmt.Sprintf("seed/%d", pair) }

// commitFacts is how many facts go into one commit of a large listing.
const commitFacts = 5000

// Poll reads what changed and turns it into work of the pairs concerned. Pairs that were never given the complete listing, or are to be
// given it anew, get it now, and so does everybody when full is set.
func (f *Feed) Poll(ctx context.Context, fence journal.Fence, pairs []journal.Pair, full bool) (Report, error) {
	cursor, known, err := f.Store.Cursor(ctx, CursorScope(f.Connection))
	if err != nil {
		return Report{}, err
	}
	unseeded, err := f.unseeded(ctx, pairs)
	if err != nil {
		return Report{}, err
	}
	if !known || full || len(unseeded) > 0 {
		return f.list(ctx, fence, pairs, unseeded, known && !full)
	}
	round, err := f.Source.Poll(ctx, kindsOf(pairs), cursor.Token)
	if remote.KindOf(err) == remote.CursorDead && err != nil {
		return f.list(ctx, fence, pairs, pairs, false)
	}
	if err != nil {
		return Report{}, err
	}
	facts, report, err := f.work(ctx, round, pairs)
	if err != nil {
		return Report{}, err
	}
	if len(facts) == 0 && round.Cursor == cursor.Token && !cursor.At.Before(f.Started) {
		return report, nil
	}
	// One commit: of most records the next sweep would tell again, but nothing tells again of persons whose company was edited.
	facts = append(facts, f.cursor(round))
	return report, f.Store.Commit(ctx, fence, facts...)
}

// kindsOf lists the kinds of some pairs, each once, in their own order.
func kindsOf(pairs []journal.Pair) []record.Kind {
	var out []record.Kind
	for _, kind := range record.Kinds() {
		if slices.ContainsFunc(pairs, func(p journal.Pair) bool { return p.Kind == kind }) {
			out = append(out, kind)
		}
	}
	return out
}

// Anew lets the next poll give pairs the complete listing once more: what a setting lets in was not changed in RAYNET, and no poll would
// tell of it. It is noted without a lease, as a person's wish is.
func (f *Feed) Anew(ctx context.Context, pairs []journal.Pair) error {
	facts := make([]journal.Fact, 0, len(pairs))
	for _, pair := range pairs {
		facts = append(facts, journal.PutCursor{Cursor: journal.Cursor{Scope: seedScope(pair.ID), At: f.Now(), Since: f.Now()}})
	}
	return f.Store.Commit(ctx, journal.Fence{}, facts...)
}

// unseeded returns the pairs that were never given the complete listing, or are to be given it anew.
func (f *Feed) unseeded(ctx context.Context, pairs []journal.Pair) ([]journal.Pair, error) {
	var out []journal.Pair
	for _, pair := range pairs {
		seed, seeded, err := f.Store.Cursor(ctx, seedScope(pair.ID))
		if err != nil {
			return nil, err
		}
		if !seeded || !seed.Complete {
			out = append(out, pair)
		}
	}
	return out, nil
}

// list reads everything and hands it to the pairs in need of it. If the feed had a cursor it is kept: the listing is for
// newcomers, and what changed meanwhile comes with the next poll.
func (f *Feed) list(ctx context.Context, fence journal.Fence, pairs, unseeded []journal.Pair, keepCursor bool) (Report, error) {
	if !keepCursor {
		unseeded = pairs
	}
	now := f.Now()
	round, err := f.Source.Begin(ctx, kindsOf(unseeded), now.Add(-f.Back))
	if err != nil {
		return Report{}, err
	}
	facts, report, err := f.work(ctx, round, unseeded)
	if err != nil {
		return Report{}, err
	}
	report.Full = true
	for part := range slices.Chunk(facts, commitFacts) {
		if err := f.Store.Commit(ctx, fence, part...); err != nil {
			return Report{}, err
		}
	}
	var marks []journal.Fact
	if !keepCursor {
		marks = append(marks, f.cursor(round))
	}
	for _, pair := range unseeded {
		marks = append(marks, journal.PutCursor{Cursor: journal.Cursor{Scope: seedScope(pair.ID), At: now, Since: now, Complete: true}})
		if !slices.Contains(report.Pairs, pair.ID) {
			report.Pairs = append(report.Pairs, pair.ID) // its mailbox is read even if RAYNET has nothing for it
		}
	}
	slices.Sort(report.Pairs)
	return report, f.Store.Commit(ctx, fence, marks...)
}

func (f *Feed) cursor(round remote.Round) journal.Fact {
	now := f.Now()
	return journal.PutCursor{Cursor: journal.Cursor{Scope: CursorScope(f.Connection), Token: round.Cursor, At: now, Since: now, Complete: true}}
}

// work turns what was reported into work: for every pair whose user takes part in the record, and for every pair that has a
// link to it or has yet to look at it, so that a user who was taken off a record learns of it too.
func (f *Feed) work(ctx context.Context, round remote.Round, pairs []journal.Pair) ([]journal.Fact, Report, error) {
	report := Report{Changed: len(round.Changed)}
	f.Cache.turn()
	now := f.Now()
	var facts []journal.Fact
	touched := map[int64]bool{}
	err := f.hand(ctx, round, pairs, f.Cache, now, func(pair int64, ref remote.Ref) {
		touched[pair] = true
		facts = append(facts, journal.ReportWork{Pair: pair, Ref: ref, At: now})
	})
	if err == nil {
		facts, err = f.erase(ctx, round, facts)
	}
	for id := range touched {
		report.Pairs = append(report.Pairs, id)
	}
	slices.Sort(report.Pairs)
	return facts, report, err
}

// erase adds that what the journal tells of somebody is erased at once where RAYNET anonymised him: a pair whose mailbox is gone or
// which is halted would get to it late, or never.
func (f *Feed) erase(ctx context.Context, round remote.Round, facts []journal.Fact) ([]journal.Fact, error) {
	for _, snapshot := range round.Changed {
		if !snapshot.Erased {
			continue
		}
		links, err := f.Store.LinksOfRef(ctx, f.Connection, snapshot.Ref)
		if err != nil {
			return nil, err
		}
		for _, link := range links {
			facts = append(facts, journal.EraseValues{Pair: link.Pair, LinkID: link.ID})
		}
	}
	return facts, nil
}

// hand gives what was reported to the pairs that it concerns, and keeps the rows that somebody will look at.
func (f *Feed) hand(ctx context.Context, round remote.Round, pairs []journal.Pair, cache *Cache, now time.Time, give func(pair int64, ref remote.Ref)) error {
	byPerson := map[string][]journal.Pair{}
	wanted := map[int64]bool{}
	for _, pair := range pairs {
		for _, person := range []string{pair.Person, remote.Everybody} {
			byPerson[person] = append(byPerson[person], pair)
		}
		wanted[pair.ID] = true
	}
	for _, snapshot := range round.Changed {
		concerned, err := f.concerned(ctx, snapshot, byPerson, wanted)
		if err != nil {
			return err
		}
		for _, id := range concerned {
			give(id, snapshot.Ref)
		}
		if len(concerned) > 0 {
			cache.put(snapshot, now)
		}
	}
	return nil
}

// concerned returns the pairs that a record concerns, ascending.
func (f *Feed) concerned(ctx context.Context, snapshot remote.Snapshot, byPerson map[string][]journal.Pair, wanted map[int64]bool) ([]int64, error) {
	found := map[int64]bool{}
	for _, person := range snapshot.People {
		for _, pair := range byPerson[person] {
			if pair.Kind == snapshot.Kind {
				found[pair.ID] = true
			}
		}
	}
	links, err := f.Store.LinksOfRef(ctx, f.Connection, snapshot.Ref)
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		if wanted[link.Pair] {
			found[link.Pair] = true
		}
	}
	waiting, err := f.Store.WorkOf(ctx, snapshot.Ref)
	if err != nil {
		return nil, err
	}
	for _, work := range waiting { // it would judge the record by an older row
		if wanted[work.Pair] {
			found[work.Pair] = true
		}
	}
	out := make([]int64, 0, len(found))
	for id := range found {
		out = append(out, id)
	}
	slices.Sort(out)
	return out, nil
}

var _ engine.Rows = (*Cache)(nil)
