package outlook_test

import (
	"testing"

	"pgregory.net/rapid"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
)

// No request composed for an event that has attendees, or that somebody else organises, passes or leaves; every one for an
// event of one person passes.
func TestNothingComposedForAMeetingPasses(t *testing.T) {
	t.Parallel()
	w := setup(t)
	theirs := w.scope
	theirs.Mailbox = w.petr
	w.person(w.jana, meeting("Sám"))
	w.person(w.jana, meeting("Sám celý den", map[string]any{"isAllDay": true, "start": at("2026-10-21T00:00:00", "UTC"), "end": at("2026-10-22T00:00:00", "UTC")}))
	w.person(w.jana, weekly("Sám každý týden"))
	w.person(w.jana, meeting("S hostem", map[string]any{"attendees": []any{guest("host@klient.example", "Host")}}))
	w.person(w.jana, meeting("Se sálem", map[string]any{"attendees": []any{
		map[string]any{"type": "resource", "emailAddress": map[string]any{"address": "sal@contoso.example", "name": "Sál"}}}}))
	w.person(w.jana, weekly("S kolegou", map[string]any{"attendees": []any{guest("petr@contoso.example", "Petr")}}))
	w.person(w.petr, meeting("Pozvání", map[string]any{"attendees": []any{guest("jana@contoso.example", "Jana")}}))
	var all []remote.Snapshot
	for _, scope := range []remote.Scope{w.scope, theirs} {
		round, err := w.client.Begin(t.Context(), scope, w.now(), w.now().AddDate(0, 3, 0))
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range round.Changed {
			readings, err := w.client.Read(t.Context(), scope, []remote.Ref{one.Ref})
			if err != nil {
				t.Fatal(err)
			}
			one.Container, readings[0].Snapshot.Container = scope.Mailbox, scope.Mailbox // remembers whose it is
			all = append(all, one, readings[0].Snapshot)
		}
	}
	alone, held := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		target := rapid.SampledFrom(all).Draw(t, "target")
		scope := w.scope
		scope.Mailbox = target.Container
		write := remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target}
		if rapid.Bool().Draw(t, "update") {
			write.Op, write.Fields = remote.Update, anyEvent().Draw(t, "fields")
		}
		if rapid.IntRange(0, 9).Draw(t, "version lost") == 0 {
			target.Version = ""
		}
		requests, err := w.client.Compose(w.t.Context(), scope, write)
		if err != nil || len(requests) != 1 {
			t.Fatalf("%d requests, %v", len(requests), err)
		}
		mails, why := outlook.Classify(requests[0])
		if !target.HeldBy(remote.HeldAttendees) && !target.HeldBy(remote.HeldReadOnly) && target.Version != "" {
			alone++
			if mails {
				t.Fatalf("%v is refused: %s", target.Fields, why)
			}
			return
		}
		held++
		if !mails || why == "" {
			t.Fatalf("%s of %v passes", write.Op, target.Fields)
		}
		w.requests()
		if _, err := w.client.Send(w.t.Context(), requests[0]); remote.KindOf(err) != remote.Mailing || remote.IsUnknown(err) {
			t.Fatalf("send: %v", err)
		}
		if n := w.requests(); n != 0 {
			t.Fatalf("%d requests left", n)
		}
	})
	if alone == 0 || held == 0 {
		t.Errorf("%d targets alone, %d held: the test shows nothing", alone, held)
	}
	if mails := w.server.Mails(); len(mails) > 0 {
		t.Errorf("%d mails would have been sent", len(mails))
	}
}

