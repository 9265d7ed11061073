package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
)

func testPairs(t *testing.T, s *store.Store) {
	ctx := t.Context()
	want := journal.Pair{
		Connection: Connection, Kind: record.Calendar, Mailbox: "mailbox-1", Address: "jana@contoso.example", Person: "101",
		Zone: "Europe/Prague", Container: "cal-2", State: journal.PairRunning, Since: Now(),
	}
	id, err := s.UpsertPair(ctx, want)
	if err != nil {
		t.Fatal(err)
	}
	want.ID = id
	check := func() {
		t.Helper()
		got, err := s.Pair(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pair (-want +got):\n%s", diff)
		}
	}
	check()

	if want.Generation, err = s.BumpPair(ctx, id); err != nil || want.Generation != 1 {
		t.Fatalf("BumpPair = %d, %v, want 1", want.Generation, err)
	}
	Commit(t, s, journal.PutPairState{Pair: id, State: journal.PairHalted, Reason: "too-many-deletes", Detail: "41"})
	again := want
	again.ID, again.Generation, again.Address, again.Zone, again.Full = 0, 77, "jana.nova@contoso.example", "America/New_York", true
	again.State = journal.PairRunning
	if got, err := s.UpsertPair(ctx, again); err != nil || got != id {
		t.Fatalf("second UpsertPair = %d, %v, want the same id %d", got, err, id)
	}
	want.Address, want.Zone, want.Full = again.Address, again.Zone, true
	want.State, want.Reason, want.Detail = journal.PairHalted, "too-many-deletes", "41"
	check()
	if err := s.SetPairFull(ctx, id, false); err != nil {
		t.Fatal(err)
	}
	want.Full = false
	check()

	other := Pair(t, s, 2)
	if _, err := s.UpsertPair(ctx, journal.Pair{Connection: "second", Kind: record.Calendar, Mailbox: "mailbox-1"}); err != nil {
		t.Fatal(err)
	}
	pairs, err := s.Pairs(ctx, Connection)
	if err != nil || len(pairs) != 2 || pairs[0].ID != id || pairs[1].ID != other {
		t.Errorf("Pairs = %v, %v, want pairs %d and %d", pairs, err, id, other)
	}
	if _, err := s.Pair(ctx, 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Pair(999) error = %v, want ErrNotFound", err)
	}
	if _, err := s.BumpPair(ctx, 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("BumpPair(999) error = %v, want ErrNotFound", err)
	}
}

func testPairStates(t *testing.T, s *store.Store) {
	id := Pair(t, s, 1)
	Commit(t, s, journal.PutPairState{Pair: id, State: journal.PairPaused, Reason: "person"})
	got, err := s.Pair(t.Context(), id)
	if err != nil || got.State != journal.PairPaused || got.Reason != "person" {
		t.Errorf("pair = %+v, %v, want paused by a person", got, err)
	}
	err = s.Commit(t.Context(), Admin(), journal.PutPairState{Pair: 999, State: journal.PairPaused})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("state of an unknown pair: error = %v, want ErrNotFound", err)
	}
}

func testLinksRoundTrip(t *testing.T, s *store.Store) {
	pair := Pair(t, s, 1)
	full := Link(pair, 1)
	full.Reason, full.ReadOnly, full.Owner, full.FrozenUntil = "window", true, true, Now().Add(time.Hour)
	full.Outlook.Unconfirmed = true
	full.Outlook.Shown = record.Shown{record.EventSubject: "other", record.EventGuests: "only-here"}
	full.Loop = journal.Loop{Since: Now(), Writes: 4, Edits: 1}

	making := journal.Link{ID: "making", Pair: pair, State: journal.Making, Since: Now(), Origin: record.Outlook,
		Outlook: journal.Half{Ref: OutlookRef(2), Version: "e1", Shown: record.Shown{record.EventSubject: "d"}}}

	occurrence := Link(pair, 3)
	occurrence.Outlook.Ref = remote.Ref{Side: record.Outlook, Type: "occurrence", ID: longID + "/2026-03-05"}
	occurrence.Group = longID

	elsewhere := Link(pair, 4)
	elsewhere.Group = "a series that the id does not show"
	elsewhere.Span = record.Days(Now(), Now().AddDate(0, 0, 2))

	for _, want := range []journal.Link{full, making, occurrence, elsewhere, {ID: "bare", Pair: pair, State: journal.Hidden}} {
		Commit(t, s, journal.PutLink{Link: want})
		got, err := s.Link(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("link %s (-want +got):\n%s", want.ID, diff)
		}
	}
	changed := full
	changed.State, changed.Outlook.Ref, changed.Twin, changed.Span = journal.Released, remote.Ref{}, "", record.Span{}
	Commit(t, s, journal.PutLink{Link: changed})
	got, err := s.Link(t.Context(), full.ID)
	if diff := cmp.Diff(changed, got); err != nil || diff != "" {
		t.Errorf("changed link (-want +got): %v\n%s", err, diff)
	}
	Commit(t, s, journal.DropLink{ID: full.ID}, journal.DropLink{ID: "never was"})
	if _, err := s.Link(t.Context(), full.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("dropped link: error = %v, want ErrNotFound", err)
	}
	for _, fact := range []journal.Fact{
		journal.PutLink{Link: Link(999, 1)}, journal.PutWork{Work: journal.Work{Pair: 999, Ref: RaynetRef(1)}},
		journal.PutAside{Aside: journal.Aside{Pair: 999, Ref: RaynetRef(1)}}, journal.Suspect{Pair: 999, Ref: RaynetRef(1)},
	} {
		if err := s.Commit(t.Context(), Admin(), fact); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%T of an unknown pair: error = %v, want ErrNotFound", fact, err)
		}
	}
	bad := Link(pair, 9)
	bad.Raynet.Shown = record.Shown{"two words": "x"}
	if err := s.Commit(t.Context(), Admin(), journal.PutLink{Link: bad}); err == nil {
		t.Error("digests that cannot be read back were accepted")
	}
}

