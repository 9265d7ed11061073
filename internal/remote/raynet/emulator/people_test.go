package emulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/raynet/emulator"
)

func TestPeopleMaySetEverything(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{KeepHistory: true})
	id := w.must(w.server.CreateAs(jana, "meeting", map[string]any{
		"title": "Porada", "meetingPlace": "Zlín", "status": "CANCELLED", "owner": w.petr,
		"participants":  []any{map[string]any{"person": w.contact}},
		"scheduledFrom": "2026-03-06T09:00:00Z", "scheduledTill": "2026-03-06T09:30:00Z",
		"recurrence": map[string]any{"id": 5, "interval": "WEEKLY"},
	}))
	got := w.detail(at(id))
	if got["meetingPlace"] != "Zlín" || got["status"] != "CANCELLED" || got["rowInfo.createdBy"] != jana ||
		got["scheduledFrom"] != "2026-03-06T10:00:00.000+01:00" || got["recurrence"].(map[string]any)["interval"] != "WEEKLY" {
		t.Errorf("created: got %v", got)
	}
	if got, want := w.guests(id), []string{"owner:petr", "karel"}; !slices.Equal(got, want) {
		t.Errorf("participants: got %v, want %v", got, want)
	}
	if err := w.server.EditAs(petr, "meeting", id, map[string]any{
		"owner": w.jana, "participants": []any{map[string]any{"person": w.petr}},
	}); err != nil {
		t.Fatal(err)
	}
	if got, want := w.guests(id), []string{"owner:jana", "petr"}; !slices.Equal(got, want) {
		t.Errorf("edited: got %v, want %v", got, want)
	}
	shown, _ := w.server.Get("meeting", id)
	if all := w.server.All("meeting"); len(all) != 1 || cmp.Diff(all[0], shown) != "" || shown["rowInfo.updatedBy"] != petr {
		t.Errorf("All and Get differ: %v, %v", all, shown)
	}
	if err := w.server.DeleteAs(petr, "meeting", id); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusNotFound, "GET", at(id), "", nil)
	var ops []string
	for _, write := range w.server.History() {
		if write.Entity == "meeting" {
			ops = append(ops, fmt.Sprint(write.Op, " ", write.Author, " ", write.Source, " ", write.Before != nil, " ", write.After != nil))
		}
	}
	want := []string{"create " + jana + " user false true", "update " + petr + " user true true", "delete " + petr + " user true false"}
	if diff := cmp.Diff(want, ops); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestPeopleAreToldWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	if _, err := w.server.CreateAs(jana, "reminder", nil); err == nil {
		t.Error("unknown entity: no error")
	}
	if _, err := w.server.CreateAs("nobody@example.cz", "meeting", map[string]any{"title": "x"}); err == nil {
		t.Error("unknown author without owner: no error")
	}
	if _, err := w.server.CreateAs(jana, "meeting", map[string]any{"scheduledFrom": "soon"}); err == nil {
		t.Error("bad moment: no error")
	}
	if err := w.server.EditAs(jana, "meeting", 9999, nil); err == nil {
		t.Error("no such meeting: no error")
	}
	if got := len(w.server.All("activity")); got != 0 {
		t.Errorf("activities: got %d, want 0", got)
	}
}

func TestAUserAccountTellsPersonAndZone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	person, account := w.server.AddUser(map[string]any{"lastName": "Silva"}, "silva@example.cz", "READONLY", "America/Sao_Paulo")
	got := w.want(http.StatusOK, "GET", fmt.Sprintf("userAccount/%d/", account), "", nil).data()
	if got["timezone"] != "AMERICA_SAO_PAULO" || number(got["person"].(map[string]any)["id"]) != person || got["userRole"] != "READONLY" {
		t.Errorf("account: got %v", got)
	}
	users := w.want(http.StatusOK, "GET", "person/", filter("userAccount-id[NE]", ""), nil)
	if ids := users.ids(); !slices.Contains(ids, person) || slices.Contains(ids, w.contact) {
		t.Errorf("persons who log in: got %v", ids)
	}
	found := w.want(http.StatusOK, "GET", "person/", filter("contactInfo.email", "silva@example.cz"), nil).ids()
	if !slices.Equal(found, []int64{person}) {
		t.Errorf("by e-mail: got %v, want %d", found, person)
	}
}

func TestAPersonHasAnEmployerAndACountry(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	one := fmt.Sprintf("person/%d/", w.contact)
	w.want(http.StatusOK, "POST", one, "", map[string]any{
		"privateAddress": map[string]any{"city": "Brno", "country": "SK"}, "birthday": "1980-02-29",
	})
	got := w.detail(one)
	place := got["privateAddress"].(map[string]any)
	if place["country"] != "Slovensko" || place["countryCode"] != "SK" || place["street"] != nil {
		t.Errorf("address: got %v", place)
	}
	if rel := got["primaryRelationship"].(map[string]any); rel["type"] != "nákupčí" || number(rel["company"].(map[string]any)["id"]) != w.acme {
		t.Errorf("employer: got %v", rel)
	}
	for _, merge := range []bool{false, true} {
		w.server.Switch(func(sw *emulator.Switches) { sw.MergeNested = merge })
		w.want(http.StatusOK, "POST", one, "", map[string]any{"contactInfo": map[string]any{"email": "k@acme.example", "tel1": "1"}})
		w.want(http.StatusOK, "POST", one, "", map[string]any{"contactInfo": map[string]any{"tel1": "2"}})
		if kept := w.detail(one)["contactInfo"].(map[string]any)["email"] != nil; kept != merge {
			t.Errorf("merge %v: e-mail kept %v", merge, kept)
		}
	}
}

func TestMergeMovesEverythingButTheExternalIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	twin := w.must(w.server.CreateAs(jana, "person", map[string]any{"lastName": "Dvořák", "salutation": "pan", "extId": "m365:twin"}))
	meeting := w.create(w.meeting(map[string]any{"person": twin}))
	w.want(http.StatusInternalServerError, "DELETE", fmt.Sprintf("person/%d/", twin), "", nil)
	w.want(http.StatusOK, "POST", fmt.Sprintf("person/%d/merge/%d/", w.contact, twin), "", nil)
	w.want(http.StatusNotFound, "GET", fmt.Sprintf("person/%d/", twin), "", nil)
	w.want(http.StatusNotFound, "GET", "person/ext/m365:twin/", "", nil)
	got := w.detail(fmt.Sprintf("person/%d/", w.contact))
	if got["salutation"] != "pan" || got["firstName"] != "Karel" {
		t.Errorf("survivor: got %v", got)
	}
	if got := w.guests(meeting); !slices.Equal(got, []string{"owner:jana", "karel"}) {
		t.Errorf("participants: got %v", got)
	}
}

func TestAnInvalidPersonStaysInTheListUnlessFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	w.want(http.StatusOK, "POST", fmt.Sprintf("person/%d/invalid", w.contact), "", nil)
	all := w.want(http.StatusOK, "GET", "person/", "limit=100", nil).ids()
	valid := w.want(http.StatusOK, "GET", "person/", filter("rowInfo.rowAccess[NE_OR_NULL]", "INVALID", "limit", "100"), nil).ids()
	if !slices.Contains(all, w.contact) || slices.Contains(valid, w.contact) || len(valid) != len(all)-1 {
		t.Errorf("all %v, valid %v", all, valid)
	}
}
