package emulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"raynetsync/internal/remote/raynet/emulator"
)

func TestWhatPeopleDoToContacts(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{KeepHistory: true})
	one := fmt.Sprintf("person/%d/", w.contact)
	if err := w.server.SetPhotoAs(jana, w.contact, "image/png", []byte("abc")); err != nil {
		t.Fatal(err)
	}
	photo := w.detail(one)["photo"].(map[string]any)
	picture := w.want(http.StatusOK, "GET", fmt.Sprintf("image/%v/", photo["id"]), "", nil).body
	if picture["imgData"] != "data:image/png;base64,YWJj" || photo["contentType"] != "image/png" || number(photo["size"]) != 3 {
		t.Errorf("photo %v, picture %v", photo, picture)
	}
	w.want(http.StatusNotFound, "GET", "image/999/", "", nil)
	for i, step := range []string{"invalid", "valid", "anonymize"} {
		if err := w.server.ActAs(jana, "POST", one+step, nil); err != nil {
			t.Fatal(err)
		}
		got := w.detail(one)
		if archived := got["rowInfo.rowAccess"] == "INVALID"; archived != (i == 0) || got["rowInfo.updatedBy"] != jana {
			t.Errorf("step %d: archived %v by %v", i, archived, got["rowInfo.updatedBy"])
		}
	}
	if got := w.detail(one); got["photo"] != nil || got["firstName"] != nil || !strings.HasPrefix(got["lastName"].(string), "Anonym") {
		t.Errorf("anonymised: %v", got)
	}
	twin := w.must(w.server.CreateAs(jana, "person", map[string]any{"lastName": "Dvořák"}))
	if err := w.server.ActAs(jana, "POST", fmt.Sprintf("%smerge/%d/", one, twin), nil); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusNotFound, "GET", fmt.Sprintf("person/%d/", twin), "", nil)
	for what, err := range map[string]error{
		"a meeting":           w.server.ActAs(jana, "POST", at(w.create(w.meeting(nil)))+"anonymize", nil),
		"nobody":              w.server.ActAs(jana, "POST", "person/9999/invalid", nil),
		"one who is gone":     w.server.ActAs(jana, "POST", fmt.Sprintf("%smerge/%d/", one, twin), nil),
		"a picture of nobody": w.server.SetPhotoAs(jana, 9999, "image/png", nil),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestPeopleEditCompaniesAndEmployers(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	globex := w.must(w.server.CreateAs(jana, "company", map[string]any{"name": "Globex", "rating": "A", "state": "B_ACTUAL", "role": "A_SUBSCRIBER"}))
	for entity, patch := range map[string]map[string]any{
		"company": {"addresses": []any{map[string]any{"address": map[string]any{"name": "Sídlo", "city": "Zlín", "country": "SK"}, "contactInfo": map[string]any{"tel1": "5"}}}},
		"person":  {"relationship": map[string]any{"company": globex, "type": "ředitel"}},
	} {
		if err := w.server.EditAs(jana, entity, map[string]int64{"company": w.acme, "person": w.contact}[entity], patch); err != nil {
			t.Fatal(err)
		}
	}
	company := w.detail(fmt.Sprintf("company/%d/", w.acme))
	if all := company["addresses"].([]any); len(all) != 1 || !strings.Contains(fmt.Sprint(company["primaryAddress"]), "Zlín") {
		t.Errorf("addresses %v", all)
	}
	person := w.detail(fmt.Sprintf("person/%d/", w.contact))
	if all := person["relationships"].([]any); len(all) != 1 || !strings.Contains(fmt.Sprint(person["primaryRelationship"]), "Globex") {
		t.Errorf("relationships %v", all)
	}
}

func TestListsOfSeveralIDs(t *testing.T) {
	t.Parallel()
	w := newCheckedWorld(t, emulator.Options{})
	both := filter("id[IN]", fmt.Sprintf("%d,%d,9999", w.contact, w.jana), "limit", "10")
	if got := w.want(http.StatusOK, "GET", "person/", both, nil).ids(); len(got) != 2 {
		t.Errorf("got %v", got)
	}
	w.server.Switch(func(s *emulator.Switches) { s.RefuseIDList = true })
	for _, path := range []string{"person/", "company/"} {
		got := w.want(http.StatusBadRequest, "GET", path, both, nil)
		if !strings.HasPrefix(fmt.Sprint(got.body["message"]), "Unsupported filter column") {
			t.Errorf("%s: %v", path, got.body)
		}
	}
	w.want(http.StatusOK, "GET", "person/", filter("id[GT]", "1"), nil)
}

// RAYNET takes countries by their codes only.
func TestCountriesAreCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{})
	one := fmt.Sprintf("person/%d/", w.contact)
	w.want(http.StatusBadRequest, "POST", one, "", map[string]any{"privateAddress": map[string]any{"country": "Česko"}})
	w.want(http.StatusOK, "POST", one, "", map[string]any{"privateAddress": map[string]any{"country": "SK"}})
	w.want(http.StatusOK, "POST", one, "", map[string]any{"privateAddress": map[string]any{"country": ""}})
}
