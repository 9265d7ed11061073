package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const prague = "Europe/Prague"

func TestTaskDatesAreMidnightsOfTheZoneThatWasSent(t *testing.T) {
	t.Parallel()
	tests := []struct {
		dateTime, zone, want string
	}{
		{"2026-09-26T17:30:00", "Europe/London", "2026-09-25T23:00:00.0000000"},
		{"2026-09-26T17:30:00", "UTC", "2026-09-26T00:00:00.0000000"},
		{"2026-09-26T22:00:00", "America/New_York", "2026-09-26T04:00:00.0000000"},
		{"2026-09-26T00:00:00", prague, "2026-09-25T22:00:00.0000000"},
		{"2026-12-26T00:00:00", "Central Europe Standard Time", "2026-12-25T23:00:00.0000000"},
		{"2026-09-26T22:30:00Z", prague, "2026-09-26T22:00:00.0000000"},
	}
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	for _, tt := range tests {
		task, path := w.newTask(list, "a", when("startDateTime", tt.dateTime, tt.zone))
		for _, name := range []string{"startDateTime", "dueDateTime"} {
			if got := str(at(task, name, "dateTime")); got != tt.want || str(at(task, name, "timeZone")) != "UTC" {
				t.Errorf("%s %s: %s is %s, want %s", tt.dateTime, tt.zone, name, got, tt.want)
			}
		}
		cleared := w.must(200, w.do("PATCH", path, map[string]any{"startDateTime": nil, "dueDateTime": nil}))
		if cleared["startDateTime"] != nil || cleared["dueDateTime"] != nil {
			t.Errorf("cleared: %v", cleared)
		}
	}
	_, path := w.newTask(list, "b", when("dueDateTime", "2026-03-10T00:00:00", prague))
	r := w.get(path, `Prefer: outlook.timezone="Europe/Prague"`)
	if got := str(at(r.body, "dueDateTime", "dateTime")); got != "2026-03-10T00:00:00.0000000" || r.header.Get("Preference-Applied") != "" {
		t.Errorf("in the zone asked for: %s, %q", got, r.header.Get("Preference-Applied"))
	}
	w.refused(w.do("PATCH", path, when("dueDateTime", "2026-03-10T00:00:00", "Nowhere/Land")), 400, "invalidRequest")
	w.refused(w.do("PATCH", path, when("dueDateTime", "tomorrow", "UTC")), 400, "invalidRequest")
}

func TestTheReminderFlagIsDerived(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	task, path := w.newTask(list, "a", when("reminderDateTime", "2026-03-10T09:15:00", prague), map[string]any{"isReminderOn": false})
	if task["isReminderOn"] != true || str(at(task, "reminderDateTime", "dateTime")) != "2026-03-10T08:15:00.0000000" {
		t.Errorf("written: %v", task)
	}
	steps := []struct {
		patch    map[string]any
		on, time bool
	}{
		{map[string]any{"isReminderOn": false}, true, true},
		{map[string]any{"status": "completed"}, false, true},
		{map[string]any{"isReminderOn": true}, false, true},
		{when("reminderDateTime", "2026-03-11T09:15:00", "UTC"), true, true},
		{map[string]any{"reminderDateTime": nil}, false, false},
	}
	for _, step := range steps {
		got := w.must(200, w.do("PATCH", path, step.patch))
		if got["isReminderOn"] != step.on || (got["reminderDateTime"] != nil) != step.time {
			t.Errorf("after %v: on %v, time %v", step.patch, got["isReminderOn"], got["reminderDateTime"])
		}
	}
}

func TestCompletionIsADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	_, path := w.newTask(list, "a")
	done := w.must(200, w.do("PATCH", path, map[string]any{"status": "completed"}, "If-Match: "+str(w.get(path).body["@odata.etag"])))
	if got := str(at(done, "completedDateTime", "dateTime")); got != "2026-03-02T00:00:00.0000000" {
		t.Errorf("completed today: %q", got)
	}
	if open := w.must(200, w.do("PATCH", path, map[string]any{"status": "inProgress"})); open["completedDateTime"] != nil {
		t.Errorf("open again: %v", open)
	}
	old, _ := w.newTask(list, "b", map[string]any{"status": "completed"}, when("completedDateTime", "2026-01-05T15:00:00", "UTC"))
	if got := str(at(old, "completedDateTime", "dateTime")); got != "2026-01-05T00:00:00.0000000" {
		t.Errorf("completed on create: %q", got)
	}
}

