package feed_test

import (
	"slices"
	"testing"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// listed is a line of the list of ids, written long ago.
func listed(n int, people ...string) remote.Listed {
	return remote.Listed{Ref: storetest.RaynetRef(n), Kind: record.Calendar, Version: "7", People: people, Modified: storetest.Now().AddDate(0, -1, 0)}
}

func TestSweepSuspectsWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	there, missing, old, released := storetest.Link(b.jana.ID, 1), storetest.Link(b.jana.ID, 2), storetest.Link(b.jana.ID, 3), storetest.Link(b.jana.ID, 4)
	past := b.now.AddDate(0, -3, 0)
	old.Span = record.Between(past, past.Add(time.Hour))
	released.State = journal.Released
	for _, link := range []journal.Link{there, missing, old, released} {
		storetest.Commit(t, b.store, journal.PutLink{Link: link})
	}
	b.source.swept = []remote.Listed{listed(1)}
	suspected, err := b.feed.Sweep(t.Context(), storetest.Admin(), b.pairs())
	if err != nil || suspected != 1 {
		t.Fatalf("Sweep = %d, %v, want 1 suspect", suspected, err)
	}
	works, err := b.store.Work(t.Context(), b.jana.ID, b.now, 0)
	if err != nil || len(works) != 1 || works[0].Ref != two || works[0].Why != journal.WhyAbsent || works[0].Tries != 0 {
		t.Errorf("work = %+v, %v, want a suspicion about %s and no proof", works, err, two)
	}
	sweep, ok, err := b.store.Cursor(t.Context(), engine.SweepScope(storetest.Connection))
	if err != nil || !ok || !sweep.At.Equal(b.now) {
		t.Errorf("sweep noted at %v, %v, %v, want %v", sweep.At, ok, err, b.now)
	}
}

func TestAFailedSweepSuspectsNobody(t *testing.T) {
	t.Parallel()
	b := setup(t)
	storetest.Commit(t, b.store, journal.PutLink{Link: storetest.Link(b.jana.ID, 1)})
	b.source.err = &remote.Error{Kind: remote.Throttled, Side: record.Raynet, Doing: "sweep"}
	if _, err := b.feed.Sweep(t.Context(), storetest.Admin(), b.pairs()); remote.KindOf(err) != remote.Throttled {
		t.Errorf("Sweep: %v, want throttled", err)
	}
	same(t, "work of Jana", b.work(t, b.jana), nil)
	if _, ok, _ := b.store.Cursor(t.Context(), engine.SweepScope(storetest.Connection)); ok {
		t.Error("a sweep was noted that was not complete")
	}
}

// sweeps sweeps RAYNET's ids and returns what waits for Jana afterwards, as work that was reported.
func (b *bundle) sweeps(t *testing.T, rows ...remote.Listed) []remote.Ref {
	t.Helper()
	b.source.swept = rows
	before := b.work(t, b.jana)
	if suspected, err := b.feed.Sweep(t.Context(), storetest.Admin(), b.pairs()); err != nil || suspected != 0 {
		t.Fatalf("Sweep = %d, %v, want no suspect", suspected, err)
	}
	var added []remote.Ref
	for _, ref := range b.work(t, b.jana) {
		if !slices.Contains(before, ref) {
			added = append(added, ref)
		}
	}
	return added
}

// What came into sight without having been written is told by no poll.
func TestSweepLooksAtWhatNobodyKnows(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rows := []remote.Listed{listed(1, "101"), listed(2, "555"), listed(3, remote.Everybody), {Ref: storetest.RaynetRef(4), Kind: record.Contacts, People: []string{"101"}}}
	same(t, "before the complete listing", b.sweeps(t, rows...), nil)
	b.poll(t, b.pairs()...)
	same(t, "what concerns Jana", b.sweeps(t, rows...), []remote.Ref{one, three})
	same(t, "once more", b.sweeps(t, rows...), nil)
	same(t, "what concerns Petr", b.work(t, b.petr), []remote.Ref{three})
}

