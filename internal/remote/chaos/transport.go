package chaos

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// Transport returns a client transport that calls h in the caller's goroutine, without sockets and without a clock of
// its own: made for virtual time. h is usually what Wrap returned.
//
// A connection that h cuts becomes an error that wraps io.ErrUnexpectedEOF, from RoundTrip when nothing was sent yet, else
// from reading the body. When the request's context has ended, its error is returned, also when h has already applied
// the request: the answer is lost then, as on a real network.
func (l *Layer) Transport(h http.Handler) http.RoundTripper { return inProcess{handler: h} }

type inProcess struct{ handler http.Handler }

func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	body := orNoBody(r.Body)
	defer func() { _ = body.Close() }()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	served := r.Clone(r.Context())
	served.Body = body
	served.RequestURI = r.URL.RequestURI()
	served.RemoteAddr = "127.0.0.1:1"
	if served.Host == "" {
		served.Host = r.URL.Host
	}
	out := newRecorder()
	cut := serveRecorded(t.handler, out, served)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if cut && !out.flushed {
		return nil, fmt.Errorf("connection cut: %w", io.ErrUnexpectedEOF)
	}
	return out.response(r, cut), nil
}

func serveRecorded(h http.Handler, out *recorder, r *http.Request) (cut bool) {
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			cut = true
		}
	}()
	h.ServeHTTP(out, r)
	return false
}

func (r *recorder) response(req *http.Request, cut bool) *http.Response {
	r.WriteHeader(http.StatusOK)
	var body io.Reader = bytes.NewReader(r.body.Bytes())
	length := int64(r.body.Len())
	if cut {
		body = io.MultiReader(body, cutReader{})
		if announced, err := strconv.ParseInt(r.sent.Get("Content-Length"), 10, 64); err == nil {
			length = announced
		}
	}
	return &http.Response{
		Status:     strconv.Itoa(r.code) + " " + http.StatusText(r.code),
		StatusCode: r.code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.sent, Body: io.NopCloser(body), ContentLength: length, Request: req,
	}
}

type cutReader struct{}

func (cutReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
