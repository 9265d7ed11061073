package emulator_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/remote/outlook/emulator"
)

const (
	extApp        = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Ref"
	extAppEscaped = "String%20%7B66f5a359-4659-4830-9070-00047ec6ac6e%7D%20Name%20Ref"
)

func mark(value string) []any { return []any{map[string]any{"id": extApp, "value": value}} }

func fullContact() map[string]any {
	return map[string]any{
		"title": "Ing.", "givenName": "Jan", "surname": "Novák", "companyName": "Firma", "jobTitle": "Ředitel",
		"emailAddresses": []any{map[string]any{"name": "Jan", "address": "jan@firma.example"}},
		"businessPhones": []any{"+420 1", "+420 2"}, "homePhones": []any{"+420 3"}, "mobilePhone": "+420 4", "categories": []any{"RAYNET"},
		"businessAddress": map[string]any{"street": "Dlouhá 1", "city": "Praha", "postalCode": "110 00", "countryOrRegion": "Česko"},
		"birthday":        "1980-02-29T00:00:00Z", "personalNotes": "první\ndruhý", "businessHomePage": "https://firma.example",
		"singleValueExtendedProperties": mark("p/1"),
	}
}

// contactPath is a contact below its folder, or below the mailbox without one.
func contactPath(mailbox, folder, id string) string {
	path := "/users/" + mailbox
	if folder != "" {
		path += "/contactFolders/" + url.PathEscape(folder)
	}
	path += "/contacts"
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	return path
}

func contactDelta(mailbox, folder string) string { return contactPath(mailbox, folder, "") + "/delta" }

func (w *world) contact(mailbox, folder string, c map[string]any) map[string]any {
	w.t.Helper()
	return w.must(201, w.do("POST", contactPath(mailbox, folder, ""), c))
}

// folders are the ids of a mailbox's contact folders by name.
func (w *world) folders(mailbox string) map[string]string {
	out := map[string]string{}
	for _, f := range w.srv.ContactFolders(mailbox) {
		out[str(f["displayName"])] = str(f["id"])
	}
	return out
}

