package wire

import (
	"context"
	"time"

	"raynetsync/internal/remote"
)

// closeUntil notes that the service wants no request for a key before a time.
func (w *Wire) closeUntil(key string, until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if until.After(w.closed[key]) {
		w.closed[key] = until
	}
}

// closedFor returns until when the service wants no request for a key, and how long that is from now; not positive: it may be asked.
func (w *Wire) closedFor(key string) (until time.Time, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	until, ok := w.closed[key]
	if !ok {
		return until, 0
	}
	if wait = until.Sub(w.options.Now()); wait <= 0 {
		delete(w.closed, key)
	}
	return until, wait
}

// keepPatience lets a call go on when the service wants requests again. Four calls that learn one after another that there are too
// many of them would be four reasons more to be refused.
func (w *Wire) keepPatience(ctx context.Context, call Call) error {
	for {
		until, wait := w.closedFor(call.Key)
		if wait <= 0 {
			return nil
		}
		if w.options.Retries < 0 || wait > maxWait {
			return &remote.Error{Kind: remote.Throttled, Side: w.options.Side, Doing: call.Doing, RetryAt: until,
				Text: "the service wants no request before then"}
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return w.failure(call, &state{}, nil, ctx.Err())
		}
	}
}
