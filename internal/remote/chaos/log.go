package chaos

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"time"
)

// keptEntries is how many of the latest requests the log holds.
const keptEntries = 20_000

// Entry is one request in the log.
type Entry struct {
	// At is when the request arrived.
	At time.Time `json:"at"`
	// Method, Path and Query are the request line; Query is as sent, without the question mark.
	Method string `json:"method"`
	Path   string `json:"path"`
	Query  string `json:"query,omitempty"`
	// Status is what was answered; 0 while the request runs and when the connection was cut without an answer.
	Status int `json:"status"`
	// Fault is the name of the fault that happened to it.
	Fault string `json:"fault,omitempty"`
	// RequestBytes and ResponseBytes count the bodies.
	RequestBytes  int64 `json:"request_bytes"`
	ResponseBytes int64 `json:"response_bytes"`
	// Mailbox is what Options.Mailbox said.
	Mailbox string `json:"mailbox,omitempty"`
}

// Requests returns copies of the latest requests (at most 20,000), in order of arrival.
func (l *Layer) Requests() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.log[max(0, len(l.log)-keptEntries):]
	out := make([]Entry, 0, len(kept))
	for _, entry := range kept {
		out = append(out, *entry)
	}
	return out
}

// Since returns copies of the requests from a number on, and the number of the first one returned: requests are numbered
// from 0 after each ResetLog, and the log may hold only later ones. A number that was not given yet returns none and the
// number that comes next.
func (l *Layer) Since(number int) (first int, entries []Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	held := min(len(l.log), keptEntries)
	first = min(max(number, l.count-held), l.count)
	for _, entry := range l.log[len(l.log)-(l.count-first):] {
		entries = append(entries, *entry)
	}
	return first, entries
}

// Count returns how many requests arrived since the last ResetLog, also those that the log no longer holds.
func (l *Layer) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// ResetLog forgets the requests so far.
func (l *Layer) ResetLog() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log, l.count = nil, 0
}

// Mark names, in the log entry of the request that w answers, the fault that a handler behind the layer made happen
// by itself. With a writer that is not the layer's own it does nothing.
func Mark(w http.ResponseWriter, fault string) {
	if out, ok := w.(*tally); ok {
		out.fault = fault
	}
}

func (l *Layer) begin(r *http.Request) *Entry {
	entry := &Entry{At: l.opts.Now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery}
	if l.opts.Mailbox != nil {
		entry.Mailbox = l.opts.Mailbox(r)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	l.log = append(l.log, entry)
	if len(l.log) >= 2*keptEntries {
		l.log = slices.Clone(l.log[len(l.log)-keptEntries:])
	}
	return entry
}

func (l *Layer) note(entry *Entry, change func(*Entry)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(entry)
}

func (l *Layer) finish(entry *Entry, out *tally, cut bool) {
	l.note(entry, func(e *Entry) {
		e.Fault, e.ResponseBytes, e.Status = out.fault, out.bytes, out.status
		if e.Status == 0 && !cut {
			e.Status = http.StatusOK
		}
	})
}

// tally counts what a handler answers.
type tally struct {
	http.ResponseWriter
	status int
	bytes  int64
	fault  string
}

func (t *tally) WriteHeader(status int) {
	if t.status == 0 {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *tally) Write(data []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	n, err := t.ResponseWriter.Write(data)
	t.bytes += int64(n)
	return n, err
}

// Flush sends what is buffered, when the writer below can.
func (t *tally) Flush() {
	if flusher, ok := t.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}

// Unwrap lets http.ResponseController reach the writer below.
func (t *tally) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// countingBody counts the request body while a handler reads it.
type countingBody struct {
	io.ReadCloser
	entry *Entry
	layer *Layer
}

func (c *countingBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if n > 0 {
		c.layer.note(c.entry, func(e *Entry) { e.RequestBytes += int64(n) })
	}
	return n, err
}

// recorder is a response that goes nowhere yet.
type recorder struct {
	header  http.Header
	sent    http.Header // copy of header at the first WriteHeader
	code    int
	body    bytes.Buffer
	flushed bool
}

func newRecorder() *recorder { return &recorder{header: http.Header{}} }

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.code == 0 {
		r.code, r.sent = status, r.header.Clone()
	}
}

func (r *recorder) Write(data []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(data)
}

// Flush marks that the head and the bytes so far are out of the server's hands.
func (r *recorder) Flush() {
	r.WriteHeader(http.StatusOK)
	r.flushed = true
}

func (r *recorder) status() int {
	if r.code == 0 {
		return http.StatusOK
	}
	return r.code
}