// every is a recurrence of every day from a date on.
func every(day, zone string, more map[string]any) map[string]any {
	span := map[string]any{"type": "noEnd", "startDate": day}
	if zone != "" {
		span["recurrenceTimeZone"] = zone
	}
	for key, value := range more {
		span[key] = value
	}
	return map[string]any{"recurrence": map[string]any{"pattern": map[string]any{"type": "daily", "interval": 1}, "range": span}}
}

func TestCompletingARecurringTaskRollsItAndLeavesACopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	task, path := w.newTask(list, "a", when("dueDateTime", "2026-03-10T00:00:00", prague), every("2026-03-10", prague, nil),
		when("reminderDateTime", "2026-03-10T08:00:00", "UTC"),
		map[string]any{"checklistItems": []any{map[string]any{"displayName": "x", "isChecked": true}}})
	_, link, _ := w.round(list + "/tasks/delta")
	rolled := w.must(200, w.do("PATCH", path, map[string]any{"status": "completed"}))
	if rolled["id"] != task["id"] || rolled["status"] != "notStarted" || rolled["isReminderOn"] != true ||
		str(at(rolled, "dueDateTime", "dateTime")) != "2026-03-11T00:00:00.0000000" ||
		str(at(rolled, "reminderDateTime", "dateTime")) != "2026-03-11T08:00:00.0000000" {
		t.Errorf("rolled: %v", rolled)
	}
	all := w.srv.Tasks(anna)
	if len(all) != 2 || all[1]["status"] != "completed" || all[1]["recurrence"] != nil || all[1]["isReminderOn"] != false ||
		str(at(all[1], "dueDateTime", "dateTime")) != "2026-03-09T23:00:00.0000000" {
		t.Errorf("tasks: %v", all)
	}
	entries, _, _ := w.round(link)
	if diff := cmp.Diff([]string{"notStarted", "completed"}, named(entries, "status")); diff != "" {
		t.Errorf("delta (-want +got):\n%s", diff)
	}
}

func TestTheLastDateOfARecurringTaskCompletes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	_, path := w.newTask(list, "a", when("dueDateTime", "2026-03-10T00:00:00", "UTC"),
		every("2026-03-10", "UTC", map[string]any{"type": "numbered", "numberOfOccurrences": 2}))
	for _, want := range []string{"notStarted", "completed"} {
		if got := w.must(200, w.do("PATCH", path, map[string]any{"status": "completed"})); got["status"] != want {
			t.Errorf("status %v, want %s", got["status"], want)
		}
	}
}

func TestADueDateSplitsARecurringTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	task, path := w.newTask(list, "a", when("dueDateTime", "2026-03-10T00:00:00", "UTC"), every("2026-03-10", "UTC", nil))
	due := func(task map[string]any) string { return str(at(task, "dueDateTime", "dateTime"))[:10] }
	got := w.must(200, w.do("PATCH", path, when("dueDateTime", "2026-03-20T00:00:00", "UTC")))
	if due(got) != "2026-03-11" || got["recurrence"] == nil {
		t.Errorf("the task itself: %v", got)
	}
	all := w.srv.Tasks(anna)
	if len(all) != 2 || due(all[1]) != "2026-03-20" || all[1]["status"] != "notStarted" || all[1]["recurrence"] != nil {
		t.Fatalf("tasks: %v", all)
	}
	whole := when("dueDateTime", "2026-03-25T00:00:00", "UTC")
	whole["recurrence"] = nil
	if got := w.must(200, w.do("PATCH", path, whole)); due(got) != "2026-03-25" || got["id"] != task["id"] {
		t.Errorf("moved without its recurrence: %v", got)
	}
	w.must(200, w.do("PATCH", path, every("2026-03-25", "UTC", nil)))
	if got := w.srv.Tasks(anna); len(got) != 2 || due(got[0]) != "2026-03-25" {
		t.Errorf("moved without a split: %v", got)
	}
}

