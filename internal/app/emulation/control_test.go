package emulation_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"raynetsync/internal/app/company"
	"raynetsync/internal/app/emulation"
)

const (
	jana = "jana.novakova@stavotech.example.cz"
	petr = "petr.svoboda@stavotech.example.cz"
)

func TestPeopleAreTold(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	people := w.control(http.StatusOK, http.MethodGet, "/people", nil).list
	if len(people) != 3 || people[0]["mailbox"] != jana || people[0]["raynet_person"] != float64(w.IDs.Users[0]) {
		t.Errorf("got %v, want three people, Jana first with person %d", people, w.IDs.Users[0])
	}
}

func TestPeopleEditOutlook(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	moment := func(at string) map[string]any { return map[string]any{"dateTime": at, "timeZone": "UTC"} }
	mine := "/outlook/calendar?mailbox=" + url.QueryEscape(jana)
	before := len(objects(w.control(http.StatusOK, http.MethodGet, mine, nil).body["value"]))
	escaped := false
	for i := range 4 { // every id has a slash
		made := w.control(http.StatusCreated, http.MethodPost, mine, map[string]any{
			"subject": fmt.Sprintf("Oběd %d", i), "start": moment("2026-12-01T11:00:00"), "end": moment("2026-12-01T12:00:00"),
		}).body
		escaped = escaped || strings.ContainsAny(text(made["id"]), "/=")
		one := "/outlook/calendar/" + url.PathEscape(text(made["id"])) + "?mailbox=" + jana
		changed := w.control(http.StatusOK, http.MethodPatch, one, map[string]any{"subject": "Večeře"}).body
		if changed["subject"] != "Večeře" || changed["id"] != made["id"] {
			t.Errorf("got %v %v, want the changed event %v", changed["subject"], changed["id"], made["id"])
		}
		if shown := w.control(http.StatusOK, http.MethodGet, one, nil).body; shown["subject"] != "Večeře" {
			t.Errorf("got %v, want the change", shown["subject"])
		}
		w.control(http.StatusNoContent, http.MethodDelete, one, nil)
		w.control(http.StatusNotFound, http.MethodGet, one, nil)
	}
	if !escaped {
		t.Error("no id needed escaping: the test shows nothing")
	}
	if after := len(objects(w.control(http.StatusOK, http.MethodGet, mine, nil).body["value"])); after != before {
		t.Errorf("got %d events after everything was deleted, want %d as before", after, before)
	}
}

// Contacts and tasks of Outlook are read and edited like events, also in the folder and in the list that RAYNET sees.
func TestPeopleEditContactsAndTasks(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	for _, tt := range []struct{ kind, key, place, name string }{
		{"contacts", "surname", "parentFolderId", "displayName"}, {"tasks", "title", "listId", "title"},
	} {
		all := "/outlook/" + tt.kind + "?mailbox=" + jana
		before := objects(w.control(http.StatusOK, http.MethodGet, all, nil).body["value"])
		places := map[string]int{}
		for _, row := range before {
			places[text(row[tt.place])]++
		}
		key, container := w.Place(company.Kind(tt.kind), jana)
		if len(places) != 2 || key != tt.place || places[container] < 3 {
			t.Fatalf("%s lie in %v, want some in the default place and some in %s %s", tt.kind, places, key, container)
		}
		made := w.control(http.StatusCreated, http.MethodPost, all, map[string]any{tt.key: "Nová věc", tt.place: container}).body
		if made[tt.place] != container || made[tt.name] != "Nová věc" {
			t.Errorf("%s: got %v in %v, want it in the container", tt.kind, made[tt.name], made[tt.place])
		}
		one := "/outlook/" + tt.kind + "/" + url.PathEscape(text(made["id"])) + "?mailbox=" + jana
		if changed := w.control(http.StatusOK, http.MethodPatch, one, map[string]any{tt.key: "Jiná věc"}).body; changed[tt.key] != "Jiná věc" {
			t.Errorf("%s: got %v, want the change", tt.kind, changed[tt.key])
		}
		w.control(http.StatusNoContent, http.MethodDelete, one, nil)
		w.control(http.StatusNotFound, http.MethodGet, one, nil)
		elsewhere := w.control(http.StatusCreated, http.MethodPost, all, map[string]any{tt.key: "Vlastní"}).body
		if elsewhere[tt.place] == container {
			t.Errorf("%s: what names no place came into the container", tt.kind)
		}
	}
}

