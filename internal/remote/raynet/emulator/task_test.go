package emulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"raynetsync/internal/remote/raynet/emulator"
)

// task is a body for a create by the API; a nil in change leaves the key out.
func (w *world) task(change map[string]any) map[string]any {
	out := map[string]any{
		"title": "Nabídka", "priority": "DEFAULT", "owner": w.jana, "resolver": w.jana, "personal": true,
		"deadline": "2026-03-06T17:00:00.000+01:00",
	}
	for key, value := range change {
		if out[key] = value; value == nil {
			delete(out, key)
		}
	}
	return out
}

func (w *world) createTask(change map[string]any) string {
	w.t.Helper()
	made := w.want(http.StatusCreated, "PUT", "task/", "", w.task(change))
	return fmt.Sprintf("task/%d/", number(made.data()["id"]))
}

// doers tells who owns a task and who has to do it.
func (w *world) doers(path string) []int64 {
	w.t.Helper()
	var out []int64
	for _, item := range w.detail(path)["participants"].([]any) {
		out = append(out, number(item.(map[string]any)["person"]))
	}
	return out
}

func TestPeopleMakeChangeAndFinishTasks(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	id := w.must(w.server.CreateAs(jana, "task", map[string]any{
		"title": "Nabídka", "deadline": "2026-03-06T17:00:00+01:00", "tags": []any{"VIP"}, "resolver": w.petr, "status": "SCHEDULED",
	}))
	path := fmt.Sprintf("task/%d/", id)
	if got := w.detail(path); got["status"] != "SCHEDULED" || got["personal"] != true || got["deadline"] != "2026-03-06T17:00:00.000+01:00" {
		t.Errorf("created: got %v", got)
	}
	if got, want := w.doers(path), []int64{w.jana, w.petr}; !slices.Equal(got, want) {
		t.Errorf("doers: got %v, want %v", got, want)
	}
	steps := []struct {
		name          string
		edit          map[string]any
		key           string
		want          any
		wantCompleted bool
	}{
		{"another title", map[string]any{"title": "Jiná"}, "title", "Jiná", false},
		{"another day", map[string]any{"deadline": "2026-03-29T23:59:00+02:00"}, "deadline", "2026-03-29T23:59:00.000+02:00", false},
		{"done", map[string]any{"status": "COMPLETED"}, "status", "COMPLETED", true},
		{"reopened", map[string]any{"status": "NEW"}, "status", "NEW", false},
		{"cancelled", map[string]any{"status": "CANCELLED"}, "status", "CANCELLED", true},
		{"for a client", map[string]any{"company": w.acme}, "personal", false, true},
		{"for nobody again", map[string]any{"company": nil}, "personal", true, true},
	}
	for _, step := range steps {
		if err := w.server.EditAs(petr, "task", id, step.edit); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if got := w.detail(path); got[step.key] != step.want || (got["completed"] != nil) != step.wantCompleted {
			t.Errorf("%s: got %v, completed %v", step.name, got[step.key], got["completed"])
		}
	}
	if err := w.server.DeleteAs(petr, "task", id); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusNotFound, "GET", path, "", nil)
}

// Both sorts of a change of hands: people name the resolver, the API changes his participant.
func TestATaskIsGivenToSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	path := w.createTask(nil)
	id := number(w.detail(path)["id"])
	if err := w.server.EditAs(jana, "task", id, map[string]any{"resolver": w.petr}); err != nil {
		t.Fatal(err)
	}
	if got, want := w.doers(path), []int64{w.jana, w.petr}; !slices.Equal(got, want) {
		t.Errorf("by people: got %v, want %v", got, want)
	}
	if err := w.server.EditAs(jana, "task", id, map[string]any{"resolver": 9999}); err == nil {
		t.Error("nobody has that id: no error")
	}
	second := number(w.detail(path)["participants"].([]any)[1].(map[string]any)["id"])
	w.want(http.StatusOK, "POST", path, "", map[string]any{"participants": []any{map[string]any{"id": second, "person": w.jana}}})
	if got, want := w.doers(path), []int64{w.jana, w.jana}; !slices.Equal(got, want) {
		t.Errorf("by the API: got %v, want %v", got, want)
	}
	if status, _ := w.plain("POST", path, map[string]any{"resolver": w.petr}); status != 200 || !slices.Equal(w.doers(path), []int64{w.jana, w.jana}) {
		t.Errorf("resolver in an update: got %d %v", status, w.doers(path))
	}
	for person, want := range map[int64]int{w.jana: 1, w.petr: 0} {
		if got := w.want(http.StatusOK, "GET", "task/", filter("personFilter", fmt.Sprint(person)), nil).rows(); len(got) != want {
			t.Errorf("tasks of %d: got %d, want %d", person, len(got), want)
		}
	}
}

func TestClientAndPersonalOfATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	path := w.createTask(nil)
	for _, test := range []struct {
		name string
		body map[string]any
		want int
	}{
		{"neither is written", map[string]any{"title": "x"}, 200},
		{"no longer personal", map[string]any{"personal": false}, 500},
		{"for a company", map[string]any{"personal": false, "company": w.acme}, 200},
		{"for nobody", map[string]any{"company": nil}, 500},
		{"personal again", map[string]any{"company": nil, "personal": true}, 200},
	} {
		if got, err := w.plain("POST", path, test.body); got != test.want || err != nil {
			t.Errorf("%s: got %d %v, want %d", test.name, got, err, test.want)
		}
	}
	// Where a create does not take personal, it cannot be held to it either.
	w.server.Switch(func(sw *emulator.Switches) { sw.StatusOnCreate = emulator.Ignore })
	path = w.createTask(map[string]any{"status": "COMPLETED"})
	if got := w.detail(path); got["personal"] != false || got["status"] != "NEW" {
		t.Errorf("ignored on create: got %v %v", got["personal"], got["status"])
	}
	w.want(http.StatusOK, "POST", path, "", map[string]any{"status": "COMPLETED", "personal": true})
	if got := w.detail(path); got["personal"] != true || got["status"] != "COMPLETED" {
		t.Errorf("set by an update: got %v %v", got["personal"], got["status"])
	}
}
