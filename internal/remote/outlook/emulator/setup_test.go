package emulator_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/remote/outlook/emulator"
)

const (
	anna  = "anna.novakova@contoso.example"
	boris = "boris.svoboda@contoso.example"
	cyril = "cyril.dvorak@contoso.example"
)

// clock is a clock that moves when a test says so.
type clock struct {
	mu sync.Mutex
	at time.Time // guarded by mu
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a tenant with three people behind a real HTTP server, and an application with a token.
type world struct {
	t     testing.TB
	clock *clock
	srv   *emulator.Server
	graph *httptest.Server
	token string
	next  http.RoundTripper // what requests go through; nil is the default transport
}

type reply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func newWorld(t *testing.T, adjust ...func(*emulator.Options)) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{at: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}}
	opts := emulator.Options{Now: w.clock.Now, Seed: 7, KeepHistory: true, Sleep: func(context.Context, time.Duration) {}}
	for _, change := range adjust {
		change(&opts)
	}
	w.srv = emulator.New(opts)
	for _, person := range [][2]string{{anna, "Anna Nováková"}, {boris, "Boris Svoboda"}, {cyril, "Cyril Dvořák"}} {
		w.srv.AddMailbox(map[string]any{"userPrincipalName": person[0], "displayName": person[1], "mail": person[0]})
	}
	w.graph = httptest.NewServer(w.srv.Graph())
	t.Cleanup(w.graph.Close)
	w.login()
	return w
}

// ask sends a token request to a path of the authority, in-process.
func (w *world) ask(path string, form url.Values) reply {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, "https://login.example"+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(req, w.srv.Transport())
}

func goodForm() url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {emulator.FakeClient}, "client_secret": {emulator.FakeSecret},
		"scope": {"https://graph.microsoft.com/.default"},
	}
}

func (w *world) login() {
	w.t.Helper()
	r := w.ask("/"+emulator.FakeTenant+"/oauth2/v2.0/token", goodForm())
	if r.status != http.StatusOK {
		w.t.Fatalf("token request: %d %s", r.status, r.raw)
	}
	w.token = str(r.body["access_token"])
}

func (w *world) send(req *http.Request, through http.RoundTripper) reply {
	w.t.Helper()
	client := &http.Client{Transport: through}
	resp, err := client.Do(req)
	if err != nil {
		return reply{status: -1, raw: err.Error()}
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{status: -1, raw: err.Error()}
	}
	out := reply{status: resp.StatusCode, header: resp.Header, raw: string(data)}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(data, &out.body); err != nil {
			out.raw = "undecodable: " + err.Error() + ": " + out.raw
		}
	}
	return out
}

// do sends a Graph request; target is below /v1.0 or absolute; headers are "Name: value".
func (w *world) do(method, target string, body any, headers ...string) reply {
	w.t.Helper()
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		reader = bytes.NewReader(data)
	}
	if !strings.HasPrefix(target, "http") {
		target = w.graph.URL + "/v1.0" + target
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, target, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Prefer", `IdType="ImmutableId"`)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	return w.send(req, w.next)
}

func (w *world) get(target string, headers ...string) reply {
	w.t.Helper()
	return w.do(http.MethodGet, target, nil, headers...)
}

// must is do for a status that has to come.
func (w *world) must(status int, r reply) map[string]any {
	w.t.Helper()
	if r.status != status {
		w.t.Fatalf("status %d, want %d: %s", r.status, status, r.raw)
	}
	return r.body
}

// refused checks status and code of an error.
func (w *world) refused(r reply, status int, code string) {
	w.t.Helper()
	if got := str(at(r.body, "error", "code")); r.status != status || got != code {
		w.t.Errorf("got %d %q, want %d %q: %s", r.status, got, status, code, r.raw)
	}
}

func eventPath(mailbox, id string) string {
	return "/users/" + mailbox + "/events/" + url.PathEscape(id)
}

// meeting is a plain event of an hour in Prague.
func meeting(subject, start string, more ...map[string]any) map[string]any {
	begin, err := time.Parse("2006-01-02T15:04", start)
	if err != nil {
		panic(err)
	}
	e := map[string]any{
		"subject": subject,
		"start":   map[string]any{"dateTime": begin.Format("2006-01-02T15:04:05"), "timeZone": "Central Europe Standard Time"},
		"end":     map[string]any{"dateTime": begin.Add(time.Hour).Format("2006-01-02T15:04:05"), "timeZone": "Central Europe Standard Time"},
	}
	for _, m := range more {
		for key, value := range m {
			e[key] = value
		}
	}
	return e
}

func (w *world) create(mailbox string, event map[string]any) map[string]any {
	w.t.Helper()
	return w.must(http.StatusCreated, w.do(http.MethodPost, "/users/"+mailbox+"/events", event))
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

// at walks down a JSON value.
func at(v any, path ...string) any {
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

func values(r map[string]any) []map[string]any {
	var out []map[string]any
	list, _ := r["value"].([]any)
	for _, v := range list {
		m, _ := v.(map[string]any)
		out = append(out, m)
	}
	return out
}

func subjects(events []map[string]any) []string {
	out := []string{}
	for _, e := range events {
		out = append(out, str(e["subject"]))
	}
	return out
}
