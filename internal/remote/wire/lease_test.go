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
	"testing/synctest"

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

// So it is for what has no body, also when the connection that it was to take turns out to be dead: while the process stood still, the
// other side has ended it.
func TestNothingLeavesWithoutABodyOnAConnectionMadeTooLate(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			arrived.Add(1)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{}`)
	}))
	defer server.Close()
	transport := wire.NewTransport(nil)
	defer transport.CloseIdleConnections()
	var connections, taken atomic.Int64
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if connections.Add(1) == 2 {
			taken.Store(1)
		}
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &mortal{Conn: conn}, nil
	}
	w := open(t, transport, func(o *wire.Options) { o.BaseURL = server.URL })
	ctx := remote.WhileHeld(t.Context(), func(context.Context) error {
		if taken.Load() > 0 {
			return errTaken
		}
		return nil
	})
	if _, err := w.Do(ctx, wire.Call{Method: http.MethodGet, Path: "/things"}); err != nil { // the connection dies after it
		t.Fatal(err)
	}
	_, err := w.Do(ctx, wire.Call{Method: http.MethodDelete, Path: "/things/1"})
	if failed := asRemote(t, err); !errors.Is(failed, errTaken) || failed.Unknown || connections.Load() != 2 {
		t.Errorf("error = %v (unknown %t) with %d connections, want one that is known not to have left, and 2", failed, failed.Unknown, connections.Load())
	}
	if n := arrived.Load(); n != 0 {
		t.Errorf("%d removals arrived", n)
	}
}

// mortal is a connection that takes one request.
type mortal struct {
	net.Conn
	used atomic.Bool
}

func (m *mortal) Write(p []byte) (int, error) {
	if m.used.Swap(true) {
		return 0, errors.New("the connection is dead")
	}
	return m.Conn.Write(p)
}

// What an earlier try of the same call was refused, and the last one kept back, is known not to have come about.
func TestAfterARefusedTryNothingIsUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  int
		unknown bool
	}{{http.StatusTooManyRequests, false}, {http.StatusServiceUnavailable, true}} {
		synctest.Test(t, func(t *testing.T) {
			taken := false
			w := open(t, tripFunc(func(r *http.Request) (*http.Response, error) {
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					return nil, err
				}
				taken = true
				return reply(c.status, `{}`, "Retry-After", "1"), nil
			}), nil)
			ctx := remote.WhileHeld(t.Context(), func(context.Context) error {
				if taken {
					return errTaken
				}
				return nil
			})
			_, err := w.Do(ctx, wire.Call{Method: http.MethodPut, Path: "/things/1", Body: []byte(`{"a":1}`), Safe: true})
			if failed := asRemote(t, err); !errors.Is(failed, errTaken) || failed.Unknown != c.unknown {
				t.Errorf("after %d: %v (unknown %t), want unknown %t", c.status, failed, failed.Unknown, c.unknown)
			}
		})
	}
}

// A transport may begin a body once more. What was kept back once stays so, or it would be told as not sent and come about.
func TestWhatWasKeptBackStaysSo(t *testing.T) {
	t.Parallel()
	arrived, asked := 0, 0
	w := open(t, tripFunc(func(r *http.Request) (*http.Response, error) {
		if _, err := io.Copy(io.Discard, r.Body); err == nil {
			t.Error("the body went out though its sender could not find out whether he may")
		}
		again, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		if _, err := io.Copy(io.Discard, again); err != nil {
			return nil, err
		}
		arrived++
		return reply(http.StatusOK, `{}`), nil
	}), nil)
	ctx := remote.WhileHeld(t.Context(), func(context.Context) error {
		if asked++; asked == 1 {
			return errors.New("the database cannot be read for a moment")
		}
		return nil
	})
	_, err := w.Do(ctx, wire.Call{Method: http.MethodPost, Path: "/things", Body: []byte(`{"a":1}`)})
	if failed := asRemote(t, err); failed.Unknown || arrived != 0 {
		t.Errorf("%v (unknown %t), %d arrived", failed, failed.Unknown, arrived)
	}
}

// A batch of reads is no write, whatever its method.
func TestABatchOfReadsIsNotKeptBack(t *testing.T) {
	t.Parallel()
	w := open(t, tripFunc(func(*http.Request) (*http.Response, error) { return reply(http.StatusOK, `{}`), nil }), nil)
	ctx := remote.WhileHeld(t.Context(), func(context.Context) error { return errTaken })
	if _, err := w.Do(ctx, wire.Call{Method: http.MethodPost, Path: "/$batch", Body: []byte(`{}`), Reads: true, Parts: 2}); err != nil {
		t.Error(err)
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
