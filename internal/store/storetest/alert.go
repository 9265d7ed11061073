package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/store"
)

func testAlerts(t *testing.T, s *store.Store) {
	ctx := t.Context()
	first := store.Alert{Code: "halted", Subject: "jana@example.cz", Since: Now(), Body: []byte(`{"a":1}`)}
	second := store.Alert{Code: "halted", Subject: "petr@example.cz", Since: Now(), Told: Now().Add(time.Minute), Body: []byte(`{}`)}
	if err := s.PutAlerts(ctx, second, first); err != nil {
		t.Fatal(err)
	}
	first.Ended, first.Body = Now().Add(time.Hour), []byte(`{"a":2}`)
	if err := s.PutAlerts(ctx, first); err != nil {
		t.Fatal(err)
	}
	got, err := s.Alerts(ctx)
	if diff := cmp.Diff([]store.Alert{first, second}, got); err != nil || diff != "" {
		t.Errorf("Alerts: %v (-want +got):\n%s", err, diff)
	}
	if err := s.DropAlerts(ctx, first, store.Alert{Code: "never", Subject: "was"}); err != nil {
		t.Fatal(err)
	}
	got, err = s.Alerts(ctx)
	if diff := cmp.Diff([]store.Alert{second}, got); err != nil || diff != "" {
		t.Errorf("Alerts after dropping one: %v (-want +got):\n%s", err, diff)
	}
}

func testCountsForAlerts(t *testing.T, s *store.Store) {
	ctx, pair, other := t.Context(), Pair(t, s, 1), Pair(t, s, 2)
	entry := func(pair int64, event journal.Event, at time.Time) journal.Fact {
		return journal.AddEntry{Entry: journal.Entry{At: at, Pair: pair, Event: event, Run: "run"}}
	}
	Commit(t, s, entry(pair, journal.Created, Now()), entry(pair, journal.Created, Now().Add(-time.Hour)), entry(pair, journal.Clash, Now()),
		entry(other, journal.Created, Now()), entry(other, journal.Deleted, Now().Add(-2*time.Hour)))
	counts, err := s.EventCounts(ctx, Now().Add(-time.Hour))
	want := map[int64]map[journal.Event]int{pair: {journal.Created: 2, journal.Clash: 1}, other: {journal.Created: 1}}
	if diff := cmp.Diff(want, counts); err != nil || diff != "" {
		t.Errorf("EventCounts: %v (-want +got):\n%s", err, diff)
	}

	loop := journal.Work{Pair: pair, Why: journal.WhyParked, Reason: "loop", RetryAt: Now().Add(time.Hour)}
	for i, since := range []time.Time{Now().Add(-time.Minute), Now().Add(-time.Hour)} {
		loop.Ref, loop.Since = RaynetRef(i), since
		Commit(t, s, journal.PutWork{Work: loop})
	}
	Commit(t, s, journal.PutWork{Work: journal.Work{Pair: other, Ref: RaynetRef(1), Why: journal.WhyParked, Reason: "refused"}},
		journal.PutWork{Work: journal.Work{Pair: other, Ref: RaynetRef(2), Why: journal.WhyReview, Reason: "loop"}})
	parked, err := s.ParkedFor(ctx, Connection, "loop")
	if diff := cmp.Diff(map[int64]store.Parked{pair: {Things: 2, Oldest: Now().Add(-time.Hour)}}, parked); err != nil || diff != "" {
		t.Errorf("ParkedFor: %v (-want +got):\n%s", err, diff)
	}
}
