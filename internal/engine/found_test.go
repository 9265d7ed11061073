package engine_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// Our copy was listed without its mark, and a person removed it before the mark was read: it is not copied back as if it were new.
func TestACopyThatIsGoneIsNotTakenForNew(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.feed.round.Full = false
	b.event(1, nil)
	listed := &b.feed.round.Changed[0]
	listed.Key = "op"
	delete(b.outlook.things, listed.Ref)
	for _, step := range told(b.run(t, true)) {
		if strings.HasPrefix(step, "create") {
			t.Errorf("planned %q for what is gone", step)
		}
	}
}

// One meeting lies in two mailboxes. This one's create landed in RAYNET and its answer was lost; the other one found the record by its key
// and linked it. It is this one's record all the same: no second item is made of it.
func TestOurCreateIsOursThoughAnotherFoundItFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.feed.round.Full = false
	other := storetest.Link(storetest.Pair(t, b.store, 2), 8)
	other.Raynet.Ref = storetest.RaynetRef(1)
	making := storetest.Link(b.pair.ID, 1)
	making.State, making.Raynet = journal.Making, journal.Half{}
	intent := storetest.Intent(making, "made")
	intent.Request = remote.Request{Side: record.Raynet, Kind: record.Calendar, Op: remote.Create, Body: "{}", Key: "ros-1"}
	intent.Follow, intent.Source = nil, making.Outlook.Ref
	intent.FirstSent, intent.LastSent, intent.NotBefore = storetest.Now(), storetest.Now(), time.Time{}
	storetest.Commit(t, b.store, journal.PutLink{Link: other}, journal.PutLink{Link: making}, journal.OpenIntent{Intent: intent},
		journal.ReportWork{Pair: b.pair.ID, Ref: storetest.RaynetRef(1), At: storetest.Now()})
	made := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "0", "Porada")
	made.MadeByUs = true
	row := made
	made.Key = "ros-1"
	b.raynet.things[made.Ref] = made
	b.engine.Rows = rows{row.Ref: row}
	b.run(t, false)
	if len(b.outlook.sent) > 0 {
		t.Errorf("Outlook was sent %+v", b.outlook.sent)
	}
}

// The record of a meeting was handed on to a colleague, and the database was lost. He got his copy back first, whose link tells nothing of
// the meeting: the invitation in this mailbox is known by the record's key, and gets no copy of ours beside it.
func TestAnInvitationIsKnownThoughItsRecordWasHandedOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.event(1, nil)
	invitation := &b.feed.round.Changed[0]
	invitation.Offered, invitation.Held, invitation.Twin = false, []remote.Holder{remote.HeldReadOnly}, "meeting"
	other := storetest.Link(storetest.Pair(t, b.store, 2), 8)
	other.Origin, other.Raynet.Ref = record.Raynet, storetest.RaynetRef(1)
	made := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "2", "Jinak")
	made.MadeByUs, made.People = true, []string{"another", b.pair.Person}
	row := made
	made.Key = "copy of " + invitation.Ref.ID
	b.raynet.things[made.Ref] = made
	b.engine.Rows = rows{row.Ref: row}
	storetest.Commit(t, b.store, journal.PutLink{Link: other},
		journal.ReportWork{Pair: b.pair.ID, Ref: made.Ref, At: storetest.Now()})
	b.run(t, false)
	if len(b.outlook.sent) > 0 {
		t.Errorf("Outlook was sent %+v", b.outlook.sent)
	}
	links, err := b.store.Links(t.Context(), b.pair.ID, []remote.Ref{invitation.Ref})
	if err != nil || len(links) != 1 || links[0].Raynet.Ref != made.Ref {
		t.Errorf("the invitation is linked by %+v, %v", links, err)
	}
}

// Two copies with one stamp lie before a person, and a third one is told of, alone: whether its record was anonymised or not, nothing tells
// that it is ours, so it goes before the person too.
func TestACopyBesideOnesInReviewIsNotDecidedAlone(t *testing.T) {
	t.Parallel()
	for _, erased := range []bool{false, true} {
		b := setup(t)
		b.feed.round.Full = false
		stamp := &remote.Stamp{Source: storetest.RaynetRef(1), Mailbox: b.pair.Mailbox, Op: "op"}
		b.raynet.things[stamp.Source] = remote.Snapshot{Ref: stamp.Source, Kind: record.Calendar, Version: "1", Offered: true, Erased: erased,
			People: []string{b.pair.Person}}
		for n := range 3 {
			b.event(n+1, stamp)
		}
		b.feed.round.Changed = b.feed.round.Changed[2:]
		for n := range 2 {
			ref := storetest.OutlookRef(n + 1)
			storetest.Commit(t, b.store, journal.PutAside{Aside: journal.Aside{Pair: b.pair.ID, Ref: ref, Rule: plan.RuleReview, Since: storetest.Now()}},
				journal.PutWork{Work: journal.Work{Pair: b.pair.ID, Ref: ref, Why: journal.WhyReview, Reason: "held-copies", Since: storetest.Now(),
					RetryAt: storetest.Now().Add(time.Hour)}})
		}
		for _, step := range told(b.run(t, true)) {
			if strings.HasPrefix(step, "delete") || strings.HasPrefix(step, "link") {
				t.Errorf("erased %v: planned %q for one of three", erased, step)
			}
		}
		b.run(t, false)
		if len(b.outlook.sent)+len(b.raynet.sent) > 0 {
			t.Errorf("erased %v: sent %+v %+v", erased, b.outlook.sent, b.raynet.sent)
		}
	}
}

