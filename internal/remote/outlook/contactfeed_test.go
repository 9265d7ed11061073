package outlook_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
	"raynetsync/internal/remote/outlook"
)

func numbered(n int) map[string]any {
	return map[string]any{"surname": fmt.Sprint("Nový ", n), "emailAddresses": mails(fmt.Sprintf("n%d@vzor.example", n))}
}

// The folder is made once, and found by its name in any letter case, or by our mark when its user renamed it.
func TestPlaceOfContacts(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.scope.Kind = record.Contacts
	if folder, err := w.client.Place(t.Context(), w.scope, false); folder != "" || err != nil {
		t.Errorf("not made yet: %q, %v", folder, err)
	}
	w.requests()
	made := w.place()
	if got := w.requests(); got != 2 {
		t.Errorf("%d requests to make it", got)
	}
	if again := w.place(); again != made || w.requests() != 1 {
		t.Errorf("looked for again: %q", again)
	}
	if err := w.server.RenameContactFolderAs(w.jana, made, "Lidé z CRM"); err != nil {
		t.Fatal(err)
	}
	if again := w.place(); again != made {
		t.Errorf("renamed: %q", again)
	}
	second, err := w.server.CreateContactFolderAs(w.jana, "raynet")
	if err != nil {
		t.Fatal(err)
	}
	if again := w.place(); again != second {
		t.Errorf("beside one of the very name: %q, want %q", again, second)
	}
	for _, id := range []string{made, second} {
		if err := w.server.DeleteContactFolderAs(w.jana, id); err != nil {
			t.Fatal(err)
		}
	}
	if again := w.place(); again == "" || again == made || again == second {
		t.Errorf("deleted: %q", again)
	}
}

// A service that shows no marks on folders, and one in which somebody else makes the folder at the same time.
func TestPlaceOnOtherServices(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.scope.Kind = record.Contacts
	w.uncheck()
	w.server.Layer().Set(chaos.Fault{Name: "no marks", Effect: chaos.EffectStatus, Status: 400, Method: "GET", PathContains: "/contactFolders", Times: 1,
		Body: `{"error":{"code":"RequestBroker--ParseUri","message":"no expand"}}`})
	w.place()
	if folders := w.server.ContactFolders(w.jana); folders[len(folders)-1]["singleValueExtendedProperties"] != nil {
		t.Errorf("marked all the same: %v", folders[len(folders)-1])
	}
	other := setup(t)
	other.scope.Kind = record.Contacts
	ear := &listening{next: other.server.Transport()}
	config := other.config
	config.Transport = before{"POST", ear, func() {
		if _, err := other.server.CreateContactFolderAs(other.jana, "RAYNET"); err != nil {
			t.Error(err)
		}
	}}
	var err error
	if other.client, err = outlook.New(config); err != nil {
		t.Fatal(err)
	}
	if folder := other.place(); folder == "" || len(other.server.ContactFolders(other.jana)) != 2 {
		t.Errorf("made by two at once: %q of %d", folder, len(other.server.ContactFolders(other.jana)))
	}
}

// before lets something happen just before the first Graph request with a method.
type before struct {
	method string
	next   *listening
	happen func()
}

func (b before) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == b.method && strings.Contains(request.URL.Path, "/v1.0/") {
		b.happen()
	}
	return b.next.RoundTrip(request)
}

// The rounds of a folder: everything, nothing (one request), an edit, a removal. The rest of the mailbox is not read.
func TestRoundsOfContacts(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	if _, err := w.server.CreateContactAs(w.jana, map[string]any{"surname": "Soukromá"}); err != nil {
		t.Fatal(err)
	}
	ref, stays := w.put(typed()), w.put(numbered(1))
	w.requests()
	first := w.begin()
	if got := w.requests(); got != 1 || !first.Full || first.Cursor == "" || len(first.Changed) != 2 {
		t.Fatalf("%d requests, full %v, %d changed", got, first.Full, len(first.Changed))
	}
	got := byRef(t, first.Changed, ref)
	if diff := cmp.Diff(person, got.Fields); diff != "" || got.Partial || got.Container != w.scope.Container {
		t.Errorf("in %q (-want +got):\n%s", got.Container, diff)
	}
	idle := w.next(first.Cursor)
	if w.requests() != 1 || idle.Full || len(idle.Changed)+len(idle.Removed) != 0 {
		t.Errorf("an idle round: %d changed, %d removed", len(idle.Changed), len(idle.Removed))
	}
	w.retype(ref, map[string]any{"jobTitle": "ředitel"})
	later := w.next(idle.Cursor)
	if got := byRef(t, later.Changed, ref).Fields[record.ContactJob]; got != "ředitel" || len(later.Changed) != 1 {
		t.Errorf("the edit shows %q", got)
	}
	if err := w.server.DeleteContactAs(w.jana, ref.ID); err != nil {
		t.Fatal(err)
	}
	last := w.next(later.Cursor)
	if diff := cmp.Diff([]remote.Ref{ref}, last.Removed); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	readings := w.read(ref, stays)
	if readings[0].Presence != remote.Gone || readings[1].Presence != remote.Present {
		t.Errorf("%s and %s", readings[0].Presence, readings[1].Presence)
	}
	none := w.scope
	none.Container = ""
	if round, err := w.client.Begin(t.Context(), none, time.Time{}, time.Time{}); err != nil || !round.Full || len(round.Changed) != 0 {
		t.Errorf("without a folder: %+v, %v", round, err)
	}
}

