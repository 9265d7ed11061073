package chaos

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Options are the clock and the labels of a Layer.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Sleep waits that long or until ctx ends; nil waits really.
	Sleep func(ctx context.Context, d time.Duration)
	// Mailbox names the person whose data a request is about, for Entry.Mailbox; nil leaves it empty.
	Mailbox func(*http.Request) string
}

// Layer is the middleware. It is safe for concurrent use; make it with New.
type Layer struct {
	opts Options

	commit sync.Mutex // held while late commits are being applied; taken before mu

	mu      sync.Mutex
	faults  []*armed      // guarded by mu; sorted by name
	pending []*lateCommit // guarded by mu; in order of arrival
	log     []*Entry      // guarded by mu; oldest first
	count   int           // guarded by mu
	latency time.Duration // guarded by mu
}

// lateCommit is a request whose sender was cut off and which is applied later.
type lateCommit struct {
	due  time.Time
	next http.Handler
	req  *http.Request
	body []byte
}

// New returns a layer without faults and latency.
func New(opts Options) *Layer {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Sleep == nil {
		opts.Sleep = sleep
	}
	return &Layer{opts: opts}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// SetLatency makes every request wait that long before it is looked at.
func (l *Layer) SetLatency(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.latency = d
}

// Wrap returns next behind the layer. A cut connection is panic(http.ErrAbortHandler), which net/http's server and
// Layer.Transport understand. One layer may wrap several handlers; they share log and faults.
func (l *Layer) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.serve(next, w, r) })
}

func (l *Layer) serve(next http.Handler, w http.ResponseWriter, r *http.Request) {
	l.applyDue(l.opts.Now())
	entry := l.begin(r)
	out := &tally{ResponseWriter: w}
	defer func() {
		cut := recover()
		l.finish(entry, out, cut != nil)
		if cut != nil {
			panic(cut)
		}
	}()
	l.mu.Lock()
	latency := l.latency
	l.mu.Unlock()
	if latency > 0 {
		l.opts.Sleep(r.Context(), latency)
	}
	if !l.anyFault() {
		count := &countingBody{ReadCloser: orNoBody(r.Body), entry: entry, layer: l}
		r.Body = count
		next.ServeHTTP(out, r)
		return
	}
	body, err := io.ReadAll(orNoBody(r.Body))
	l.note(entry, func(e *Entry) { e.RequestBytes = int64(len(body)) })
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	fault, met := l.choose(r, body)
	if !met {
		next.ServeHTTP(out, r)
		return
	}
	out.fault = fault.Name
	l.misbehave(fault, next, out, r, body)
}

// misbehave does what the fault says to one request whose body is already read.
func (l *Layer) misbehave(fault Fault, next http.Handler, out *tally, r *http.Request, body []byte) {
	switch fault.Effect {
	case EffectStatus:
		answer(out, fault)
	case EffectDropRequest:
		panic(http.ErrAbortHandler)
	case EffectLoseAnswer:
		next.ServeHTTP(newRecorder(), r)
		if fault.Status != 0 {
			answer(out, fault)
			return
		}
		panic(http.ErrAbortHandler)
	case EffectLateCommit:
		l.hold(&lateCommit{
			due: l.opts.Now().Add(fault.After), next: next, body: body,
			req: r.Clone(context.WithoutCancel(r.Context())),
		})
		panic(http.ErrAbortHandler)
	case EffectTwice:
		first := r.Clone(r.Context())
		first.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(newRecorder(), first)
		next.ServeHTTP(out, r)
	case EffectDelay:
		l.opts.Sleep(r.Context(), fault.After)
		if r.Context().Err() != nil {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(out, r)
	case EffectTruncate:
		whole := newRecorder()
		next.ServeHTTP(whole, r)
		truncate(out, whole)
	default:
		next.ServeHTTP(out, r)
	}
}

func answer(out *tally, fault Fault) {
	for key, value := range fault.Header {
		out.Header().Set(key, value)
	}
	if fault.Body != "" && out.Header().Get("Content-Type") == "" {
		out.Header().Set("Content-Type", "application/json")
	}
	out.WriteHeader(cmp.Or(fault.Status, http.StatusServiceUnavailable))
	_, _ = io.WriteString(out, fault.Body)
}

func truncate(out *tally, whole *recorder) {
	for key, values := range whole.header {
		out.Header()[key] = values
	}
	body := whole.body.Bytes()
	out.Header().Set("Content-Length", strconv.Itoa(len(body)))
	out.WriteHeader(whole.status())
	_, _ = out.Write(body[:len(body)/2])
	out.Flush()
	panic(http.ErrAbortHandler)
}

func (l *Layer) hold(late *lateCommit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending = append(l.pending, late)
}

// Settle applies every late commit that is still waiting, in order of arrival.
func (l *Layer) Settle() { l.apply(func(*lateCommit) bool { return true }) }

func (l *Layer) applyDue(now time.Time) {
	l.apply(func(late *lateCommit) bool { return !late.due.After(now) })
}

// apply runs the waiting commits that are due. Requests that arrive meanwhile wait, so that the order is always the
// order of arrival.
func (l *Layer) apply(due func(*lateCommit) bool) {
	l.commit.Lock()
	defer l.commit.Unlock()
	for _, late := range l.take(due) {
		late.run()
	}
}

func (l *Layer) take(due func(*lateCommit) bool) []*lateCommit {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pending) == 0 {
		return nil
	}
	var taken, kept []*lateCommit
	for _, late := range l.pending {
		if due(late) {
			taken = append(taken, late)
		} else {
			kept = append(kept, late)
		}
	}
	l.pending = kept
	return taken
}

func (c *lateCommit) run() {
	defer func() {
		if cut := recover(); cut != nil && cut != any(http.ErrAbortHandler) {
			panic(cut)
		}
	}()
	c.req.Body = io.NopCloser(bytes.NewReader(c.body))
	c.next.ServeHTTP(newRecorder(), c.req)
}

func orNoBody(body io.ReadCloser) io.ReadCloser {
	if body == nil {
		return http.NoBody
	}
	return body
}