func TestPeopleEditRaynet(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	for _, tt := range []struct{ kind, entity, key string }{
		{"calendar", "", "title"}, {"calendar", "Event", "title"}, {"calendar", "PhoneCall", "title"}, {"tasks", "", "title"},
		{"contacts", "", "lastName"},
	} {
		all := "/raynet/" + tt.kind
		body := map[string]any{tt.key: "Nová věc"}
		if tt.kind == "tasks" {
			body["deadline"] = "2026-12-01T10:00:00.000+01:00"
		}
		want := map[string]string{"contacts": "Person", "tasks": "Task", "calendar": "Meeting"}[tt.kind]
		if tt.entity != "" {
			body["_entityName"], want = tt.entity, tt.entity
		}
		made, _ := w.control(http.StatusCreated, http.MethodPost, all+"?mailbox="+petr, body).body["data"].(map[string]any)
		if made["_entityName"] != want {
			t.Errorf("%s: got %v, want a %s", tt.kind, made["_entityName"], want)
		}
		owner, _ := made["owner"].(map[string]any)
		if tt.kind == "calendar" && owner["id"] != float64(w.IDs.Users[1]) {
			t.Errorf("%s: owner is %v, want the user of the mailbox, %d", want, owner, w.IDs.Users[1])
		}
		one := fmt.Sprintf("%s/%.0f?author=%s", all, made["id"], jana)
		changed, _ := w.control(http.StatusOK, http.MethodPatch, one, map[string]any{tt.key: "Jiná věc"}).body["data"].(map[string]any)
		if changed[tt.key] != "Jiná věc" {
			t.Errorf("%s: got %v, want the change", want, changed[tt.key])
		}
		found := 0
		for _, row := range objects(w.control(http.StatusOK, http.MethodGet, all, nil).body["data"]) {
			if row["id"] == made["id"] && row["_entityName"] == want {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s: the list shows it %d times, want once", want, found)
		}
		w.control(http.StatusNoContent, http.MethodDelete, one, nil)
		w.control(http.StatusNotFound, http.MethodPatch, one, map[string]any{tt.key: "Pryč"})
	}
}

func TestRaynetListIsOfOneUserWhenAsked(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{Items: 30})
	all := objects(w.control(http.StatusOK, http.MethodGet, "/raynet/calendar", nil).body["data"])
	mine := objects(w.control(http.StatusOK, http.MethodGet, "/raynet/calendar?mailbox="+jana, nil).body["data"])
	if len(mine) == 0 || len(mine) >= len(all) {
		t.Errorf("got %d of %d activities for Jana, want some and not all", len(mine), len(all))
	}
	shared := 0
	for _, row := range mine {
		owner, _ := row["owner"].(map[string]any)
		if owner["id"] != float64(w.IDs.Users[0]) {
			shared++
		}
	}
	if shared == 0 {
		t.Errorf("none of the %d activities is one in which Jana only takes part", len(mine))
	}
}

func TestControlRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	for _, tt := range []struct {
		name, method, path string
		body               any
		wantStatus         int
		wantCode           string
	}{
		{"no mailbox", "GET", "/outlook/calendar", nil, 400, "no-mailbox"},
		{"unknown mailbox", "GET", "/outlook/calendar?mailbox=nobody@example.cz", nil, 404, "unknown-mailbox"},
		{"unknown user", "GET", "/raynet/calendar?mailbox=nobody@example.cz", nil, 404, "unknown-user"},
		{"unknown author", "POST", "/raynet/calendar?author=nobody@example.cz", map[string]any{"title": "x"}, 404, "unknown-user"},
		{"unknown kind", "GET", "/raynet/mails", nil, 404, "unknown-kind"},
		{"unknown service", "GET", "/salesforce/calendar", nil, 404, "unknown-path"},
		{"unknown path", "GET", "/", nil, 404, "unknown-path"},
		{"unknown method", "PUT", "/raynet/calendar", nil, 404, "unknown-path"},
		{"unknown folder", "POST", "/outlook/contacts?mailbox=" + jana, map[string]any{"surname": "x", "parentFolderId": "x"}, 404, "not-found"},
		{"unknown list", "POST", "/outlook/tasks?mailbox=" + jana, map[string]any{"title": "x", "listId": "x"}, 404, "not-found"},
		{"unknown task", "GET", "/outlook/tasks/x?mailbox=" + jana, nil, 404, "not-found"},
		{"no json", "POST", "/raynet/calendar", "title=x", 400, "bad-json"},
		{"empty body", "POST", "/raynet/calendar", nil, 400, "bad-json"},
		{"null", "POST", "/raynet/calendar", "null", 400, "bad-json"},
		{"array", "POST", "/outlook/calendar?mailbox=" + jana, "[]", 400, "bad-json"},
		{"unknown entity", "POST", "/raynet/calendar", map[string]any{"_entityName": "Task", "title": "x"}, 400, "unknown-entity"},
		{"wrong value", "POST", "/raynet/calendar", map[string]any{"title": "x", "scheduledFrom": "tomorrow"}, 400, "refused"},
		{"wrong property", "POST", "/outlook/calendar?mailbox=" + jana, map[string]any{"title": "x"}, 400, "refused"},
		{"id no number", "DELETE", "/raynet/calendar/abc", nil, 400, "bad-id"},
		{"id of no record", "DELETE", "/raynet/calendar/999999", nil, 404, "not-found"},
		{"id of no event", "PATCH", "/outlook/calendar/AAA%3D?mailbox=" + jana, map[string]any{"subject": "x"}, 404, "not-found"},
		{"bad since", "GET", "/requests?since=-1", nil, 400, "bad-query"},
		{"bad by", "GET", "/mails?by=me", nil, 400, "bad-query"},
		{"unknown fault", "PUT", "/faults/nonsense", nil, 404, "unknown-fault"},
		{"unknown fault off", "DELETE", "/faults/nonsense", nil, 404, "unknown-fault"},
		{"fault without service", "PUT", "/faults/mine", map[string]any{"effect": "status"}, 400, "bad-fault"},
		{"fault without effect", "PUT", "/faults/mine", map[string]any{"service": "graph"}, 400, "bad-fault"},
		{"fault with unknown key", "PUT", "/faults/mine", map[string]any{"service": "graph", "effect": "status", "color": 1}, 400, "bad-fault"},
		{"fault of the catalogue", "PUT", "/faults/graph-429", map[string]any{"service": "graph", "effect": "status"}, 400, "bad-fault"},
	} {
		got := w.control(tt.wantStatus, tt.method, tt.path, tt.body)
		e, _ := got.body["error"].(map[string]any)
		if code(got) != tt.wantCode || text(e["message"]) == "" {
			t.Errorf("%s: got %s, want the code %s and a message", tt.name, got.raw, tt.wantCode)
		}
	}
}