// Many contacts are one round of several pages, and read twenty to a request.
func TestManyContacts(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	var refs []remote.Ref
	for i := range 210 {
		refs = append(refs, w.put(numbered(i)))
	}
	w.requests()
	if round := w.begin(); len(round.Changed) != len(refs) || w.requests() != 2 {
		t.Errorf("%d contacts", len(round.Changed))
	}
	if err := w.server.DeleteContactAs(w.jana, refs[40].ID); err != nil {
		t.Fatal(err)
	}
	for _, reading := range w.read(refs[:41]...) {
		if want := reading.Ref != refs[40]; (reading.Presence == remote.Present) != want || (reading.Presence == remote.Gone) == want {
			t.Errorf("%s is %s: %v", reading.Ref, reading.Presence, reading.Err)
		}
	}
	if got := w.requests(); got != 4 {
		t.Errorf("%d requests: two batches, the last one, and whether the folder is there", got)
	}
	if reading := w.read(event("1"))[0]; reading.Presence != remote.Broken || remote.KindOf(reading.Err) != remote.Invalid {
		t.Errorf("an event: %+v", reading)
	}
}

// What is moved out of the folder is gone for us, and comes back as the same contact.
func TestContactMovedOutAndBack(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	ref := w.put(typed())
	w.put(numbered(1))
	cursor := w.begin().Cursor
	target := w.readOne(ref)
	compose := func(op remote.Op) remote.Request {
		return w.compose(remote.Write{Op: op, Side: record.Outlook, Target: &target, Fields: record.Fields{record.ContactJob: "jinak"}})
	}
	update, removal := compose(remote.Update), compose(remote.Delete)
	if err := w.server.MoveContactAs(w.jana, ref.ID, ""); err != nil {
		t.Fatal(err)
	}
	out := w.next(cursor)
	if diff := cmp.Diff([]remote.Ref{ref}, out.Removed); diff != "" {
		t.Errorf("moved out (-want +got):\n%s", diff)
	}
	if reading := w.read(ref)[0]; reading.Presence != remote.Gone {
		t.Errorf("moved out: %s", reading.Presence)
	}
	if _, err := w.client.Send(t.Context(), update); remote.KindOf(err) != remote.NotFound {
		t.Errorf("an update of it: %v", err)
	}
	w.send(removal)
	if shown := w.contact(ref); shown["jobTitle"] != "jednatel" {
		t.Errorf("its user's own contact was written: %v", shown["jobTitle"])
	}
	if err := w.server.MoveContactAs(w.jana, ref.ID, w.scope.Container); err != nil {
		t.Fatal(err)
	}
	if back := w.next(out.Cursor); byRef(t, back.Changed, ref).Fields[record.ContactLast] != "Malý" || w.readOne(ref).Ref != ref {
		t.Errorf("moved back: %d changed", len(back.Changed))
	}
}

// Whatever lies in another folder is left alone also where the path is no obstacle.
func TestContactElsewhereIsGone(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	w.uncheck()
	w.config.Transport = &answering{login: w.server.Transport(), body: `{"id":"1","@odata.etag":"v","parentFolderId":"elsewhere","surname":"Tajná"}`}
	var err error
	if w.client, err = outlook.New(w.config); err != nil {
		t.Fatal(err)
	}
	if reading := w.read(contactOf("1"))[0]; reading.Presence != remote.Gone || reading.Snapshot.Fields != nil {
		t.Errorf("%+v", reading)
	}
	request := remote.Request{Kind: record.Contacts, Op: remote.Delete, Method: http.MethodDelete, Mailbox: w.jana, Ref: contactOf("1"),
		Path: "/users/u/contactFolders/f/contacts/1", Header: map[string]string{"If-Match": "v"}}
	w.requests()
	if _, err := w.client.Send(t.Context(), request); err != nil || w.requests() != 1 {
		t.Errorf("it was removed: %v", err)
	}
}

