package engine_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/plan"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// setAside lets an event be left out while the database knows nothing of the record that was made from it, which it returns: given
// to the user now, and reported alone.
func (b *bundle) setAside(t *testing.T) remote.Snapshot {
	t.Helper()
	b.event(1, nil)
	b.feed.round.Full = false
	b.feed.round.Changed[0].Offered = false
	b.run(t, false)
	b.feed.round.Changed = nil
	made := b.snapshot(storetest.Link(b.pair.ID, 1), record.Raynet, "2", "Porada")
	made.Span, made.MadeByUs, made.Key = b.outlook.things[storetest.OutlookRef(1)].Span, true, "copy of "+storetest.OutlookRef(1).ID
	b.raynet.things[made.Ref] = made
	storetest.Commit(t, b.store, journal.ReportWork{Pair: b.pair.ID, Ref: made.Ref, At: storetest.Now()})
	return made
}

// The database was lost, and an event was set aside because the record made from it was somebody else's by then. It is given back: the
// event is found again, though nothing reports it.
func TestTheOriginalOfWhatIsGivenBackIsFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.setAside(t)
	if diff := cmp.Diff([]string{"link  stamp"}, told(b.run(t, true))[:1]); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

// Another mailbox has a copy of the record already, so it is a record like any other for this one: its original is looked for all the
// same, or the user would have a copy beside it.
func TestTheOriginalIsFoundThoughAnotherHasACopy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.setAside(t)
	other := storetest.Link(storetest.Pair(t, b.store, 2), 8)
	other.Raynet.Ref, other.Origin = made.Ref, record.Raynet
	storetest.Commit(t, b.store, journal.PutLink{Link: other})
	made.People = []string{"somebody", b.pair.Person}
	b.raynet.things[made.Ref] = made
	if steps := told(b.run(t, true)); !slices.Contains(steps, "link  stamp") {
		t.Errorf("planned %q, want a link", steps)
	}
}

// Another mailbox set the record aside as a copy whose original is gone. Now that the original was found it looks again.
func TestWhoTookItForACopyLooksAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.setAside(t)
	other := storetest.Pair(t, b.store, 2)
	storetest.Commit(t, b.store, journal.PutAside{Aside: journal.Aside{Pair: other, Ref: made.Ref, Rule: plan.RuleCopy, Since: storetest.Now()}})
	b.run(t, false)
	work, err := b.store.WorkAt(t.Context(), other, []remote.Ref{made.Ref})
	if err != nil || len(work) != 1 {
		t.Errorf("work of the other mailbox: %+v, %v; want that it looks at the record", work, err)
	}
}
