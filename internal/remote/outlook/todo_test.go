package outlook_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
)

// todoSetup is setup with a list for tasks in Jana's mailbox.
func todoSetup(t *testing.T, change ...func(*outlook.Config)) *world {
	t.Helper()
	w := setup(t, change...)
	w.scope.Kind = record.Tasks
	w.scope.Container = w.place()
	w.requests()
	return w
}

// personTask lets the mailbox's user create a task in our list.
func (w *world) personTask(task map[string]any) remote.Ref {
	w.t.Helper()
	made, err := w.server.CreateTaskAs(w.jana, w.scope.Container, task)
	if err != nil {
		w.t.Fatal(err)
	}
	return taskRef(made["id"].(string))
}

func (w *world) editTask(ref remote.Ref, patch map[string]any) {
	w.t.Helper()
	if err := w.server.EditTaskAs(w.jana, ref.ID, patch); err != nil {
		w.t.Fatal(err)
	}
}

// task shows a task as Graph keeps it.
func (w *world) task(ref remote.Ref) map[string]any {
	w.t.Helper()
	got, ok := w.server.Task(w.jana, ref.ID)
	if !ok {
		w.t.Fatalf("%s is not there", ref)
	}
	return got
}

// changeTask writes fields into a task as it is now.
func (w *world) changeTask(ref remote.Ref, fields record.Fields) remote.Answer {
	w.t.Helper()
	target := w.readOne(ref)
	return w.send(w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: fields}))
}

// taskCreation is what the engine would write of a RAYNET task.
func (w *world) taskCreation(key string, fields record.Fields) remote.Write {
	write := w.creation(key, fields)
	write.Stamp.Source.Type = "task"
	return write
}

func (w *world) createTask(key string, fields record.Fields) remote.Answer {
	w.t.Helper()
	return w.send(w.compose(w.taskCreation(key, fields)))
}

func taskRef(id string) remote.Ref { return remote.Ref{Side: record.Outlook, Type: "task", ID: id} }

// daily is a task that repeats.
func daily(title string) map[string]any {
	return map[string]any{
		"title": title, "dueDateTime": at("2026-10-21T00:00:00", "Central Europe Standard Time"),
		"recurrence": map[string]any{
			"pattern": map[string]any{"type": "daily", "interval": 1},
			"range":   map[string]any{"type": "noEnd", "startDate": "2026-10-21", "recurrenceTimeZone": "Central Europe Standard Time"},
		},
	}
}

var sampleTask = record.Fields{
	record.TaskSubject: "Poslat nabídku", record.TaskDue: "2026-10-23", record.TaskImportance: record.ImportanceHigh, record.TaskDone: "",
	record.TaskBody: "Cena\nTermín", record.TaskCategories: "Obchod\nVIP", record.TaskCancelled: "", record.TaskClient: "Klient s.r.o.\nJan Novák",
	record.TaskReminder: "2026-10-23T14:00Z", record.TaskLink: "https://app.raynet.example/firma/?view=DetailView&en=Task&ei=4711",
}

// shownOfTask are the fields that Outlook shows.
var shownOfTask = []record.Field{
	record.TaskSubject, record.TaskDue, record.TaskImportance, record.TaskDone, record.TaskBody, record.TaskCategories,
}

