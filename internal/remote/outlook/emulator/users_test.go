package emulator_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/outlook/emulator"
)

func TestMailboxStates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		state  emulator.MailboxState
		path   string
		status int
		code   string
	}{
		{emulator.StateNone, "/calendar?$select=id", 404, "MailboxNotEnabledForRESTAPI"},
		{emulator.StateSoftDeleted, "/calendar", 404, "MailboxNotEnabledForRESTAPI"},
		{emulator.StateOnPremises, "/events", 404, "MailboxNotEnabledForRESTAPI"},
		{emulator.StatePolicy, "/calendar", 403, "ErrorAccessDenied"},
		{emulator.StateNoTodo, "/todo/lists", 404, "ResourceNotFound"},
		{emulator.StateDeleted, "", 404, "Request_ResourceNotFound"},
	}
	for _, tt := range tests {
		w := newWorld(t)
		if err := w.srv.SetMailboxState(anna, tt.state, time.Time{}); err != nil {
			t.Fatal(err)
		}
		w.refused(w.get("/users/"+anna+tt.path), tt.status, tt.code)
		w.must(200, w.get("/users/"+boris+tt.path))
	}
	w := newWorld(t)
	if err := w.srv.SetMailboxState(anna, emulator.StateProvisioning, w.clock.Now().Add(15*time.Minute)); err != nil {
		t.Fatal(err)
	}
	w.refused(w.get("/users/"+anna+"/calendar"), 404, "MailboxNotEnabledForRESTAPI")
	w.clock.Advance(15 * time.Minute)
	w.must(200, w.get("/users/"+anna+"/calendar"))
}

func TestPermissionProbesOfContactsAndTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	base := "/users/" + anna
	if got := values(w.must(200, w.get(base+"/contactFolders"))); len(got) != 0 {
		t.Errorf("contactFolders shows %d folders, the default one is never listed", len(got))
	}
	w.must(200, w.get(base+"/contacts?$top=1&$select=parentFolderId"))
	lists := values(w.must(200, w.get(base+"/todo/lists")))
	if len(lists) != 2 || lists[0]["wellknownListName"] != "defaultList" {
		t.Fatalf("lists: %v", lists)
	}
	w.must(200, w.get(base+"/todo/lists/"+url.PathEscape(str(lists[0]["id"]))+"/tasks?$top=1"))
	w.refused(w.get(base+"/todo/lists?$select=id"), 400, "invalidRequest")
	w.refused(w.get(base+"/todo/lists?%24top=1"), 400, "invalidRequest")
	w.refused(w.get(base+"/outlook/masterCategories"), 403, "ErrorAccessDenied")
	w.refused(w.get(base+"/mailboxSettings"), 403, "ErrorAccessDenied")
}

func TestUsersAreListedInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var names []string
	for next := "/users?$top=2&$select=id,userPrincipalName,accountEnabled"; next != ""; {
		r := w.must(200, w.get(next))
		for _, u := range values(r) {
			if u["accountEnabled"] != true || u["displayName"] != nil {
				t.Errorf("selected user: %v", u)
			}
			names = append(names, str(u["userPrincipalName"]))
		}
		next = str(r["@odata.nextLink"])
	}
	if diff := cmp.Diff([]string{anna, boris, cyril}, names); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	one := w.must(200, w.get("/users/"+strings.ToUpper(anna)))
	if one["displayName"] != "Anna Nováková" || one["accountEnabled"] != nil {
		t.Errorf("user without $select: %v", one)
	}
	if got := values(w.must(200, w.get("/users?$filter="+url.PathEscape("mail eq '"+boris+"'")))); len(got) != 1 {
		t.Errorf("filter by mail finds %d users", len(got))
	}
	w.refused(w.get("/users?$filter=endswith(mail,'x')"), 400, "Request_UnsupportedQuery")
	w.refused(w.get("/users?$search=x"), 400, "BadRequest")
	w.refused(w.get("/users/nobody@contoso.example"), 404, "Request_ResourceNotFound")
	if r := w.get("/users?$top=1000"); r.status != http.StatusBadRequest {
		t.Errorf("$top=1000: status %d", r.status)
	}
}
