package emulator_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/outlook/emulator"
)

const annasTodo = "/users/" + anna + "/todo/lists"

// newList makes a list of Anna's and returns its id and path.
func (w *world) newList(name string) (id, path string) {
	w.t.Helper()
	id = str(w.must(201, w.do("POST", annasTodo, map[string]any{"displayName": name}))["id"])
	return id, annasTodo + "/" + url.PathEscape(id)
}

// newTask makes a task in the list of a path and returns it with its path.
func (w *world) newTask(list, title string, more ...map[string]any) (task map[string]any, path string) {
	w.t.Helper()
	body := map[string]any{"title": title}
	for _, m := range more {
		for key, value := range m {
			body[key] = value
		}
	}
	task = w.must(201, w.do("POST", list+"/tasks", body))
	return task, list + "/tasks/" + url.PathEscape(str(task["id"]))
}

// when is a dateTimeTimeZone under a name.
func when(name, dateTime, zone string) map[string]any {
	return map[string]any{name: map[string]any{"dateTime": dateTime, "timeZone": zone}}
}

func named(things []map[string]any, key string) []string {
	out := []string{}
	for _, thing := range things {
		if thing["@removed"] != nil {
			out = append(out, "-"+str(thing["id"]))
			continue
		}
		out = append(out, str(thing[key]))
	}
	return out
}

func inner(r reply) string { return str(at(r.body, "error", "innerError", "code")) }

func TestTaskListsAreMadeRenamedAndDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, path := w.newList("RAYNET")
	w.newList("RAYNET")
	if got := w.must(200, w.do("PATCH", path, map[string]any{"displayName": "Úkoly"}, `If-Match: W/"AAAAAAAAAAAAAAAAAAAA"`)); got["displayName"] != "Úkoly" {
		t.Errorf("renamed: %v", got)
	}
	lists := values(w.must(200, w.get(annasTodo)))
	if diff := cmp.Diff([]string{"Tasks", "Flagged Emails", "Úkoly", "RAYNET"}, named(lists, "displayName")); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"defaultList", "flaggedEmails", "none", "none"}, named(lists, "wellknownListName")); diff != "" {
		t.Errorf("well-known names (-want +got):\n%s", diff)
	}
	for _, list := range lists[:2] {
		w.refused(w.do("DELETE", annasTodo+"/"+url.PathEscape(str(list["id"])), nil), 400, "invalidRequest")
	}
	w.must(204, w.do("DELETE", path, nil))
	w.refused(w.get(path), 404, "itemNotFound")
	w.refused(w.do("DELETE", path, nil), 404, "itemNotFound")
	w.refused(w.get(annasTodo+"/x"), 400, "ErrorInvalidIdMalformed")
	w.refused(w.do("POST", annasTodo, map[string]any{"displayName": " "}), 400, "invalidRequest")
}

func TestThePlainListingForgetsEmojiListsAndDeltaKnowsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, path := w.newList("🛒 Nákup")
	w.must(200, w.get(path))
	if got := named(values(w.must(200, w.get(annasTodo))), "displayName"); len(got) != 2 {
		t.Errorf("listed: %v", got)
	}
	entries, _, _ := w.round(annasTodo + "/delta")
	if got := named(entries, "displayName"); len(got) != 3 || got[2] != "🛒 Nákup" {
		t.Errorf("delta: %v", got)
	}
}

func TestADeletedListHaunts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, path := w.newList("RAYNET")
	_, task := w.newTask(path, "a")
	_, listLink, _ := w.round(annasTodo + "/delta")
	_, taskLink, _ := w.round(path + "/tasks/delta")
	w.must(204, w.do("DELETE", path, nil))
	w.refused(w.get(path), 404, "itemNotFound")
	w.refused(w.get(task), 404, "ErrorItemNotFound")
	if got := values(w.must(200, w.get(path+"/tasks"))); len(got) != 0 {
		t.Errorf("tasks of a deleted list: %v", got)
	}
	for _, link := range []string{taskLink, path + "/tasks/delta"} {
		if entries, _, _ := w.round(link); len(entries) != 0 {
			t.Errorf("delta of a deleted list: %v", entries)
		}
	}
	w.newTask(path, "ghost")
	if got := w.srv.Tasks(anna); len(got) != 0 {
		t.Errorf("a ghost is kept: %v", got)
	}
	entries, _, _ := w.round(listLink)
	if diff := cmp.Diff([]string{"-" + id}, named(entries, "displayName")); diff != "" {
		t.Errorf("lists/delta (-want +got):\n%s", diff)
	}
	w.clock.Advance(time.Hour)
	w.refused(w.get(path+"/tasks"), 404, "itemNotFound")
	w.refused(w.do("POST", path+"/tasks", map[string]any{"title": "late"}), 404, "itemNotFound")
}

