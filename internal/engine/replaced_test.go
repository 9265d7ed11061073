package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/store/storetest"
)

// What a link had before a decision made it again is never copied once more, if it comes back on either side: the link goes on with what was
// made.
func TestWhatWasReplacedIsNotNew(t *testing.T) {
	t.Parallel()
	for _, side := range []record.Side{record.Raynet, record.Outlook} {
		b := setup(t)
		b.feed.round.Full = false
		link := storetest.Link(b.pair.ID, 1)
		again := link
		b.shows(link, side, "2", "Porada")
		*again.Half(side) = journal.Half{Ref: storetest.RaynetRef(11), Version: "1"}
		if side == record.Outlook {
			again.Outlook.Ref = storetest.OutlookRef(11)
		}
		b.shows(again, side, "1", "Porada")
		storetest.Commit(t, b.store, journal.PutLink{Link: link}, journal.AddEntry{Entry: storetest.Entry(link, journal.Created)}, journal.PutLink{Link: again},
			journal.PutWork{Work: journal.Work{Pair: b.pair.ID, Ref: link.Half(side).Ref, Why: journal.WhyChanged, Since: storetest.Now()}})
		if diff := cmp.Diff([]string{"skip  replaced"}, told(b.run(t, true))); diff != "" {
			t.Errorf("back in %s (-want +got):\n%s", side, diff)
		}
	}
}

// What was made again in the place of something deleted is deleted as well, and the first one comes out of the bin: its link goes on with it,
// as soon as it is certain that the other one is gone.
func TestWhatWasReplacedTakesItsPlaceAgain(t *testing.T) {
	t.Parallel()
	left, waits := []string{"skip  replaced"}, []string{"note  later-copy"}
	for _, c := range []struct {
		name     string
		state    journal.LinkState
		with     func(b *bundle, later *journal.Link)
		want     []string
		restored int
	}{
		{"deleted", journal.Hidden, nil, []string{"link  ", "note  ", "update outlook "}, 1},
		{"two of them", journal.Hidden, nil, []string{"skip  replaced", "link  ", "note  ", "update outlook "}, 2},
		{"it is there", journal.Hidden, func(b *bundle, later *journal.Link) { b.shows(*later, record.Outlook, "2", "Porada") }, left, 1},
		{"its deletion is seen in the same cycle", journal.Linked, nil, waits, 1},
		{"a write may still land", journal.Hidden, func(_ *bundle, later *journal.Link) { later.FrozenUntil = storetest.Now().Add(time.Minute) }, waits, 1},
		{"a person is asked about it", journal.Dissolved, nil, left, 1},
		{"it was withdrawn", journal.Released, nil, left, 1},
	} {
		b := setup(t)
		b.feed.round.Full = false
		link := storetest.Link(b.pair.ID, 1)
		b.shows(link, record.Raynet, "2", "Porada nová")
		var facts []journal.Fact
		for n := range c.restored {
			b.event(n+1, nil)
			link.Outlook.Ref = storetest.OutlookRef(n + 1)
			facts = append(facts, journal.PutLink{Link: link}, journal.AddEntry{Entry: storetest.Entry(link, journal.Created)})
		}
		link.Outlook.Ref, link.State = storetest.OutlookRef(11), c.state
		if c.with != nil {
			c.with(b, &link)
		}
		storetest.Commit(t, b.store, append(facts, journal.PutLink{Link: link})...)
		if diff := cmp.Diff(c.want, told(b.run(t, true))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A person makes an event that looks just like a record that was replaced: it is his, and goes to RAYNET like any other.
func TestWhatLooksLikeAReplacedThingIsCopied(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.feed.round.Full = false
	link := storetest.Link(b.pair.ID, 1)
	again := link
	again.Raynet = journal.Half{Ref: storetest.RaynetRef(11), Version: "1"}
	old := b.snapshot(link, record.Raynet, "2", "Porada")
	old.Natural = []string{"Porada"}
	b.raynet.things[old.Ref] = old
	b.event(7, nil)
	b.feed.round.Changed[0].Natural = old.Natural
	storetest.Commit(t, b.store, journal.PutLink{Link: link}, journal.AddEntry{Entry: storetest.Entry(link, journal.Created)}, journal.PutLink{Link: again},
		journal.ReportWork{Pair: b.pair.ID, Ref: old.Ref, At: storetest.Now()})
	if diff := cmp.Diff([]string{"skip  replaced", "create raynet "}, told(b.run(t, true))); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}
