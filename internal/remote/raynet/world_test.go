package raynet_test

import (
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/engine"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/contract"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/remote/raynet/emulator"
)

var _ engine.Side = (*raynet.Client)(nil)

// world is an emulated RAYNET with a small company in it, a clock that moves when it is told to, and a client whose every
// request and answer is compared with the contract.
type world struct {
	t      *testing.T
	server *emulator.Server
	client *raynet.Client

	mu  sync.Mutex
	now time.Time

	jana, petr            int64 // people who log in
	acme, globex          int64
	karel, alena, foreign int64 // contacts: two of Acme, one of Globex
}

const (
	jana = "jana@example.cz"
	petr = "petr@example.cz"
)

func newWorld(t *testing.T, options emulator.Options, change func(*raynet.Config)) *world {
	t.Helper()
	w := &world{t: t, now: time.Date(2026, 3, 5, 8, 30, 45, 0, time.UTC)}
	options.Now = w.clock
	w.server = emulator.New(options)
	user := func(first, last, login string) int64 {
		id, _ := w.server.AddUser(map[string]any{"firstName": first, "lastName": last, "contactInfo": map[string]any{"email": login}}, login, "FULL_THROTTLE", "Europe/Prague")
		return id
	}
	w.jana, w.petr = user("Jana", "Nová", jana), user("Petr", "Malý", petr)
	w.acme, w.globex = w.company("Acme s.r.o."), w.company("Globex a.s.")
	w.karel = w.person("Karel", "karel@acme.example", "", w.acme)
	w.alena = w.person("Alena", "Alena@Acme.example", "", w.acme)
	w.foreign = w.person("Gustav", "main@globex.example", "gustav@globex.example", w.globex)
	w.person("Uklízeč", "info@acme.example", "", w.acme)
	w.person("Vrátný", "info@acme.example", "", w.acme)
	w.client = w.open(change)
	return w
}

func (w *world) open(change func(*raynet.Config)) *raynet.Client {
	w.t.Helper()
	o := w.server.Options()
	config := raynet.Config{
		URL: "http://crm.example/api/v2/", Instance: o.Instance, User: o.User, APIKey: o.APIKey, Now: w.clock, Retries: -1,
		Transport: contract.Load(w.t).Transport(w.t, w.server.Transport(), contract.Raynet),
		WebURL:    "https://crm.example/{instance}/?en={entity}&ei={id}",
	}
	if change != nil {
		change(&config)
	}
	client, err := raynet.New(config)
	if err != nil {
		w.t.Fatal(err)
	}
	return client
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

func (w *world) company(name string) int64 {
	return w.must(w.server.CreateAs(jana, "company", map[string]any{"name": name, "rating": "A", "state": "B_ACTUAL", "role": "A_SUBSCRIBER"}))
}

func (w *world) person(name, email, email2 string, company int64) int64 {
	return w.must(w.server.CreateAs(jana, "person", map[string]any{
		"firstName": name, "lastName": "Dvořák", "contactInfo": map[string]any{"email": email, "email2": email2},
		"relationship": map[string]any{"company": company, "type": "nákupčí"},
	}))
}

// activity creates one the way Jana does on RAYNET's screens.
func (w *world) activity(kind string, body map[string]any) int64 {
	w.t.Helper()
	whole := map[string]any{"title": "Porada", "scheduledFrom": "2026-03-10T09:00:00+01:00", "scheduledTill": "2026-03-10T10:00:00+01:00"}
	for key, value := range body {
		whole[key] = value
	}
	return w.must(w.server.CreateAs(jana, kind, whole))
}

func (w *world) scope() remote.Scope {
	return remote.Scope{Kind: record.Calendar, Mailbox: "mailbox-1", Person: strconv.FormatInt(w.jana, 10), Zone: "Europe/Prague"}
}

// read reads one record, which must be there.
func (w *world) read(scope remote.Scope, ref remote.Ref) remote.Snapshot {
	w.t.Helper()
	readings, err := w.client.Read(w.t.Context(), scope, []remote.Ref{ref})
	if err != nil || readings[0].Presence != remote.Present {
		w.t.Fatalf("read %s: %+v, %v", ref, readings, err)
	}
	return readings[0].Snapshot
}

// apply composes and sends a write with everything that follows it, and returns the record.
func (w *world) apply(scope remote.Scope, write remote.Write) (remote.Ref, []remote.Request) {
	w.t.Helper()
	requests, err := w.client.Compose(w.t.Context(), scope, write)
	if err != nil {
		w.t.Fatal(err)
	}
	var ref remote.Ref
	for i, request := range requests {
		if i > 0 {
			request.Path = replaceID(request.Path, ref.ID)
			request.Ref = ref
		}
		answer, err := w.client.Send(w.t.Context(), request)
		if err != nil {
			w.t.Fatalf("%s %s %s: %v", request.Method, request.Path, request.Body, err)
		}
		if ref = answer.Ref; answer.Keyless {
			w.bring(scope, ref, write.Key)
		}
	}
	return ref, requests
}

// bring gives a record that was made without its key that key, as the engine does.
func (w *world) bring(scope remote.Scope, ref remote.Ref, key string) {
	w.t.Helper()
	requests, err := w.client.Compose(w.t.Context(), scope, remote.Write{Op: remote.Update, Side: record.Raynet, Target: &remote.Snapshot{Ref: ref}, Key: key})
	if err != nil || len(requests) != 1 {
		w.t.Fatalf("to bring a key takes %v, %v", requests, err)
	}
	if _, err := w.client.Send(w.t.Context(), requests[0]); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) create(scope remote.Scope, key string, fields record.Fields) (remote.Ref, []remote.Request) {
	w.t.Helper()
	return w.apply(scope, remote.Write{Op: remote.Create, Side: record.Raynet, Fields: fields, Key: key})
}

func (w *world) update(scope remote.Scope, ref remote.Ref, fields record.Fields) (remote.Snapshot, []remote.Request) {
	w.t.Helper()
	target := w.read(scope, ref)
	_, requests := w.apply(scope, remote.Write{Op: remote.Update, Side: record.Raynet, Fields: fields, Target: &target})
	return w.read(scope, ref), requests
}

func replaceID(path, id string) string {
	const mark = "{id}"
	for i := 0; i+len(mark) <= len(path); i++ {
		if path[i:i+len(mark)] == mark {
			return path[:i] + id + path[i+len(mark):]
		}
	}
	return path
}

func ref(kind string, id int64) remote.Ref {
	return remote.Ref{Side: record.Raynet, Type: kind, ID: strconv.FormatInt(id, 10)}
}

func event(subject, when string) record.Fields {
	return record.Fields{record.EventSubject: record.Value(subject), record.EventTime: record.Value(when)}
}

// body is a request's body, read.
func body(t *testing.T, request remote.Request) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(request.Body), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func asRemote(t *testing.T, err error) *remote.Error {
	t.Helper()
	failed, ok := errors.AsType[*remote.Error](err)
	if !ok {
		t.Fatalf("error is %T %v, want *remote.Error", err, err)
	}
	return failed
}

// tripFunc is a transport in memory, for answers that the emulator does not give.
type tripFunc func(*http.Request) (*http.Response, error)

func (f tripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// kinds are those that the tests of the calendar ask for.
func kinds() []record.Kind { return []record.Kind{record.Calendar} }
