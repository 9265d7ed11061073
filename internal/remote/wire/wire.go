package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"golang.org/x/sync/semaphore"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// The defaults of Options.
const (
	DefaultRetries = 3
	DefaultMaxBody = 32 << 20 // bytes
	DefaultTimeout = 60 * time.Second
)

// Options say how to reach one service.
type Options struct {
	// Side names the service in errors and logs.
	Side record.Side
	// BaseURL is what relative paths are appended to, http or https, without a query.
	BaseURL string
	// Transport makes the exchanges; nil is a transport of our own with sane time limits. Redirects are never followed.
	Transport http.RoundTripper
	// Now is our clock. Required.
	Now func() time.Time
	// Auth adds credentials to each try; nil adds none.
	Auth policy.Policy
	// PerKey is how many requests may be in flight per Call.Key; 0 means 4.
	PerKey int
	// Retries is how often a call that may be repeated is tried again: 0 means DefaultRetries, negative never (and never
	// waits).
	Retries int
	// AllowHosts are further hosts ("host" or "host:port") that absolute next-page addresses may name.
	AllowHosts []string
	// MaxBody limits an answer, in bytes after decompression; 0 means DefaultMaxBody.
	MaxBody int64
	// Timeout limits one call with all its tries, from the moment it has a slot; 0 means DefaultTimeout.
	Timeout time.Duration
	// Classify is the service's own reading of a failure: a non-2xx answer, or (with a nil Response) an error before any
	// answer, such as a refused token. It may return nil for "as usual". Side, Doing, Status and RetryAt are filled in
	// where it left them empty; see Wire.Do for Unknown. It must not keep its arguments.
	Classify func(*Response, error) *remote.Error
	// Log gets one line per exchange at debug level; nil logs nothing.
	Log *slog.Logger
	// Observe is told of every HTTP exchange after it ended, also of failed ones; nil tells nobody. It is called by several
	// goroutines at once.
	Observe func(Exchange)
}

// Call is one thing to ask of the service.
type Call struct {
	// Method is an HTTP method.
	Method string
	// Path is relative to Options.BaseURL with its query already encoded, or an absolute next-page address.
	Path string
	// Header holds further request headers.
	Header map[string]string
	// Body is JSON, nil for none. It is not changed and may be shared.
	Body []byte
	// Key names whose requests count together (mailbox, instance).
	Key string
	// Weight is how many slots of the key the call takes; 0 means 1. It is cut to PerKey.
	Weight int
	// Parts is how many requests the body of a batch holds; 0 for everything else.
	Parts int
	// Safe says that a repeat does no harm: a write of absolute values, a create with an idempotency key. What reads is always safe.
	Safe bool
	// Reads says that the call changes nothing though its method does not say so: a batch of reads.
	Reads bool
	// Doing says what is attempted, lowercase, for errors: "update meeting 9001".
	Doing string
}

// Response is a complete answer with a 2xx status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	// At is when it had arrived, by our clock.
	At time.Time
}

// Wire makes calls to one service. It is safe for concurrent use.
type Wire struct {
	options  Options
	base     *url.URL
	hosts    map[string]bool // lower-case host:port -> allowed
	pipeline runtime.Pipeline
	requests atomic.Int64

	mu     sync.Mutex
	slots  map[string]*semaphore.Weighted // guarded by mu; key -> slots
	closed map[string]time.Time           // guarded by mu; key -> until when the service wants no request
}

