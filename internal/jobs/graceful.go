package jobs

import (
	"context"
	"errors"
	"time"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/apply"
	"raynetsync/internal/engine/journal"
)

// ErrStopping says that a cycle ended early because the process is about to end. What it did is settled.
var ErrStopping = errors.New("the process is stopping")

// Graceful returns the driver of a server: it carries out all actions that a core has open at the same time. Once stopping is
// closed it sends nothing more, but lets requests that are under way be answered and settled, so that the next start finds no
// write whose outcome is unknown.
func Graceful(stopping <-chan struct{}) engine.Driver {
	return func(ctx context.Context, core *apply.Core, now func() time.Time, do func(context.Context, apply.Action) apply.Event) error {
		events := make(chan apply.Event)
		open, cut := 0, false
		begin := func(actions []apply.Action) {
			for _, action := range actions {
				if ctx.Err() != nil || (closed(stopping) && !settles(action)) {
					cut = true
					continue
				}
				open++
				go func() { events <- do(ctx, action) }()
			}
		}
		begin(core.Start(now()))
		for open > 0 {
			event := <-events
			open--
			if ctx.Err() == nil {
				begin(core.Step(event))
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if cut {
			return ErrStopping
		}
		return nil
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// settles reports whether an action writes the outcome of a request, or at least announces none.
func settles(action apply.Action) bool {
	commit, ok := action.(apply.Commit)
	if !ok {
		return false
	}
	announces := false
	for _, fact := range commit.Facts {
		switch fact.(type) {
		case journal.CloseIntent, journal.SettleEntry:
			return true
		case journal.OpenIntent:
			announces = true
		}
	}
	return !announces
}