// deletedUnseen remembers the first event as a copy of ours that a person deleted before its id was known.
func (b *bundle) deletedUnseen(t *testing.T) journal.Link {
	t.Helper()
	shown := b.outlook.things[storetest.OutlookRef(1)]
	hidden := storetest.Link(b.pair.ID, 1)
	hidden.State, hidden.Reason = journal.Hidden, "deleted-in-outlook"
	hidden.Outlook = journal.Half{Shown: b.engine.Digester.Fields(shown.Fields)}
	original := b.snapshot(hidden, record.Raynet, "1", "Porada")
	original.Span, original.Fields = shown.Span, shown.Fields
	hidden.Raynet.Shown = b.engine.Digester.Fields(original.Fields)
	b.raynet.things[original.Ref] = original
	storetest.Commit(t, b.store, journal.PutLink{Link: hidden})
	return hidden
}

// A person deleted our copy before we knew that it had been made, and takes it out of the bin: its stamp tells whose copy it is, whether its
// record is reported at the same time or not.
func TestOurCopyOutOfTheBinIsNotNew(t *testing.T) {
	t.Parallel()
	for _, reported := range []bool{false, true} {
		b := setup(t)
		b.feed.round.Full = false
		b.event(1, &remote.Stamp{Source: storetest.RaynetRef(1), Mailbox: b.pair.Mailbox, Op: "op"})
		b.event(2, &remote.Stamp{Source: storetest.RaynetRef(1), Mailbox: b.pair.Mailbox, Op: "op"}) // a person copied it
		hidden := b.deletedUnseen(t)
		if reported {
			storetest.Commit(t, b.store, journal.ReportWork{Pair: b.pair.ID, Ref: hidden.Raynet.Ref, At: storetest.Now()})
		}
		steps := told(b.run(t, true))
		slices.Sort(steps)
		if diff := cmp.Diff([]string{"create raynet ", "link  "}, steps); diff != "" {
			t.Errorf("plan (-want +got):\n%s", diff)
		}
		b.run(t, false)
		links, err := b.store.Links(t.Context(), b.pair.ID, []remote.Ref{storetest.OutlookRef(1)})
		if err != nil || len(links) != 1 || links[0].ID != hidden.ID || links[0].State != journal.Linked {
			t.Errorf("the copy is of %+v, %v", links, err)
		}
	}
}

// Our copy came out of the bin before its id was known, and its record cannot be read just then. Outlook tells of it that once only: it is
// known by its id from then on, and linked as soon as the record can be read.
func TestOurCopyOutOfTheBinIsKnownThoughItsRecordCannotBeRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.feed.round.Full = false
	b.event(1, &remote.Stamp{Source: storetest.RaynetRef(1), Mailbox: b.pair.Mailbox, Op: "op"})
	hidden := b.deletedUnseen(t)

	b.raynet.broken = true
	if diff := cmp.Diff([]string{"note  ", "park  unavailable"}, told(b.run(t, true))); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	b.run(t, false)
	b.raynet.broken, b.feed.round.Changed = false, nil
	b.engine.Now = func() time.Time { return storetest.Now().Add(time.Hour) }
	b.run(t, false)
	links, err := b.store.Links(t.Context(), b.pair.ID, []remote.Ref{storetest.OutlookRef(1)})
	if err != nil || len(links) != 1 || links[0].ID != hidden.ID || links[0].State != journal.Linked {
		t.Errorf("the copy is of %+v, %v", links, err)
	}
}

// A person is asked whether the create of another mailbox made a record. Until he has answered nobody gets a copy of it, however often it is
// reported, and whoever it concerns.
func TestWhatAnotherMayHaveMadeIsNotCopied(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		other bool
		want  []string
	}{
		"another mailbox's": {true, []string{"note  unknown-outcome"}},
		"its own":           {false, []string{"note  "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.feed.round.Full = false
			asked := b.pair.ID
			if c.other {
				asked = storetest.Pair(t, b.store, 2)
			}
			made := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "1", "Porada")
			made.MadeByUs = true
			b.raynet.things[made.Ref] = made
			storetest.Commit(t, b.store, journal.PutWork{Work: plan.Question(asked, made.Ref, plan.Orphan, storetest.Now())},
				journal.ReportWork{Pair: b.pair.ID, Ref: made.Ref, At: storetest.Now()})
			if diff := cmp.Diff(c.want, told(b.run(t, true))); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			b.run(t, false)
			if len(b.outlook.sent) > 0 {
				t.Errorf("Outlook was sent %+v", b.outlook.sent)
			}
		})
	}
}

// rowed is a side that finds what looks alike as a row, which shows no place.
type rowed struct{ *service }

