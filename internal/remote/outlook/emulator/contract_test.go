package emulator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"raynetsync/internal/remote/contract"
)

// TestATourStaysInsideTheContract asks for everything once, in every spelling the emulator knows, and lets the OpenAPI
// document judge requests and answers.
func TestATourStaysInsideTheContract(t *testing.T) {
	t.Parallel()
	set := contract.Load(t)
	w := newWorld(t)
	w.next = set.Transport(t, http.DefaultTransport, contract.Graph)
	users := "/users/" + anna

	w.must(200, w.get("/users?$select=id,displayName,mail,userPrincipalName,proxyAddresses,accountEnabled,userType&$top=2"))
	w.must(200, w.get(users))
	w.must(200, w.get(users+"/calendar"))
	w.must(200, w.get(users+"/calendar?$select=id"))
	other := w.must(201, w.do("POST", users+"/calendars", map[string]any{"name": "Soukromé"}))
	w.must(200, w.get(users+"/calendars"))
	inOther := users + "/calendars/" + url.PathEscape(str(other["id"]))
	w.must(200, w.get(inOther))

	for _, e := range []map[string]any{
		meeting("plain", "2026-03-10T10:00"),
		meeting("online", "2026-03-10T10:00", map[string]any{"isOnlineMeeting": true}),
		meeting("rich", "2026-03-10T10:00", map[string]any{
			"body": map[string]any{"contentType": "html", "content": "<p>x</p>"}, "location": map[string]any{"displayName": "Praha"},
			"categories": []any{"RAYNET"}, "sensitivity": "private", "showAs": "oof", "importance": "high", "reminderMinutesBeforeStart": 30,
			"isReminderOn": true, "transactionId": "op-1", "responseRequested": false, "hideAttendees": true, "allowNewTimeProposals": false,
			"singleValueExtendedProperties": []any{map[string]any{"id": "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Ref", "value": "m/1"}},
		}),
		meeting("guests", "2026-03-10T10:00", map[string]any{"attendees": []any{
			map[string]any{"type": "required", "emailAddress": map[string]any{"address": boris, "name": "Boris"}}}}),
	} {
		w.create(anna, e)
	}
	w.must(201, w.do("POST", inOther+"/events", meeting("elsewhere", "2026-03-10T10:00")))
	w.must(201, w.do("POST", users+"/calendar/events", meeting("here", "2026-03-10T10:00")))
	series := str(w.create(anna, meeting("series", "2026-03-23T09:00", weekly("monday")))["id"])
	occurrences := w.instances(anna, series, "2026-03-20T00:00:00Z", "2026-04-20T00:00:00Z")
	exception := w.must(200, w.do("PATCH", eventPath(anna, str(occurrences[1]["id"])), map[string]any{"subject": "moved"}))
	w.must(204, w.do("DELETE", eventPath(anna, str(occurrences[2]["id"])), nil))
	w.must(200, w.get(eventPath(anna, str(exception["id"]))+"?$select=originalStart,start"))
	w.must(200, w.get(eventPath(anna, str(occurrences[0]["id"]))))
	w.must(200, w.get(eventPath(anna, series)+"?$select=cancelledOccurrences&$expand=exceptionOccurrences"))

	expand := "$expand=singleValueExtendedProperties($filter=id%20eq%20'String%20%7B66f5a359-4659-4830-9070-00047ec6ac6e%7D%20Name%20Ref')"
	for _, list := range []string{users + "/events", users + "/calendar/events", inOther + "/events"} {
		w.must(200, w.get(list+"?$top=3&$orderby=subject&"+expand))
	}
	const window = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z"
	for _, view := range []string{users + "/calendarView", users + "/calendar/calendarView", inOther + "/calendarView"} {
		w.must(200, w.get(view+"?"+window+"&"+expand))
		_, link, _ := w.round(view + "/delta?" + window)
		w.create(anna, meeting("later", "2026-08-10T10:00"))
		w.round(link)
	}
	w.actions(users, series)
	w.contactTour(users)
	w.todo()
	w.errors(users)
	if set.Validates() && set.Checked(contract.Graph) < 80 {
		t.Errorf("only %d exchanges were compared", set.Checked(contract.Graph))
	}
}