// The first round shows the whole list with every field; the next ones show what happened since, and nothing costs one request.
func TestRoundsOfTasks(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	ref := w.personTask(map[string]any{"title": " Zavolat  panu Novákovi ", "importance": "high", "status": "inProgress", "categories": []any{"VIP", "Obchod", "vip"},
		"dueDateTime": at("2026-10-23T00:00:00", "Central Europe Standard Time"), "body": map[string]any{"contentType": "text", "content": "Cena\nTermín"}})
	if _, err := w.server.CreateTaskAs(w.jana, "", map[string]any{"title": "Soukromý úkol v jiném seznamu"}); err != nil {
		t.Fatal(err)
	}
	first := w.begin()
	if got := w.requests(); got != 2 {
		t.Errorf("%d requests for the first round: the list's tasks and the list", got)
	}
	if !first.Full || first.Cursor == "" || len(first.Changed) != 1 || len(first.Removed) != 0 {
		t.Fatalf("first round: %+v", first)
	}
	want := record.Fields{
		record.TaskSubject: "Zavolat panu Novákovi", record.TaskDue: "2026-10-23", record.TaskImportance: record.ImportanceHigh, record.TaskDone: "",
		record.TaskBody: "Cena\nTermín", record.TaskCategories: "Obchod\nVIP",
	}
	got := byRef(t, first.Changed, ref)
	if diff := cmp.Diff(want, got.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if !got.Offered || got.Finished || got.Rule != "" || got.Version == "" || len(got.Held) != 0 || got.Stamp != nil || !got.Span.IsZero() ||
		got.Kind != record.Tasks || got.Container != w.scope.Container || !slices.Equal(got.Natural, record.TaskNatural(want)) {
		t.Errorf("snapshot: %+v", got)
	}
	idle := w.next(first.Cursor)
	if w.requests() != 1 || len(idle.Changed)+len(idle.Removed) != 0 || idle.Full {
		t.Errorf("an idle round: %+v", idle)
	}
	w.editTask(ref, map[string]any{"status": "completed"})
	later := w.next(idle.Cursor)
	done := byRef(t, later.Changed, ref)
	if done.Fields[record.TaskDone] != record.Yes || !done.Finished || done.Span.From.Format("2006-01-02") != "2026-10-19" || w.requests() != 1 {
		t.Errorf("completed: %+v", done)
	}
	if err := w.server.DeleteTaskAs(w.jana, ref.ID); err != nil {
		t.Fatal(err)
	}
	last := w.next(later.Cursor)
	if diff := cmp.Diff([]remote.Ref{ref}, last.Removed); diff != "" || w.requests() != 2 {
		t.Errorf("removed, which is asked of the list (-want +got):\n%s", diff)
	}
	if reading := w.read(ref)[0]; reading.Presence != remote.Gone || w.requests() != 2 {
		t.Errorf("the removed task is %s: %v", reading.Presence, reading.Err)
	}
}

// Without a list there is nothing, and nothing is asked.
func TestNoListOfTasks(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.scope.Kind = record.Tasks
	round := w.begin()
	found, err := w.client.Find(t.Context(), w.scope, remote.Search{Key: "op-1"})
	if !round.Full || len(round.Changed) != 0 || err != nil || len(found) != 0 {
		t.Errorf("%+v, %v, %v", round, found, err)
	}
	if stamped, err := w.client.Stamps(t.Context(), w.scope); err != nil || len(stamped) != 0 || w.requests() != 0 {
		t.Errorf("stamps: %v, %v", stamped, err)
	}
	if _, err := w.client.Compose(t.Context(), w.scope, w.taskCreation("op-1", sampleTask)); remote.KindOf(err) != remote.Invalid {
		t.Errorf("a create: %v", err)
	}
	if _, err := w.client.Read(t.Context(), w.scope, []remote.Ref{taskRef("x")}); remote.KindOf(err) != remote.NoContainer {
		t.Errorf("a read: %v", err)
	}
}

// Five thousand tasks are one round of pages of two hundred, and found by their marks a thousand at a time.
func TestFiveThousandTasks(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	w.uncheck() // one comparison with the contract is enough
	const many = 5000
	for i := range many {
		w.personTask(map[string]any{"title": fmt.Sprint("Úkol ", i)})
	}
	ours := w.createTask("op-1", sampleTask).Ref
	w.requests()
	round := w.begin()
	if got := w.requests(); len(round.Changed) != many+1 || got != many/200+2 {
		t.Errorf("%d of %d tasks with %d requests", len(round.Changed), many+1, got)
	}
	if idle := w.next(round.Cursor); len(idle.Changed) != 0 || w.requests() != 1 {
		t.Errorf("an idle round shows %d changes", len(idle.Changed))
	}
	found, err := w.client.Find(t.Context(), w.scope, remote.Search{Key: "op-1"})
	if err != nil || len(found) != 1 || found[0].Ref != ours || w.requests() != many/1000+1 {
		t.Errorf("found %d: %v", len(found), err)
	}
}

// Four reads are one request, since nobody paces them behind it; a task that is not there is gone, for the list is there.
func TestReadsOfManyTasks(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	var refs []remote.Ref
	for i := range 10 {
		refs = append(refs, w.personTask(map[string]any{"title": fmt.Sprint("Úkol ", i)}))
	}
	gone := w.personTask(map[string]any{"title": "pryč"})
	if err := w.server.DeleteTaskAs(w.jana, gone.ID); err != nil {
		t.Fatal(err)
	}
	refs = append(refs, gone, taskRef("short"), event("AAkALg="))
	want := []remote.Presence{remote.Gone, remote.Broken, remote.Broken}
	w.requests()
	for i, reading := range w.read(refs...) {
		presence := remote.Present
		if i >= 10 {
			presence = want[i-10]
		}
		if reading.Presence != presence || reading.Ref != refs[i] || (presence == remote.Broken && remote.KindOf(reading.Err) != remote.Invalid) {
			t.Errorf("%d: %s is %s: %v", i, reading.Ref, reading.Presence, reading.Err)
		}
	}
	if got := w.requests(); got != 4 {
		t.Errorf("%d requests: three batches and the list", got)
	}
	if first := w.read(refs[0])[0]; w.requests() != 1 || first.Presence != remote.Present {
		t.Errorf("alone: %s", first.Presence)
	}
}

// Dates are dates, whoever wrote them in whichever zone, and wherever they are read.
func TestDueDates(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	for _, test := range []struct {
		local, zone string // what was written
		reader      string
		want        record.Value
	}{
		{"2026-10-23T00:00:00", "Central Europe Standard Time", "Europe/Prague", "2026-10-23"},
		{"2026-10-23T17:30:00", "Europe/London", "Europe/Prague", "2026-10-23"},
		{"2026-10-23T22:00:00", "America/New_York", "America/New_York", "2026-10-23"},
		{"2026-10-23T00:00:00", "UTC", "America/New_York", "2026-10-23"}, // 20:00 on the 22nd
		{"2026-10-23T00:00:00", "UTC", "Pacific/Kiritimati", "2026-10-23"},
		{"2026-10-23T00:00:00", "UTC", "Etc/GMT+12", "2026-10-23"},
		{"2026-10-23T00:00:00", "Europe/Prague", "America/New_York", "2026-10-23"}, // 18:00 on the 22nd
		{"2026-10-23T00:00:00", "America/New_York", "Europe/Prague", "2026-10-23"}, // 06:00
		{"2026-10-23T00:00:00", "Asia/Tokyo", "Asia/Tokyo", "2026-10-23"},
		{"2026-10-25T00:00:00", "Europe/Prague", "Europe/Prague", "2026-10-25"}, // the clocks go back in this night
		{"2026-10-26T00:00:00", "Europe/Prague", "Europe/Prague", "2026-10-26"},
		{"2027-03-28T00:00:00", "Europe/Prague", "Europe/Prague", "2027-03-28"}, // and forth
		{"2027-03-29T00:00:00", "Europe/Prague", "Europe/Prague", "2027-03-29"},
		{"2026-10-23T00:00:00", "Asia/Kolkata", "", "2026-10-23"}, // 18:30 on the 22nd for a user whose zone nobody knows
	} {
		ref := w.personTask(map[string]any{"title": "Úkol", "dueDateTime": at(test.local, test.zone)})
		w.scope.Zone = test.reader
		if got := w.readOne(ref).Fields[record.TaskDue]; got != test.want {
			t.Errorf("%s %s is %s in %q (%v)", test.local, test.zone, got, test.reader, w.task(ref)["dueDateTime"])
		}
	}
}

// Every date comes back as it was written, in zones west and east and around both changes of the clocks.
func TestDueDatesWritten(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	ref := w.personTask(map[string]any{"title": "Úkol"})
	for _, zone := range []string{"Europe/Prague", "America/New_York", "America/Santiago", "Asia/Kolkata", "Pacific/Auckland", "Pacific/Kiritimati",
		"Etc/GMT+12", "UTC", "Antarctica/Troll", "Nowhere/Land"} {
		w.scope.Zone = zone
		for _, date := range []record.Value{"2026-10-24", "2026-10-25", "2026-10-26", "2027-03-14", "2027-03-28", "2027-03-29", "2026-09-06", "2028-02-29"} {
			answer := w.changeTask(ref, record.Fields{record.TaskDue: date})
			if got := answer.Snapshot.Fields[record.TaskDue]; got != date {
				t.Errorf("%s in %s is answered as %s", date, zone, got)
			}
			if got := w.readOne(ref).Fields[record.TaskDue]; got != date {
				t.Errorf("%s in %s is read as %s", date, zone, got)
			}
		}
	}
	if got := w.changeTask(ref, record.Fields{record.TaskDue: ""}).Snapshot.Fields[record.TaskDue]; got != "" || w.task(ref)["dueDateTime"] != nil {
		t.Errorf("taken away, it is %q", got)
	}
}

// Strange data: the round is read, what cannot be is left out by a rule.
func TestOddTasks(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	w.uncheck() // strange on purpose
	if err := w.server.Inject("odd-data"); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		w.personTask(map[string]any{"title": fmt.Sprint("Úkol ", i), "body": map[string]any{"contentType": "text", "content": "a\u0007b"}})
	}
	round := w.begin()
	if len(round.Changed) != 12 {
		t.Fatalf("%d of 12 tasks", len(round.Changed))
	}
	for _, one := range round.Changed {
		for name, value := range one.Fields {
			if strings.ContainsFunc(string(value), func(r rune) bool { return r < ' ' && r != '\n' }) || one.Partial {
				t.Errorf("%s holds a control character: %q", name, value)
			}
		}
	}
}

