package emulator_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/outlook/emulator"
)

// toldContacts names entries: a display name, "-id" for a removal.
func toldContacts(entries []map[string]any) []string {
	out := []string{}
	for _, e := range entries {
		if e["@removed"] != nil {
			out = append(out, "-"+str(e["id"]))
			continue
		}
		out = append(out, str(e["displayName"]))
	}
	return out
}

func TestContactDeltaTellsEverythingFirstAndChangesAfterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.newFolder(anna, "RAYNET")
	a := str(w.contact(anna, f, map[string]any{"givenName": "a"})["id"])
	b := str(w.contact(anna, f, map[string]any{"givenName": "b"})["id"])
	w.contact(anna, "", map[string]any{"givenName": "private"})
	entries, link, _ := w.round(contactDelta(anna, f))
	if diff := cmp.Diff([]string{"a", "b"}, toldContacts(entries)); diff != "" {
		t.Fatalf("first round (-want +got):\n%s", diff)
	}
	full := w.must(200, w.get(contactPath(anna, f, a)))
	full["@odata.type"] = "#microsoft.graph.contact"
	if diff := cmp.Diff(full, entries[0]); diff != "" {
		t.Errorf("an entry is the full contact (-want +got):\n%s", diff)
	}
	if entries, link, _ = w.round(link); len(entries) != 0 {
		t.Errorf("idle round: %v", toldContacts(entries))
	}
	w.must(200, w.do("PATCH", contactPath(anna, f, a), map[string]any{"givenName": "a2"}))
	w.must(204, w.do("DELETE", contactPath(anna, f, b), nil))
	entries, link, _ = w.round(link)
	if diff := cmp.Diff([]string{"a2", "-" + b}, toldContacts(entries)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]any{"@odata.type": "#microsoft.graph.contact", "id": b, "@removed": map[string]any{"reason": "deleted"}}, entries[1]); diff != "" {
		t.Errorf("a removal (-want +got):\n%s", diff)
	}
	if err := w.srv.DeleteContactFolderAs(anna, f); err != nil {
		t.Fatal(err)
	}
	w.refused(w.get(link), 404, "ErrorItemNotFound")
}

func TestAMovedContactLeavesOneFolderAndComesToAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.newFolder(anna, "A"), w.newFolder(anna, "B")
	id := str(w.contact(anna, a, map[string]any{"givenName": "x"})["id"])
	_, inA, _ := w.round(contactDelta(anna, a))
	_, inB, _ := w.round(contactDelta(anna, b))
	if err := w.srv.MoveContactAs(anna, id, b); err != nil {
		t.Fatal(err)
	}
	left, _, _ := w.round(inA)
	came, _, _ := w.round(inB)
	if diff := cmp.Diff([][]string{{"-" + id}, {"x"}}, [][]string{toldContacts(left), toldContacts(came)}); diff != "" || came[0]["id"] != id {
		t.Errorf("after a move (-want +got):\n%s", diff)
	}
	w.refused(w.get(strings.Replace(inA, url.PathEscape(a), url.PathEscape(b), 1)), 410, "SyncStateNotFound")
}

func TestContactDeltaRemembersTheSelectionAndForgetsThePageSize(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.newFolder(anna, "RAYNET")
	for i := range 7 {
		w.contact(anna, f, map[string]any{"givenName": fmt.Sprint(i), "surname": "x"})
	}
	entries, link, pages := w.round(contactDelta(anna, f)+"?$select=givenName", `Prefer: odata.maxpagesize=3, IdType="ImmutableId"`)
	if len(entries) != 7 || pages != 3 {
		t.Errorf("%d entries in %d pages, want 7 in 3", len(entries), pages)
	}
	w.contact(anna, f, map[string]any{"givenName": "late", "surname": "x"})
	later, _, _ := w.round(link)
	for _, e := range append(entries, later...) {
		if e["givenName"] == nil || e["surname"] != nil || e["id"] == nil {
			t.Fatalf("not the selection: %v", e)
		}
	}
	if len(later) != 1 {
		t.Errorf("%d entries later, want 1", len(later))
	}
	for _, query := range []string{"$expand=photo", "$filter=surname%20eq%20'x'", "$orderby=surname"} {
		w.refused(w.get(contactDelta(anna, f)+"?"+query), 400, "ErrorInvalidUrlQuery")
	}
	w.refused(w.get("/users/"+anna+"/contacts/delta"), 403, "ErrorAccessDenied")
}

func TestFoldersHaveADeltaOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.newFolder(anna, "A"), w.newFolder(anna, "B")
	entries, link, _ := w.round("/users/" + anna + "/contactFolders/delta")
	if diff := cmp.Diff([]string{"A", "B"}, toldContacts(entries)); diff != "" {
		t.Fatalf("first round (-want +got):\n%s", diff)
	}
	w.contact(anna, a, map[string]any{"givenName": "x"})
	if err := w.srv.RenameContactFolderAs(anna, a, "A2"); err != nil {
		t.Fatal(err)
	}
	if err := w.srv.DeleteContactFolderAs(anna, b); err != nil {
		t.Fatal(err)
	}
	entries, _, _ = w.round(link)
	if diff := cmp.Diff([]string{"A2", "-" + b}, toldContacts(entries)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}

func TestContactDeltaHasTheAccidentsOfDelta(t *testing.T) {
	t.Parallel()
	setUp := func(fault string, adjust ...func(*emulator.Options)) (*world, string, string) {
		w := newWorld(t, adjust...)
		f := w.newFolder(anna, "RAYNET")
		for _, name := range []string{"a", "b", "c"} {
			w.contact(anna, f, map[string]any{"givenName": name})
		}
		_, link, _ := w.round(contactDelta(anna, f))
		if fault != "" {
			if err := w.srv.Inject(fault); err != nil {
				t.Fatal(err)
			}
		}
		return w, f, link
	}
	w, f, _ := setUp("delta-duplicates")
	if entries, _, _ := w.round(contactDelta(anna, f)); len(entries) != 4 {
		t.Errorf("delta-duplicates: %v", toldContacts(entries))
	}
	w, f, _ = setUp("delta-empty-pages")
	if entries, _, pages := w.round(contactDelta(anna, f)); len(entries) != 3 || pages < 2 {
		t.Errorf("delta-empty-pages: %v in %d pages", toldContacts(entries), pages)
	}
	w, _, link := setUp("delta-removed-unknown")
	if entries, _, _ := w.round(link); len(entries) != 1 || entries[0]["@odata.type"] != "#microsoft.graph.contact" {
		t.Errorf("delta-removed-unknown: %v", entries)
	}
	w, _, link = setUp("delta-404-once")
	w.refused(w.get(link), 404, "ErrorItemNotFound")
	w.must(200, w.get(link))
	w, f, _ = setUp("delta-endless")
	if r := w.must(200, w.get(contactDelta(anna, f))); str(r["@odata.nextLink"]) == "" {
		t.Errorf("delta-endless: %v", r)
	}
	w, f, link = setUp("delta-lag")
	w.clock.Advance(time.Minute)
	w.contact(anna, f, map[string]any{"givenName": "late"})
	entries, link, _ := w.round(link)
	if len(entries) != 0 {
		t.Errorf("delta-lag: told at once %v", toldContacts(entries))
	}
	w.clock.Advance(time.Minute)
	if entries, _, _ = w.round(link); strings.Join(toldContacts(entries), " ") != "late" {
		t.Errorf("delta-lag: told later %v", toldContacts(entries))
	}
	w, _, link = setUp("delta-410")
	w.refused(w.get(link), 410, "SyncStateNotFound")
	w, _, link = setUp("", func(o *emulator.Options) { o.DeltaTokenLife = time.Hour })
	w.clock.Advance(61 * time.Minute)
	w.login()
	w.refused(w.get(link), 410, "SyncStateNotFound")
}

func TestTheLastContactsDeletionMayGoUntold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.newFolder(anna, "RAYNET")
	a := str(w.contact(anna, f, map[string]any{"givenName": "a"})["id"])
	b := str(w.contact(anna, f, map[string]any{"givenName": "b"})["id"])
	_, link, _ := w.round(contactDelta(anna, f))
	if err := w.srv.Inject("contact-last-deletion-silent"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{a, b} {
		w.must(204, w.do("DELETE", contactPath(anna, f, id), nil))
	}
	entries, _, _ := w.round(link)
	if diff := cmp.Diff([]string{"-" + a}, toldContacts(entries)); diff != "" {
		t.Errorf("the first deletion is told and the last is not (-want +got):\n%s", diff)
	}
	w.refused(w.get(contactPath(anna, f, b)), 404, "ErrorItemNotFound")
}