func TestRequestsAreLoggedInOneOrder(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{})
	if log := w.control(http.StatusOK, http.MethodGet, "/requests", nil); len(log.list) != 0 || !strings.HasPrefix(log.raw, "[") {
		t.Errorf("got %s before any request, want []", log.raw)
	}
	token := w.token()
	w.raynet(http.StatusOK, http.MethodGet, "/meeting/?limit=1", nil)
	w.want(http.StatusOK, http.MethodGet, w.info.GraphURL+"/users", nil, "Authorization: Bearer "+token)
	got := ""
	for _, entry := range w.control(http.StatusOK, http.MethodGet, "/requests", nil).list {
		got += fmt.Sprintf("%v %v %v %v; ", entry["index"], entry["service"], entry["path"], entry["status"])
		if text(entry["at"]) == "" || text(entry["method"]) == "" {
			t.Errorf("no time or method in %v", entry)
		}
	}
	want := "0 authority /" + w.info.TenantID + "/oauth2/v2.0/token 200; 1 raynet /api/v2/meeting/ 200; 2 graph /v1.0/users 200; "
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.raynet(http.StatusNotFound, http.MethodGet, "/meeting/999999/", nil)
	later := w.control(http.StatusOK, http.MethodGet, "/requests?since=3", nil).list
	if len(later) != 1 || later[0]["status"] != float64(404) || later[0]["index"] != float64(3) {
		t.Errorf("since 3: got %v, want the last request alone", later)
	}
	w.Raynet.Layer().ResetLog() // what is gone there is not told, and not mistaken for something else
	w.raynet(http.StatusOK, http.MethodGet, "/company/?limit=1", nil)
	rest := w.control(http.StatusOK, http.MethodGet, "/requests", nil).list
	if len(rest) != 3 || rest[2]["path"] != "/api/v2/company/" || rest[2]["index"] != float64(4) {
		t.Errorf("after RAYNET's own reset: got %v, want authority, graph and the new one at 4", rest)
	}
	w.control(http.StatusNoContent, http.MethodDelete, "/requests", nil)
	w.raynet(http.StatusOK, http.MethodGet, "/meeting/?limit=1", nil)
	if after := w.control(http.StatusOK, http.MethodGet, "/requests", nil).list; len(after) != 1 || after[0]["index"] != float64(0) {
		t.Errorf("after the reset: got %v, want one request with index 0", after)
	}
}

func TestMailsAreThoseOfTheApplicationUnlessAsked(t *testing.T) {
	t.Parallel()
	w := serve(t, emulation.Options{Items: 30})
	if mails := w.control(http.StatusOK, http.MethodGet, "/mails", nil); strings.TrimSpace(mails.raw) != "[]" {
		t.Errorf("nothing was written by an application, but it mailed %s", mails.raw)
	}
	people := w.control(http.StatusOK, http.MethodGet, "/mails?by=person", nil).list
	if len(people) == 0 || text(people[0]["mailbox"]) == "" || text(people[0]["kind"]) != "invitation" {
		t.Fatalf("got %v, want the invitations of the company's people", people)
	}
	bearer := "Authorization: Bearer " + w.token()
	moment := func(at string) map[string]any { return map[string]any{"dateTime": at, "timeZone": "UTC"} }
	w.want(http.StatusCreated, http.MethodPost, w.info.GraphURL+"/users/"+jana+"/events", map[string]any{
		"subject": "Pozvánka", "start": moment("2026-12-01T09:00:00"), "end": moment("2026-12-01T10:00:00"),
		"attendees": []any{map[string]any{"type": "required", "emailAddress": map[string]any{"address": "host@example.com"}}},
	}, bearer)
	mails := w.control(http.StatusOK, http.MethodGet, "/mails", nil).list
	if len(mails) != 1 || mails[0]["mailbox"] != jana || mails[0]["by"] != "app" || mails[0]["subject"] != "Pozvánka" {
		t.Errorf("got %v, want the one mail of the application", mails)
	}
	if all := w.control(http.StatusOK, http.MethodGet, "/mails?by=all", nil).list; len(all) != len(people)+1 {
		t.Errorf("got %d mails in all, want %d", len(all), len(people)+1)
	}
}
