package emulator_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChecklistItemsForgetTheirTick(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	task, path := w.newTask(list, "a", map[string]any{"checklistItems": []any{
		map[string]any{"displayName": "one", "isChecked": true, "checkedDateTime": "2026-01-01T10:00:00Z"},
	}})
	one := task["checklistItems"].([]any)[0].(map[string]any)
	if one["isChecked"] != true || str(one["checkedDateTime"]) != "2026-01-01T10:00:00.0000000Z" {
		t.Errorf("inline: %v", one)
	}
	item := path + "/checklistItems/" + str(one["id"])
	renamed := w.must(200, w.do("PATCH", item, map[string]any{"displayName": "uno"}))
	if renamed["isChecked"] != false || renamed["checkedDateTime"] != nil || renamed["displayName"] != "uno" {
		t.Errorf("renamed: %v", renamed)
	}
	if ticked := w.must(200, w.do("PATCH", item, map[string]any{"isChecked": true})); ticked["displayName"] != "uno" || ticked["checkedDateTime"] == nil {
		t.Errorf("ticked: %v", ticked)
	}
	_, link, _ := w.round(list + "/tasks/delta")
	two := w.must(201, w.do("POST", path+"/checklistItems", map[string]any{"displayName": "two"}))
	entries, link, _ := w.round(link)
	if len(entries) != 1 || len(entries[0]["checklistItems"].([]any)) != 2 || entries[0]["@odata.etag"] == task["@odata.etag"] {
		t.Errorf("a child in delta: %v", entries)
	}
	if diff := cmp.Diff([]string{"uno", "two"}, named(values(w.must(200, w.get(path+"/checklistItems"))), "displayName")); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	w.must(200, w.get(path+"/checklistItems/"+str(two["id"])))
	w.must(204, w.do("DELETE", path+"/checklistItems/"+str(two["id"]), nil))
	w.refused(w.do("DELETE", path+"/checklistItems/"+str(two["id"]), nil), 404, "ErrorItemNotFound")
	w.must(204, w.do("DELETE", item, nil))
	entries, _, _ = w.round(link)
	if len(entries) != 1 || entries[0]["checklistItems"] != nil {
		t.Errorf("an empty collection is shown: %v", entries)
	}
	w.refused(w.do("POST", path+"/checklistItems", map[string]any{}), 400, "invalidRequest")
}

func TestATaskHasOneLinkedResource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	link := map[string]any{"applicationName": "RAYNET", "externalId": "task/7", "webUrl": "https://app.raynet.example/?view=7", "displayName": "Sedm"}
	_, path := w.newTask(list, "a")
	made := w.must(201, w.do("POST", path+"/linkedResources", link))
	r := w.do("POST", path+"/linkedResources", link)
	w.refused(r, 400, "invalidRequest")
	if inner(r) != "LinkedResourceSizeExceeded" {
		t.Errorf("second: inner %q", inner(r))
	}
	w.refused(w.do("POST", list+"/tasks", map[string]any{"title": "b", "linkedResources": []any{link, link}}), 400, "invalidRequest")
	at := path + "/linkedResources/" + str(made["id"])
	kept := w.must(200, w.do("PATCH", at, map[string]any{"displayName": "", "externalId": nil, "webUrl": "https://app.raynet.example/8"}))
	if kept["displayName"] != "Sedm" || kept["externalId"] != "task/7" || kept["webUrl"] != "https://app.raynet.example/8" {
		t.Errorf("after clearing: %v", kept)
	}
	w.refused(w.do("PATCH", at, map[string]any{"webUrl": "not a url"}), 400, "invalidRequest")
	w.must(204, w.do("DELETE", at, nil))
	w.refused(w.do("POST", path+"/linkedResources", map[string]any{"webUrl": "https://app.raynet.example"}), 400, "invalidRequest")
	if got := w.must(200, w.get(path)); got["linkedResources"] != nil {
		t.Errorf("empty collection: %v", got)
	}
}

