package outlook_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
)

// contacts makes a world whose scope is a folder of contacts.
func contacts(t *testing.T, change ...func(*outlook.Config)) *world {
	t.Helper()
	w := setup(t, change...)
	w.scope = remote.Scope{Kind: record.Contacts, Mailbox: w.jana, Zone: "Europe/Prague"}
	w.scope.Container = w.place()
	return w
}

func (w *world) place() string {
	w.t.Helper()
	folder, err := w.client.Place(w.t.Context(), w.scope, true)
	if err != nil || folder == "" {
		w.t.Fatalf("place: %q, %v", folder, err)
	}
	return folder
}

// put lets the mailbox's user write a contact into the folder and returns its ref.
func (w *world) put(fields map[string]any) remote.Ref {
	w.t.Helper()
	typed := map[string]any{"parentFolderId": w.scope.Container}
	for name, value := range fields {
		typed[name] = value
	}
	made, err := w.server.CreateContactAs(w.jana, typed)
	if err != nil {
		w.t.Fatal(err)
	}
	return contactOf(made["id"].(string))
}

func (w *world) retype(ref remote.Ref, patch map[string]any) {
	w.t.Helper()
	if err := w.server.EditContactAs(w.jana, ref.ID, patch); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) contact(ref remote.Ref) map[string]any {
	w.t.Helper()
	shown, ok := w.server.Contact(w.jana, ref.ID)
	if !ok {
		w.t.Fatalf("%s is not there", ref)
	}
	return shown
}

// changeContact composes and sends an update of what is there now, and returns the request, the zero one if there is nothing to send.
func (w *world) changeContact(ref remote.Ref, fields record.Fields) remote.Request {
	w.t.Helper()
	target := w.readOne(ref)
	requests, err := w.client.Compose(w.t.Context(), w.scope, remote.Write{Op: remote.Update, Side: record.Outlook, Target: &target, Fields: fields})
	if err != nil || len(requests) > 1 {
		w.t.Fatalf("compose: %d requests, %v", len(requests), err)
	}
	if len(requests) == 0 {
		return remote.Request{}
	}
	w.send(requests[0])
	return requests[0]
}

func contactOf(id string) remote.Ref {
	return remote.Ref{Side: record.Outlook, Type: "contact", ID: id}
}

func mails(addresses ...string) []any {
	var out []any
	for _, address := range addresses {
		out = append(out, map[string]any{"address": address, "name": "Jméno " + address})
	}
	return out
}

// person has every field that crosses.
var person = record.Fields{
	record.ContactTitleBefore: "Ing.", record.ContactFirst: "Petr", record.ContactLast: "Malý", record.ContactTitleAfter: "Ph.D.",
	record.ContactCompany: "Vzor a.s.", record.ContactJob: "jednatel", record.ContactEmail1: "petr@vzor.example",
	record.ContactEmail2: "maly@doma.example", record.ContactMobile: "+420 777 111 222", record.ContactWork1: "222 333 444",
	record.ContactWork2: "222 333 445", record.ContactHome1: "555 666 777", record.ContactHome2: "555 666 778",
	record.ContactAddress: "Dlouhá 5\nBrno\n\n602 00", record.ContactCountry: "CZ", record.ContactWeb: "https://vzor.example",
	record.ContactBirthday: "1980-02-29", record.ContactNotes: "Zná Janu\nvolat ráno", record.ContactCategories: "klient\nVIP",
}

// typed is the same person as somebody types it into Outlook.
func typed() map[string]any {
	return map[string]any{
		"title": "Ing.", "givenName": "Petr", "surname": "Malý", "generation": "Ph.D.", "companyName": "Vzor  a.s.", "jobTitle": "jednatel",
		"emailAddresses": mails("Petr@Vzor.example", "maly@doma.example", "treti@vzor.example"), "mobilePhone": "+420 777 111 222",
		"businessPhones": []any{"222 333 444", "222 333 445"}, "homePhones": []any{"555 666 777", "555 666 778"},
		"homeAddress":      map[string]any{"street": "Dlouhá\r\n5", "city": "Brno", "postalCode": "602 00", "countryOrRegion": "Česká republika"},
		"businessHomePage": "https://vzor.example", "birthday": "1980-02-29T00:00:00Z", "personalNotes": "Zná Janu\r\nvolat ráno",
		"categories": []any{"VIP", "klient"}, "middleName": "Karel", "nickName": "Péťa",
	}
}