func (r rowed) Find(_ context.Context, _ remote.Scope, search remote.Search) ([]remote.Snapshot, error) {
	var out []remote.Snapshot
	for _, found := range r.things {
		if search.Alike != nil {
			found.Fields, found.Partial = found.Fields.Clone(), true
			delete(found.Fields, record.EventPlace)
			out = append(out, found)
		}
	}
	return out, nil
}

// A record that no feed told of looks like a new event, and is found as a row that does not show everything: it is read before the two
// are joined, or what the row does not show would be written over.
func TestWhatIsFoundAsARowIsRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.event(1, nil)
	b.feed.round.Changed[0].Natural = []string{"Porada"}
	b.feed.round.Changed[0].Fields[record.EventPlace] = "Praha"
	like := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "1", "Porada")
	like.Fields = b.feed.round.Changed[0].Fields.Clone()
	like.Fields[record.EventPlace] = "Brno"
	b.raynet.things[like.Ref] = like
	b.engine.Raynet = rowed{b.raynet}
	b.run(t, false)
	if len(b.raynet.sent) > 0 || len(b.outlook.sent) != 1 {
		t.Errorf("sent %+v to RAYNET and %+v to Outlook, want RAYNET's place in Outlook", b.raynet.sent, b.outlook.sent)
	}
}

// A create that an old backup does not know of lands late, beside the copy that was made instead: it carries the mark of another create, and
// a person is asked. What a person copies carries the mark of what he copied, and is his own.
func TestWhatAForgottenCreateMadeIsAskedAbout(t *testing.T) {
	t.Parallel()
	asked, copied := []string{"skip  review", "park  held-copies"}, []string{"create raynet "}
	for _, test := range []struct {
		op    string
		gone  bool // the copy that was made instead
		state journal.LinkState
		want  []string
	}{
		{"forgotten", false, journal.Linked, asked}, {"op", false, journal.Linked, copied}, {"forgotten", true, journal.Linked, asked},
		{"op", true, journal.Linked, copied}, {"forgotten", true, journal.Hidden, asked}, {"op", true, journal.Hidden, copied},
		{"forgotten", false, journal.Released, asked},
	} {
		b := setup(t)
		b.feed.round.Full = false
		link := b.joined(1, "Porada")
		link.State = test.state
		b.event(1, &remote.Stamp{Source: link.Raynet.Ref, Mailbox: b.pair.Mailbox, Op: "op"})
		b.event(2, &remote.Stamp{Source: link.Raynet.Ref, Mailbox: b.pair.Mailbox, Op: test.op})
		b.feed.round.Changed = b.feed.round.Changed[1:]
		if test.gone {
			delete(b.outlook.things, link.Outlook.Ref)
		}
		created := storetest.Entry(link, journal.Created)
		created.Op = "op"
		storetest.Commit(t, b.store, journal.PutLink{Link: link}, journal.AddEntry{Entry: created})
		if diff := cmp.Diff(test.want, told(b.run(t, true))); diff != "" {
			t.Errorf("made by %q, the copy gone: %v, its link %s (-want +got):\n%s", test.op, test.gone, test.state, diff)
		}
	}
}

// keyed is a RAYNET that finds records by our key.
type keyed struct{ *service }

func (k keyed) Find(_ context.Context, _ remote.Scope, search remote.Search) ([]remote.Snapshot, error) {
	var out []remote.Snapshot
	for _, snapshot := range k.things { // any order: one has the key
		if search.Key != "" && snapshot.Key == search.Key {
			out = append(out, snapshot)
		}
	}
	return out, nil
}

// The database was lost, and of a copy and a person's copy of an earlier one the former was linked again first. The latter went to RAYNET
// before, as its record's key tells: nobody is asked about it.
func TestAPersonsCopyOfAnEarlierOneIsKnownByItsRecord(t *testing.T) {
	t.Parallel()
	for _, reported := range []bool{true, false} {
		b := setup(t)
		b.engine.Raynet = keyed{b.raynet}
		link := b.joined(1, "Porada")
		b.event(1, &remote.Stamp{Source: link.Raynet.Ref, Mailbox: b.pair.Mailbox, Op: "again"})
		b.event(2, &remote.Stamp{Source: link.Raynet.Ref, Mailbox: b.pair.Mailbox, Op: "first"})
		b.feed.round.Changed = b.feed.round.Changed[1:]
		made := b.snapshot(storetest.Link(b.pair.ID, 2), record.Raynet, "2", "Porada")
		made.MadeByUs, made.Key = true, "copy of "+storetest.OutlookRef(2).ID
		made.Span, made.Fields = b.feed.round.Changed[0].Span, b.feed.round.Changed[0].Fields
		b.raynet.things[made.Ref] = made
		storetest.Commit(t, b.store, journal.PutLink{Link: link})
		if reported {
			storetest.Commit(t, b.store, journal.ReportWork{Pair: b.pair.ID, Ref: made.Ref, At: storetest.Now()})
		}
		if diff := cmp.Diff([]string{"link  stamp", "note  "}, told(b.run(t, true))); diff != "" {
			t.Errorf("told of by RAYNET: %v (-want +got):\n%s", reported, diff)
		}
	}
}
