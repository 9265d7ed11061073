package emulator

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// maxBody is the request limit of the service. // G-62
const maxBody = 4 << 20

// call is one request on its way through the emulator: from the wire, or a part of a batch.
type call struct {
	method string
	path   []string // segments after /v1.0, decoded
	query  url.Values
	raw    string // query as sent
	header http.Header
	body   []byte
	now    time.Time
	base   string // scheme, host and /v1.0, for the links in answers
	token  claims

	part    bool    // of a batch
	batch   *batch  // set on the batch itself
	crowded bool    // no place was left in the mailbox
	refusal *answer // chosen by data
}

// answer is what goes back. A nil body with status 200 or above stays empty.
type answer struct {
	status int
	header map[string]string
	body   any
	media  *media // in place of a body
}

// media is content that isn't JSON.
type media struct {
	kind string // Content-Type
	data []byte
}

func reply(status int, body any) answer { return answer{status: status, body: body} }

// problem is an error in the shape of G-08; finish adds the inner error.
func problem(status int, code, format string, args ...any) answer {
	return innerProblem(status, code, "", fmt.Sprintf(format, args...))
}

// innerProblem is an error whose useful code is the inner one.
func innerProblem(status int, code, inner, message string) answer {
	innerError := map[string]any{}
	if inner != "" {
		innerError["code"] = inner
	}
	return answer{status: status, body: map[string]any{
		"error": map[string]any{"code": code, "message": message, "innerError": innerError},
	}}
}

func (a answer) with(key, value string) answer {
	if a.header == nil {
		a.header = map[string]string{}
	}
	a.header[key] = value
	return a
}

func (a answer) failed() bool { return a.status >= 400 }

// serveGraph reads a request, waits its latency while it holds its places, and answers under the lock.
func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	c, bad := s.read(r, body)
	if bad != nil {
		s.send(w, r, *bad)
		return
	}
	work, release := s.enter(c)
	defer release()
	s.linger(r.Context(), work)
	delay, lost := s.dataFaults(c)
	s.linger(r.Context(), delay)
	a, wire := s.locked(c)
	if lost {
		panic(http.ErrAbortHandler)
	}
	s.write(w, r, a, wire)
}

// read takes a request apart; the result's second value is a refusal.
func (s *Server) read(r *http.Request, body []byte) (*call, *answer) {
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	c := &call{
		method: r.Method, raw: r.URL.RawQuery, header: r.Header, body: body,
		now: s.opts.Now().UTC(), base: scheme + "://" + r.Host + "/v1.0",
	}
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), "/v1.0/")
	if !ok {
		bad := problem(http.StatusBadRequest, "BadRequest", "Invalid version.")
		return nil, &bad
	}
	if len(body) > maxBody {
		bad := problem(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The size of the request is over the limit.")
		return nil, &bad
	}
	if bad := c.target(rest); bad != nil {
		return nil, bad
	}
	return c, c.openBatch()
}

// target parses path and query.
func (c *call) target(rest string) *answer {
	for segment := range strings.SplitSeq(strings.TrimSuffix(rest, "/"), "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			bad := innerProblem(http.StatusBadRequest, "BadRequest", "RequestBroker--ParseUri", "Bad escape in the URL.")
			return &bad
		}
		c.path = append(c.path, plain)
	}
	query, err := url.ParseQuery(c.raw)
	if err != nil {
		bad := innerProblem(http.StatusBadRequest, "BadRequest", "RequestBroker--ParseUri", "The query could not be parsed.")
		return &bad
	}
	c.query = query
	return nil
}

// locked runs the call and encodes its answer while nothing else changes.
func (s *Server) locked(c *call) (answer, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(c.now)
	a := s.authorize(c)
	if a == nil {
		done := s.run(c)
		a = &done
	}
	s.finish(c, a)
	if a.media != nil {
		return *a, a.media.data
	}
	return *a, encode(a.body)
}

// run answers a call whose token is good.
func (s *Server) run(c *call) answer {
	if c.refusal != nil {
		return *c.refusal
	}
	return s.route(c)
}

// finish adds to an answer what every answer has.
func (s *Server) finish(c *call, a *answer) {
	s.asked++
	id := guid(s.opts.Seed, "request", fmt.Sprint(s.asked))
	mine := c.header.Get("client-request-id")
	if mine == "" {
		mine = id
	}
	*a = a.with("request-id", id).with("client-request-id", mine)
	inner := object(object(object(a.body)["error"])["innerError"])
	if inner == nil {
		return
	}
	inner["date"] = c.now.Format("2006-01-02T15:04:05")
	inner["request-id"], inner["client-request-id"] = id, mine
}

// send answers without having run anything.
func (s *Server) send(w http.ResponseWriter, r *http.Request, a answer) {
	s.mu.Lock()
	s.finish(&call{header: r.Header, now: s.opts.Now().UTC()}, &a)
	s.mu.Unlock()
	s.write(w, r, a, encode(a.body))
}

func (s *Server) write(w http.ResponseWriter, _ *http.Request, a answer, wire []byte) {
	for _, key := range slices.Sorted(maps.Keys(a.header)) {
		w.Header().Set(key, a.header[key])
	}
	switch {
	case a.media != nil:
		w.Header().Set("Content-Type", a.media.kind)
	case wire != nil:
		w.Header().Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(wire)
}

// encode prints JSON with sorted keys, so that equal calls get equal bytes.
func encode(v any) []byte {
	if v == nil {
		return nil
	}
	data, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(fmt.Sprintf("emulator: answer can't be encoded: %v", err))
	}
	return unpaired(data)
}

// decode reads a JSON object from a request body.
func decode(data []byte) (map[string]any, bool) {
	var v map[string]any
	err := json.Unmarshal(data, &v)
	return v, err == nil && v != nil
}

func (s *Server) linger(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	if s.opts.Sleep != nil {
		s.opts.Sleep(ctx, d)
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
