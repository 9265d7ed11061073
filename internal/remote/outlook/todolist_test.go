package outlook_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/chaos"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/outlook/emulator"
)

// The list is found by its name in any letter case, made once if there is none, and never made by who only looks.
func TestPlaceOfTasks(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.scope.Kind = record.Tasks
	place := func(mayMake bool) string {
		t.Helper()
		list, err := w.client.Place(t.Context(), w.scope, mayMake)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	before := len(w.server.TaskLists(w.jana))
	if list := place(false); list != "" || w.requests() != 2 {
		t.Errorf("a look finds %q", list)
	}
	made := place(true)
	if lists := w.server.TaskLists(w.jana); made == "" || w.requests() != 3 || len(lists) != before+1 || lists[before]["displayName"] != "RAYNET" {
		t.Errorf("made %q: %v", made, lists)
	}
	if again := place(true); again != made {
		t.Errorf("found %q after %q was made", again, made)
	}
	if err := w.server.RenameTaskListAs(w.jana, made, " raynet "); err != nil {
		t.Fatal(err)
	}
	if again := place(true); again != made {
		t.Errorf("in another letter case: %q", again)
	}
}

// When the answer to the making is lost, the list is found the next time; when the lists cannot be told, none is made.
func TestPlaceOfTasksInTrouble(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.uncheck()
	w.scope.Kind = record.Tasks
	before := len(w.server.TaskLists(w.jana))
	for _, fault := range []chaos.Fault{
		{Name: "plain", PathContains: "/todo/lists?", Effect: chaos.EffectStatus, Status: 503, Times: 1},
		{Name: "delta", PathContains: "/todo/lists/delta", Effect: chaos.EffectStatus, Status: 500, Times: 1},
		{Name: "answer", Method: "POST", PathContains: "/todo/lists", Effect: chaos.EffectLoseAnswer, Times: 1},
	} {
		if made := len(w.server.TaskLists(w.jana)) - before; made != 0 {
			t.Errorf("%d lists before the fault %s", made, fault.Name)
		}
		w.server.Layer().Set(fault)
		_, err := w.client.Place(t.Context(), w.scope, true)
		if failed := failure(t, err); failed.Kind != remote.Unavailable || failed.Unknown != (fault.Name == "answer") {
			t.Errorf("%s: %v, unknown %v", fault.Name, err, failed.Unknown)
		}
	}
	w.scope.Container = w.place()
	if made := len(w.server.TaskLists(w.jana)) - before; made != 1 {
		t.Errorf("%d lists were made", made)
	}
}

// A list that was renamed goes on under its id.
func TestRenamedListOfTasks(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	ref := w.personTask(map[string]any{"title": "Úkol"})
	cursor := w.begin().Cursor
	if err := w.server.RenameTaskListAs(w.jana, w.scope.Container, "🙂 Moje"); err != nil {
		t.Fatal(err)
	}
	w.editTask(ref, map[string]any{"title": "Úkol 2"})
	if got := byRef(t, w.next(cursor).Changed, ref).Fields[record.TaskSubject]; got != "Úkol 2" {
		t.Errorf("it shows %q", got)
	}
	w.createTask("op-1", sampleTask)
	if got := len(w.begin().Changed); got != 2 {
		t.Errorf("%d tasks", got)
	}
}

// Of two lists of one name the same one is taken every time; a name that the plain listing leaves out is found by delta.
func TestListsOfOneName(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *outlook.Config) { c.TaskList = "🙂 RAYNET" })
	w.scope.Kind = record.Tasks
	var ids []string
	for range 3 {
		id, err := w.server.CreateTaskListAs(w.jana, "🙂 raynet")
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for range 3 {
		if list, err := w.client.Place(t.Context(), w.scope, true); err != nil || list != ids[0] {
			t.Errorf("%q of %q: %v", list, ids, err)
		}
	}
	// The making of a list may land late, when another one was made and filled: that is the one which we had.
	if _, err := w.server.CreateTaskAs(w.jana, ids[1], map[string]any{"title": "Zavolat"}); err != nil {
		t.Fatal(err)
	}
	if list, err := w.client.Place(t.Context(), w.scope, true); err != nil || list != ids[1] {
		t.Errorf("%q of %q, want the one in use: %v", list, ids, err)
	}
}

