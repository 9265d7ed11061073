package outlook_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"raynetsync/internal/record"
	"raynetsync/internal/remote"
)

// anyPerson draws what RAYNET may ask for: two addresses that may be none, five phones, countries that nobody knows.
func anyPerson() *rapid.Generator[record.Fields] {
	return rapid.Custom(func(t *rapid.T) record.Fields {
		pick := func(label string, from ...record.Value) record.Value { return rapid.SampledFrom(from).Draw(t, label) }
		name := func(label string) record.Value {
			return pick(label, "", "Petr", "محمد", "👩‍🔧 Nová", "O'Neil", "Vzor a.s.", "a@vzor.example", "Ing.")
		}
		phone := func(label string) record.Value { return pick(label, "", "777 111 222", "+420 2", "linka 7") }
		address := func(label string) record.Value {
			return record.Address{Street: string(anyLine(label).Draw(t, label)), City: string(pick(label, "", "Brno")), Zip: string(pick(label, "", "602 00"))}.Value()
		}
		return record.Fields{
			record.ContactTitleBefore: pick("title", "", "Ing.", "MUDr. Mgr."), record.ContactFirst: name("first"), record.ContactLast: name("last"),
			record.ContactTitleAfter: pick("after", "", "Ph.D."), record.ContactCompany: name("company"), record.ContactJob: anyLine("job").Draw(t, "job"),
			record.ContactEmail1: pick("email", "", "a@vzor.example", "b+c@vzor.example", "není adresa"),
			record.ContactEmail2: pick("second", "", "a@vzor.example", "z@vzor.example"),
			record.ContactMobile: phone("mobile"), record.ContactWork1: phone("work"), record.ContactWork2: phone("work 2"),
			record.ContactHome1: phone("home"), record.ContactHome2: phone("home 2"), record.ContactAddress: address("address"),
			record.ContactCountry: pick("country", "", "CZ", "SK", "US", "Atlantida"), record.ContactWeb: anyLine("web").Draw(t, "web"),
			record.ContactBirthday: pick("birthday", "", "1980-02-29", "2004-12-31", "1899-01-01"), record.ContactNotes: anyText("notes").Draw(t, "notes"),
			record.ContactCategories: record.Set(rapid.SliceOfN(rapid.SampledFrom([]string{"VIP", "klient", "a,b", "Žlutá"}), 0, 4).Draw(t, "categories")),
			record.ContactOffice:     address("office"), record.ContactClient: anyText("client").Draw(t, "client"),
		}
	})
}

// What is written comes back as the same canonical values, or as those that the request said would be shown instead; and nothing
// that was shown is written again.
func TestPeopleSurviveTheWay(t *testing.T) {
	t.Parallel()
	w := contacts(t)
	count := 0
	rapid.Check(t, func(t *rapid.T) {
		var shown record.Fields
		write := func(write remote.Write) {
			requests, err := w.client.Compose(w.t.Context(), w.scope, write)
			if err != nil || len(requests) > 1 {
				t.Fatalf("compose: %d requests, %v", len(requests), err)
			}
			for name, value := range write.Fields {
				shown[name] = value
			}
			if len(requests) == 0 {
				return
			}
			for name, value := range requests[0].Shows {
				shown[name] = value
			}
			answer, err := w.client.Send(w.t.Context(), requests[0])
			if err != nil {
				t.Fatalf("send %s %s: %v", requests[0].Method, requests[0].Body, err)
			}
			if diff := cmp.Diff(shown.Only(answer.Snapshot.Fields.Sorted()...), answer.Snapshot.Fields); diff != "" {
				t.Fatalf("%s %s (-want +answered):\n%s", requests[0].Method, requests[0].Body, diff)
			}
		}
		count++
		w.pass(time.Second) // Exchange counts the requests of ten minutes
		shown = record.Fields{}
		for _, name := range person.Sorted() {
			shown[name] = ""
		}
		key := fmt.Sprintf("op-%d", count)
		write(w.creation(key, anyPerson().Draw(t, "person")))
		found, err := w.client.Find(w.t.Context(), w.scope, remote.Search{Key: key})
		if err != nil || len(found) != 1 {
			t.Fatalf("%d made, %v", len(found), err)
		}
		for range rapid.IntRange(1, 3).Draw(t, "edits") {
			read := w.readOne(found[0].Ref)
			if diff := cmp.Diff(shown.Only(read.Fields.Sorted()...), read.Fields); diff != "" {
				t.Fatalf("read (-want +got):\n%s", diff)
			}
			if none, err := w.client.Compose(w.t.Context(), w.scope, remote.Write{Op: remote.Update, Target: &read, Fields: read.Fields}); err != nil || len(none) != 0 {
				t.Fatalf("what is there is written again: %v, %v", none, err)
			}
			other, changed := anyPerson().Draw(t, "edit"), record.Fields{}
			for _, name := range other.Sorted() {
				if rapid.Bool().Draw(t, string(name)) {
					changed[name] = other[name]
				}
			}
			write(remote.Write{Op: remote.Update, Side: record.Outlook, Fields: changed, Target: &read})
		}
	})
}
