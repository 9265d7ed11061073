package raynet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet/emulator"
)

// told are the values that the requests say will be shown: what was asked for, but for what they name otherwise.
func told(asked record.Fields, requests []remote.Request) record.Fields {
	out := record.Fields{}
	for _, request := range requests {
		for _, name := range request.Writes {
			if value, given := asked[name]; given {
				out[name] = value
			}
		}
		for name, value := range request.Shows {
			out[name] = value
		}
	}
	return out
}

// wantTold compares what is shown with what was told.
func wantTold(t *testing.T, want, got record.Fields) {
	t.Helper()
	for _, name := range want.Sorted() {
		if got[name] != want[name] {
			t.Errorf("%s is %q, want %q", name, got[name], want[name])
		}
	}
}

func calls(requests []remote.Request) string {
	var out []string
	for _, request := range requests {
		path := request.Path
		if i := strings.Index(path, "relationship/"); i >= 0 && strings.Count(path[i:], "/") > 1 {
			parts := strings.SplitN(path[i:], "/", 3)
			path = path[:i] + parts[0] + "/R/" + parts[2]
		}
		out = append(out, request.Method+" "+strings.ReplaceAll(path, "person/"+request.Ref.ID+"/", "/"))
	}
	return strings.Join(out, ", ")
}

func TestCreateAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	w.furnish("Nová 2")
	fields := w.fullFields("")
	for _, name := range []record.Field{record.ContactOffice, record.ContactClient} {
		delete(fields, name)
	}
	fields[record.ContactCompany] = "ACME s.r.o."
	ref, requests := w.create(w.contacts(), "ros:p", fields)
	if got := calls(requests); got != "PUT person/" || requests[0].Key != "ros:p" || requests[0].Op != remote.Create {
		t.Fatalf("%s, key %q", got, requests[0].Key)
	}
	want := map[string]any{
		"owner": float64(w.jana), "extId": "ros:p", "titleBefore": "Ing.", "firstName": "Petr", "lastName": "Malý", "titleAfter": "Ph.D.",
		"birthday": "1980-02-29", "notice": body(t, requests[0])["notice"], "tags": []any{"vip", "Čaj"},
		"contactInfo": map[string]any{
			"email": "petr@acme.example", "email2": "p.maly@home.example", "tel1": "+420 600 000 001", "tel1Type": "mobil",
			"tel2": "+420 500 000 002", "tel2Type": "pevná linka", "www": "https://maly.example",
		},
		"privateAddress": map[string]any{"street": "Dlouhá 1", "city": "Brno", "province": "JMK", "zipCode": "602 00", "country": "CZ"},
		"relationship":   map[string]any{"company": float64(w.acme), "type": "nákupčí"},
	}
	if diff := cmp.Diff(want, body(t, requests[0])); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	s := w.read(w.contacts(), ref)
	wantTold(t, told(fields, requests), s.Fields)
	if s.Key != "ros:p" || !s.ByUs || !s.MadeByUs || s.Fields[record.ContactOffice] == "" {
		t.Errorf("%+v", s)
	}
}

