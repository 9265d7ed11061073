package raynet_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/remote/raynet/emulator"
)

func (w *world) contacts() remote.Scope {
	scope := w.scope()
	scope.Kind = record.Contacts
	return scope
}

// contact creates a person the way Jana does on RAYNET's screens.
func (w *world) contact(body map[string]any) remote.Ref {
	w.t.Helper()
	whole := map[string]any{"lastName": "Malá", "owner": w.jana}
	maps.Copy(whole, body)
	return ref("person", w.must(w.server.CreateAs(jana, "person", whole)))
}

func (w *world) edit(author, entity string, id int64, patch map[string]any) {
	w.t.Helper()
	if err := w.server.EditAs(author, entity, id, patch); err != nil {
		w.t.Fatal(err)
	}
}

// furnish gives Acme an address and a phone.
func (w *world) furnish(street string) {
	w.t.Helper()
	w.edit(jana, "company", w.acme, map[string]any{"addresses": []any{map[string]any{
		"address":     map[string]any{"name": "Sídlo", "street": street, "city": "Brno", "zipCode": "602 00", "country": "CZ"},
		"contactInfo": map[string]any{"tel1": "+420 500 000 000"},
	}}})
}

// begin lists the contacts, and returns them by their refs.
func (w *world) begin() (map[remote.Ref]remote.Snapshot, string) {
	w.t.Helper()
	round, err := w.client.Begin(w.t.Context(), []record.Kind{record.Contacts}, w.clock())
	if err != nil || !round.Full {
		w.t.Fatalf("begin: full %v, %v", round.Full, err)
	}
	out := map[remote.Ref]remote.Snapshot{}
	for _, s := range round.Changed {
		out[s.Ref] = s
	}
	return out, round.Cursor
}

// fullPerson is somebody of whom everything is known.
func (w *world) fullPerson() map[string]any {
	return map[string]any{
		"titleBefore": "Ing.", "firstName": " Petr ", "lastName": "Malý", "titleAfter": "Ph.D.", "birthday": "1980-02-29",
		"contactInfo": map[string]any{
			"email": "Petr@Acme.example", "email2": "p.maly@home.example", "tel1": "+420 600 000 001", "tel1Type": "Mobil",
			"tel2": "+420 500 000 002", "tel2Type": "pevná linka", "www": "https://maly.example", "fax": "123", "otherContact": "icq",
		},
		"privateAddress": map[string]any{"street": "Dlouhá 1", "city": "Brno", "province": "JMK", "zipCode": "602 00", "country": "CZ"},
		"notice":         "<p>Má rád kávu</p><p>a čaj</p>", "tags": []any{"vip", "Čaj"},
		"relationship": map[string]any{"company": w.acme, "type": "nákupčí", "notice": "přes Karla"},
	}
}

func (w *world) fullFields(id string) record.Fields {
	return record.Fields{
		"title-before": "Ing.", "first-name": "Petr", "last-name": "Malý", "title-after": "Ph.D.", "company": "Acme s.r.o.",
		"job-title": "nákupčí", "email-1": "petr@acme.example", "email-2": "p.maly@home.example", "phone-mobile": "+420 600 000 001",
		"phone-work-1": "+420 500 000 002", "phone-work-2": "", "phone-home-1": "", "phone-home-2": "",
		"address": "Dlouhá 1\nBrno\nJMK\n602 00", "country": "CZ", "web": "https://maly.example", "birthday": "1980-02-29",
		"notes": "Má rád kávu\na čaj", "categories": "vip\nČaj", "company-address": "Nová 2\nBrno\n\n602 00\nCZ",
		"client": record.Value("+420 500 000 000\nhttps://crm.example/demo/?en=Person&ei=" + id),
	}
}