func testLinksAreFound(t *testing.T, s *store.Store) {
	ctx, one, two := t.Context(), Pair(t, s, 1), Pair(t, s, 2)
	a, b, c := Link(one, 1), Link(one, 2), Link(two, 1)
	a.Group, c.Group = "series", "series"
	b.State, b.Span = journal.Released, record.Between(Now().Add(-48*time.Hour), Now().Add(-47*time.Hour))
	a.Span = record.Between(Now().Add(-24*time.Hour), Now().Add(-23*time.Hour))
	c.Outlook.Ref = OutlookRef(3)
	c.Span = record.Between(Now().Add(-24*time.Hour), Now().Add(-23*time.Hour))
	Commit(t, s, journal.PutLink{Link: a}, journal.PutLink{Link: b}, journal.PutLink{Link: c})

	tests := []struct {
		name string
		read func() ([]journal.Link, error)
		want []string
	}{
		{"by refs of both sides, each once", func() ([]journal.Link, error) {
			return s.Links(ctx, one, []remote.Ref{OutlookRef(2), {}, RaynetRef(1), OutlookRef(1), RaynetRef(55)})
		}, []string{b.ID, a.ID}},
		{"not those of another pair", func() ([]journal.Link, error) {
			return s.Links(ctx, two, []remote.Ref{OutlookRef(1), RaynetRef(2)})
		}, nil},
		{"raynet ref in all pairs", func() ([]journal.Link, error) { return s.LinksOfRef(ctx, Connection, RaynetRef(1)) }, []string{a.ID, c.ID}},
		{"outlook ref in all pairs", func() ([]journal.Link, error) { return s.LinksOfRef(ctx, Connection, OutlookRef(3)) }, []string{c.ID}},
		{"ref in another connection", func() ([]journal.Link, error) { return s.LinksOfRef(ctx, "second", RaynetRef(1)) }, nil},
		{"group", func() ([]journal.Link, error) { return s.LinksOfGroup(ctx, one, "series") }, []string{a.ID}},
		{"no group", func() ([]journal.Link, error) { return s.LinksOfGroup(ctx, one, "") }, nil},
		{"twin", func() ([]journal.Link, error) { return s.LinksByTwin(ctx, Connection, a.Twin) }, []string{a.ID, c.ID}},
		{"no twin", func() ([]journal.Link, error) { return s.LinksByTwin(ctx, Connection, "") }, nil},
		{"ended and live", func() ([]journal.Link, error) { return s.LinksEnded(ctx, one, Now(), 10) }, []string{a.ID}},
		{"ended before it ended", func() ([]journal.Link, error) { return s.LinksEnded(ctx, one, a.Span.Till, 10) }, nil},
	}
	for _, test := range tests {
		links, err := test.read()
		var got []string
		for _, l := range links {
			got = append(got, l.ID)
		}
		if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", test.name, err, diff)
		}
	}
}

