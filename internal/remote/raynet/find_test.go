package raynet_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet/emulator"
)

// A create can land without its key and without an answer; it is found by what it asked for.
func TestFindWhatACreateWouldHaveMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{Switches: emulator.Switches{ExtIDOnCreate: emulator.Ignore}}, nil)
	fields := event("Porada", "2026-03-10T08:00Z/2026-03-10T09:00Z")
	fields[record.EventBody] = "Bod 1\nBod 2"
	fields[record.EventGuests] = "x@elsewhere.example"
	requests, err := w.client.Compose(t.Context(), w.scope(), remote.Write{Op: remote.Create, Fields: fields, Key: "ros:1"})
	if err != nil {
		t.Fatal(err)
	}
	request := requests[0]
	find := func() []remote.Snapshot {
		t.Helper()
		found, err := w.client.Find(t.Context(), w.scope(), remote.Search{Like: &request, Since: w.clock()})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	w.activity("meeting", map[string]any{"description": body(t, request)["description"]}) // a person made the same
	if found := find(); len(found) != 0 {
		t.Fatalf("found %v before anything was sent", found)
	}
	answer, err := w.client.Send(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	w.bring(w.scope(), answer.Ref, "ros:1")
	other, err := w.client.Compose(t.Context(), w.scope(), remote.Write{Op: remote.Create, Fields: event("Jiná", string(fields[record.EventTime])), Key: "ros:2"})
	if err != nil {
		t.Fatal(err)
	}
	keyless, err := w.client.Send(t.Context(), other[0])
	if err != nil {
		t.Fatal(err)
	}
	// Both are ours, of the same owner, and carry no key of another create: which one it is, is for the engine to judge.
	refs := func(found []remote.Snapshot) (out []remote.Ref) {
		for _, snapshot := range found {
			if snapshot.Partial {
				t.Errorf("%s is partial", snapshot.Ref)
			}
			out = append(out, snapshot.Ref)
		}
		return out
	}
	if got, want := refs(find()), []remote.Ref{answer.Ref, keyless.Ref}; !slices.Equal(got, want) {
		t.Fatalf("found %v, want %v", got, want)
	}
	request.Key = "ros:9" // the first record carries the key of another create
	if got, want := refs(find()), []remote.Ref{keyless.Ref}; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	request.Body = strings.Replace(request.Body, `"owner":`, `"owner":9`, 1) // somebody else's
	if got := refs(find()); len(got) != 0 {
		t.Errorf("found %v of another owner", got)
	}
}

// An answer that got lost after the record was made is an unknown outcome, and the record is found by its key.
func TestALostAnswerOfACreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{DataFaults: true}, nil)
	requests, err := w.client.Compose(t.Context(), w.scope(), remote.Write{
		Op: remote.Create, Key: "ros:1", Fields: event("[lost-reply] Porada", "2026-07-01T14:00Z/2026-07-01T15:00Z"),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.client.Send(t.Context(), requests[0])
	if err == nil || !asRemote(t, err).Unknown {
		t.Fatalf("%v", err)
	}
	found, err := w.client.Find(t.Context(), w.scope(), remote.Search{Key: "ros:1", Type: "meeting"})
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
}

// What a person has given to somebody else before anybody knew that we had made it is found as well, and nothing that we made for others.
func TestFindWhatWasHandedOn(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		scope func(*world) remote.Scope
		made  record.Fields
		edit  map[string]any // what a person writes who hands nothing on
	}{
		{"a meeting", (*world).scope, event("Porada", "2026-03-10T08:00Z/2026-03-10T09:00Z"), map[string]any{"description": "Bod 1"}},
		{"a person", (*world).contacts, record.Fields{record.ContactLast: "Nový"}, map[string]any{"firstName": "Eva"}},
		{"a task", (*world).tasks, record.Fields{record.TaskSubject: "Nabídka"}, map[string]any{"description": "Bod 1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.Options{Switches: emulator.Switches{ExtIDOnCreate: emulator.Ignore}}, nil)
			scope := test.scope(w)
			send := func(scope remote.Scope) (remote.Request, remote.Ref) {
				requests, err := w.client.Compose(t.Context(), scope, remote.Write{Op: remote.Create, Key: "ros:1", Fields: test.made})
				if err != nil {
					t.Fatal(err)
				}
				answer, err := w.client.Send(t.Context(), requests[0])
				if err != nil {
					t.Fatal(err)
				}
				return requests[0], answer.Ref
			}
			request, made := send(scope)
			find := func(handed bool) (out []remote.Ref) {
				found, err := w.client.Find(t.Context(), scope, remote.Search{Like: &request, Since: w.clock(), Handed: handed})
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range found {
					out = append(out, s.Ref)
				}
				return out
			}
			others := scope
			others.Person = strconv.FormatInt(w.petr, 10)
			send(others)
			w.edit(jana, made.Type, id(made), test.edit)
			if here, there := find(false), find(true); !slices.Equal(here, []remote.Ref{made}) || there != nil {
				t.Fatalf("before it was handed on: found %v, and of others %v", here, there)
			}
			w.edit(jana, made.Type, id(made), map[string]any{"owner": w.petr})
			if here, there := find(false), find(true); here != nil || !slices.Equal(there, []remote.Ref{made}) {
				t.Errorf("found %v, and of others %v; want %s", here, there, made)
			}
			request.Body = "" // its values were erased
			if here, there := find(false), find(true); here != nil || there != nil {
				t.Errorf("found %v and %v by nothing", here, there)
			}
		})
	}
}