// A row, a row among several and a detail show the same.
func TestWhatAPersonShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	w.furnish("Nová 2")
	one := w.contact(w.fullPerson())
	empty := w.contact(map[string]any{"lastName": "(bez příjmení)"})
	rows, _ := w.begin()
	detail := w.read(w.contacts(), one)
	if diff := cmp.Diff(w.fullFields(one.ID), detail.Fields); diff != "" {
		t.Errorf("detail (-want +got):\n%s", diff)
	}
	bulk, err := w.client.Read(t.Context(), w.contacts(), []remote.Ref{one, empty})
	if err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]remote.Snapshot{"row": rows[one], "bulk": bulk[0].Snapshot} {
		if diff := cmp.Diff(detail.Fields, s.Fields); diff != "" {
			t.Errorf("%s (-detail +%s):\n%s", what, what, diff)
		}
		if s.Partial || s.Version != detail.Version || s.Kind != record.Contacts || !s.Offered || s.Author != jana || s.ByUs || s.Rule != "" {
			t.Errorf("%s: %+v", what, s)
		}
		if want := []string{"petr@acme.example|petr malý", "p.maly@home.example|petr malý"}; !slices.Equal(s.Natural, want) {
			t.Errorf("%s: natural %q", what, s.Natural)
		}
		if !slices.Equal(s.People, []string{w.contacts().Person}) {
			t.Errorf("%s: people %v", what, s.People)
		}
	}
	for name, value := range bulk[1].Snapshot.Fields {
		if name != record.ContactClient && value != "" {
			t.Errorf("of nobody in particular: %s is %q", name, value)
		}
	}
	if kind, ok := raynet.KindOf("person"); !ok || kind != record.Contacts {
		t.Errorf("kind %q, %v", kind, ok)
	}
}

func TestPhonesByTheirTypes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	tests := []struct{ type1, type2, want string }{
		{"mobil", "pevná linka", "phone-mobile=1 phone-work-1=2"},
		{"Mobilní", "MOBIL 2", "phone-mobile=1 phone-work-1=2"},
		{"domů", "Soukromý", "phone-home-1=1 phone-home-2=2"},
		{"", "byt", "phone-home-1=2 phone-work-1=1"},
		{"kancelář", "pager", "phone-work-1=1 phone-work-2=2"},
	}
	for _, test := range tests {
		one := w.contact(map[string]any{"contactInfo": map[string]any{"tel1": "1", "tel1Type": test.type1, "tel2": "2", "tel2Type": test.type2}})
		var got []string
		shown := w.read(w.contacts(), one).Fields
		for _, name := range shown.Sorted() {
			if value := shown[name]; strings.HasPrefix(string(name), "phone-") && value != "" {
				got = append(got, string(name)+"="+string(value))
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%q and %q: %v, want %s", test.type1, test.type2, got, test.want)
		}
	}
}

func TestWhichPersonsAreChosen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter string
		body   map[string]any
		want   string // people, rule
	}{
		{"owned", nil, "J "},
		{"", map[string]any{"tags": []any{"vip"}}, "J "},
		{"all", nil, "J * "},
		{"tag:VIP", map[string]any{"tags": []any{"a", "vip"}}, "J * "},
		{"tag:vip", map[string]any{"tags": []any{"vip 2"}}, "J filter"},
		{"category:category 7", map[string]any{"category": 7}, "J * "},
		{"category:A", map[string]any{"category": 7}, "J filter"},
		{"category:A", nil, "J filter"},
	}
	for _, test := range tests {
		w := newWorld(t, emulator.Options{}, func(c *raynet.Config) { c.ContactFilter = test.filter })
		s := w.read(w.contacts(), w.contact(test.body))
		got := strings.Replace(strings.Join(s.People, " "), w.contacts().Person, "J", 1) + " " + string(s.Rule)
		if got != test.want {
			t.Errorf("%s of %v: %q, want %q", test.filter, test.body, got, test.want)
		}
	}
	for _, filter := range []string{"mine", "tag:", "tag", "category: ", "all:x"} {
		_, err := raynet.New(raynet.Config{URL: "https://crm.example", Instance: "demo", User: "u", APIKey: "k", Now: time.Now, ContactFilter: filter})
		if err == nil {
			t.Errorf("filter %q: no error", filter)
		}
	}
}

