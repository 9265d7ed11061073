package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// rows are what the connection's feed keeps.
type rows map[remote.Ref]remote.Snapshot

func (r rows) Row(ref remote.Ref, _ string, _ time.Time) (remote.Snapshot, bool) {
	row, ok := r[ref]
	return row, ok
}

// joined is the n-th link, whose sides both showed the subject, and do.
func (b *bundle) joined(n int, subject string) journal.Link {
	b.feed.round.Full = false
	link := storetest.Link(b.pair.ID, n)
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		half := link.Half(side)
		half.Shown = b.engine.Digester.Fields(b.snapshot(link, side, half.Version, subject).Fields)
		b.shows(link, side, half.Version, subject)
	}
	return link
}

func (b *bundle) snapshot(link journal.Link, side record.Side, version remote.Version, subject string) remote.Snapshot {
	return remote.Snapshot{
		Ref: link.Half(side).Ref, Kind: record.Calendar, Version: version, Span: link.Span, Offered: true, People: []string{b.pair.Person},
		Fields: record.Fields{record.EventSubject: record.Value(subject), record.EventTime: link.Span.Value()},
	}
}

// shows makes a side of the link show a subject.
func (b *bundle) shows(link journal.Link, side record.Side, version remote.Version, subject string) {
	service := b.outlook
	if side == record.Raynet {
		service = b.raynet
	}
	service.things[link.Half(side).Ref] = b.snapshot(link, side, version, subject)
}

// A poll read a record just before this pair wrote to it, and reports it just after: what it read is not news.
func TestARowOlderThanOurWriteIsReadAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := b.joined(1, "Nová")
	link.Raynet.Version = "7"
	b.shows(link, record.Raynet, "7", "Nová")
	b.engine.Rows = rows{link.Raynet.Ref: b.snapshot(link, record.Raynet, "6", "Stará")}
	storetest.Commit(t, b.store, journal.PutLink{Link: link},
		journal.ReportWork{Pair: b.pair.ID, Ref: link.Raynet.Ref, At: storetest.Now()})
	b.run(t, false)
	if len(b.outlook.sent)+len(b.raynet.sent) > 0 {
		t.Errorf("an old row was carried: %+v %+v", b.outlook.sent, b.raynet.sent)
	}
	work, err := b.store.Work(t.Context(), b.pair.ID, storetest.Now().Add(time.Hour), 0)
	if err != nil || len(work) > 0 {
		t.Errorf("work is left: %+v, %v", work, err)
	}
}

// A record was out of sight while its event was edited, so that edit was put off. A list of ids has the record again, and the poll after
// it reports it, unchanged: its event is looked at all the same.
func TestWhatWaitedBeforeItWasReportedIsReadOnBothSides(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := b.joined(1, "Porada")
	b.engine.Rows = rows{link.Raynet.Ref: b.raynet.things[link.Raynet.Ref]}
	b.shows(link, record.Outlook, "e2", "Oslava")
	storetest.Commit(t, b.store, journal.PutLink{Link: link},
		journal.ReportWork{Pair: b.pair.ID, Ref: link.Raynet.Ref, At: storetest.Now().Add(-time.Minute)},
		journal.ReportWork{Pair: b.pair.ID, Ref: link.Raynet.Ref, At: storetest.Now()})
	b.run(t, false)
	if len(b.raynet.sent) != 1 {
		t.Errorf("RAYNET was sent %+v, want the edit", b.raynet.sent)
	}
}

// People changed both sides of several records. What the poll saw of RAYNET a while ago is read again before it is written over:
// all of a portion together, not one by one.
func TestWhatChangedOnBothSidesIsReadTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	polled := rows{}
	b.engine.Rows = polled
	for n := range 3 {
		link := b.joined(n+1, "Porada")
		b.shows(link, record.Outlook, "e2", "Oslava")
		b.feed.round.Changed = append(b.feed.round.Changed, b.outlook.things[link.Outlook.Ref])
		changed := b.snapshot(link, record.Raynet, "8", "Porada")
		changed.Fields[record.EventPlace], changed.At = "Brno", storetest.Now().Add(-time.Second)
		b.raynet.things[link.Raynet.Ref], polled[link.Raynet.Ref] = changed, changed
		storetest.Commit(t, b.store, journal.PutLink{Link: link},
			journal.ReportWork{Pair: b.pair.ID, Ref: link.Raynet.Ref, At: storetest.Now()})
	}
	b.run(t, false)
	if len(b.raynet.sent) != 3 || len(b.outlook.sent) != 3 {
		t.Errorf("sent %d to RAYNET and %d to Outlook, want 3 and 3", len(b.raynet.sent), len(b.outlook.sent))
	}
	if diff := cmp.Diff([]int{3}, b.raynet.read); diff != "" {
		t.Errorf("reads of RAYNET (-want +got):\n%s", diff)
	}
}

