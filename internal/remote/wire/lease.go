package wire

import (
	"errors"
	"io"
	"net/http"
	"sync"

	"raynetsync/internal/remote"
)

// unsent says that a request was kept back because its sender may not change anything now. A repeat cannot mend that.
type unsent struct{ cause error }

func (unsent) Error() string {
	return "the request was not sent: this process may not change anything now"
}
func (u unsent) Unwrap() error { return u.cause }
func (unsent) NonRetriable()   {}

// trip makes one request. One that changes something asks once more whether its sender may still change things (remote.WhileHeld):
// with a body when that is about to be sent, which is after the wait for a connection, else before it. sent is false if the
// request was kept back: without its body no service can carry it out.
func trip(next http.RoundTripper, call Call, request *http.Request) (response *http.Response, sent bool, err error) {
	ctx := request.Context()
	if call.reads() {
		response, err = next.RoundTrip(request)
		return response, true, err
	}
	if request.Body == nil || request.Body == http.NoBody {
		if err := remote.Held(ctx); err != nil {
			return nil, false, unsent{err}
		}
		response, err = next.RoundTrip(request)
		return response, true, err
	}
	door := &door{ask: func() error { return remote.Held(ctx) }}
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

// door lets bodies out. It is for several goroutines: a transport sends a body in one of its own.
type door struct {
	ask func() error

	mu      sync.Mutex
	refused error // guarded by mu
}

func (d *door) open() error {
	err := d.ask()
	if err != nil {
		d.mu.Lock()
		d.refused = err
		d.mu.Unlock()
	}
	return err
}

func (d *door) closed() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.refused
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