func TestWhatBecomesOfPersons(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	archived, erased, survivor, locked := w.contact(w.fullPerson()), w.contact(w.fullPerson()), w.contact(nil), w.contact(nil)
	merged := w.contact(nil)
	_, cursor := w.begin()
	for _, err := range []error{
		w.server.ActAs(petr, "POST", "person/"+archived.ID+"/invalid", nil), w.server.ActAs(petr, "POST", "person/"+erased.ID+"/anonymize", nil),
		w.server.ActAs(petr, "POST", "person/"+survivor.ID+"/merge/"+merged.ID, nil), w.server.Lock("person", id(locked)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	round, err := w.client.Poll(t.Context(), []record.Kind{record.Contacts}, cursor)
	if err != nil {
		t.Fatal(err)
	}
	got := map[remote.Ref]remote.Snapshot{}
	for _, s := range round.Changed {
		got[s.Ref] = s
	}
	if s := got[archived]; s.Rule != remote.RuleInvalid || s.Erased || s.Author != petr {
		t.Errorf("archived: rule %q erased %v", s.Rule, s.Erased)
	}
	if s := got[erased]; !s.Erased || !s.Nameless || s.Rule != "" || s.Natural != nil {
		t.Errorf("anonymised: erased %v rule %q natural %v", s.Erased, s.Rule, s.Natural)
	}
	if _, reported := got[survivor]; !reported || len(got) != 3 {
		t.Errorf("reported %v", slices.Collect(maps.Keys(got)))
	}
	readings, err := w.client.Read(t.Context(), w.contacts(), []remote.Ref{merged, locked, survivor})
	if err != nil || readings[0].Presence != remote.Gone || !readings[1].Snapshot.HeldBy(remote.HeldLocked) || readings[2].Presence != remote.Present {
		t.Errorf("%+v, %v", readings, err)
	}
	named := w.contact(map[string]any{"lastName": "Anonymová", "firstName": "Eva"})
	if s := w.read(w.contacts(), named); s.Erased || !s.Nameless {
		t.Errorf("somebody whose name begins so: erased %v, of such a name %v; want false and true", s.Erased, s.Nameless)
	}
}

func id(ref remote.Ref) int64 { return int64(numberOf(ref.ID)) }

func TestPersonsAreReadInBulk(t *testing.T) {
	t.Parallel()
	for _, refuses := range []bool{false, true} {
		t.Run(fmt.Sprintf("refuses %v", refuses), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, emulator.Options{Switches: emulator.Switches{RefuseIDList: refuses}}, nil)
			var refs []remote.Ref
			for range 150 {
				refs = append(refs, w.contact(map[string]any{"relationship": map[string]any{"company": w.acme, "type": "x"}}))
			}
			refs = append(refs, ref("person", 999999))
			count := func() int64 {
				before := w.client.Requests()
				readings, err := w.client.Read(t.Context(), w.contacts(), refs)
				if err != nil {
					t.Fatal(err)
				}
				for i, reading := range readings {
					want := remote.Present
					if i == 150 {
						want = remote.Gone
					}
					if reading.Ref != refs[i] || reading.Presence != want {
						t.Fatalf("%s: %s %v", refs[i], reading.Presence, reading.Err)
					}
				}
				return w.client.Requests() - before
			}
			// Two lists, one company, one proof; and details instead of lists where they are refused, after one attempt.
			want := []int64{4, 3}
			if refuses {
				want = []int64{153, 151}
			}
			if got := []int64{count(), count()}; !slices.Equal(got, want) {
				t.Errorf("%v requests, want %v", got, want)
			}
		})
	}
}

// Where marks are asked for, a person whom we made is read by his detail, for the key by which he is known again.
func TestBulkReadsKeepKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	ours, _ := w.create(w.contacts(), "ros:p1", record.Fields{record.ContactLast: "Nový"})
	refs := []remote.Ref{w.contact(nil), ours}
	for marks, want := range map[bool]string{false: " 1", true: "ros:p1 2"} {
		scope := w.contacts()
		scope.Marks = marks
		before := w.client.Requests()
		readings, err := w.client.Read(t.Context(), scope, refs)
		if err != nil || !readings[1].Snapshot.MadeByUs {
			t.Fatalf("%+v, %v", readings, err)
		}
		if got := fmt.Sprint(readings[1].Snapshot.Key, " ", w.client.Requests()-before); got != want {
			t.Errorf("marks %v: key and requests %q, want %q", marks, got, want)
		}
	}
}