// A mailbox reports an event of which it could not tell more than that it is there: the event is read, and never taken for one
// whose user took its category away.
func TestAReportThatTellsNothingIsRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := b.joined(1, "Porada")
	link.Origin = record.Outlook
	storetest.Commit(t, b.store, journal.PutLink{Link: link})
	b.shows(link, record.Outlook, "e2", "Oslava")
	b.feed.round.Changed = []remote.Snapshot{{Ref: link.Outlook.Ref, Kind: record.Calendar, Partial: true}}
	b.run(t, false)
	links, err := b.store.Links(t.Context(), b.pair.ID, []remote.Ref{link.Outlook.Ref})
	if err != nil || len(links) != 1 || links[0].State != journal.Linked {
		t.Errorf("links %+v, %v; want one that is linked", links, err)
	}
	if len(b.raynet.sent) != 1 {
		t.Errorf("RAYNET was sent %+v, want the edit", b.raynet.sent)
	}
}

// A series lost its category, and its dates were released. Then it turned private: no date is told of, and what was made of them is
// emptied all the same.
func TestASeriesThatTurnsPrivateEmptiesItsReleasedDates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	link := b.joined(1, "Porada")
	link.Origin, link.Group, link.State, link.Reason = record.Outlook, "series", journal.Released, plan.LeftFilter
	storetest.Commit(t, b.store, journal.PutLink{Link: link})
	hidden := func(ref remote.Ref) remote.Snapshot {
		return remote.Snapshot{Ref: ref, Kind: record.Calendar, Rule: remote.RulePrivate}
	}
	b.outlook.things[link.Outlook.Ref] = hidden(link.Outlook.Ref)
	b.feed.round.Changed = []remote.Snapshot{hidden(remote.Ref{Side: record.Outlook, Type: "event", ID: "series"})}
	b.feed.round.Groups = []remote.Group{{ID: "series"}}
	b.run(t, false)
	if len(b.raynet.sent) != 1 {
		t.Errorf("RAYNET was sent %+v, want the redaction", b.raynet.sent)
	}
}

// A record is gone, and the only other one that could show whether we still see anything cannot be read now: nothing is
// concluded, neither that it was deleted nor that we lost our sight.
func TestAWitnessThatCannotTellProvesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gone, witness := b.joined(1, "Porada"), b.joined(2, "Oběd")
	delete(b.raynet.things, gone.Raynet.Ref)
	b.engine.Raynet = dumb{service: b.raynet, about: witness.Raynet.Ref}
	b.engine.Access = steady{}
	now := storetest.Now()
	storetest.Commit(t, b.store, journal.PutLink{Link: gone}, journal.PutLink{Link: witness},
		journal.PutCursor{Cursor: journal.Cursor{Scope: engine.SweepScope(b.pair.Connection), At: now}},
		journal.PutWork{Work: journal.Work{Pair: b.pair.ID, Ref: gone.Raynet.Ref, Why: journal.WhyAbsent, Tries: 1,
			Since: now.Add(-time.Hour), RetryAt: now}})
	b.run(t, false)
	links, err := b.store.Links(t.Context(), b.pair.ID, []remote.Ref{gone.Raynet.Ref})
	if err != nil || len(links) != 1 || links[0].State != journal.Linked {
		t.Errorf("links %+v, %v; want one that is linked", links, err)
	}
	work, err := b.store.Work(t.Context(), b.pair.ID, now.Add(time.Hour), 0)
	if err != nil || len(work) != 1 || work[0].Why != journal.WhyAbsent {
		t.Errorf("work %+v, %v; want the proof to be gathered further", work, err)
	}
}

// dumb is a service that cannot tell about one thing.
type dumb struct {
	*service
	about remote.Ref
}

func (d dumb) Read(ctx context.Context, scope remote.Scope, refs []remote.Ref) ([]remote.Reading, error) {
	readings, err := d.service.Read(ctx, scope, refs)
	for i := range readings {
		if readings[i].Ref == d.about {
			readings[i] = remote.Reading{Ref: d.about, Presence: remote.Broken, Err: errors.New("an odd answer")}
		}
	}
	return readings, err
}

// steady is access that never changes.
type steady struct{}

func (steady) Unchanged(context.Context, bool) (bool, error) { return true, nil }

// Another pair's create landed and its answer was lost: until that pair knows its record, nobody takes it for one whose
// original is gone.
func TestARecordThatAnotherPairMakesIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.feed.round.Full = false
	other := storetest.Link(storetest.Pair(t, b.store, 2), 8)
	other.State, other.Raynet = journal.Making, journal.Half{}
	intent := storetest.Intent(other, "made")
	intent.Request = remote.Request{Side: record.Raynet, Kind: record.Calendar, Op: remote.Create, Body: "{}", Key: "ros-1"}
	intent.Follow = nil
	storetest.Commit(t, b.store, journal.OpenIntent{Intent: intent}, journal.PutLink{Link: other},
		journal.ReportWork{Pair: b.pair.ID, Ref: storetest.RaynetRef(1), At: storetest.Now()})
	made := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "1", "Porada")
	made.MadeByUs, made.Key = true, "ros-1"
	b.raynet.things[made.Ref] = made
	b.run(t, false)
	work, err := b.store.Work(t.Context(), b.pair.ID, storetest.Now().Add(time.Hour), 0)
	if err != nil || len(work) != 1 || work[0].Why != journal.WhyHeld {
		t.Errorf("work %+v, %v; want one that is held", work, err)
	}
	asides, err := b.store.Asides(t.Context(), b.pair.ID, []remote.Ref{made.Ref})
	if err != nil || len(asides) != 0 {
		t.Errorf("set aside: %+v, %v", asides, err)
	}
}
