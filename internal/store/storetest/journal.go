package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

func testJournal(t *testing.T, s *store.Store) {
	ctx, one, two := t.Context(), Pair(t, s, 1), Pair(t, s, 2)
	a, b, c := Entry(Link(one, 1), journal.Created), Entry(Link(one, 2), journal.Updated), Entry(Link(two, 1), journal.Clash)
	a.At, b.Run, b.Raynet = Now().Add(-time.Hour), "run-2", remote.Ref{}
	c.Outlook = OutlookRef(3)
	d := journal.Entry{Event: journal.Halted, Pair: two, Reason: "too-many-deletes"} // no values, no time
	for _, e := range []journal.Entry{a, b, c, d} {
		Commit(t, s, journal.AddEntry{Entry: e})
	}
	all, err := s.Journal(ctx, store.JournalFilter{})
	if err != nil || len(all) != 4 {
		t.Fatalf("journal = %v, %v, want 4 entries", all, err)
	}
	d.At = Now()
	for i, want := range []journal.Entry{d, c, b, a} {
		want.ID = all[i].ID
		if diff := cmp.Diff(want, all[i]); diff != "" {
			t.Errorf("entry %d (-want +got):\n%s", i, diff)
		}
	}
	a.ID, b.ID, c.ID, d.ID = all[3].ID, all[2].ID, all[1].ID, all[0].ID
	tests := []struct {
		name   string
		filter store.JournalFilter
		want   []int64
	}{
		{"id", store.JournalFilter{ID: b.ID}, []int64{b.ID}},
		{"link", store.JournalFilter{LinkID: a.LinkID}, []int64{a.ID}},
		{"link in another run", store.JournalFilter{LinkID: a.LinkID, Run: "run-2"}, nil},
		{"raynet ref", store.JournalFilter{Ref: RaynetRef(1)}, []int64{c.ID, a.ID}},
		{"raynet ref in one pair", store.JournalFilter{Ref: RaynetRef(1), Pair: one}, []int64{a.ID}},
		{"outlook ref", store.JournalFilter{Ref: OutlookRef(2)}, []int64{b.ID}},
		{"run", store.JournalFilter{Run: "run-1"}, []int64{c.ID, a.ID}},
		{"run and pair", store.JournalFilter{Run: "run-1", Pair: two}, []int64{c.ID}},
		{"run and time", store.JournalFilter{Run: "run-1", Since: Now()}, []int64{c.ID}},
		{"pair", store.JournalFilter{Pair: two}, []int64{d.ID, c.ID}},
		{"time", store.JournalFilter{Since: Now()}, []int64{d.ID, c.ID, b.ID}},
		{"limit", store.JournalFilter{Limit: 1}, []int64{d.ID}},
	}
	for _, test := range tests {
		entries, err := s.Journal(ctx, test.filter)
		var got []int64
		for _, e := range entries {
			got = append(got, e.ID)
		}
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", test.name, err, diff)
		}
	}
	if _, err := s.Journal(ctx, store.JournalFilter{ID: 9999}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown entry: error = %v, want ErrNotFound", err)
	}
}

func testJournalPages(t *testing.T, s *store.Store) {
	pair := Pair(t, s, 1)
	for n := range 23 {
		Commit(t, s, journal.AddEntry{Entry: Entry(Link(pair, n), journal.Created)})
	}
	seen, before := map[int64]bool{}, int64(0)
	for range 10 {
		page, err := s.Journal(t.Context(), store.JournalFilter{Pair: pair, Limit: 5, BeforeID: before})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			if seen[e.ID] || before != 0 && e.ID >= before {
				t.Fatalf("entry %d came twice or out of order", e.ID)
			}
			seen[e.ID], before = true, e.ID
		}
		if len(page) < 5 {
			break
		}
	}
	if len(seen) != 23 {
		t.Errorf("the pages held %d entries, want 23", len(seen))
	}
}

// An intent commits its entry with the values it will replace; the settlement tells how it ended.
func testSettledEntry(t *testing.T, s *store.Store) {
	ctx, pair := t.Context(), Pair(t, s, 1)
	sent := Entry(Link(pair, 1), journal.Sending)
	sent.Outlook = remote.Ref{}
	other := sent
	other.Op, other.LinkID = "op-2", "another"
	Commit(t, s, journal.AddEntry{Entry: sent}, journal.AddEntry{Entry: other})
	settle := journal.SettleEntry{
		Op: sent.Op, Event: journal.Created, At: Now().Add(time.Minute), Reason: "new", Raynet: RaynetRef(1), Outlook: OutlookRef(1),
	}
	Commit(t, s, settle)
	settle.Event = journal.Deleted // it is settled: nothing changes any more
	Commit(t, s, settle)
	want := sent
	want.Event, want.At, want.Reason, want.Outlook = journal.Created, Now().Add(time.Minute), "new", OutlookRef(1)
	got, err := s.Journal(ctx, store.JournalFilter{})
	if err != nil || len(got) != 2 {
		t.Fatalf("journal = %v, %v, want two entries", got, err)
	}
	want.ID, other.ID = got[1].ID, got[0].ID
	if diff := cmp.Diff([]journal.Entry{other, want}, got); diff != "" {
		t.Errorf("settled entry (-want +got):\n%s", diff)
	}
}

func testErasing(t *testing.T, s *store.Store) {
	ctx, pair := t.Context(), Pair(t, s, 1)
	private, other := Link(pair, 1), Link(pair, 2)
	Commit(t, s, journal.PutLink{Link: private}, journal.PutLink{Link: other},
		journal.AddEntry{Entry: Entry(private, journal.Updated)}, journal.AddEntry{Entry: Entry(other, journal.Updated)},
		journal.OpenIntent{Intent: Intent(private, "op-private")}, journal.OpenIntent{Intent: Intent(other, "op-other")})
	Commit(t, s, journal.EraseValues{Pair: pair, LinkID: private.ID})

	entries, err := s.Journal(ctx, store.JournalFilter{})
	if err != nil || len(entries) != 2 {
		t.Fatalf("journal = %v, %v, want both entries", entries, err)
	}
	for _, e := range entries {
		if erased := e.LinkID == private.ID; erased != (e.Changes == nil && e.Author == "") {
			t.Errorf("entry of link %s holds %v by %q", e.LinkID, e.Changes, e.Author)
		}
	}
	intents, err := s.Intents(ctx, pair)
	if err != nil || len(intents) != 2 {
		t.Fatalf("intents = %v, %v, want both", intents, err)
	}
	want := Intent(private, "op-private")
	want.Request.Body, want.Follow, want.Entry.Changes, want.Entry.Author = "", nil, nil, ""
	if diff := cmp.Diff([]journal.Intent{Intent(other, "op-other"), want}, intents); diff != "" {
		t.Errorf("intents (-want +got):\n%s", diff)
	}
	if err := s.Commit(ctx, Admin(), journal.EraseValues{Pair: pair}); err == nil {
		t.Error("erasing without a link was accepted")
	}
}