func TestPhotos(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, func(c *raynet.Config) { c.Photos = true })
	one, bare := w.contact(nil), w.contact(nil)
	picture := []byte("\x89PNG not quite")
	if err := w.server.SetPhotoAs(jana, id(one), "image/png", picture); err != nil {
		t.Fatal(err)
	}
	rows, _ := w.begin()
	if _, shown := rows[one].Fields[record.ContactPhoto]; shown || !rows[one].Partial {
		t.Errorf("a row shows the photo: %v, partial %v", shown, rows[one].Partial)
	}
	readings, err := w.client.Read(t.Context(), w.contacts(), []remote.Ref{one, bare})
	if err != nil {
		t.Fatal(err)
	}
	name := readings[0].Snapshot.Fields[record.ContactPhoto]
	if none, shown := readings[1].Snapshot.Fields[record.ContactPhoto]; name == "" || none != "" || !shown || readings[0].Snapshot.Partial {
		t.Errorf("photos %q and %q", name, none)
	}
	kind, data, err := w.client.Image(t.Context(), string(name))
	if err != nil || kind != "image/png" || string(data) != string(picture) {
		t.Errorf("%s %q %v", kind, data, err)
	}
	if _, _, err := w.client.Image(t.Context(), "999"); remote.KindOf(err) != remote.NotFound || err == nil {
		t.Errorf("no such picture: %v", err)
	}
	for _, strange := range []string{`{"data":{"imgData":"data:image/gif;base64,AAEC"}}`, `{"imgData":"x"}`, `[]`, `{}`} {
		client := echo(t, strange)
		kind, _, err := client.Image(t.Context(), "1")
		if ok := err == nil && kind == "image/gif"; ok != strings.Contains(strange, "gif") {
			t.Errorf("%s: %s %v", strange, kind, err)
		}
	}
}

// bareOf is a client of a service that answers by the path.
func bareOf(t *testing.T, answer func(path string) (int, string)) *raynet.Client {
	t.Helper()
	return bare(t, func(r *http.Request) (int, string) { return answer(r.URL.Path) })
}

// echo is a client of a service that answers everything with one text.
func echo(t *testing.T, text string) *raynet.Client {
	t.Helper()
	return bare(t, func(*http.Request) (int, string) { return 200, text })
}

func TestFindWhoIsAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	first := w.contact(map[string]any{"firstName": "Eva", "contactInfo": map[string]any{"email": "Eva@home.example"}, "owner": w.petr})
	second := w.contact(map[string]any{"firstName": "EVA", "contactInfo": map[string]any{"email2": "eva@home.example"}})
	w.contact(map[string]any{"firstName": "Jana", "contactInfo": map[string]any{"email": "eva@home.example"}})
	archived := w.contact(map[string]any{"firstName": "Eva", "contactInfo": map[string]any{"email": "eva@home.example"}})
	if err := w.server.ActAs(jana, "POST", "person/"+archived.ID+"/invalid", nil); err != nil {
		t.Fatal(err)
	}
	find := func(scope remote.Scope, natural ...string) string {
		t.Helper()
		found, err := w.client.Find(t.Context(), scope, remote.Search{Alike: &remote.Snapshot{Natural: natural}})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, s := range found {
			out = append(out, s.Ref.ID)
		}
		return strings.Join(out, " ")
	}
	if got, want := find(w.contacts(), "eva@home.example|eva malá"), first.ID+" "+second.ID; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	if got := find(w.contacts(), "eva@home.example|eva novotná", "ev_@home.example|eva malá"); got != "" {
		t.Errorf("found %q", got)
	}
	before := w.client.Requests()
	if find(w.contacts()) != "" || find(w.scope(), "2026-03-10T08:00Z/2026-03-10T09:00Z|porada") != "" || w.client.Requests() != before {
		t.Error("a request for nothing")
	}
}

func TestFindAPersonThatACreateLeftBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{Switches: emulator.Switches{ExtIDOnCreate: emulator.Ignore}}, nil)
	requests, err := w.client.Compose(t.Context(), w.contacts(), remote.Write{Op: remote.Create, Key: "ros:9", Fields: record.Fields{record.ContactLast: "Nový"}})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := w.client.Send(t.Context(), requests[0])
	if err != nil || answer.Ref.Type != "person" || !answer.Keyless {
		t.Fatal(answer, err)
	}
	w.bring(w.contacts(), answer.Ref, "ros:9")
	w.contact(map[string]any{"lastName": "Nový"})
	for what, search := range map[string]remote.Search{
		"like": {Like: &requests[0], Since: w.clock()}, "key": {Key: "ros:9"}, "key and type": {Key: "ros:9", Type: "person"},
	} {
		found, err := w.client.Find(t.Context(), w.contacts(), search)
		if err != nil || len(found) != 1 || found[0].Ref != answer.Ref {
			t.Errorf("%s: %v, %v", what, found, err)
		}
	}
}
