package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/outlook/emulator"
)

// roundOfTasks is a list with three tasks, a link from after them, and their paths.
func roundOfTasks(t *testing.T, adjust ...func(*emulator.Options)) (w *world, list, link string, paths []string) {
	t.Helper()
	w = newWorld(t, adjust...)
	_, list = w.newList("RAYNET")
	for i := range 3 {
		_, path := w.newTask(list, fmt.Sprint(i))
		paths = append(paths, path)
	}
	entries, link, _ := w.round(list + "/tasks/delta")
	if diff := cmp.Diff([]string{"0", "1", "2"}, named(entries, "title")); diff != "" {
		t.Fatalf("first round (-want +got):\n%s", diff)
	}
	return w, list, link, paths
}

func TestTaskDeltaTellsChangesAndBareRemovals(t *testing.T) {
	t.Parallel()
	w, list, link, paths := roundOfTasks(t)
	w.must(200, w.do("PATCH", paths[0], map[string]any{"title": "0b"}))
	w.must(200, w.do("PATCH", paths[1], map[string]any{"title": "1b"}))
	w.must(204, w.do("DELETE", paths[1], nil))
	_, short := w.newTask(list, "short life")
	w.must(204, w.do("DELETE", short, nil))
	entries, again, _ := w.round(link)
	if got := named(entries, "title"); len(got) != 2 || got[0] != "0b" || !strings.HasPrefix(got[1], "-") {
		t.Fatalf("changes: %v", got)
	}
	keys := []string{}
	for key := range entries[1] {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	if diff := cmp.Diff([]string{"@removed", "hasAttachments", "id", "isReminderOn"}, keys); diff != "" {
		t.Errorf("a removal (-want +got):\n%s", diff)
	}
	replay, _, _ := w.round(link)
	if diff := cmp.Diff(entries, replay); diff != "" {
		t.Errorf("a replayed link (-first +second):\n%s", diff)
	}
	if entries, _, _ = w.round(again); len(entries) != 0 {
		t.Errorf("idle round: %v", entries)
	}
}

// What the first round told must be told as removed, even when its creation was still to appear.
func TestARemovalIsToldToWhoeverSawTheTask(t *testing.T) {
	t.Parallel()
	w, list, _, _ := roundOfTasks(t)
	if err := w.srv.Inject("delta-lag"); err != nil {
		t.Fatal(err)
	}
	task, path := w.newTask(list, "short life")
	_, link, _ := w.round(list + "/tasks/delta")
	w.must(204, w.do("DELETE", path, nil))
	w.clock.Advance(time.Minute)
	entries, _, _ := w.round(link)
	if got := named(entries, "title"); !slices.Contains(got, "-"+str(task["id"])) {
		t.Errorf("no removal in %v", got)
	}
}

func TestListDeltaTellsListsAndNotTheirTasks(t *testing.T) {
	t.Parallel()
	w, list, _, paths := roundOfTasks(t)
	_, link, _ := w.round(annasTodo + "/delta")
	w.must(200, w.do("PATCH", paths[0], map[string]any{"title": "0b"}))
	if entries, _, _ := w.round(link); len(entries) != 0 {
		t.Errorf("a task moved its list: %v", entries)
	}
	_, other := w.newList("short life")
	w.must(204, w.do("DELETE", other, nil))
	w.must(200, w.do("PATCH", list, map[string]any{"displayName": "Úkoly"}))
	entries, _, _ := w.round(link)
	if diff := cmp.Diff([]string{"Úkoly"}, named(entries, "displayName")); diff != "" {
		t.Errorf("renamed (-want +got):\n%s", diff)
	}
}

func TestTaskDeltaPagesAreAskedForEachTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	for i := range 60 {
		w.newTask(list, fmt.Sprint(i))
	}
	const small = "Prefer: odata.maxpagesize=10"
	if _, _, pages := w.round(list+"/tasks/delta", small); pages != 6 {
		t.Errorf("%d pages, want 6", pages)
	}
	first := w.must(200, w.get(list+"/tasks/delta", small))
	if got := len(values(w.must(200, w.get(str(first["@odata.nextLink"]))))); got != 50 {
		t.Errorf("the second page has %d tasks without the wish, want 50", got)
	}
	for _, query := range []string{"?$top=5", "?$filter=status%20eq%20'completed'", "?$select=id", "?%24top=5", expandSync} {
		w.refused(w.get(list+"/tasks/delta"+query), 400, "invalidRequest")
	}
	w.must(200, w.get(list+"/tasks/delta?$expand=extensions"))
	r := w.get(list+"/tasks/delta?$top=5", small)
	if got := str(at(r.body, "error", "message")); got != "Skip token is not provided." {
		t.Errorf("message %q", got)
	}
}

func TestTaskDeltaHasTheAccidentsOfDelta(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault string
		check func(w *world, list, link string)
	}{
		{"delta-404-once", func(w *world, _, link string) {
			w.refused(w.get(link), 404, "ErrorItemNotFound")
			w.must(200, w.get(link))
		}},
		{"delta-endless", func(w *world, list, _ string) {
			next := list + "/tasks/delta"
			for range 5 {
				if next = str(w.must(200, w.get(next))["@odata.nextLink"]); next == "" {
					w.t.Fatal("it ends")
				}
			}
		}},
		{"delta-duplicates", func(w *world, list, _ string) {
			entries, link, _ := w.round(list + "/tasks/delta")
			if again, _, _ := w.round(link); len(entries) != 4 || len(again) == 0 {
				w.t.Errorf("%d entries, then %d", len(entries), len(again))
			}
		}},
		{"delta-empty-pages", func(w *world, list, _ string) {
			if entries, _, pages := w.round(list + "/tasks/delta"); len(entries) != 3 || pages < 2 {
				w.t.Errorf("%d entries in %d pages", len(entries), pages)
			}
		}},
		{"delta-lag", func(w *world, list, link string) {
			w.clock.Advance(time.Minute)
			w.newTask(list, "late")
			if entries, _, _ := w.round(link); len(entries) != 0 {
				w.t.Errorf("told at once: %v", entries)
			}
		}},
		{"delta-removed-unknown", func(w *world, list, link string) {
			for _, from := range []string{link, list + "/tasks/delta", annasTodo + "/delta"} {
				if entries, _, _ := w.round(from); len(entries) == 0 || entries[0]["@removed"] == nil {
					w.t.Errorf("no removal in %v", entries)
				}
			}
		}},
		{"delta-410", func(w *world, _, link string) { w.refused(w.get(link), 410, "SyncStateNotFound") }},
		{"delta-bad-token", func(w *world, _, link string) { w.refused(w.get(link), 400, "BadRequest") }},
	}
	for _, tt := range tests {
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			w, list, link, _ := roundOfTasks(t)
			if err := w.srv.Inject(tt.fault); err != nil {
				t.Fatal(err)
			}
			tt.check(w, list, link)
		})
	}
}

func TestTaskDeltaTokensDie(t *testing.T) {
	t.Parallel()
	w, list, link, _ := roundOfTasks(t, func(o *emulator.Options) { o.DeltaTokenLife = time.Hour })
	w.refused(w.get(link+"x"), 400, "BadRequest")
	_, token, _ := strings.Cut(link, "?")
	r := w.get(annasTodo + "/delta?" + token)
	w.refused(r, 410, "SyncStateNotFound")
	if inner(r) != "SyncStateInvalid" {
		t.Errorf("inner %q", inner(r))
	}
	w.clock.Advance(2 * time.Hour)
	w.login()
	w.refused(w.get(link), 410, "SyncStateNotFound")
	w.must(200, w.get(list+"/tasks/delta"))
}
