package raynet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/remote/raynet/emulator"
)

func bothKinds() []record.Kind { return []record.Kind{record.Calendar, record.Contacts} }

// poll polls, and tells what came and in how many requests.
func (w *world) poll(kinds []record.Kind, cursor string) (got string, next string, requests int64) {
	w.t.Helper()
	before := w.client.Requests()
	round, err := w.client.Poll(w.t.Context(), kinds, cursor)
	if err != nil {
		w.t.Fatal(err)
	}
	var refs []string
	for _, s := range round.Changed {
		refs = append(refs, s.Ref.Type+"/"+s.Ref.ID)
	}
	return strings.Join(refs, " "), round.Cursor, w.client.Requests() - before
}

func TestTheFeedOfSeveralKinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	meeting, one := w.activity("meeting", nil), w.contact(nil)
	round, err := w.client.Begin(t.Context(), bothKinds(), w.clock())
	if err != nil || !round.Full {
		t.Fatal(round.Full, err)
	}
	listed := map[remote.Ref]bool{}
	for _, s := range round.Changed {
		listed[s.Ref] = true
	}
	swept, err := w.client.Sweep(t.Context(), bothKinds(), w.clock())
	if err != nil || len(swept) != len(listed) || !listed[ref("meeting", meeting)] || !listed[one] {
		t.Errorf("listed %d, swept %d, %v", len(listed), len(swept), err)
	}
	cursor := round.Cursor
	// The first poll asks for companies only after the pause, and nothing is repeated.
	got, cursor, requests := w.poll(bothKinds(), cursor)
	if got != "" || requests != 2 {
		t.Errorf("idle: %q in %d requests", got, requests)
	}
	w.pass(6 * time.Minute)
	if got, cursor, requests = w.poll(bothKinds(), cursor); got != "" || requests != 3 {
		t.Errorf("idle, with companies: %q in %d requests", got, requests)
	}
	w.edit(petr, "meeting", meeting, map[string]any{"title": "Jiná"})
	w.edit(petr, "person", id(one), map[string]any{"firstName": "Jiná"})
	want := fmt.Sprintf("meeting/%d person/%s", meeting, one.ID)
	got, after, requests := w.poll(bothKinds(), cursor)
	if got != want || requests != 2 {
		t.Errorf("changed: %q in %d requests, want %q", got, requests, want)
	}
	if got, _, requests := w.poll(bothKinds(), after); got != "" || requests != 2 {
		t.Errorf("again: %q in %d requests", got, requests)
	}
	// Each stream alone, from the same place.
	if got, _, requests := w.poll(kinds(), cursor); got != fmt.Sprintf("meeting/%d", meeting) || requests != 1 {
		t.Errorf("calendar: %q in %d requests", got, requests)
	}
	got, only, requests := w.poll([]record.Kind{record.Contacts}, cursor)
	if got != "person/"+one.ID || requests != 1 {
		t.Errorf("contacts: %q in %d requests", got, requests)
	}
	// The stream that was not read stands where it stood.
	if got, _, _ := w.poll(kinds(), only); got != fmt.Sprintf("meeting/%d", meeting) {
		t.Errorf("calendar afterwards: %q", got)
	}
}

// A cursor from before there were several streams is read, and the other streams begin where it stands.
func TestOldCursors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	since := w.clock().UTC().Format(time.RFC3339)
	meeting := w.activity("meeting", nil)
	employee := w.contact(map[string]any{"relationship": map[string]any{"company": w.acme, "type": "x"}})
	w.pass(time.Hour)
	w.edit(jana, "company", w.acme, map[string]any{"name": "Acme a.s."})
	w.pass(time.Hour)
	one := w.contact(nil)
	old := fmt.Sprintf(`{"since":%q,"seen":{"meeting/%d":"0"}}`, since, meeting)
	got, next, _ := w.poll(bothKinds(), old)
	if !strings.Contains(got, "person/"+one.ID) || strings.Contains(got, "meeting/") || strings.Count(got, "person/"+employee.ID) != 2 {
		t.Errorf("got %q", got)
	}
	var token struct {
		Streams map[string]any `json:"streams"`
	}
	if err := json.Unmarshal([]byte(next), &token); err != nil || len(token.Streams) != 3 {
		t.Errorf("cursor %s", next)
	}
}

// No work for nobody: rows of kinds that were not asked for are left out.
func TestRowsThatNobodyAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	w.activity("meeting", nil)
	since := `{"since":"2026-03-05T08:00:00Z"}`
	if got, _, requests := w.poll([]record.Kind{record.Tasks}, since); strings.Contains(got, "meeting") || requests != 1 {
		t.Errorf("tasks: %q", got)
	}
	for _, list := range [][]record.Kind{{record.Contacts}, {}} {
		round, err := w.client.Begin(t.Context(), list, w.clock())
		swept, err2 := w.client.Sweep(t.Context(), list, w.clock())
		if err != nil || err2 != nil || len(swept) != len(round.Changed) {
			t.Errorf("%v: %d and %d, %v %v", list, len(round.Changed), len(swept), err, err2)
		}
		for _, s := range round.Changed {
			if s.Kind != record.Contacts {
				t.Errorf("%v: %s", list, s.Ref)
			}
		}
	}
}