// A person copied our task, and then completed it: it is the completed one that is ours, the open one proves nothing.
func TestACopyOfATaskTakesNoMarkAway(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	ref := w.createTask("op-1", sampleTask).Ref
	if _, err := w.server.CopyTaskAs(w.jana, ref.ID); err != nil {
		t.Fatal(err)
	}
	w.editTask(ref, map[string]any{"status": "completed"})
	if got := byRef(t, w.begin().Changed, ref); got.Stamp == nil || got.Key != "op-1" {
		t.Errorf("the task lost its mark to its copy: %+v", got)
	}
}

// A task that repeats: the user completes it and moves it; nothing that this leaves behind is taken for ours or for a new task.
func TestTasksThatRepeat(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	ref := w.createTask("op-1", sampleTask).Ref
	w.editTask(ref, map[string]any{"dueDateTime": daily("")["dueDateTime"], "recurrence": daily("")["recurrence"]})
	first := w.begin()
	if got := byRef(t, first.Changed, ref); !got.HeldBy(remote.HeldRepeats) || got.Fields[record.TaskDue] != "2026-10-21" {
		t.Fatalf("%+v", got)
	}
	w.editTask(ref, map[string]any{"status": "completed"})
	rolled := w.next(first.Cursor)
	if len(rolled.Changed) != 2 {
		t.Fatalf("%d changed", len(rolled.Changed))
	}
	for _, one := range rolled.Changed {
		switch {
		case one.Ref == ref && (one.Fields[record.TaskDue] != "2026-10-22" || one.Fields[record.TaskDone] != "" || one.Stamp == nil || one.Finished):
			t.Errorf("the task itself: %+v", one)
		case one.Ref != ref && (one.Fields[record.TaskDue] != "2026-10-21" || one.Fields[record.TaskDone] != record.Yes || one.Stamp != nil ||
			one.Key != "" || one.MadeByUs || !one.Finished):
			t.Errorf("the completed one: %+v", one)
		}
	}
	for _, search := range []remote.Search{{Key: "op-1"}, {Source: remote.Ref{Side: record.Raynet, Type: "task", ID: "4711"}}} {
		if found, err := w.client.Find(t.Context(), w.scope, search); err != nil || len(found) != 1 || found[0].Ref != ref {
			t.Errorf("%+v finds %d: %v", search, len(found), err)
		}
	}
	w.editTask(ref, map[string]any{"dueDateTime": at("2026-10-30T00:00:00", "Central Europe Standard Time")})
	split := w.next(rolled.Cursor)
	for _, one := range split.Changed {
		if want := map[bool]record.Value{true: "2026-10-23", false: "2026-10-30"}[one.Ref == ref]; one.Fields[record.TaskDue] != want || one.Finished {
			t.Errorf("after the move, the task itself %v: %+v", one.Ref == ref, one)
		}
	}
	if len(split.Changed) != 2 {
		t.Errorf("%d changed by the move", len(split.Changed))
	}
}

// Completing a task that repeats is a success although it is open again: the answer says what it shows now.
func TestCompletingWhatRepeats(t *testing.T) {
	t.Parallel()
	w := todoSetup(t)
	ref := w.personTask(daily("Záloha"))
	answer := w.changeTask(ref, record.Fields{record.TaskDone: record.Yes})
	if answer.Ref != ref || answer.Snapshot.Fields[record.TaskDone] != "" || answer.Snapshot.Fields[record.TaskDue] != "2026-10-22" {
		t.Errorf("%+v", answer.Snapshot)
	}
	w.pass(time.Minute)
	if got := len(w.server.Tasks(w.jana)); got != 2 {
		t.Errorf("%d tasks", got)
	}
}
