package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"raynetsync/internal/remote"
	"raynetsync/internal/remote/wire"
)

var errTaken = errors.New("another process has taken over")

// Whoever waited for its turn while another process took over changes nothing any more, and knows that it did not; reading goes on.
func TestNothingLeavesOfAProcessThatWasOvertaken(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]wire.Call{
		"a write with a body":       {Method: http.MethodPost, Path: "/things", Body: []byte(`{"a":1}`)},
		"one that may be repeated":  {Method: http.MethodPut, Path: "/things/1", Body: []byte(`{"a":1}`), Safe: true},
		"a removal without a body":  {Method: http.MethodDelete, Path: "/things/1"},
		"an action without a body":  {Method: http.MethodPost, Path: "/things/1/valid"},
		"a body that is not little": {Method: http.MethodPost, Path: "/things", Body: []byte(`{"a":"` + strings.Repeat("x", 1<<20) + `"}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first, release := make(chan bool), make(chan bool)
			var arrived atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, err := io.Copy(io.Discard, r.Body)
				switch {
				case r.URL.Path == "/api/first":
					close(first) // the whole of it is here
					<-release
				case r.Method != http.MethodGet && err == nil:
					arrived.Add(1)
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{}`)
			}))
			defer server.Close()
			w := open(t, nil, func(o *wire.Options) { o.BaseURL, o.PerKey = server.URL+"/api", 1 })
			var taken atomic.Bool
			ctx := remote.WhileHeld(t.Context(), func(context.Context) error {
				if taken.Load() {
					return errTaken
				}
				return nil
			})
			firstDone, secondDone := make(chan error), make(chan error)
			go func() {
				_, err := w.Do(ctx, wire.Call{Method: http.MethodPost, Path: "/first", Body: []byte(`{}`)})
				firstDone <- err
			}()
			<-first
			go func() {
				_, err := w.Do(ctx, call)
				secondDone <- err
			}()
			taken.Store(true)
			close(release)
			if err := <-firstDone; err != nil {
				t.Errorf("what had left already: %v", err)
			}
			failed := asRemote(t, <-secondDone)
			if !errors.Is(failed, errTaken) || failed.Unknown || failed.Kind != remote.Unavailable {
				t.Errorf("error = %v (kind %s, unknown %t), want one that is known not to have left, because %v", failed, failed.Kind, failed.Unknown, errTaken)
			}
			if n := arrived.Load(); n != 0 {
				t.Errorf("%d requests arrived", n)
			}
			if _, err := w.Do(ctx, wire.Call{Method: http.MethodGet, Path: "/things"}); err != nil {
				t.Errorf("reading: %v", err)
			}
		})
	}
}

// The last moment is after the wait for a connection, not before it, in both versions of HTTP.
func TestNothingLeavesOfAProcessThatWasOvertakenWhileItConnected(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP %d", version), func(t *testing.T) {
			t.Parallel()
			var arrived atomic.Int64
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor != version {
					t.Errorf("%s, want HTTP %d", r.Proto, version)
				}
				if _, err := io.Copy(io.Discard, r.Body); err == nil {
					arrived.Add(1)
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{}`)
			}))
			server.EnableHTTP2 = version == 2
			server.StartTLS()
			defer server.Close()
			var taken atomic.Bool
			transport := server.Client().Transport.(*http.Transport).Clone()
			transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				taken.Store(true)
				return (&net.Dialer{}).DialContext(ctx, network, address)
			}
			defer transport.CloseIdleConnections()
			w := open(t, transport, func(o *wire.Options) { o.BaseURL = server.URL })
			ctx := remote.WhileHeld(t.Context(), func(context.Context) error {
				if taken.Load() {
					return errTaken
				}
				return nil
			})
			_, err := w.Do(ctx, wire.Call{Method: http.MethodPost, Path: "/things", Body: []byte(`{"a":1}`)})
			if failed := asRemote(t, err); !errors.Is(failed, errTaken) || failed.Unknown {
				t.Errorf("error = %v (unknown %t), want one that is known not to have left", failed, failed.Unknown)
			}
			if n := arrived.Load(); n != 0 {
				t.Errorf("%d requests arrived", n)
			}
			taken.Store(false)
			if _, err := w.Do(ctx, wire.Call{Method: http.MethodPost, Path: "/things", Body: []byte(`{"a":1}`)}); err != nil && version == 2 {
				t.Errorf("on a connection that is there: %v", err) // of HTTP 1 the connection ended with the request
			}
		})
	}
}

// Two leases: both must be held.
func TestEveryConditionIsAsked(t *testing.T) {
	t.Parallel()
	good := func(context.Context) error { return nil }
	bad := func(context.Context) error { return errTaken }
	for _, c := range []struct {
		name  string
		first func(context.Context) error
		then  func(context.Context) error
		want  error
	}{{"both", good, good, nil}, {"the first is lost", bad, good, errTaken}, {"the second is lost", good, bad, errTaken}} {
		ctx := remote.WhileHeld(remote.WhileHeld(t.Context(), c.first), c.then)
		if err := remote.Held(ctx); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if err := remote.Held(t.Context()); err != nil {
		t.Errorf("without a condition: %v", err)
	}
}
