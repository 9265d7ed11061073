package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// leftBehind lets the folder show a contact that we made of a person who is not in RAYNET any more, of whom no link knows.
func (b *bundle) leftBehind() {
	b.pair.Kind = record.Contacts
	b.event(1, &remote.Stamp{Source: storetest.RaynetRef(1), Mailbox: b.pair.Mailbox, Op: "op"})
	b.feed.round.Full = false
}

// questions lists what a person is asked in the mailbox.
func (b *bundle) questions(t *testing.T) []string {
	t.Helper()
	work, err := b.store.WorkWhy(t.Context(), b.pair.ID, journal.WhyReview)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, w := range work {
		out = append(out, w.Reason)
	}
	return out
}

// A person was deleted in RAYNET, and the database was lost before his contact was removed: whether somebody edited it is not known any
// more, so it stays, and a person is asked about it, once and not again.
func TestAContactThatIsLeftBehindIsAskedAbout(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.leftBehind()
	b.run(t, false)
	if diff := cmp.Diff([]string{plan.LeftBehind}, b.questions(t)); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
	if steps := told(b.run(t, true)); len(steps) > 0 {
		t.Errorf("planned %q for what lies before a person", steps)
	}
	b.engine.Now = func() time.Time { return storetest.Now().Add(25 * time.Hour) }
	b.feed.round.Changed = nil
	b.run(t, false)
	if diff := cmp.Diff([]string{plan.LeftBehind}, b.questions(t)); diff != "" {
		t.Errorf("questions a day later (-want +got):\n%s", diff)
	}
	if len(b.raynet.sent)+len(b.outlook.sent) > 0 {
		t.Errorf("sent %+v %+v", b.raynet.sent, b.outlook.sent)
	}
}

// It was our sight alone that was gone: the contact is linked with its record as it would be if nobody had been asked.
func TestAContactWhosePersonIsSeenAgainIsAskedAboutNoMore(t *testing.T) {
	t.Parallel()
	for name, alone := range map[string]bool{"the record is told of alone": true, "both are seen": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.leftBehind()
			b.run(t, false)
			seen := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "1", "Porada")
			seen.Fields = b.outlook.things[storetest.OutlookRef(1)].Fields
			seen.Span = b.outlook.things[storetest.OutlookRef(1)].Span
			b.raynet.things[seen.Ref] = seen
			if alone {
				b.feed.round.Changed = nil
			}
			storetest.Commit(t, b.store, journal.ReportWork{Pair: b.pair.ID, Ref: seen.Ref, At: storetest.Now()})
			b.run(t, false)
			links, err := b.store.Links(t.Context(), b.pair.ID, []remote.Ref{storetest.OutlookRef(1)})
			if err != nil || len(links) != 1 || links[0].Raynet.Ref != seen.Ref {
				t.Errorf("the contact is linked by %+v, %v", links, err)
			}
			if asked := b.questions(t); len(asked) > 0 {
				t.Errorf("a person is still asked: %q", asked)
			}
		})
	}
}

// Its user deleted it: there is nothing to ask about any more.
func TestAContactThatWasLeftBehindAndDeletedIsAskedAboutNoMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.leftBehind()
	b.run(t, false)
	delete(b.outlook.things, storetest.OutlookRef(1))
	b.feed.round.Changed, b.feed.round.Removed = nil, []remote.Ref{storetest.OutlookRef(1)}
	b.run(t, false)
	if asked := b.questions(t); len(asked) > 0 {
		t.Errorf("a person is still asked: %q", asked)
	}
}

// It cannot be read for a while when it is looked at again: the question is not forgotten over that.
func TestAContactThatIsLeftBehindIsAskedAboutThoughItCouldNotBeRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.leftBehind()
	b.run(t, false)
	b.feed.round.Changed = nil
	for day, broken := range []bool{true, false} {
		b.engine.Now = func() time.Time { return storetest.Now().AddDate(0, 0, day+1).Add(time.Hour) }
		b.outlook.broken = broken
		b.run(t, false)
	}
	if diff := cmp.Diff([]string{plan.LeftBehind}, b.questions(t)); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
}
