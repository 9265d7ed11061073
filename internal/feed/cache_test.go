package feed_test

import (
	"testing"
	"time"

	"raynetsync/internal/feed"
	"raynetsync/internal/remote"
)

// Somebody was reported a record and has not looked at it yet when it is given to another: he must not judge it by the older row.
func TestWhoHasYetToLookIsToldThatItIsHisNoMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.source.all = []remote.Snapshot{meeting(1, "101")}
	b.poll(t, b.pairs()...)
	b.now = b.now.Add(time.Minute)
	b.source.changed, b.source.cursor = []remote.Snapshot{meeting(1, "999")}, "c2"
	same(t, "pairs", b.poll(t, b.pairs()...).Pairs, []int64{b.jana.ID})
	works, err := b.store.Work(t.Context(), b.jana.ID, b.now, 0)
	if err != nil || len(works) != 1 {
		t.Fatalf("work %+v, %v; want one", works, err)
	}
	if row, kept := b.feed.Cache.Row(one, "", works[0].RetryAt); !kept || row.Concerns("101") {
		t.Errorf("Row = %+v, %v; want the one by which it is another's", row, kept)
	}
}

// Two processes take turns at polling: a row that one of them read is no longer what the other one reported later.
func TestARowBelongsToItsReport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.source.all = []remote.Snapshot{meeting(1, "101")}
	b.poll(t, b.pairs()...)
	mine := b.feed.Cache
	b.feed.Cache, b.now = &feed.Cache{}, b.now.Add(time.Minute)
	edited := meeting(1, "101")
	edited.Author = "Petr"
	b.source.changed, b.source.cursor = []remote.Snapshot{edited}, "c2"
	b.poll(t, b.pairs()...)
	works, err := b.store.Work(t.Context(), b.jana.ID, b.now, 0)
	if err != nil || len(works) != 1 {
		t.Fatalf("work %+v, %v; want one", works, err)
	}
	if row, kept := mine.Row(one, "", works[0].RetryAt); kept {
		t.Errorf("an old row %+v passes for what was reported a minute later", row)
	}
	if row, kept := b.feed.Cache.Row(one, "", works[0].RetryAt); !kept || row.Author != "Petr" {
		t.Errorf("Row = %+v, %v; want what was reported", row, kept)
	}
}