// Neither the view of flagged mails nor a list that a colleague shares is ours, whatever they are called.
func TestListsThatAreNotOurs(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.uncheck()
	w.scope.Kind = record.Tasks
	body := `{"value":[{"id":"1","displayName":"RAYNET","wellknownListName":"flaggedEmails","isOwner":true},{"id":"2","displayName":"RAYNET","isOwner":false},` +
		`{"id":"3","@removed":{"reason":"deleted"},"displayName":"RAYNET"}]`
	w.server.Layer().Set(chaos.Fault{Name: "delta", PathContains: "/todo/lists/delta", Effect: chaos.EffectStatus, Status: 200,
		Body: body + `,"@odata.deltaLink":"https://graph.contoso.example/v1.0/x"}`})
	if list, err := w.client.Place(t.Context(), w.scope, false); err != nil || list != "" {
		t.Errorf("%q: %v", list, err)
	}
}

// A list that was deleted goes on answering and would take new tasks. Nobody takes its silence for tasks that are gone.
func TestDeletedListOfTasks(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	ref := w.personTask(map[string]any{"title": "Úkol"})
	target := w.readOne(ref)
	creation := w.taskCreation("op-1", sampleTask)
	w.compose(creation)
	cursor := w.begin().Cursor
	if err := w.server.DeleteTaskListAs(w.jana, w.scope.Container); err != nil {
		t.Fatal(err)
	}
	w.pass(2 * time.Minute) // that the list was there a minute ago counts
	gone := func(what string, err error) {
		t.Helper()
		if failed := failure(t, err); failed.Kind != remote.NoContainer {
			t.Errorf("%s: %v", what, err)
		}
	}
	if round := w.next(cursor); len(round.Changed)+len(round.Removed) != 0 { // it is a ghost: nothing tells yet
		t.Errorf("the changes: %+v", round)
	}
	_, err := w.client.Begin(t.Context(), w.scope, time.Time{}, time.Time{})
	gone("everything", err)
	_, err = w.client.Read(t.Context(), w.scope, []remote.Ref{ref})
	gone("a read", err)
	_, err = w.client.Compose(t.Context(), w.scope, creation)
	gone("a create", err)
	removal := w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target})
	if answer := w.send(removal); answer.Ref != ref {
		t.Errorf("a removal: %+v", answer)
	}
	w.pass(time.Hour) // now its ghost is gone too
	_, err = w.client.Continue(t.Context(), w.scope, cursor)
	if kind := remote.KindOf(err); kind != remote.NoContainer && kind != remote.CursorDead {
		t.Errorf("the changes, later: %v", err)
	}
	_, err = w.client.Begin(t.Context(), w.scope, time.Time{}, time.Time{})
	gone("everything, later", err)
	_, err = w.client.Find(t.Context(), w.scope, remote.Search{Key: "op-1"})
	gone("a search, later", err)
	if list, err := w.client.Place(t.Context(), w.scope, true); err != nil || list == "" || list == w.scope.Container {
		t.Errorf("a new list: %q, %v", list, err)
	}
}

// That the list is there is asked once a minute, however many tasks are made.
func TestListIsNotAskedForEachTask(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	for range 5 {
		w.compose(w.taskCreation("op-1", sampleTask))
	}
	if got := w.requests(); got != 1 {
		t.Errorf("%d requests", got)
	}
	w.pass(time.Minute)
	w.compose(w.taskCreation("op-1", sampleTask))
	if got := w.requests(); got != 1 {
		t.Errorf("%d requests a minute later", got)
	}
}