// A link whose thing was made again remembers by the journal which one it had before, and by which create it was
// made; what another pair had is not asked.
func testReplacedThingsAreKnown(t *testing.T, s *store.Store) {
	ctx, one, two := t.Context(), Pair(t, s, 1), Pair(t, s, 2)
	link, gone := Link(one, 1), Link(one, 2)
	told := func(l journal.Link) journal.Fact { return journal.AddEntry{Entry: Entry(l, journal.Created)} }
	Commit(t, s, journal.PutLink{Link: link}, told(link), journal.PutLink{Link: gone}, told(gone))
	for _, ref := range []remote.Ref{link.Raynet.Ref, link.Outlook.Ref} {
		if links, err := s.LinksOnceOf(ctx, one, ref); err != nil || len(links) > 0 {
			t.Errorf("%s, which the link has: %v %v", ref, links, err)
		}
	}
	found := Link(one, 9)
	matched := Entry(found, journal.Matched)
	matched.Op = "of an earlier life"
	Commit(t, s, journal.PutLink{Link: found}, journal.AddEntry{Entry: matched})
	op := Entry(link, journal.Created).Op
	for _, test := range []struct {
		link, op string
		want     bool
	}{{link.ID, op, false}, {link.ID, "another", true}, {"never was", "another", false},
		{found.ID, "another", true}, {found.ID, matched.Op, false}} {
		if made, err := s.MadeOtherwise(ctx, test.link, test.op); err != nil || made != test.want {
			t.Errorf("%s made by another create than %s: %v %v, want %v", test.link, test.op, made, err, test.want)
		}
	}
	twice := Entry(found, journal.Created)
	twice.Op, twice.Reason = "sent twice", journal.SentAgain
	Commit(t, s, journal.AddEntry{Entry: twice})
	for _, test := range []struct {
		link, op string
		want     bool
	}{{found.ID, twice.Op, true}, {found.ID, matched.Op, false}, {link.ID, op, false}, {link.ID, twice.Op, false}} {
		if again, err := s.SentAgain(ctx, test.link, test.op); err != nil || again != test.want {
			t.Errorf("create %s of %s sent again: %v %v, want %v", test.op, test.link, again, err, test.want)
		}
	}
	again := link
	again.Raynet.Ref, again.Outlook.Ref = RaynetRef(11), OutlookRef(11)
	Commit(t, s, journal.PutLink{Link: again}, told(again), journal.DropLink{ID: gone.ID})
	for _, test := range []struct {
		link journal.Link
		want []remote.Ref
	}{{link, []remote.Ref{again.Outlook.Ref}}, {again, []remote.Ref{link.Outlook.Ref}}, {Link(two, 3), nil}, {journal.Link{ID: link.ID}, nil}} {
		if refs, err := s.OnceInOutlook(ctx, test.link); err != nil || cmp.Diff(test.want, refs) != "" {
			t.Errorf("before %s link %s had %v %v, want %v", test.link.Outlook.Ref, test.link.ID, refs, err, test.want)
		}
	}
	for _, test := range []struct {
		pair int64
		ref  remote.Ref
		want bool
	}{
		{one, link.Raynet.Ref, true}, {one, link.Outlook.Ref, true}, {two, link.Raynet.Ref, false}, {two, link.Outlook.Ref, false},
		{one, again.Raynet.Ref, false}, {one, again.Outlook.Ref, false}, {one, gone.Outlook.Ref, false}, {one, OutlookRef(55), false},
	} {
		links, err := s.LinksOnceOf(ctx, test.pair, test.ref)
		if err != nil || (len(links) > 0) != test.want || test.want && cmp.Diff([]journal.Link{again}, links) != "" {
			t.Errorf("%s in pair %d: %v %v, want the link: %v", test.ref, test.pair, links, err, test.want)
		}
	}
}

func testLinksAreUnique(t *testing.T, s *store.Store) {
	one, two := Pair(t, s, 1), Pair(t, s, 2)
	first := Link(one, 1)
	first.State = journal.Hidden // a tombstone keeps its refs
	Commit(t, s, journal.PutLink{Link: first})

	sameRaynet, sameOutlook, elsewhere, moved := Link(one, 2), Link(one, 3), Link(two, 4), first
	sameRaynet.Raynet.Ref = first.Raynet.Ref
	sameOutlook.Outlook.Ref = first.Outlook.Ref
	elsewhere.Raynet.Ref, elsewhere.Outlook.Ref = first.Raynet.Ref, first.Outlook.Ref
	moved.Pair = two
	for name, l := range map[string]journal.Link{"raynet ref": sameRaynet, "outlook ref": sameOutlook, "pair of a link": moved} {
		if err := s.Commit(t.Context(), Admin(), journal.PutLink{Link: l}); !errors.Is(err, store.ErrTaken) {
			t.Errorf("second %s: error = %v, want ErrTaken", name, err)
		}
	}
	Commit(t, s, journal.PutLink{Link: elsewhere})
	for i := range 3 {
		Commit(t, s, journal.PutLink{Link: journal.Link{ID: fmt.Sprintf("making %d", i), Pair: one, State: journal.Making}})
	}
}

