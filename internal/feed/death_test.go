package feed_test

import (
	"context"
	"errors"
	"testing"

	"raynetsync/internal/engine/journal"
	"raynetsync/internal/feed"
	"raynetsync/internal/remote"
	"raynetsync/internal/store/storetest"
)

// dying is the store of a process that dies right after a commit.
type dying struct {
	feed.Store
	dead bool
}

func (d *dying) Commit(ctx context.Context, fence journal.Fence, facts ...journal.Fact) error {
	if d.dead {
		return errors.New("the process is dead")
	}
	d.dead = true
	return d.Store.Commit(ctx, fence, facts...)
}

// The cursor is never past what is nobody's work yet: whenever the process dies, either both are there or none.
func TestTheCursorMovesWithItsWork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.poll(t, b.pairs()...)
	b.source.changed, b.source.cursor = []remote.Snapshot{meeting(1, "101")}, "c2"
	b.feed.Store = &dying{Store: b.store}
	_, err := b.feed.Poll(t.Context(), storetest.Admin(), b.pairs(), false)
	same(t, "work of Jana", b.work(t, b.jana), []remote.Ref{one})
	same(t, "cursor", b.token(t), "c2")
	if err != nil {
		t.Errorf("Poll after one commit: %v, want no other one", err)
	}
}