// What the pair knows is looked at again only if it cannot have been seen as it is.
func TestSweepLeavesAloneWhatIsKnown(t *testing.T) {
	t.Parallel()
	recently := storetest.Now().Add(50 * time.Minute)
	written := func(row remote.Listed, version remote.Version) remote.Listed {
		row.Version, row.Modified = version, recently
		return row
	}
	for _, test := range []struct {
		name string
		know func(link *journal.Link) journal.Fact
		row  remote.Listed
		want bool
	}{
		{"linked", func(l *journal.Link) journal.Fact { return journal.PutLink{Link: *l} }, listed(1), false},
		{"linked, and written since", func(l *journal.Link) journal.Fact { return journal.PutLink{Link: *l} }, written(listed(1), "8"), true},
		{"linked, and seen since", func(l *journal.Link) journal.Fact { return journal.PutLink{Link: *l} }, written(listed(1), "3"), false},
		{"linked, and no version is told", func(l *journal.Link) journal.Fact { return journal.PutLink{Link: *l} }, written(listed(1), ""), true},
		{"deleted in Outlook", func(l *journal.Link) journal.Fact {
			l.State, l.Reason = journal.Hidden, "deleted-in-outlook"
			return journal.PutLink{Link: *l}
		}, listed(1, "101"), false},
		{"released", func(l *journal.Link) journal.Fact {
			l.State, l.Reason = journal.Released, "owner-changed"
			return journal.PutLink{Link: *l}
		}, listed(1, "101"), false},
		{"out of sight until now", func(l *journal.Link) journal.Fact {
			l.State, l.Reason = journal.Released, plan.NotVisible
			return journal.PutLink{Link: *l}
		}, listed(1, "101"), true},
		{"left out", func(l *journal.Link) journal.Fact {
			return journal.PutAside{Aside: journal.Aside{Pair: l.Pair, Ref: l.Raynet.Ref, Rule: plan.RuleWindow, Since: l.Since}}
		}, listed(1, "101"), false},
		{"left out, and written since", func(l *journal.Link) journal.Fact {
			return journal.PutAside{Aside: journal.Aside{Pair: l.Pair, Ref: l.Raynet.Ref, Rule: plan.RuleWindow, Since: l.Since}}
		}, written(listed(1, "101"), "8"), true},
		{"parked", func(l *journal.Link) journal.Fact {
			return journal.PutWork{Work: journal.Work{Pair: l.Pair, Ref: l.Raynet.Ref, Why: journal.WhyParked, RetryAt: recently.AddDate(0, 0, 1)}}
		}, listed(1, "101"), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.poll(t, b.pairs()...)
			same(t, "in an empty world", b.sweeps(t), nil)
			link := storetest.Link(b.jana.ID, 1)
			storetest.Commit(t, b.store, test.know(&link))
			b.now = b.now.Add(time.Hour)
			var want []remote.Ref
			if test.want {
				want = []remote.Ref{one}
			}
			b.source.swept = []remote.Listed{test.row}
			looks, err := b.feed.Look(t.Context(), []journal.Pair{b.jana}, true)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "a dry look", looks[b.jana.ID].Reported, want)
			same(t, "reported", b.sweeps(t, test.row), want)
		})
	}
}

// The first list of ids finds what was written since the complete listing. It may have been out of sight when polls would have told of it.
func TestTheFirstSweepFindsWhatWasWrittenSinceTheBeginning(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	link, before := storetest.Link(b.jana.ID, 1), storetest.Link(b.jana.ID, 2)
	storetest.Commit(t, b.store, journal.PutLink{Link: link})
	storetest.Commit(t, b.store, journal.PutLink{Link: before})
	written, old := listed(1, "101"), listed(2, "101")
	written.Version, written.Modified = "8", b.now.Add(time.Minute)
	old.Version, old.Modified = "8", b.now.Add(-time.Hour)
	b.now = b.now.Add(time.Hour)
	same(t, "written since", b.sweeps(t, written, old), []remote.Ref{one})
}

// A record that is listed is suspected no more, whatever was proven: it is looked at anew, and that list proves nothing about it.
func TestSweepClearsWhatIsListed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	storetest.Commit(t, b.store, journal.PutLink{Link: storetest.Link(b.jana.ID, 1)}, journal.PutLink{Link: storetest.Link(b.jana.ID, 2)})
	for _, ref := range []remote.Ref{one, two} {
		storetest.Commit(t, b.store, journal.PutWork{Work: journal.Work{
			Pair: b.jana.ID, Ref: ref, Why: journal.WhyAbsent, Reason: "deleted-in-raynet", Tries: 1, Since: b.now, RetryAt: b.now.Add(time.Minute),
		}})
	}
	b.now = b.now.Add(time.Hour)
	b.source.swept = []remote.Listed{listed(1)}
	looks, err := b.feed.Look(t.Context(), []journal.Pair{b.jana}, true)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "cleared in a dry look", looks[b.jana.ID].Cleared, []remote.Ref{one})
	if _, err := b.feed.Sweep(t.Context(), storetest.Admin(), b.pairs()); err != nil {
		t.Fatal(err)
	}
	works, err := b.store.WorkAt(t.Context(), b.jana.ID, []remote.Ref{one, two})
	if err != nil || len(works) != 2 {
		t.Fatalf("work %+v, %v; want some about both", works, err)
	}
	if w := works[0]; w.Why != journal.WhyChanged || w.Tries != 0 || !w.Since.After(b.now) {
		t.Errorf("work about what is listed: %+v; want a look of which this sweep proves nothing", w)
	}
	if w := works[1]; w.Why != journal.WhyAbsent || w.Tries != 1 {
		t.Errorf("work about what is not listed: %+v; want the proof as it was", w)
	}
}
