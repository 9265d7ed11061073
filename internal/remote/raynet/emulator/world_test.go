package emulator_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/remote/contract"
	"raynetsync/internal/remote/raynet/emulator"
)

// world is an emulator behind real HTTP with a clock that stands still until it is moved.
type world struct {
	t      *testing.T
	server *emulator.Server
	url    string
	client *http.Client

	mu  sync.Mutex
	now time.Time

	jana, petr    int64 // persons who log in
	acme, contact int64
}

const (
	jana = "jana@example.cz"
	petr = "petr@example.cz"
)

func newWorld(t *testing.T, opts emulator.Options) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 5, 8, 30, 45, 0, time.UTC)}
	opts.Now = w.clock
	w.server = emulator.New(opts)
	w.jana, _ = w.server.AddUser(map[string]any{"firstName": "Jana", "lastName": "Nová"}, jana, "FULL_THROTTLE", "Europe/Prague")
	w.petr, _ = w.server.AddUser(map[string]any{"firstName": "Petr", "lastName": "Malý"}, petr, "ADMIN", "Europe/Prague")
	w.acme = w.must(w.server.CreateAs(jana, "company", map[string]any{
		"name": "Acme s.r.o.", "rating": "A", "state": "B_ACTUAL", "role": "A_SUBSCRIBER",
		"addresses": []any{map[string]any{
			"address":     map[string]any{"name": "Sídlo", "street": "Dlouhá 1", "city": "Brno", "country": "CZ"},
			"contactInfo": map[string]any{"email": "info@acme.example"},
		}},
	}))
	w.contact = w.must(w.server.CreateAs(jana, "person", map[string]any{
		"firstName": "Karel", "lastName": "Dvořák", "contactInfo": map[string]any{"email": "karel@acme.example"},
		"relationship": map[string]any{"company": w.acme, "type": "nákupčí"},
	}))
	front := httptest.NewServer(w.server)
	t.Cleanup(front.Close)
	w.url = front.URL + "/api/v2/"
	w.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return w
}

// newCheckedWorld is a world whose every exchange is held against the contract. Reading the contract takes its time, so
// not every test does it.
func newCheckedWorld(t *testing.T, opts emulator.Options) *world {
	t.Helper()
	w := newWorld(t, opts)
	w.client.Transport = contract.Load(t).Transport(t, w.client.Transport, contract.Raynet)
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) must(id int64, err error) int64 {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// answer is a response, read.
type answer struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

func (a answer) data() map[string]any { data, _ := a.body["data"].(map[string]any); return data }

func (a answer) rows() []map[string]any {
	var out []map[string]any
	items, _ := a.body["data"].([]any)
	for _, item := range items {
		out = append(out, item.(map[string]any))
	}
	return out
}

func (a answer) ids() []int64 {
	var out []int64
	for _, row := range a.rows() {
		out = append(out, number(row["id"]))
	}
	return out
}

func number(value any) int64 { f, _ := value.(float64); return int64(f) }

func login(r *http.Request) {
	r.SetBasicAuth("sync@example.cz", "fake-raynet-api-key")
	r.Header.Set("X-Instance-Name", "demo")
}

// try sends one request; dress may change it.
func (w *world) try(method, path, query string, body any, dress func(*http.Request)) (answer, error) {
	w.t.Helper()
	var sent io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		sent = bytes.NewReader(data)
	}
	target := w.url + path
	if query != "" {
		target += "?" + query
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, target, sent)
	if err != nil {
		w.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	login(req)
	if dress != nil {
		dress(req)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	out := answer{status: resp.StatusCode, header: resp.Header}
	if out.raw, err = io.ReadAll(resp.Body); err != nil {
		return out, err
	}
	if len(out.raw) > 0 {
		if err := json.Unmarshal(out.raw, &out.body); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, out.raw)
		}
	}
	return out, nil
}

func (w *world) call(method, path, query string, body any) answer {
	w.t.Helper()
	out, err := w.try(method, path, query, body, nil)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return out
}

// want is call with a status.
func (w *world) want(status int, method, path, query string, body any) answer {
	w.t.Helper()
	out := w.call(method, path, query, body)
	if out.status != status {
		w.t.Fatalf("%s %s?%s: got %d %s, want %d", method, path, query, out.status, out.raw, status)
	}
	return out
}

// meeting is a body for a create; a nil in change leaves the key out.
func (w *world) meeting(change map[string]any) map[string]any {
	out := map[string]any{
		"title": "Schůzka", "priority": "DEFAULT", "owner": w.jana, "company": w.acme,
		"scheduledFrom": "2026-03-06T09:00:00.000+01:00", "scheduledTill": "2026-03-06T10:00:00.000+01:00",
	}
	for key, value := range change {
		if out[key] = value; value == nil {
			delete(out, key)
		}
	}
	return out
}

func (w *world) create(body map[string]any) int64 {
	w.t.Helper()
	return number(w.want(http.StatusCreated, "PUT", "meeting/", "", body).data()["id"])
}

func (w *world) detail(path string) map[string]any {
	w.t.Helper()
	return w.want(http.StatusOK, "GET", path, "dateFormat=ISO8601", nil).data()
}

func at(id int64) string { return "meeting/" + strconv.FormatInt(id, 10) + "/" }

// filter writes a query with its values escaped: name, value, name, value …
func filter(pairs ...string) string {
	var out []string
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, url.QueryEscape(pairs[i])+"="+url.QueryEscape(pairs[i+1]))
	}
	return strings.Join(out, "&")
}

// plain sends a request past the contract, for what the contract does not allow, and returns the status.
func (w *world) plain(method, path string, body any) (int, error) {
	w.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, bytes.NewReader(data))
	if err != nil {
		return 0, err
	}
	login(req)
	resp, err := w.server.Transport().RoundTrip(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

// request is a GET that is allowed in.
func (w *world) request(path string) *http.Request {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	login(req)
	return req
}
