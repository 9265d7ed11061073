package jobs

import (
	"context"
	"fmt"
	"sync"
)

// Turns lets one goroutine at a time do what has a name. The zero value is ready. It must not be copied.
type Turns struct {
	mu    sync.Mutex
	taken map[string]chan struct{} // guarded by mu; name -> closed when the turn is over
}

// take waits until nobody else does what is called name, and returns how to end the turn.
func (t *Turns) take(ctx context.Context, name string) (done func(), err error) {
	for {
		t.mu.Lock()
		busy, taken := t.taken[name]
		if !taken {
			if t.taken == nil {
				t.taken = map[string]chan struct{}{}
			}
			over := make(chan struct{})
			t.taken[name] = over
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				defer t.mu.Unlock()
				delete(t.taken, name)
				close(over)
			}, nil
		}
		t.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for a turn at %s: %w", name, ctx.Err())
		}
	}
}