// actions answers and ends meetings, reads what permission probes read, and sends a batch.
func (w *world) actions(users, series string) {
	w.t.Helper()
	cp := str(w.srv.All(boris)[0]["id"])
	w.must(202, w.do("POST", eventPath(boris, cp)+"/tentativelyAccept", map[string]any{"Comment": "", "SendResponse": true}))
	w.must(202, w.do("POST", eventPath(boris, cp)+"/accept", map[string]any{"SendResponse": false}))
	w.must(202, w.do("POST", eventPath(boris, cp)+"/decline", map[string]any{"SendResponse": false}))
	w.must(202, w.do("POST", eventPath(anna, series)+"/cancel", map[string]any{"Comment": ""}))
	w.must(204, w.do("POST", eventPath(anna, str(w.srv.All(anna)[0]["id"]))+"/permanentDelete", nil))

	w.must(200, w.get(users+"/contactFolders"))
	w.must(200, w.get(users+"/contacts?$top=1&$select=parentFolderId"))
	w.must(200, w.get(users+"/outlook/supportedTimeZones"))
	w.batch(part("1", "GET", users+"/calendar"), part("2", "POST", users+"/events", carrying(meeting("in a batch", "2026-03-10T10:00"))))
}

// contactTour makes, changes, lists, follows and deletes contacts and their folders.
func (w *world) contactTour(users string) {
	w.t.Helper()
	const expand = "$expand=singleValueExtendedProperties($filter=id%20eq%20'" + extAppEscaped + "')"
	made := w.must(201, w.do("POST", users+"/contactFolders", map[string]any{"displayName": "RAYNET", "singleValueExtendedProperties": mark("folder")}))
	below := users + "/contactFolders/" + url.PathEscape(str(made["id"]))
	w.refused(w.do("POST", users+"/contactFolders", map[string]any{"displayName": "raynet"}), 409, "ErrorFolderExists")
	w.must(200, w.get(users+"/contactFolders?$top=5&"+expand))
	w.must(200, w.get(below+"?"+expand))
	w.must(200, w.do("PATCH", below, map[string]any{"displayName": "RAYNET 2"}))
	w.must(201, w.do("POST", below+"/childFolders", map[string]any{"displayName": "Uvnitř"}))
	w.must(200, w.get(below+"/childFolders"))
	_, folders, _ := w.round(users + "/contactFolders/delta")

	w.must(201, w.do("POST", users+"/contacts", map[string]any{"givenName": "Jan"}))
	full := w.must(201, w.do("POST", below+"/contacts", fullContact()))
	one := str(full["id"])
	w.must(201, w.do("POST", below+"/contacts", map[string]any{"displayName": "Nikdo", "emailAddresses": []any{map[string]any{"address": "nikdo"}}}))
	for _, list := range []string{users + "/contacts", below + "/contacts"} {
		w.must(200, w.get(list+"?$top=2&$orderby=displayName&$count=true&"+expand))
		w.must(200, w.get(list+"?$filter="+url.QueryEscape("emailAddresses/any(a:a/address eq 'jan@firma.example')")))
		w.must(200, w.do("PATCH", list+"/"+url.PathEscape(one), map[string]any{"homeAddress": map[string]any{"city": "Brno"}, "birthday": nil, "jobTitle": ""}))
		if strings.HasPrefix(list, below) {
			w.must(200, w.get(list+"/"+url.PathEscape(one)+"?$select=displayName&"+expand))
		}
		w.refused(w.get(list+"/"+url.PathEscape(one)+"/photo"), 404, "ErrorItemNotFound")
	}
	_, link, _ := w.round(below + "/contacts/delta?$select=displayName,emailAddresses")
	w.must(204, w.do("DELETE", below+"/contacts/"+url.PathEscape(one), nil))
	w.round(link)
	_, link, _ = w.round(below + "/contacts/delta")
	w.must(204, w.do("POST", below+"/contacts/"+url.PathEscape(str(w.srv.Contacts(anna)[1]["id"]))+"/permanentDelete", nil))
	w.round(link)
	w.must(204, w.do("DELETE", below, nil))
	w.round(folders)
	w.refused(w.get(link), 404, "ErrorItemNotFound")
	w.batch(part("1", "GET", users+"/contactFolders"), part("2", "POST", users+"/contacts", carrying(fullContact())))
}