func TestARecurrenceWithoutItsZoneShiftsByADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	tests := []struct {
		zone, due, start, later string
	}{
		{prague, "2026-03-09T23:00:00.0000000", "2026-03-10", "2026-03-10T00:00:00.0000000"},
		{"", "2026-03-09T00:00:00.0000000", "2026-03-09", "2026-03-09T00:00:00.0000000"},
	}
	for _, tt := range tests {
		task, path := w.newTask(list, "a", when("dueDateTime", "2026-03-10T00:00:00", prague), every("2026-03-10", tt.zone, nil))
		span := at(task, "recurrence", "range")
		if str(at(task, "dueDateTime", "dateTime")) != tt.due || str(at(span, "startDate")) != tt.start || str(at(span, "recurrenceTimeZone")) != "UTC" {
			t.Errorf("zone %q: %v", tt.zone, task)
		}
		w.clock.Advance(3 * time.Second)
		w.refused(w.do("PATCH", path, map[string]any{"title": "b"}, "If-Match: "+str(task["@odata.etag"])), 412, "ErrorIrresolvableConflict")
		if got := str(at(w.get(path).body, "dueDateTime", "dateTime")); got != tt.later {
			t.Errorf("zone %q: written again as %s, want %s", tt.zone, got, tt.later)
		}
	}
	alone, _ := w.newTask(list, "b", every("2026-03-10", "UTC", nil))
	if got := str(at(alone, "dueDateTime", "dateTime")); got != "2026-03-10T00:00:00.0000000" {
		t.Errorf("a recurrence without a due date: %q", got)
	}
}

func TestTaskConcurrency(t *testing.T) {
	t.Parallel()
	const stale = `If-Match: W/"AAAAAAAAAAAAAAAAAAAA"`
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	_, path := w.newTask(list, "a", map[string]any{"linkedResources": []any{map[string]any{"applicationName": "RAYNET"}}})
	child := path + "/linkedResources/" + str(values(w.get(path + "/linkedResources").body)[0]["id"])
	for _, target := range []string{path, child} {
		w.refused(w.do("PATCH", target, map[string]any{}, stale), 412, "ErrorIrresolvableConflict")
		for _, malformed := range []string{`If-Match: W/"x"`, "If-Match: *"} {
			r := w.do("PATCH", target, map[string]any{}, malformed)
			w.refused(r, 500, "generalException")
			if inner(r) != "ErrorInternalServerError" {
				t.Errorf("inner code %q", inner(r))
			}
		}
	}
	w.refused(w.do("DELETE", child, nil, stale), 412, "ErrorIrresolvableConflict")
	w.must(200, w.do("PATCH", path, map[string]any{"title": "b"}, "If-Match: "+str(w.get(path).body["@odata.etag"])))
	w.must(204, w.do("DELETE", path, nil, stale))
	w.refused(w.do("DELETE", path, nil), 404, "ErrorItemNotFound")
	w.refused(w.get(list+"/tasks/x"), 400, "ErrorInvalidIdMalformed")
}

func TestATaskTakesWhatToDoTakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	task, path := w.newTask(list, "Zavolat", map[string]any{
		"importance": "High", "status": "WaitingOnOthers", "categories": []any{"a", "b"},
		"body": map[string]any{"contentType": "text", "content": "one\ntwo"},
	})
	if task["importance"] != "high" || task["status"] != "waitingOnOthers" || str(at(task, "body", "content")) != "one\r\ntwo" ||
		str(at(task, "body", "contentType")) != "text" || task["checklistItems"] != nil || task["linkedResources"] != nil {
		t.Errorf("created: %v", task)
	}
	got := w.must(200, w.do("PATCH", path, map[string]any{"categories": []any{"c"}, "createdDateTime": "2020-01-01T00:00:00Z"}))
	if diff := cmp.Diff([]any{"c"}, got["categories"]); diff != "" || got["createdDateTime"] != task["createdDateTime"] {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	for _, bad := range []map[string]any{
		{"title": ""}, {"title": strings.Repeat("x", 256)}, {"title": 5}, {"status": "done"}, {"importance": "urgent"},
		{"subject": "x"}, {"checklistItems": []any{}}, {"dueDateTime": "2026-03-10"},
	} {
		w.refused(w.do("PATCH", path, bad), 400, "invalidRequest")
	}
	w.refused(w.do("POST", list+"/tasks", map[string]any{}), 400, "invalidRequest")
	w.refused(w.do("PUT", path, map[string]any{}), 405, "Request_BadRequest")
}