// New checks the options and returns a Wire. It sends nothing.
func New(o Options) (*Wire, error) {
	base, err := url.Parse(o.BaseURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Host == "" || base.User != nil || base.RawQuery != "" {
		return nil, fmt.Errorf("%s: the base address must look like https://host/path", o.Side)
	}
	if o.Now == nil {
		return nil, errors.New("wire: Options.Now is missing")
	}
	if o.Transport == nil {
		o.Transport = NewTransport(nil)
	}
	if o.PerKey <= 0 {
		o.PerKey = 4
	}
	if o.Retries == 0 {
		o.Retries = DefaultRetries
	}
	if o.MaxBody <= 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Timeout <= 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w := &Wire{options: o, base: base, hosts: map[string]bool{hostPort(base): true}, slots: map[string]*semaphore.Weighted{},
		closed: map[string]time.Time{}}
	for _, host := range o.AllowHosts {
		w.hosts[hostPort(&url.URL{Scheme: base.Scheme, Host: host})] = true
	}
	w.pipeline = newPipeline(w)
	return w, nil
}

// Requests returns how many HTTP requests were made so far, repeats included.
func (w *Wire) Requests() int64 { return w.requests.Load() }

// Do makes one call. It waits for a slot of the call's key, then for at most Options.Timeout. Every failure is a
// *remote.Error, and so is every answer outside 2xx, an answer that was cut, is too large or is not JSON. Where the service
// said, to any call of the key, that it wants no request before a time, none is made: a short wait is waited, a long one is
// told as the service would tell it.
//
// Error.Unknown is set for anything but GET when the request left and nothing proves that it was refused: a timeout, a
// cut answer, an unreadable 2xx, a redirect, a 5xx that Classify does not read as a refusal — also in an earlier try of
// the same call.
func (w *Wire) Do(ctx context.Context, call Call) (*Response, error) {
	address, err := w.address(call.Path)
	if err != nil {
		return nil, w.failure(call, &state{}, nil, err)
	}
	release, err := w.acquire(ctx, call)
	if err != nil {
		return nil, w.failure(call, &state{}, nil, err)
	}
	defer release()
	ctx, cancel := context.WithTimeout(ctx, w.options.Timeout)
	defer cancel()
	if err := w.keepPatience(ctx, call); err != nil {
		return nil, err
	}

	st := &state{call: call}
	ctx = context.WithValue(ctx, stateKey{}, st)
	ctx = policy.WithRetryOptions(ctx, w.retryOptions(call, st))
	request, err := newRequest(ctx, call, address)
	if err != nil {
		return nil, w.failure(call, st, nil, err)
	}
	raw, err := w.pipeline.Do(request)
	if err != nil {
		return nil, w.failure(call, st, nil, err)
	}
	response, err := w.response(raw)
	if err != nil {
		return nil, w.failure(call, st, nil, err)
	}
	if response.Status < 200 || response.Status > 299 {
		return nil, w.failure(call, st, response, nil)
	}
	if err := complete(call, response); err != nil {
		return nil, w.failure(call, st, nil, err)
	}
	return response, nil
}

func newRequest(ctx context.Context, call Call, address string) (*policy.Request, error) {
	request, err := runtime.NewRequest(ctx, call.Method, address)
	if err != nil {
		return nil, refusal("the request's method or address is malformed")
	}
	header := request.Raw().Header
	header.Set("Accept", "application/json")
	header.Set("Accept-Encoding", "gzip")
	header.Set("User-Agent", "raynetsync")
	if call.Body != nil {
		if err := request.SetBody(streaming.NopCloser(bytes.NewReader(call.Body)), "application/json"); err != nil {
			return nil, err
		}
	}
	for name, value := range call.Header {
		header.Set(name, value)
	}
	return request, nil
}

// address returns the absolute address of path, refusing hosts to which our credentials must not go.
func (w *Wire) address(path string) (string, error) {
	lower := strings.ToLower(path)
	if !strings.HasPrefix(lower, "http://") && !strings.HasPrefix(lower, "https://") {
		return strings.TrimRight(w.base.String(), "/") + "/" + strings.TrimLeft(path, "/"), nil
	}
	u, err := url.Parse(path)
	if err != nil {
		return "", refusal("the next page's address is malformed")
	}
	if u.Scheme != w.base.Scheme || u.User != nil || !w.hosts[hostPort(u)] {
		return "", refusal("the next page's address names another host, to which no credentials are sent: " + u.Scheme + "://" + u.Host)
	}
	return path, nil
}

// hostPort returns the lower-case host with its port, the scheme's own if none is written.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" && u.Scheme == "http" {
		port = "80"
	} else if port == "" {
		port = "443"
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

// acquire waits, first come first served, for the call's slots.
func (w *Wire) acquire(ctx context.Context, call Call) (release func(), err error) {
	weight := int64(min(max(call.Weight, 1), w.options.PerKey))
	w.mu.Lock()
	slots := w.slots[call.Key]
	if slots == nil {
		slots = semaphore.NewWeighted(int64(w.options.PerKey))
		w.slots[call.Key] = slots
	}
	w.mu.Unlock()
	if err := slots.Acquire(ctx, weight); err != nil {
		return nil, err
	}
	return func() { slots.Release(weight) }, nil
}