// What each form of request is taken for, as stored and sent by anybody.
func TestClassify(t *testing.T) {
	t.Parallel()
	proof := map[string]string{"X-Mail-Evidence": "attendees=none", "If-Match": `W/"abc"`}
	for _, test := range []struct {
		name, method, path, body string
		header                   map[string]string
		want                     bool
	}{
		{"read", "GET", "/users/u/events/e", "", nil, false},
		{"create", "POST", "/users/u/events", `{"subject":"x"}`, nil, false},
		{"create in a calendar", "POST", "/users/u/calendars/c%2Fd/events", `{"subject":"x"}`, nil, false},
		{"create with attendees", "POST", "/users/u/events", `{"attendees":[]}`, nil, true},
		{"in capitals", "POST", "/users/u/events", `{"Attendees":[{}]}`, nil, true},
		{"annotated", "POST", "/users/u/events", `{"attendees@odata.type":"x"}`, nil, true},
		{"escaped", "POST", "/users/u/events", `{"\u0061ttendees":[]}`, nil, true},
		{"within", "POST", "/users/u/events", `{"a":[{"attendees":1}]}`, nil, true},
		{"twice the same name", "POST", "/users/u/events", `{"subject":"x","subject":"y"}`, nil, true},
		{"no object", "POST", "/users/u/events", `[]`, nil, true},
		{"no body", "POST", "/users/u/events", ``, nil, true},
		{"no JSON", "POST", "/users/u/events", `{`, nil, true},
		{"update", "PATCH", "/users/u/events/e", `{"subject":"x"}`, proof, false},
		{"update in a calendar", "PATCH", "/users/u/calendars/c/events/e", `{"subject":"x"}`, proof, false},
		{"update of nobody knows what", "PATCH", "/users/u/events/e", `{"subject":"x"}`, nil, true},
		{"update without version", "PATCH", "/users/u/events/e", `{"subject":"x"}`, map[string]string{"X-Mail-Evidence": "attendees=none"}, true},
		{"update of any version", "PATCH", "/users/u/events/e", `{"subject":"x"}`, map[string]string{"X-Mail-Evidence": "attendees=none", "If-Match": "*"}, true},
		{"update that invites", "PATCH", "/users/u/events/e", `{"attendees":[{}]}`, proof, true},
		{"removal", "DELETE", "/users/u/events/e", ``, proof, false},
		{"removal of nobody knows what", "DELETE", "/users/u/events/e", ``, nil, true},
		{"removal of a calendar", "DELETE", "/users/u/calendars/c", ``, proof, true},
		{"cancel", "POST", "/users/u/events/e/cancel", `{}`, proof, true},
		{"decline", "POST", "/users/u/events/e/decline", `{}`, nil, true},
		{"decline silently", "POST", "/users/u/events/e/decline", `{"SendResponse":false}`, nil, false},
		{"decline twice told", "POST", "/users/u/events/e/decline", `{"SendResponse":false,"sendResponse":true}`, nil, true},
		{"accept with a text", "POST", "/users/u/events/e/accept", `{"sendResponse":"false"}`, nil, true},
		{"forward", "POST", "/users/u/events/e/forward", `{}`, proof, true},
		{"dismiss", "POST", "/users/u/events/e/dismissReminder", ``, nil, false},
		{"send a mail", "POST", "/users/u/sendMail", `{}`, proof, true},
		{"a batch", "POST", "/$batch", `{"requests":[]}`, proof, true},
		{"a way around", "DELETE", "/users/u/todo/../events/e", ``, nil, true},
		{"an encoded way around", "DELETE", "/users/u/todo/%2e%2E/events/e", ``, nil, true},
		{"another host", "POST", "https://elsewhere.example/users/u/events", `{}`, nil, true},
		{"a contact", "POST", "/users/u/contacts", `{"givenName":"x"}`, nil, false},
		{"a picture", "PUT", "/users/u/contactFolders/f/contacts/c/photo/$value", "\xff\xd8{", nil, false},
		{"a picture in the default folder", "PUT", "/users/u/contacts/c/photo/$value", "\xff\xd8{", nil, false},
		{"no picture left", "DELETE", "/users/u/contactFolders/f/contacts/c/photo/$value", "", nil, false},
		{"what is no picture", "PUT", "/users/u/contactFolders/f/contacts/c", "\xff\xd8{", nil, true},
		{"a picture of an event", "PUT", "/users/u/events/e/photo/$value", "\xff\xd8{", nil, true},
		{"a contact erased", "POST", "/users/u/contactFolders/f/contacts/c/permanentDelete", "", nil, false},
		{"a task", "DELETE", "/users/u/todo/lists/l/tasks/t", ``, nil, false},
	} {
		got, why := outlook.Classify(remote.Request{Method: test.method, Path: test.path, Body: test.body, Header: test.header})
		if got != test.want {
			t.Errorf("%s: mails %v (%s), want %v", test.name, got, why, test.want)
		}
	}
}

// Attendees who came between the read and the write are noticed: the removal looks once more, the change has its version.
func TestAttendeesWhoCameMeanwhile(t *testing.T) {
	t.Parallel()
	w := setup(t)
	target := w.readOne(event(w.person(w.jana, meeting("Sám"))))
	removal := w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target})
	change := w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: record.Fields{record.EventSubject: "Jinak"}})
	w.edit(target.Ref.ID, map[string]any{"attendees": []any{guest("host@klient.example", "Host")}})
	if _, err := w.client.Send(t.Context(), removal); remote.KindOf(err) != remote.Mailing {
		t.Errorf("removal: %v", err)
	}
	if _, err := w.client.Send(t.Context(), change); remote.KindOf(err) != remote.Conflict {
		t.Errorf("change: %v", err)
	}
	if mails := w.server.Mails(); len(mails) > 0 {
		t.Errorf("%d mails would have been sent", len(mails))
	}
}