// What RAYNET cannot hold is not sent, and is told as what it will show.
func TestWhatRaynetCannotHoldOfAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	long := record.Value(strings.Repeat("ž", 300))
	tests := []struct {
		name   string
		fields record.Fields
		shows  record.Fields
	}{
		{"no last name", record.Fields{"first-name": "Eva"}, nil},
		{"nothing at all", record.Fields{}, nil},
		{"a long name", record.Fields{"last-name": long, "first-name": "x"}, record.Fields{"last-name": record.Value(strings.Repeat("ž", 254) + "…")}},
		{"emoji and right to left", record.Fields{"first-name": "👩‍💻 Eva", "last-name": "אבגדה", "notes": "مرحبا 👋"}, nil},
		{"29 February", record.Fields{"last-name": "a", "birthday": "2000-02-29"}, nil},
		{"no date", record.Fields{"last-name": "a", "birthday": "2001-02-29"}, record.Fields{"birthday": ""}},
		{"an e-mail that is none", record.Fields{"last-name": "a", "email-1": "zavolat Karlovi", "email-2": "b@c.example"}, record.Fields{"email-1": "b@c.example", "email-2": ""}},
		{"five phones", record.Fields{"last-name": "a", "phone-mobile": "1", "phone-work-1": "2", "phone-work-2": "3", "phone-home-1": "4", "phone-home-2": "5"}, record.Fields{"phone-work-2": "", "phone-home-1": "", "phone-home-2": ""}},
		{"two of one class", record.Fields{"last-name": "a", "phone-work-1": "2", "phone-work-2": "3"}, nil},
		{"a second without a first", record.Fields{"last-name": "a", "phone-home-2": "5"}, record.Fields{"phone-home-1": "5", "phone-home-2": ""}},
		{"a country nobody knows", record.Fields{"last-name": "a", "address": "Ulice 1\nAtlantis", "country": "Atlantida"}, record.Fields{"country": ""}},
		{"a company nobody knows", record.Fields{"last-name": "a", "company": "Neznámá a.s.", "job-title": "účetní"}, record.Fields{"company": "", "job-title": ""}},
		{"a job without a company", record.Fields{"last-name": "a", "company": "", "job-title": "účetní"}, record.Fields{"job-title": ""}},
		{"a company without a job", record.Fields{"last-name": "a", "company": "Globex a.s.", "job-title": ""}, nil},
		{"a company with a wildcard", record.Fields{"last-name": "a", "company": "Globex%"}, record.Fields{"company": ""}},
		{"a tag with a comma", record.Fields{"last-name": "a", "categories": "a\nb, c\nd"}, record.Fields{"categories": "a\nd"}},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ref, requests := w.create(w.contacts(), fmt.Sprintf("ros:l%d", i), test.fields)
			if diff := cmp.Diff(test.shows, requests[0].Shows); diff != "" {
				t.Errorf("shows (-want +got):\n%s", diff)
			}
			shown := w.read(w.contacts(), ref).Fields
			wantTold(t, told(test.fields, requests), shown)
			for name := range test.fields {
				if !slices.Contains(requests[0].Writes, name) {
					t.Errorf("%s is not said to be written", name)
				}
			}
			for _, name := range requests[0].Writes {
				if strings.HasPrefix(string(name), "company-") || name == record.ContactClient {
					t.Errorf("%s is said to be written", name)
				}
			}
		})
	}
	noOwner := w.contacts()
	noOwner.Person = ""
	before := w.client.Requests()
	for what, refused := range map[string]error{
		"no owner":    second(w.client.Compose(t.Context(), noOwner, remote.Write{Op: remote.Create, Fields: record.Fields{"last-name": "a"}})),
		"long notes":  second(w.client.Compose(t.Context(), w.contacts(), remote.Write{Op: remote.Create, Fields: record.Fields{"notes": record.Value(strings.Repeat("x", 101*1024))}})),
		"no target":   second(w.client.Compose(t.Context(), w.contacts(), remote.Write{Op: remote.Update})),
		"not a state": second(w.client.Compose(t.Context(), w.contacts(), remote.Write{Op: remote.Update, Target: &remote.Snapshot{}})),
	} {
		if refused == nil || asRemote(t, refused).Kind != remote.Invalid || asRemote(t, refused).Text == "" {
			t.Errorf("%s: %v", what, refused)
		}
	}
	if w.client.Requests() != before {
		t.Error("something was sent")
	}
}

func second(_ []remote.Request, err error) error { return err }

