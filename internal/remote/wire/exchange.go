package wire

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// Exchange tells of one HTTP request and its answer, for counting and metrics.
type Exchange struct {
	Method string
	// Path is the path without its query, with ids replaced by "{id}".
	Path string
	Key  string
	// Parts is how many requests a batch held; 0 for everything else.
	Parts int
	// Status is 0 if no answer came.
	Status   int
	Duration time.Duration
	// Sent and Received are the bytes of the bodies, compressed as they were.
	Sent, Received int64
	// Err says that the exchange failed, an answer outside 2xx not included.
	Err bool
}

// state is what one call remembers across its tries. It is used by one goroutine at a time.
type state struct {
	call     Call
	left     bool // a request left in some try
	unsure   bool // an earlier try may have been carried out
	received int64
}

type stateKey struct{}

func stateOf(ctx context.Context) *state {
	if st, ok := ctx.Value(stateKey{}).(*state); ok {
		return st
	}
	return &state{}
}

func newPipeline(w *Wire) runtime.Pipeline {
	var perTry []policy.Policy
	if w.options.Auth != nil {
		perTry = append(perTry, w.options.Auth)
	}
	perTry = append(perTry, observer{w}, delays{w})
	return runtime.NewPipeline("raynetsync", "1", runtime.PipelineOptions{PerRetry: perTry}, &policy.ClientOptions{
		Transport: sender{w},
		Telemetry: policy.TelemetryOptions{Disabled: true},
	})
}

const (
	dialWithin = 10 * time.Second
	keepAlive  = 30 * time.Second
)

// NewTransport returns the network: with a limit on every phase that is not covered by the call's own deadline, and connections that are
// not made for a request that may not leave any more. roots are the authorities that are trusted; nil are the system's.
func NewTransport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer,
		TLSHandshakeTimeout:   10 * time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		ResponseHeaderTimeout: 60 * time.Second,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       90 * time.Second,
		ForceAttemptHTTP2:     true,
	}
}

// sender is the last step: it counts, sends through the RoundTripper (which follows no redirects, unlike http.Client) and
// puts the size limit around the body.
type sender struct{ w *Wire }

func (s sender) Do(request *http.Request) (*http.Response, error) {
	st := stateOf(request.Context())
	st.received = 0
	s.w.requests.Add(1)
	response, sent, err := trip(s.w.options.Transport, st.call, request)
	st.left = st.left || sent
	if err != nil {
		return nil, err
	}
	counted := &counter{from: response.Body, want: response.ContentLength, got: &st.received}
	if request.Method == http.MethodHead {
		counted.want = -1
	}
	var body io.Reader = counted
	if strings.EqualFold(response.Header.Get("Content-Encoding"), "gzip") {
		body = &lazyGzip{from: counted}
		response.Header.Del("Content-Encoding")
		response.Header.Del("Content-Length")
		response.ContentLength = -1
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{&limited{from: body, left: s.w.options.MaxBody}, response.Body}
	return response, nil
}

// counter counts what arrives and tells an answer that ended early.
type counter struct {
	from io.Reader
	want int64 // -1: not announced
	got  *int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	*c.got += int64(n)
	if errors.Is(err, io.EOF) && c.want >= 0 && *c.got < c.want {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// lazyGzip opens the gzip stream at the first read, because an empty body has none.
type lazyGzip struct {
	from   io.Reader
	stream *gzip.Reader
}

func (g *lazyGzip) Read(p []byte) (int, error) {
	if g.stream == nil {
		stream, err := gzip.NewReader(g.from)
		if err != nil {
			return 0, err
		}
		g.stream = stream
	}
	return g.stream.Read(p)
}

// ErrTooLarge is in the chain of the error about an answer over Options.MaxBody: whoever can should ask for less.
var ErrTooLarge error = tooLarge{}

// tooLarge implements azcore's marker for errors that a repeat cannot mend.
type tooLarge struct{}

func (tooLarge) Error() string { return "the answer is larger than allowed" }
func (tooLarge) NonRetriable() {}

type limited struct {
	from io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.from.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}

// observer tells of each try.
type observer struct{ w *Wire }

func (o observer) Do(request *policy.Request) (*http.Response, error) {
	began := o.w.options.Now()
	response, err := request.Next()
	st := stateOf(request.Raw().Context())
	exchange := Exchange{
		Method: request.Raw().Method, Path: Template(request.Raw().URL.Path), Key: st.call.Key, Parts: st.call.Parts,
		Duration: o.w.options.Now().Sub(began), Sent: int64(len(st.call.Body)), Received: st.received, Err: err != nil,
	}
	if response != nil {
		exchange.Status = response.StatusCode
	}
	o.w.options.Log.Debug("exchange ended", "side", o.w.options.Side, "method", exchange.Method, "path", exchange.Path,
		"status", exchange.Status, "duration", exchange.Duration, "bytes", exchange.Received)
	if o.w.options.Observe != nil {
		o.w.options.Observe(exchange)
	}
	return response, err
}

// Template returns path with everything that looks like an id, an address or a key replaced by "{id}".
func Template(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		digits := strings.ContainsAny(part, "0123456789")
		switch {
		case part == "":
		case strings.Trim(part, "0123456789") == "", len(part) >= 24, digits && len(part) >= 8, strings.ContainsAny(part, "@:'%"):
			parts[i] = "{id}"
		}
	}
	return strings.Join(parts, "/")
}

// response takes over a downloaded answer.
func (w *Wire) response(raw *http.Response) (*Response, error) {
	body, err := runtime.Payload(raw)
	if err != nil {
		return nil, err
	}
	return &Response{Status: raw.StatusCode, Header: raw.Header, Body: body, At: w.options.Now()}, nil
}

// ErrNotJSON is wrapped by the error of a 2xx answer of another kind: somebody else than the service has answered.
var ErrNotJSON error = refusal("the answer is not JSON")

// complete refuses a 2xx answer that cannot be what was asked for: a login page of a proxy, JSON without its end.
func complete(call Call, response *Response) error {
	body := bytes.TrimSpace(response.Body)
	if len(body) == 0 || call.anyType() {
		return nil
	}
	media, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil || (media != "application/json" && media != "text/json" && !strings.HasSuffix(media, "+json")) {
		return fmt.Errorf("%w but %s", ErrNotJSON, strconv.Quote(media))
	}
	first, last := body[0], body[len(body)-1]
	if !(first == '{' && last == '}') && !(first == '[' && last == ']') {
		return refusal("the answer ends early")
	}
	return nil
}

// anyType reports whether the caller asked for something else than JSON.
func (c Call) anyType() bool {
	for name, value := range c.Header {
		if strings.EqualFold(name, "Accept") && !strings.Contains(value, "json") {
			return true
		}
	}
	return false
}
