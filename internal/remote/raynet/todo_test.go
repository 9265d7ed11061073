package raynet_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/remote/raynet/emulator"
)

// tasks are the kinds that the tests of tasks ask for.
func tasks() []record.Kind { return []record.Kind{record.Tasks} }

func (w *world) tasks() remote.Scope {
	scope := w.scope()
	scope.Kind = record.Tasks
	return scope
}

// task creates one the way Jana does on RAYNET's screens; a nil leaves the key out.
func (w *world) task(body map[string]any) remote.Ref {
	w.t.Helper()
	whole := map[string]any{"title": "Nabídka", "deadline": "2026-03-06T17:00:00+01:00"}
	for key, value := range body {
		if whole[key] = value; value == nil {
			delete(whole, key)
		}
	}
	return ref("task", w.must(w.server.CreateAs(jana, "task", whole)))
}

// row is the task as a poll lists it.
func (w *world) row(task remote.Ref) remote.Snapshot {
	w.t.Helper()
	round, err := w.client.Poll(w.t.Context(), tasks(), `{"since":"2026-03-05T08:00:00Z"}`)
	if err != nil {
		w.t.Fatal(err)
	}
	at := slices.IndexFunc(round.Changed, func(s remote.Snapshot) bool { return s.Ref == task })
	if at < 0 {
		w.t.Fatalf("%s was not reported", task)
	}
	return round.Changed[at]
}

func TestKindOfTask(t *testing.T) {
	t.Parallel()
	if kind, ok := raynet.KindOf("task"); kind != record.Tasks || !ok {
		t.Errorf("a task is %q, %v", kind, ok)
	}
}

func TestWhatATaskShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	tests := []struct {
		name  string
		body  map[string]any
		field record.Field
		want  record.Value
	}{
		{"title", nil, record.TaskSubject, "Nabídka"},
		{"a title in two lines", map[string]any{"title": " Poslat\n nabídku "}, record.TaskSubject, "Poslat nabídku"},
		{"the title that stands for none", map[string]any{"title": "(bez předmětu)"}, record.TaskSubject, ""},
		{"deadline", nil, record.TaskDue, "2026-03-06"},
		{"no deadline", map[string]any{"deadline": nil}, record.TaskDue, ""},
		{"never", map[string]any{"deadline": "9999-12-31T23:59:00+01:00"}, record.TaskDue, ""},
		{"critical", map[string]any{"priority": "CRITICAL"}, record.TaskImportance, "high"},
		{"minor", map[string]any{"priority": "MINOR"}, record.TaskImportance, "low"},
		{"text", map[string]any{"description": "<p>Bod&nbsp;1</p><p>Bod 2</p>"}, record.TaskBody, "Bod 1\nBod 2"},
		{"tags", map[string]any{"tags": []any{"VIP", "obchod", "vip"}}, record.TaskCategories, "obchod\nVIP"},
		{"a tag with a comma", map[string]any{"tags": []any{"b, a"}}, record.TaskCategories, "a\nb"},
		{"no tags", nil, record.TaskCategories, ""},
		{"new", map[string]any{"status": "NEW"}, record.TaskDone, ""},
		{"scheduled", map[string]any{"status": "SCHEDULED"}, record.TaskDone, ""},
		{"completed", map[string]any{"status": "COMPLETED"}, record.TaskDone, "yes"},
		{"cancelled is done", map[string]any{"status": "CANCELLED"}, record.TaskDone, "yes"},
		{"cancelled", map[string]any{"status": "CANCELLED"}, record.TaskCancelled, "yes"},
		{"completed is not cancelled", map[string]any{"status": "COMPLETED"}, record.TaskCancelled, ""},
		{"client", map[string]any{"company": w.acme, "person": w.karel}, record.TaskClient, "Acme s.r.o.\nKarel Dvořák"},
		{"only a person", map[string]any{"person": w.karel}, record.TaskClient, "Karel Dvořák"},
		{"nobody", nil, record.TaskClient, ""},
		{"a time of day reminds", nil, record.TaskReminder, "2026-03-06T16:00Z"},
		{"the end of the day does not", map[string]any{"deadline": "2026-03-06T23:59:00+01:00"}, record.TaskReminder, ""},
		{"midnight does not", map[string]any{"deadline": "2026-03-06T00:00:00+01:00"}, record.TaskReminder, ""},
		{"what is done does not", map[string]any{"status": "COMPLETED"}, record.TaskReminder, ""},
		{"what is cancelled does not", map[string]any{"status": "CANCELLED"}, record.TaskReminder, ""},
		{"no deadline does not", map[string]any{"deadline": nil}, record.TaskReminder, ""},
		{"emoji", map[string]any{"title": "Zavolat 👩‍💻 🎉"}, record.TaskSubject, "Zavolat 👩‍💻 🎉"},
		{"right to left", map[string]any{"title": "שלח הצעה"}, record.TaskSubject, "שלח הצעה"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			task := w.task(test.body)
			detail, row := w.read(w.tasks(), task), w.row(task)
			if got, shown := detail.Fields[test.field]; got != test.want || !shown {
				t.Errorf("%s = %q (%v), want %q", test.field, got, shown, test.want)
			}
			if want := record.Value("https://crm.example/demo/?en=Task&ei=" + task.ID); detail.Fields[record.TaskLink] != want {
				t.Errorf("link %q, want %q", detail.Fields[record.TaskLink], want)
			}
			if detail.Partial || detail.Kind != record.Tasks || !detail.Offered || detail.Author != jana || detail.ByUs || detail.Rule != "" {
				t.Errorf("detail %+v", detail)
			}
			// A row shows the same but for the deadline, and so cannot be matched by it.
			same := detail.Fields.Clone()
			delete(same, record.TaskDue)
			delete(same, record.TaskReminder)
			if fmt.Sprint(row.Fields) != fmt.Sprint(same) || !row.Partial || row.Natural != nil {
				t.Errorf("row %v partial %v natural %q\nwant %v", row.Fields, row.Partial, row.Natural, same)
			}
		})
	}
}

