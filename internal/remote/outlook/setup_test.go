package outlook_test

import (
	"sync"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/contract"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/outlook/emulator"
	"raynetsync/internal/remote/wire"
)

// world is one tenant with two mailboxes and a client whose every exchange is checked against the contract.
type world struct {
	t      *testing.T
	server *emulator.Server
	client *outlook.Client
	config outlook.Config
	scope  remote.Scope
	jana   string // mailbox ids
	petr   string

	mu    sync.Mutex
	clock time.Time
	seen  []wire.Exchange
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// requests returns how many requests were made since the last time it was asked.
func (w *world) requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.seen)
	w.seen = nil
	return n
}

func setup(t *testing.T, change ...func(*outlook.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: time.Date(2026, 10, 19, 8, 0, 0, 0, time.UTC)}
	w.server = emulator.New(emulator.Options{Now: w.now, Seed: 7, TouchAfter: -1})
	w.jana = w.server.AddMailbox(map[string]any{"userPrincipalName": "jana@contoso.example", "displayName": "Jana Nová",
		"proxyAddresses": []any{"SMTP:jana@contoso.example", "smtp:j.nova@contoso.example"}})
	w.petr = w.server.AddMailbox(map[string]any{"userPrincipalName": "petr@contoso.example", "displayName": "Petr Malý"})
	w.scope = remote.Scope{Kind: record.Calendar, Mailbox: w.jana, Zone: "Europe/Prague"}
	w.config = outlook.Config{
		GraphURL: "https://graph.contoso.example/v1.0", AuthorityURL: "https://login.contoso.example/",
		TenantID: emulator.FakeTenant, ClientID: emulator.FakeClient, ClientSecret: emulator.FakeSecret,
		Transport: contract.Load(t).Transport(t, w.server.Transport(), contract.Graph),
		Now:       w.now, Retries: -1, Instance: "Firma",
		Observe: func(x wire.Exchange) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.seen = append(w.seen, x)
		},
	}
	for _, f := range change {
		f(&w.config)
	}
	var err error
	if w.client, err = outlook.New(w.config); err != nil {
		t.Fatal(err)
	}
	return w
}

// uncheck makes a client whose exchanges are not compared with the contract, for accidents that are outside of it.
func (w *world) uncheck() {
	w.t.Helper()
	w.config.Transport = w.server.Transport()
	var err error
	if w.client, err = outlook.New(w.config); err != nil {
		w.t.Fatal(err)
	}
}

// person lets the mailbox's user create an event in Outlook and returns its id.
func (w *world) person(mailbox string, event map[string]any) string {
	w.t.Helper()
	made, err := w.server.CreateAs(mailbox, event)
	if err != nil {
		w.t.Fatal(err)
	}
	return made["id"].(string)
}

func (w *world) edit(id string, patch map[string]any) {
	w.t.Helper()
	if err := w.server.EditAs(w.jana, id, patch); err != nil {
		w.t.Fatal(err)
	}
}

// begin reads a window around the clock.
func (w *world) begin() remote.Round {
	w.t.Helper()
	round, err := w.client.Begin(w.t.Context(), w.scope, w.now().AddDate(0, 0, -30), w.now().AddDate(1, 0, 0))
	if err != nil {
		w.t.Fatal(err)
	}
	return round
}

func (w *world) next(cursor string) remote.Round {
	w.t.Helper()
	round, err := w.client.Continue(w.t.Context(), w.scope, cursor)
	if err != nil {
		w.t.Fatal(err)
	}
	return round
}

func (w *world) read(refs ...remote.Ref) []remote.Reading {
	w.t.Helper()
	readings, err := w.client.Read(w.t.Context(), w.scope, refs)
	if err != nil {
		w.t.Fatal(err)
	}
	return readings
}

func (w *world) readOne(ref remote.Ref) remote.Snapshot {
	w.t.Helper()
	reading := w.read(ref)[0]
	if reading.Presence != remote.Present {
		w.t.Fatalf("%s is %s: %v", ref, reading.Presence, reading.Err)
	}
	return reading.Snapshot
}

func (w *world) compose(write remote.Write) remote.Request {
	w.t.Helper()
	requests, err := w.client.Compose(w.t.Context(), w.scope, write)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(requests) != 1 {
		w.t.Fatalf("%d requests instead of one", len(requests))
	}
	return requests[0]
}

func (w *world) send(request remote.Request) remote.Answer {
	w.t.Helper()
	answer, err := w.client.Send(w.t.Context(), request)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer
}

// create writes a new event as the engine would.
func (w *world) create(key string, fields record.Fields) remote.Answer {
	w.t.Helper()
	return w.send(w.compose(w.creation(key, fields)))
}

func (w *world) creation(key string, fields record.Fields) remote.Write {
	return remote.Write{
		Op: remote.Create, Side: record.Outlook, Fields: fields, Key: key,
		Stamp: remote.Stamp{Source: remote.Ref{Side: record.Raynet, Type: "phoneCall", ID: "4711"}, Mailbox: w.scope.Mailbox, Op: key},
	}
}

func event(id string) remote.Ref { return remote.Ref{Side: record.Outlook, Type: "event", ID: id} }

func occurrence(master, date string) remote.Ref {
	return remote.Ref{Side: record.Outlook, Type: "occurrence", ID: master + "/" + date}
}

// at is a moment as Graph writes it.
func at(local, zone string) map[string]any {
	return map[string]any{"dateTime": local, "timeZone": zone}
}

func guest(address, name string) map[string]any {
	return map[string]any{"type": "required", "emailAddress": map[string]any{"address": address, "name": name}}
}

// meeting is what a person types into Outlook.
func meeting(subject string, more ...map[string]any) map[string]any {
	out := map[string]any{
		"subject": subject, "categories": []any{"RAYNET"},
		"start": at("2026-10-21T09:00:00", "Central Europe Standard Time"), "end": at("2026-10-21T10:30:00", "Central Europe Standard Time"),
	}
	for _, extra := range more {
		for key, value := range extra {
			out[key] = value
		}
	}
	return out
}

// byRef finds a snapshot of a round.
func byRef(t *testing.T, list []remote.Snapshot, ref remote.Ref) remote.Snapshot {
	t.Helper()
	for _, one := range list {
		if one.Ref == ref {
			return one
		}
	}
	t.Fatalf("%s is not among the %d things read", ref, len(list))
	return remote.Snapshot{}
}