// Where To Do is refused, whether as forbidden, as unknown or as a missing role, that stops this mailbox's tasks and nothing else.
func TestToDoRefused(t *testing.T) {
	t.Parallel()
	for name, refuse := range map[string]func(w *world){
		"403":            func(w *world) { w.must(w.server.SetTodo(w.jana, "off")) },
		"404":            func(w *world) { w.must(w.server.SetMailboxState(w.jana, emulator.StateNoTodo, time.Time{})) },
		"401":            func(w *world) { w.server.SetRoles("Calendars.ReadWrite", "User.Read.All") },
		"401, no others": func(w *world) { w.server.SetRoles("User.Read.All") },
	} {
		w := todoSetup(t)
		w.uncheck()
		ref := w.personTask(map[string]any{"title": "Úkol"})
		cursor := w.begin().Cursor
		target := w.readOne(ref)
		creation := w.compose(w.taskCreation("op-1", sampleTask))
		change := w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: record.Fields{record.TaskSubject: "Jinak"}})
		removal := w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target})
		refuse(w)
		w.uncheck() // and a new token
		bare := w.scope
		bare.Container = ""
		calls := map[string]func() error{
			"place":    func() error { _, err := w.client.Place(t.Context(), bare, true); return err },
			"begin":    func() error { _, err := w.client.Begin(t.Context(), w.scope, time.Time{}, time.Time{}); return err },
			"continue": func() error { _, err := w.client.Continue(t.Context(), w.scope, cursor); return err },
			"read":     func() error { _, err := w.client.Read(t.Context(), w.scope, []remote.Ref{ref}); return err },
			"reads":    func() error { _, err := w.client.Read(t.Context(), w.scope, []remote.Ref{ref, ref}); return err },
			"find":     func() error { _, err := w.client.Find(t.Context(), w.scope, remote.Search{Key: "k"}); return err },
			"stamps":   func() error { _, err := w.client.Stamps(t.Context(), w.scope); return err },
			"compose": func() error {
				_, err := w.client.Compose(t.Context(), w.scope, w.taskCreation("op-1", sampleTask))
				return err
			},
			"create": func() error { _, err := w.client.Send(t.Context(), creation); return err },
			"remove": func() error { _, err := w.client.Send(t.Context(), removal); return err },
		}
		if name != "404" { // a change of what is not found is left to the read that follows
			calls["change"] = func() error { _, err := w.client.Send(t.Context(), change); return err }
		}
		for call, do := range calls {
			if failed := failure(t, do()); failed.Kind != remote.Forbidden || failed.Unknown || failed.Text == "" {
				t.Errorf("%s, %s: %v", name, call, failed)
			}
		}
		if name != "401, no others" {
			w.scope = remote.Scope{Kind: record.Calendar, Mailbox: w.jana}
			w.begin()
		}
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// A mailbox or a login that is lost is not To Do's matter.
func TestMailboxLostIsNotToDoRefused(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]remote.ErrorKind{"mailbox": remote.NoMailbox, "token-wrong-secret": remote.Unauthorized} {
		w := todoSetup(t)
		w.uncheck()
		if fault == "mailbox" {
			w.must(w.server.SetMailboxState(w.jana, emulator.StateSoftDeleted, time.Time{}))
		} else {
			w.must(w.server.Inject(fault))
			w.uncheck()
		}
		if _, err := w.client.Begin(t.Context(), w.scope, time.Time{}, time.Time{}); remote.KindOf(err) != want {
			t.Errorf("%s, begin: %v", fault, err)
		}
		if _, err := w.client.Read(t.Context(), w.scope, []remote.Ref{taskRef("AAkALgTSKxxxxxxxxxxxxxxxxxx=")}); remote.KindOf(err) != want {
			t.Errorf("%s, read: %v", fault, err)
		}
	}
}

// Every request to To Do asks for lasting ids and for UTC, writes "$" as it is, selects nothing and keeps our own headers here.
func TestEveryRequestToToDo(t *testing.T) {
	t.Parallel()
	ear := &listening{}
	w := setup(t, func(c *outlook.Config) { ear.next, c.Transport = c.Transport, ear })
	w.scope.Kind = record.Tasks
	w.scope.Container = w.place()
	first := w.begin()
	ref := w.createTask("op-1", sampleTask).Ref
	w.next(first.Cursor)
	w.changeTask(ref, record.Fields{record.TaskSubject: "Jinak"})
	target := w.read(ref, ref)[0].Snapshot
	w.send(w.compose(remote.Write{Op: remote.Delete, Side: record.Outlook, Target: &target}))
	if _, err := w.client.Stamps(t.Context(), w.scope); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, one := range ear.sent {
		if !strings.Contains(one.address, "/v1.0/") {
			continue
		}
		seen[one.method]++
		prefer := one.header.Get("Prefer")
		switch {
		case !strings.Contains(prefer, `IdType="ImmutableId"`) || !strings.Contains(prefer, `outlook.timezone="UTC"`):
			t.Errorf("%s %s prefers %q", one.method, one.address, prefer)
		case strings.Contains(one.address, "/delta") && !strings.Contains(prefer, "odata.maxpagesize=200"):
			t.Errorf("%s asks for no page size", one.address)
		case strings.Contains(one.address, "%24") || strings.Contains(one.address, "$select"):
			t.Errorf("%s is refused", one.address)
		case one.header.Get("X-Zone") != "" || one.header.Get("X-Mail-Evidence") != "":
			t.Errorf("%s %s carries what is ours", one.method, one.address)
		case one.method == "PATCH" && one.header.Get("If-Match") == "":
			t.Errorf("%s has no If-Match", one.address)
		case one.method == "DELETE":
			t.Errorf("%s minds no If-Match", one.address)
		case strings.HasSuffix(one.address, "/$batch") && strings.Count(one.body, `"url":`) != strings.Count(one.body, `IdType=\"ImmutableId\"`):
			t.Errorf("batch parts without Prefer: %s", one.body)
		}
	}
	if seen["GET"] < 7 || seen["POST"] < 4 || seen["PATCH"] != 1 {
		t.Errorf("the test shows nothing: %v", seen)
	}
}
