package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/store"
)

// testReview reads what waits for a person: by reason, and by pair in the order of refs; and links by their state.
func testReview(t *testing.T, s *store.Store) {
	ctx, one, two := t.Context(), Pair(t, s, 1), Pair(t, s, 2)
	work := func(pair int64, n int, why journal.Why, reason string) journal.Fact {
		return journal.PutWork{Work: journal.Work{Pair: pair, Ref: RaynetRef(n), Why: why, Reason: reason, Since: Now(), RetryAt: Now().Add(time.Hour)}}
	}
	hidden, live := Link(one, 4), Link(one, 5)
	hidden.State, hidden.Reason = journal.Hidden, "deleted-in-outlook"
	Commit(t, s, work(one, 2, journal.WhyReview, "clash"), work(one, 1, journal.WhyReview, "several-matches"), work(two, 3, journal.WhyReview, "clash"),
		work(two, 1, journal.WhyParked, "loop"), work(one, 6, journal.WhyChanged, ""), work(one, 7, journal.WhyHeld, "has-attendees"),
		journal.PutLink{Link: hidden}, journal.PutLink{Link: live})
	Commit(t, s, journal.PutWork{Work: journal.Work{Pair: one, Ref: RaynetRef(8), Why: journal.WhyReview, Reason: "clash", Since: Now()}})

	reasons, err := s.WorkReasons(ctx, Connection)
	want := []store.WorkReason{{Why: journal.WhyParked, Reason: "loop", Things: 1}, {Why: journal.WhyReview, Reason: "clash", Things: 3},
		{Why: journal.WhyReview, Reason: "several-matches", Things: 1}}
	if diff := cmp.Diff(want, reasons); err != nil || diff != "" {
		t.Errorf("what waits by reason: %v (-want +got):\n%s", err, diff)
	}
	if elsewhere, err := s.WorkReasons(ctx, "another"); err != nil || len(elsewhere) > 0 {
		t.Errorf("another connection waits for %v, %v; want nothing", elsewhere, err)
	}
	waits, err := s.WorkWhy(ctx, one, journal.WhyReview)
	if err != nil || len(waits) != 3 || waits[0].Ref != RaynetRef(1) || waits[1].Ref != RaynetRef(2) || !waits[2].RetryAt.IsZero() {
		t.Errorf("under review are %+v, %v; want records 1, 2 and 8, the last for good", waits, err)
	}
	links, err := s.LinksInState(ctx, one, journal.Hidden, "", 0)
	if diff := cmp.Diff([]journal.Link{hidden}, links); err != nil || diff != "" {
		t.Errorf("hidden links: %v (-want +got):\n%s", err, diff)
	}
}