// extension is an open extension of our own with a text and a number.
func extension(op string) map[string]any {
	return map[string]any{"@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "com.example.sync", "opId": op, "round": 3}
}

const expandSync = "?$expand=extensions($filter=id%20eq%20'com.example.sync')"

func TestOpenExtensionsAreReadByNameOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	task, path := w.newTask(list, "a", map[string]any{"extensions": []any{extension("op-1")}})
	op := func(thing map[string]any) string {
		all, _ := thing["extensions"].([]any)
		if len(all) == 0 {
			return ""
		}
		if at(all[0], "round@odata.type") != "#Int64" {
			t.Errorf("a number without its type: %v", all[0])
		}
		return str(at(all[0], "opId"))
	}
	for name, thing := range map[string]map[string]any{
		"created": task, "read": w.get(path + expandSync).body, "listed": values(w.get(list + "/tasks" + expandSync).body)[0],
	} {
		if got := op(thing); got != "op-1" {
			t.Errorf("%s: op %q in %v", name, got, thing)
		}
	}
	for _, target := range []string{path, path + "?$expand=extensions", path + "?$expand=extensions($filter=id%20eq%20'other')"} {
		if got := w.must(200, w.get(target)); got["extensions"] != nil {
			t.Errorf("%s shows %v", target, got["extensions"])
		}
	}
	w.refused(w.get(path+"/extensions"), 404, "ErrorItemNotFound")
	w.refused(w.get(list+"/tasks/delta"+expandSync), 400, "invalidRequest")

	w.must(201, w.do("POST", path+"/extensions", extension("op-2")))
	one := path + "/extensions/com.example.sync"
	w.must(200, w.do("PATCH", one, map[string]any{"@odata.type": "microsoft.graph.openTypeExtension", "other": "x"}))
	if got := w.must(200, w.get(one)); got["opId"] != nil || got["other"] != "x" {
		t.Errorf("PATCH didn't replace: %v", got)
	}
	w.refused(w.do("PATCH", one, extension("x"), `If-Match: W/"AAAAAAAAAAAAAAAAAAAA"`), 412, "ErrorIrresolvableConflict")
	untyped := extension("x")
	untyped["tags"] = []any{"a"}
	w.refused(w.do("POST", path+"/extensions", untyped), 400, "invalidRequest")
	untyped["tags@odata.type"] = "#Collection(String)"
	w.must(201, w.do("POST", path+"/extensions", untyped))
	for range 2 {
		w.must(204, w.do("DELETE", one, nil))
	}
}

func TestListsHaveExtensionsToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.must(201, w.do("POST", annasTodo, map[string]any{"displayName": "RAYNET", "extensions": []any{extension("op-1")}}))
	path := annasTodo + "/" + url.PathEscape(str(made["id"]))
	if got := w.must(200, w.get(path+expandSync)); got["extensions"] == nil {
		t.Errorf("read: %v", got)
	}
	if r := w.do("POST", path+"/extensions", extension("op-2"), `If-Match: W/"AAAAAAAAAAAAAAAAAAAA"`); r.status != 201 || r.raw != "" {
		t.Errorf("POST: %d %q", r.status, r.raw)
	}
	lists := values(w.must(200, w.get(annasTodo+expandSync)))
	if lists[0]["extensions"] != nil || lists[2]["extensions"] == nil {
		t.Errorf("listed: %v", lists)
	}
	w.must(204, w.do("DELETE", path+"/extensions/com.example.sync", nil))
}

func TestExtensionsMayBeRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, list := w.newList("RAYNET")
	_, path := w.newTask(list, "a")
	if err := w.srv.Inject("todo-no-extensions"); err != nil {
		t.Fatal(err)
	}
	for _, r := range []reply{
		w.do("POST", list+"/tasks", map[string]any{"title": "b", "extensions": []any{extension("x")}}),
		w.do("POST", path+"/extensions", extension("x")),
		w.do("POST", list+"/extensions", extension("x")),
		w.do("DELETE", path+"/extensions/com.example.sync", nil),
		w.get(path + expandSync), w.get(list + "/tasks" + expandSync), w.get(list + expandSync),
	} {
		w.refused(r, 403, "accessDenied")
	}
	w.newTask(list, "c")
	if got := len(w.srv.Tasks(anna)); got != 2 {
		t.Errorf("%d tasks, want 2", got)
	}
}
