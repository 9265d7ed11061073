package emulator_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/outlook/emulator"
)

func TestPeopleWorkInToDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list, err := w.srv.CreateTaskListAs(anna, "RAYNET")
	if err != nil {
		t.Fatal(err)
	}
	made, err := w.srv.CreateTaskAs(anna, list, map[string]any{
		"title": "a", "linkedResources": []any{map[string]any{"applicationName": "RAYNET", "externalId": "task/7"}},
		"checklistItems": []any{map[string]any{"displayName": "x"}},
	})
	if err != nil || made["listId"] != list {
		t.Fatalf("made %v, %v", made, err)
	}
	id := str(made["id"])
	if err := w.srv.EditTaskAs(anna, id, map[string]any{"title": "b", "checklistItems": []any{map[string]any{"displayName": "y", "isChecked": true}}}); err != nil {
		t.Fatal(err)
	}
	cp, err := w.srv.CopyTaskAs(anna, id)
	if err != nil || cp["id"] == id || cp["linkedResources"] == nil {
		t.Fatalf("copy %v, %v", cp, err)
	}
	if got := named(w.srv.Tasks(anna), "title"); !cmp.Equal(got, []string{"b", "b"}) {
		t.Errorf("tasks %v", got)
	}
	if err := w.srv.DeleteTaskAs(anna, id); err != nil {
		t.Fatal(err)
	}
	if _, ok := w.srv.Task(anna, id); ok {
		t.Error("a deleted task is shown")
	}
	if got, ok := w.srv.Task(anna, str(cp["id"])); !ok || got["title"] != "b" || got["listId"] != list {
		t.Errorf("the copy: %v", got)
	}
	var got []string
	for _, h := range w.srv.History() {
		got = append(got, h.By+" "+h.Op+" "+str(h.Before["title"])+">"+str(h.After["title"]))
	}
	if diff := cmp.Diff([]string{"person create >a", "person update a>b", "person create >b", "person delete b>"}, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestPeopleKeepTheirLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list, err := w.srv.CreateTaskListAs(anna, "RAYNET")
	if err != nil {
		t.Fatal(err)
	}
	_, link, _ := w.round(annasTodo + "/delta")
	if err := w.srv.RenameTaskListAs(anna, list, "Úkoly"); err != nil {
		t.Fatal(err)
	}
	entries, link, _ := w.round(link)
	if diff := cmp.Diff([]string{"Úkoly"}, named(entries, "displayName")); diff != "" {
		t.Errorf("renamed (-want +got):\n%s", diff)
	}
	if _, err := w.srv.CreateTaskAs(anna, list, map[string]any{"title": "a"}); err != nil {
		t.Fatal(err)
	}
	if err := w.srv.DeleteTaskListAs(anna, list); err != nil {
		t.Fatal(err)
	}
	if entries, _, _ = w.round(link); entries[0]["@removed"] == nil || len(w.srv.Tasks(anna)) != 0 {
		t.Errorf("deleted: %v", entries)
	}
	lists := w.srv.TaskLists(anna)
	if diff := cmp.Diff([]string{"Tasks", "Flagged Emails"}, named(lists, "displayName")); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
	_, errOne := w.srv.CreateTaskAs(anna, list, map[string]any{"title": "a"})
	_, errTwo := w.srv.CreateTaskAs(anna, "", map[string]any{"title": ""})
	_, errThree := w.srv.CopyTaskAs("nobody", "x")
	for i, err := range []error{
		errOne, errThree, w.srv.EditTaskAs(anna, "x", nil), w.srv.DeleteTaskAs(anna, "x"), w.srv.RenameTaskListAs(anna, list, "x"),
	} {
		if !errors.Is(err, emulator.ErrUnknown) {
			t.Errorf("%d: %v", i, err)
		}
	}
	for i, err := range []error{errTwo, w.srv.DeleteTaskListAs(anna, str(lists[0]["id"]))} {
		if !errors.Is(err, emulator.ErrRefused) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestOddTasksAreShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	for range 20 {
		w.newTask(list, "a")
	}
	if err := w.srv.Inject("odd-data"); err != nil {
		t.Fatal(err)
	}
	raw := w.get(list+"/tasks").raw + w.get(annasTodo).raw
	for _, want := range []string{`\ud83d"`, "unknownFutureValue", `\u0001`, "0001-01-01T00:00:00Z", "x.laterProperty"} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %s in the answers", want)
		}
	}
}
