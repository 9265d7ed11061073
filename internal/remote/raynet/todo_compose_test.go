package raynet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/remote/raynet/emulator"
)

// genDate draws dates around the nights on which the clocks change.
func genDate(t *rapid.T, zoneName string) record.Value {
	days := map[string][]string{
		"Europe/Prague":     {"2026-03-29", "2026-10-25", "2026-12-31"},
		"America/Sao_Paulo": {"2018-11-04", "2018-02-18", "2026-03-05"}, // midnight itself was skipped and came twice
		"Asia/Tokyo":        {"2028-02-29", "2026-01-01"},
	}
	day, err := time.Parse("2006-01-02", rapid.SampledFrom(days[zoneName]).Draw(t, "day"))
	if err != nil {
		t.Fatal(err)
	}
	return record.Value(day.AddDate(0, 0, rapid.IntRange(-1, 1).Draw(t, "shift")).Format("2006-01-02"))
}

func genTask(t *rapid.T, zoneName string) record.Fields {
	line := rapid.OneOf(
		rapid.StringMatching(`[A-Za-zřžýÁ][A-Za-z0-9řžýÁ<>&"'%{} ]{0,40}[a-z.!]`),
		rapid.SampledFrom([]string{"", "שלח הצעה", "مهمة", "👩‍💻 🎉", strings.Repeat("ž", 300), strings.Repeat("👩‍💻", 120), "(bez předmětu)"}))
	tag := rapid.SampledFrom([]string{"VIP", "vip", "obchod", "a, b", "ž", "🎉", "RAYNET: zrušeno", "d e"})
	own := record.Text(record.HTML(rapid.StringMatching(`([A-Za-zřž&<>0-9 ]{0,20}\n?){0,5}`).Draw(t, "body")))
	due := record.Value("")
	if rapid.IntRange(0, 5).Draw(t, "dated") > 0 {
		due = genDate(t, zoneName)
	}
	return record.Fields{
		record.TaskSubject:    record.Line(line.Draw(t, "subject")),
		record.TaskDue:        due,
		record.TaskImportance: rapid.SampledFrom([]record.Value{"low", "normal", "high"}).Draw(t, "importance"),
		record.TaskDone:       rapid.SampledFrom([]record.Value{"", record.Yes}).Draw(t, "done"),
		record.TaskBody:       record.Value(own),
		record.TaskCategories: record.Set(rapid.SliceOfN(tag, 0, 4).Draw(t, "tags")),
	}
}

// promised are the fields as RAYNET is to show them.
func promised(fields record.Fields, requests []remote.Request) record.Fields {
	out := fields.Clone()
	for _, request := range requests {
		for name, value := range request.Shows {
			out[name] = value
		}
	}
	return out
}

// What is written is what is read, or what the request said would be shown: for a create, and for an update of any of the fields.
func TestTaskRoundTrip(t *testing.T) {
	t.Parallel()
	modes := map[string]emulator.Mode{"Europe/Prague": emulator.Accept, "America/Sao_Paulo": emulator.Ignore, "Asia/Tokyo": emulator.Accept}
	for zoneName, mode := range modes {
		t.Run(zoneName, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.Options{Zone: "Pacific/Auckland", Switches: emulator.Switches{StatusOnCreate: mode, ExtIDOnCreate: mode}}, nil)
			scope := w.tasks()
			scope.Zone = zoneName
			serial := 0
			rapid.Check(t, func(rt *rapid.T) {
				if serial++; serial%500 == 0 {
					w.pass(24 * time.Hour)
				}
				w.pass(time.Hour)
				fields := genTask(rt, zoneName)
				task, requests := w.create(scope, fmt.Sprintf("ros:%d", serial), fields)
				fields = promised(fields, requests)
				compare(rt, "create", fields, w.read(scope, task).Fields)
				next := genTask(rt, zoneName)
				for _, name := range next.Sorted() {
					if rapid.Bool().Draw(rt, "keep "+string(name)) {
						delete(next, name)
					}
				}
				got, requests := w.update(scope, task, next)
				if len(requests) == 1 {
					for name, value := range promised(next, requests) {
						fields[name] = value
					}
				} else if len(requests) > 1 {
					rt.Fatalf("an update of %d requests", len(requests))
				}
				compare(rt, "update", fields, got.Fields)
				// What RAYNET shows it can hold: after one hop nothing is promised any more.
				again, err := w.client.Compose(t.Context(), scope, remote.Write{Op: remote.Update, Target: &got, Fields: got.Fields})
				if err != nil || len(again) > 0 && len(again[0].Shows) > 0 {
					rt.Fatalf("promised again: %+v, %v", again, err)
				}
			})
		})
	}
}

func TestCreateOfATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	scope := w.tasks()
	scope.Zone = "America/New_York"
	before := w.client.Requests()
	task, requests := w.create(scope, "ros:abc", record.Fields{
		record.TaskSubject: "Nabídka", record.TaskDue: "2026-07-01", record.TaskImportance: "high", record.TaskDone: "",
		record.TaskBody: "Bod 1\nBod 2", record.TaskCategories: "obchod\nVIP", record.TaskClient: "x", record.TaskLink: "x", record.TaskReminder: "x",
	})
	if len(requests) != 1 || requests[0].Method != "PUT" || requests[0].Path != "task/" || requests[0].Op != remote.Create ||
		!cmp.Equal(requests[0].Shows, record.Fields{record.TaskReminder: ""}) {
		t.Fatalf("%+v", requests)
	}
	if w.client.Requests() != before+2 { // the first create is read back, to learn about external ids
		t.Errorf("%d requests", w.client.Requests()-before)
	}
	want := map[string]any{
		"title": "Nabídka", "priority": "CRITICAL", "status": "NEW", "owner": float64(w.jana), "resolver": float64(w.jana), "personal": true,
		"deadline": "2026-07-01T23:59:00.000-04:00", "description": "<p>Bod 1<br>Bod 2</p>", "tags": []any{"obchod", "VIP"}, "extId": "ros:abc",
	}
	if got := body(t, requests[0]); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("body %v\nwant %v", got, want)
	}
	if s := w.read(scope, task); s.Key != "ros:abc" || !s.ByUs || !s.MadeByUs || s.Fields[record.TaskReminder] != "" {
		t.Errorf("key %q by us %v reminder %q", s.Key, s.ByUs, s.Fields[record.TaskReminder])
	}
	for _, search := range []remote.Search{{Key: "ros:abc"}, {Key: "ros:abc", Type: "task"}} {
		if found, err := w.client.Find(t.Context(), scope, search); err != nil || len(found) != 1 || found[0].Ref != task {
			t.Errorf("found %v, %v", found, err)
		}
	}
	before = w.client.Requests()
	if w.create(scope, "ros:2", record.Fields{record.TaskSubject: "Druhý"}); w.client.Requests() != before+1 {
		t.Errorf("%d requests for a second task", w.client.Requests()-before)
	}
}

// RAYNET insists on a deadline: the end of the day that it is for the user.
func TestATaskWithoutDueDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	w.pass(8 * time.Hour) // 16:30 in UTC
	for zoneName, want := range map[string]record.Value{"Europe/Prague": "2026-03-05", "America/New_York": "2026-03-05", "Asia/Tokyo": "2026-03-06"} {
		scope := w.tasks()
		scope.Zone = zoneName
		for _, fields := range []record.Fields{{record.TaskSubject: "a"}, {record.TaskSubject: "a", record.TaskDue: ""}} {
			task, requests := w.create(scope, "", fields)
			if requests[0].Shows[record.TaskDue] != want || !slices.Contains(requests[0].Writes, record.TaskDue) {
				t.Errorf("%s: %+v", zoneName, requests[0])
			}
			if s := w.read(scope, task); s.Fields[record.TaskDue] != want || s.Fields[record.TaskReminder] != "" {
				t.Errorf("%s: due %q, want %q", zoneName, s.Fields[record.TaskDue], want)
			}
		}
	}
}

func TestADueDateKeepsItsTimeOfDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	tests := []struct{ name, zone, deadline, due, want string }{
		{"time of day", "Europe/Prague", "2026-03-06T17:00:00+01:00", "2026-03-10", "2026-03-10T17:00:00.000+01:00"},
		{"into summer", "Europe/Prague", "2026-03-06T17:00:00+01:00", "2026-03-29", "2026-03-29T17:00:00.000+02:00"},
		{"into winter", "Europe/Prague", "2026-10-24T23:59:00+02:00", "2026-10-25", "2026-10-25T23:59:00.000+01:00"},
		{"a time that is skipped", "Europe/Prague", "2026-03-06T02:30:00+01:00", "2026-03-29", "2026-03-29T03:30:00.000+02:00"},
		{"the same in the west", "America/New_York", "2026-03-06T17:00:00+01:00", "2026-03-10", "2026-03-10T11:00:00.000-04:00"},
		{"and in the east", "Asia/Tokyo", "2026-03-06T17:00:00+01:00", "2026-03-10", "2026-03-10T01:00:00.000+09:00"},
		{"a midnight that is skipped", "America/Sao_Paulo", "2018-11-03T00:10:00-03:00", "2018-11-04", "2018-11-04T01:00:00.000-02:00"},
		{"none before", "Europe/Prague", "", "2026-03-10", "2026-03-10T23:59:00.000+01:00"},
		{"never before", "Europe/Prague", "9999-12-31T10:00:00+01:00", "2026-03-10", "2026-03-10T23:59:00.000+01:00"},
		{"the same date", "Europe/Prague", "2026-03-06T17:00:00+01:00", "2026-03-06", ""},
		{"the same date in the east", "Asia/Tokyo", "2026-03-06T23:59:00+01:00", "2026-03-07", ""},
		{"emptied", "Europe/Prague", "2026-03-06T17:00:00+01:00", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			deadline := any(test.deadline)
			if test.deadline == "" {
				deadline = nil
			}
			task := w.task(map[string]any{"deadline": deadline})
			scope := w.tasks()
			scope.Zone = test.zone
			before := w.read(scope, task)
			got, requests := w.update(scope, task, record.Fields{record.TaskDue: record.Value(test.due)})
			if test.want == "" {
				if len(requests) != 0 || got.Fields[record.TaskDue] != before.Fields[record.TaskDue] {
					t.Fatalf("sent %+v", requests)
				}
				return
			}
			if sent := body(t, requests[0]); keysOf(sent) != "deadline" || sent["deadline"] != test.want {
				t.Errorf("sent %v, want %s", requests, test.want)
			}
			if shows := requests[0].Shows; len(shows) != 1 || shows[record.TaskReminder] != got.Fields[record.TaskReminder] {
				t.Errorf("it is told that RAYNET will show %v, and it shows the reminder %q", shows, got.Fields[record.TaskReminder])
			}
			if got.Fields[record.TaskDue] != record.Value(test.due) {
				t.Errorf("due %q, want %q", got.Fields[record.TaskDue], test.due)
			}
		})
	}
}

// An emptied date beside another change is told as what RAYNET shows, so that it is not carried back.
func TestAnEmptiedDueDateBesideAnotherChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	got, requests := w.update(w.tasks(), w.task(nil), record.Fields{record.TaskDue: "", record.TaskSubject: "Jiná"})
	if keysOf(body(t, requests[0])) != "title" || requests[0].Shows[record.TaskDue] != "2026-03-06" || got.Fields[record.TaskDue] != "2026-03-06" {
		t.Errorf("%+v", requests)
	}
	if want := []record.Field{record.TaskSubject, record.TaskDue}; !slices.Equal(requests[0].Writes, want) {
		t.Errorf("writes %v, want %v", requests[0].Writes, want)
	}
}

func TestTheStateOfATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	slot := map[string]any{"scheduledFrom": "2026-03-06T09:00:00+01:00", "scheduledTill": "2026-03-06T10:00:00+01:00"}
	done, open := record.Fields{record.TaskDone: record.Yes}, record.Fields{record.TaskDone: ""}
	cancelled, restored := record.Fields{record.TaskCancelled: record.Yes}, record.Fields{record.TaskCancelled: "", record.TaskDone: ""}
	tests := []struct {
		name   string
		from   string
		slot   bool
		write  record.Fields
		want   string // the state that is sent, empty for none
		shows  record.Value
		wantIs string
	}{
		{"new is done", "NEW", false, done, "COMPLETED", "", "COMPLETED"},
		{"scheduled is done", "SCHEDULED", true, done, "COMPLETED", "", "COMPLETED"},
		{"completed is done", "COMPLETED", false, done, "", "", "COMPLETED"},
		{"cancelled is done", "CANCELLED", false, done, "", "", "CANCELLED"},
		{"new is open", "NEW", false, open, "", "", "NEW"},
		{"scheduled is open", "SCHEDULED", true, open, "", "", "SCHEDULED"},
		{"completed is reopened", "COMPLETED", false, open, "NEW", "", "NEW"},
		{"completed with a slot is reopened", "COMPLETED", true, open, "SCHEDULED", "", "SCHEDULED"},
		{"cancelled stays", "CANCELLED", false, open, "", record.Yes, "CANCELLED"},
		{"cancelled by a restore", "NEW", false, cancelled, "CANCELLED", "", "CANCELLED"},
		{"completed and cancelled by a restore", "COMPLETED", false, cancelled, "CANCELLED", "", "CANCELLED"},
		{"brought back by a restore", "CANCELLED", false, restored, "NEW", "", "NEW"},
		{"brought back with its slot", "CANCELLED", true, restored, "SCHEDULED", "", "SCHEDULED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			state := map[string]any{"status": test.from}
			if test.slot {
				state["scheduledFrom"], state["scheduledTill"] = slot["scheduledFrom"], slot["scheduledTill"]
			}
			task := w.task(state)
			write := test.write.Clone()
			write[record.TaskSubject] = "Jiná" // so that there is a request in every case
			_, requests := w.update(w.tasks(), task, write)
			sent, _ := body(t, requests[0])["status"].(string)
			if sent != test.want || requests[0].Shows[record.TaskDone] != test.shows {
				t.Errorf("sent %q shows %v, want %q %q", sent, requests[0].Shows, test.want, test.shows)
			}
			for name := range test.write {
				if !slices.Contains(requests[0].Writes, name) {
					t.Errorf("%s is not among %v", name, requests[0].Writes)
				}
			}
			if detail, _ := w.server.Get("task", int64(numberOf(task.ID))); detail["status"] != test.wantIs {
				t.Errorf("state %v, want %s", detail["status"], test.wantIs)
			}
			if _, requests = w.update(w.tasks(), task, record.Fields{record.TaskDone: record.Value(stateOf(test.wantIs))}); len(requests) != 0 {
				t.Errorf("sent again: %+v", requests)
			}
		})
	}
}

func stateOf(status string) string {
	if status == "COMPLETED" || status == "CANCELLED" {
		return string(record.Yes)
	}
	return ""
}