// A change of a company reaches all its persons in one request, and those of no other.
func TestACompanyReachesItsPersons(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	var others []int64
	for i := range 25 {
		others = append(others, w.company(fmt.Sprintf("Firma %d", i)))
		w.contact(map[string]any{"relationship": map[string]any{"company": others[i], "type": "x"}})
	}
	shown, cursor := w.begin()
	karel := shown[ref("person", w.karel)]
	if office, known := karel.Fields[record.ContactOffice]; office != "" || !known {
		t.Fatalf("office %q, shown %v", office, known)
	}
	w.pass(time.Hour)
	w.furnish("Nová 2")
	round, err := w.client.Poll(t.Context(), []record.Kind{record.Contacts}, cursor)
	if err != nil {
		t.Fatal(err)
	}
	if len(round.Changed) != 4 { // Karel, Alena and two at the desk
		t.Fatalf("%d persons", len(round.Changed))
	}
	for _, s := range round.Changed {
		if s.Fields[record.ContactOffice] != "Nová 2\nBrno\n\n602 00\nCZ" || !strings.HasPrefix(string(s.Fields[record.ContactClient]), "+420 500 000 000\n") {
			t.Errorf("%s: %v", s.Ref, s.Fields)
		}
		if s.Version != shown[s.Ref].Version {
			t.Errorf("%s: version %s", s.Ref, s.Version)
		}
	}
	w.pass(6 * time.Minute)
	if got, _, requests := w.poll([]record.Kind{record.Contacts}, round.Cursor); got != "" || requests != 2 {
		t.Errorf("again: %q in %d requests", got, requests)
	}
	// Many companies at once are one listing of the persons.
	w.pass(6 * time.Minute)
	for _, company := range others {
		w.edit(jana, "company", company, map[string]any{"rating": "B"})
	}
	got, _, requests := w.poll([]record.Kind{record.Contacts}, round.Cursor)
	if len(strings.Fields(got)) != 25 || requests != 3 {
		t.Errorf("%d persons in %d requests", len(strings.Fields(got)), requests)
	}
}

// The companies are known from the listing: persons cost no further request. Somebody else's client reads those it needs at once.
func TestCompaniesAreReadOnce(t *testing.T) {
	t.Parallel()
	for _, refuses := range []bool{false, true} {
		w := newWorld(t, emulator.Options{Switches: emulator.Switches{RefuseIDList: refuses}}, nil)
		read := func(client *raynet.Client) int64 {
			before := client.Requests()
			if _, err := client.Read(t.Context(), w.contacts(), []remote.Ref{ref("person", w.karel), ref("person", w.foreign)}); err != nil {
				t.Fatal(err)
			}
			return client.Requests() - before
		}
		w.begin()
		fresh := w.open(nil)
		got := []int64{read(w.client), read(fresh), read(fresh)}
		w.pass(61 * time.Minute)
		got = append(got, read(fresh))
		want := []int64{1, 2, 1, 2}
		if refuses { // one attempt each, then two details and two companies
			want = []int64{3, 6, 2, 4}
		}
		if slices.Equal(got, want) {
			continue
		}
		if refuses && got[1] >= 5 && got[1] <= 6 && got[0] == 3 && got[2] == 2 { // two details may ask for their companies side by side
			continue
		}
		t.Errorf("refuses %v: %v requests, want %v", refuses, got, want)
	}
}

// A company that the key may not see leaves the fields that come from it untold.
func TestCompaniesOutOfSight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, emulator.Options{}, nil)
	w.furnish("Nová 2")
	if err := w.server.Hide("company", w.acme); err != nil {
		t.Fatal(err)
	}
	for what, s := range map[string]remote.Snapshot{
		"begin": first(w.begin())[ref("person", w.karel)], "read": w.read(w.contacts(), ref("person", w.karel)),
	} {
		_, office := s.Fields[record.ContactOffice]
		if office || s.Fields[record.ContactCompany] != "Acme s.r.o." || strings.Contains(string(s.Fields[record.ContactClient]), "500") {
			t.Errorf("%s: %v", what, s.Fields)
		}
	}
}

func first[A, B any](a A, _ B) A { return a }

func TestAKeyWithoutCompanies(t *testing.T) {
	t.Parallel()
	client := bareOf(t, func(path string) (int, string) {
		if strings.Contains(path, "/company/") {
			return 403, `{"message":"AccessDeniedException"}`
		}
		return 200, `{"success":true,"totalCount":1,"data":[{"id":7,"lastName":"x","primaryRelationship":{"id":1,"type":"–","company":{"id":2,"name":"Acme"}}}]}`
	})
	round, err := client.Begin(t.Context(), []record.Kind{record.Contacts}, time.Unix(0, 0))
	if err != nil || len(round.Changed) != 1 || round.Changed[0].Fields[record.ContactJob] != "" {
		t.Fatalf("%+v, %v", round.Changed, err)
	}
	if _, err := client.Poll(t.Context(), []record.Kind{record.Contacts}, round.Cursor); err != nil {
		t.Error(err)
	}
}