// todo makes, reads, changes and deletes one of everything in To Do.
func (w *world) todo() {
	w.t.Helper()
	_, list := w.newList("RAYNET")
	w.must(200, w.get(annasTodo+"?$top=5"))
	w.must(200, w.get(list+expandSync))
	w.must(200, w.do("PATCH", list, map[string]any{"displayName": "Úkoly"}))
	w.must(201, w.do("POST", list+"/extensions", extension("op")))
	_, path := w.newTask(list, "a", when("dueDateTime", "2026-03-10T00:00:00", prague), when("reminderDateTime", "2026-03-10T09:00:00", prague),
		every("2026-03-10", prague, nil), map[string]any{
			"body": map[string]any{"contentType": "text", "content": "x"}, "categories": []any{"a"}, "importance": "high",
			"linkedResources": []any{map[string]any{"applicationName": "RAYNET", "externalId": "7", "webUrl": "https://app.raynet.example/7"}},
			"checklistItems":  []any{map[string]any{"displayName": "x", "isChecked": true}}, "extensions": []any{extension("op")},
		})
	w.must(200, w.get(path+expandSync))
	w.must(200, w.do("PATCH", path, map[string]any{"status": "completed"}))
	w.must(200, w.get(list+"/tasks?$orderby=title&$filter=status%20ne%20'completed'"))
	for collection, change := range map[string]map[string]any{
		"checklistItems": {"displayName": "y"}, "linkedResources": {"applicationName": "RAYNET", "displayName": "Sedm"},
	} {
		child := path + "/" + collection + "/" + str(values(w.must(200, w.get(path+"/"+collection)))[0]["id"])
		w.must(200, w.get(child))
		w.must(200, w.do("PATCH", child, change))
		w.must(204, w.do("DELETE", child, nil))
		w.must(201, w.do("POST", path+"/"+collection, change))
	}
	one := path + "/extensions/com.example.sync"
	w.must(201, w.do("POST", path+"/extensions", extension("op")))
	w.must(200, w.get(one))
	w.must(200, w.do("PATCH", one, extension("op2")))
	w.must(204, w.do("DELETE", one, nil))
	w.refused(w.do("PATCH", path, map[string]any{}, `If-Match: W/"AAAAAAAAAAAAAAAAAAAA"`), 412, "ErrorIrresolvableConflict")
	_, tasks, _ := w.round(list + "/tasks/delta")
	_, lists, _ := w.round(annasTodo + "/delta")
	w.must(204, w.do("DELETE", path, nil))
	w.refused(w.get(path), 404, "ErrorItemNotFound")
	w.round(tasks)
	w.must(204, w.do("DELETE", list, nil))
	w.round(lists)
	w.refused(w.get(list), 404, "itemNotFound")
}

// errors provokes an error of every shape.
func (w *world) errors(users string) {
	w.t.Helper()
	w.refused(w.get(users+"/events", "Authorization: Bearer x"), 401, "InvalidAuthenticationToken")
	w.refused(w.get("/users/nobody"), 404, "Request_ResourceNotFound")
	w.refused(w.get(users+"/outlook/masterCategories"), 403, "ErrorAccessDenied")
	w.refused(w.get(users+"/calendarView/delta"), 400, "ErrorInvalidParameter")
	w.refused(w.do("POST", users+"/calendars", map[string]any{"name": "Soukromé"}), 409, "ErrorFolderExists")
	path := eventPath(anna, str(w.srv.All(anna)[0]["id"]))
	w.refused(w.do("PATCH", path, map[string]any{"subject": "x"}, `If-Match: W/"AAAAAAAAAAAAAAAAAAAA"`), 412, "ErrorIrresolvableConflict")
	w.refused(w.do("PATCH", path, map[string]any{"subject": "x"}, `If-Match: W/"x"`), 500, "ErrorInternalServerError")
	_ = w.srv.SetMailboxState(cyril, "none", time.Time{})
	w.refused(w.get("/users/"+cyril+"/calendar"), 404, "MailboxNotEnabledForRESTAPI")
}