// Everything that a person types crosses in its canonical form, and so does everything that is written.
func TestContactFields(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	ref := w.put(typed())
	read := w.readOne(ref)
	if diff := cmp.Diff(person, read.Fields); diff != "" {
		t.Errorf("as it was typed (-want +got):\n%s", diff)
	}
	want := []string{"petr@vzor.example|petr malý", "maly@doma.example|petr malý", "treti@vzor.example|petr malý"}
	if !slices.Equal(read.Natural, want) || !read.Offered || len(read.Held) != 0 || read.Version == "" || read.Rule != "" || read.Stamp != nil {
		t.Errorf("snapshot: %+v", read)
	}
	written := person.Clone()
	written[record.ContactOffice], written[record.ContactClient] = "Krátká 1\nPraha\n\n110 00\nSK", "222 000 111\nhttps://app.example/?ei=7"
	answer := w.create("op-1", written)
	for name, got := range map[string]remote.Snapshot{"answer": *answer.Snapshot, "read": w.readOne(answer.Ref)} {
		if diff := cmp.Diff(person, got.Fields); diff != "" {
			t.Errorf("%s after the create (-want +got):\n%s", name, diff)
		}
		if got.Key != "op-1" || got.Stamp == nil || got.Stamp.Source.ID != "4711" {
			t.Errorf("%s: key %q, stamp %v", name, got.Key, got.Stamp)
		}
	}
	shown := w.contact(answer.Ref)
	office := map[string]any{"street": "Krátká 1", "city": "Praha", "postalCode": "110 00", "countryOrRegion": "Slovensko"}
	if diff := cmp.Diff(office, shown["businessAddress"]); diff != "" {
		t.Errorf("the company's address (-want +got):\n%s", diff)
	}
	if shown["displayName"] != "Ing. Petr Malý, Ph.D." || shown["birthday"] != "1980-02-29T11:59:00Z" ||
		!strings.Contains(shown["personalNotes"].(string), "volat ráno\n\n——— RAYNET ———\n222 000 111\n") {
		t.Errorf("in Outlook: %v, %v, %q", shown["displayName"], shown["birthday"], shown["personalNotes"])
	}
}

// Each field by itself: a change and a clearing pass, and nothing else of what Outlook has is touched.
func TestEachContactField(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	edits := person.Clone()
	for _, name := range edits.Sorted() {
		edits[name] = "jinak"
	}
	edits[record.ContactEmail1], edits[record.ContactEmail2] = "novy@vzor.example", "novy@doma.example"
	edits[record.ContactAddress], edits[record.ContactCountry], edits[record.ContactBirthday] = "Dlouhá 5\nPraha", "SK", "1981-03-01"
	for _, name := range person.Sorted() {
		ref := w.put(typed())
		w.changeContact(ref, record.Fields{name: edits[name]})
		want := person.Clone()
		want[name] = edits[name]
		if diff := cmp.Diff(want, w.readOne(ref).Fields); diff != "" {
			t.Errorf("%s changed (-want +got):\n%s", name, diff)
		}
		if shown := w.contact(ref); shown["middleName"] != "Karel" || shown["nickName"] != "Péťa" || len(shown["emailAddresses"].([]any)) != 3 {
			t.Errorf("%s changed: Outlook's own is %v, %v, %v", name, shown["middleName"], shown["nickName"], shown["emailAddresses"])
		}
		request := w.changeContact(ref, record.Fields{name: ""})
		want[name] = ""
		for moved, value := range request.Shows {
			want[moved] = value
		}
		if diff := cmp.Diff(want, w.readOne(ref).Fields); diff != "" {
			t.Errorf("%s cleared (-want +got):\n%s", name, diff)
		}
		if next := w.changeContact(ref, record.Fields{name: want[name]}); next.Method != "" {
			t.Errorf("%s is written again: %s", name, next.Body)
		}
	}
}

// One hop to Outlook and back changes nothing more: what came from there goes there without a request.
func TestContactsAreStable(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	for name, fields := range map[string]map[string]any{
		"usual": typed(), "in capitals": {"surname": "MALÝ", "emailAddresses": mails("PETR@VZOR.EXAMPLE")},
		"spaces": {"givenName": "  Petr ", "surname": "Malý", "mobilePhone": "\u00a0777 "}, "no address": {"surname": "x", "emailAddresses": mails("není adresa")},
		"right to left": {"givenName": "محمد", "surname": "\u200fالعلي\u200f"}, "emoji": {"givenName": "👩\u200d🔧", "surname": "🙂 Nová"},
		"unknown country": {"surname": "x", "homeAddress": map[string]any{"countryOrRegion": "Atlantida"}},
		"only called":     {"displayName": "Karel z recepce"}, "a company": {"companyName": "Vzor a.s.", "displayName": "Vzor a.s."},
		"long": {"givenName": strings.Repeat("ž", 255), "surname": strings.Repeat("Ř", 255)},
	} {
		ref := w.put(fields)
		first := w.readOne(ref)
		if request := w.changeContact(ref, first.Fields); request.Method != "" {
			t.Errorf("%s: %s is written", name, request.Body)
		}
		copied := w.create("op-"+name, first.Fields)
		if diff := cmp.Diff(first.Fields, copied.Snapshot.Fields); diff != "" {
			t.Errorf("%s: a copy shows something else (-original +copy):\n%s", name, diff)
		}
		if diff := cmp.Diff(first.Fields, w.readOne(copied.Ref).Fields); diff != "" {
			t.Errorf("%s: a copy reads differently (-original +copy):\n%s", name, diff)
		}
	}
}

