package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"

	"raynetsync/internal/remote"
)

// unsent says that a request was kept back because its sender may not change anything now, or cannot find out whether he may. The call
// ends with it: nothing is gained by asking again at once.
type unsent struct{ cause error }

func (unsent) Error() string {
	return "the request was not sent: this process may not change anything now"
}
func (u unsent) Unwrap() error { return u.cause }
func (unsent) NonRetriable()   {}

// trip makes one request. One that changes something asks once more whether its sender may still change things (remote.WhileHeld). With a
// body that is when the body is about to go, after any wait for a connection; without its body no service can carry it out. Without one
// it is before the request is handed over and after each connection that is made for it; what is left is its encryption. sent is false
// if the request was kept back.
func trip(next http.RoundTripper, call Call, request *http.Request) (response *http.Response, sent bool, err error) {
	if call.reads() {
		response, err = next.RoundTrip(request)
		return response, true, err
	}
	ctx := request.Context()
	door := &door{ask: func() error { return remote.Held(ctx) }}
	if request.Body == nil || request.Body == http.NoBody {
		if err := door.open(); err != nil {
			return nil, false, unsent{err}
		}
		response, err = next.RoundTrip(request.WithContext(context.WithValue(ctx, doorKey{}, door)))
		_, kept := errors.AsType[unsent](err) // not by the door: a connection that was made in vain may have shut it behind the request
		return response, !kept, err
	}
	watched := *request // a RoundTripper leaves what it was given as it was
	watched.Body = &guarded{ReadCloser: request.Body, door: door}
	if request.GetBody != nil {
		watched.GetBody = func() (io.ReadCloser, error) {
			body, err := request.GetBody()
			return &guarded{ReadCloser: body, door: door}, err
		}
	}
	response, err = next.RoundTrip(&watched)
	if refused := door.closed(); refused != nil {
		if err == nil {
			err = response.Body.Close() // the service did not wait for the body
		}
		return nil, false, errors.Join(unsent{refused}, err)
	}
	return response, true, err
}

// door lets requests out. It is for several goroutines: a transport sends bodies and makes connections in some of its own.
type door struct {
	ask func() error

	mu      sync.Mutex
	refused error // guarded by mu
}

// open asks. Once refused it stays shut: what a body was kept from must not come about by another.
func (d *door) open() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refused == nil {
		d.refused = d.ask()
	}
	return d.refused
}

func (d *door) closed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.refused
}

// doorKey leads to the door of a request for which a connection is made.
type doorKey struct{}

// dialer makes connections for our own transports.
func dialer(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialWithin, KeepAlive: keepAlive}).DialContext(ctx, network, address)
	door, guarded := ctx.Value(doorKey{}).(*door)
	if err != nil || !guarded {
		return conn, err
	}
	if refused := door.open(); refused != nil {
		return nil, errors.Join(unsent{refused}, conn.Close())
	}
	return conn, nil
}

// guarded is a body that asks at its door before its first byte. A transport that takes another connection begins a new one.
type guarded struct {
	io.ReadCloser
	door *door
	out  bool
}

func (g *guarded) Read(p []byte) (int, error) {
	if !g.out {
		if err := g.door.open(); err != nil {
			return 0, err
		}
		g.out = true
	}
	return g.ReadCloser.Read(p)
}