// Each change costs one request, and one more for each of tags (two if some come and some go) and employer; what did not change stays
// to the letter, whether RAYNET replaces nested objects or merges them.
func TestUpdateAPerson(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fields record.Fields
		calls  string
		body   string
		shows  record.Fields
	}{
		{"a name", record.Fields{"first-name": "Pavel"}, "POST /", `{"firstName":"Pavel"}`, nil},
		{"no names", record.Fields{"first-name": "", "last-name": "", "title-before": "", "title-after": ""}, "POST /", "", nil},
		{"an e-mail", record.Fields{"email-2": "n@home.example"}, "POST /", "", nil},
		{"no e-mail: the other one moves up", record.Fields{"email-1": ""}, "POST /", "", record.Fields{"email-1": "p.maly@home.example", "email-2": ""}},
		{"a bad e-mail", record.Fields{"email-1": "x y"}, "", "", nil},
		{"a number", record.Fields{"phone-mobile": "777"}, "POST /", "", nil},
		{"a number goes", record.Fields{"phone-mobile": ""}, "POST /", "", nil},
		{"a number goes, another comes", record.Fields{"phone-mobile": "", "phone-home-1": "5"}, "POST /", "", nil},
		{"a second one at work comes first", record.Fields{"phone-mobile": "", "phone-work-2": "5"}, "POST /", "", nil},
		{"one too many", record.Fields{"phone-home-1": "5"}, "", "", nil},
		{"one too many and a name", record.Fields{"phone-home-1": "5", "first-name": "Pavel"}, "POST /", `{"firstName":"Pavel"}`, record.Fields{"phone-home-1": ""}},
		{"a street", record.Fields{"address": "Krátká 2\nBrno\n\n602 00"}, "POST /", "", nil},
		{"no address", record.Fields{"address": "", "country": ""}, "POST /", "", nil},
		{"a country", record.Fields{"country": "SK"}, "POST /", "", nil},
		{"a strange country", record.Fields{"country": "Narnie"}, "", "", nil},
		{"no birthday", record.Fields{"birthday": ""}, "POST /", `{"birthday":null}`, nil},
		{"a web page", record.Fields{"web": "x.example"}, "POST /", "", nil},
		{"notes", record.Fields{"notes": "Jinak"}, "POST /", "", nil},
		{"no notes", record.Fields{"notes": ""}, "POST /", "", nil},
		{"a tag more", record.Fields{"categories": "nový\nvip\nČaj"}, "PUT /tag/", `{"tag":"nový"}`, nil},
		{"a tag less", record.Fields{"categories": "vip"}, "DELETE /tag/", `{"tag":"Čaj"}`, nil},
		{"another tag", record.Fields{"categories": "nový\nvip"}, "PUT /tag/, DELETE /tag/", `{"tag":"nový"}`, record.Fields{"categories": "nový\nvip\nČaj"}},
		{"no tags", record.Fields{"categories": ""}, "DELETE /tag/", `{"tag":"vip,Čaj"}`, nil},
		{"a tag in capitals", record.Fields{"categories": "VIP\nČaj"}, "", "", nil},
		{"a job", record.Fields{"job-title": "ředitel"}, "POST /relationship/R/", "", nil},
		{"no job", record.Fields{"job-title": ""}, "POST /relationship/R/", "", nil},
		{"another company", record.Fields{"company": "globex a.s."}, "POST /relationship/R/", "", record.Fields{"company": "Globex a.s."}},
		{"another company and job", record.Fields{"company": "Globex a.s.", "job-title": "ředitel"}, "POST /relationship/R/", "", nil},
		{"a company that he has already", record.Fields{"company": "Initech"}, "POST /relationship/R/, POST /relationship/R/setPrimary/", "", nil},
		{"no company", record.Fields{"company": ""}, "", "", nil},
		{"an unknown company", record.Fields{"company": "Neznámá"}, "", "", nil},
		{"everything", record.Fields{"first-name": "Pavel", "categories": "x", "company": "Globex a.s."}, "POST /, PUT /tag/, DELETE /tag/, POST /relationship/R/", "", nil},
	}
	for _, nested := range []bool{false, true} {
		w := newWorld(t, emulator.Options{Switches: emulator.Switches{MergeNested: nested}}, nil)
		initech := w.company("Initech")
		for _, test := range tests {
			t.Run(fmt.Sprintf("%s, merges %v", test.name, nested), func(t *testing.T) {
				one := w.contact(w.fullPerson())
				w.relate(one, initech)
				before := w.read(w.contacts(), one)
				asked := test.fields.Clone()
				after, requests := w.update(w.contacts(), one, asked)
				if got := calls(requests); got != test.calls {
					t.Fatalf("calls %q, want %q", got, test.calls)
				}
				if test.body != "" && requests[0].Body != test.body {
					t.Errorf("body %s, want %s", requests[0].Body, test.body)
				}
				want := before.Fields.Clone()
				for name, value := range told(asked, requests) {
					want[name] = value
				}
				if _, moved := test.fields[record.ContactCompany]; moved && len(requests) > 0 { // its address comes with it
					for _, name := range []record.Field{record.ContactOffice, record.ContactClient} {
						want[name] = after.Fields[name]
					}
					if !strings.EqualFold(string(after.Fields[record.ContactCompany]), string(asked[record.ContactCompany])) {
						t.Errorf("company %q", after.Fields[record.ContactCompany])
					}
				}
				if diff := cmp.Diff(want, after.Fields); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				if len(requests) > 0 {
					if diff := cmp.Diff(test.shows, requests[0].Shows); diff != "" && !strings.Contains(test.name, "already") {
						t.Errorf("shows (-want +got):\n%s", diff)
					}
				}
				detail, _ := w.server.Get("person", id(one))
				if contact := detail["contactInfo"].(map[string]any); contact["fax"] != "123" || contact["otherContact"] != "icq" {
					t.Errorf("what nobody changed: %v", contact)
				}
				if got := fmt.Sprint(detail["relationships"]); strings.Count(got, "primary:true") != 1 || !strings.Contains(got, "přes Karla") {
					t.Errorf("relationships %s", got)
				}
				for _, request := range requests {
					if len(request.Writes) == 0 {
						t.Errorf("%s says nothing of what it writes", request.Path)
					}
				}
			})
		}
	}
}