// Who is called by what: a last name is lent by the displayName only where that is a name.
func TestWhoIsCalledHow(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	for _, test := range []struct {
		name   string
		fields map[string]any
		last   record.Value
		rule   remote.Rule
	}{
		{"called", map[string]any{"displayName": "Karel z recepce"}, "Karel z recepce", ""},
		{"by the company", map[string]any{"displayName": "VZOR a.s.", "companyName": "Vzor a.s."}, "", ""},
		{"by the address", map[string]any{"displayName": "a@vzor.example", "emailAddresses": mails("a@vzor.example")}, "", ""},
		{"by another address", map[string]any{"displayName": "b@vzor.example", "mobilePhone": "777"}, "", ""},
		{"only a title", map[string]any{"title": "Ing.", "displayName": "Ing."}, "", remote.RuleNameless},
		{"only titles, as Outlook calls them", map[string]any{"title": "Ing.", "generation": "Ph.D.", "displayName": "Ing. Ph.D."}, "", remote.RuleNameless},
		{"only titles, as we call them", map[string]any{"title": "Ing.", "generation": "Ph.D.", "displayName": "Ing., Ph.D."}, "", remote.RuleNameless},
		{"only a phone", map[string]any{"mobilePhone": "777"}, "", ""},
		{"first name alone", map[string]any{"givenName": "Karel", "displayName": "Karel"}, "", ""},
		{"nothing", map[string]any{"personalNotes": "kdo to je?"}, "", remote.RuleNameless},
		{"a third address alone", map[string]any{"displayName": "info@vzor.example"}, "", remote.RuleNameless},
	} {
		got := w.readOne(w.put(test.fields))
		if got.Fields[record.ContactLast] != test.last || got.Rule != test.rule || (test.rule != "" && got.Natural != nil) {
			t.Errorf("%s: %q, rule %q, natural %v", test.name, got.Fields[record.ContactLast], got.Rule, got.Natural)
		}
	}
	ref := w.put(map[string]any{"displayName": "Novák"})
	for _, step := range []struct {
		fields record.Fields
		called string
		last   record.Value
	}{
		{record.Fields{record.ContactMobile: "777"}, "Novák", "Novák"},
		{record.Fields{record.ContactCompany: "Novák"}, "Novák", "Novák"},
		{record.Fields{record.ContactFirst: "Jan"}, "Jan Novák", "Novák"},
		{record.Fields{record.ContactFirst: "", record.ContactLast: ""}, "Novák", ""},
		{record.Fields{record.ContactCompany: "Vzor a.s."}, "Vzor a.s.", ""},
		{record.Fields{record.ContactCompany: "", record.ContactEmail1: "j@vzor.example"}, "j@vzor.example", ""},
	} {
		w.changeContact(ref, step.fields)
		if called, last := w.contact(ref)["displayName"], w.readOne(ref).Fields[record.ContactLast]; called != step.called || last != step.last {
			t.Errorf("%v: called %q, last name %q", step.fields, called, last)
		}
	}
}

// A name longer than what Exchange takes is read whole and stays. What Exchange made of it to list the contact by is repeated as far
// as it takes it: refused, the contact could never be changed again.
func TestLongNameIsRead(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	long := strings.Repeat("ý", 300)
	w.config.Transport = &answering{login: w.server.Transport(), body: `{"id":"1","@odata.etag":"v","surname":"` + long + `","displayName":"` + long + `"}`}
	var err error
	if w.client, err = outlook.New(w.config); err != nil {
		t.Fatal(err)
	}
	read := w.readOne(contactOf("1"))
	if read.Fields[record.ContactLast] != record.Value(long) {
		t.Errorf("the last name is %q", read.Fields[record.ContactLast])
	}
	request := w.compose(remote.Write{Op: remote.Update, Side: record.Outlook, Target: &read, Fields: record.Fields{record.ContactJob: "x"}})
	if want := `{"displayName":"` + strings.Repeat("ý", 254) + `…","jobTitle":"x"}`; request.Body != want {
		t.Errorf("written is %s, want %s", request.Body, want)
	}
}