func TestWhenATaskWasFinished(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	task := w.task(nil)
	steps := []struct {
		status   string
		span     record.Value
		finished bool
	}{
		{"NEW", "", false},
		{"COMPLETED", "2026-03-05T08:30Z/2026-03-05T08:30Z", false},
		{"SCHEDULED", "", false},
		{"CANCELLED", "2026-03-05T08:30Z/2026-03-05T08:30Z", true},
	}
	for _, step := range steps {
		if err := w.server.EditAs(jana, "task", int64(numberOf(task.ID)), map[string]any{"status": step.status}); err != nil {
			t.Fatal(err)
		}
		for _, s := range []remote.Snapshot{w.read(w.tasks(), task), w.row(task)} {
			if s.Span.Value() != step.span || s.Finished != step.finished {
				t.Errorf("%s: span %q finished %v, want %q %v", step.status, s.Span.Value(), s.Finished, step.span, step.finished)
			}
		}
	}
}

// The date is the one that the user's calendar shows at the deadline.
func TestDueDatesInOtherZones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	tests := []struct{ deadline, zone, want string }{
		{"2026-03-06T23:59:00+01:00", "Europe/Prague", "2026-03-06"},
		{"2026-03-06T23:59:00+01:00", "America/New_York", "2026-03-06"},
		{"2026-03-06T23:59:00+01:00", "Asia/Tokyo", "2026-03-07"},
		{"2026-03-06T00:00:00+01:00", "Europe/Prague", "2026-03-06"},
		{"2026-03-06T00:00:00+01:00", "America/New_York", "2026-03-05"},
		{"2026-03-29T23:59:00+02:00", "Europe/Prague", "2026-03-29"},
		{"2026-10-25T02:30:00+01:00", "Europe/Prague", "2026-10-25"},
		{"2026-10-25T23:59:00+01:00", "Pacific/Kiritimati", "2026-10-26"},
	}
	for _, test := range tests {
		task := w.task(map[string]any{"deadline": test.deadline})
		scope := w.tasks()
		scope.Zone = test.zone
		s := w.read(scope, task)
		if got := string(s.Fields[record.TaskDue]); got != test.want {
			t.Errorf("%s in %s is due on %s, want %s", test.deadline, test.zone, got, test.want)
		}
		if want := test.want + "|nabídka"; !slices.Equal(s.Natural, []string{want}) {
			t.Errorf("natural %q, want %q", s.Natural, want)
		}
		if again := w.client.InZone(w.read(w.tasks(), task), test.zone); fmt.Sprint(again.Fields) != fmt.Sprint(s.Fields) {
			t.Errorf("in zone: %v, want %v", again.Fields, s.Fields)
		}
	}
}