// relate gives a person a second employer.
func (w *world) relate(person remote.Ref, company int64) {
	w.t.Helper()
	request := remote.Request{
		Op: remote.Update, Method: "PUT", Path: "person/" + person.ID + "/relationship/", Ref: person,
		Body: fmt.Sprintf(`{"company":%d,"type":"dozor"}`, company),
	}
	if _, err := w.client.Send(w.t.Context(), request); err != nil {
		w.t.Fatal(err)
	}
}

// An update that starts from a row reads the detail only for relationships.
func TestUpdateAPersonFromARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	one := w.contact(w.fullPerson())
	rows, _ := w.begin()
	target := rows[one]
	for name, want := range map[record.Field]int64{record.ContactFirst: 1, record.ContactCategories: 2, record.ContactJob: 2} {
		before := w.client.Requests()
		w.apply(w.contacts(), remote.Write{Op: remote.Update, Fields: record.Fields{name: "jiné"}, Target: &target})
		if got := w.client.Requests() - before; got != want {
			t.Errorf("%s: %d requests, want %d", name, got, want)
		}
	}
	detail, _ := w.server.Get("person", id(one))
	if got := fmt.Sprint(detail["relationships"]); !strings.Contains(got, "přes Karla") || !strings.Contains(got, "jiné") {
		t.Errorf("relationships %s", got)
	}
}

func TestANewEmployerForOneWithout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	w.company("Dvojče")
	w.company("DVOJČE")
	one := w.contact(nil)
	s, requests := w.update(w.contacts(), one, record.Fields{"company": "Globex a.s.", "job-title": ""})
	if got := calls(requests); got != "PUT /relationship/" || s.Fields[record.ContactCompany] != "Globex a.s." || s.Fields[record.ContactJob] != "" {
		t.Errorf("%s: %q %q", got, s.Fields[record.ContactCompany], s.Fields[record.ContactJob])
	}
	before := w.client.Requests()
	if _, requests := w.update(w.contacts(), one, record.Fields{"company": "dvojče"}); len(requests) != 0 || w.client.Requests() != before+3 {
		t.Errorf("one of two: %s in %d requests", calls(requests), w.client.Requests()-before)
	}
	before = w.client.Requests() // the name is remembered
	if w.update(w.contacts(), one, record.Fields{"company": "dvojče"}); w.client.Requests() != before+2 {
		t.Errorf("%d requests", w.client.Requests()-before)
	}
}

func TestDeleteAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	free, used := w.contact(nil), w.contact(nil)
	w.activity("meeting", map[string]any{"participants": []any{map[string]any{"person": id(used)}}})
	for one, want := range map[remote.Ref]bool{free: true, used: false} {
		target := w.read(w.contacts(), one)
		requests, err := w.client.Compose(t.Context(), w.contacts(), remote.Write{Op: remote.Delete, Target: &target})
		if err != nil || calls(requests) != "DELETE /" {
			t.Fatal(calls(requests), err)
		}
		_, err = w.client.Send(t.Context(), requests[0])
		if (err == nil) != want || err != nil && asRemote(t, err).Kind != remote.Invalid {
			t.Errorf("delete: %v", err)
		}
	}
}

// An instance that takes no key on a create gets it by a second call, persons like everything else.
func TestKeysOfPersons(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{Switches: emulator.Switches{ExtIDOnCreate: emulator.Ignore}}, nil)
	for i, want := range []string{"PUT person/", "PUT person/, PUT /extId/"} {
		key := fmt.Sprintf("ros:k%d", i)
		ref, requests := w.create(w.contacts(), key, record.Fields{"last-name": "a"})
		if got := calls(requests[:1]); len(requests) != i+1 || w.read(w.contacts(), ref).Key != key {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// The types of phones come from the instance's own list, asked for once a day and only when a number needs one.
func TestTypesOfPhones(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	if _, err := w.server.CreateAs(jana, "telType", map[string]any{"code01": "Soukromý"}); err != nil {
		t.Fatal(err)
	}
	one := w.contact(nil)
	for i, want := range []int64{4, 3} { // two reads, the change, and the list
		before := w.client.Requests()
		w.update(w.contacts(), one, record.Fields{"phone-home-1": record.Value(fmt.Sprint(5 + i)), "phone-mobile": record.Value(fmt.Sprint(7 - 7*i))[:1-i]})
		if got := w.client.Requests() - before; got != want {
			t.Errorf("%d requests, want %d", got, want)
		}
	}
	detail, _ := w.server.Get("person", id(one))
	contact := detail["contactInfo"].(map[string]any)
	if got := fmt.Sprintf("%v %v %v %v", contact["tel1"], contact["tel1Type"], contact["tel2"], contact["tel2Type"]); got != "<nil> <nil> 6 Soukromý" {
		t.Errorf("got %s", got)
	}
}

// Outlook's list of addresses has no empty first place: an address that stands alone is the first one, wherever RAYNET keeps it, so
// that what is removed on one side is the same one on the other.
func TestAnAddressThatStandsAloneIsTheFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	one := w.contact(map[string]any{"contactInfo": map[string]any{"email2": "A@x.example"}})
	if got := w.read(w.contacts(), one).Fields; got[record.ContactEmail1] != "a@x.example" || got[record.ContactEmail2] != "" {
		t.Errorf("it shows %q, %q", got[record.ContactEmail1], got[record.ContactEmail2])
	}
	for _, step := range []struct {
		change        record.Fields
		first, second record.Value
	}{
		{record.Fields{"email-1": "b@x.example"}, "b@x.example", ""},
		{record.Fields{"email-2": "c@x.example"}, "b@x.example", "c@x.example"},
		{record.Fields{"email-1": ""}, "c@x.example", ""},
		{record.Fields{"email-1": ""}, "", ""},
	} {
		got, _ := w.update(w.contacts(), one, step.change)
		if got.Fields[record.ContactEmail1] != step.first || got.Fields[record.ContactEmail2] != step.second {
			t.Errorf("%v: it shows %q, %q", step.change, got.Fields[record.ContactEmail1], got.Fields[record.ContactEmail2])
		}
	}
}
