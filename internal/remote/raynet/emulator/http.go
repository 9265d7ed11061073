package emulator

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"raynetsync/internal/remote/chaos"
)

const maxBody = 32 << 20

type crowdedKey struct{}

// ServeHTTP answers one request: the connection gate, then the network layer, then the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.opts.Now().UTC().Format(http.TimeFormat))
	running := s.running.Add(1)
	defer s.running.Add(-1)
	if s.opts.Connections > 0 && running > int64(s.opts.Connections) {
		r = r.WithContext(context.WithValue(r.Context(), crowdedKey{}, true))
	}
	s.front.ServeHTTP(w, r)
}

// call is one API request, read.
type call struct {
	method string
	path   []string // below /api/v2/, unescaped
	values url.Values
	body   map[string]any
	author string
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	rest, ours := strings.CutPrefix(r.URL.EscapedPath(), "/api/v2/")
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if r.Context().Value(crowdedKey{}) != nil {
		s.send(w, reply{http.StatusTooManyRequests, map[string]any{"message": "Too many connections"}})
		return
	}
	if !ours {
		s.send(w, reply{http.StatusNotFound, notFound().body})
		return
	}
	answer, trick, err := s.handle(w, r, rest, body)
	switch trick {
	case "slow":
		s.opts.Sleep(r.Context(), slowBy)
	case "lost-reply":
		panic(http.ErrAbortHandler)
	}
	if refused, ok := errors.AsType[*refusal](err); ok {
		answer = reply{refused.status, refused.body}
	}
	s.send(w, answer)
}

// handle does what happens under the lock; the answer shares nothing with the records.
func (s *Server) handle(w http.ResponseWriter, r *http.Request, rest string, body []byte) (reply, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.enter(w, r); err != nil {
		return reply{}, "", err
	}
	c := &call{method: r.Method, author: s.opts.User}
	for part := range strings.SplitSeq(rest, "/") {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return reply{}, "", badInput()
		}
		if part != "" {
			c.path = append(c.path, plain)
		}
	}
	var err error
	if c.values, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return reply{}, "", badInput()
	}
	if len(body) > 0 && r.Method != http.MethodGet {
		if err := json.Unmarshal(body, &c.body); err != nil || c.body == nil {
			return reply{}, "", badInput()
		}
	}
	trick := s.textMarker(c)
	switch trick {
	case "":
	case "429", "503":
		chaos.Mark(w, "text-"+trick)
		status, _ := strconv.Atoi(trick)
		return reply{status, map[string]any{"message": http.StatusText(status)}}, "", nil
	default:
		chaos.Mark(w, "text-"+trick)
	}
	answer, err := s.route(c)
	if err == nil && trick != "" {
		s.settleMarker(c, answer)
	}
	return answer, trick, err
}

func (s *Server) send(w http.ResponseWriter, answer reply) {
	if answer.body == nil {
		w.WriteHeader(answer.status)
		return
	}
	data, err := json.Marshal(answer.body, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic("raynet emulator: marshal answer: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(answer.status)
	_, _ = w.Write(data)
}

// success is true in lists and creates, "true" in details.
func (s *Server) success(detail bool) any {
	if detail || s.switches.SuccessAsText {
		return "true"
	}
	return true
}

func created(data any, success any) reply {
	return reply{http.StatusCreated, map[string]any{"success": success, "data": data}}
}

// The text markers and their effects; "slow" takes slowBy.
const slowBy = 3 * time.Second

func markers() []string { return []string{"429", "503", "slow", "lost-reply"} }

// textMarker finds the fault that a record's title asks for, once per record: at its first write.
func (s *Server) textMarker(c *call) string {
	if !s.opts.DataFaults || c.method == http.MethodGet || len(c.path) == 0 {
		return ""
	}
	k, ok := kindOf(c.path[0])
	if !ok || !k.isActivity() {
		return ""
	}
	title, _ := c.body["title"].(string)
	key := c.path[0] + "/" + title
	if len(c.path) > 1 {
		key = c.path[0] + "#" + c.path[1]
		id, _ := whole(c.path[1])
		if r := s.rows.get(k, id); r != nil && title == "" {
			title = r.text("title")
		}
	}
	for _, marker := range markers() {
		if strings.Contains(title, "["+marker+"]") && !s.consumed[key] {
			s.consumed[key] = true
			return marker
		}
	}
	return ""
}

// settleMarker makes a record that was created under a marker have had its turn.
func (s *Server) settleMarker(c *call, answer reply) {
	body, _ := answer.body.(map[string]any)
	data, _ := body["data"].(map[string]any)
	if id, ok := data["id"].(int64); ok && answer.status == http.StatusCreated {
		s.consumed[c.path[0]+"#"+strconv.FormatInt(id, 10)] = true
	}
}