// A deadline that a create puts there because RAYNET insists on one is told from one that somebody chose.
func TestADeadlineThatNobodyChose(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	for _, zone := range []string{"Europe/Prague", "America/New_York", "Pacific/Kiritimati"} {
		scope := w.tasks()
		scope.Zone = zone
		for due, want := range map[record.Value]int{"": 1, "2031-03-06": 0} {
			task, _ := w.create(scope, "ros:"+zone+string(due), record.Fields{record.TaskSubject: "Nabídka", record.TaskDue: due})
			s := w.read(scope, task)
			if len(s.Filled) != want || want == 1 && s.Filled[0] != record.TaskDue {
				t.Errorf("made with %q in %s: filled %v", due, zone, s.Filled)
			}
		}
	}
	if s := w.read(w.tasks(), w.task(map[string]any{"deadline": "2031-03-06T12:00:00+01:00"})); len(s.Filled) != 0 {
		t.Errorf("chosen by a person: filled %v", s.Filled)
	}
}

func TestWhoHasToDoIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	check := func(task remote.Ref, person int64) {
		t.Helper()
		for _, s := range []remote.Snapshot{w.read(w.tasks(), task), w.row(task)} {
			if want := strconv.FormatInt(person, 10); !slices.Equal(s.People, []string{want}) {
				t.Errorf("people %v, want %s", s.People, want)
			}
		}
	}
	own := w.task(nil)
	check(own, w.jana)
	task := w.task(map[string]any{"resolver": w.petr, "person": w.karel})
	check(task, w.petr)
	if err := w.server.EditAs(petr, "task", int64(numberOf(task.ID)), map[string]any{"resolver": w.jana}); err != nil {
		t.Fatal(err)
	}
	check(task, w.jana)
}

// RAYNETs that list the owner once, tell the resolver, or have no such person at all.
func TestResolversOfOtherShapes(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, keys, want string }{
		{"only the owner", `"participants":[{"owner":true,"person":5}]`, "5"},
		{"the second one", `"participants":[{"owner":true,"person":5},{"owner":false,"person":6},{"owner":false,"person":7}]`, "6"},
		{"a company is no resolver", `"participants":[{"owner":true,"person":5},{"owner":false,"company":9},{"owner":false,"person":6}]`, "6"},
		{"in any order", `"participants":[{"owner":false,"person":6},{"owner":true,"person":5}]`, "6"},
		{"told by name", `"owner":{"id":5},"resolver":{"id":8,"fullName":"J"}`, "8"},
		{"only an owner by name", `"owner":{"id":5},"participants":null`, "5"},
		{"nobody", `"participants":[]`, ""},
	}
	for _, test := range tests {
		client := bare(t, func(*http.Request) (int, string) {
			return 200, `{"success":"true","data":{"id":1,"title":"a","deadline":null,` + test.keys + `}}`
		})
		readings, err := client.Read(t.Context(), remote.Scope{Kind: record.Tasks}, []remote.Ref{ref("task", 1)})
		if err != nil || readings[0].Presence != remote.Present {
			t.Fatalf("%s: %+v, %v", test.name, readings, err)
		}
		if got := strings.Join(readings[0].Snapshot.People, " "); got != test.want {
			t.Errorf("%s: people %q, want %q", test.name, got, test.want)
		}
	}
}