func testLinksAreCounted(t *testing.T, s *store.Store) {
	ctx, pair, other := t.Context(), Pair(t, s, 1), Pair(t, s, 2)
	check := func(when string, want map[journal.LinkState]int) {
		t.Helper()
		got, err := s.LinkStates(ctx, pair)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", when, err, diff)
		}
		if linked, err := s.CountLinks(ctx, pair); err != nil || linked != want[journal.Linked] {
			t.Errorf("%s: CountLinks = %d, %v, want %d", when, linked, err, want[journal.Linked])
		}
	}
	check("empty", map[journal.LinkState]int{})
	making := Link(pair, 1)
	making.State, making.Outlook.Ref = journal.Making, remote.Ref{}
	Commit(t, s, journal.PutLink{Link: making}, journal.PutLink{Link: Link(pair, 2)}, journal.PutLink{Link: Link(other, 3)})
	check("begun", map[journal.LinkState]int{journal.Making: 1, journal.Linked: 1})
	Commit(t, s, journal.PutLink{Link: Link(pair, 1)}, journal.PutLink{Link: Link(pair, 1)})
	check("settled", map[journal.LinkState]int{journal.Linked: 2})
	clash := Link(pair, 9)
	clash.Raynet.Ref = RaynetRef(1)
	if err := s.Commit(ctx, Admin(), journal.PutLink{Link: Link(pair, 8)}, journal.PutLink{Link: clash}); err == nil {
		t.Error("two links with one ref were accepted")
	}
	check("after a refusal", map[journal.LinkState]int{journal.Linked: 2})
	Commit(t, s, journal.DropLink{ID: making.ID})
	check("dropped", map[journal.LinkState]int{journal.Linked: 1})
}

func testRaynetRefs(t *testing.T, s *store.Store) {
	ctx, one, two := t.Context(), Pair(t, s, 1), Pair(t, s, 2)
	var facts []journal.Fact
	for n := range 25 {
		facts = append(facts, journal.PutLink{Link: Link(one, n)}, journal.PutLink{Link: Link(two, n+5)})
	}
	ended := Link(one, 40)
	ended.State = journal.Dissolved
	Commit(t, s, append(facts, journal.PutLink{Link: ended})...)
	seen, after := map[remote.Ref]int{}, remote.Ref{}
	for {
		page, err := s.RaynetRefs(ctx, Connection, after, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, ref := range page {
			seen[ref]++
		}
		if len(page) < 7 {
			break
		}
		after = page[len(page)-1]
	}
	if len(seen) != 30 || seen[RaynetRef(0)] != 1 || seen[RaynetRef(10)] != 1 || seen[RaynetRef(29)] != 1 || seen[RaynetRef(40)] != 0 {
		t.Errorf("sweep saw %v, want each of 30 live records once", seen)
	}
	if page, err := s.RaynetRefs(ctx, "second", remote.Ref{}, 7); err != nil || len(page) != 0 {
		t.Errorf("another connection saw %v, %v", page, err)
	}
	if strings.Contains(fmt.Sprint(seen), "outlook") {
		t.Error("an outlook ref was listed")
	}
}

func testThaw(t *testing.T, s *store.Store) {
	pair := Pair(t, s, 1)
	frozen := Link(pair, 1)
	frozen.FrozenUntil = Now().Add(time.Hour)
	Commit(t, s, journal.PutLink{Link: frozen})
	Commit(t, s, journal.Freeze{LinkID: frozen.ID}, journal.Freeze{LinkID: "never was"})
	want := frozen
	want.FrozenUntil = time.Time{}
	got, err := s.Link(t.Context(), frozen.ID)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("thawed link: %v (-want +got):\n%s", err, diff)
	}
	if linked, err := s.CountLinks(t.Context(), pair); err != nil || linked != 1 {
		t.Errorf("CountLinks = %d, %v, want 1", linked, err)
	}
}

func testLinksAfter(t *testing.T, s *store.Store) {
	pair := Pair(t, s, 1)
	for n := range 7 {
		l := Link(pair, n)
		if n == 3 {
			l.State = journal.Hidden
		}
		Commit(t, s, journal.PutLink{Link: l}, journal.PutLink{Link: journal.Link{ID: fmt.Sprint("making", n), Pair: pair, State: journal.Making}})
	}
	var got []string
	for after := ""; ; {
		page, err := s.LinksAfter(t.Context(), pair, after, 4)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range page {
			got, after = append(got, l.ID), l.ID
		}
		if len(page) < 4 {
			break
		}
	}
	var want []string
	for _, n := range []int{0, 1, 2, 4, 5, 6} {
		want = append(want, Link(pair, n).ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("live links in pages (-want +got):\n%s", diff)
	}
}
