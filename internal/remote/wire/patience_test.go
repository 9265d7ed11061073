package wire_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

// Whom a service asks for patience about one mailbox, it hears nothing from about that mailbox until then, whoever wants to ask; about
// the others he goes on. A long wait comes back at once, a short one is waited, and only once.
func TestPatienceIsKept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		asks    string // seconds
		retries int
		waits   time.Duration // 0: refused at once
	}{
		{"a long wait", "300", 0, 0},
		{"a short wait", "4", 0, 4 * time.Second},
		{"a short wait, and nobody may wait", "4", -1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				asked := map[string]int{}
				w := open(t, tripFunc(func(r *http.Request) (*http.Response, error) {
					mu.Lock()
					defer mu.Unlock()
					asked[r.URL.Path]++
					if r.URL.Path == "/api/first" {
						return reply(http.StatusTooManyRequests, "", "Retry-After", test.asks), nil
					}
					return reply(http.StatusOK, "{}"), nil
				}), func(o *wire.Options) { o.Retries = test.retries })
				first := wire.Call{Method: http.MethodPost, Path: "first", Key: "jana", Body: []byte("{}")}
				if _, err := w.Do(t.Context(), first); remote.KindOf(err) != remote.Throttled {
					t.Fatalf("the first call: %v", err)
				}
				began := time.Now()
				until := time.Now().Add(4 * time.Second)
				if test.asks == "300" {
					until = time.Now().Add(5 * time.Minute)
				}
				var others sync.WaitGroup
				for range 3 {
					others.Go(func() {
						_, err := w.Do(t.Context(), wire.Call{Method: http.MethodPost, Path: "second", Key: "jana", Body: []byte("{}"), Doing: "ask"})
						if test.waits == 0 {
							failed := asRemote(t, err)
							if failed.Kind != remote.Throttled || failed.Unknown || !failed.RetryAt.Equal(until) || failed.Doing != "ask" {
								t.Errorf("%v, unknown %v, again at %v, want throttled until %v", failed, failed.Unknown, failed.RetryAt, until)
							}
						}
						if waited := time.Since(began); waited != test.waits {
							t.Errorf("waited %v, want %v", waited, test.waits)
						}
					})
				}
				if _, err := w.Do(t.Context(), wire.Call{Method: http.MethodGet, Path: "third", Key: "petr"}); err != nil || time.Since(began) != 0 {
					t.Errorf("another mailbox: %v after %v", err, time.Since(began))
				}
				others.Wait()
				mu.Lock()
				if made := asked["/api/second"] > 0; made != (test.waits > 0) {
					t.Errorf("%d requests were made", asked["/api/second"])
				}
				mu.Unlock()
				<-time.After(time.Until(until))
				if _, err := w.Do(t.Context(), wire.Call{Method: http.MethodGet, Path: "fourth", Key: "jana"}); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}