// A folder that was deleted under us is told as such, by whatever touches it, and never as contacts that were deleted.
func TestContactFolderDeleted(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	ref := w.put(typed())
	cursor := w.begin().Cursor
	target := w.readOne(ref)
	removal := w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target})
	update := w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: record.Fields{record.ContactJob: "x"}})
	creation := w.compose(w.creation("op-1", person))
	if err := w.server.DeleteContactFolderAs(w.jana, w.scope.Container); err != nil {
		t.Fatal(err)
	}
	_, begun := w.client.Begin(t.Context(), w.scope, time.Time{}, time.Time{})
	_, read := w.client.Read(t.Context(), w.scope, []remote.Ref{ref, contactOf("2")})
	_, stamps := w.client.Stamps(t.Context(), w.scope)
	_, removed := w.client.Send(t.Context(), removal)
	_, updated := w.client.Send(t.Context(), update)
	_, created := w.client.Send(t.Context(), creation)
	for name, err := range map[string]error{"begin": begun, "read": read, "stamps": stamps, "removal": removed, "update": updated, "create": created} {
		if remote.KindOf(err) != remote.NoContainer {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.client.Continue(t.Context(), w.scope, cursor); remote.KindOf(err) != remote.NoContainer && remote.KindOf(err) != remote.CursorDead {
		t.Errorf("continue: %v", err)
	}
	lost := contacts(t)
	lost.uncheck()
	lost.server.Layer().Set(chaos.Fault{Name: "lost", Effect: chaos.EffectStatus, Status: 404, Body: `{"error":{"code":"ResourceNotFound","message":"Resource could not be discovered."}}`})
	if _, err := lost.client.Read(t.Context(), lost.scope, []remote.Ref{ref}); remote.KindOf(err) != remote.NoMailbox {
		t.Errorf("a mailbox that lost its licence: %v", err)
	}
}

// The accidents of the calendar's delta are those of the contacts'.
func TestAccidentsOfContacts(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"delta-410", "delta-410-bare", "delta-resync", "delta-not-found", "delta-bad-token"} {
		w := contacts(t)
		cursor := w.begin().Cursor
		if err := w.server.Inject(fault); err != nil {
			t.Fatal(err)
		}
		if _, err := w.client.Continue(t.Context(), w.scope, cursor); remote.KindOf(err) != remote.CursorDead {
			t.Errorf("%s: %v", fault, err)
		}
	}
	for _, fault := range []string{"delta-endless", "delta-404-once"} {
		w := contacts(t)
		w.put(numbered(1))
		cursor := w.begin().Cursor
		if err := w.server.Inject(fault); err != nil {
			t.Fatal(err)
		}
		w.put(numbered(2))
		if round, err := w.client.Continue(t.Context(), w.scope, cursor); remote.KindOf(err) != remote.Unavailable || round.Changed != nil {
			t.Errorf("%s: %d changed, %v", fault, len(round.Changed), err)
		}
	}
	for _, fault := range []string{"delta-duplicates", "delta-empty-pages", "delta-removed-unknown", "odd-data"} {
		w := contacts(t)
		w.uncheck()
		if err := w.server.Inject(fault); err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			w.put(numbered(i))
		}
		round := w.begin()
		seen := map[remote.Ref]bool{}
		for _, one := range round.Changed {
			seen[one.Ref] = true
			for name, value := range one.Fields {
				if strings.ContainsFunc(string(value), func(r rune) bool { return r < ' ' && r != '\n' }) {
					t.Errorf("%s: %s holds a control character: %q", fault, name, value)
				}
			}
		}
		if len(seen) != 5 || len(round.Changed) != 5 {
			t.Errorf("%s: %d contacts in %d entries", fault, len(seen), len(round.Changed))
		}
	}
}

// Look-alikes are looked for in the default folder, only if that is wanted, and only by addresses of one person.
func TestAlikeContacts(t *testing.T) {
	t.Parallel()
	w := contacts(t, func(c *outlook.Config) { c.MatchDefaultFolder = true })
	own, err := w.server.CreateContactAs(w.jana, typed())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.server.CreateContactAs(w.jana, map[string]any{"surname": "Jiná", "emailAddresses": mails("petr@vzor.example")}); err != nil {
		t.Fatal(err)
	}
	w.put(typed())
	like := remote.Snapshot{Fields: person, Natural: record.ContactNaturals(person)}
	find := func() []remote.Ref {
		found, err := w.client.Find(t.Context(), w.scope, remote.Search{Alike: &like})
		if err != nil {
			t.Fatal(err)
		}
		var refs []remote.Ref
		for _, one := range found {
			refs = append(refs, one.Ref)
		}
		return refs
	}
	w.requests()
	if got := find(); !slices.Equal(got, []remote.Ref{contactOf(own["id"].(string))}) || w.requests() != 2 {
		t.Errorf("found %v", got)
	}
	like.Fields = record.Fields{record.ContactLast: "Malý", record.ContactEmail1: "info@vzor.example", record.ContactEmail2: "není adresa"}
	if got := find(); len(got) != 0 || w.requests() != 0 {
		t.Errorf("by a shared address: %v", got)
	}
	w = contacts(t)
	like.Fields = person
	w.requests()
	if got := find(); len(got) != 0 || w.requests() != 0 {
		t.Errorf("not wanted: %v", got)
	}
}