// A detail that does not tell the deadline, or tells it in a form that nobody can read, has a due date that is not shown: it is
// not empty, and nothing is cleared because of it.
func TestDeadlinesThatAreNotTold(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, keys string
		shown      bool
		want       record.Value
	}{
		{"absent", ``, false, ""},
		{"null", `,"deadline":null`, true, ""},
		{"unreadable", `,"deadline":"soon"`, false, ""},
		{"a number", `,"deadline":17`, false, ""},
		{"the plain form", `,"deadline":"2026-03-06 23:59"`, true, "2026-03-06"},
		{"tags as a text", `,"deadline":"2026-03-06 23:59","tags":"b,a"`, true, "2026-03-06"},
		{"tags of another shape", `,"deadline":"2026-03-06 23:59","tags":{"a":1}`, true, "2026-03-06"},
	}
	for _, test := range tests {
		client := bare(t, func(*http.Request) (int, string) {
			return 200, `{"success":"true","data":{"id":1,"title":"a"` + test.keys + `}}`
		})
		readings, err := client.Read(t.Context(), remote.Scope{Kind: record.Tasks, Zone: "America/New_York"}, []remote.Ref{ref("task", 1)})
		if err != nil || readings[0].Presence != remote.Present {
			t.Fatalf("%s: %+v, %v", test.name, readings, err)
		}
		s := readings[0].Snapshot
		if got, shown := s.Fields[record.TaskDue]; got != test.want || shown != test.shown || s.Partial {
			t.Errorf("%s: due %q (%v), want %q (%v)", test.name, got, shown, test.want, test.shown)
		}
		if want := record.Value("a\nb"); strings.Contains(test.keys, `"b,a"`) && s.Fields[record.TaskCategories] != want {
			t.Errorf("%s: tags %q", test.name, s.Fields[record.TaskCategories])
		}
	}
}

func TestALockedOrArchivedTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	task := w.task(nil)
	if err := w.server.Lock("task", int64(numberOf(task.ID))); err != nil {
		t.Fatal(err)
	}
	if s := w.read(w.tasks(), task); !s.HeldBy(remote.HeldLocked) {
		t.Errorf("%+v", s)
	}
	client := bare(t, func(*http.Request) (int, string) {
		return 200, `{"success":"true","data":{"id":1,"title":"a","deadline":null,"rowInfo.rowAccess":"INVALID"}}`
	})
	readings, err := client.Read(t.Context(), remote.Scope{Kind: record.Tasks}, []remote.Ref{ref("task", 1)})
	if s := readings[0].Snapshot; err != nil || s.Rule != remote.RuleInvalid || s.Natural != nil {
		t.Errorf("%+v, %v", readings, err)
	}
}

// A poll reads tasks along with everything else, and asks once.
func TestAPollTellsOfTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	task := w.task(nil)
	w.pass(time.Hour)
	begun, err := w.client.Poll(t.Context(), tasks(), `{"since":"2026-03-05T08:00:00Z"}`)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(time.Hour)
	if err := w.server.EditAs(jana, "task", int64(numberOf(task.ID)), map[string]any{"status": "COMPLETED"}); err != nil {
		t.Fatal(err)
	}
	before := w.client.Requests()
	round, err := w.client.Poll(t.Context(), tasks(), begun.Cursor)
	if err != nil || len(round.Changed) != 1 || round.Changed[0].Fields[record.TaskDone] != record.Yes || w.client.Requests() != before+1 {
		t.Errorf("%+v, %v", round, err)
	}
}