// newFolder is another contact folder of a mailbox.
func (w *world) newFolder(mailbox, name string) string {
	w.t.Helper()
	id, err := w.srv.CreateContactFolderAs(mailbox, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func displayNames(contacts []map[string]any) []string {
	out := []string{}
	for _, c := range contacts {
		out = append(out, str(c["displayName"]))
	}
	return out
}

func TestAContactIsReadBackAsWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.contact(anna, "", fullContact())
	got := w.must(200, w.get(contactPath(anna, "", str(made["id"]))))
	if diff := cmp.Diff(made, got); diff != "" {
		t.Errorf("answer of the POST and a read (-POST +GET):\n%s", diff)
	}
	want := fullContact()
	delete(want, "singleValueExtendedProperties")
	want["birthday"], want["displayName"], want["fileAs"] = "1980-02-29T11:59:00Z", "Ing. Jan Novák", "Novák, Jan"
	want["nickName"], want["imAddresses"], want["homeAddress"] = nil, []any{}, map[string]any{}
	want["parentFolderId"] = w.folders(anna)["Contacts"]
	for name, value := range want {
		if diff := cmp.Diff(value, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, echoed := got["singleValueExtendedProperties"]; echoed {
		t.Error("extended properties are echoed")
	}
	expanded := w.must(200, w.get(contactPath(anna, "", str(made["id"]))+"?$select=id&$expand=singleValueExtendedProperties($filter=id%20eq%20'"+extAppEscaped+"')"))
	if diff := cmp.Diff(any(mark("p/1")), expanded["singleValueExtendedProperties"]); diff != "" || expanded["surname"] != nil {
		t.Errorf("selected and expanded (-want +got):\n%s", diff)
	}
}

func TestAContactsFieldsHaveTheirRules(t *testing.T) {
	t.Parallel()
	mails := func(n int) (out []any) {
		for range n {
			out = append(out, map[string]any{"address": "a@b.example"})
		}
		return out
	}
	tests := []struct {
		name  string
		patch map[string]any
		want  map[string]any // nil: refused
	}{
		{"list is replaced", map[string]any{"businessPhones": []any{"9"}}, map[string]any{"businessPhones": []any{"9"}}},
		{"list is cleared", map[string]any{"businessPhones": []any{}, "categories": nil}, map[string]any{"businessPhones": []any{}, "categories": []any{}}},
		{"address is replaced", map[string]any{"businessAddress": map[string]any{"city": "Brno"}}, map[string]any{"businessAddress": map[string]any{"city": "Brno"}}},
		{"address is cleared", map[string]any{"businessAddress": nil}, map[string]any{"businessAddress": map[string]any{}}},
		{"text is cleared by null", map[string]any{"jobTitle": nil}, map[string]any{"jobTitle": nil, "surname": "Novák"}},
		{"text is cleared by an empty one", map[string]any{"jobTitle": ""}, map[string]any{"jobTitle": nil}},
		{"birthday is cleared", map[string]any{"birthday": nil}, map[string]any{"birthday": nil}},
		{"birthday at any hour", map[string]any{"birthday": "1990-05-06T23:30:00+02:00"}, map[string]any{"birthday": "1990-05-06T11:59:00Z"}},
		{"name is made anew", map[string]any{"mobilePhone": "1"}, map[string]any{"displayName": "Ing. Jan Novák"}},
		{"name is kept when sent", map[string]any{"surname": "Nový", "displayName": "Šéf"}, map[string]any{"displayName": "Šéf", "fileAs": "Nový, Jan"}},
		{"mail that is none", map[string]any{"emailAddresses": []any{map[string]any{"name": "X", "address": "x y"}}},
			map[string]any{"emailAddresses": []any{map[string]any{"name": "x y"}}}},
		{"mail without a name", map[string]any{"emailAddresses": mails(1)},
			map[string]any{"emailAddresses": []any{map[string]any{"name": "a@b.example", "address": "a@b.example"}}}},
		{"read-only is ignored", map[string]any{"parentFolderId": "x", "changeKey": "x", "@odata.etag": "x"}, map[string]any{"surname": "Novák"}},
		{"four mails", map[string]any{"emailAddresses": mails(4)}, nil},
		{"three business phones", map[string]any{"businessPhones": []any{"1", "2", "3"}}, nil},
		{"three home phones", map[string]any{"homePhones": []any{"1", "2", "3"}}, nil},
		{"unknown property", map[string]any{"subject": "x"}, nil},
		{"unknown part of an address", map[string]any{"homeAddress": map[string]any{"town": "x"}}, nil},
		{"wrong type", map[string]any{"surname": 1}, nil},
		{"no date", map[string]any{"birthday": "29.2.1980"}, nil},
		{"long name", map[string]any{"surname": strings.Repeat("ř", 256)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := fullContact()
			c["displayName"] = "Pan ředitel"
			path := contactPath(anna, "", str(w.contact(anna, "", c)["id"]))
			before := w.must(200, w.get(path))
			r := w.do("PATCH", path, tt.patch)
			after := w.must(200, w.get(path))
			if tt.want == nil {
				if diff := cmp.Diff(before, after); r.status != 400 || diff != "" {
					t.Errorf("status %d: %s\n%s", r.status, r.raw, diff)
				}
				return
			}
			w.must(200, r)
			for name, value := range tt.want {
				if diff := cmp.Diff(value, after[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			if before["@odata.etag"] == after["@odata.etag"] {
				t.Error("the etag did not move")
			}
		})
	}
	w := newWorld(t)
	const message = "The multi value property EmailAddresses has 4 entries, that exceeds the max allowed value of 3"
	if r := w.do("POST", contactPath(anna, "", ""), map[string]any{"emailAddresses": mails(4)}); at(r.body, "error", "message") != message {
		t.Errorf("message %v", at(r.body, "error", "message"))
	}
}

func TestAContactIsChangedOnlyFromItsNewestVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.contact(anna, "", fullContact())
	path, tag := contactPath(anna, "", str(made["id"])), "If-Match: "+str(made["@odata.etag"])
	w.must(200, w.do("PATCH", path, map[string]any{"surname": "A"}, tag))
	w.refused(w.do("PATCH", path, map[string]any{"surname": "B"}, tag), 412, "ErrorIrresolvableConflict")
	w.refused(w.do("PATCH", path, map[string]any{"surname": "B"}, `If-Match: W/"x"`), 500, "ErrorInternalServerError")
}

func TestAContactIsFoundInItsFolderOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.newFolder(anna, "A"), w.newFolder(anna, "B")
	id := str(w.contact(anna, a, fullContact())["id"])
	w.must(200, w.get(contactPath(anna, a, id)))
	w.must(200, w.get(contactPath(anna, "", id)))
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		w.refused(w.do(method, contactPath(anna, b, id), map[string]any{}), 404, "ErrorItemNotFound")
	}
	if got := values(w.must(200, w.get(contactPath(anna, "", "")))); len(got) != 0 {
		t.Errorf("the default folder lists %v", displayNames(got))
	}
	ordinary := str(w.must(200, w.get(contactPath(anna, a, id), "Prefer: x"))["id"])
	if err := w.srv.MoveContactAs(anna, id, b); err != nil {
		t.Fatal(err)
	}
	w.must(200, w.get(contactPath(anna, b, id)))
	w.refused(w.get(contactPath(anna, "", ordinary)), 404, "ErrorItemNotFound")
	w.must(204, w.do("POST", contactPath(anna, b, id)+"/permanentDelete", nil))
	w.refused(w.do("DELETE", contactPath(anna, "", id), nil), 404, "ErrorItemNotFound")
	w.refused(w.get("/users/"+anna+"/events/"+url.PathEscape(id)), 404, "ErrorItemNotFound")
	w.refused(w.get(contactPath(anna, "", "x")), 400, "ErrorInvalidIdMalformed")
}

func TestContactsAreFilteredSortedAndPaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, name := range []string{"Cyril", "Adam", "Boris", "Dana"} {
		w.contact(anna, "", map[string]any{
			"givenName": name, "emailAddresses": []any{map[string]any{"address": name + "@firma.example"}},
			"singleValueExtendedProperties": mark("p/" + name), "categories": []any{[]string{"x", "y"}[i%2]},
		})
	}
	tests := []struct {
		name, query string
		want        []string
	}{
		{"as made", "", []string{"Cyril", "Adam", "Boris", "Dana"}},
		{"sorted", "$orderby=displayName", []string{"Adam", "Boris", "Cyril", "Dana"}},
		{"sorted backwards", "$orderby=givenName%20desc&$top=2", []string{"Dana", "Cyril"}},
		{"skipped", "$skip=3", []string{"Dana"}},
		{"by mark", "$filter=" + url.QueryEscape("singleValueExtendedProperties/Any(ep: ep/id eq '"+extApp+"' and ep/value eq 'p/adam')"), []string{"Adam"}},
		{"by mail", "$filter=" + url.QueryEscape("emailAddresses/any(a:a/address eq 'boris@FIRMA.example')"), []string{"Boris"}},
		{"by two mails", "$filter=" + url.QueryEscape("emailAddresses/any(a:a/address eq 'boris@firma.example') or emailAddresses/any(a:a/address eq 'dana@firma.example')"), []string{"Boris", "Dana"}},
		{"by category", "$filter=" + url.QueryEscape("categories/any(c:c eq 'y')"), []string{"Adam", "Dana"}},
		{"by name", "$filter=" + url.QueryEscape("givenName eq 'dana' or startswith(displayName,'cy')"), []string{"Cyril", "Dana"}},
	}
	for _, tt := range tests {
		if got := displayNames(values(w.must(200, w.get(contactPath(anna, "", "")+"?"+tt.query)))); cmp.Diff(tt.want, got) != "" {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	first := w.must(200, w.get(contactPath(anna, "", "")+"?$top=3&$select=displayName"))
	second := w.must(200, w.get(str(first["@odata.nextLink"])))
	if got := displayNames(values(second)); cmp.Diff([]string{"Dana"}, got) != "" || second["@odata.nextLink"] != nil {
		t.Errorf("second page: %v", got)
	}
	for _, query := range []string{"$filter=subject%20eq%20'x'", "$filter=isAllDay%20eq%20true", "$orderby=subject", "$orderby=start/dateTime", "$select=subject", "$expand=instances", "$top=0"} {
		if r := w.get(contactPath(anna, "", "") + "?" + query); r.status != 400 {
			t.Errorf("%s: status %d", query, r.status)
		}
	}
}

func TestContactFolders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	users := "/users/" + anna + "/contactFolders"
	made := w.must(201, w.do("POST", users, map[string]any{"displayName": "RAYNET", "singleValueExtendedProperties": mark("f/1")}))
	path := users + "/" + url.PathEscape(str(made["id"]))
	w.refused(w.do("POST", users, map[string]any{"displayName": "raynet"}), 409, "ErrorFolderExists")
	w.must(201, w.do("POST", path+"/childFolders", map[string]any{"displayName": "RAYNET"}))
	expand := "?$expand=singleValueExtendedProperties($filter=id%20eq%20'" + extAppEscaped + "')"
	listed := values(w.must(200, w.get(users+expand)))
	if got := displayNames(listed); cmp.Diff([]string{"RAYNET"}, got) != "" {
		t.Fatalf("listed %v, want the new one without the default one and the inner one", got)
	}
	if diff := cmp.Diff(any(mark("f/1")), listed[0]["singleValueExtendedProperties"]); diff != "" {
		t.Errorf("mark (-want +got):\n%s", diff)
	}
	byMark := w.must(200, w.get(users+"?$filter="+url.QueryEscape("singleValueExtendedProperties/Any(ep: ep/id eq '"+extApp+"' and ep/value eq 'f/1')")))
	if len(values(byMark)) != 1 || len(values(w.must(200, w.get(path+"/childFolders")))) != 1 {
		t.Error("the folder isn't found by its mark, or the inner one isn't listed")
	}
	w.must(200, w.do("PATCH", path, map[string]any{"displayName": "Jinak"}))
	if got := w.must(200, w.get(path)); got["displayName"] != "Jinak" {
		t.Errorf("renamed to %v", got["displayName"])
	}
	own := users + "/" + url.PathEscape(w.folders(anna)["Contacts"])
	w.must(200, w.get(own))
	w.refused(w.do("DELETE", own, nil), 400, "ErrorDeleteDistinguishedFolder")
	w.contact(anna, str(made["id"]), fullContact())
	w.must(204, w.do("DELETE", path, nil))
	w.refused(w.get(path), 404, "ErrorItemNotFound")
	if got := len(w.srv.Contacts(anna)) + len(w.srv.ContactFolders(anna)); got != 1 {
		t.Errorf("%d contacts and folders are left, want the default folder", got)
	}
}

func TestContactsInABatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := url.PathEscape(str(w.contact(anna, "", fullContact())["id"]))
	got, _ := w.batch(
		part("1", "GET", "/users/"+anna+"/contacts/"+id), part("2", "PATCH", "/users/"+anna+"/contacts/"+id, carrying(map[string]any{"surname": "x"})),
		part("3", "GET", "/users/"+anna+"/contactFolders"), part("4", "GET", "/users/"+anna+"/contacts/"+id+"/photo"),
		part("5", "POST", "/users/"+anna+"/contacts", carrying(fullContact())),
	)
	if diff := cmp.Diff(map[string]float64{"1": 200, "2": 200, "3": 200, "4": 404, "5": 201}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestAContactsNamesChooseFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *emulator.Options) { o.DataFaults = true })
	for word, status := range map[string]int{"[429]": 429, "[503]": 503, "[lost-reply]": -1, "[slow]": 201} {
		c := map[string]any{"surname": "x " + word}
		if r := w.do("POST", contactPath(anna, "", ""), c); r.status != status {
			t.Errorf("%s: status %d, want %d", word, r.status, status)
		}
		w.must(201, w.do("POST", contactPath(anna, "", ""), c))
	}
	if got := len(w.srv.Contacts(anna)); got != 6 {
		t.Errorf("%d contacts, want one per word and one more for each of [lost-reply] and [slow]", got)
	}
}

func TestHistoryTellsWhoWroteAContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := str(w.contact(anna, "", map[string]any{"givenName": "a"})["id"])
	if err := w.srv.EditContactAs(anna, id, map[string]any{"givenName": "b"}); err != nil {
		t.Fatal(err)
	}
	w.must(204, w.do("DELETE", contactPath(anna, "", id), nil))
	var got []string
	for _, h := range w.srv.History() {
		got = append(got, h.By+" "+h.Op+" "+str(h.Before["displayName"])+">"+str(h.After["displayName"]))
	}
	if diff := cmp.Diff([]string{"app create >a", "person update a>b", "app delete b>"}, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func TestContactsNeedTheirRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.srv.SetRoles("Contacts.Read")
	w.login()
	w.must(200, w.get(contactPath(anna, "", "")))
	w.refused(w.do("POST", contactPath(anna, "", ""), fullContact()), 403, "ErrorAccessDenied")
}

func TestAContactMayBeTouchedByTheServiceAndListedLate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, fault := range []string{"etag-churn", "list-lag"} {
		if err := w.srv.Inject(fault); err != nil {
			t.Fatal(err)
		}
	}
	made := w.contact(anna, "", fullContact())
	if got := values(w.must(200, w.get(contactPath(anna, "", "")))); len(got) != 0 {
		t.Errorf("listed at once: %v", displayNames(got))
	}
	w.clock.Advance(time.Minute)
	got := values(w.must(200, w.get(contactPath(anna, "", ""))))
	if len(got) != 1 || got[0]["@odata.etag"] == made["@odata.etag"] {
		t.Errorf("a minute later: %v", got)
	}
}

func TestOddContactsAreShownInJSONThatGoCantHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 30 {
		w.contact(anna, "", fullContact())
	}
	if err := w.srv.Inject("odd-data"); err != nil {
		t.Fatal(err)
	}
	raw := w.get(contactPath(anna, "", "") + "?$top=50").raw
	for _, want := range []string{`\ud83d"`, `\u0001`, "0001-01-01T00:00:00Z", "x.laterProperty"} {
		if !strings.Contains(raw, want) {
			t.Errorf("no %s in the answer", want)
		}
	}
}
