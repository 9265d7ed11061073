package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/store"
)

// Figures of one hour and name are added up.
func testSamples(t *testing.T, s *store.Store) {
	ctx, hour := t.Context(), Now().Truncate(time.Hour)
	for _, samples := range [][]store.Sample{
		{{At: Now(), Name: "b", N: 2, Total: 50, Most: 40}, {At: Now(), Name: "a", N: 1}},
		{{At: Now().Add(20 * time.Minute), Name: "b", N: 1, Total: 70, Most: 70}, {At: Now().Add(30 * time.Minute), Name: "b", N: 1}},
		{{At: Now(), Name: "b", N: 1, Total: 10, Most: 10}},
		{{At: Now().Add(-2 * time.Hour), Name: "b", N: 9}},
		nil,
	} {
		if err := s.AddSamples(ctx, samples); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Samples(ctx, Now().Add(-time.Hour))
	want := []store.Sample{{At: hour, Name: "a", N: 1}, {At: hour, Name: "b", N: 4, Total: 130, Most: 70}, {At: hour.Add(time.Hour), Name: "b", N: 1}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}

// What is told of many pairs at once is what is told of each.
func testFigures(t *testing.T, s *store.Store) {
	ctx := t.Context()
	first, second := Pair(t, s, 1), Pair(t, s, 2)
	other, err := s.UpsertPair(ctx, journal.Pair{Connection: "other", Kind: record.Calendar, Mailbox: "mailbox-1", Address: "user1@contoso.example"})
	if err != nil {
		t.Fatal(err)
	}
	hidden := Link(first, 2)
	hidden.State = journal.Hidden
	Commit(t, s, journal.PutLink{Link: Link(first, 1)}, journal.PutLink{Link: hidden}, journal.PutLink{Link: Link(other, 3)},
		journal.OpenIntent{Intent: Intent(Link(first, 1), "op")}, journal.AddEntry{Entry: Entry(Link(first, 1), journal.Created)},
		journal.PutWork{Work: journal.Work{Pair: first, Ref: RaynetRef(7), Why: journal.WhyReview, Reason: "x"}},
		journal.PutWork{Work: journal.Work{Pair: first, Ref: RaynetRef(8), Why: journal.WhyParked, Reason: "x", RetryAt: Now().Add(time.Hour)}},
		journal.PutCursor{Cursor: journal.Cursor{Scope: "outlook/mailbox-1/calendar/", Token: "t", At: Now()}},
		journal.PutCursor{Cursor: journal.Cursor{Scope: "outlook/mailbox-2/calendar/", Token: "t", At: Now().Add(-time.Hour)}},
		journal.PutPairState{Pair: other, State: journal.PairHalted, Reason: "x"})
	figures, err := s.Figures(ctx, Connection, "")
	if err != nil || len(figures) != 2 {
		t.Fatalf("figures = %+v, %v", figures, err)
	}
	f := figures[0]
	if f.ID != first || !f.Cycle.Equal(Now()) || !f.Changed.Equal(Now()) || f.Run != "run-1" || !f.Retry.Equal(Now().Add(time.Hour)) || f.Intents != 1 {
		t.Errorf("figures = %+v", f)
	}
	if diff := cmp.Diff(map[journal.LinkState]int{journal.Linked: 1, journal.Hidden: 1}, f.Links); diff != "" {
		t.Errorf("links (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(map[journal.Why]int{journal.WhyReview: 1, journal.WhyParked: 1}, f.Work); diff != "" {
		t.Errorf("work (-want +got)\n%s", diff)
	}
	if one, err := s.Figures(ctx, Connection, "mailbox-2"); err != nil || len(one) != 1 || one[0].ID != second || !one[0].Changed.IsZero() || len(one[0].Links) != 0 {
		t.Errorf("figures of one mailbox = %+v, %v", one, err)
	}
	late, err := s.LateUsers(ctx, Connection, Now())
	if err != nil || late.Users != 1 || !late.Since.Equal(Now().Add(-time.Hour)) {
		t.Errorf("late = %+v, %v", late, err)
	}
	totals, err := s.LinkTotals(ctx, Connection)
	if err != nil || totals[record.Calendar][journal.Linked] != 1 || totals[record.Calendar][journal.Hidden] != 1 {
		t.Errorf("links = %v, %v; those of another connection do not count", totals, err)
	}
	held, err := s.HeldTotals(ctx, Connection)
	if want := (store.Amount{Things: 1, Users: 1, Since: Now()}); err != nil || held[journal.WhyReview] != want || held[journal.WhyParked] != want {
		t.Errorf("held = %v, %v", held, err)
	}
	if stops, err := s.Stops(ctx, Connection); err != nil || len(stops) != 0 {
		t.Errorf("stops = %v, %v; those of another connection do not count", stops, err)
	}
}