// A RAYNET that ignores the state of a create gets it by a second call, and so does every other one: what it did is not told.
func TestFinishedTasksThatAreCreated(t *testing.T) {
	t.Parallel()
	for _, mode := range []emulator.Mode{emulator.Accept, emulator.Ignore} {
		w := newWorld(t, emulator.Options{Switches: emulator.Switches{StatusOnCreate: mode}}, nil)
		for want, fields := range map[string]record.Fields{
			"COMPLETED": {record.TaskSubject: "a", record.TaskDone: record.Yes, record.TaskCancelled: ""},
			"CANCELLED": {record.TaskSubject: "a", record.TaskDone: record.Yes, record.TaskCancelled: record.Yes},
		} {
			task, requests := w.create(w.tasks(), "", fields)
			if len(requests) != 2 || requests[1].Path != "task/{id}/" || requests[1].Method != "POST" || keysOf(body(t, requests[1])) != "personal status" {
				t.Fatalf("%s %s: %+v", mode, want, requests)
			}
			if fmt.Sprint(requests[1].Writes) != fmt.Sprint([]record.Field{record.TaskDone, record.TaskCancelled}) || slices.Contains(requests[0].Writes, record.TaskDone) {
				t.Errorf("%s %s: writes %v and %v", mode, want, requests[0].Writes, requests[1].Writes)
			}
			if detail, _ := w.server.Get("task", int64(numberOf(task.ID))); detail["status"] != want || detail["personal"] != true {
				t.Errorf("%s: %v %v, want %s", mode, detail["status"], detail["personal"], want)
			}
		}
		task, requests := w.create(w.tasks(), "", record.Fields{record.TaskSubject: "a", record.TaskDone: ""})
		if detail, _ := w.server.Get("task", int64(numberOf(task.ID))); len(requests) != 1 || detail["status"] != "NEW" {
			t.Errorf("%s: %v after %+v", mode, detail["status"], requests)
		}
	}
}

func TestTagsOfATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	tests := []struct {
		name   string
		before []any
		write  record.Value
		want   any // what is sent: nil for null
		sends  bool
		shown  record.Value
	}{
		{"others", []any{"a"}, "b\nc", "b,c", true, "b\nc"},
		{"one more", []any{"a"}, "a\nb", "a,b", true, "a\nb"},
		{"none", []any{"a"}, "", nil, true, ""},
		{"the same", []any{"b", "a"}, "a\nb", nil, false, "a\nb"},
		{"one with a comma", []any{"a"}, "a\nx, y", nil, false, "a"},
		{"only one with a comma", []any{"a"}, "x, y", nil, true, ""},
		{"one with a comma among others", nil, "a\nx, y\nž", "a,ž", true, "a\nž"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			state := map[string]any{}
			if test.before != nil {
				state["tags"] = test.before
			}
			got, requests := w.update(w.tasks(), w.task(state), record.Fields{record.TaskCategories: test.write, record.TaskSubject: "Jiná"})
			sent, sends := body(t, requests[0])["tags"]
			if sends != test.sends || sent != test.want {
				t.Errorf("sent %v (%v), want %v (%v)", sent, sends, test.want, test.sends)
			}
			if got.Fields[record.TaskCategories] != test.shown {
				t.Errorf("tags %q, want %q", got.Fields[record.TaskCategories], test.shown)
			}
			if shows, told := requests[0].Shows[record.TaskCategories]; told != (test.shown != test.write) || shows != test.shown && told {
				t.Errorf("shows %q (%v)", shows, told)
			}
		})
	}
}

func TestUpdateOfATaskSendsOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	long := record.Value(strings.Repeat("ž", 300))
	tests := []struct {
		name   string
		before map[string]any
		field  record.Field
		value  record.Value
		want   string
		shown  record.Value
	}{
		{"title", nil, record.TaskSubject, "Jiná", "title", "Jiná"},
		{"no title", nil, record.TaskSubject, "", "title", ""},
		{"a title of 300 letters", nil, record.TaskSubject, long, "title", record.Value(strings.Repeat("ž", 254) + "…")},
		{"the title that stands for none", nil, record.TaskSubject, "(bez předmětu)", "title", ""},
		{"emoji", nil, record.TaskSubject, "👩‍💻 🎉", "title", "👩‍💻 🎉"},
		{"right to left", nil, record.TaskSubject, "שלח הצעה", "title", "שלח הצעה"},
		{"importance", nil, record.TaskImportance, "low", "priority", "low"},
		{"body", map[string]any{"description": "<p>a</p>"}, record.TaskBody, "b 🎉\nשלח", "description", "b 🎉\nשלח"},
		{"no body", map[string]any{"description": "<p>a</p>"}, record.TaskBody, "", "description", ""},
		{"the same body", map[string]any{"description": "<div>a</div>"}, record.TaskBody, "a", "", "a"},
		{"what RAYNET decides", nil, record.TaskLink, "x", "", "https://crm.example/demo/?en=Task&ei={id}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			task := w.task(test.before)
			before := w.client.Requests()
			got, requests := w.update(w.tasks(), task, record.Fields{test.field: test.value})
			if want := record.Value(strings.ReplaceAll(string(test.shown), "{id}", task.ID)); got.Fields[test.field] != want {
				t.Errorf("%s is %q, want %q", test.field, got.Fields[test.field], want)
			}
			if made := w.client.Requests() - before; int(made) != 2+len(requests) { // two of them are the test's reads
				t.Errorf("%d requests", made)
			}
			if test.want == "" {
				if len(requests) != 0 {
					t.Errorf("sent %+v", requests)
				}
				return
			}
			if len(requests) != 1 || keysOf(body(t, requests[0])) != test.want || !slices.Equal(requests[0].Writes, []record.Field{test.field}) {
				t.Fatalf("sent %+v", requests)
			}
			if shows, told := requests[0].Shows[test.field]; told != (test.shown != test.value) || told && shows != test.shown {
				t.Errorf("shows %q (%v)", shows, told)
			}
		})
	}
}

// A client that RAYNET names, its people and the text of colleagues outlive every update.
func TestAnUpdateLeavesTheRestOfATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{Switches: emulator.Switches{Participants: emulator.Replace}}, nil)
	task := w.task(map[string]any{"resolver": w.petr, "company": w.acme, "person": w.karel, "description": "<p>a</p>", "solution": "<p>b</p>", "tags": []any{"x"}})
	before, _ := w.server.Get("task", int64(numberOf(task.ID)))
	w.update(w.tasks(), task, record.Fields{record.TaskSubject: "Jiná", record.TaskDone: record.Yes})
	after, _ := w.server.Get("task", int64(numberOf(task.ID)))
	for key, value := range before {
		changes := []string{"title", "status", "completed", "rowInfo.updatedAt", "rowInfo.updatedBy"}
		if !slices.Contains(changes, key) && fmt.Sprint(after[key]) != fmt.Sprint(value) {
			t.Errorf("%s: %v, was %v", key, after[key], value)
		}
	}
}

// A row does not tell the deadline: its time of day is read before it is written, and only then.
func TestAnUpdateOfATaskThatStartsFromARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	task := w.task(nil)
	row := w.row(task)
	before := w.client.Requests()
	w.apply(w.tasks(), remote.Write{Op: remote.Update, Target: &row, Fields: record.Fields{record.TaskSubject: "Jiná"}})
	if w.client.Requests() != before+1 {
		t.Errorf("%d requests for a title", w.client.Requests()-before)
	}
	before = w.client.Requests()
	_, requests := w.apply(w.tasks(), remote.Write{Op: remote.Update, Target: &row, Fields: record.Fields{record.TaskDue: "2026-03-10"}})
	if got := body(t, requests[0])["deadline"]; got != "2026-03-10T17:00:00.000+01:00" || w.client.Requests() != before+2 {
		t.Errorf("deadline %v after %d requests", got, w.client.Requests()-before)
	}
	if err := w.server.DeleteAs(jana, "task", int64(numberOf(task.ID))); err != nil {
		t.Fatal(err)
	}
	_, err := w.client.Compose(t.Context(), w.tasks(), remote.Write{Op: remote.Update, Target: &row, Fields: record.Fields{record.TaskDue: "2026-03-11"}})
	if err == nil || asRemote(t, err).Kind != remote.NotFound {
		t.Errorf("a task that is gone: %v", err)
	}
}

func TestDeleteOfATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	task := w.task(nil)
	s := w.read(w.tasks(), task)
	if got, requests := w.apply(w.tasks(), remote.Write{Op: remote.Delete, Target: &s}); got != task || len(requests) != 1 || requests[0].Method != "DELETE" || requests[0].Body != "" {
		t.Fatalf("%s, %+v", got, requests)
	}
	readings, err := w.client.Read(t.Context(), w.tasks(), []remote.Ref{task})
	if err != nil || readings[0].Presence != remote.Gone {
		t.Errorf("%+v, %v", readings, err)
	}
}

func TestTasksRefusedBeforeTheyAreSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	noPerson, noZone := w.tasks(), w.tasks()
	noPerson.Person, noZone.Zone = "", "No/Where"
	foreign := remote.Snapshot{Ref: ref("task", 1)}
	good := record.Fields{record.TaskSubject: "a"}
	tests := []struct {
		name  string
		scope remote.Scope
		write remote.Write
	}{
		{"no owner", noPerson, remote.Write{Op: remote.Create, Fields: good}},
		{"unknown zone", noZone, remote.Write{Op: remote.Create, Fields: good}},
		{"no date", w.tasks(), remote.Write{Op: remote.Create, Fields: record.Fields{record.TaskDue: "tomorrow"}}},
		{"a date that is none", w.tasks(), remote.Write{Op: remote.Create, Fields: record.Fields{record.TaskDue: "2026-02-29"}}},
		{"year 9999", w.tasks(), remote.Write{Op: remote.Create, Fields: record.Fields{record.TaskDue: "9999-12-31"}}},
		{"an endless text", w.tasks(), remote.Write{Op: remote.Create, Fields: record.Fields{record.TaskBody: record.Value(strings.Repeat("x", 101*1024))}}},
		{"no target", w.tasks(), remote.Write{Op: remote.Update, Fields: good}},
		{"a target of another client", w.tasks(), remote.Write{Op: remote.Update, Fields: good, Target: &foreign}},
		{"nothing to delete", w.tasks(), remote.Write{Op: remote.Delete}},
	}
	before := w.client.Requests()
	for _, test := range tests {
		_, err := w.client.Compose(t.Context(), test.scope, test.write)
		if err == nil || asRemote(t, err).Kind != remote.Invalid || asRemote(t, err).Text == "" {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	if w.client.Requests() != before {
		t.Error("something was sent")
	}
}

// A task that landed without its key is found by what it asked for.
func TestFindATaskThatACreateMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{Switches: emulator.Switches{ExtIDOnCreate: emulator.Ignore}}, nil)
	requests, err := w.client.Compose(t.Context(), w.tasks(), remote.Write{Op: remote.Create, Key: "ros:1", Fields: record.Fields{record.TaskSubject: "Nabídka"}})
	if err != nil {
		t.Fatal(err)
	}
	w.task(nil) // a person made the same
	find := func(request remote.Request) []remote.Snapshot {
		t.Helper()
		found, err := w.client.Find(t.Context(), w.tasks(), remote.Search{Like: &request, Since: w.clock()})
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := find(requests[0]); len(found) != 0 {
		t.Fatalf("found %v before anything was sent", found)
	}
	answer, err := w.client.Send(t.Context(), requests[0])
	if err != nil || answer.Ref.Type != "task" {
		t.Fatal(answer, err)
	}
	if found := find(requests[0]); len(found) != 1 || found[0].Ref != answer.Ref || found[0].Kind != record.Tasks || found[0].Partial {
		t.Errorf("found %+v", found)
	}
	other := requests[0]
	other.Body = strings.Replace(other.Body, `"owner":`, `"owner":9`, 1)
	if found := find(other); len(found) != 0 {
		t.Errorf("found %v of another owner", found)
	}
}

// The name that stands for none is a setting.
func TestUntitledTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, func(c *raynet.Config) { c.Untitled = "(untitled)" })
	task, requests := w.create(w.tasks(), "", record.Fields{record.TaskSubject: ""})
	if body(t, requests[0])["title"] != "(untitled)" || w.read(w.tasks(), task).Fields[record.TaskSubject] != "" {
		t.Errorf("%+v", requests)
	}
}
