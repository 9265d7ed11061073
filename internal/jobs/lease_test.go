package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/store"
	"raynetsync/internal/store/storetest"
)

func TestLeaseOfAnotherProcess(t *testing.T) {
	t.Parallel()
	c := connect(t)
	for _, lease := range []string{fmt.Sprintf("pair/%d", c.pair), "connection/" + storetest.Connection} {
		if _, err := c.store.Acquire(t.Context(), lease, "another", time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.cycle(t); !errors.Is(err, store.ErrHeld) || c.reads.Load() != 0 {
		t.Errorf("Cycle: %v after %d reads, want ErrHeld at once", err, c.reads.Load())
	}
	if _, err := c.Poll(t.Context(), false); !errors.Is(err, store.ErrHeld) {
		t.Errorf("Poll: %v, want ErrHeld", err)
	}
	if _, err := c.Sweep(t.Context()); !errors.Is(err, store.ErrHeld) {
		t.Errorf("Sweep: %v, want ErrHeld", err)
	}
	c.clock.Store(61) // the other process died
	if err := c.cycle(t); err != nil {
		t.Errorf("after the lease ran out: %v", err)
	}
}

func TestAStaleProcessCommitsNothing(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.mailbox.beginFunc = func(ctx context.Context) (remote.Round, error) {
		c.clock.Add(3600) // a paused machine
		if _, err := c.store.Acquire(ctx, fmt.Sprintf("pair/%d", c.pair), "another", time.Minute); err != nil {
			t.Error(err)
		}
		return remote.Round{Full: true, Cursor: "stale"}, nil
	}
	if err := c.cycle(t); !errors.Is(err, journal.ErrFenced) {
		t.Errorf("Cycle: %v, want ErrFenced", err)
	}
	if _, ok, err := c.store.Cursor(t.Context(), engine.FeedScope(c.state(t))); ok || err != nil {
		t.Errorf("the stale process moved the cursor (%v)", err)
	}
	if err := c.cycle(t); !errors.Is(err, store.ErrHeld) {
		t.Errorf("Cycle: %v: it took the other one's lease away", err)
	}
}

// Whoever holds a lease may change things until another process takes it, or takes the place of the whole process.
func TestAStaleProcessSendsNothing(t *testing.T) {
	t.Parallel()
	c := connect(t)
	var replaced error
	c.Serving = func(context.Context) error { return replaced }
	err := c.Hold(t.Context(), "pair/7", func(ctx context.Context, _ journal.Fence) error {
		if err := remote.Held(ctx); err != nil {
			t.Errorf("with its lease: %v", err)
		}
		replaced = journal.ErrFenced
		if err := remote.Held(ctx); !errors.Is(err, journal.ErrFenced) {
			t.Errorf("with another process in its place: %v, want ErrFenced", err)
		}
		replaced = nil
		c.clock.Add(3600) // a paused machine
		if err := remote.Held(ctx); err != nil {
			t.Errorf("with a lease that ended and that nobody took: %v", err)
		}
		if _, err := c.store.Acquire(ctx, "pair/7", "another", time.Minute); err != nil {
			t.Error(err)
		}
		if err := remote.Held(ctx); !errors.Is(err, journal.ErrFenced) {
			t.Errorf("without its lease: %v, want ErrFenced", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestLeasesAreGivenBack(t *testing.T) {
	t.Parallel()
	c := connect(t)
	for _, fails := range []error{nil, refuse(remote.Unavailable, record.Outlook)} {
		c.mailbox.beginFunc = func(context.Context) (remote.Round, error) { return remote.Round{Cursor: "m"}, fails }
		if err := c.cycle(t); !errors.Is(err, fails) {
			t.Errorf("Cycle: %v, want %v", err, fails)
		}
		fence, err := c.store.Acquire(t.Context(), fmt.Sprintf("pair/%d", c.pair), "another", time.Minute)
		if err != nil {
			t.Errorf("after %v: %v", fails, err)
			continue
		}
		if err := c.store.Release(t.Context(), fence); err != nil {
			t.Fatal(err)
		}
	}
}