func TestTaskQueriesAreReadLiterally(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	for i := range 60 {
		w.clock.Advance(time.Second)
		w.newTask(list, fmt.Sprintf("%02d", i), map[string]any{"categories": []any{fmt.Sprint("c", i%2)}})
	}
	first := values(w.must(200, w.get(list+"/tasks")))
	w.must(200, w.do("PATCH", list+"/tasks/"+url.PathEscape(str(first[0]["id"])), map[string]any{"status": "completed"}))
	tests := []struct {
		query string
		count int
		first string
		more  bool
	}{
		{"", 50, "00", true},
		{"?$top=1000", 60, "00", false},
		{"?$top=20&$skip=50", 10, "50", false},
		{"?$filter=status%20ne%20'completed'&$top=100", 59, "01", false},
		{"?$filter=categories/any(c:c%20eq%20'c1')&$top=100", 30, "01", false},
		{"?$filter=lastModifiedDateTime%20ge%202026-03-02T08:00:51Z&$orderby=lastModifiedDateTime%20desc&$top=100", 11, "00", false},
		{"?$orderby=title%20desc&$top=5", 5, "59", true},
		{"?$count=true&$top=1", 1, "00", true},
	}
	for _, tt := range tests {
		body := w.must(200, w.get(list+"/tasks"+tt.query))
		got := named(values(body), "title")
		next := str(body["@odata.nextLink"])
		if len(got) != tt.count || got[0] != tt.first || (next != "") != tt.more || body["@odata.count"] != nil {
			t.Errorf("%s: %d tasks from %s, next %q", tt.query, len(got), got[0], next)
		}
		if next != "" && !strings.Contains(next, "$skip=") {
			t.Errorf("%s: next %q", tt.query, next)
		}
	}
	for _, query := range []string{
		"?$select=title", "?%24top=5", "?$top=0", "?$filter=extensions/any(e:e/id%20eq%20'x')", "?$filter=nothing%20eq%20'x'",
		"?$filter=singleValueExtendedProperties/any(ep:ep/id%20eq%20'String%20{x}%20Name%20y'%20and%20ep/value%20eq%20'z')",
		"?$expand=nothing", "?$orderby=subject",
	} {
		w.refused(w.get(list+"/tasks"+query), 400, "invalidRequest")
	}
}

func TestToDoMayBeOffForAMailbox(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.srv.SetTodo(anna, "off"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{annasTodo, annasTodo + "/delta", annasTodo + "/x/tasks"} {
		w.refused(w.get(path), 403, "accessDenied")
	}
	w.must(200, w.get("/users/"+anna+"/calendar"))
	w.must(200, w.get("/users/"+anna+"/contacts"))
	w.must(200, w.get("/users/"+boris+"/todo/lists"))
	if err := w.srv.SetTodo(anna, ""); err != nil {
		t.Fatal(err)
	}
	w.must(200, w.get(annasTodo))
	if err := w.srv.SetTodo(anna, "perhaps"); err == nil {
		t.Error("an unknown word is taken")
	}
	if err := w.srv.SetTodo("nobody", ""); err == nil {
		t.Error("an unknown mailbox is taken")
	}
}

func TestToDoIsThrottledInItsOwnWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *emulator.Options) { o.RequestsPerMailbox = 1 })
	w.must(200, w.get(annasTodo))
	r := w.get(annasTodo)
	w.refused(r, 429, "activityLimitReached")
	if inner(r) != "ApplicationThrottled" || r.header.Get("Retry-After") == "" {
		t.Errorf("inner %q, Retry-After %q", inner(r), r.header.Get("Retry-After"))
	}
	w.refused(w.get("/users/"+anna+"/calendar"), 429, "ApplicationThrottled")
}

func TestFaultWordsWorkInATitle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *emulator.Options) { o.DataFaults = true })
	_, list := w.newList("RAYNET")
	post := func(title string) reply { return w.do("POST", list+"/tasks", map[string]any{"title": title}) }
	w.refused(post("x [429]"), 429, "activityLimitReached")
	w.must(201, post("x [429]"))
	if r := post("x [503]"); r.status != http.StatusServiceUnavailable {
		t.Errorf("[503]: %d", r.status)
	}
	if r := post("x [lost-reply]"); r.status != -1 {
		t.Errorf("[lost-reply]: %d", r.status)
	}
	if got := len(w.srv.Tasks(anna)); got != 2 {
		t.Errorf("%d tasks, want 2: the answer was lost, the task is there", got)
	}
}

func TestABatchDeletesATaskOnlyWhenItIsUnchanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	task, path := w.newTask(list, "a")
	stale := str(task["@odata.etag"])
	fresh := str(w.must(200, w.do("PATCH", path, map[string]any{"title": "b"}))["@odata.etag"])
	for _, tt := range []struct {
		tag         string
		patch, drop float64
	}{{stale, 412, 424}, {fresh, 200, 204}} {
		guard := carrying(map[string]any{})
		guard["headers"] = map[string]any{"Content-Type": "application/json", "If-Match": tt.tag}
		got, _ := w.batch(part("1", "PATCH", path, guard), part("2", "DELETE", path, after("1")))
		if got["1"] != tt.patch || got["2"] != tt.drop {
			t.Errorf("statuses %v, want %v and %v", got, tt.patch, tt.drop)
		}
	}
	if got := w.srv.Tasks(anna); len(got) != 0 {
		t.Errorf("tasks left: %v", got)
	}
}
